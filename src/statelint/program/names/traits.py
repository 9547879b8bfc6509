"""What the descriptors of traitlets give: classes by name, instances, and what methods say is the default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.names import string_names
from statelint.program.names.nodes import Class, External, PointsTo
from statelint.program.names.points_to import union
from statelint.survey.summary import Call, Const

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.names.interface import Resolver
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import Expr


def declared(resolver: Resolver, function: Function, call: Call, name: str) -> PointsTo | None:
    """Return what an attribute is that a call of a name of traitlets declares: `Type("pkg.Store")`, `Instance(Store)`; None if unknown."""
    kind = name.rpartition(".")[2]
    keywords = dict(call.keywords)
    klass = keywords.get("klass")
    if kind in ("Instance", "ForwardDeclaredInstance"):
        given = call.args[0] if call.args else klass
        return _instances(_classes(resolver, function, given)) if given is not None else None
    if kind in ("Type", "EntryPointType", "ForwardDeclaredType"):
        default = keywords.get("default_value", call.args[0] if call.args else klass)
        return PointsTo(_classes(resolver, function, default)) if default is not None else None
    return None


def _classes(resolver: Resolver, function: Function, given: Expr) -> tuple[Class, ...]:
    if isinstance(given, Const):
        found = string_names.named_by_string(resolver, function, given)
    else:
        found = iter(resolver.value(function, given).objects)
    return tuple(entity for entity in found if isinstance(entity, Class))


def _instances(classes: tuple[Class, ...]) -> PointsTo:
    return PointsTo(tuple(cls.instance for cls in classes))


def defaults(resolver: Resolver, cls: Class, name: str) -> PointsTo:
    """Return what the methods of a class give that are to make the default of an attribute: `@default("store")`, `_store_default`."""
    views: list[PointsTo] = []
    for method in default_methods(resolver, cls, name):
        views.append(resolver.returned(method))
        named = (expr for expr in method.summary.returns if isinstance(expr, Const))
        views.append(PointsTo(tuple(one for expr in named for one in string_names.named_by_string(resolver, method, expr))))
    return union(views)


def default_methods(resolver: Resolver, cls: Class, name: str) -> Iterator[Function]:
    """Yield the methods of a class that make the default of an attribute."""
    for key, method in cls.methods.items():
        if key == f"_{name}_default" or any(_says(resolver, cls, decorator, name) for decorator in method.summary.decorators):
            yield method


def _says(resolver: Resolver, cls: Class, decorator: Expr, name: str) -> bool:
    if not isinstance(decorator, Call) or not any(isinstance(arg, Const) and arg.value == name for arg in decorator.args):
        return False
    found = resolver.walk(cls.scope, decorator.func).objects
    return any(isinstance(entity, External) and entity.name in ("traitlets.default", "traitlets.traitlets.default") for entity in found)


def is_declared(resolver: Resolver, scope: Function, value: Expr) -> bool:
    """Whether an expression declares an attribute of traitlets."""
    if not isinstance(value, Call):
        return False
    head = value.func.partition("()")[0]  # `Unicode("x").tag(config=True)`
    return any(isinstance(entity, External) and entity.name.startswith("traitlets.") for entity in resolver.walk(scope, head).objects)
