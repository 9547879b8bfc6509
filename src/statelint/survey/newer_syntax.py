"""Source in a syntax that is newer than the running Python, brought down to what `ast` here knows: lines stay, and nearly all columns.

Only what such syntax says beyond the older one is given up: parameters of types, and how exceptions and aliases are written.

- PEP 758, `except A, B:`, becomes `except(A, B):`.
- PEP 695 and 696, `def f[T](x)`, `class A[T = int]`, lose what stands in brackets, and `type A = B` becomes `A = B`.

PEP 701 and PEP 750, strings with fields, are the matter of `newer_strings` and hidden from what is read here.
"""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_LATER: Final = (
    ("3.15", "lazy imports", re.compile(r"^\s*lazy\s+(?:import|from)\b")),
    ("3.15", "unpacking in comprehensions", re.compile(r"^(?:iterable|dict) unpacking cannot be used in (?:dict )?comprehension")),
)
"""PEP 810 and PEP 798: grammar that is not brought down, by the line that the parser stops at or by what it says."""
_NOT_CODE: Final = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT})


class _Edit(NamedTuple):
    """What is put in the place of some characters of a line; columns from 0, the end exclusive."""

    line: int
    start: int
    end: int
    text: str


def brought_down(source: str) -> str | None:
    """Return the source without newer syntax; None where there is none that is known, or the source cannot be divided into tokens."""
    if "\0" in source:  # no Python in any version, and the tokenizer of 3.12 and 3.13 may fail of it with a SystemError
        return None
    try:
        tokens = [token for token in tokenize.generate_tokens(io.StringIO(source, newline="").readline) if token.type not in _NOT_CODE]
    except (tokenize.TokenError, SyntaxError, ValueError):
        return None
    edits = [*_of_statements(tokens)]
    if not edits:
        return None
    lines = _LINE.findall(source)
    for edit in sorted({(edit.line, edit.start, edit.end): edit for edit in edits}.values(), reverse=True):  # of one place the last
        line = lines[edit.line - 1]
        lines[edit.line - 1] = line[: edit.start] + edit.text + line[edit.end :]
    return "".join(lines)


def reader_of(line: str, problem: str) -> str:
    """Return which Python reads a line that is newer than what is brought down here, for people; "" where none is known to.

    `problem` is what the parser says of it.
    """
    for version, what, is_it in _LATER:
        if is_it.search(line) or is_it.search(problem):
            return f"Python {version} reads {what}: run statelint with that"
    return ""


def _of_statements(tokens: Sequence[tokenize.TokenInfo]) -> Iterator[_Edit]:
    begins = True
    for index, token in enumerate(tokens[:-2]):  # a file ends with two tokens that are nothing
        following = tokens[index + 1]
        if begins and token.string == "except":
            yield from _exceptions(tokens, index + 1)
        elif token.string in ("def", "class") and following.type == tokenize.NAME and tokens[index + 2].string == "[":
            yield from _blanked(tokens, index + 2)
        elif begins and token.string == "type" and _is_name(following) and tokens[index + 2].string in ("=", "["):
            yield from _alias(tokens, index)
        begins = token.type == tokenize.NEWLINE or token.string in (":", ";")


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
                # spaces around make room for the parentheses, so that nothing moves
                end, start = tokens[index - 1].end, tokens[first].start
                is_apart = _are_apart(tokens, index - 1)
                yield _Edit(end[0], end[1], end[1] + is_apart, ")")
                if not is_apart and _are_apart(tokens, index):
                    yield _Edit(end[0], end[1], end[1] + 2, ":")
                yield _Edit(start[0], start[1] - _are_apart(tokens, first - 1), start[1], "(")
            return


def _are_apart(tokens: Sequence[tokenize.TokenInfo], index: int) -> bool:
    """Whether there is a space between a token and the next, on one line."""
    (line, end), following = tokens[index].end, tokens[index + 1].start
    return following[0] == line and following[1] > end


def _is_name(token: tokenize.TokenInfo) -> bool:
    return token.type == tokenize.NAME and not keyword.iskeyword(token.string)


def _alias(tokens: Sequence[tokenize.TokenInfo], index: int) -> Iterator[_Edit]:
    """Leave `A` and `= B` of `type A[T] = B`, in parentheses where the brackets are on several lines."""
    token, name, last = tokens[index], tokens[index + 1], index + 2
    if tokens[last].string == "[":
        last = _closing(tokens, last)
    if tokens[last].end[0] == name.start[0]:
        yield _Edit(token.start[0], token.start[1], name.end[1], name.string.ljust(name.end[1] - token.start[1]))
        if tokens[last].string == "]":
            yield from (_put(one, " " * len(one.string)) for one in tokens[index + 2 : last + 1])
    else:
        yield _put(token, "(".ljust(len(token.string)))
        yield from (_put(one, " " * len(one.string)) for one in tokens[index + 2 : last] if one.start[0] == one.end[0])
        yield _put(tokens[last], ")")


def _blanked(tokens: Sequence[tokenize.TokenInfo], first: int) -> Iterator[_Edit]:
    """Put spaces in the place of what stands in brackets; over several lines the parentheses that follow begin where the brackets do."""
    last = _closing(tokens, first)
    for token in tokens[first : last + 1]:
        if token.start[0] == token.end[0]:
            yield _put(token, " " * len(token.string))
    if tokens[first].start[0] != tokens[last].start[0]:
        yield _put(tokens[first], "(")
        is_followed = last + 1 < len(tokens) and tokens[last + 1].string == "("
        yield _put(tokens[last + 1], " ") if is_followed else _put(tokens[last], ")")


def _closing(tokens: Sequence[tokenize.TokenInfo], first: int) -> int:
    """Return the index of the bracket that closes the one at `first`; of the last token where none does."""
    depth, last = 0, first
    for last in range(first, len(tokens)):
        depth += (tokens[last].string in _OPENING) - (tokens[last].string in _CLOSING)
        if depth == 0:
            break
    return last


def _put(token: tokenize.TokenInfo, text: str) -> _Edit:
    return _Edit(token.start[0], token.start[1], token.end[1], text)
