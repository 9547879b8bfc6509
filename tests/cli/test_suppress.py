"""What a comment silences, and what is said about comments that are wrong or idle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.cli_fixture import COUNTER, ORDER, STATE, finding, small_book

from statelint.survey.comments import directives
from statelint.verdict.layout import layout
from statelint.verdict.suppress import Malformed, Silenced, Suppression, parse, silence

if TYPE_CHECKING:
    from statelint.model import Finding

BOOK = small_book()


def run(source: str, *findings: Finding, require_reason: bool = False, unread: tuple[str, ...] = ()) -> Silenced:
    return silence(
        findings, {"app.py": directives(source.encode())}, BOOK, lambda _: layout(source), require_reason=require_reason, unread=unread
    )


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = {}  # statelint: ignore[SL0401] why\n", 1),
        ("x = {}  #statelint:ignore[SL0401]\n", 1),
        ("x = {}  # statelint: ignore[sl0401]\n", 1),
        ("x = {}  # statelint: ignore[process-state] by name\n", 1),
        ("x = {}  # statelint: ignore[SL0402, process-state]: both\n", 1),
        ("x = {}  # noqa: SL0401\n", 1),
        ("x = {}  # NOQA:E501,SL0401 because\n", 1),
        ("x = {}  # noqa: E501 SL0401\n", 1),
        ("x = {}  # type: ignore[x]  # statelint: ignore[SL0401] why  # noqa: E501\n", 1),
        ("# statelint: ignore[SL0401] why\nx = {}\n", 2),
        ("# statelint: ignore[SL0401] a long reason\n# that goes on\nx = {}\n", 3),
        ("# statelint: ignore[SL0402]\n# statelint: ignore[SL0401]\nx = {}\n", 3),
        ("if 1:\n    # statelint: ignore[SL0401]\n    x = {}\n", 3),
        ("x = dict(  # statelint: ignore[SL0401]\n    a=1,\n)\n", 1),
        ("x = dict(\n    a=1,\n)  # statelint: ignore[SL0401]\n", 1),
        # the finding stands inside the statement: its own line, its statement's first and last line
        ("x = dict(  # statelint: ignore[SL0401]\n    a=f(),\n    b=1,\n)\n", 2),
        ("x = dict(\n    a=f(),  # statelint: ignore[SL0401]\n    b=1,\n)\n", 2),
        ("x = dict(\n    a=f(),\n    b=1,\n)  # statelint: ignore[SL0401]\n", 2),
        ("x = dict(\n    # statelint: ignore[SL0401]\n    a=f(),\n)\n", 3),
        ("# statelint: ignore[SL0401]\nx = dict(\n    a=f(),\n)\n", 3),
        ("x = \\\n    {}  # statelint: ignore[SL0401]\n", 1),
        ("x = '''\n'''  # statelint: ignore[SL0401]\n", 1),
        ("x = {}\n# statelint: ignore-file[SL0401] everywhere\n", 1),
        ("x = {}  # statelint: ignore[SL0401]", 1),
        ("\ufeffx = {}  # statelint: ignore[SL0401]\r\n", 1),
    ],
)
def test_silenced(source: str, line: int) -> None:
    result = run(source, finding(line))
    assert not result.kept
    assert [one.line for one in result.suppressed] == [line]


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = {}\n# statelint: ignore[SL0401]\n", 1),
        ("# statelint: ignore[SL0401]\n\nx = {}\n", 3),
        ("y = 1  # statelint: ignore[SL0401]\nx = {}\n", 2),
        ("x = {}  # statelint: ignore[SL0402]\n", 1),
        ("x = dict(\n    a=f(),\n    b=1,  # statelint: ignore[SL0401]\n    c=1,\n)\n", 2),
        ("x = '# statelint: ignore[SL0401]'\n", 1),
        ("x = {}  # noqa\n", 1),
        ("x = {}  # noqa: SLF001\n", 1),
    ],
)
def test_not_silenced(source: str, line: int) -> None:
    assert len(run(source, finding(line)).kept) == 1


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# statelint: ignore", "the comment names no rule: `# statelint: ignore[SL0401]`"),
        ("# statelint: ignore SL0401", "the comment names no rule: `# statelint: ignore[SL0401]`"),
        ("# statelint: ignore[]", "the comment names no rule: `# statelint: ignore[SL0401]`"),
        ("# statelint: ignore[ , ]", "the comment names no rule: `# statelint: ignore[SL0401]`"),
        ("# statelint: ignore[SL0401 why", "the bracket behind `ignore` is not closed"),
        ("# statelint ignore[SL0401]", "a colon is missing: `# statelint: ignore[...]`"),
        ("# statelint-ignore[SL0401]", "a colon is missing: `# statelint: ignore[...]`"),
        ("# statelint: ignor[SL0401]", "'ignor' is neither `ignore` nor `ignore-file`; did you mean 'ignore'?"),
        ("# statelint: disable[SL0401]", "'disable' is neither `ignore` nor `ignore-file`"),
        ("# statelint:", "'' is neither `ignore` nor `ignore-file`"),
        ("# statelint: ignore[SL0401, SL0411]", "no rule is called 'SL0411'; did you mean 'SL0401'?"),
        ("# statelint: ignore[SL04]", "no rule is called 'SL04'; did you mean 'SL0402'?"),
        ("# statelint: ignore[proces-state]", "no rule is called 'proces-state'; did you mean 'process-state'?"),
        ("# statelint: ignore[state]", "'state' is an item of the checklist; a comment names one rule, by code or name"),
        ("# statelint: ignore[SL0001]", "SL0001 is about comments and cannot be silenced by one; use `per-file-ignores`"),
        ("# statelint: ignore-file[SL0401]", "`ignore-file` has to stand alone on its line"),
        ("# noqa: SL9999", "no rule is called 'SL9999'"),
    ],
)
def test_malformed(comment: str, message: str) -> None:
    result = run(f"x = {{}}  {comment}\n", finding(1))
    assert len(result.kept) == 1, "a comment that is not understood silences nothing"
    (about,) = result.about
    assert (about.code, about.rule, about.line, about.column) == ("SL0002", "malformed-suppression", 1, 9)
    assert about.message == message
    assert about.end_column == 9 + len(comment)


def test_unused() -> None:
    source = (
        "# statelint: ignore-file[SL0402] none here\n"
        "x = {}  # statelint: ignore[SL0401, SL0402] one of two\n"
        "y = 1  # statelint: ignore[SL0401]\n"
        "# statelint: ignore[counter-in-process]\n"
        "z = 1\n"
    )
    result = run(source, finding(2))
    assert [(one.line, one.message) for one in result.about] == [
        (1, "nothing is reported in this file for SL0402"),
        (2, "nothing is reported here for SL0402; the other codes of the comment are in use"),
        (3, "nothing is reported here for SL0401"),
        (4, "nothing is reported here for SL0402"),
    ]
    assert {one.code for one in result.about} == {"SL0001"}
    assert run(source, finding(2), unread=("app.py",)).about == ()


def test_two_comments_for_one_finding_are_both_in_use() -> None:
    source = "# statelint: ignore[SL0401]\nx = {}  # statelint: ignore[SL0401]\n"
    assert run(source, finding(2)).about == ()


def test_reasons_are_asked_for() -> None:
    comments = ("statelint: ignore[SL0401]", "statelint: ignore[SL0401]: because", "noqa: SL0401", "noqa: SL0401 why")
    source = "".join(f"x = {{}}  # {comment}\n" for comment in comments)
    result = run(source, *(finding(line) for line in (1, 2, 3, 4)), require_reason=True)
    assert not result.kept
    assert [(one.code, one.line, one.message) for one in result.about] == [
        ("SL0003", 1, "no reason is given for silencing SL0401"),
        ("SL0003", 3, "no reason is given for silencing SL0401"),
    ]


def test_files_without_comments_are_left_alone() -> None:
    other = finding(1, path="b.py")
    result = silence([other], {}, BOOK, lambda _: pytest.fail("not needed"))
    assert result == Silenced((other,), (), ())


CODES = st.lists(st.sampled_from([STATE, COUNTER, "process-state", "counter-in-process"]), min_size=1)
SEPARATOR = st.sampled_from([",", ", ", " , ", " "])
REASON = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs"), exclude_characters="#-:"), max_size=20)


@given(CODES, SEPARATOR, REASON, st.booleans())
def test_what_is_written_is_read(codes: list[str], separator: str, reason: str, own_line: bool) -> None:
    comment = f"# statelint: ignore[{separator.join(codes)}] {reason}"
    source = f"{comment}\nx = {{}}\n" if own_line else f"x = {{}}  {comment}\n"
    (directive,) = directives(source.encode())
    outcome = parse(directive, BOOK, layout(source))
    assert isinstance(outcome, Suppression)
    assert set(outcome.codes) == {rule.code for rule in BOOK.rules if rule.code in codes or rule.name in codes}
    assert outcome.target == (2 if own_line else 1)
    assert outcome.reason == reason.strip()


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), max_size=40))
def test_any_words_are_understood_or_reported(words: str) -> None:
    source = f"x = {{}}  # statelint: {words}\n"
    for directive in directives(source.encode()):
        assert isinstance(parse(directive, BOOK, layout(source)), Suppression | Malformed)


@pytest.mark.parametrize(
    ("codes", "kept", "accepted", "idle"),
    [
        ("SL1201", [()], ["SL1201"], []),
        ("read-after-write", [()], ["SL1201"], []),
        ("SL0401", [], [], []),
        ("SL0401, SL1201", [], [], []),
        ("SL0402, SL1201", [()], ["SL1201"], ["nothing is reported here for SL0402; the other codes of the comment are in use"]),
        ("SL0402", [("SL1201",)], [], ["nothing is reported here for SL0402"]),
    ],
)
def test_what_a_finding_breaks_besides(codes: str, kept: list[tuple[str, ...]], accepted: list[str], idle: list[str]) -> None:
    result = run(f"x = {{}}  # statelint: ignore[{codes}]\n", finding(1, also=(ORDER,)))
    assert [one.also for one in result.kept] == kept
    assert [one.also for one in result.suppressed] == ([] if kept else [(ORDER,)])
    assert [part.code for part in result.accepted] == accepted
    assert [one.message for one in result.about] == idle


def test_a_comment_for_what_this_finding_does_not_break_is_idle() -> None:
    result = run("x = {}  # statelint: ignore[SL1201]\n", finding(1))
    assert [one.message for one in result.about] == ["nothing is reported here for SL1201"]
    assert result.accepted == ()
