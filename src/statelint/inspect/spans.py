"""Exact ranges: which part of the source a finding underlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.inspect.concrete import call_span
from statelint.model import Span
from statelint.program.nodes import Class, Function

if TYPE_CHECKING:
    from statelint.inspect.context import Context
    from statelint.inspect.uses import Use
    from statelint.program.values import Value


def definition_lines(function: Function, line: int) -> tuple[int, int]:
    """Return the lines of the statement to parse around a place: the function, or the module's statement."""
    if not function.is_body:
        first = min((d.line for d in function.summary.decorators if hasattr(d, "line")), default=function.summary.line)
        return min(first, function.summary.line), function.summary.end_line
    return line, line


def span_of_use(use: Use, context: Context, label: str) -> Span:
    """Return the span of a call, decorator or class statement."""
    path = use.function.module.path
    if use.call is not None and use.call.end_line != use.call.line:
        first, last = _statement(use)
        found = call_span(context.concrete, path, first, last, use.line, use.column, label)
        if found is not None:
            return found
    if use.call is not None and use.call.end_line == use.call.line:
        return Span(path, use.line, use.column, use.end_line, use.end_column, label)
    return line_span(context, path, use.line, label, use.column)


def _statement(use: Use) -> tuple[int, int]:
    """Return the lines of the call's own statement, as far as the survey knows them."""
    call = use.call
    if call is None:
        return use.line, use.line
    for binding in use.function.summary.bindings:
        if binding.value is call:
            return binding.line, call.end_line
    return call.line, call.end_line


def span_of_setting(path: str, line: int, name: str, value: Value, context: Context, label: str) -> Span:
    """Return the span of a setting: the nested key's own line where it can be found, else the setting's."""
    lines = context.concrete.lines(path)
    last = name.rpartition(".")[2]
    wanted = str(value.const) if value.kind == "const" else ""
    if "." in name and last != "*":
        for number in range(line, min(line + 60, len(lines) + 1)):
            text = lines[number - 1]
            if f'"{last}"' in text or f"'{last}'" in text:
                if not wanted or wanted in text:
                    return line_span(context, path, number, label)
            elif number > line and text and not text[0].isspace() and text[0] not in ")]}":
                break
    return line_span(context, path, line, label)


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
