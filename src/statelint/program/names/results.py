"""What calls and items stand for: what functions return, what classes make, what containers hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names import contents, library_results
from statelint.program.names.library_paths import extended
from statelint.program.names.nodes import (
    NOTHING,
    Class,
    External,
    ExternalValue,
    Function,
    Instance,
    Location,
    LocationPath,
    PointsTo,
    Query,
    StateBag,
    Super,
    Wrapped,
)
from statelint.program.names.points_to import joined, union
from statelint.survey.summary import Call, Display, Either, Ref

if TYPE_CHECKING:
    from statelint.program.names.interface import Resolver
    from statelint.program.names.nodes import AbstractObject
    from statelint.survey.summary import Expr


_PLAIN: Final = frozenset(
    {"any", "all", "bool", "bytes", "dict", "float", "frozenset", "int", "len", "list", "set", "sorted", "str", "tuple"}
)
"""Builtins that make plain data."""


def item(resolver: Resolver, view: PointsTo, key: str) -> PointsTo:
    """Return what an item of what a path stands for stands for."""
    objects: list[AbstractObject] = []
    views: list[PointsTo] = []
    for entity in view.objects:
        if isinstance(entity, StateBag) and key:
            views.append(resolver.bag(f"{entity.name}[{key}]"))
        elif isinstance(entity, (ExternalValue, External)) and key and resolver.vocabulary.has_item_state(entity.name):
            views.append(resolver.bag(f"app[{key}]"))
        elif isinstance(entity, (Query, Wrapped)):
            objects.append(entity.inner if isinstance(entity, Wrapped) else entity.cls.instance)
        elif isinstance(entity, Instance):
            objects += _item_of_instance(resolver, entity, key)
        elif isinstance(entity, External) and entity.name.rpartition(".")[2][:1].isupper():
            objects.append(entity)  # a generic class with its parameters
        elif isinstance(entity, (ExternalValue, External)) and _is_passing(view, entity):
            longer = extended(entity.name, "[]")
            objects += [resolver.made(longer, entity.steps + 1)] if longer else []
    if views:
        return union(views)
    inner = tuple(LocationPath(place.location, inner=True) for place in view.places)
    named = "" if key.isdigit() else key
    contained = [resolver.content(place.location, "" if place.inner else named) for place in view.places]
    return joined((PointsTo(tuple(objects)), *contained), inner)


def _item_of_instance(resolver: Resolver, entity: Instance, key: str) -> tuple[AbstractObject, ...]:
    method = entity.cls.find_method("__getitem__") or (None if key else entity.cls.find_method("__iter__"))
    return resolver.returned(method).objects if method is not None else ()


def _is_passing(view: PointsTo, entity: ExternalValue | External) -> bool:
    """Whether a library's value is kept nowhere, or only under a name while it is used: `files = request.files.getlist("file")`."""
    if any(place.inner or place.location.kind not in ("local", "parameter") for place in view.places):
        return False
    return not view.places or "." in entity.name.removeprefix("collections.").removeprefix("typing.")


def call_result(resolver: Resolver, view: PointsTo, function: Function) -> PointsTo:
    """Return what a call of what a path stands for gives."""
    if view.method:
        if view.method in resolver.vocabulary.words("content-call"):
            return joined([resolver.content(place.location) for place in view.places], view.places)
        return NOTHING
    views: list[PointsTo] = []
    for entity in view.objects:
        match entity:
            case Function():
                views.append(resolver.returned(entity))
            case Class():
                views.append(_made(resolver, entity))
            case Instance():
                method = entity.cls.find_method("__call__")
                if method is not None:
                    views.append(resolver.returned(method))
            case External():
                views.append(_library_result(resolver, entity, function))
            case Query() | Wrapped():
                views.append(PointsTo((entity.inner,) if isinstance(entity, Wrapped) else (entity, entity.cls.instance)))
            case _:
                pass
    return views[0] if len(views) == 1 else union(views)


def _made(resolver: Resolver, cls: Class) -> PointsTo:
    """What calling a class gives: an instance, unless its `__new__` makes something else: `App()` that returns `Flask(__name__)`."""
    maker = cls.find_method("__new__")
    given = resolver.returned(maker) if maker is not None else NOTHING
    other = [one for one in given.objects if not (isinstance(one, Instance) and (one.cls in cls.lineage or cls in one.cls.lineage))]
    if not other or isinstance(other[0], Class):
        return PointsTo((cls.instance,))
    return given


def _library_result(resolver: Resolver, entity: External, function: Function) -> PointsTo:
    if entity.name == "super" and function.owner is not None:
        return PointsTo((Super(function.owner),))
    if entity.name == "super":
        outer = function.parent
        while outer is not None and outer.owner is None:
            outer = outer.parent
        return PointsTo((Super(outer.owner),)) if outer is not None and outer.owner is not None else NOTHING
    head, _, method = entity.name.partition(".")
    if method and head in _PLAIN:
        return NOTHING  # what a plain container or text gives is told by what is in it
    return PointsTo((resolver.made(entity.name, entity.steps),))


