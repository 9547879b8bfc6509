"""Work that runs by itself in every instance: schedulers, loops and threads started at start-up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.checks.kinds import describe
from statelint.checks.safety import SafetyJudge
from statelint.inspect.context import Report, evidence, finding
from statelint.inspect.rows import hint_of, message_of, notes_of
from statelint.inspect.spans import line_span, span_of_use, symbol_of
from statelint.program.nodes import Class, External, Function, Instance
from statelint.survey.summary import Call, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.inspect.rows import Candidate
    from statelint.program.callgraph import LibraryCall

_CLAIM: Final = re.compile(r"(?:^|[._])claim_?(?:due|next|job|task|work|pending|rows|lease|lock|s?\b$)|leader|(?<![a-z])elect(?:ion|ed|_)|advisory|skip_?locked|acquire?_lock|a[c]?quire_.*lock|try_lock|redlock|setnx|redis_?lock|for_update|\blease|acquire_lease", re.IGNORECASE)
_SWITCH: Final = re.compile(r"SCHEDUL|CRON|WORKER|BEAT|JOBS?\b|LEADER|PRIMARY|MASTER|RUN_|ENABLE_", re.IGNORECASE)


def refine_scheduler(candidate: Candidate, context: Context) -> Iterator[Report]:
    """Report a scheduler that starts with the web process, unless something lets one instance alone run it."""
    use, rule, row = candidate.use, candidate.rule, candidate.row
    function = use.function
    path = function.module.path
    guard = _switch(function, use.site.guards if use.site else ())
    if guard:
        yield evidence("jobs", "unknown", path, use.line, f"{use.name} runs only if `{guard}`: it must hold on one instance alone")
        return
    claim = _claimed(function, context)
    if claim:
        yield evidence("jobs", "pass", path, use.line, f"{use.name} is guarded by {claim}")
        return
    route = context.program.route_to(function, "startup") or context.program.route_to(function)
    yield finding(
        rule, span_of_use(use, context, "one in every process of every instance"), symbol=symbol_of(use),
        message=message_of(rule, row, use.name, candidate.value, symbol_of(use)), hint=hint_of(rule, row, candidate.value), severity=row.severity,
        confidence=row.confidence or ("low" if candidate.context_name == "unreached" else "high"),
        route=context.route_steps(route), notes=notes_of(row, candidate.decision, candidate.value), scope=function.name, api=row.id,
    )  # fmt: skip


def _switch(function: Function, guards: tuple[int, ...]) -> str:
    """An environment switch around the start."""
    for index in guards:
        guard = function.summary.guards[index]
        if guard.kind == "if" and _SWITCH.search(guard.text) and re.search(r"environ|getenv|settings|config|[A-Z]{4,}", guard.text):
            return guard.text
    return ""


def _claimed(function: Function, context: Context, depth: int = 0) -> str:
    """A shared lock, a leader election or a claim in the database on the way of the work."""
    shared = context.program.vocabulary.role("shared-lock")
    for site in function.summary.calls:
        names = [e.name for e in context.program.resolver.walk(function, site.call.func).entities if isinstance(e, External)]
        if any(shared.calls(name) for name in names) or _CLAIM.search(site.call.func):
            return site.call.func
        for keyword, _ in site.call.keywords:
            if keyword == "skip_locked":
                return keyword
    for guard in function.summary.guards:
        if _CLAIM.search(guard.text):
            return guard.text
    if depth < 3:
        for edge in context.program.graph.edges.get(function, ()):
            found = _claimed(edge.callee, context, depth + 1)
            if found:
                return found
    return ""


def check(context: Context) -> Iterator[Report]:
    """Report loops and threads that start-up code starts and whose work touches what instances share."""
    rule = context.book.rule("background-loop-at-start-up")
    if rule is None:
        return
    safety = SafetyJudge(context.program)
    for call in _starts(context):
        function, site = call.function, call.site
        if context.context_of(function, site.guards) != "startup" and not _is_startup_only(function, context):
            continue
        for target in dict.fromkeys(_targets(function, site.call, context)):
            if not _loops(target, context):
                continue
            verdict = _effect(target, safety, context)
            path = function.module.path
            claim = _claimed(target, context)
            if claim:
                yield evidence("jobs", "pass", path, site.call.line, f"{target.name}: one instance takes each piece of work ({claim})")
                continue
            if not verdict:
                continue
            guard = _switch(function, site.guards)
            if guard:
                yield evidence("jobs", "unknown", path, site.call.line, f"{target.name} runs only if `{guard}`: it must hold on one instance alone")
                continue
            span = line_span(context, path, site.call.line, f"starts {target.name} in every instance", site.call.column)
            loop = line_span(context, target.module.path, target.summary.line, f"runs for ever; {verdict}")
            steps = context.route_steps(context.program.route_to(function, "startup"))
            message = rule.messages.get("loop", rule.summary).replace("{symbol}", target.name).replace("{name}", target.name)
            yield finding(rule, span, symbol=target.name, message=message, confidence="medium", route=steps, spans=[loop], scope=function.name)


def _is_startup_only(function: Function, context: Context) -> bool:
    reach = context.program.reach
    return function in reach["startup"] and function not in reach["serving"]


def _starts(context: Context) -> Iterator[LibraryCall]:
    starts = context.program.vocabulary.role("task-start")
    table = context.program.graph.library_calls
    for name in sorted(table):
        if starts.calls(name):
            yield from table[name]


def _targets(function: Function, call: Call, context: Context) -> Iterator[Function]:
    """The functions that a start hands over: `create_task(loop())`, `Thread(target=loop)`."""
    exprs: list[Expr] = [*call.args, *(value for key, value in call.keywords if key in ("target", "function", "func"))]
    for expr in exprs:
        path = expr.func if isinstance(expr, Call) else expr.path if isinstance(expr, Ref) else ""
        for entity in context.program.resolver.walk(function, path).entities if path else ():
            if isinstance(entity, Function):
                yield entity
            elif isinstance(entity, (Class, Instance)):
                cls = entity if isinstance(entity, Class) else entity.cls
                run = cls.find_method("run")
                if run is not None:
                    yield run


def _loops(target: Function, context: Context, depth: int = 0) -> bool:
    """Whether a function runs for ever: an endless loop that sleeps, or a timer that starts itself again."""
    if any(guard.kind == "while" for guard in target.summary.guards):
        sleeps = context.program.vocabulary.role("sleep")
        for site in target.summary.calls:
            names = [e.name for e in context.program.resolver.walk(target, site.call.func).entities if isinstance(e, External)]
            if any(sleeps.calls(name) for name in names) or site.call.func.rpartition(".")[2] in ("sleep", "wait", "wait_for", "run_pending", "get"):
                return True
    if any(site.call.func.endswith("Timer") and target.name.rpartition(".")[2] in describe(site.call) for site in target.summary.calls):
        return True
    if depth < 1:
        return any(_loops(edge.callee, context, depth + 1) for edge in context.program.graph.edges.get(target, ()) if edge.kind == "call")
    return False


def _effect(target: Function, safety: SafetyJudge, context: Context) -> str:
    """What the loop does beyond this process, "" if it only looks after its own."""
    subscribe = context.program.vocabulary.role("subscribe")
    for site in target.summary.calls:
        if "." in site.call.func and site.call.func.rpartition(".")[2] in subscribe.methods:
            return ""  # a listener must run everywhere
    if safety.reads_changing(target):
        found = safety.changing_call(target)
        return f"it calls {found}" if found else "what it calls reads or writes what instances share"
    return ""
