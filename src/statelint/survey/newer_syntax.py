"""Source in a syntax that is newer than the running Python, brought down to what `ast` here knows: lines stay, and nearly all columns.

Only what such syntax says beyond the older one is given up: parameters of types, and how exceptions and aliases are written.

- PEP 758, `except A, B:`, becomes `except (A, B):`.
- PEP 695 and 696, `def f[T](x)`, `class A[T = int]`, lose what stands in brackets, and `type A = B` becomes `A = B`.
"""

from __future__ import annotations

import io
import tokenize
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
_NOT_CODE: Final = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT})


class _Edit(NamedTuple):
    """What is put in the place of some characters of a line; columns from 0, the end exclusive."""

    line: int
    start: int
    end: int
    text: str


def brought_down(source: str) -> str | None:
    """Return the source without newer syntax; None where there is none that is known, or the source cannot be divided into tokens."""
    try:
        tokens = [token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type not in _NOT_CODE]
    except (tokenize.TokenError, SyntaxError, ValueError):
        return None
    edits = [*_of_statements(tokens)]
    if not edits:
        return None
    lines = source.splitlines(keepends=True)
    for edit in sorted({(edit.line, edit.start, edit.end): edit for edit in edits}.values(), reverse=True):  # of one place the last
        line = lines[edit.line - 1]
        lines[edit.line - 1] = line[: edit.start] + edit.text + line[edit.end :]
    return "".join(lines)


def _of_statements(tokens: Sequence[tokenize.TokenInfo]) -> Iterator[_Edit]:
    begins = True
    for index, token in enumerate(tokens[:-2]):
        following = tokens[index + 1]
        if begins and token.string == "except":
            yield from _exceptions(tokens, index + 1)
        elif token.string in ("def", "class") and following.type == tokenize.NAME and tokens[index + 2].string == "[":
            yield from _blanked(tokens, index + 2)
        elif begins and token.string == "type" and following.type == tokenize.NAME and tokens[index + 2].string in ("=", "["):
            width = following.end[1] - token.start[1]
            yield _Edit(token.start[0], token.start[1], following.end[1], following.string.ljust(width))
            if tokens[index + 2].string == "[":
                yield from _blanked(tokens, index + 2)
        begins = token.type == tokenize.NEWLINE or (token.string == ":" and following.start[0] > token.start[0]) or token.string == ";"


def _exceptions(tokens: Sequence[tokenize.TokenInfo], first: int) -> Iterator[_Edit]:
    """Put the types of `except A, B:` into parentheses."""
    first += tokens[first].string == "*"
    depth, is_several = 0, False
    for index in range(first, len(tokens)):
        text = tokens[index].string
        depth += (text in _OPENING) - (text in _CLOSING)
        is_several = is_several or (text == "," and depth == 0)
        if depth == 0 and text == ":":
            if is_several:
                start, end = tokens[first].start, tokens[index - 1].end
                yield _Edit(end[0], end[1], end[1], ")")
                yield _Edit(start[0], start[1], start[1], "(")
            return


def _blanked(tokens: Sequence[tokenize.TokenInfo], first: int) -> Iterator[_Edit]:
    """Put spaces in the place of what stands in brackets; over several lines the parentheses that follow begin where the brackets do."""
    depth, last = 0, first
    for last in range(first, len(tokens)):
        depth += (tokens[last].string in _OPENING) - (tokens[last].string in _CLOSING)
        if depth == 0:
            break
    for token in tokens[first : last + 1]:
        if token.start[0] == token.end[0]:
            yield _put(token, " " * len(token.string))
    if tokens[first].start[0] != tokens[last].start[0]:
        yield _put(tokens[first], "(")
        is_followed = last + 1 < len(tokens) and tokens[last + 1].string == "("
        yield _put(tokens[last + 1], " ") if is_followed else _put(tokens[last], ")")


def _put(token: tokenize.TokenInfo, text: str) -> _Edit:
    return _Edit(token.start[0], token.start[1], token.end[1], text)