def of_own_class(resolver: Resolver, function: Function, prefix: str, callee: PointsTo, view: PointsTo) -> PointsTo:
    """Narrow what a method of a base gives that gives itself or makes `cls()`: called on a class below, it is one of that."""
    owner_path, _, method = prefix.rpartition(".")
    bases = {entity.owner for entity in callee.objects if isinstance(entity, Function) and entity.owner and _gives_own_class(entity)}
    if not owner_path or not method or not any(base.instance in view.objects for base in bases):
        return view
    receivers = resolver.walk(function, owner_path).objects
    classes = [entity.cls if isinstance(entity, Instance) else entity for entity in receivers if isinstance(entity, (Class, Instance))]
    replaced = [base.instance for base in bases if classes and all(base in cls.lineage[1:] for cls in classes)]
    if not replaced or len(classes) != len(receivers):
        return view
    kept = [entity for entity in view.objects if entity not in replaced]
    return view._replace(objects=tuple(dict.fromkeys((*kept, *(cls.instance for cls in classes)))))


def _gives_own_class(method: Function) -> bool:
    first = method.summary.params[0].name if method.summary.params else ""
    paths = [expr.path if isinstance(expr, Ref) else expr.func if isinstance(expr, Call) else "" for expr in method.summary.returns]
    return bool(first) and bool(paths) and all(path == first for path in paths)


def part_of_result(resolver: Resolver, function: Function, callee: str, key: str) -> PointsTo | None:
    """Return one element of the tuple that a function returns, or what a generator yields; None where neither is known."""
    if key and not key.isdigit():
        return None
    gathered = library_results.part_gathered(resolver, function, callee, int(key)) if key else None
    if gathered is not None:
        return gathered
    called = [entity for entity in resolver.walk(function, callee).objects if isinstance(entity, Function)]
    view = _element(resolver, called, int(key)) if key else union([_gone_through(resolver, one) for one in called])
    return view if view.objects else None


def _gone_through(resolver: Resolver, function: Function) -> PointsTo:
    """What a loop over what a function returns goes through: what a generator yields, what is in a container that it makes."""
    if function.summary.is_generator:
        return resolver.returned(function)
    views = [contents.elements_noted(resolver, function.parent or function, function.summary.returns_annotation)]
    for expr in function.summary.returns:
        views += contents.held(resolver, function, expr)
        if isinstance(expr, (Ref, Call, Either)):
            views.append(resolver.step(resolver.value(function, expr), "[]", function))
    return union(views)


def part_of_row(resolver: Resolver, function: Function, prefix: str, index: int) -> PointsTo | None:
    """Return one column of what a loop goes through, where its rows are written down: `ROUTES[][1]`; None where they are not.

    Of the pairs of a mapping the first is the key.
    """
    pairs = prefix.endswith(".items()[]")
    container = resolver.walk(function, prefix.removesuffix(".items()[]" if pairs else "[]"))
    shown, put = _written_down(resolver, [place.location for place in container.places if not place.inner])
    if pairs and index == 0:
        return union([resolver.value(scope, key) for scope, value in shown for key in value.keys]) if container.places else None
    rows = [*((scope, row) for scope, value in shown for row in value.items if value.kind != "dict"), *put]
    cells = [(scope, row.items[index]) for scope, row in rows if isinstance(row, Display) and index < len(row.items)]
    return union([resolver.value(scope, cell) for scope, cell in cells]) if cells and len(cells) == len(rows) else None


def _written_down(resolver: Resolver, locations: list[Location]) -> tuple[list[tuple[Function, Display]], list[tuple[Function, Expr]]]:
    """Return the displays that containers are bound to, and what is put into them piece by piece; those that they are aliases of too."""
    shown: list[tuple[Function, Display]] = []
    put: list[tuple[Function, Expr]] = []
    seen = dict.fromkeys(locations)
    for location in locations:  # grows while it is gone through
        for scope, value in resolver.values_of(location):
            if isinstance(value, Display) and not value.comprehension:
                shown.append((scope, value))
            elif isinstance(value, (Ref, Either)):
                further = [
                    place.location for place in resolver.value(scope, value).places if not place.inner and place.location not in seen
                ]
                seen.update(dict.fromkeys(further))
                locations += further
        resolver.depends_on("contents", location)
        put += resolver.flows.contents.get(location, ())
    return shown, put


def _element(resolver: Resolver, called: list[Function], index: int) -> PointsTo:
    """One element of the tuples that functions return."""
    views: list[PointsTo] = []
    for entity in called:
        returned = [*entity.summary.returns]
        for expr in entity.summary.returns:  # `result = name, store` and `return result`
            returned += [binding.value for binding in entity.locals.get(expr.path, ())] if isinstance(expr, Ref) else []
        tuples = (expr for expr in returned if isinstance(expr, Display) and expr.kind != "dict" and index < len(expr.items))
        views.extend(resolver.value(entity, expr.items[index]) for expr in tuples)
        noted = entity.summary.returns_annotation
        if isinstance(noted, Display) and index + 1 < len(noted.items) and not any(view.objects for view in views):
            views.append(resolver.annotated(entity, noted.items[index + 1]))
    return union(views)


def returned(resolver: Resolver, function: Function) -> PointsTo:
    """Return what a function returns or yields."""
    views = [resolver.value(function, expr) for expr in function.summary.returns]
    places = dict.fromkeys(place for view in views for place in view.places if place.location.kind not in ("local", "parameter"))
    view = joined(views, tuple(places))
    if not view.objects and function.summary.returns_annotation is not None:
        return view._replace(objects=resolver.annotated(function.parent or function, function.summary.returns_annotation).objects)
    return view
