"""What a loop variable stands for, row by row, so that a router keeps the prefix that stands beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.survey.summary import Display, Either, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.names.nodes import Function
    from statelint.program.names.resolver import Resolver
    from statelint.survey.summary import Binding

_ELEMENT: Final = re.compile(r"(?P<base>.+?)(?P<view>\.(?:items|values|keys)\(\))?\[\](?:\[(?P<index>\d+)\])?")


class Looped(NamedTuple):
    """The elements of a loop variable, and the line of the loop: variables of one loop belong together."""

    line: int
    elements: list[tuple[Function, Expr]]


def looped(resolver: Resolver, function: Function, expr: Expr | None, line: int) -> Looped | None:
    """Return what a name that a loop binds stands for on a line, None where it is no such name or nothing is known."""
    if not isinstance(expr, Ref):
        return None
    binding = _binding(function, expr.path, line)
    if binding is None:
        return None
    if isinstance(binding.value, Either):
        return Looped(binding.line, [(function, option) for option in binding.value.options])
    match = _ELEMENT.fullmatch(binding.value.path) if isinstance(binding.value, Ref) else None
    if match is None:  # a loop over a single row
        alone = any(guard.kind == "for" and guard.line == binding.line for guard in function.summary.guards)
        return Looped(binding.line, [(function, binding.value)]) if alone else None
    index = int(match["index"]) if match["index"] else None
    found = list(_elements(resolver, function, match["base"], match["view"] or "", index))
    return Looped(binding.line, found) if found else None


def _binding(function: Function, name: str, line: int) -> Binding | None:
    scope: Function | None = function
    while scope is not None and name not in scope.locals:
        scope = scope.parent
    if scope is None:
        return None
    before = [binding for binding in scope.locals[name] if binding.line <= line or scope is not function]
    return before[-1] if before else None


def _elements(resolver: Resolver, function: Function, base: str, view: str, index: int | None) -> Iterator[tuple[Function, Expr]]:
    for place in resolver.walk(function, base).places:
        for scope, value in () if place.inner else resolver.values_of(place.location):
            if isinstance(value, Display):
                for row in _rows(value, view):
                    if index is None:
                        yield scope, row
                    elif isinstance(row, Display) and index < len(row.items):
                        yield scope, row.items[index]


def _rows(value: Display, view: str) -> Iterator[Expr]:
    if value.kind != "dict":
        yield from value.items
    elif view == ".items()":
        yield from (Display("tuple", pair) for pair in zip(value.keys, value.items, strict=False))
    else:
        yield from value.items if view == ".values()" else value.keys
