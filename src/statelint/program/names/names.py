"""What names stand for: scopes, parameters, imports."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Final

from statelint.program.names.link import absolute_module
from statelint.program.names.nodes import NOTHING, Instance, Location, Place, View
from statelint.program.names.views import WIDTH, merge, union
from statelint.survey.summary import Call, Either, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.names.nodes import Entity, Function, Module
    from statelint.program.names.resolver import Resolver
    from statelint.program.vocabulary import Vocabulary
    from statelint.survey.summary import Binding, ImportedName

_BUILTINS: Final = frozenset(dir(builtins))
_STARS: Final = 8
"""How many `from module import *` are followed one after the other."""


def named(resolver: Resolver, function: Function, head: str) -> View:
    """Return what a name stands for, as seen from a function: the nearest scope that knows it decides."""
    if head == "?":
        return NOTHING
    scope: Function | None = function
    while scope is not None:
        found = in_scope(resolver, scope, head)
        if found is not None:
            return found
        scope = scope.parent
    found = _from_stars(resolver, function.module, head, 0)
    if found is not None:
        return found
    if head == "__class__" and function.owner:
        return View((function.owner,))
    return View((resolver.external(head),)) if head in _BUILTINS else NOTHING


def in_scope(resolver: Resolver, scope: Function, head: str) -> View | None:
    """Return what a name stands for in one scope, None if the scope does not know it."""
    key = (scope, head)
    known = resolver.scoped.get(key)
    if known is not None:
        return known
    partial = ("bound", scope, head) in resolver.busy  # asked for on the way to its own answer
    view = _in_scope(resolver, scope, head)
    if view is not None and not partial:
        resolver.scoped[key] = view
    return view


def _in_scope(resolver: Resolver, scope: Function, head: str) -> View | None:
    views: list[View] = []
    if head in scope.params:
        views.append(_parameter(resolver, scope, head))
    if head in scope.children:
        views.append(View(tuple(scope.children[head])))
    if head in scope.imports:
        views.extend(_imported(resolver, scope.module, imported) for imported in scope.imports[head])
    if head in scope.locals or head in scope.global_writes:
        views.append(_bound(resolver, scope, head))
    if not views:
        return None
    return views[0] if len(views) == 1 else union(views)


def _bound(resolver: Resolver, scope: Function, name: str) -> View:
    """A local or module-level name: all that is bound to it; its place is its own, or the place it is an alias of."""
    kind = "global" if scope.is_body else "local"
    own = Location(kind, scope.module if scope.is_body else scope, name)  # type: ignore[arg-type]
    key = ("bound", scope, name)
    if key in resolver.busy:
        return View(places=(Place(own, inner=False),))
    resolver.busy.add(key)
    views: list[View] = []
    alias: list[Place] = []
    bindings = scope.locals.get(name, ())
    for binding in bindings:
        view = bound_value(resolver, scope, binding)
        views.append(view)
        if isinstance(binding.value, (Ref, Either, Call)) and binding.how != "aug":
            alias.extend(view.places)
    for writer, write in scope.global_writes.get(name, ()):
        views.append(resolver.value(writer, write.value))
    resolver.busy.discard(key)
    places = tuple(dict.fromkeys(alias)) or (Place(own, inner=False),)
    if alias and (scope.is_body or len(bindings) > 1):
        places = (Place(own, inner=False), *places)
    return View(merge(views), places[:WIDTH])


def bound_value(resolver: Resolver, scope: Function, binding: Binding) -> View:
    """Return what one binding of a name binds it to."""
    view = resolver.value(scope, binding.value)
    if binding.how == "with":
        view = View(tuple(_entered(resolver, view)), view.places, view.method)
    if not view.entities and binding.annotation is not None:
        return View(resolver.annotated(scope, binding.annotation).entities, view.places)
    return view


def _entered(resolver: Resolver, view: View) -> Iterable[Entity]:
    for entity in view.entities:
        method = entity.cls.find_method("__enter__") or entity.cls.find_method("__aenter__") if isinstance(entity, Instance) else None
        inner = resolver.returned(method).entities if method is not None else ()
        yield from inner or (entity,)


def _parameter(resolver: Resolver, scope: Function, name: str) -> View:
    param = scope.params[name]
    if scope.owner is not None and scope.summary.params[0].name == name and not _is_static(scope):
        return View((scope.owner if _is_classmethod(scope, resolver.vocabulary) else scope.owner.instance,))
    own = Location("parameter", scope, name)
    key = ("parameter", scope, name)
    if key in resolver.busy:
        return View(places=(Place(own, inner=False),))
    resolver.busy.add(key)
    views = [resolver.annotated(scope.parent or scope, param.annotation)] if param.annotation is not None else []
    if isinstance(param.default, Call):
        dependency = resolver.value(scope.parent or scope, param.default)
        if dependency.entities:  # a bare `Depends()` makes the annotated class: the annotation has said it
            views.append(dependency)
    handed = resolver.arguments.get(scope, {}).get(name, ())
    views.extend(resolver.value(caller, expr) for caller, expr in handed[:WIDTH])
    resolver.busy.discard(key)
    places = dict.fromkeys(place for view in views for place in view.places)
    entities = merge(views)
    if not entities and param.annotation is None:
        meant = resolver.vocabulary.customary_parameters.get(name) if resolver.trusts_names else None
        entities = (resolver.made(meant),) if meant else ()
    return View(entities, (Place(own, inner=False), *places)[:WIDTH])


def _imported(resolver: Resolver, module: Module, imported: ImportedName) -> View:
    key = ("imported", module, imported)
    if key in resolver.busy:  # modules that import each other's names
        return NOTHING
    resolver.busy.add(key)
    view = _import_target(resolver, module, imported)
    resolver.busy.discard(key)
    return view


def _import_target(resolver: Resolver, module: Module, imported: ImportedName) -> View:
    target = absolute_module(module, imported)
    for name, rest in ((target, imported.attr), (f"{target}.{imported.attr}", "")):
        if name in resolver.copies:
            return View((resolver.external(f"{resolver.copies[name]}.{rest}" if rest else resolver.copies[name]),))
    if not imported.attr:
        found = resolver.module(target)
        return View((found,)) if found else View((resolver.external(target),))
    found = resolver.module(target)
    submodule = resolver.module(f"{target}.{imported.attr}" if target else imported.attr)
    if submodule is not None and found is module:
        return View((submodule,))  # a package's own `from . import part`
    if found is not None:
        view = module_attribute(resolver, found, imported.attr)
        if view is not None and (view.entities or view.places):
            return view
    if submodule is not None:
        return View((submodule,))
    if found is not None:
        return NOTHING
    return View((resolver.external(f"{target}.{imported.attr}" if target else imported.attr),))


def module_attribute(resolver: Resolver, module: Module, name: str, depth: int = 0) -> View | None:
    """Return what a module's attribute stands for, None if neither it nor what it imports from knows the name."""
    found = in_scope(resolver, module.body, name)
    if found is not None:
        return found
    submodule = resolver.module(f"{module.name}.{name}") if module.is_package else None
    if submodule is not None:
        return View((submodule,))
    return _from_stars(resolver, module, name, depth)


def _from_stars(resolver: Resolver, module: Module, name: str, depth: int) -> View | None:
    if depth > _STARS or name.startswith("__"):
        return None
    for star in module.stars:
        target = absolute_module(module, star)
        found = resolver.module(target)
        if found is not None and found is not module:
            view = module_attribute(resolver, found, name, depth + 1)
            if view is not None:
                return view
    outside = [star for star in module.stars if resolver.module(absolute_module(module, star)) is None]
    if len(outside) == 1 and name not in _BUILTINS:
        return View((resolver.external(f"{absolute_module(module, outside[0])}.{name}"),))
    return None


def _is_static(function: Function) -> bool:
    return any(isinstance(decorator, Ref) and decorator.path == "staticmethod" for decorator in function.summary.decorators)


def _is_classmethod(function: Function, vocabulary: Vocabulary) -> bool:
    if function.name.rpartition(".")[2] in ("__init_subclass__", "__class_getitem__", "__new__"):
        return True
    decorators = vocabulary.words("classmethod-decorator")
    return any(isinstance(decorator, Ref) and decorator.path in decorators for decorator in function.summary.decorators)
