"""Who wants a file: the call that names it, where a helper writes what it is told to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.survey.summary import Call, Expr, Ref

if TYPE_CHECKING:
    from statelint.inspect.context import Context
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import CallSite

_DEPTH: Final = 3
_MOST: Final = 10
"""A helper that more calls than this lead to is told itself, once."""


_SAME: Final = ("Path", "PurePath", "str", "fspath", "abspath", "realpath", "expanduser", "normpath")
"""Calls whose result is the path that they are given."""


class Wanted(NamedTuple):
    """A file that is written, seen from the function that names it."""

    function: Function
    path: Expr | None
    site: CallSite | None = None
    """The call of the helper; None where the function writes the file itself."""
    helpers: tuple[Function, ...] = ()
    """The functions behind that call, down to the one that writes."""


def wanted(function: Function, path: Expr | None, context: Context) -> list[Wanted]:
    """Return one entry for each call that names the file; a helper that everybody uses stands for itself."""
    found = _asked(Wanted(function, path), context, 0)
    return found if found and len(found) <= _MOST else [Wanted(function, path)]


def _asked(one: Wanted, context: Context, depth: int) -> list[Wanted]:
    name = _parameter(one.function, one.path)
    if not name or depth > _DEPTH:
        return [one]
    reach = context.program.reach["serving"]
    handed = context.program.resolver.flows.arguments.get(one.function, {}).get(name, ())
    found: list[Wanted] = []
    for caller, expr in handed:
        if caller not in reach or context.context_of(caller) != "serving":
            continue
        site = next((site for site in caller.summary.calls if any(given is expr for given in _given(site.call))), None)
        if site is None:
            return [one]
        found.extend(_asked(Wanted(caller, expr, site, (one.function, *one.helpers)), context, depth + 1))
    return found or [one]


def _parameter(function: Function, path: Expr | None) -> str:
    """Return the parameter that a path is, or is a plain wrapping of, "" for a path that the function itself builds."""
    if isinstance(path, Call) and len(path.args) == 1 and path.func.rpartition(".")[2] in _SAME:
        return _parameter(function, path.args[0])
    name = path.path if isinstance(path, Ref) else ""
    if name in function.locals:
        values = [binding.value for binding in function.locals[name]]
        wraps = len(values) == 1 and isinstance(values[0], (Ref, Call)) and values[0] != path and name not in function.params
        return _parameter(function, values[0]) if wraps else ""
    own = function.summary.params[0].name if function.owner is not None and function.summary.params else ""
    return name if name in function.params and name != own else ""


def _given(call: Call) -> tuple[Expr, ...]:
    return (*call.args, *(value for _, value in call.keywords))
