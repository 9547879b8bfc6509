"""Find the comments that speak to statelint, in comments only: the same words in a string never count."""

from __future__ import annotations

import io
import re
import tokenize
from typing import TYPE_CHECKING, Final

from statelint.survey.parse import readable
from statelint.survey.summary import Directive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.survey.newer_strings import String

_SEGMENT: Final = re.compile(r"(?:^|(?<=\s))#[^#]*(?:(?<!\s)#[^#]*)*")
"""A comment may hold several remarks, `# type: ignore  # noqa: SL0401`; a new one begins at a `#` after white space."""
_OURS: Final = re.compile(r"#\s*(?:statelint\s*:|statelint[\s-]+ignore(?:-file)?\s*(?:\[|$)|noqa\s*:.*\bSL[0-9])", re.IGNORECASE)
_NOQA: Final = re.compile(rb"(?:noqa|NOQA)[^\r\n]*SL[0-9]")
"""Tokenizing costs more than surveying; files in which nothing like this stands are spared it."""
_LAYOUT: Final = frozenset((tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING))


def directives(source: bytes, text: str | None = None) -> tuple[Directive, ...]:
    """Return every comment (or part of one) addressed to statelint, in the order of the file.

    `text` is the decoded `source`, when the caller has it. A file that stops making sense half-way gives those before.
    """
    if b"statelint" not in source and not (b"SL" in source and _NOQA.search(source)):
        return ()
    found: list[Directive] = []
    code_line = 0
    for token in tokens(decode(source) if text is None else text):
        if token.type == tokenize.COMMENT:
            line, start = token.start
            found += directives_in(token.string, line, start, own_line=line != code_line)
        elif token.type not in _LAYOUT:
            code_line = token.end[0]
    return tuple(found)


def directives_in(comment: str, line: int, start: int, *, own_line: bool) -> Iterator[Directive]:
    """Yield the remarks of one comment that are addressed to statelint; `start` counts characters from 0."""
    for segment in _SEGMENT.finditer(comment):
        if _OURS.match(segment[0]):
            yield Directive(line, start + segment.start() + 1, segment[0].rstrip(), own_line)


def tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    """Tokenize as far as the text makes sense, which is no further than a null; lines are counted as the compiler counts them.

    Templates whose end the running Python does not find are plain strings here; a comment in their fields comes before them.
    """
    text = text.partition("\0")[0]  # the tokenizer of 3.12 and 3.13 may fail of it with a SystemError
    plain, newer = readable(text)
    readline = io.StringIO(plain, newline=None).readline
    try:
        yield from _with_comments(tokenize.generate_tokens(readline), text, newer) if newer else tokenize.generate_tokens(readline)
    except (tokenize.TokenError, SyntaxError):  # IndentationError is a SyntaxError
        return


def _with_comments(found: Iterator[tokenize.TokenInfo], text: str, newer: list[String]) -> Iterator[tokenize.TokenInfo]:
    """Yield tokens, and before those that hide templates with comments what a newer Python has there: an opening, and the comments."""
    from statelint.survey.newer_strings import comments_in  # noqa: PLC0415 - slow to import, for few files

    lines = [*io.StringIO(text, newline=None)]
    inner: dict[tuple[int, int], list[tokenize.TokenInfo]] = {}
    for string in newer:
        comments = [*comments_in(string)]
        if comments:
            first = _place(text, string.start)
            inner[first] = [tokenize.TokenInfo(tokenize.OP, string.prefix, first, first, lines[first[0] - 1])]
            for begin, end in comments:
                (line, column), words = _place(text, begin), text[begin:end]
                if lines[line - 1][:column].strip():
                    inner[first].append(tokenize.TokenInfo(tokenize.OP, "{", (line, column), (line, column), lines[line - 1]))
                place = (line, column), (line, column + len(words))
                inner[first].append(tokenize.TokenInfo(tokenize.COMMENT, words, *place, lines[line - 1]))
    for token in found:
        if token.type == tokenize.STRING:
            yield from inner.get(token.start, ())
        yield token


def _place(text: str, offset: int) -> tuple[int, int]:
    """Return the line, from 1, and the column, from 0, of an offset."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - before.rfind("\n") - 1


def decode(source: bytes) -> str:
    """Decode Python source as its first lines declare; what cannot be decoded is replaced, not lost."""
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(source).readline)[0]
        return source.decode(encoding, "replace")
    except (SyntaxError, LookupError, UnicodeError):
        return source.decode("utf-8", "replace")
