"""What names stand for: scopes, parameters, imports."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Final

from statelint.program.names import string_names
from statelint.program.names.arguments import is_static
from statelint.program.names.link import absolute_module
from statelint.program.names.nodes import NOTHING, Class, ExternalValue, Function, Instance, Location, LocationPath, PointsTo
from statelint.program.names.points_to import joined, union
from statelint.survey.summary import Call, Display, Either, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from statelint.program.names.interface import Resolver
    from statelint.program.names.nodes import AbstractObject, Module
    from statelint.program.vocabulary import Vocabulary
    from statelint.survey.summary import Binding, Expr, ImportedName

_STRUCTURAL: Final = frozenset({"typing", "typing_extensions", "collections", "abc", "contextlib", "numbers", "types", "os", "zope"})
"""Packages whose classes say what one can do with an object, or are `NewType`s, not what it inherits from."""
_PROTOCOLS: Final = frozenset({"typing.Protocol", "typing_extensions.Protocol"})
"""Bases of classes that say what a value can do, not what it is."""
_ASKED: Final = 2
"""The arguments of `isinstance`."""
_BUILTINS: Final = frozenset(dir(builtins))


def named(resolver: Resolver, function: Function, head: str) -> PointsTo:
    """Return what a name stands for, as seen from a function: the nearest scope that knows it decides."""
    if head == "?":
        return NOTHING
    scope: Function | None = function
    while scope is not None:
        if head in scope.bound_names:
            return _bound_in(resolver, scope, head)
        scope = scope.parent
    found = _from_stars(resolver, function.module, head) if function.module.stars else None
    if found is not None:
        return found
    if head == "__class__" and function.owner:
        return PointsTo((function.owner,))
    return PointsTo((resolver.external(head),)) if head in _BUILTINS else NOTHING


def in_scope(resolver: Resolver, scope: Function, head: str) -> PointsTo | None:
    """Return what a name stands for in one scope, None if the scope does not know it."""
    return _bound_in(resolver, scope, head) if head in scope.bound_names else None


def _bound_in(resolver: Resolver, scope: Function, head: str) -> PointsTo:
    """Return what a name stands for in a scope that binds it, in however many ways."""
    views: list[PointsTo] = []
    if head in scope.params:
        views.append(resolver.parameter(scope, head))
    if head in scope.children:
        views.append(PointsTo(tuple(scope.children[head])))
    if head in scope.imports:
        views.append(resolver.imported(scope, head))
    if head in scope.locals or head in scope.global_writes:
        views.append(resolver.bound(scope, head))
    return views[0] if len(views) == 1 else union(views)


def own_place(scope: Function, name: str) -> PointsTo:
    """Return a local or module-level name as a place, before anything is known of what is bound to it."""
    owner = scope.module if scope.is_body else scope
    return PointsTo(places=(LocationPath(Location("global" if scope.is_body else "local", owner, name), inner=False),))


def bound(resolver: Resolver, scope: Function, name: str) -> PointsTo:
    """Return all that is bound to a local or module-level name; its place is its own, or the place it is an alias of."""
    (own,) = own_place(scope, name).places
    views: list[PointsTo] = []
    alias: list[LocationPath] = []
    bindings = scope.locals.get(name, ())
    for binding in bindings:
        view = bound_value(resolver, scope, binding)
        views.append(view)
        if isinstance(binding.value, (Ref, Either, Call)) and binding.how != "aug":
            alias.extend(place for place in view.places if place != own)
    for writer, write in scope.global_writes.get(name, ()):
        views.append(resolver.value(writer, write.value))
    places = tuple(dict.fromkeys(alias)) or (own,)
    is_alias_alone = len(bindings) == 1 and isinstance(bindings[0].value, Ref) and name not in scope.global_writes
    if alias and (scope.is_body or len(bindings) > 1) and not is_alias_alone:
        places = (own, *places)
    view = joined(views, places)
    return view if view.objects or scope.is_body else view._replace(objects=_asked_for(resolver, scope, name).objects)


def bound_value(resolver: Resolver, scope: Function, binding: Binding) -> PointsTo:
    """Return what one binding of a name binds it to."""
    view = resolver.value(scope, binding.value)
    if binding.how == "with":
        view = view._replace(objects=tuple(entered(resolver, view)))
    return declared(resolver, scope, view, binding.annotation)


def declared(resolver: Resolver, scope: Function, view: PointsTo, annotation: Expr | None) -> PointsTo:
    """Return what a value is beside which an annotation stands: of the project's objects, those that are of the declared classes.

    It stands for itself where nothing is known, where a library gives something, and where nothing that is known agrees with it.
    """
    if annotation is None:
        return view
    noted = resolver.annotated(scope, annotation).objects
    if not view.objects:
        return PointsTo(noted, view.places)
    own = tuple(entity for entity in noted if isinstance(entity, Instance))
    if not own or any(set(entity.cls.external_bases) & _PROTOCOLS for entity in own):
        return view
    classes = {entity.cls for entity in own}
    inferred = tuple(entity for entity in view.objects if isinstance(entity, Instance))
    kept = tuple(entity for entity in inferred if not classes.isdisjoint(entity.cls.lineage))
    others = tuple(entity for entity in view.objects if entity not in inferred)
    return view._replace(objects=(*(kept or own), *others)) if kept != inferred or not inferred else view


def _asked_for(resolver: Resolver, scope: Function, name: str) -> PointsTo:
    """Return the classes that a function asks a name for of which nothing else is known: `if isinstance(store, Store): store.put()`."""
    if scope.asked is None:
        scope.asked = {}
        for subject, kind in _questions(scope):
            scope.asked.setdefault(subject, []).append(kind)
    found = (entity for kind in scope.asked.get(name, ()) for entity in resolver.value(scope, kind).objects)
    return PointsTo(tuple(dict.fromkeys(entity.instance for entity in found if isinstance(entity, Class))))


def _questions(scope: Function) -> Iterator[tuple[str, Expr]]:
    """Yield what the conditions of a function ask by `isinstance`: a name and a class."""
    tests = [guard.test for guard in scope.summary.guards if guard.kind in ("if", "while")]
    tests += [option for test in tests if isinstance(test, Either) and test.kind == "and" for option in test.options]
    for test in tests:
        if isinstance(test, Call) and test.func == "isinstance" and len(test.args) == _ASKED and isinstance(test.args[0], Ref):
            kinds = test.args[1]
            yield from ((test.args[0].path, kind) for kind in (kinds.items if isinstance(kinds, Display) else (kinds,)))


def entered(resolver: Resolver, view: PointsTo) -> Iterable[AbstractObject]:
    """Yield what the context managers among what a path stands for give when they are entered; all else gives itself."""
    for entity in view.objects:
        method = entity.cls.find_method("__enter__") or entity.cls.find_method("__aenter__") if isinstance(entity, Instance) else None
        inner = resolver.returned(method).objects if method is not None else ()
        yield from inner or (entity,)


def parameter_place(scope: Function, name: str) -> PointsTo:
    """Return a parameter as a place, before anything is known of what it is handed."""
    return PointsTo(places=(LocationPath(Location("parameter", scope, name), inner=False),))


def parameter(resolver: Resolver, scope: Function, name: str) -> PointsTo:
    """Return what a parameter is: the instance or class for the first one of a method, else what it is declared and handed."""
    param = scope.params[name]
    if scope.owner is not None and scope.summary.params[0].name == name and not is_static(scope):
        if scope.name.endswith("__init_subclass__"):  # it is called for each class below
            return PointsTo((scope.owner, *scope.owner.descendants()))
        return PointsTo((scope.owner if _is_classmethod(scope, resolver.vocabulary) else scope.owner.instance,))
    views = [resolver.annotated(scope.parent or scope, param.annotation)] if param.annotation is not None else []
    if isinstance(param.default, Call):
        dependency = resolver.value(scope.parent or scope, param.default)
        if dependency.objects:  # a bare `Depends()` makes the annotated class: the annotation has said it
            views.append(dependency)
    resolver.depends_on("arguments", scope, name)
    handed = [resolver.value(caller, expr) for caller, expr in resolver.flows.arguments.get(scope, {}).get(name, ())]
    views.extend(_agreeing(view, views[0]) if param.annotation is not None else view for view in handed)
    # a parameter of a caller is no place that anything is kept in, unless it is a mutable default
    places = dict.fromkeys(place for view in views for place in view.places if not _is_handed_on(place))
    view = joined(views, tuple(dict.fromkeys((*parameter_place(scope, name).places, *places))))
    if not view.objects and param.annotation is None:
        resolver.depends_on("customary", scope, name)
        meant = resolver.flows.customary.get((scope, name))
        return view._replace(objects=(resolver.made(meant),) if meant else _asked_for(resolver, scope, name).objects)
    return view


def _agreeing(view: PointsTo, noted: PointsTo) -> PointsTo:
    """Leave out what does not agree with the library's class that stands as an annotation.

    That are the project's objects of classes that do not inherit from it. What a library gives out of what it has given is of no class
    that is known: of that the annotation knows more.
    """
    names = {entity.name for entity in noted.objects if isinstance(entity, ExternalValue) and _is_class_of_library(entity.name)}
    if not names or len(names) < len(noted.objects):
        return view
    kept = tuple(entity for entity in view.objects if _is_one_of(entity, names))
    return view._replace(objects=kept, is_plain=False) if view.is_plain or len(kept) < len(view.objects) else view


def _is_one_of(entity: AbstractObject, names: AbstractSet[str]) -> bool:
    match entity:
        case Instance():
            return not names.isdisjoint(entity.cls.external_bases)
        case ExternalValue():
            return not entity.steps
    return True


def _is_class_of_library(name: str) -> bool:
    """Whether a name is one of a class, and not of a protocol that a class has without inheriting from it."""
    package, _, rest = name.partition(".")
    return rest.rpartition(".")[2][:1].isupper() and package not in _STRUCTURAL


def _is_handed_on(place: LocationPath) -> bool:
    owner = place.location.owner
    if place.location.kind != "parameter" or not isinstance(owner, Function):
        return False
    default = owner.params[place.location.name].default
    return not isinstance(default, (Display, Call))


def imported(resolver: Resolver, scope: Function, name: str) -> PointsTo:
    """Return what the imports of a scope bind a name to: modules, what modules define, or library names."""
    return union([_import_target(resolver, scope.module, one) for one in scope.imports[name]])


def _import_target(resolver: Resolver, module: Module, imported: ImportedName) -> PointsTo:
    target = absolute_module(module, imported)
    for name, rest in ((target, imported.attr), (f"{target}.{imported.attr}", "")):
        library = resolver.copy_of(name)
        if library:
            return PointsTo((resolver.external(f"{library}.{rest}" if rest else library),))
    if not imported.attr:
        found = resolver.module(target)
        return PointsTo((found,)) if found else PointsTo((resolver.external(target),))
    found = resolver.module(target)
    submodule = resolver.module(f"{target}.{imported.attr}" if target else imported.attr)
    if submodule is not None and found is module:
        return PointsTo((submodule,))  # a package's own `from . import part`
    if found is not None:
        view = module_attribute(resolver, found, imported.attr)
        if view is not None and (view.objects or view.places):
            return view
    if submodule is not None:
        return PointsTo((submodule,))
    if found is not None:
        return NOTHING
    return PointsTo((resolver.external(f"{target}.{imported.attr}" if target else imported.attr),))


def module_attribute(resolver: Resolver, module: Module, name: str) -> PointsTo | None:
    """Return what a module's attribute stands for, None if neither it nor what it imports from knows the name."""
    view = in_scope(resolver, module.body, name)
    if view is not None:
        return view
    submodule = resolver.module(f"{module.name}.{name}") if module.is_package else None
    if submodule is not None:
        return PointsTo((submodule,))
    starred = _from_stars(resolver, module, name) if module.stars else None
    return starred if starred is not None else string_names.lazily_exported(resolver, module, name)


