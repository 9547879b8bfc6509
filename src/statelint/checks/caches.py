"""Memoizers: a cached function matters where what it reads changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.checks.common.mutable_reads import MutableReads
from statelint.checks.common.transitive import Transitive
from statelint.inspect.context import Report, evidence, finding, worded
from statelint.inspect.rows.wording import hint_of
from statelint.inspect.spans import line_span
from statelint.program.flow import sources
from statelint.program.names.conditions import inside
from statelint.program.names.nodes import Function
from statelint.survey.summary import Call, Compare, Either, Not, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.inspect.rows.judge import Candidate
    from statelint.program.calls.callgraph import EdgeKind
    from statelint.survey.summary import Expr

_FOLLOWED: Final[frozenset[EdgeKind]] = frozenset({"call", "callback", "implicit"})
_ASKS_FOR_FILE: Final = (".exists", ".isfile", ".isdir", ".is_file", ".is_dir")


class RememberedReads:
    """Finds what a memoized function reads that changes, in itself or at any distance in what it calls.

    One for each context, `context.once(RememberedReads)`.
    """

    def __init__(self, context: Context) -> None:
        self._reads: MutableReads = context.once(MutableReads)
        self._edges = context.program.graph.edges
        self._nearest = Transitive(self._own, self._called)

    def of(self, function: Function) -> str:
        """Return the nearest call that reads what changes, by qualified name, "" if there is none."""
        return self._nearest.of(function) or ""

    def _own(self, function: Function) -> str | None:
        found = self._reads.mutable_read(function)
        return None if found and found.endswith(_ASKS_FOR_FILE) else found

    def _called(self, function: Function) -> Iterator[Function]:
        return (edge.callee for edge in self._edges.get(function, ()) if edge.kind in _FOLLOWED)


def refine_memoizer(candidate: Candidate, context: Context) -> Iterator[Report]:
    """Report a memoized function that, followed through its calls, reads what changes."""
    use, rule, row = candidate.use, candidate.rule, candidate.row
    target = use.target if isinstance(use.target, Function) else _wrapped(candidate, context)
    if target is None:
        return
    reach = context.program.reach["serving"]
    if target not in reach:
        return
    if target.owner in context.program.entry_points.request_classes:
        return  # keyed by an object that lives as long as a request
    if _makes_tool(target, context):
        return
    drawn = _draws(target, context)
    store = context.book.rule("session-store-in-process")
    path = target.module.path
    if drawn and store is not None:
        span = line_span(context, path, use.line, f"keeps what {drawn} gave this process")
        message = worded(store, "memoizer", symbol=target.name)
        yield finding(
            store,
            span,
            symbol=target.name,
            message=message,
            severity=None if _is_compared(target, context) else "warning",
            confidence="medium",
            route=context.route_steps(reach.route(target)),
            scope=target.name,
        )
        return
    source = _changing(target, context)
    if not source:
        return
    computed = context.program.provenance.computed(target)
    if sources.is_same_everywhere(computed):
        yield evidence(rule.item, "pass", path, use.line, f"{target.name}: what it remembers follows from its arguments and the deployment")
        return
    only_perhaps = sources.is_own_truth(computed)
    span = line_span(context, path, use.line, f"remembers what {source} returned")
    timed = "ttl" in use.name.lower() or (
        use.call is not None and any("ttl" in key or "timeout" in key or "seconds" in key for key, _ in use.call.keywords)
    )
    message = (row.message or rule.summary).replace("{symbol}", target.name).replace("{name}", use.name).replace("{value}", source)
    yield finding(
        rule,
        span,
        symbol=target.name,
        message=message,
        hint=hint_of(rule, row, candidate.value),
        severity="warning" if timed else row.severity,
        confidence="low" if only_perhaps or reach.is_guessed(target) else "high",
        route=context.route_steps(reach.route(target)),
        scope=target.name,
        api=row.id,
    )


def _wrapped(candidate: Candidate, context: Context) -> Function | None:
    """`cached = lru_cache()(fetch)`: the function handed in."""
    call = candidate.use.call
    for arg in call.args[:1] if call is not None else ():
        for entity in context.program.resolver.value(candidate.use.function, arg).objects:
            if isinstance(entity, Function):
                return entity
    return None


def _makes_tool(target: Function, context: Context) -> bool:
    """Whether it returns a client, an engine, a model, settings: the same on every instance."""
    names: list[str] = []
    for expr in target.summary.returns:
        for entity in context.program.resolver.value(target, expr).objects:
            names.append(getattr(entity, "name", ""))
            names.extend(getattr(getattr(entity, "cls", None), "external_bases", ()))
    roles = [
        context.program.vocabulary.role(role)
        for role in ("per-process", "connection-pool", "settings-model", "configuration", "metrics", "lock")
    ]
    return any(isinstance(name, str) and role.calls(name) for name in names for role in roles)


def _draws(target: Function, context: Context) -> str:
    random = context.program.vocabulary.role("volatile-random")
    for site in target.summary.calls:
        for name in context.program.resolver.library_names(target, site.call.func):
            if random.calls(name):
                return name
    return ""


def _is_compared(target: Function, context: Context) -> bool:
    """Whether somebody compares what a function gives, or signs with it: of what is only shown, each instance may have its own."""
    last = target.name.rpartition(".")[2]
    keyed = context.program.vocabulary.role("digest")
    for caller in {edge.caller for edge in context.program.graph.callers.get(target, ())}:
        summary = caller.summary
        meant = {last, *(one.name for one in summary.bindings if isinstance(one.value, Call) and one.value.func.rpartition(".")[2] == last)}
        questions = [expr for expr in summary.returns if isinstance(expr, (Compare, Not, Either))]
        if any(_names(part) & meant for part in inside(*(guard.test for guard in summary.guards), *questions)):
            return True
        for site in summary.calls:
            given = (*site.call.args, *(value for _, value in site.call.keywords))
            if any(_names(arg) & meant for arg in given):
                names = context.program.resolver.library_names(caller, site.call.func)
                if any(keyed.calls(name) for name in names):
                    return True
    return False


def _names(expr: Expr) -> set[str]:
    if isinstance(expr, Ref):
        return {expr.path}
    return {expr.func.rpartition(".")[2]} if isinstance(expr, Call) else set()


def _changing(target: Function, context: Context) -> str:
    """Return what the function reads that changes: the time, or what it or a function that it leads to reads."""
    clock = context.program.vocabulary.role("volatile-clock")
    for site in target.summary.calls:
        for name in context.program.resolver.library_names(target, site.call.func):
            if clock.calls(name) and not name.endswith(("monotonic", "perf_counter", "process_time")):
                return name
    reads: RememberedReads = context.once(RememberedReads)
    return reads.of(target)
