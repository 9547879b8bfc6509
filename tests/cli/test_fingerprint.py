"""Fingerprints and the baseline: moved and reformatted code stays known, a new finding of the same kind does not hide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.cli_fixture import COUNTER, finding

from statelint.errors import StatelintError
from statelint.verdict.baseline import Entry, baseline_text, entries_for, match, read_baseline
from statelint.verdict.fingerprint import content_of, fingerprinted, normalised

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.model import Finding


def named(source: str, *findings: Finding) -> list[str]:
    """Return the fingerprints of findings in one file, in the order given."""
    lines = tuple(source.split("\n"))
    by_place = {(one.line, one.code): one.fingerprint for one in fingerprinted(findings, lambda _: lines, module)}
    return [by_place[one.line, one.code] for one in findings]


def module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def test_shape() -> None:
    (fingerprint,) = named("x = {}", finding(1))
    assert len(fingerprint) == 20
    assert int(fingerprint, 16)
    assert content_of(fingerprint) == fingerprint[:12]


@pytest.mark.parametrize(
    "after",
    [
        "\n\n\nx = dict(a='b', c=[1, 2])",
        'x = dict(a="b", c=[1, 2])  # a comment',
        "x  =  dict( a = 'b',c=[1,2] )",
        "x = dict(\n    a='b',  # why\n    c=[1, 2],\n)",
        "x = dict(\r\n    a='b',\r\n    c=[\r\n        1,\r\n        2,\r\n    ],\r\n)",
    ],
)
def test_what_keeps_a_fingerprint(after: str) -> None:
    before = named("x = dict(a='b', c=[1, 2])", finding(1))
    first = next(number for number, line in enumerate(after.split("\n"), start=1) if line)
    last = len(after.split("\n"))
    assert named(after, finding(first, end_line=last, end_column=60)) == before


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("y = {}", {}),
        ("x = {1}", {}),
        ("x = 'a b'", {}),
        ("x = {}", {"code": COUNTER}),
        ("x = {}", {"symbol": "OTHER"}),
        ("x = {}", {"scope": "app.create"}),
        ("x = {}", {"path": "other.py"}),
    ],
)
def test_what_changes_a_fingerprint(source: str, changes: dict[str, str]) -> None:
    assert named(source, finding(1, **changes)) != named("x = {}", finding(1))


def test_white_space_in_strings_counts() -> None:
    assert normalised("x = 'a  b'") != normalised("x = 'a b'")


def test_columns_divide_a_line() -> None:
    source = "a = f(1); a = f(2)"
    first, second = (finding(1, column=column, end_column=column + 8) for column in (1, 11))
    one, two = (one.fingerprint for one in fingerprinted([first, second], lambda _: (source,), module))
    assert content_of(one) != content_of(two)


def test_equal_findings_of_a_file_are_told_apart() -> None:
    one, two = named("x = {}\nx = {}", finding(1), finding(2))
    assert one != two
    assert named("x = {}", finding(1)) == [one]


def test_a_renamed_folder_leaves_the_content() -> None:
    (old,) = named("x = {}", finding(1, path="app/store.py", scope="app.store.make", symbol="app.store.SESSIONS"))
    (new,) = named("x = {}", finding(1, path="service/store.py", scope="service.store.make", symbol="service.store.SESSIONS"))
    assert old != new
    assert content_of(old) == content_of(new)


@given(st.text(max_size=60))
def test_any_text_has_a_normal_form(text: str) -> None:
    assert isinstance(normalised(text), str)


# -- the baseline


def known(*findings: Finding, lines: tuple[str, ...] = ("x = {}", "y = {}", "x = {}")) -> tuple[Finding, ...]:
    return fingerprinted(findings, lambda _: lines, module)


def always(_: str) -> bool:
    return True


def never(_: str) -> bool:
    return False


def test_known_and_new_and_stale() -> None:
    old, gone = known(finding(1), finding(2, symbol="GONE"))
    entries = entries_for([old, gone])
    now = known(finding(1), finding(3, symbol="NEW"))
    matched = match(now, entries, always)
    assert matched.known == {old.fingerprint}
    assert [entry.symbol for entry in matched.stale] == ["GONE"]


def test_a_second_equal_finding_is_new() -> None:
    entries = entries_for(known(finding(1)))
    now = known(finding(1), finding(3))
    assert match(now, entries, always).known == {now[0].fingerprint}


def test_each_entry_stands_for_one_finding_of_a_renamed_folder() -> None:
    entries = entries_for(known(finding(1, path="app/a.py")))
    now = known(finding(1, path="new/a.py"), finding(1, path="other/a.py"))
    assert match(now, entries, never).known == {now[0].fingerprint}
    assert match(now, entries, never).stale == ()
    # while the old file is there, the same code elsewhere is new
    assert match(now, entries, always).known == frozenset()
    assert len(match(now, entries, always).stale) == 1


def test_file_is_sorted_one_entry_a_line_and_merges(tmp_path: Path) -> None:
    entries = [Entry("SL0402", "b.py", "B", "0" * 20), Entry("SL0401", "b.py", "Ä", "1" * 20), Entry("SL0401", "a.py", "C", "2" * 20)]
    text = baseline_text([*entries, entries[0]])
    assert text.decode() == (
        '{"code": "SL0401", "path": "a.py", "symbol": "C", "fingerprint": "22222222222222222222"}\n'
        '{"code": "SL0401", "path": "b.py", "symbol": "Ä", "fingerprint": "11111111111111111111"}\n'
        '{"code": "SL0402", "path": "b.py", "symbol": "B", "fingerprint": "00000000000000000000"}\n'
    )
    # lines in any order, doubled by a merge, with other line ends and a byte order mark
    lines = text.splitlines()
    file = tmp_path / "baseline.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join([lines[2], lines[0], b"", lines[1], lines[2]]))
    assert baseline_text(read_baseline(file, "baseline.jsonl")) == text


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("<<<<<<< HEAD", "baseline.jsonl:2: an unresolved merge conflict"),
        ("SL0401 app.py", "baseline.jsonl:2: not a baseline entry: JSON is malformed: invalid character (byte 0)"),
        ("[]", "baseline.jsonl:2: not a baseline entry: Expected `object`, got `array`"),
        ('{"code": "SL0401"}', "baseline.jsonl:2: not a baseline entry: Object missing required field `path`"),
        ('{"code": "a", "path": "b", "symbol": "c", "fingerprint": "12"}', "baseline.jsonl:2: '12' is no fingerprint"),
    ],
)
def test_malformed_baseline(line: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "baseline.jsonl"
    file.write_text(baseline_text([Entry("SL0401", "a.py", "C", "2" * 20)]).decode() + line + "\n")
    with pytest.raises(StatelintError) as caught:
        read_baseline(file, "baseline.jsonl")
    assert str(caught.value) == message
    assert caught.value.help


SOURCES = st.lists(st.sampled_from(["x = {}", "y = {}", "x = f(1)"]), min_size=1, max_size=8)


@given(SOURCES, st.lists(st.sampled_from(["", "# comment", "import os"]), max_size=5), st.integers(0, 8))
def test_inserted_lines_change_nothing(lines: list[str], noise: list[str], at: int) -> None:
    def entries(rows: list[str]) -> tuple[Entry, ...]:
        marked = [finding(number) for number, row in enumerate(rows, start=1) if "=" in row]
        return entries_for(fingerprinted(marked, lambda _: tuple(rows), module))

    assert baseline_text(entries(lines)) == baseline_text(entries([*lines[:at], *noise, *lines[at:]]))


@given(SOURCES, st.integers(0, 7))
def test_a_further_finding_is_never_hidden(lines: list[str], at: int) -> None:
    def all_of(rows: list[str]) -> tuple[Finding, ...]:
        return fingerprinted([finding(number) for number in range(1, len(rows) + 1)], lambda _: tuple(rows), module)

    entries = entries_for(all_of(lines))
    more = all_of([*lines[:at], "x = {}", *lines[at:]])
    matched = match(more, entries, always)
    assert len(matched.known) == len(lines)
    assert len([one for one in more if one.fingerprint not in matched.known]) == 1
    assert matched.stale == ()


def test_entries_survive_their_file(tmp_path: Path) -> None:
    file = tmp_path / "b.jsonl"
    entries = entries_for(known(finding(1), finding(2)))
    file.write_bytes(baseline_text(entries))
    assert set(read_baseline(file, "b.jsonl")) == set(entries)
    assert msgspec.json.decode(file.read_bytes().splitlines()[0])["path"] == "app.py"
