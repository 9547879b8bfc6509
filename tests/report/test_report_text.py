"""The text formats: what is measured, wrapped, clipped and underlined."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.report_fixture import CLEAN, EXPORT, HEALTH, JOBS, LIMITER, RESULT, book, context

from statelint.errors import StatelintError
from statelint.model import ITEMS, Evidence, Finding, Project, Result, Span, Step, Verdict
from statelint.report import FORMATS, Context, Sources, render
from statelint.report.links import DOCUMENTATION
from statelint.report.snippet import Mark, clip, draw, excerpt, lay_out, quotes, underline
from statelint.report.text import cells, harmless, one_line, paint, split_hint, wrap

if TYPE_CHECKING:
    from pathlib import Path

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
SOURCE = st.text(st.sampled_from("ab (=漢é\t😀\u0301"), max_size=50)


def shown(result: Result, where: Context, name: str = "full") -> str:
    return render(name, result, where)


def only(*findings: Finding) -> Result:
    return msgspec.structs.replace(RESULT, findings=findings, checklist=(), diagnostics=())


def test_an_unknown_format_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(StatelintError, match="'yaml'") as caught:
        render("yaml", RESULT, context(tmp_path))
    assert all(name in caught.value.help for name in FORMATS)


def test_full_is_the_default_format() -> None:
    assert next(iter(FORMATS)) == "full"


def test_plain_reports_of_ascii_import_neither_rich_nor_jinja2() -> None:
    code = """
import sys
from pathlib import Path
from statelint.model import Finding, Project, Result, Summary
from statelint.report import Context, render
from statelint.rulebook.load import Rulebook
finding = Finding(code="SL0401", rule="r", item="state", severity="error", confidence="low", path="a.py", line=1, column=1,
                  end_line=1, end_column=2, symbol="x", message="m", hint="h")
result = Result(Project("/p", (), 1, 1, 1), (finding,), (), (), Summary(1, 0, 0))
for name in ("full", "concise", "grouped", "json", "jsonl", "github", "gitlab"):
    assert render(name, result, Context(root=Path("."), book=Rulebook((), (), (), "")))
