"""Join, compare and order what several expressions may stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.limits import TARGETS
from statelint.program.names.nodes import (
    NOTHING,
    Class,
    External,
    ExternalValue,
    Function,
    Instance,
    Module,
    PointsTo,
    Query,
    StateBag,
    Super,
    Wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.names.nodes import AbstractObject, LocationPath


def joined(views: Iterable[PointsTo], places: tuple[LocationPath, ...] = (), *, is_plain: bool = False) -> PointsTo:
    """Return all that the views stand for, kept in these places instead of theirs."""
    first: tuple[AbstractObject, ...] = ()
    several: dict[AbstractObject, None] = {}
    of_many = False
    for view in views:
        is_plain = is_plain or view.is_plain
        of_many = of_many or view.is_alias_of_many
        own = view.objects
        if not own or own is first:
            continue
        if not first:
            first = own  # nearly always the only one
            continue
        if not several:
            several = dict.fromkeys(first)
        several.update(dict.fromkeys(own))
    objects = tuple(several or dict.fromkeys(first)) if several or len(first) > 1 else first
    if is_plain:
        objects = tuple(entity for entity in objects if not isinstance(entity, (External, ExternalValue)))
    return PointsTo(objects, places, "", of_many, is_plain)


def union(views: Iterable[PointsTo]) -> PointsTo:
    """Return one view of all that the views stand for."""
    views = list(views)
    if len(views) == 1:
        return views[0]
    if not views:
        return NOTHING
    places = tuple(dict.fromkeys(place for view in views for place in view.places))
    method = next((view.method for view in views if view.method and not view.objects), "")
    return joined(views, places)._replace(method=method) if method else joined(views, places)


def same(one: PointsTo, other: PointsTo) -> bool:
    """Whether two views stand for the same, in whatever order."""
    if one == other:
        return True
    if one[2:] != other[2:]:
        return False
    return set(one.objects) == set(other.objects) and set(one.places) == set(other.places)


def settled(view: PointsTo) -> PointsTo:
    """Return the same view in an order that does not depend on how it was reached."""
    if len(view.objects) < 2 and len(view.places) < 2:
        return view
    return view._replace(objects=tuple(sorted(view.objects, key=_entity_order)), places=tuple(sorted(view.places, key=_place_order)))


MOST_PLACES: Final = 8
"""How many places a value may be kept in before a write to it is nobody's: a helper that everybody hands something else."""
MOST_LIBRARY: Final = 12
"""How many library types a value may have before nothing is known of it."""
MOST_STEPS_ROUND: Final = 1
"""How far from what a library made the members of a component still tell values apart: k-limited access paths, with this k."""


def widened(view: PointsTo) -> PointsTo:
    """Leave out what going round would lengthen for ever: after `node = node.next`, the next of the next is what `next` is."""
    kept = tuple(e for e in view.objects if not isinstance(e, (External, ExternalValue)) or e.steps <= MOST_STEPS_ROUND)
    return view if len(kept) == len(view.objects) else view._replace(objects=kept)


def bounded(view: PointsTo) -> PointsTo:
    """Cut a view to what one expression may stand for.

    A value of more than a handful of library types is plain data that comes from everywhere: it is unknown, as one without a
    type is, and so is where a value is kept that comes from everywhere. Of objects of the project the first are kept, in an
    order that does not depend on how they were reached; whoever calls through such a view says so (`limits.TARGETS`).
    """
    own = tuple(entity for entity in view.objects if not isinstance(entity, (External, ExternalValue)))
    if len(view.objects) - len(own) > MOST_LIBRARY:
        view = view._replace(objects=own, is_plain=True)
    if len(view.places) > MOST_PLACES:
        view = view._replace(is_alias_of_many=True)
    if len(own) <= TARGETS.most:
        return view
    return view._replace(objects=settled(view).objects[: TARGETS.most])


def _entity_order(entity: AbstractObject) -> tuple[int, str, int, str]:
    match entity:
        case Function() | Class():
            return (1, entity.module.path, entity.summary.line, entity.name)
        case Instance() | Query() | Super():
            return (2, entity.cls.module.path, entity.cls.summary.line, entity.cls.name)
        case Module():
            return (3, entity.path, 0, entity.name)
        case External() | ExternalValue() | StateBag():
            return (4, type(entity).__name__, 0, entity.name)
        case Wrapped():
            first, path, line, name = _entity_order(entity.inner)
            return (first + 10, path, line, name)


def _place_order(place: LocationPath) -> tuple[str, str, str, bool]:
    location = place.location
    owner = location.owner
    path = "" if owner is None else owner.path if isinstance(owner, Module) else f"{owner.module.path}:{owner.name}"
    return (location.kind, path, location.name, place.inner)
