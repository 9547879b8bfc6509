"""Changes of the database schema that every instance makes when it starts."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from statelint.checks.common.feature_switches import Switch, switch_of
from statelint.checks.common.naming import names_and_texts
from statelint.checks.database.engines import engine_url
from statelint.checks.startup.schema_changes import SchemaChange, schema_changes
from statelint.inspect.context import Report, evidence, finding, worded
from statelint.inspect.spans import line_span
from statelint.program.names.conditions import mentions
from statelint.program.names.nodes import Function
from statelint.survey.summary import Ref

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statelint.inspect.context import Context
    from statelint.model import Confidence
    from statelint.program.names.nodes import Function
    from statelint.program.reachability.reach import Reachability, Route
    from statelint.program.vocabulary import NameSet
    from statelint.rulebook.schema import Rule

_MAX_SHOWN: Final = 6
"""Changes of one start that a finding points at: the first says what to mend."""
_MAX_LOCK_DISTANCE: Final = 3
"""Functions up from the change in which a lock is looked for; one taken further up guards something else."""


def check(context: Context) -> Iterator[Report]:
    """Report schema changes at start-up, one finding for each start; guards make them evidence."""
    rule = context.book.rule("migration-at-start-up")
    if rule is None:
        return
    reach = context.program.reach["startup"]
    by_function: dict[Function, list[SchemaChange]] = {}
    for change in schema_changes(context):
        if change.function in reach:
            moved = _from_outside(change, reach.route(change.function))
            if context.context_of(moved.function, moved.site.guards) in ("startup", "serving"):
                by_function.setdefault(moved.function, []).append(moved)
        elif context.context_of(change.function, change.site.guards) == "unreached" and change.function.module.part == "app":
            path, line = change.function.module.path, change.site.call.line
            yield evidence(rule.item, "unknown", path, line, f"{change.shown}: nothing that was found leads here")
    for function, changes in _by_start(by_function, reach).items():
        route = reach.route(function)
        chain = route.functions if route is not None else (function,)
        yield from _judged(rule, changes, chain, route, context)


def _by_start(by_function: Mapping[Function, list[SchemaChange]], reach: Reachability) -> dict[Function, list[SchemaChange]]:
    """Put together what one start does: changes of a function, of those that it calls, and of those that its caller calls beside it."""
    chains = {function: route.functions if (route := reach.route(function)) is not None else (function,) for function in by_function}
    found: dict[Function, list[SchemaChange]] = {}
    first: dict[Function, Function] = {}
    for function in sorted(by_function, key=lambda one: (len(chains[one]), one.module.path, one.summary.line)):
        around = chains[function][:-1]
        leader = next((first[one] for one in reversed(around) if one in first), function)
        found.setdefault(leader, []).extend(by_function[function])
        for one in (function, *around[-1:]):
            first.setdefault(one, leader)
    return found


def _from_outside(change: SchemaChange, route: Route | None) -> SchemaChange:
    """Move a change inside a migration's own file to the call that the application starts it with."""
    chain = route.functions if route is not None else ()
    for caller, callee in pairwise(chain):
        if callee.module.part == "migration" and caller.module.part != "migration":
            last = callee.name.rpartition(".")[2]
            site = next((site for site in caller.summary.calls if site.call.func.rpartition(".")[2] == last), None)
            return change._replace(function=caller, site=site, name=callee.name, case="call", symbol=last) if site is not None else change
    return change


def _judged(
    rule: Rule, changes: list[SchemaChange], chain: tuple[Function, ...], route: Route | None, context: Context
) -> Iterator[Report]:
    if _locked(chain, context):
        first = changes[0]
        text = f"{first.shown} runs under a lock that all instances share"
        yield evidence(rule.item, "pass", first.function.module.path, first.site.call.line, text)
        return
    switches = {change: switch_of(_on_the_way(change, chain, context), change.site.guards, context) for change in changes}
    made = [change for change in changes if switches[change].state == "on" and not _is_in_memory(_url(change, context))]
    if made:
        yield _finding(rule, made, switches[made[0]], route, context)
        return
    first, switch = changes[0], switches[changes[0]]
    path, line = first.function.module.path, first.site.call.line
    if switch.state == "off" and switch.variable:
        yield evidence(rule.item, "unknown", path, line, f"{first.shown} runs at start-up where {switch.variable} is set")
    elif switch.state == "open":
        yield evidence(rule.item, "unknown", path, line, f"{first.shown} runs at start-up if `{switch.text}`")


def _on_the_way(change: SchemaChange, chain: tuple[Function, ...], context: Context) -> tuple[Function, ...]:
    """Return the functions that lead to a change, which may be made in another than the last of the start."""
    if change.function is chain[-1]:
        return chain
    route = context.program.reach["startup"].route(change.function)
    return route.functions if route is not None else (change.function,)


def _is_in_memory(url: str) -> bool:
    return url.startswith("sqlite") and (":memory:" in url or url.rstrip("/") in ("sqlite:", "sqlite+aiosqlite:", "sqlite+pysqlite:"))


def _finding(rule: Rule, changes: list[SchemaChange], switch: Switch, route: Route | None, context: Context) -> Report:
    first = changes[0]
    made, function = first.site.call, first.function
    path = function.module.path
    notes = [f"{switch.variable} switches it off"] if switch.variable else []
    others = [
        line_span(context, other.function.module.path, other.site.call.line, "and this", other.site.call.column)
        for other in changes[1:_MAX_SHOWN]
    ]
    confidence: Confidence = "medium" if switch.variable or first.case == "statement" else "high"
    return finding(
        rule,
        line_span(context, path, made.line, "run by every instance that starts", made.column),
        symbol=first.symbol,
        message=worded(rule, first.case, name=first.name, value=first.name),
        severity="warning" if first.case == "statement" or _url(first, context).startswith("sqlite") else None,
        confidence="low" if route is not None and route.guessed else confidence,
        route=context.route_steps(route),
        spans=others,
        notes=notes,
        scope=function.name,
    )


def _url(change: SchemaChange, context: Context) -> str:
    """Return the address of the engine that the change is made through, as far as it is known."""
    call = change.site.call
    given = [*call.args[:2], *(value for name, value in call.keywords if name in ("bind", "engine"))]
    return next((url for expr in given if (url := engine_url(change.function, expr, context))), "")


def _locked(chain: tuple[Function, ...], context: Context) -> bool:
    """Whether a function on the way takes a lock that holds across instances, itself or through a helper."""
    graph, locks = context.program.graph, context.program.vocabulary.role("shared-lock")
    for function in chain[-_MAX_LOCK_DISTANCE:]:
        near = (
            ()
            if function.is_body
            else [edge.callee for edge in graph.edges.get(function, ()) if edge.kind in ("call", "implicit", "wraps")]
        )
        if any(_takes_lock(scope, locks, context) for scope in (function, *near)):
            return True
    return False


def _takes_lock(function: Function, locks: NameSet, context: Context) -> bool:
    text = context.program.vocabulary.pattern("lock-text")
    for site in function.summary.calls:
        names = context.program.resolver.library_names(function, site.call.func)
        if any(locks.calls(name) for name in (*names, site.call.func)):
            return True
        if any(text.search(names_and_texts(arg)) for arg in (*site.call.args, Ref(site.call.func))):
            return True
    return any(mentions(guard, function.summary, text) for guard in function.summary.guards)
