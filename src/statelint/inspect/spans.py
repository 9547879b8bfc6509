"""Exact ranges: which part of the source a finding underlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.inspect.source_spans import call_span
from statelint.model import Span
from statelint.program.names.nodes import Class, Function

if TYPE_CHECKING:
    from statelint.inspect.context import Context
    from statelint.inspect.uses import Use
    from statelint.survey.summary import Call


def definition_lines(function: Function, line: int) -> tuple[int, int]:
    """Return the lines of the statement to parse around a place: the function, or the module's statement."""
    if not function.is_body:
        first = min((d.line for d in function.summary.decorators if hasattr(d, "line")), default=function.summary.line)
        return min(first, function.summary.line), function.summary.end_line
    return line, line


def span_of_use(use: Use, context: Context, label: str) -> Span:
    """Return the span of a call, decorator or class statement."""
    if use.call is not None:
        return span_of_call(use.function, use.call, context, label)
    return line_span(context, use.function.module.path, use.line, label, use.column)


def span_of_call(function: Function, call: Call, context: Context, label: str) -> Span:
    """Return the span of a call: all of it on one line, its function alone where the arguments fill several."""
    path = function.module.path
    if call.end_line == call.line:
        return Span(path, call.line, call.column, call.end_line, call.end_column, label)
    return call_span(context.concrete, path, call.line, call.column, label) or line_span(context, path, call.line, label, call.column)


def line_span(context: Context, path: str, line: int, label: str, column: int = 0) -> Span:
    """Return the span of a line's code, from a column on."""
    lines = context.concrete.lines(path)
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    start = column if column > 1 else len(text) - len(text.lstrip()) + 1
    return Span(path, max(line, 1), start, max(line, 1), max(len(text.rstrip()) + 1, start + 1), label)


def symbol_of(use: Use) -> str:
    """Return what a use is called: the name it is bound to, what it decorates, or the last part of its name."""
    if use.site is not None and use.site.bound:
        return use.site.bound
    if isinstance(use.target, (Function, Class)):
        return use.target.name
    return use.name.rpartition(".")[2]
