"""Rows that every instance looks for and inserts when it starts: two that start together both find none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.checks.common.feature_switches import switch_of
from statelint.checks.common.leader_election import claim, own_claim
from statelint.checks.common.mutable_reads import MutableReads
from statelint.checks.common.side_effects import Effects
from statelint.inspect.context import Report, evidence, finding, worded
from statelint.inspect.spans import line_span
from statelint.program.names.conditions import ARMS, absences, names_in
from statelint.program.names.nodes import Function
from statelint.survey.summary import Call, CallSite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.rulebook.schema import Rule
    from statelint.survey.summary import Guard

_ATOMIC: Final = re.compile(
    r"get_or_create|upsert|on_conflict|update_or_create|ignore_conflicts|if_not_exists|merge|set_on_insert", re.IGNORECASE
)
_HANDLED: Final = re.compile(r"Integrity|Duplicate|Unique|AlreadyExists|Conflict")
_INSERTS: Final = frozenset({"add", "add_all", "create", "acreate", "bulk_create", "insert", "insert_one", "insert_many", "save", "asave"})
_TELLS: Final = re.compile(
    r"(?:^|_)(?:create|add|insert|seed|make|init|initiali[sz]e|register|save|populate|import|load|bootstrap)", re.IGNORECASE
)


class _Seed(NamedTuple):
    """An insertion below a test that asked for the row."""

    function: Function
    guard: Guard
    site: CallSite


def check(context: Context) -> Iterator[Report]:
    """Report each function that start-up code reaches and that inserts what it did not find, once."""
    rule = context.book.rule("rows-seeded-at-start-up")
    if rule is None:
        return
    effects, reads = context.once(Effects), context.once(MutableReads)
    for function in context.program.functions:
        if function in context.program.reach["startup"] and function.module.part == "app":
            seed = _seed(function, effects, reads, context)
            if seed is not None:
                yield from _judged(rule, seed, context)


def _seed(function: Function, effects: Effects, reads: MutableReads, context: Context) -> _Seed | None:
    summary = function.summary
    if _expects_conflict(function):
        return None
    asking = {index for index, guard in enumerate(summary.guards) if _asks(function, guard, reads, context)}
    for site in summary.calls if asking else ():
        asked = next((summary.guards[index] for index in site.guards if index in asking), None)
        if asked is None or not _runs_at_start(function, site, context):
            continue
        if _inserts(function, site, effects, context):
            return _Seed(function, asked, site)
    return None


def _runs_at_start(function: Function, site: CallSite, context: Context) -> bool:
    """Whether a call is made as the process starts, for certain where requests make it as well."""
    activity = context.context_of(function, site.guards)
    return activity == "startup" or (activity == "serving" and not context.program.reach["startup"].is_guessed(function))


def _asks(function: Function, guard: Guard, reads: MutableReads, context: Context) -> bool:
    """Whether a condition is that a row was not found."""
    for one in absences(guard.test) if guard.kind in ARMS else ():
        called = f"{one.path}.get" if one.key is not None else one.path.partition("(")[0] if "(" in one.path else ""
        bound = [binding.value for binding in function.locals.get(one.path, ()) if binding.line < guard.line]
        called = called or next((value.func for value in bound[-1:] if isinstance(value, Call)), "")
        if called and _reads(function, called, reads, context):
            return True
    return False


def _reads(function: Function, path: str, reads: MutableReads, context: Context) -> bool:
    """Whether a call asks a database, itself or in the project's function that it names."""
    if _ATOMIC.search(path):
        return False
    objects = context.program.resolver.walk(function, path).objects
    if any(isinstance(entity, Function) for entity in objects):
        return any(isinstance(entity, Function) and reads.reads_mutable_state(entity) for entity in objects)
    return reads.is_shared(path) or any(map(reads.is_shared, context.program.resolver.library_names(function, path)))


def _inserts(function: Function, site: CallSite, effects: Effects, context: Context) -> bool:
    """Whether a call inserts rows: a session's `add`, a manager's `create`, the project's function by that name that changes rows."""
    path = site.call.func
    last = path.rpartition(".")[2]
    if _ATOMIC.search(path):
        return False
    called = [entity for entity in context.program.resolver.walk(function, path).objects if isinstance(entity, Function)]
    for entity in called:
        effect = effects.of(entity, frozenset({"rows"}))
        if effect is not None and _TELLS.search(last) and not _ATOMIC.search(effect.name) and not _settled(entity):
            return True
    return not called and last in _INSERTS and effects.changes_rows(function, site.call)


def _settled(function: Function) -> bool:
    """Whether a function settles the race itself: it asks the database for one statement, or expects the conflict."""
    return _expects_conflict(function) or any(_ATOMIC.search(site.call.func) for site in function.summary.calls)


def _expects_conflict(function: Function) -> bool:
    caught = (path for guard in function.summary.guards if guard.kind == "except" for path in names_in(*guard.subjects))
    return any(map(_HANDLED.search, caught))


def _judged(rule: Rule, seed: _Seed, context: Context) -> Iterator[Report]:
    function, site = seed.function, seed.site
    path, line, symbol = function.module.path, site.call.line, function.name.rpartition(".")[2]
    route = context.program.reach["startup"].route(function)
    chain = route.functions if route is not None else (function,)
    taken = claim(function, context) or next((text for one in chain[:-1] if (text := own_claim(one, context))), "")
    if taken:
        yield evidence(rule.item, "pass", path, line, f"{symbol}: one instance inserts what is missing ({taken})")
        return
    switch = switch_of(chain, site.guards, context)
    if switch.state == "off":
        return
    yield finding(
        rule,
        line_span(context, path, line, "inserts what was not found", site.call.column),
        symbol=symbol,
        message=worded(rule, "inserted", symbol=site.call.func),
        severity="note",  # it happens when the first instances start, on an empty table, and often fails on a unique key
        confidence="medium",
        route=context.route_steps(route),
        spans=[line_span(context, path, seed.guard.line, "asked a moment before, by every instance")],
        notes=[f"{switch.variable} switches it off"] if switch.variable else [],
        scope=function.name,
    )
