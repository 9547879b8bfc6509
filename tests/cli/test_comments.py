"""Comments are found in comments only, wherever they stand, and never in strings."""

from __future__ import annotations

import io
import tokenize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statelint.survey.comments import decode, directives


def texts(source: str) -> list[tuple[int, int, str, bool]]:
    return [(one.line, one.column, one.text, one.own_line) for one in directives(source.encode())]


def test_places() -> None:
    source = (
        "# statelint: ignore-file[SL0401] why\n"
        "x = {}  # statelint: ignore[SL0401] a#b\n"
        "def f():\n"
        "    # statelint: ignore[a-name]\n"
        "    return [\n"
        "        1,  # noqa: E501,SL0402\n"
        "        # statelint: ignore[SL0402]\n"
        '    ]; """\n'
        "    text\n"
        '    """  # statelint: ignore[SL0401]\n'
    )
    assert texts(source) == [
        (1, 1, "# statelint: ignore-file[SL0401] why", True),
        (2, 9, "# statelint: ignore[SL0401] a#b", False),
        (4, 5, "# statelint: ignore[a-name]", True),
        (6, 13, "# noqa: E501,SL0402", False),
        (7, 9, "# statelint: ignore[SL0402]", True),
        (10, 10, "# statelint: ignore[SL0401]", False),
    ]


def test_several_remarks_in_one_comment() -> None:
    assert texts("x = 1  # type: ignore  # statelint: ignore[SL0401] why  # noqa: SL0402\n") == [
        (1, 24, "# statelint: ignore[SL0401] why", False),
        (1, 57, "# noqa: SL0402", False),
    ]


@pytest.mark.parametrize(
    "source",
    [
        'x = "# statelint: ignore[SL0401]"\n',
        'x = """\n# statelint: ignore[SL0401]\n"""\n',
        "x = f'# statelint: ignore[{y}] # noqa: SL0401'\n",
        "# statelint is a linter\n",
        "# see the statelint: handbook\n",
        "x = 1  # noqa\n",
        "x = 1  # noqa: E501, SLF001, SLOT000\n",
        "x = 1  # talk about noqa: SL0401\n",
        "# SSL and noqa\n",
    ],
)
def test_other_texts(source: str) -> None:
    assert texts(source) == []


@pytest.mark.parametrize("source", ["# statelint ignore[SL0401]\n", "# statelint-ignore[a]\n", "# statelint ignore\n", "#statelint:\n"])
def test_what_is_nearly_right_is_not_passed_over(source: str) -> None:
    assert len(texts(source)) == 1


@pytest.mark.parametrize("broken", ["def f(:\n", "x = '''\n", "\tif 1:\n  y\n", "x = 1 +\n\x00", "é = $\n", "      unindent\n   what\n"])
def test_broken_files_give_what_comes_before(broken: str) -> None:
    assert texts("x = {}  # statelint: ignore[SL0401]\n" + broken)[:1] == [(1, 9, "# statelint: ignore[SL0401]", False)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_count_as_for_the_compiler(end: str) -> None:
    source = end.join(("x = 1", "y = '\x0c\x1c\u2028'", "z = {}  # statelint: ignore[SL0401]", ""))
    assert [one.line for one in directives(source.encode())] == [3]


def test_declared_encoding_and_byte_order_mark() -> None:
    source = "# -*- coding: latin-1 -*-\nx = 'äöü'  # statelint: ignore[SL0401] weil müßig\n"
    assert directives(source.encode("latin-1"))[0].text.endswith("weil müßig")
    assert directives(b"\xef\xbb\xbf# statelint: ignore-file[SL0401]\n")[0].column == 1
    assert decode(b"# coding: no-such-thing\n\xff") == "# coding: no-such-thing\n\ufffd"


LINE = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), max_size=30)


@given(st.lists(st.one_of(LINE, st.sampled_from(["x = '''", "'''", "(", ")", "# statelint: ignore[SL0401] r", "y  # noqa: SL0401", "\\"]))))
def test_any_text_is_survived_and_comments_are_comments(lines: list[str]) -> None:
    text = "\n".join(lines)
    found = directives(text.encode())
    rows = io.StringIO(text, newline=None).readlines()
    for one in found:
        assert rows[one.line - 1][one.column - 1 :].startswith(one.text)
        assert one.own_line == (not rows[one.line - 1][: one.column - 1].strip()) or "#" in rows[one.line - 1][: one.column - 1]
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text, newline=None).readline))
    except (tokenize.TokenError, SyntaxError):
        return
    assert {one.line for one in found} <= {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
