"""Where the statements of a file begin and end, and which of its lines can carry a comment."""

from __future__ import annotations

import tokenize
from typing import Final

import msgspec

from statelint.survey.comments import tokens

_OPENS: Final = frozenset(getattr(tokenize, name) for name in ("FSTRING_START", "TSTRING_START") if hasattr(tokenize, name))
_CLOSES: Final = frozenset(getattr(tokenize, name) for name in ("FSTRING_END", "TSTRING_END") if hasattr(tokenize, name))
_BLANK: Final = frozenset((tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER))


class Layout(msgspec.Struct, frozen=True):
    """The lines of a file, counted from 1."""

    statements: dict[int, tuple[int, int]]
    """For each line of code the first and last line of its logical line."""
    carriers: frozenset[int]
    """Lines behind which a comment can stand: not inside a string, not before a continuation."""
    comments: frozenset[int]
    """Lines with nothing but a comment."""

    def statement(self, line: int) -> tuple[int, int]:
        """Return the first and last line of the logical line around `line`; itself where there is no code."""
        return self.statements.get(line, (line, line))

    def below(self, line: int) -> int:
        """Return the line that a comment alone on `line` speaks about: the next that is no comment."""
        line += 1
        while line in self.comments:
            line += 1
        return line


def layout(text: str) -> Layout:
    """Read the layout of Python source, as far as it can be tokenized."""
    statements: dict[int, tuple[int, int]] = {}
    carriers: set[int] = set()
    comments: set[int] = set()
    begin = inside_string = code_line = 0
    for token in tokens(text):
        kind, line = token.type, token.start[0]
        inside_string += (kind in _OPENS) - (kind in _CLOSES)
        if kind in (tokenize.NL, tokenize.NEWLINE) and not inside_string:
            carriers.add(line)
        if kind == tokenize.COMMENT:
            if line != code_line:
                comments.add(line)
        elif kind == tokenize.NEWLINE:
            statements.update(dict.fromkeys(range(begin or line, line + 1), (begin or line, line)))
            begin = 0
        elif kind not in _BLANK:
            begin = begin or line
            code_line = token.end[0]
    return Layout(statements, frozenset(carriers), frozenset(comments))
