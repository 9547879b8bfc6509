"""Join what several expressions may stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names.nodes import View

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.names.nodes import Entity

WIDTH: Final = 8
"""How many entities or places one expression may stand for."""


def merge(views: Iterable[View]) -> tuple[Entity, ...]:
    """Return the entities of all views, each once."""
    return tuple(dict.fromkeys(entity for view in views for entity in view.entities))[:WIDTH]


def union(views: Iterable[View]) -> View:
    """Return one view of all that the views stand for."""
    views = list(views)
    places = tuple(dict.fromkeys(place for view in views for place in view.places))
    return View(merge(views), places[:WIDTH], next((view.method for view in views if view.method and not view.entities), ""))
