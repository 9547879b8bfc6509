"""What library calls give that is made of their arguments: elements, collections, futures, results of what they call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names import string_names
from statelint.program.names.marked import marked_members
from statelint.program.names.nodes import NOTHING, Class, External, Function, Instance, Module, PointsTo
from statelint.program.names.points_to import union
from statelint.survey.summary import Call, Display, Either, Ref

if TYPE_CHECKING:
    from statelint.program.names.interface import Resolver
    from statelint.program.names.nodes import AbstractObject
    from statelint.survey.summary import Expr

_BEFORE_ARGUMENTS: Final = 2
"""Among how many arguments the function stands that a call is to call."""
_MADE: Final = 3
"""The arguments of `type(name, bases, namespace)`."""
_NAMESPACES: Final = frozenset({"vars", "inspect.getmembers", "inspect.getmembers_static"})
"""What gives the namespace of what it is handed."""


def given(resolver: Resolver, function: Function, call: Call, name: str) -> PointsTo | None:
    """Return what a call of a library's name with arguments gives, None where its arguments do not tell."""
    vocabulary = resolver.vocabulary
    if vocabulary.futures.calls(name):
        position, view = called_argument(resolver, function, call)
        made = resolver.step(view, "()", function) if position >= 0 else resolver.value(function, call.args[0])
        return union((resolver.wrapped(made), PointsTo((resolver.made(name),))))
    if vocabulary.mapping_calls.calls(name):
        position, view = called_argument(resolver, function, call)
        return resolver.wrapped(resolver.step(view, "()", function)) if position >= 0 else None
    if name in vocabulary.element_calls:
        return _one_of(resolver, function, call)
    if name in vocabulary.joining_calls:
        return resolver.wrapped(union([elements(resolver, function, arg) for arg in call.args]))
    if name in vocabulary.collecting_calls:
        return resolver.wrapped(union([resolver.value(function, arg) for arg in call.args]))
    if name in _NAMESPACES:
        return _namespace(resolver, function, call)
    if name == "type" and len(call.args) == _MADE:
        return _made_class(resolver, function, call.args[1])
    return _resolved(resolver, function, call) if vocabulary.resolving_calls.calls(name) else None


def called_argument(resolver: Resolver, function: Function, call: Call) -> tuple[int, PointsTo]:
    """Return which argument of a call is the function that it is to call, and what that stands for; -1 where none is.

    It stands first, or behind an executor, a delay or a priority.
    """
    for position, expr in enumerate(call.args[:_BEFORE_ARGUMENTS]):
        found = tuple(entity for entity in resolver.value(function, expr).objects if _is_callable(entity))
        if found:
            return position, PointsTo(found)
    return -1, NOTHING


def _is_callable(entity: AbstractObject) -> bool:
    return isinstance(entity, (Function, Class)) or (isinstance(entity, Instance) and entity.cls.find_method("__call__") is not None)


def elements(resolver: Resolver, function: Function, expr: Expr) -> PointsTo:
    """Return what is in what an expression makes: a display, a copy, a joining of others, or any container."""
    if isinstance(expr, Display):
        return union([resolver.value(function, item) for item in expr.items])
    if isinstance(expr, Either):
        return union([elements(resolver, function, option) for option in expr.options])
    return resolver.step(resolver.value(function, expr), "[]", function) if isinstance(expr, (Ref, Call)) else NOTHING


def put_into_container(resolver: Resolver, function: Function, call: Call) -> list[PointsTo]:
    """Return what the constructor of a container is handed: `dict(zip(names, stores))`, `deque([store])`, `defaultdict(Store)`."""
    bases = resolver.vocabulary.container_bases
    called = [entity.name for entity in resolver.walk(function, call.func).objects if isinstance(entity, External)]
    if not any(name in bases or f"builtins.{name}" in bases for name in called):
        return []
    views = [elements(resolver, function, arg) for arg in call.args]
    if any(name.endswith("defaultdict") for name in called) and call.args:
        made = resolver.value(function, call.args[0])
        views.append(resolver.step(PointsTo(tuple(e for e in made.objects if isinstance(e, (Class, Function)))), "()", function))
    return [*views, *(resolver.value(function, value) for _, value in call.keywords)]


def part_gathered(resolver: Resolver, function: Function, callee: str, index: int) -> PointsTo | None:
    """Return one of the results that a call collects: `name, store = await asyncio.gather(name(), store())`."""
    names = [getattr(entity, "name", "") for entity in resolver.walk(function, callee).objects]
    if not any(name in resolver.vocabulary.collecting_calls for name in names):
        return None
    sites = [site.call for site in function.summary.calls if site.call.func == callee and index < len(site.call.args)]
    return union([resolver.value(function, call.args[index]) for call in sites]) if sites else None


def _one_of(resolver: Resolver, function: Function, call: Call) -> PointsTo:
    """`next(iter(stores))`, `max(stores, key=age)`; of several arguments one is chosen, and a further one of `next` is its default."""
    first = elements(resolver, function, call.args[0])
    if len(call.args) == 1:
        return first
    others = [resolver.value(function, arg) for arg in (call.args if call.func in ("min", "max") else call.args[1:])]
    return union([first, *others]) if call.func not in ("min", "max") else union(others)


def _namespace(resolver: Resolver, function: Function, call: Call) -> PointsTo | None:
    """`vars(plugins)`, `inspect.getmembers(plugins, inspect.isclass)`: what a module defines, what is marked in an object; in pairs."""
    asked = call.args[1].path.rpartition(".")[2] if len(call.args) > 1 and isinstance(call.args[1], Ref) else ""
    owner = resolver.value(function, call.args[0])
    views = [members] if (members := marked_members(resolver, function, owner)).objects else []
    for entity in owner.objects:
        if isinstance(entity, Module):
            kinds = Class if asked == "isclass" else Function if asked in ("isfunction", "iscoroutinefunction") else (Class, Function)
            views.append(PointsTo(tuple(one for one in string_names.defined_in(entity) if isinstance(one, kinds))))
    held = resolver.wrapped(union(views))
    return (held if call.func == "vars" else resolver.wrapped(held)) if views else None


def _made_class(resolver: Resolver, function: Function, bases: Expr) -> PointsTo | None:
    """`type(name, (Base,), {...})`: a class that does what its bases do."""
    items = bases.items if isinstance(bases, Display) else ()
    found = [entity for item in items for entity in resolver.value(function, item).objects if isinstance(entity, Class)]
    return PointsTo(tuple(dict.fromkeys(found))) if found else None


def _resolved(resolver: Resolver, function: Function, call: Call) -> PointsTo | None:
    """`container.resolve(Store)`: an instance of the class that is asked for."""
    found = [entity.instance for entity in resolver.value(function, call.args[0]).objects if isinstance(entity, Class)]
    return PointsTo(tuple(found)) if found else None
