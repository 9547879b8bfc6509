"""Calls that stand for something else than what a library makes: markers, wrappers, imports by name, queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names.names import entered
from statelint.program.names.nodes import NOTHING, Class, Function, Instance, Module, PointsTo, StateBag
from statelint.survey.summary import Call, Const, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.names.interface import Resolver
    from statelint.program.names.nodes import AbstractObject
    from statelint.survey.summary import Expr

_BEFORE_ARGUMENTS: Final = 2
"""Among how many arguments the function stands that a call is to call."""
_MOST_CHOSEN: Final = 40
"""How many modules of a package a name that is put together may mean; more of them are data, such as one module a country."""


def from_application(resolver: Resolver, function: Function, call: Call, prefix: str) -> PointsTo | None:
    """`app.state.get("jobs")`: what the application keeps under a key; None where it is no part of it."""
    key = call.args[0] if call.args else None
    for entity in resolver.walk(function, prefix).objects if isinstance(key, Const) else ():
        if isinstance(entity, StateBag) and isinstance(key, Const):
            return resolver.bag(f"{entity.name}[{key.value}]")
    return None


def loaded(resolver: Resolver, function: Function, call: Call) -> PointsTo | None:
    """`session.get(User, key)`, `session.query(User)`: a query of the mapped class, or an instance."""
    first = call.args[0] if call.args else None
    for entity in resolver.walk(function, first.path).objects if isinstance(first, Ref) else ():
        if isinstance(entity, Class) and entity.external_bases:
            return PointsTo((entity.query, entity.instance))
    return None


def of_library(resolver: Resolver, function: Function, call: Call, name: str) -> PointsTo | None:
    """What a call of a library name gives where that is an argument, or is named by one; None for all other names."""
    vocabulary = resolver.vocabulary
    if name in vocabulary.dependency_markers:
        return _dependency(resolver, function, call)
    if not call.args:
        return NOTHING if vocabulary.dynamic_imports.calls(name) else None
    if name in vocabulary.transparent_calls:
        return resolver.value(function, call.args[0])
    if vocabulary.results_of_arguments.calls(name) or vocabulary.entering_calls.calls(name):
        return _from_argument(resolver, function, call, name)
    if vocabulary.dynamic_imports.calls(name):
        return PointsTo(tuple(named_by_string(resolver, function, call.args[0])))
    if name.startswith("traitlets.") and name.endswith("Instance"):
        return resolver.annotated(function, call.args[0])  # the descriptor gives an instance of the class named
    if name in ("typing.cast", "cast") and len(call.args) == 2:
        return resolver.annotated(function, call.args[0])
    return None


def _dependency(resolver: Resolver, function: Function, call: Call) -> PointsTo:
    """`Depends(f)` stands for what `f` returns."""
    target = call.args[0] if call.args else dict(call.keywords).get("dependency")
    return resolver.step(resolver.value(function, target), "()", function) if target is not None else NOTHING


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


def _from_argument(resolver: Resolver, function: Function, call: Call, name: str) -> PointsTo | None:
    """`await asyncio.to_thread(f, key)` stands for what `f` returns, `stack.enter_context(session())` for what the session gives."""
    if resolver.vocabulary.entering_calls.calls(name):
        manager = resolver.value(function, call.args[0])
        return manager._replace(objects=tuple(entered(resolver, manager)))
    position, view = called_argument(resolver, function, call)
    return resolver.step(view, "()", function) if position >= 0 else None


def named_by_string(resolver: Resolver, function: Function, arg: Expr) -> Iterator[AbstractObject]:
    """Yield what `import_module(settings["backend"])` may import: strings in the call, or bound to the key or name in it.

    A module or class that is handed over itself is that; of a name that is put together, the modules that its beginning leads to.
    """
    if isinstance(arg, Ref):
        yield from (entity for entity in resolver.value(function, arg).objects if isinstance(entity, (Module, Class, Function)))
    module = function.module
    package = module.name if module.is_package else module.name.rpartition(".")[0]
    for text in dict.fromkeys(_texts(resolver, function, arg)):
        for name in (text.replace(":", "."), f"{package}.{text}") if text else ():
            yield from _at(resolver, name)
    if isinstance(arg, Template) and arg.head.endswith("."):
        yield from _modules_below(resolver, arg.head.lstrip("."), package)


def _modules_below(resolver: Resolver, head: str, package: str) -> Iterable[Module]:
    """The modules of a package, of which a value that is not known chooses one: `import_module(f"shop.actions.{name}")`."""
    owner = resolver.module(head.rstrip(".")) or resolver.module(f"{package}.{head.rstrip('.')}")
    return resolver.modules_in(owner)[:_MOST_CHOSEN] if owner is not None else ()


def _texts(resolver: Resolver, function: Function, arg: Expr) -> Iterator[str]:
    for part in arg.parts if isinstance(arg, Template) else (arg,):
        yield from _constants(part)
        if isinstance(part, Ref):
            values = [binding.value for binding in function.locals.get(part.path, ())]
            resolver.depends_on("arguments", function, part.path)
            values += [expr for _, expr in resolver.flows.arguments.get(function, {}).get(part.path, ())]
            yield from (text for value in values for text in _constants(value))
            bound = [value.path for value in values if isinstance(value, Ref)]
            for path in (part.path, *bound):
                last = path.removesuffix("]").replace("[", ".").rpartition(".")[2]
                yield from resolver.strings_named(last)


def _constants(expr: Expr) -> Iterator[str]:
    """The string that an expression is, or the default of a look-up: `settings.get("backend", "shop.store.Store")`."""
    last = expr.args[-1] if isinstance(expr, Call) and len(expr.args) > 1 else expr
    if isinstance(last, Const) and isinstance(last.value, str):
        yield last.value.strip(".")


def _at(resolver: Resolver, name: str) -> Iterable[AbstractObject]:
    """The module of a dotted name, or what a module defines or imports under its last part."""
    module = resolver.module(name)
    if module is not None:
        return (module,)
    head, _, attribute = name.rpartition(".")
    owner = resolver.module(head)
    if owner is None or not (attribute in owner.body.children or attribute in owner.body.imports):
        return ()
    found = resolver.in_scope(owner.body, attribute)
    return found.objects if found is not None else ()
