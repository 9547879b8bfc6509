"""Find the comments that speak to statelint, in comments only: the same words in a string never count."""

from __future__ import annotations

import io
import re
import tokenize
from typing import TYPE_CHECKING, Final

from statelint.survey.summary import Directive

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    """Tokenize as far as the text makes sense; lines are counted as the compiler counts them."""
    readline = io.StringIO(text, newline=None).readline
    try:
        yield from tokenize.generate_tokens(readline)
    except (tokenize.TokenError, SyntaxError):  # IndentationError is a SyntaxError
        return


def decode(source: bytes) -> str:
    """Decode Python source as its first lines declare; what cannot be decoded is replaced, not lost."""
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(source).readline)[0]
        return source.decode(encoding, "replace")
    except (SyntaxError, LookupError, UnicodeError):
        return source.decode("utf-8", "replace")
