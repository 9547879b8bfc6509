"""Who wants a file: the call that names it, where a helper writes what it is told to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.survey.summary import Call, Expr, Ref

if TYPE_CHECKING:
    from statelint.inspect.context import Activity, Context
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import CallSite

_MAX_CALLS: Final = 10
"""A helper that more calls than this lead to is told itself, once."""


_SAME: Final = ("Path", "PurePath", "str", "fspath", "abspath", "realpath", "expanduser", "normpath")
"""Calls whose result is the path that they are given."""


class NamedFile(NamedTuple):
    """A file that is written, seen from the function that names it."""

    function: Function
    path: Expr | None
    site: CallSite | None = None
    """The call of the helper; None where the function writes the file itself."""
    helpers: tuple[Function, ...] = ()
    """The functions behind that call, down to the one that writes."""


def files_named(function: Function, path: Expr | None, context: Context, activity: Activity = "serving") -> list[NamedFile]:
    """Return one entry for each call in an activity that names the file; a helper that everybody uses stands for itself."""
    itself = NamedFile(function, path)
    found: list[NamedFile] = []
    followed: set[tuple[Function, str]] = set()
    waiting = [itself]
    while waiting:
        one = waiting.pop()
        name = _parameter(one.function, one.path)
        if (one.function, name) in followed:
            continue
        calls = _calls(one, name, context, activity) if name else []
        if calls:
            followed.add((one.function, name))
            waiting += calls[::-1]
        else:
            found.append(one)
            if len(found) > _MAX_CALLS:
                return [itself]
    return found or [itself]


def _calls(one: NamedFile, name: str, context: Context, activity: Activity) -> list[NamedFile]:
    """The calls by which requests, or workers, hand in the parameter that a path is; none where one of them cannot be told."""
    reach = context.program.reach["worker" if activity == "worker" else "serving"]
    found: list[NamedFile] = []
    for caller, expr in context.program.resolver.flows.arguments.get(one.function, {}).get(name, ()):
        if caller not in reach or context.context_of(caller) != activity:
            continue
        site = next((site for site in caller.summary.calls if any(given is expr for given in _given(site.call))), None)
        if site is None:
            return []
        found.append(NamedFile(caller, expr, site, (one.function, *one.helpers)))
    return found


def _parameter(function: Function, path: Expr | None) -> str:
    """Return the parameter that a path is, or is a plain wrapping of, "" for a path that the function itself builds."""
    followed: set[str] = set()
    while True:
        while isinstance(path, Call) and len(path.args) == 1 and path.func.rpartition(".")[2] in _SAME:
            path = path.args[0]
        name = path.path if isinstance(path, Ref) else ""
        if name not in function.locals:
            break
        values = [binding.value for binding in function.locals[name]]
        if len(values) != 1 or name in function.params or name in followed:
            return ""
        followed.add(name)
        path = values[0]
    own = function.summary.params[0].name if function.owner is not None and function.summary.params else ""
    return name if name in function.params and name != own else ""


def _given(call: Call) -> tuple[Expr, ...]:
    return (*call.args, *(value for _, value in call.keywords))
