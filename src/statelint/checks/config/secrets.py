"""Secrets that each process draws for itself when it starts, or keeps in a file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.checks.common.feature_switches import switch_of
from statelint.checks.common.mutable_reads import MutableReads
from statelint.checks.config.secret_sinks import Sink, sinks, writes_file
from statelint.checks.config.secret_sources import Draw, RandomSources
from statelint.inspect.context import Report, finding, worded
from statelint.inspect.spans import line_span
from statelint.inspect.traversal import reached
from statelint.program.evaluation.settings import development_arm
from statelint.program.names.conditions import names_in
from statelint.survey.summary import Either, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.inspect.rows.judge import Candidate
    from statelint.program.names.nodes import Function
    from statelint.rulebook.schema import Rule


_Chosen = dict[tuple[str, int, int], tuple[Sink, Draw]]
"""For each draw by its place, where what it gives is set."""


def check(context: Context) -> Iterator[Report]:
    """Report each secret drawn at start-up once, where it is set: beside the draw if something is set there."""
    rule = context.book.rule("secret-made-at-start")
    local = context.book.rule("secret-in-local-file")
    if rule is None or local is None:
        return
    chosen = context.once(_chosen)
    reported: set[tuple[str, int]] = set()
    for sink, draw in chosen.values():
        stored = sink.file or writes_file(draw.function) or (sink.is_default and _asks_for_file(sink))
        if (sink.function.module.path, sink.line) not in reported:
            reported.add((sink.function.module.path, sink.line))
            yield _finding(local if stored else rule, sink, draw.name, context)


def _asks_for_file(sink: Sink) -> bool:
    """Whether a secret is made only where a file of it is missing."""
    asked = (name for index in sink.guards for name in names_in(sink.function.summary.guards[index].test))
    return any(name.endswith((".exists", ".isfile", ".is_file", ".exists()", ".isfile()", ".is_file()")) for name in asked)


def _chosen(context: Context) -> _Chosen:
    """Return, for each draw by its place, where what it gives is set as a secret."""
    finder, store = RandomSources(context), context.once(MutableReads)
    chosen: _Chosen = {}
    for sink in sinks(context):
        if not _counts(sink, context):
            continue
        draw = finder.source(sink.function, sink.value)
        if draw is None or _kept_in_store(draw, sink.function, store):
            continue
        known = chosen.get(draw.place)
        if known is None or (_nearness(sink, draw) > _nearness(*known) and not sink.file):
            chosen[draw.place] = sink, draw
    return chosen


def _counts(sink: Sink, context: Context) -> bool:
    """Whether the code runs as each instance starts, or sets something then that lasts."""
    if development_arm(sink.function.summary.guards[index] for index in sink.guards):
        return False
    where = context.context_of(sink.function, sink.guards)
    if sink.is_default:
        return where in ("startup", "serving", "unreached")
    if where == "startup" and not _runs_at_import(sink.function, context):
        return False
    if sink.file:
        return sink.function in context.program.reach["startup"] and where in ("startup", "serving")
    return where == "startup" or (where == "serving" and sink.lasts) or (where == "unreached" and sink.function.is_body)


def _runs_at_import(function: Function, context: Context) -> bool:
    """Whether the calls of a module's body lead here: `CharField(default=new_secret)` hands a function over and calls nothing."""
    waiting, seen = [function], {function}
    while waiting:
        current = waiting.pop()
        edges = context.program.graph.callers.get(current, ())
        if current.is_body or not edges:
            return True
        callers = {edge.caller for edge in edges if edge.kind != "callback" or not edge.caller.is_body} - seen
        seen |= callers
        waiting += callers
    return False


def _nearness(sink: Sink, draw: Draw) -> int:
    """Rank how near to its draw a secret is set: on the same line, in the same function, elsewhere."""
    if sink.function.module is draw.function.module and sink.line == draw.call.line:
        return 2
    return 1 if sink.function is draw.function else 0


def _kept_in_store(draw: Draw, function: Function, reads: MutableReads) -> bool:
    """Whether all instances get the secret from a store: a helper reads it there, or it is handed to one."""
    drawer = draw.function
    if drawer is not function and reads.reads_shared(drawer):
        return True
    names = {binding.name for binding in drawer.summary.bindings if binding.value == draw.call}
    for site in drawer.summary.calls:
        handed = [*site.call.args, *(value for _, value in site.call.keywords)]
        if any(isinstance(expr, Ref) and expr.path in names for expr in handed) and reads.is_shared(site.call.func):
            return True
    return False


def _finding(rule: Rule, sink: Sink, source: str, context: Context) -> Report:
    stored = rule.name == "secret-in-local-file"
    span = line_span(context, sink.function.module.path, sink.line, f"drawn from {source} by each process", sink.column)
    variable = _variable(sink.value, context, sink.function) or switch_of((sink.function,), sink.guards, context).variable
    notes = [f"{variable} replaces it where it is set on every instance"] if variable else []
    case = "fallback" if variable and not stored else "drawn"
    return finding(
        rule,
        span,
        symbol=sink.symbol,
        message=worded(rule, case, symbol=sink.symbol, value=source),
        confidence="medium" if variable or stored else "high",
        notes=notes,
        scope=sink.function.name,
    )


def _variable(expr: Expr, context: Context, function: Function) -> str:
    """Return the environment variable that comes before the draw."""
    for part in reached([expr], lambda one: one.options if isinstance(one, Either) else ()):
        for value in context.program.evaluator.values(function, part):
            if value.variable:
                return value.variable
    return ""


def stands_alone(candidate: Candidate, context: Context) -> bool:
    """Whether a use that gets a drawn secret is to be told: not where the secret is set, and told, elsewhere."""
    value, use = candidate.value, candidate.use
    drawer = value.function
    if drawer is None or not value.line:
        return True
    if drawer.module is use.function.module and value.line == use.line:
        return True
    chosen = context.once(_chosen)
    if drawer is not use.function and context.once(MutableReads).reads_shared(drawer):
        return False
    if any((sink.function.module, sink.line) == (use.function.module, use.line) for sink, _ in chosen.values()):
        return False  # told there, as a secret of the process or in a file
    return not any(draw.function is drawer and draw.call.line == value.line for _, draw in chosen.values())
