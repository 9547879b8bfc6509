"""What strings name: modules and classes that are imported, attributes that are got, names that a module exports lazily."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names.marked import marked_members
from statelint.program.names.nodes import Class, Function, Module, PointsTo
from statelint.program.names.points_to import union
from statelint.survey.summary import Call, Const, Display, Either, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.names.interface import Resolver
    from statelint.program.names.nodes import AbstractObject
    from statelint.survey.summary import Expr

_MOST_CHOSEN: Final = 40
"""How many modules of a package a name that is put together may mean; more of them are data, such as one module a country."""
_MOST_DEFINED: Final = 60
"""How many definitions of a module a name that is not known may mean; of a module with more they are data."""


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
    for one in _spelled(function, arg):
        if isinstance(one, Template) and one.head.endswith("."):
            yield from _modules_below(resolver, one.head.lstrip("."), package)


def _spelled(function: Function, arg: Expr) -> Iterable[Expr]:
    """An expression, or what a local name is bound to: `name = f"shop.parts.{part}"`."""
    if isinstance(arg, Ref) and arg.path in function.locals:
        return (binding.value for binding in function.locals[arg.path])
    return (arg,)


def _modules_below(resolver: Resolver, head: str, package: str) -> Iterable[Module]:
    """The modules of a package, of which a value that is not known chooses one: `import_module(f"shop.actions.{name}")`."""
    owner = resolver.module(head.rstrip(".")) or resolver.module(f"{package}.{head.rstrip('.')}")
    return resolver.modules_in(owner)[:_MOST_CHOSEN] if owner is not None else ()


def _texts(resolver: Resolver, function: Function, arg: Expr) -> Iterator[str]:
    for part in arg.parts if isinstance(arg, Template) else arg.options if isinstance(arg, Either) else (arg,):
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


def got(resolver: Resolver, function: Function, call: Call) -> PointsTo | None:
    """Return what `getattr(plugins, NAME)` gives: what the strings name that are bound to the name, or any definition of a module."""
    if len(call.args) < 2 or isinstance(call.args[1], Const):
        return None
    owner = resolver.value(function, call.args[0])
    views = [resolver.step(owner, f".{text}", function) for text in dict.fromkeys(_bound_texts(resolver, function, call.args[1])) if text]
    if not views:
        views = [PointsTo(defined_in(entity)) for entity in owner.objects if isinstance(entity, Module) and entity is not function.module]
        views += [members] if (members := marked_members(resolver, function, owner)).objects else []
    return union(views) if views else None


def _bound_texts(resolver: Resolver, function: Function, expr: Expr) -> Iterator[str]:
    """The strings that a name is bound to where it is defined: `NAME = "Store"`."""
    places = resolver.walk(function, expr.path).places if isinstance(expr, Ref) else ()
    for place in places:
        for _, value in () if place.inner else resolver.values_of(place.location):
            if isinstance(value, Const) and isinstance(value.value, str) and value.value.isidentifier():
                yield value.value


def defined_in(module: Module) -> tuple[Class | Function, ...]:
    """Return the classes and functions that a module defines; of one that defines very many none."""
    found = dict.fromkeys(one for children in module.body.children.values() for one in children)
    return tuple(found) if len(found) <= _MOST_DEFINED else ()


def lazily_exported(resolver: Resolver, module: Module, name: str) -> PointsTo | None:
    """Return what `__getattr__` of a module gives for a name: what a table of the module says where to import, else what it returns."""
    asked = module.functions.get("__getattr__")
    body = module.body
    if asked is None and "__getattr__" not in body.locals:
        return None
    values = [binding.value for bound in body.locals.values() for binding in bound]
    tables = [value for value in values if isinstance(value, Display) and value.kind == "dict"]
    tables += [table for value in values if isinstance(value, Call) for _, table in value.keywords if isinstance(table, Display)]
    found = list(dict.fromkeys(entity for table in tables for entity in _in_table(resolver, module, table, name)))
    if found:
        return PointsTo(tuple(found))
    return resolver.returned(asked) if asked is not None else None


def _in_table(resolver: Resolver, module: Module, table: Display, name: str) -> Iterator[AbstractObject]:
    """`{"Store": ".stores"}`, `{"Store": ("stores", "Store")}`, `{"stores": ["Store"]}`."""
    for key, item in zip(table.keys, table.items, strict=False):
        said = [key, *(item.items if isinstance(item, Display) else (item,))]
        texts = [one.value for one in said if isinstance(one, Const) and isinstance(one.value, str)]
        for text in texts if name in texts else ():
            for head in dict.fromkeys((text, f"{module.name}.{text.lstrip('.')}", f"{module.name.rpartition('.')[0]}.{text.lstrip('.')}")):
                named = head.replace(":", ".")
                last = next((one for one in texts[1:] if one != text), name)
                found = [*_at(resolver, f"{named}.{name}"), *(_at(resolver, f"{named}.{last}") if last != name else ())]
                if not found and named.rpartition(".")[2] == name and text != name:
                    found = [*_at(resolver, named)]
                yield from found
