"""Environment variables that requests set: they hold in one process, for everybody whom it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.inspect.context import Report, finding, worded
from statelint.inspect.spans import line_span
from statelint.inspect.traversal import reached
from statelint.model import Step
from statelint.program.names.resolver import split
from statelint.survey.summary import Const, Display, Expr, Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.program.names.nodes import Function

_ENVIRON: Final = "os.environ"
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
        name, line, column = found
        path = function.module.path
        yield finding(
            rule,
            line_span(context, path, line, "holds for this process, whoever it serves", column),
            symbol=name or "os.environ",
            message=worded(rule, "variable" if name else "environment", symbol=name or "os.environ"),
            confidence="low" if reach.is_guessed(function) else "medium",
            route=context.route_steps(reach.route(function), Step(path, line, f"sets {name or 'variables'} in os.environ")),
            scope=function.name,
        )


def _set_by(function: Function, context: Context) -> Iterator[tuple[str, int, int]]:
    """Yield the variables that a function sets; a constant is the same on every instance."""
    for write in function.summary.writes:
        target, step = split(write.target)
        if step[:1] == "[" and write.how == "=" and _varies(write.value) and _is_environ(function, target, context):
            yield _text(write.key), write.line, write.column
    for site in function.summary.calls:
        if site.call.func.rpartition(".")[2] not in ("update", "putenv", "setdefault") or not any(map(_varies, site.call.args)):
            continue
        if any(name in _CALLS for name in context.program.resolver.library_names(function, site.call.func)):
            yield _text(next(iter(site.call.args), None)), site.call.line, site.call.column


def _is_environ(function: Function, path: str, context: Context) -> bool:
    return _ENVIRON in context.program.resolver.library_names(function, path)


def _is_undone(function: Function, context: Context) -> bool:
    """Whether the function puts the variable back when it is done: `finally: os.environ.pop(name)`."""
    summary = function.summary
    written = [(split(write.target)[0], write.guards) for write in summary.writes]
    written += [(split(site.call.func)[0], site.guards) for site in summary.calls]
    last = [path for path, guards in written if any(summary.guards[index].kind == "finally" for index in guards)]
    return any(_is_environ(function, path, context) for path in last)


def _varies(expr: Expr) -> bool:
    return any(not isinstance(part, (Const, Template, Display)) for part in reached([expr], _parts))


def _parts(expr: Expr) -> tuple[Expr, ...]:
    return expr.parts if isinstance(expr, Template) else expr.items if isinstance(expr, Display) else ()


def _text(expr: Expr | None) -> str:
    return expr.value if isinstance(expr, Const) and isinstance(expr.value, str) else ""
