"""One cause, one finding: names of one module that one function changes together are told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from statelint.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statelint.model import Finding, Step

_T = TypeVar("_T")
_ENOUGH: Final = 5
"""Fewer are told one by one: each is a decision of its own."""
_ANEW: Final = 3
"""From how many methods on a class does it anew; two may mean two databases."""
_ALL_OVER: Final = 8
"""From how many places on one habit of the project is told once; fewer can be gone through one by one."""
_MAX_NAMED: Final = 8
"""Others that the first finding names or points at; more would fill the screen."""
_ITEMS: Final = frozenset({"sessions", "state", "config", "ordering"})
"""Whose findings are about a name, not about a place: each call that writes a file stays a finding."""


def _of_one_object(findings: Iterable[Finding]) -> list[Finding]:
    """Tell once what every method of a class does anew: each opens the same database file."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for index, found in enumerate(findings):
        owner = found.scope.rpartition(".")[0] if found.item == "database" else ""
        key = (found.code, found.path, owner, found.api, found.message, found.confidence) if owner else (str(index),)
        groups.setdefault(key, []).append(found)
    return [one for group in groups.values() for one in ([_with_others(group)] if len(group) >= _ANEW else group)]


def _of_one_starter(findings: Iterable[Finding]) -> list[Finding]:
    """Tell once what one function starts alike: all the jobs that it gives to one scheduler."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for index, found in enumerate(findings):
        key = (
            (found.code, found.path, found.scope, found.severity)
            if found.item == "jobs" and found.scope and not found.api
            else (str(index),)
        )
        groups.setdefault(key, []).append(found)
    return [one for group in groups.values() for one in ([_all_started(group)] if len(group) >= _ANEW else group)]


def _all_started(group: list[Finding]) -> Finding:
    first, *others = sorted(group, key=lambda found: (found.line, found.column))
    names = ", ".join(f"`{one.symbol}`" for one in others[:_MAX_NAMED])
    more = f" and {len(others) - _MAX_NAMED} more" if len(others) > _MAX_NAMED else ""
    spans = [Span(o.path, o.line, o.column, o.end_line, o.end_column, f"starts {o.symbol}") for o in others[:_MAX_NAMED]]
    return msgspec.structs.replace(first, spans=(*first.spans, *spans), notes=(*first.notes, f"the same is done for {names}{more}"))


def _with_others(group: list[Finding]) -> Finding:
    first, *others = group
    spans = [Span(o.path, o.line, o.column, o.end_line, o.end_column, "and here") for o in others[:_MAX_NAMED]]
    return msgspec.structs.replace(first, spans=(*first.spans, *spans))


def _of_one_mechanism(findings: Iterable[Finding]) -> list[Finding]:
    """Tell once what the same call does alike all over the project, such as a connection that no handler gives back."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for index, found in enumerate(findings):
        same = (found.code, found.api, found.symbol, found.message, found.severity, found.confidence)
        groups.setdefault(same if found.api and found.severity != "error" else (str(index),), []).append(found)
    return [one for group in groups.values() for one in ([_everywhere(group)] if len(group) >= _ALL_OVER else group)]


def _everywhere(group: list[Finding]) -> Finding:
    first, *others = sorted(group, key=lambda found: (found.path, found.line, found.column))
    note = f"the same in {len(others)} more places, such as " + ", ".join(f"{one.path}:{one.line}" for one in others[:_MAX_NAMED])
    spans = [Span(o.path, o.line, o.column, o.end_line, o.end_column, "and here") for o in others[:_MAX_NAMED]]
    return msgspec.structs.replace(first, spans=(*first.spans, *spans), notes=(*first.notes, note))


def fold(findings: Iterable[Finding]) -> list[Finding]:
    """Keep the first of at least five findings of a rule in one file that the same route leads to, and name the others in it."""
    groups: dict[tuple[str, str, tuple[Step, ...]], list[Finding]] = {}
    kept: list[Finding] = []
    for found in _of_one_mechanism(_of_one_starter(_of_one_object(findings))):
        if found.item in _ITEMS and len(found.route) > 1:
            groups.setdefault((found.code, found.path, found.route[:-1]), []).append(found)
        else:
            kept.append(found)
    for group in groups.values():
        kept += group if len(group) < _ENOUGH else [_told_once(group)]
    return _one_error_for_each_cause(sorted(kept, key=lambda f: (f.path, f.line, f.column, f.code, f.symbol)))


def _one_error_for_each_cause(findings: Sequence[Finding]) -> list[Finding]:
    """Leave one error, the surest, of those that one repair mends, and make the others warnings that refer to it."""
    first: dict[tuple[str, str], Finding] = {}
    referring: dict[int, Finding] = {}
    errors = (one for one in findings if one.severity == "error" and one.causes)
    for one in sorted(errors, key=lambda one: one.confidence != "high"):
        keys = [(one.item, cause) for cause in one.causes]
        leader = next((first[key] for key in keys if key in first), None)
        first.update((key, leader or one) for key in keys if key not in first)
        if leader is not None:
            note = f"what mends `{leader.symbol}` ({leader.path}:{leader.line}) mends this"
            referring[id(one)] = msgspec.structs.replace(one, severity="warning", notes=(*one.notes, note))
    return [referring.get(id(one), one) for one in findings]


def _told_once(group: list[Finding]) -> Finding:
    first, *others = group
    names = ", ".join(f"`{other.symbol}`" for other in others[:_MAX_NAMED])
    more = f" and {len(others) - _MAX_NAMED} more" if len(others) > _MAX_NAMED else ""
    note = f"`{first.route[-2].text}` does the same with {names}{more}"
    return _with_what_others_break(msgspec.structs.replace(first, notes=(*first.notes, note)), others)


def _with_what_others_break(first: Finding, others: Iterable[Finding]) -> Finding:
    """Add what others break besides their rule and the first does not, with what the first that does says of it."""
    for other in others:
        if not set(other.also) <= set(first.also):
            first = msgspec.structs.replace(
                first,
                also=_merged(first.also, other.also),
                notes=_merged(first.notes, other.notes),
                spans=_merged(first.spans, other.spans),
            )
    return first


def _merged(mine: tuple[_T, ...], more: tuple[_T, ...]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys((*mine, *more)))
