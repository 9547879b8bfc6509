"""Does a route answer the path that a probe asks for? Patterns of all frameworks are compared segment by segment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.checks.deployment.inputs import RouteInfo

_ANY: Final = "*"
_REST: Final = "**"
_CONVERTER: Final = re.compile(r"^(?:<(?:(?P<flask>[a-zA-Z_]\w*)(?:\([^)]*\))?:)?\w+>|\{\w*(?::(?P<star>[^{}]*))?\}|:\w+|\(\?P<\w+>.*\))$")
_WIDE: Final = ("path", "*", ".*", ".+")
_MAX_COMPARED: Final = 2000
"""Routes compared with a path that none answers, for a hint: each comparison takes some microseconds."""
Answer = Literal["yes", "method", "no"]


def answering(routes: Sequence[RouteInfo], path: str, root_path: str = "") -> tuple[Answer, RouteInfo | None]:
    """Return whether a GET of the path is answered, and by which route.

    `method` means that a route has the path but takes other methods only.
    """
    wanted = [segments(path)]
    prefix = segments(root_path)
    if prefix and wanted[0][: len(prefix)] == prefix:
        wanted.append(wanted[0][len(prefix) :])
    other: RouteInfo | None = None
    for route in sorted(routes, key=_specific):
        if any(_matches(segments(route.path), parts) for parts in wanted):
            if not route.methods or {"GET", "HEAD", "*", "ANY"} & set(route.methods):
                return "yes", route
            other = other or route
    return ("method", other) if other is not None else ("no", None)


def is_catch_all(route: RouteInfo) -> bool:
    """Say whether a route takes every path below the root."""
    return segments(route.path) == (_REST,)


def segments(path: str) -> tuple[str, ...]:
    """Return the parts of a path or pattern; `*` stands for any one part, `**` for any number."""
    text = re.sub(r"^\^|\$$|\\Z$|/\?\$?$", "", path.strip())
    text = text.replace("\\", "")
    return tuple(_segment(part) for part in _split(text) if part)


def _split(text: str) -> list[str]:
    """Split at slashes outside of brackets: a converter may hold a pattern with slashes."""
    parts = [""]
    depth = 0
    for character in text:
        depth += character in "<{("
        depth = max(depth - (character in ">})"), 0)
        if character == "/" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _segment(part: str) -> str:
    match = _CONVERTER.match(part)
    if part in ("*", "**", ".*") or (match and ((match["flask"] or "") in _WIDE or (match["star"] or "") in _WIDE)):
        return _REST
    if match or any(character in part for character in "<{(*"):
        return _ANY
    return part


def _matches(pattern: Sequence[str], path: Sequence[str]) -> bool:
    if _REST in pattern:
        head = pattern[: pattern.index(_REST)]
        return len(path) >= len(head) and all(wanted in (_ANY, given) for wanted, given in zip(head, path, strict=False))
    return len(pattern) == len(path) and all(wanted in (_ANY, given) for wanted, given in zip(pattern, path, strict=True))


def _specific(route: RouteInfo) -> tuple[int, int]:
    """Sort the most specific pattern first."""
    parts = segments(route.path)
    return (parts.count(_REST), parts.count(_ANY))


def nearest(routes: Sequence[RouteInfo], path: str) -> RouteInfo | None:
    """Return the route that was perhaps meant: the same last part, a part that begins alike, or a customary health path."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for a message

    readable = {route.path: route for route in routes if not route.methods or "GET" in route.methods}
    last = path.rstrip("/").rpartition("/")[2]
    same = [route for text, route in readable.items() if last and text.rstrip("/").rpartition("/")[2] == last]
    if same:
        return same[0]
    found = get_close_matches(path, list(readable)[:_MAX_COMPARED], n=1, cutoff=0.6)
    return readable[found[0]] if found else None
