"""Find the line of a key in a TOML text.

The parser keeps no positions, so it is asked itself: a key stands where a prefix of the text begins to contain it. Only
lines that hold the key's last word are tried, and only when there is an error to report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from statelint.files.toml import TomlError, parse_toml

if TYPE_CHECKING:
    from collections.abc import Sequence

Path_ = tuple["str | int", ...]
_ABSENT = object()
_MOST_PARSED: Final = 8_000_000
"""Characters, every attempt counted: some seconds."""


class _TooLongError(Exception):
    """More text would have to be parsed than a line number is worth."""


class _Parser:
    """Parses parts of a text as long as they are not too many."""

    def __init__(self) -> None:
        self._left = _MOST_PARSED

    def __call__(self, lines: Sequence[str]) -> dict[str, Any] | None:
        text = "\n".join(lines)
        self._left -= len(text)
        if self._left < 0:
            raise _TooLongError
        try:
            return parse_toml(text)
        except TomlError:
            return None


def line_of(text: str, path: Path_) -> int | None:
    """Return the line, from 1, where the value at `path` is set; of a list's member, the member's own line.

    `path` holds keys and list indices, `("tool", "statelint", "select", 2)`. None where the text is too long to look.
    """
    word = next((key for key in reversed(path) if isinstance(key, str)), "")
    lines = text.replace("\r\n", "\n").split("\n")
    parse = _Parser()
    try:
        for start, line in enumerate(lines):
            if word in line and (end := _sets(parse, lines, start, path)) is not None:
                return start + 1 if path[-1] == word else _member_line(parse, lines, start, end, path)
    except _TooLongError:
        return None
    return None


def value_at(document: Any, path: Path_) -> Any:
    """Return the value at a path, or a marker when there is none."""
    for key in path:
        try:
            document = document[key]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return document


def _sets(parse: _Parser, lines: Sequence[str], start: int, path: Path_) -> int | None:
    """Return the line behind the statement that begins at `start` when it is the one that sets `path`."""
    before = parse(lines[:start])
    if before is None or value_at(before, path) is not _ABSENT:
        return None
    for end in range(start + 1, len(lines) + 1):
        document = parse(lines[:end])
        if document is not None:
            return end if value_at(document, path) is not _ABSENT else None
    return None


def _member_line(parse: _Parser, lines: Sequence[str], start: int, end: int, path: Path_) -> int:
    """Return the line of a member of a list that may spread over several lines."""
    value = value_at(parse(lines[:end]), path)
    if isinstance(value, str):
        for number in range(start, end):
            if f'"{value}"' in lines[number] or f"'{value}'" in lines[number]:
                return number + 1
    return start + 1
