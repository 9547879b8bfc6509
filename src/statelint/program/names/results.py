"""What calls and items stand for: what functions return, what classes make, what containers hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names.library_paths import extended
from statelint.program.names.nodes import (
    NOTHING,
    Class,
    External,
    ExternalValue,
    Function,
    Instance,
    LocationPath,
    PointsTo,
    Query,
    StateBag,
    Super,
)
from statelint.program.names.points_to import joined, union
from statelint.survey.summary import Display

if TYPE_CHECKING:
    from statelint.program.names.interface import Resolver
    from statelint.program.names.nodes import AbstractObject


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
        elif isinstance(entity, Query):
            objects.append(entity.cls.instance)
        elif isinstance(entity, Instance):
            method = entity.cls.find_method("__getitem__")
            if method is not None:
                objects.extend(resolver.returned(method).objects)
        elif isinstance(entity, External) and entity.name.rpartition(".")[2][:1].isupper():
            objects.append(entity)  # a generic class with its parameters
        elif isinstance(entity, (ExternalValue, External)) and _is_passing(view, entity):
            longer = extended(entity.name, "[]")
            objects += [resolver.made(longer, entity.steps + 1)] if longer else []
    if views:
        return union(views)
    inner = tuple(LocationPath(place.location, inner=True) for place in view.places)
    contained = [resolver.content(place.location) for place in view.places]
    return joined((PointsTo(tuple(objects)), *contained), inner)


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
                views.append(PointsTo((entity.instance,)))
            case Instance():
                method = entity.cls.find_method("__call__")
                if method is not None:
                    views.append(resolver.returned(method))
            case External():
                views.append(_library_result(resolver, entity, function))
            case Query():
                views.append(PointsTo((entity, entity.cls.instance)))
            case _:
                pass
    return views[0] if len(views) == 1 else union(views)


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


def part_of_result(resolver: Resolver, function: Function, callee: str, key: str) -> PointsTo | None:
    """Return one element of the tuple that a function returns, or what a generator yields; None where neither is known."""
    if key and not key.isdigit():
        return None
    called = [entity for entity in resolver.walk(function, callee).objects if isinstance(entity, Function)]
    yielded = (resolver.returned(one) for one in called if one.summary.is_generator)
    view = _element(resolver, called, int(key)) if key else union(yielded)
    return view if view.objects else None


def _element(resolver: Resolver, called: list[Function], index: int) -> PointsTo:
    """One element of the tuples that functions return."""
    views: list[PointsTo] = []
    for entity in called:
        tuples = (expr for expr in entity.summary.returns if isinstance(expr, Display) and index < len(expr.items))
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
