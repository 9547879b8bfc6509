"""Where what is written to a file comes from: a file with the same name and content on every instance is no fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.inspect.arguments import argument
from statelint.program.flow import sources
from statelint.program.names.conditions import inside
from statelint.survey.summary import UNKNOWN, Call, Const, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.flow.provenance import Provenance
    from statelint.program.names.nodes import Function

_TAKING: Final = frozenset({"write_text", "write_bytes", "dump", "safe_dump", "writelines", "write"})
"""Calls that are given what they write."""
_TIDYING: Final = frozenset({"flush", "close", "fileno", "seek", "truncate"})
_OPENING: Final = frozenset({"open", "fdopen", "NamedTemporaryFile", "TemporaryFile", "open_file", "async_open"})


def sources_of_file(function: Function, call: Call, path: Expr | None, provenance: Provenance) -> tuple[int, int]:
    """Return the sources of a file's name and of what a call, or what it opens, writes to it; unknown where nothing is seen written.

    What is appended depends on how often that is done, and so on this process.
    """
    named = provenance.of(function, path)
    exprs = list(_written(function, call, path))
    if not exprs:
        return named, sources.UNKNOWN
    found = sources.CODE
    for expr in exprs:
        found |= provenance.of(function, expr)
    return named, found | (sources.PROCESS if _appends(call) else sources.CODE)


def _written(function: Function, call: Call, path: Expr | None) -> Iterator[Expr]:
    last = call.func.rpartition(".")[2]
    if last not in _OPENING:
        if last in _TAKING:
            yield from (arg for arg in (*call.args, *(value for _, value in call.keywords)) if arg != path)
        return  # what is copied, downloaded or packed lies elsewhere
    handles = {binding.name for bound in function.locals.values() for binding in bound if _is_made_by(binding.value, call)}
    handles |= {site.bound for site in function.summary.calls if site.call is call and site.bound}
    for site in function.summary.calls:
        args = (*site.call.args, *(value for _, value in site.call.keywords))
        is_method = site.call.func.partition(".")[0] in handles
        if is_method and site.call.func.rpartition(".")[2] not in _TAKING | _TIDYING:
            yield UNKNOWN  # `archive.add(folder)`
        elif is_method or any(isinstance(arg, Ref) and arg.path in handles for arg in args):
            yield from (arg for arg in args if not (isinstance(arg, Ref) and arg.path in handles))


def _is_made_by(value: Expr, call: Call) -> bool:
    return any(
        isinstance(part, Call) and (part.line, part.column, part.func) == (call.line, call.column, call.func) for part in inside(value)
    )


def _appends(call: Call) -> bool:
    mode = argument(call, "mode", 1) or argument(call, "mode", 0)
    return isinstance(mode, Const) and isinstance(mode.value, str) and "a" in mode.value and len(mode.value) < len("a+bt!")
