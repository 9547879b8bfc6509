"""Where the value of a place is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.program.names.nodes import OWN_ITEMS, Class, Function, Location, Module
from statelint.survey.summary import Display, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.program.names.accesses import Access
    from statelint.program.names.resolver import Resolver
    from statelint.survey.summary import Binding, Expr, Write

_INITIALISERS = ("__init__", "__new__", "__post_init__", "initialize", "setup")


class Origin(NamedTuple):
    """A place where the value is made."""

    function: Function
    expr: Expr
    line: int
    column: int
    end_line: int
    end_column: int
    guards: tuple[int, ...]


def origins_of(location: Location, resolver: Resolver, accesses: Sequence[Access] = ()) -> list[Origin]:
    """Return where the value of a place is made; `accesses` are asked where its class says nothing."""
    owner = location.owner
    match location.kind:
        case "global" if isinstance(owner, Module):
            return _of_name(owner.body, location.name)
        case "local" if isinstance(owner, Function):
            return _of_name(owner, location.name)
        case "attribute" if isinstance(owner, Class):
            return _of_attribute(owner, location.name, accesses)
        case "default" if isinstance(owner, Function):
            s = owner.summary
            end = s.column + len(f"{'async ' if s.is_async else ''}def {owner.name.rpartition('.')[2]}")
            return [Origin(owner, owner.params[location.name].default or Ref("?"), s.line, s.column, s.line, end, ())]
        case "application":
            return list(_of_application(location.name, resolver))
        case "function" if isinstance(owner, Function):
            scope = owner.parent or owner
            target = f"{owner.name.rpartition('.')[2]}.{location.name}"
            return [_origin(scope, write) for write in scope.summary.writes if write.target == target]
        case _:
            return []


def _origin(function: Function, made: Binding | Write) -> Origin:
    return Origin(function, made.value, made.line, made.column, made.end_line, made.end_column, made.guards)


def _of_name(scope: Function, name: str) -> list[Origin]:
    bound = [_origin(scope, binding) for binding in scope.locals.get(name, ()) if binding.how != "aug"]
    return bound or [_origin(function, write) for function, write in scope.global_writes.get(name, ())]


def _of_attribute(owner: Class, name: str, accesses: Sequence[Access]) -> list[Origin]:
    if name == OWN_ITEMS:
        s = owner.summary
        return [Origin(owner.scope, Display("dict"), s.line, s.column, s.line, s.column + len(f"class {owner.name}"), ())]
    classes = (owner, *owner.subclasses)
    found = [_origin(cls.scope, binding) for cls in classes for binding in cls.bindings.get(name, ())]
    for cls in classes:
        written = cls.attribute_writes.get(name, ())
        first = [pair for pair in written if pair[0].name.endswith(_INITIALISERS)]
        found.extend(_origin(function, write) for function, write in first or written if write.how == "=")
    if found:
        return found
    given = [a for a in accesses if a.how == "rebind" and a.value is not None]  # from outside: `cls._instance.items = []`
    return [Origin(a.function, a.value or Ref("?"), a.line, a.column, a.end_line, a.end_column, a.guards) for a in given]


def _of_application(key: str, resolver: Resolver) -> Iterator[Origin]:
    for function, expr in resolver.flows.application.get(key, ()):
        for write in function.summary.writes:
            if write.value is expr:
                yield _origin(function, write)
                break
