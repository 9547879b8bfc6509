"""Find the line of a key in a TOML text.

The parser keeps no positions, so it is asked itself: a key stands where a prefix of the text begins to contain it. Only
lines that hold the key's last word are tried, and only when there is an error to report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Path_ = tuple["str | int", ...]
_ABSENT = object()


def line_of(text: str, path: Path_) -> int | None:
    """Return the line, from 1, where the value at `path` is set; of a list's member, the member's own line.

    `path` holds keys and list indices, `("tool", "statelint", "select", 2)`.
    """
    word = next((key for key in reversed(path) if isinstance(key, str)), "")
    lines = text.replace("\r\n", "\n").split("\n")
    for start, line in enumerate(lines):
        if word in line and (end := _sets(lines, start, path)) is not None:
            return start + 1 if path[-1] == word else _member_line(lines, start, end, path)
    return None


def value_at(document: Any, path: Path_) -> Any:
    """Return the value at a path, or a marker when there is none."""
    for key in path:
        try:
            document = document[key]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return document


def _sets(lines: Sequence[str], start: int, path: Path_) -> int | None:
    """Return the line behind the statement that begins at `start` when it is the one that sets `path`."""
    before = _parse(lines[:start])
    if before is None or value_at(before, path) is not _ABSENT:
        return None
    for end in range(start + 1, len(lines) + 1):
        document = _parse(lines[:end])
        if document is not None:
            return end if value_at(document, path) is not _ABSENT else None
    return None


def _member_line(lines: Sequence[str], start: int, end: int, path: Path_) -> int:
    """Return the line of a member of a list that may spread over several lines."""
    value = value_at(_parse(lines[:end]), path)
    if isinstance(value, str):
        for number in range(start, end):
            if f'"{value}"' in lines[number] or f"'{value}'" in lines[number]:
                return number + 1
    return start + 1


def _parse(lines: Sequence[str]) -> dict[str, Any] | None:
    import tomli  # noqa: PLC0415 - only when there is an error to report

    try:
        return tomli.loads("\n".join(lines))
    except tomli.TOMLDecodeError:
        return None