print(sorted({"rich", "jinja2", "libcst"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["full", "concise", "grouped"])
@pytest.mark.parametrize("width", [20, 40, 79, 200])
def test_no_line_of_text_ends_in_a_space(name: str, width: int, tmp_path: Path) -> None:
    for result in (RESULT, CLEAN):
        assert not [line for line in shown(result, context(tmp_path, width=width), name).split("\n") if line != line.rstrip()]


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_lines_keep_to_the_width(width: int, tmp_path: Path) -> None:
    code = 'jobs = redis.Redis.from_url(os.environ["REDIS_URL"])'  # code is never wrapped
    long = [line for line in shown(RESULT, context(tmp_path, width=width)).split("\n") if cells(line) > width and code not in line]
    assert [line for line in long if " " in line.strip() and "https://" not in line] == []  # one word alone is not broken
    assert not long or width == 60


def test_colour_adds_nothing_but_colour(tmp_path: Path) -> None:
    import re  # noqa: PLC0415 - for this test alone

    coloured = shown(RESULT, context(tmp_path, colour=True))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == shown(RESULT, context(tmp_path))


def test_each_label_stands_below_what_it_is_about(tmp_path: Path) -> None:
    lines = shown(only(JOBS), context(tmp_path)).split("\n")
    at = next(index for index, line in enumerate(lines) if line.startswith("10 | "))
    assert lines[at][lines[at + 1].index("-") :] == "self._jobs[job.id] = job"
    assert lines[at + 1].endswith("- written by `POST /jobs/{id}`")


def test_spans_of_other_files_have_blocks_of_their_own(tmp_path: Path) -> None:
    text = shown(only(JOBS), context(tmp_path))
    assert text.index("--> app/stores.py:6:9") < text.index("::: app/api.py:15:12") < text.index("another instance answers None here")


def test_distant_lines_are_divided_and_near_ones_are_not(tmp_path: Path) -> None:
    near = msgspec.structs.replace(JOBS, spans=(Span("app/stores.py", 8, 5, 8, 8, "here"),))
    assert "\n...\n" not in shown(only(near), context(tmp_path))
    assert "\n7 |\n" in shown(only(near), context(tmp_path))
    assert "\n...\n" in shown(only(JOBS), context(tmp_path))


def test_a_span_of_several_lines_is_underlined_to_the_end_of_the_first(tmp_path: Path) -> None:
    lines = shown(only(LIMITER), context(tmp_path)).split("\n")
    at = next(index for index, line in enumerate(lines) if line.startswith("5 | "))
    assert lines[at].endswith("return Limiter(")
    assert lines[at + 1].lstrip(" |").startswith("^" * len("Limiter(") + " `storage_uri`")
    assert [line[:3] for line in lines[at + 2 : at + 5]] == ["6 |", "7 |", "8 |"]


def test_a_source_that_cannot_be_read_keeps_place_and_label(tmp_path: Path) -> None:
    text = shown(only(msgspec.structs.replace(EXPORT, path="app/nowhere.py")), context(tmp_path))
    assert "--> app/nowhere.py:2:19\n  = app/nowhere.py:2: written here\n" in text.replace("\n = ", "\n  = ")


def test_a_finding_about_the_whole_project_stands_at_its_root(tmp_path: Path) -> None:
    assert "--> .\n" in shown(only(HEALTH), context(tmp_path))


def test_unknown_says_what_and_where_and_names_the_findings_that_it_rests_on(tmp_path: Path) -> None:
    verdict = Verdict(
        "state", ITEMS[3].title, "unknown", (Evidence("state", "unknown", "app/x.py", 4, "a lock was seen"),), (JOBS.fingerprint,)
    )
    text = shown(msgspec.structs.replace(RESULT, checklist=(verdict,)), context(tmp_path))
    assert "UNKNOWN   state  a lock was seen (app/x.py:4)\n                   SL0401 JobStore._jobs (app/stores.py:6)\n" in text


def test_many_grounds_are_counted(tmp_path: Path) -> None:
    evidence = tuple(Evidence("logs", "unknown", "app/x.py", line, f"reason {line}") for line in range(1, 9))
    text = shown(msgspec.structs.replace(CLEAN, checklist=(Verdict("logs", "t", "unknown", evidence, ()),)), context(tmp_path))
    assert "reason 5" in text
    assert "reason 6" not in text
    assert "and 3 more" in text
    assert "1 item could not be decided" in one_line(text)


def test_the_next_step_names_a_rule_that_can_be_explained(tmp_path: Path) -> None:
    assert shown(only(JOBS), context(tmp_path)).endswith(f"`statelint rule SL0401` explains it: {DOCUMENTATION}rules/SL0401/\n")
    assert "statelint rule" not in shown(only(HEALTH), context(tmp_path))  # the rulebook lacks that rule


def test_silence_is_told_from_blindness(tmp_path: Path) -> None:
    blind = msgspec.structs.replace(CLEAN, diagnostics=RESULT.diagnostics)
    assert "No findings: nothing" in shown(CLEAN, context(tmp_path))
    assert "No findings in what could be read: nothing" in shown(blind, context(tmp_path))
    nothing = msgspec.structs.replace(CLEAN, project=Project("/srv/tool", (), 1, 1, 0))
    assert shown(nothing, context(tmp_path)).startswith("No web application was found: there was nothing to judge in 1 file of Python.")
    known = msgspec.structs.replace(CLEAN, summary=msgspec.structs.replace(CLEAN.summary, baselined=3))
    assert "No new findings: what was known before is not shown." in shown(known, context(tmp_path))


def test_a_route_gives_each_place_once(tmp_path: Path) -> None:
    route = (Step("a.py", 1, "GET / -> index"), Step("a.py", 1, "calls f"), Step("b.py", 2, "writes X"))
    text = shown(only(msgspec.structs.replace(JOBS, route=route)), context(tmp_path))
    assert "= route: GET / -> index (a.py:1) -> calls f -> writes X (b.py:2)\n" in text


def test_the_rulebook_may_be_empty(tmp_path: Path) -> None:
    empty = msgspec.structs.replace(book(), rules=())
    for name in FORMATS:
        assert "SL0401" in render(name, RESULT, context(tmp_path, book=empty))


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        ("", ("", [])),
        ("do this", ("do this", [])),
        ("do this\n\n    a = 1\n\n    b = 2\n", ("do this", ["a = 1", "", "b = 2"])),
        ("do this:\n  if x:\n    y()", ("do this:", ["if x:", "  y()"])),
        ("a sentence that\ngoes on\n\n\tcode()", ("a sentence that goes on", ["code()"])),
        ("First paragraph.\n\nSecond one.", ("First paragraph. Second one.", [])),
        ("    only_code()", ("", ["only_code()"])),
    ],
)
def test_a_hint_is_a_sentence_and_code(hint: str, expected: tuple[str, list[str]]) -> None:
    assert split_hint(hint) == expected


@given(ANY_TEXT, st.integers(1, 30), st.integers(1, 30))
def test_wrapping_loses_nothing(text: str, first: int, rest: int) -> None:
    words = one_line(text).split(" ")
    lines = wrap(words, first, rest)
    assert " ".join(lines) == " ".join(words)
    assert all(cells(line) <= (rest if index else first) or " " not in line for index, line in enumerate(lines))


