"""Resolve base classes: who inherits from whom, in the project and from libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.nodes import Class, External, Function, Made, View
from statelint.survey.summary import Call, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.resolve import Resolver
    from statelint.survey.summary import Expr


def link_classes(classes: Iterable[Class], resolver: Resolver) -> None:
    """Fill `bases`, `external_bases`, `lineage` and `subclasses` of every class."""
    ordered = list(classes)
    outside: dict[Class, list[str]] = {}
    for cls in ordered:
        for base in cls.summary.bases:
            for entity in _base_entities(cls, base, resolver):
                if isinstance(entity, Class) and entity is not cls and entity not in cls.bases:
                    cls.bases.append(entity)
                elif isinstance(entity, (External, Made)):
                    outside.setdefault(cls, []).append(entity.name)
    for cls in ordered:
        cls.lineage = _lineage(cls)
        names = dict.fromkeys(name for known in cls.lineage for name in outside.get(known, ()))
        cls.external_bases = [name for name in names if name != "object"]
        for ancestor in cls.bases:
            ancestor.subclasses.append(cls)


def _base_entities(cls: Class, base: Expr, resolver: Resolver) -> tuple[object, ...]:
    view: View = resolver.walk(cls.scope, base.path) if isinstance(base, Ref) else resolver.value(cls.scope, base)
    if isinstance(base, Call) and not view.entities:
        # `class Api(with_metaclass(Meta, View))`, mixin factories: the arguments are the bases
        return tuple(entity for arg in base.args for entity in resolver.value(cls.scope, arg).entities)
    return tuple(entity for entity in view.entities if not isinstance(entity, Function))


def _lineage(cls: Class) -> list[Class]:
    """Return the class and its project ancestors, depth first: near enough to the real order for look-ups."""
    seen: dict[Class, None] = {}
    pending = [cls]
    while pending:
        current = pending.pop()
        if current not in seen:
            seen[current] = None
            pending.extend(reversed(current.bases))
    return list(seen)
