"""Programs beside the server that do not end: what each copy of one does, all copies do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.checks.common.background_work import BackgroundWork
from statelint.checks.common.leader_election import claim, gate
from statelint.checks.common.side_effects import Effects
from statelint.inspect.context import Report, evidence, finding, worded
from statelint.inspect.spans import line_span
from statelint.program.reachability.launch import DAEMON, is_endless

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.checks.common.background_work import Started
    from statelint.inspect.context import Context
    from statelint.program.names.nodes import Function
    from statelint.rulebook.schema import Rule
    from statelint.survey.summary import CallSite


def check_daemons(starts: Iterable[Started], context: Context) -> Iterator[Report]:
    """Report the loops of programs that a module runs as its own, and those that they start: a note, as a single copy does no harm."""
    rule, background = context.book.rule("background-loop-at-start-up"), context.once(BackgroundWork)
    if rule is None:
        return
    for function in context.program.functions:
        if _is_daemon(function, context):
            yield from _report(rule, function, function, _first_call(function), context)
    for started in starts:
        is_loop = started.looped or background.loops(started.target)
        if is_loop and _is_daemon(started.function, context) and not background.listens(started.target):
            yield from _report(rule, started.function, started.target, started.site, context)


def _is_daemon(function: Function, context: Context) -> bool:
    """Whether a function is run as a program, and nothing that serves leads to it."""
    route = context.program.route_to(function, "worker") if context.context_of(function) == "worker" else None
    return route is not None and route.entry.function is function and route.entry.text.startswith(DAEMON)


def _first_call(function: Function) -> CallSite:
    """Return the first call of the endless loop."""
    endless = {index for index, guard in enumerate(function.summary.guards) if is_endless(guard)}
    return next(site for site in function.summary.calls if endless.intersection(site.guards))


def _report(rule: Rule, function: Function, target: Function, site: CallSite, context: Context) -> Iterator[Report]:
    path, line, effect = function.module.path, site.call.line, context.once(Effects).of(target)
    if effect is None or effect.is_own:
        return
    taken = claim(target, context)
    if taken:
        yield evidence("jobs", "pass", path, line, f"{target.name}: one copy takes each piece of work ({taken})")
        return
    before = gate((function,), site, context)
    if before.kind == "choice":
        return
    yield evidence("jobs", "unknown", path, line, f"{target.name} is right as long as one copy of it runs")
    yield finding(
        rule,
        line_span(context, path, line, "goes on for ever, in every copy of this program"),
        symbol=target.name,
        message=worded(rule, "daemon", symbol=target.name),
        severity="note",
        confidence="medium",
        route=context.route_steps(context.program.route_to(function, "worker")),
        spans=[line_span(context, effect.function.module.path, effect.line, f"done by each copy: {effect.name}")],
        scope=function.name,
    )