@given(ANY_TEXT)
def test_harmless_text_keeps_its_length(text: str) -> None:
    clean = harmless(text)
    assert len(clean) == len(text)
    assert harmless(clean) == clean
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in clean)


@given(SOURCE)
def test_every_column_has_its_cell(source: str) -> None:
    text, offsets = lay_out(source)
    assert len(offsets) == len(source) + 1
    assert offsets == sorted(offsets)
    assert cells(text) <= offsets[-1]
    assert "\t" not in text


@given(SOURCE, st.integers(0, 60), st.integers(1, 60), st.integers(10, 40))
def test_a_clipped_line_fits_and_shows_its_mark(source: str, start: int, length: int, room: int) -> None:
    text, _ = lay_out(source)
    mark = Mark(start, start + length, "", primary=True, style="")
    cut, (moved,) = clip(text, [mark], room)
    assert cells(cut) <= room
    assert moved.start < moved.end
    assert cells(text) <= room or moved.end <= room
    if cells(text) <= room:
        assert (cut, moved) == (text, mark)


def test_a_clipped_line_keeps_the_marked_text() -> None:
    line = "x" * 300 + "MARKED" + "y" * 300
    cut, (moved,) = clip(line, [Mark(300, 306, "", primary=True, style="")], 50)
    assert cut[moved.start : moved.end] == "MARKED"
    assert cut[0] == cut[-1] == "…"
    assert len(cut) == 50


def test_two_labels_of_a_line_hang_below_each_other() -> None:
    marks = [Mark(0, 3, "first", primary=True, style=""), Mark(6, 9, "second", primary=False, style="")]
    assert paint(underline(marks, 80), colour=False) == "^^^   --- second\n|\nfirst\n"


def test_labels_of_nested_marks_hang_both() -> None:
    marks = [Mark(0, 12, "whole", primary=False, style=""), Mark(4, 8, "part", primary=True, style="")]
    assert paint(underline(marks, 80), colour=False) == "----^^^^----\n|   |\n|   part\nwhole\n"


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20), st.text("ab ", max_size=30)), max_size=4))
def test_every_label_is_shown(spans: list[tuple[int, int, str]]) -> None:
    marks = [Mark(start, start + length, one_line(label), primary=False, style="") for start, length, label in spans]
    text = paint(underline(marks, 60), colour=False)
    for mark in marks:
        assert all(word in text for word in mark.label.split())


def test_sources_are_read_as_python_reads_them(tmp_path: Path) -> None:
    (tmp_path / "latin.py").write_bytes("# coding: latin-1\nx = 'é'\r\ny = 1\x0c\rz = 2".encode("latin-1"))
    (tmp_path / "bom.py").write_bytes(b"\xef\xbb\xbfx = 1\n")
    (tmp_path / "broken.py").write_bytes(b"x = '\xff\xfe'\n# coding: none\n")
    (tmp_path / "lying.py").write_bytes(b"# coding: no-such-codec\nx = 1\n")
    sources = Sources(tmp_path)
    assert sources.lines("latin.py") == ("# coding: latin-1", "x = 'é'", "y = 1\x0c", "z = 2")
    assert sources.line("bom.py", 1) == "x = 1"
    assert sources.line("broken.py", 1) == "x = '��'"
    assert sources.line("lying.py", 2) == "x = 1"
    assert sources.line("bom.py", 0) is None
    assert sources.line("bom.py", 3) is None


@pytest.mark.parametrize("path", ["", ".", "missing.py", "../outside.py", "/etc/passwd", "nul\0.py", "folder"])
def test_sources_that_cannot_be_read_have_no_lines(path: str, tmp_path: Path) -> None:
    (tmp_path / "root" / "folder").mkdir(parents=True)
    (tmp_path / "outside.py").write_text("secret = 1\n")
    assert Sources(tmp_path / "root").lines(path) == ()


def test_wide_characters_count_two_cells(tmp_path: Path) -> None:
    source, under = excerpt(EXPORT, Sources(context(tmp_path).root), 120).split("\n")[2:4]
    start = cells(under[: under.index("^")])
    end = start + under.count("^")
    marked = source[source.index("open(") : source.index(".write")]
    assert cells(source[: source.index("open(")]) == start
    assert cells(marked) == end - start


def test_a_span_beyond_the_end_of_its_line_is_still_marked(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    finding = msgspec.structs.replace(JOBS, path="a.py", line=1, column=90, end_line=1, end_column=95, spans=())
    lines = draw(finding, quotes(Span("a.py", 1, 90, 1, 95, "here"), (), Sources(tmp_path)), 80)
    assert "^ here" in paint(lines, colour=False)
