"""Environment variables that requests set: they hold in one process, for everybody whom it serves."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Final

from statelint.inspect.context import Report, finding, worded
from statelint.inspect.spans import line_span
from statelint.model import Step
from statelint.program.flow import sources
from statelint.program.names.resolver import split
from statelint.survey.summary import Const

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import Expr

_ENVIRON: Final = "os.environ"
_DIFFER: Final = sources.REQUEST | sources.SHARED | sources.PROCESS | sources.UNKNOWN
_CALLS: Final = ("os.environ.update", "os.putenv", "os.environ.setdefault")


def check(context: Context) -> Iterator[Report]:
    """Report, once for each function, variables that requests set to what only they know."""
    rule = context.book.rule("configuration-changed-by-request")
    if rule is None:
        return
    reach = context.program.reach["serving"]
    for function in context.program.functions:
        if function not in reach or reach.is_once(function) or context.context_of(function) != "serving":
            continue
        found = next(_set_by(function, context), None)
        if found is None or _is_undone(function, context):
            continue
        name, line, column, is_certain = found
        path = function.module.path
        yield finding(
            rule,
            line_span(context, path, line, "holds for this process, whoever it serves", column),
            symbol=name or "os.environ",
            message=worded(rule, "variable" if name else "environment", symbol=name or "os.environ"),
            confidence="medium" if is_certain and not reach.is_guessed(function) else "low",
            route=context.route_steps(reach.route(function), Step(path, line, f"sets {name or 'variables'} in os.environ")),
            scope=function.name,
        )


def _set_by(function: Function, context: Context) -> Iterator[tuple[str, int, int, bool]]:
    """Yield the variables that a function sets, with their places and whether their values are known to differ.

    What code, deployment and the host say is right on each instance for itself.
    """
    for write in function.summary.writes:
        target, step = split(write.target)
        if step[:1] == "[" and write.how == "=" and _is_environ(function, target, context):
            came = context.program.provenance.of(function, write.value)
            if came & _DIFFER:
                yield _text(write.key), write.line, write.column, bool(came & ~sources.UNKNOWN & _DIFFER)
    for site in function.summary.calls:
        if site.call.func.rpartition(".")[2] in ("update", "putenv", "setdefault") and any(
            name in _CALLS for name in context.program.resolver.library_names(function, site.call.func)
        ):
            given = (*site.call.args, *(value for _, value in site.call.keywords))
            came = reduce(or_, (context.program.provenance.of(function, expr) for expr in given), 0)
            if came & _DIFFER:
                yield _text(next(iter(given), None)), site.call.line, site.call.column, bool(came & ~sources.UNKNOWN & _DIFFER)


def _is_environ(function: Function, path: str, context: Context) -> bool:
    return _ENVIRON in context.program.resolver.library_names(function, path)


def _is_undone(function: Function, context: Context) -> bool:
    """Whether the function puts the variable back when it is done: `finally: os.environ.pop(name)`."""
    summary = function.summary
    written = [(split(write.target)[0], write.guards) for write in summary.writes]
    written += [(split(site.call.func)[0], site.guards) for site in summary.calls]
    last = [path for path, guards in written if any(summary.guards[index].kind == "finally" for index in guards)]
    return any(_is_environ(function, path, context) for path in last)


def _text(expr: Expr | None) -> str:
    return expr.value if isinstance(expr, Const) and isinstance(expr.value, str) else ""
