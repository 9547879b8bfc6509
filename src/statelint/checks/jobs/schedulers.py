"""Work that runs by itself in every instance: schedulers, loops, timers and child processes that start with the process."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.checks.common.background_work import BackgroundWork, Started, starts_with_process
from statelint.checks.common.leader_election import claim, gate
from statelint.checks.common.naming import identifier_words
from statelint.checks.common.side_effects import Effects
from statelint.checks.jobs.daemons import check_daemons
from statelint.checks.jobs.handoff import drained_queues, left_behind
from statelint.inspect.arguments import written_path
from statelint.inspect.context import Report, evidence, finding, worded
from statelint.inspect.rows.wording import hint_of, message_of, notes_of
from statelint.inspect.spans import line_span, span_of_use, symbol_of
from statelint.program.names.conditions import names_in
from statelint.program.names.nodes import Function
from statelint.program.names.resolver import split
from statelint.program.routing.paths import PathReader
from statelint.survey.summary import Call, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.checks.common.side_effects import Effect
    from statelint.inspect.context import Context
    from statelint.inspect.rows.judge import Candidate
    from statelint.rulebook.schema import Rule
    from statelint.survey.summary import CallSite

_CHILDREN: Final = ("subprocess.Popen", "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell")
_WORKER: Final = re.compile(
    r"\b(?:celery|celerybeat|beat|rq|rqworker|rqscheduler|huey_consumer|dramatiq|arq|taskiq|procrastinate|qcluster|db_worker|saq|cron|crond|supercronic"
    r"|\w*worker\w*|\w*scheduler\w*|run_?jobs|process_tasks|runapscheduler|consumer)\b"
)


def check(context: Context) -> Iterator[Report]:
    """Report loops, timers and children that start-up code starts, and work that requests hand over within the process."""
    background, effects = context.once(BackgroundWork), context.once(Effects)
    starts = list(background.starts())
    queues = drained_queues(starts, background, effects, context)
    yield from queues.reports
    rule = context.book.rule("background-loop-at-start-up")
    if rule is not None:
        for started in starts:
            if (
                started.target not in queues.consumers
                and starts_with_process(started, context)
                and (started.looped or background.loops(started.target))
            ):
                effect = None if background.listens(started.target) else effects.of(started.target)
                yield from _loop(rule, started, effect, background, context)
        yield from _children(rule, context)
        yield from check_daemons(starts, context)
    yield from left_behind(starts, background, effects, context)
    for function, site, path in background.unfollowed():
        if context.context_of(function, site.guards) == "startup":
            yield from _unfollowed(rule, function, site, path, context)


def _loop(rule: Rule, started: Started, effect: Effect | None, background: BackgroundWork, context: Context) -> Iterator[Report]:
    function, site, target = started.function, started.site, started.target
    path, line = function.module.path, site.call.line
    taken = claim(target, context) or ("" if function.is_body else _own_lock(function, context))
    if taken:
        yield evidence("jobs", "pass", path, line, f"{target.name}: one instance takes each piece of work ({taken})")
        return
    if effect is None:
        yield from _without_effect(rule, started, context)
        return
    route = context.program.route_to(function, "startup") or context.program.route_to(function)
    before = gate(route.functions if route is not None else (function,), site, context)
    chosen = before.kind in ("choice", "open")
    if chosen:
        yield _chosen(path, line, f"{target.name} runs", before.text)
    if before.kind == "choice":
        return
    case = "timer" if background.is_rearmed(target) else "loop"
    doing = line_span(context, effect.function.module.path, effect.line, f"goes on for ever, in every instance: {effect.name}")
    yield finding(
        rule,
        line_span(context, path, line, f"starts {target.name} in every instance", site.call.column),
        symbol=target.name,
        message=worded(rule, case, symbol=target.name),
        severity="note" if chosen else None,
        confidence="low" if effect.is_own else "medium",
        route=context.route_steps(route),
        spans=[doing],
        notes=[f"only where `{before.text}`" if chosen else f"where `{before.text}`"] if before.text else [],
        scope=function.name,
    )


def _without_effect(rule: Rule, started: Started, context: Context) -> Iterator[Report]:
    """A loop that changes nothing beyond its process as far as it can be read: to the end, or up to what it takes from a container."""
    function, site, target = started.function, started.site, started.target
    path, line = function.module.path, site.call.line
    effects = context.once(Effects)
    taken = effects.registered(target) or (None if context.once(BackgroundWork).listens(target) else effects.unseen(target))
    if taken is None:
        yield evidence("jobs", "pass", path, line, f"{target.name} goes on for ever, but looks after its own process only")
        return
    yield evidence("jobs", "unknown", path, line, f"{target.name} runs in every process; what it calls could not be followed")
    yield finding(
        rule,
        line_span(context, path, line, "goes on in every instance; not all that it does could be followed", site.call.column),
        symbol=target.name,
        message=worded(rule, "unread", symbol=target.name),
        confidence="low",
        route=context.route_steps(context.program.route_to(function, "startup")),
        spans=[line_span(context, taken.function.module.path, taken.line, f"calls {taken.name}, which could not be followed")],
        scope=function.name,
    )


def _unfollowed(rule: Rule | None, function: Function, site: CallSite, work: str, context: Context) -> Iterator[Report]:
    """Work that cannot be read: one that lasts until the process stops it, and is called by a name of work, is told as likely."""
    path, line, name = function.module.path, site.call.line, work.rpartition(".")[2]
    yield evidence("jobs", "unknown", path, line, f"starts {work} in every process; what it does could not be followed")
    if rule is None or not _lasts(function, site) or not identifier_words(name) & context.program.vocabulary.words("working"):
        return
    yield finding(
        rule,
        line_span(context, path, line, "goes on until this process stops it; what it does could not be read", site.call.column),
        symbol=work,
        message=worded(rule, "unread", symbol=work),
        confidence="low",
        route=context.route_steps(context.program.route_to(function, "startup")),
        scope=function.name,
    )


def _lasts(function: Function, site: CallSite) -> bool:
    """Whether what is started is stopped when the process stops: `task.cancel()` after the `yield` of a lifespan, or elsewhere."""
    kept = site.bound
    if not kept:
        return False
    stops = {f"{kept}.{last}" for last in ("cancel", "stop", "join", "kill", "terminate")}
    if "." not in kept and not function.is_body:
        return any(other.call.func in stops and other.call.line > site.call.line for other in function.summary.calls)
    others = function.owner.methods.values() if function.owner is not None else function.module.functions.values()
    return any(other.call.func in stops for one in others for other in one.summary.calls)


def _chosen(path: str, line: int, what: str, condition: str) -> Report:
    return evidence("jobs", "unknown", path, line, f"{what} only if `{condition}`: it must hold on one instance alone")


def _own_lock(function: Function, context: Context) -> str:
    """A lock that the starting function itself takes before it starts anything."""
    shared = context.program.vocabulary.role("shared-lock")
    for site in function.summary.calls:
        if any(map(shared.calls, context.program.resolver.library_names(function, site.call.func))):
            return site.call.func
    return ""


def _children(rule: Rule, context: Context) -> Iterator[Report]:
    """Workers and schedulers that are started as child processes beside the web process."""
    reader, table = PathReader(context.program.resolver), context.program.graph.library_calls
    for call in [call for name in _CHILDREN for call in table.get(name, ())]:
        function, site = call.function, call.site
        if context.context_of(function, site.guards) != "startup":
            continue
        own = [arg for arg in site.call.args if not (isinstance(arg, Ref) and arg.path in function.params)]
        command = " ".join(text for arg in own for text in reader.texts(function, arg))
        if not _WORKER.search(command):
            continue
        path, line = function.module.path, site.call.line
        route = context.program.route_to(function, "startup")
        before = gate(route.functions if route is not None else (function,), site, context)
        if before.kind in ("choice", "open"):
            yield _chosen(path, line, f"`{command}` is started", before.text)
            continue
        yield finding(
            rule,
            line_span(context, path, line, f"`{command}` runs beside every process", site.call.column),
            symbol=command.partition(" ")[0],
            message=worded(rule, "child", symbol=command.partition(" ")[0]),
            confidence="medium",
            route=context.route_steps(route),
            scope=function.name,
        )


# -- schedulers of libraries


class _Jobs(NamedTuple):
    """The functions that a scheduler runs, as far as they are known."""

    functions: list[Function]
    claims: list[str]
    effect: Effect | None
    is_complete: bool = False
    """Whether these are all, and nothing that they call is unknown."""


def refine_scheduler(candidate: Candidate, context: Context) -> Iterator[Report]:
    """Report a scheduler that starts with the web process, unless something lets one instance alone run it or its jobs."""
    use, rule, row = candidate.use, candidate.rule, candidate.row
    function, path = use.function, use.function.module.path
    route = context.program.route_to(function, "startup") or context.program.route_to(function)
    if use.site is not None:
        before = gate(route.functions if route is not None else (function,), use.site, context)
        if before.kind in ("choice", "open"):
            yield _chosen(path, use.line, f"{use.name} runs", before.text)
            return
    jobs = _jobs(candidate, context)
    taken = jobs.claims[0] if jobs.functions and len(jobs.claims) == len(jobs.functions) else _own_lock(function, context)
    if taken:
        yield evidence("jobs", "pass", path, use.line, f"{use.name} is guarded by {taken}")
        return
    if (row.confidence == "medium" or jobs.is_complete) and jobs.functions and jobs.effect is None:
        yield evidence("jobs", "pass", path, use.line, f"{use.name}: {jobs.functions[0].name} looks after its own process only")
        return
    owner, _, last = use.name.rpartition(".")
    symbol = owner.rpartition(".")[2] if last in ("start", "run", "serve") else symbol_of(use)
    yield finding(
        rule,
        span_of_use(use, context, "one in every process of every instance"),
        symbol=symbol,
        message=message_of(rule, row, use.name, candidate.value, symbol),
        hint=hint_of(rule, row, candidate.value),
        severity=row.severity,
        confidence=row.confidence or ("low" if candidate.activity == "unreached" else "high"),
        route=context.route_steps(route),
        notes=notes_of(row, candidate.decision, candidate.value),
        scope=function.name,
        api=row.id,
    )


def _jobs(candidate: Candidate, context: Context) -> _Jobs:
    own = list(dict.fromkeys(_given_here(candidate, context)))
    functions = own or list(dict.fromkeys(_job_functions(candidate, context)))
    effects = context.once(Effects)
    claims = [text for function in functions if (text := claim(function, context))]
    effect = next((effect for function in functions if (effect := effects.of(function)) is not None), None)
    return _Jobs(functions, claims, effect, bool(own) and not any(effects.unseen(function) for function in own))


def _given_here(candidate: Candidate, context: Context) -> Iterator[Function]:
    """The jobs of a scheduler that a function makes, fills and starts, and keeps to itself."""
    use, background = candidate.use, context.once(BackgroundWork)
    function = use.function
    kept = (split(use.call.func)[0] if use.call is not None else "") or (use.site.bound if use.site is not None else "")
    leaves = {
        name for expr in (*function.summary.returns, *(write.value for write in function.summary.writes)) for name in names_in(expr)
    } | {name for site in function.summary.calls for expr in site.call.args for name in names_in(expr)}
    if function.is_body or not kept.isidentifier() or kept in leaves or kept in function.summary.global_names:
        return
    for site in function.summary.calls:
        if site.call.func.startswith(f"{kept}."):
            yield from background.callables.targets(function, site.call)


def _job_functions(candidate: Candidate, context: Context) -> Iterator[Function]:
    """What the scheduler is given: the decorated function, what its maker is handed, and what `add_job` and the like add."""
    use, background = candidate.use, context.once(BackgroundWork)
    if isinstance(use.target, Function):
        yield use.target
        return
    if use.call is None:
        return
    yield from background.callables.targets(use.function, use.call)
    receiver = split(use.call.func)[0]
    for site in use.function.summary.calls:
        if site.call.func == receiver.removesuffix("()") and receiver.endswith("()"):
            yield from background.callables.targets(use.function, site.call)
    for place in context.program.resolver.walk(use.function, receiver).places:
        for scope, value in context.program.resolver.values_of(place.location):
            if isinstance(value, Call):
                yield from background.callables.targets(scope, value)
    yield from _added(use.name.partition(".")[0], background, context)


def _added(package: str, background: BackgroundWork, context: Context) -> Iterator[Function]:
    """Functions that are handed to, or decorated by, a scheduling library anywhere in the project."""
    if package in ("tornado", "twisted", "cherrypy", "nicegui", "uwsgi", "python", "sched"):
        return
    for name, calls in context.program.graph.library_calls.items():
        if name.partition(".")[0] == package:
            for call in calls:
                if call.function.module.part not in ("test", "script"):
                    yield from background.callables.targets(call.function, call.site.call)
    for function in context.program.functions:
        for decorator in function.summary.decorators if function.module.part != "test" else ():
            path = written_path(decorator)
            for name in context.program.resolver.library_names(function.parent or function, path) if path else ():
                if name.partition(".")[0] == package:
                    yield function


def refine_bot(candidate: Candidate, context: Context) -> Iterator[Report]:
    """Report a bot that is logged in beside a web application; a bot that is a program of its own runs once anyway."""
    use, rule, row = candidate.use, candidate.rule, candidate.row
    function, path = use.function, use.function.module.path
    if not context.program.entry_points.routes or use.site is None:
        return
    route = context.program.route_to(function, "startup") or context.program.route_to(function)
    before = gate(route.functions if route is not None else (function,), use.site, context)
    if before.kind in ("choice", "open"):
        yield _chosen(path, use.line, f"{use.name} runs", before.text)
        return
    yield finding(
        rule,
        span_of_use(use, context, "once in every process of every instance"),
        symbol=use.name.rpartition(".")[0].rpartition(".")[2],
        message=message_of(rule, row, use.name, candidate.value, use.name),
        hint=hint_of(rule, row, candidate.value),
        severity=row.severity,
        confidence="low" if candidate.activity == "unreached" else "medium",
        route=context.route_steps(route),
        notes=[f"where `{before.text}`"] if before.text else notes_of(row, candidate.decision, candidate.value),
        scope=function.name,
        api=row.id,
    )
