"""Parse TOML; whatever is wrong with a text is one kind of error."""

from __future__ import annotations

import re
from typing import Any, Final

_LONG_NUMBER: Final = re.compile(r"0[xob][0-9A-Fa-f_]{16,}|[0-9_]{19,}")
_LARGEST: Final = 2**63
"""TOML has whole numbers of 64 bits; the parser takes longer ones, which Python then refuses to write."""


class TomlError(ValueError):
    """A text that is not valid TOML, or cannot be held: the reason, and the line where that is known."""

    def __init__(self, reason: str, line: int | None) -> None:
        super().__init__(reason)
        self.line = line


def parse_toml(text: str) -> dict[str, Any]:
    """Return the table.

    Raises:
        TomlError: the text is no TOML, is nested too deeply, or holds a number beyond 64 bits.
    """
    import tomli  # noqa: PLC0415 - 10 ms, not needed where there is no such file

    try:
        table = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        return _refuse(str(error), text, error)
    except RecursionError as error:
        raise TomlError("nested too deeply", None) from error
    except ValueError as error:  # a whole number of more digits than Python converts; dates are checked by the parser
        raise TomlError(_TOO_LARGE, None) from error
    if _LONG_NUMBER.search(text):
        _refuse_large(table)
    return table


_TOO_LARGE: Final = "a number is too large"


def _refuse_large(table: dict[str, Any]) -> None:
    pending: list[Any] = [table]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending += value.values()
        elif isinstance(value, list):
            pending += value
        elif isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
            raise TomlError(_TOO_LARGE, None)


def _refuse(message: str, text: str, error: ValueError) -> dict[str, Any]:
    reason, found, place = message.rpartition(" (at ")
    line = re.match(r"line ([0-9]+)", place)
    raise TomlError(reason if found else message, int(line[1]) if line else text.count("\n") + 1) from error
