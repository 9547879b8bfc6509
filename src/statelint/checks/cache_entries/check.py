"""A cache used as more than a cache while its entries stay in one process or host: a limit, a lock, a mailbox, a store of sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from statelint.checks.cache_entries.accesses import FILLS, Key, accesses
from statelint.checks.cache_entries.backends import Backends
from statelint.checks.cache_entries.facts import case_of, is_derived_on_miss, is_of_session, is_released
from statelint.inspect.context import Report, finding, worded
from statelint.inspect.spans import line_span, span_of_call
from statelint.model import Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.checks.cache_entries.accesses import Access
    from statelint.checks.cache_entries.backends import CacheObject
    from statelint.inspect.context import Context
    from statelint.program.names.nodes import Function
    from statelint.rulebook.schema import Rule

_MAX_SPANS: Final = 12
"""Further places that one finding shows."""
_LATER: Final = "read-after-write-in-process"


class _Fault(NamedTuple):
    """One entry, or one count, that the program relies on."""

    rule: str
    case: str
    access: Access
    others: tuple[tuple[Access, str], ...] = ()
    """The other end, with what it does there."""


def check(context: Context) -> Iterator[Report]:
    """Report what relies on entries that every process or host has for itself: one finding for each cache, rule and kind of use."""
    backends = context.once(Backends)
    found = [access for access in accesses(context) if backends.local(access.cache) is not None]
    if not found:
        return
    groups: dict[tuple[CacheObject, str, str], list[_Fault]] = {}
    for fault in _faults(found, context):
        groups.setdefault((fault.access.cache, fault.rule, fault.case), []).append(fault)
    for (_, name, _), faults in groups.items():
        rule = context.book.rule(name)
        if rule is not None:
            yield _finding(rule, faults, backends, context)


def _faults(found: Sequence[Access], context: Context) -> Iterator[_Fault]:
    by_key: dict[tuple[CacheObject, Key], list[Access]] = {}
    for access in found:
        for key in sorted(access.keys, key=repr):
            by_key.setdefault((access.cache, key), []).append(access)
    told: set[tuple[str, int, int]] = set()
    for access in found:
        case = case_of(access, found) if access.activity in ("serving", "worker") else ""
        if case == "cache-mark" and any(is_released(access, other) for key in access.keys for other in by_key[access.cache, key]):
            case = "cache-lock"
        if case:
            told.add(access.place)
            yield _Fault("lock-in-process" if case == "cache-lock" else "rate-counter-in-process", case, access)
    for group in by_key.values():
        filled = [access for access in group if access.verb in FILLS and access.place not in told]
        for fault in _relied_on(filled, group, context):
            told |= {access.place for access in filled}
            yield fault


def _relied_on(filled: list[Access], group: list[Access], context: Context) -> list[_Fault]:
    """Judge the entry of one key: one that is derived again where it is missing is a cache, any other is handed over.

    Of an object that the project makes, the finding about the object says what a cache of each process means. Django's caches are made
    by nobody, so what is cleared there in one process only is told where it is filled.
    """
    cleared = _cleared(filled, group)
    if cleared:
        return cleared if filled[0].cache.library == "django" else []
    return _handed(filled, group, context)


def _cleared(filled: list[Access], group: list[Access]) -> list[_Fault]:
    """An entry that one function derives, and that another clears because what it was made from has changed."""
    clears = [access for access in group if access.verb == "clear" and access.activity in ("serving", "worker")]
    clears = [access for access in clears if all(access.function is not fill.function for fill in filled)]
    writers = {fill.function for fill in filled}
    derived = any(access.verb == "get" and access.function in writers for access in group)
    if not filled or not clears or not (derived or any(fill.verb == "get_or_set" for fill in filled)):
        return []
    return [_Fault("in-memory-cache-backend", "cleared", filled[0], tuple((one, "cleared in one process only") for one in clears))]


def _handed(filled: list[Access], group: list[Access], context: Context) -> list[_Fault]:
    """An entry that one function leaves and another fetches, which has no other way to come by it."""
    fills = [access for access in filled if access.verb == "set" and access.activity != "out"]
    writers = {access.function for access in group if access.verb in FILLS}
    linked = _linked(writers, context)
    reads = [
        access
        for access in group
        if access.verb == "get"
        and access.activity == "serving"
        and access.function not in writers | linked
        and not is_derived_on_miss(access)
    ]
    if not fills or not reads:
        return []
    fill = fills[0]
    rule, case = _LATER, "cache"
    if any(is_of_session(access, context) for access in (*fills, *reads)):
        rule = "session-store-in-process"
    elif all(_runs_aside(access, context) for access in fills):
        rule = "in-process-job-queue"
    else:
        rule = "process-state"
    others = [(one, "left here too") for one in fills[1:]]
    others += [(read, f"fetched by {read.function.name}, perhaps on another instance") for read in reads]
    return [_Fault(rule, case, fill, tuple(others))]


def _linked(writers: Iterable[Function], context: Context) -> set[Function]:
    """Functions that call a writer, or that a writer calls: together they may be the one that derives the entry."""
    writers = set(writers)
    found: set[Function] = set()
    for caller, edges in context.program.graph.edges.items():
        callees = {edge.callee for edge in edges}
        if caller in writers:
            found |= callees
        elif callees & writers:
            found.add(caller)
    return found


def _runs_aside(access: Access, context: Context) -> bool:
    """Whether it runs beside the requests: in a task of a queue, a job, a thread."""
    if access.activity == "serving":
        route = context.program.reach["serving"].route(access.function)
        return route is not None and route.entry.role == "background"
    return access.activity in ("worker", "command")


def _finding(rule: Rule, faults: Sequence[_Fault], backends: Backends, context: Context) -> Report:
    first = faults[0]
    access = first.access
    backend = backends.local(access.cache)
    places = [(one, "the same here") for fault in faults[1:] for one in (fault.access,)]
    places = [*first.others, *places, *(other for fault in faults[1:] for other in fault.others)]
    further = {one.place[:2]: label for one, label in places if one.place[:2] != access.place[:2]}
    shown = [line_span(context, path, line, label) for (path, line), label in list(further.items())[:_MAX_SPANS]]
    label = f"the cache is {backend.name}" if backend is not None else ""
    if backend is not None and backend.line:
        shown.append(line_span(context, backend.path, backend.line, label))
    route = context.route_steps(context.program.route_to(access.function))
    known = {(step.path, step.line) for step in route} | {access.place[:2]}
    made = finding(
        rule,
        span_of_call(access.function, access.site.call, context, label),
        symbol=access.function.name,
        message=worded(rule, first.case, symbol=access.function.name),
        severity="warning",
        confidence="medium",
        route=(*route, *(Step(one.path, one.line, one.label) for one in shown if (one.path, one.line) not in known)),
        spans=shown,
        scope=access.function.name,
    )
    later = context.book.rule(_LATER)
    if rule.name != "process-state" or later is None:
        return made
    return msgspec.structs.replace(made, also=(later.code,), notes=(*made.notes, worded(later, "cache", symbol=access.function.name)))
