"""What Tornado hands to a handler's `initialize`: the mapping beside the handler in a route, `(r"/jobs", Jobs, {"store": store})`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.names.nodes import Class
from statelint.survey.summary import Call, Const, Display, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.program.names.nodes import Function, Module
    from statelint.program.names.resolver import Resolver
    from statelint.survey.summary import Expr

_ROUTE: Final = 3
"""Path, handler, arguments."""
_DEPTH: Final = 3


class Given(NamedTuple):
    """An argument of an `initialize` method."""

    function: Function
    """Where the route stands."""
    method: Function
    name: str
    value: Expr


def given_by_routes(functions: Sequence[Function], resolver: Resolver) -> Iterator[Given]:
    """Yield what the routes of the modules that import Tornado hand to the handlers."""
    modules = {module for module in dict.fromkeys(function.module for function in functions) if _imports_tornado(module)}
    for function in functions:
        for expr in _written(function) if function.module in modules else ():
            yield from _inside(function, expr, resolver, 0)


def _imports_tornado(module: Module) -> bool:
    return any(imported.module.partition(".")[0] == "tornado" for imported in module.body.summary.imports)


def _written(function: Function) -> Iterator[Expr]:
    summary = function.summary
    yield from (binding.value for binding in summary.bindings)
    yield from summary.returns
    for site in summary.calls:
        yield from (site.call, *site.call.args, *(value for _, value in site.call.keywords))


def _inside(function: Function, expr: Expr, resolver: Resolver, depth: int) -> Iterator[Given]:
    parts = expr.items if isinstance(expr, Display) and expr.kind != "dict" else expr.args if isinstance(expr, Call) else ()
    if len(parts) >= _ROUTE and isinstance(parts[1], Ref) and isinstance(parts[2], (Display, Call)):
        yield from _route(function, parts[1], parts[2], resolver)
    elif isinstance(expr, Display) and depth < _DEPTH:
        for part in parts:
            yield from _inside(function, part, resolver, depth + 1)


def _route(function: Function, handler: Ref, given: Expr, resolver: Resolver) -> Iterator[Given]:
    if isinstance(given, Display) and given.kind == "dict":
        pairs = [(str(key.value), value) for key, value in zip(given.keys, given.items, strict=False) if isinstance(key, Const)]
    elif isinstance(given, Call) and given.func == "dict":
        pairs = list(given.keywords)
    else:
        return
    for entity in resolver.walk(function, handler.path).objects:
        method = entity.find_method("initialize") if isinstance(entity, Class) else None
        if method is not None:
            yield from (Given(function, method, name, value) for name, value in pairs if name in method.params)
