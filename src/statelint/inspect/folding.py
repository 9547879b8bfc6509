"""One cause, one finding: names of one module that one function changes together are told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.model import Finding, Step

_ENOUGH: Final = 5
"""Fewer are told one by one: each is a decision of its own."""
_NAMED: Final = 8
_ITEMS: Final = frozenset({"sessions", "state", "config", "ordering"})
"""Whose findings are about a name, not about a place: each call that writes a file stays a finding."""


def fold(findings: Iterable[Finding]) -> list[Finding]:
    """Keep the first of at least five findings of a rule in one file that the same route leads to, and name the others in it."""
    groups: dict[tuple[str, str, tuple[Step, ...]], list[Finding]] = {}
    kept: list[Finding] = []
    for found in findings:
        if found.item in _ITEMS and len(found.route) > 1:
            groups.setdefault((found.code, found.path, found.route[:-1]), []).append(found)
        else:
            kept.append(found)
    for group in groups.values():
        kept += group if len(group) < _ENOUGH else [_told_once(group)]
    return sorted(kept, key=lambda f: (f.path, f.line, f.column, f.code, f.symbol))


def _told_once(group: list[Finding]) -> Finding:
    first, *others = group
    names = ", ".join(f"`{other.symbol}`" for other in others[:_NAMED])
    more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    note = f"`{first.route[-2].text}` does the same with {names}{more}"
    return msgspec.structs.replace(first, notes=(*first.notes, note))
