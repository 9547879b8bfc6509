"""What was seen of one qualified name, by reading or by importing."""

from __future__ import annotations

from typing import Literal

import msgspec

Existence = Literal["yes", "no", "unknown"]


class Param(msgspec.Struct, frozen=True):
    """A parameter. `default` is a value pattern as rules write them, "" for none, `?` for one that cannot be read."""

    name: str
    kind: Literal["positional", "keyword", "*", "**"]
    default: str = ""


class Seen(msgspec.Struct, frozen=True):
    """What is known of a name."""

    exists: Existence
    how: str = ""
    """`source`, `import`, or why it is not known."""
    params: tuple[Param, ...] | None = None
    """Of a function, or of a class's construction, without `self`; None where they cannot be read."""
    words: frozenset[str] = frozenset()
    """Names and strings in the body that decides: where the signature says None, the default may stand here."""


def pattern(value: object) -> str:
    """Write a plain value as a rule's value pattern."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return value or "''"
    return "?"
