"""Work that a request hands over within its process: queues that a thread empties, threads and tasks that are left behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.checks.common.side_effects import LASTING, NEEDED, Kind
from statelint.checks.state.kinds import KindClassifier
from statelint.inspect.context import Report, finding, worded
from statelint.inspect.spans import line_span
from statelint.model import Span, Step
from statelint.program.names.conditions import names_in
from statelint.program.names.containers import Containers
from statelint.program.names.nodes import Function, Instance
from statelint.program.names.resolver import split
from statelint.survey.summary import Call, Const, Display, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.checks.common.background_work import BackgroundWork, Started
    from statelint.checks.common.side_effects import Effects
    from statelint.inspect.context import Context
    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.nodes import Location
    from statelint.program.names.origins import Origin
    from statelint.rulebook.schema import Rule
    from statelint.survey.summary import CallSite

_TAKES: Final = frozenset({"get", "get_nowait", "popleft", "pop", "receive", "receive_nowait", "recv", "async_q"})
_PUTS: Final = frozenset({"put", "put_nowait", "append", "appendleft", "send", "send_nowait", "add", "push", "enqueue"})
_JOINS: Final = frozenset({"gather", "wait", "as_completed", "result", "wait_for", "shutdown", "cancel", "aclose", "communicate"})
_GROUPS: Final = ("Executor", "TaskGroup", "task_group", "nursery")
"""What waits at the end of its `with` block."""
_RUNS: Final = frozenset({"run", "start", "execute", "process", "call", "perform", "work", "handle", "__call__"})
_TASKS: Final = (
    "create_task", "ensure_future", "Thread", "submit", "start_new_thread", "run_coroutine_threadsafe", "spawn", "Process", "start",
    "add_task", "add_background_task", "start_background_task",
)  # fmt: skip
"""Calls that start work which nobody waits for."""


_COROUTINES: Final = frozenset({"create_task", "ensure_future"})
"""Short work beside the answer, such as a row that is written while it is sent: only what reaches others is told."""
_BEST_EFFORT: Final = re.compile(
    r"alert|(?:^|_)log(?:s|ging|_|$)|audit|track|analytics|telemetry|metric|trace|usage|stats|warm|prefetch", re.IGNORECASE
)
"""Names of what may be lost without anybody waiting for it: a fault is likely then, not certain."""
_OUTSIDE: Final[frozenset[Kind]] = frozenset({"outside"})
_AFTER_ANSWER: Final = ".BackgroundTasks.add_task"
"""What a server runs after the answer, and waits for when it stops as asked: lost only when it is killed or runs out of time."""


class Drained(NamedTuple):
    """The queues of one process between requests and workers, and the workers."""

    reports: list[Report]
    consumers: frozenset[Function]


def drained_queues(starts: Sequence[Started], background: BackgroundWork, effects: Effects, context: Context) -> Drained:
    """Report each queue that requests fill and a loop of the same process empties to work on what it holds."""
    rule = context.book.rule("in-process-job-queue")
    if rule is None:
        return Drained([], frozenset())
    puts = _puts(context)
    reports: list[Report] = []
    consumers: set[Function] = set()
    told: set[Location] = set()
    for started in starts:
        if context.context_of(started.function, started.site.guards) not in ("serving", "startup") or not background.loops(started.target):
            continue
        for location, function, line in _taken(started.target, context):
            if location not in puts or not (effects.of(started.target) or _runs_items(function)) or _holds_workers(location, context):
                continue
            consumers.add(started.target)
            if location not in told:
                told.add(location)
                reports.extend(_queue(rule, location, started, context, put=puts[location], take=(function, line)))
    return Drained(reports, frozenset(consumers))


def _puts(context: Context) -> dict[Location, tuple[Function, CallSite]]:
    """Where requests put something into a queue."""
    found: dict[Location, tuple[Function, CallSite]] = {}
    reach = context.program.reach["serving"]
    for function in context.program.functions:
        if function not in reach or reach.is_guessed(function):
            continue
        for site in function.summary.calls:
            receiver, step = split(site.call.func)
            if step[1:] in _PUTS and context.context_of(function, site.guards) == "serving":
                for place in context.program.resolver.walk(function, receiver).places:
                    if not place.inner:
                        found.setdefault(place.location, (function, site))
    return found


def _taken(target: Function, context: Context) -> Iterator[tuple[Location, Function, int]]:
    """Yield the queues that a loop takes from, itself or in what it calls directly."""
    containers = Containers(context.program.resolver, context.program.vocabulary)
    callees = [edge.callee for edge in context.program.graph.edges.get(target, ()) if edge.kind == "call"]
    for function in dict.fromkeys((target, *callees)):
        paths = [(split(site.call.func)[0], site.call.line) for site in function.summary.calls if split(site.call.func)[1][1:] in _TAKES]
        if function is target:  # what a helper goes through and empties is its own housekeeping
            paths += [
                (read.target, read.line) for read in function.summary.reads if read.how == "iter" and _takes_out(function, read.target)
            ]
        for path, line in paths:
            for place in context.program.resolver.walk(function, path).places:
                location = place.location
                if not place.inner and location.kind in ("global", "attribute", "application"):
                    kind = containers.at(location, context.program.resolver.values_of(location))
                    if kind in ("queue", "sequence"):
                        yield location, function, line


def _holds_workers(location: Location, context: Context) -> bool:
    """Whether what is kept are the threads and tasks themselves, which somebody looks after."""
    starts = context.program.vocabulary.role("task-start")
    for entity in context.program.resolver.content(location).objects:
        names = entity.cls.external_bases if isinstance(entity, Instance) else [getattr(entity, "name", "")]
        if any(starts.calls(name) for name in names):
            return True
    return False


def _takes_out(function: Function, path: str) -> bool:
    """Whether a function also empties what it goes through: `for job in jobs: ...`, `jobs.clear()`; else the list is no queue."""
    if any(site.call.func == f"{path}.clear" for site in function.summary.calls):
        return True
    written = (write.value for write in function.summary.writes if write.target == path)
    return any(isinstance(value, Display) and not value.items for value in written)


def _runs_items(function: Function) -> bool:
    """Whether what is taken from the queue is itself called: a queue of jobs, whatever they do."""
    taken = {site.bound for site in function.summary.calls if site.bound and split(site.call.func)[1][1:] in _TAKES}
    taken |= {binding.name for binding in function.summary.bindings if isinstance(binding.value, Ref) and ".get()" in binding.value.path}
    for site in function.summary.calls:
        head, _, last = site.call.func.rpartition(".")
        if site.call.func in taken or (head.partition(".")[0] in taken and last in _RUNS):
            return True
    return False


def _queue(
    rule: Rule, location: Location, started: Started, context: Context, *, put: tuple[Function, CallSite], take: tuple[Function, int]
) -> Iterator[Report]:
    origin = next((cell.origins[0] for cell in context.program.cells if cell.location == location and cell.origins), None)
    if origin is None:
        return
    function, site = put
    route = context.program.route_to(function)
    step = Step(function.module.path, site.call.line, f"puts into {location.symbol}")
    yield finding(
        rule,
        _made(origin),
        symbol=location.symbol,
        message=worded(rule, "queue", symbol=location.symbol),
        confidence="medium",
        route=context.route_steps(route, step),
        spans=[
            line_span(context, take[0].module.path, take[1], f"{started.target.name} takes the work from it, in the same process"),
            line_span(context, started.function.module.path, started.site.call.line, "starts the worker", started.site.call.column),
        ],
        scope=location.owner.name if location.owner is not None else "application",
    )


def _made(origin: Origin) -> Span:
    path = origin.function.module.path
    return Span(path, origin.line, origin.column, origin.end_line, origin.end_column, "lives in one process, and is lost with it")


# -- left behind


def left_behind(starts: Iterable[Started], background: BackgroundWork, effects: Effects, context: Context) -> Iterator[Report]:
    """Report the threads and tasks that a request starts, does not wait for, and that do something beyond the process."""
    rule = context.book.rule("in-process-job-queue")
    if rule is None:
        return
    reach, tables = context.program.reach["serving"], _JobTables(context)
    told: set[tuple[Function, int]] = set()
    for started in starts:
        function, site, target = started.function, started.site, started.target
        route = reach.route(function)
        if route is None or route.guessed or route.entry.role not in ("request", "dependency"):
            continue
        after = started.name.endswith(_AFTER_ANSWER)
        kinds = _left(started, background, context) if not after else LASTING
        if not kinds or function in tables or target in tables:
            continue  # the table of jobs is reported
        effect = effects.of(target, kinds)
        seen = effect is not None and not effect.is_own and not _BEST_EFFORT.search(target.name.rpartition(".")[2])
        if effect is None and not after and kinds is not _OUTSIDE:
            effect = effects.unseen(target)
        if effect is None or (function, site.call.line) in told:
            continue
        told.add((function, site.call.line))
        yield finding(
            rule,
            line_span(context, function.module.path, site.call.line, "the request does not wait for it", site.call.column),
            symbol=target.name,
            message=worded(rule, "after" if after else "thread", symbol=target.name),
            severity="note" if after else "warning",
            confidence="medium" if seen else "low",
            route=context.route_steps(route),
            spans=[line_span(context, effect.function.module.path, effect.line, f"lost with the process: {effect.name}")],
            scope=function.name,
        )
    yield from _unfollowed(rule, told, background, context)


def _unfollowed(rule: Rule, told: set[tuple[Function, int]], background: BackgroundWork, context: Context) -> Iterator[Report]:
    """Note what a request leaves behind that could not be followed: perhaps it matters that it is lost."""
    reach = context.program.reach["serving"]
    for function, site, work in background.unfollowed():
        route = reach.route(function)
        if route is None or route.guessed or route.entry.role != "request" or (function, site.call.line) in told:
            continue
        if context.context_of(function, site.guards) != "serving" or _waited_for(function, site):
            continue
        yield finding(
            rule,
            line_span(context, function.module.path, site.call.line, "the request does not wait for it", site.call.column),
            symbol=work,
            message=worded(rule, "thread", symbol=work),
            confidence="low",
            route=context.route_steps(route),
            notes=["what it does could not be followed"],
            scope=function.name,
        )


def _left(started: Started, background: BackgroundWork, context: Context) -> frozenset[Kind]:
    """Return which effects matter of a thread or task that a request leaves behind; none where it does not."""
    function, site = started.function, started.site
    last = site.call.func.rpartition(".")[2]
    if function in context.program.reach["startup"] or context.context_of(function, site.guards) != "serving":
        return frozenset()
    if not last.endswith(_TASKS) or _waited_for(function, site) or background.loops(started.target):
        return frozenset()
    return _OUTSIDE if last in _COROUTINES else NEEDED


def _waited_for(function: Function, site: CallSite) -> bool:
    """Whether the function waits for what it starts, keeps it to one connection, or hands it to its caller."""
    if site.how in ("await", "return", "yield", "with"):
        return True
    scopes = [function, *(child for children in function.children.values() for child in children if isinstance(child, Function))]
    if function.parent is not None and not function.parent.is_body:
        scopes.append(function.parent)
    if any(_joins(other.call) for scope in scopes for other in scope.summary.calls):
        return True
    guards = (function.summary.guards[index] for index in site.guards)
    held = [name for guard in guards if guard.kind == "with" for name in names_in(*guard.subjects)]
    if any(group in name for name in held for group in _GROUPS):
        return True
    return bool(site.bound) and "." not in site.bound and _is_awaited(function, site.bound)


def _joins(call: Call) -> bool:
    """`thread.join()`, `asyncio.gather(...)`; `", ".join(names)` is something else."""
    last = call.func.rpartition(".")[2]
    return last in _JOINS or (last == "join" and all(isinstance(arg, Const) and not isinstance(arg.value, str) for arg in call.args))


def _is_awaited(function: Function, name: str) -> bool:
    """Whether a name is used otherwise than as something to keep alive: awaited, returned, tested."""
    kept = [s for s in function.summary.calls if any(arg == Ref(name) for arg in (*s.call.args, *(value for _, value in s.call.keywords)))]
    if name not in function.summary.loads:
        return False
    return not kept or any(s.call.func.rpartition(".")[2] not in ("add", "append", "discard") for s in kept)


class _JobTables:
    """Functions that write a table of jobs, which is reported where it is made."""

    def __init__(self, context: Context) -> None:
        self._kinds = KindClassifier(context.program)
        self._written: dict[Function, list[Cell]] = {}
        for cell in context.program.cells:
            if cell.container != "scalar":
                for function in dict.fromkeys(access.function for access in cell.writes):
                    self._written.setdefault(function, []).append(cell)

    def __contains__(self, function: Function) -> bool:
        return any(self._kinds.kind(cell, cell.writes) == "job-table" for cell in self._written.get(function, ()))
