"""Read after write: what one request leaves in the process and another looks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.checks.common.naming import describe, words
from statelint.checks.state.traits import TRAITS
from statelint.inspect.context import finding
from statelint.inspect.spans import line_span
from statelint.model import Span, Step
from statelint.program.names.nodes import External
from statelint.survey.summary import Call, Display, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.checks.state.judgement import Judgement
    from statelint.inspect.context import Context
    from statelint.model import Finding
    from statelint.program.names.accesses import Access
    from statelint.program.names.nodes import Function
    from statelint.program.routing.entrypoints import EntryPoint
    from statelint.rulebook.schema import Rule

_STEPS: Final = 400


def flows(judged: Sequence[Judgement], context: Context) -> Iterator[Finding]:
    """Report cells that a handler reads by key after another handler, or an earlier call of the same, has written them."""
    rule = context.book.rule("read-after-write-in-process")
    if rule is None:
        return
    handed_over = context.program.vocabulary.words("handed-over")
    for one in judged:
        if one.finding is None or one.kind is None or not TRAITS[one.kind].is_awaited:
            continue
        if one.finding.confidence == "low" or one.cell.container == "sequence":
            continue
        if any(isinstance(origin.expr, Display) and origin.expr.items for origin in one.cell.origins):
            continue  # a table of the program, not what requests leave
        if any(write.how == "augment" for write in one.writes):
            continue  # a running total
        if one.kind == "session-store" and not words(one.cell.location.name) & handed_over:
            continue  # what one request hands out and the next gives back
        pair = _pair(one, context)
        if pair is not None:
            yield _finding(rule, one, *pair, context)


def _pair(one: Judgement, context: Context) -> tuple[Access, Access] | None:
    """Return a write and a keyed read that different requests make."""
    for write in one.writes:
        if write.how == "delete":
            continue
        writers = _entries(write.function, context)
        for read in sorted(_keyed_reads(one), key=lambda read: (read.function.module.path, read.line)):
            if read.function is write.function:
                if read.how == "in" and read.line < write.line and describe(read.key) == describe(write.key or write.value):
                    return write, read  # once only: the second call asks whether the first was here
                continue
            if _entries(read.function, context) - writers:
                return write, read
    return None


def _keyed_reads(one: Judgement) -> Iterator[Access]:
    # who asks whether it is there, or says what to do if not, expects to find it
    yield from (read for read in one.cell.reads if read.how in ("in", "get"))
    yield from (write for write in one.writes if write.how == "delete" and write.method == "pop" and write.key is not None)


def _entries(function: Function, context: Context) -> frozenset[EntryPoint]:
    """Return the requests that lead to a function."""
    by_function: dict[Function, list[EntryPoint]] = {}
    for point in context.program.entry_points.points:
        if point.role in ("request", "websocket"):
            by_function.setdefault(point.function, []).append(point)
    found: set[EntryPoint] = set()
    seen = {function}
    pending = [function]
    while pending and len(seen) < _STEPS:
        current = pending.pop()
        if current in by_function:  # what calls a handler, such as a decorator around it, comes from no other request
            found.update(by_function[current])
            continue
        for edge in context.program.graph.callers.get(current, ()):
            if edge.caller not in seen and edge.kind != "guess":
                seen.add(edge.caller)
                pending.append(edge.caller)
    return frozenset(found)


def _finding(rule: Rule, one: Judgement, write: Access, read: Access, context: Context) -> Finding:
    made = one.finding
    assert made is not None  # noqa: S101 - flows() has asked
    symbol = one.cell.location.symbol
    case = "wait" if _waits(one, context) else "scalar" if one.cell.container == "scalar" else "container"
    primary = Span(made.path, made.line, made.column, made.end_line, made.end_column, "one for each process")
    route = context.program.route_to(read.function)
    looked = Step(read.function.module.path, read.line, f"looks in {symbol} for what {write.function.name} wrote")
    return finding(
        rule,
        primary,
        symbol=symbol,
        message=rule.messages.get(case, rule.summary).replace("{symbol}", one.cell.location.shown),
        confidence="medium" if made.confidence == "medium" else "high",
        route=context.route_steps(route, looked),
        spans=[
            line_span(context, write.function.module.path, write.line, f"written by {write.function.name}"),
            line_span(context, read.function.module.path, read.line, f"looked up by {read.function.name}, perhaps on another instance"),
        ],
        notes=[f"the state itself is told as {made.code}"],
        scope=made.scope,
    )


def _waits(one: Judgement, context: Context) -> bool:
    """Whether the values are futures or events that one request waits on until another sets them."""
    for write in one.writes:
        path = write.value.func if isinstance(write.value, Call) else write.value.path if isinstance(write.value, Ref) else ""
        names = [e.name for e in context.program.resolver.walk(write.function, path).entities if isinstance(e, External)] if path else []
        if path.endswith(("create_future", "Future", "Event")) or any(
            name.endswith(("Future", "create_future", "Event")) for name in names
        ):
            return True
    return False
