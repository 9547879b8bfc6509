"""Text for a terminal: made harmless, measured in cells, wrapped, and painted."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Piece = tuple[str, str]
"""Text and its style, `""` for none. Styles are those of `rich.style`."""
Line = tuple[Piece, ...]

GUTTER: Final = "blue"
EMPHASIS: Final = "bold"
FAINT: Final = "dim"
TAB: Final = 4

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0 and C1, the escape character among them
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # change the direction of what follows
    "\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]"  # line ends to some, no character to others
)
_DELETE, _C0_END = 0x7F, 0x20


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < _C0_END:
        return chr(0x2400 + code)
    return "\u2421" if code == _DELETE else "\ufffd"


def harmless(text: str) -> str:
    """Put a visible stand-in, one for one, in place of every character that a terminal or parser would obey."""
    return _UNSAFE.sub(_visible, text)


def one_line(text: str) -> str:
    """Return prose on one line: white space collapsed, control characters visible."""
    return harmless(" ".join(text.split()))


def code_lines(text: str) -> list[str]:
    """Return the lines of a piece of code, tabs expanded, control characters visible, none trailing."""
    return [harmless(line.expandtabs(TAB)).rstrip() for line in re.split(r"\r\n|\r|\n", text)]


def cells(text: str) -> int:
    """Return how many terminal cells the text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415 - only text beyond ASCII needs the tables

    return cell_len(text)


def graphemes(text: str) -> list[tuple[int, int, int]]:
    """Return (start index, end index, cells) of each unit that a terminal draws as one."""
    if text.isascii():
        return [(index, index + 1, 1) for index in range(len(text))]
    from rich.cells import split_graphemes  # noqa: PLC0415 - only text beyond ASCII needs the tables

    return [(start, end, width) for start, end, width in split_graphemes(text)[0]]


def pad(text: str, width: int) -> str:
    """Fill up with spaces to a width in cells."""
    return text + " " * (width - cells(text))


def wrap(words: Iterable[str], first: int, rest: int) -> list[str]:
    """Join words into lines of at most `first` and then `rest` cells; a word that is longer stands alone."""
    lines: list[str] = []
    current, used, room = "", 0, first
    for word in words:
        size = cells(word)
        if current and used + 1 + size > room:
            lines.append(current)
            current, used, room = word, size, rest
        else:
            current = f"{current} {word}" if current else word
            used += size + (1 if used else 0)
    return [*lines, current]


def hanging(head: str, text: str, width: int, *, indent: int | None = None, style: str = "", body: str = "") -> list[Line]:
    """Return prose after a head in its style, continued below its own first word or at `indent`."""
    start = cells(head)
    indent = start if indent is None else indent
    first, *rest = wrap(one_line(text).split(" "), max(width - start, 20), max(width - indent, 20))
    return [((head, style), (first, body)), *(((" " * indent, ""), (line, body)) for line in rest)]


def split_hint(hint: str) -> tuple[str, list[str]]:
    """Divide a repair into its prose, on one line, and its code, dedented: what is indented is code."""
    prose: list[str] = []
    code: list[str] = []
    for line in code_lines(hint):
        (code if not line or line.startswith(" ") else prose).append(line)
    shown = dedent("\n".join(code)).strip("\n")
    return one_line(" ".join(prose)), shown.split("\n") if shown else []


def indented(code: Iterable[str], by: str = "    ") -> list[str]:
    """Return the lines moved to the right, empty ones left empty."""
    return [by + line if line else "" for line in code]


def paint(lines: Iterable[Line], *, colour: bool) -> str:
    """Turn lines into text, in colour or plain; nothing trails a line."""
    if not colour:
        return "".join(f"{''.join(text for text, _ in line).rstrip()}\n" for line in lines)
    from rich.color import ColorSystem  # noqa: PLC0415 - plain output must not pay for it
    from rich.style import Style  # noqa: PLC0415 - plain output must not pay for it

    def coloured(text: str, style: str) -> str:
        return Style.parse(style).render(text, color_system=ColorSystem.STANDARD) if style else text

    return "".join(f"{''.join(coloured(*piece) for piece in _stripped(line))}\n" for line in lines)


def _stripped(line: Sequence[Piece]) -> list[Piece]:
    pieces = list(line)
    while pieces and not pieces[-1][0].rstrip():
        del pieces[-1]
    if pieces:
        pieces[-1] = (pieces[-1][0].rstrip(), pieces[-1][1])
    return pieces