def _from_stars(resolver: Resolver, module: Module, name: str) -> PointsTo | None:
    """A name by `from ... import *`: by the first module that knows it, however many stars lead there."""
    if name.startswith("__"):
        return None
    pending, seen = [module], {module: None}
    libraries: list[list[str]] = []
    while pending:
        current = pending.pop()
        if current is not module:
            view = in_scope(resolver, current.body, name)
            if view is not None:
                return view
            submodule = resolver.module(f"{current.name}.{name}") if current.is_package else None
            if submodule is not None:
                return PointsTo((submodule,))
        targets = [absolute_module(current, star) for star in current.stars]
        inside = [(target, resolver.module(target)) for target in targets]
        libraries.append([target for target, found in inside if found is None])
        for _, found in reversed(inside):
            if found is not None and found not in seen:
                seen[found] = None
                pending.append(found)
    if name in _BUILTINS:
        return None
    library = next((names[0] for names in reversed(libraries) if len(names) == 1), "")
    return PointsTo((resolver.external(f"{library}.{name}"),)) if library else None


def _is_classmethod(function: Function, vocabulary: Vocabulary) -> bool:
    if function.name.rpartition(".")[2] in ("__init_subclass__", "__class_getitem__", "__new__"):
        return True
    decorators = vocabulary.words("classmethod-decorator")
    return any(isinstance(decorator, Ref) and decorator.path in decorators for decorator in function.summary.decorators)
