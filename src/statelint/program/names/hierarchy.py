"""Resolve base classes: who inherits from whom, in the project and from libraries."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from statelint.program.names.nodes import Class, External, ExternalValue, Function, PointsTo
from statelint.survey.summary import Call, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statelint.program.names.resolver import Resolver
    from statelint.survey.summary import Expr


_DECLARATIVE: Final = "sqlalchemy.orm.DeclarativeBase"
_TELLING: Final = 2
"""How many methods of a protocol tell an implementation from a coincidence."""


def link_classes(classes: Iterable[Class], resolver: Resolver) -> None:
    """Fill `bases`, `external_bases`, `lineage`, `subclasses` and `below` of every class."""
    ordered = list(classes)
    outside: dict[Class, list[str]] = {}
    for cls in ordered:
        for base in cls.summary.bases:
            for entity in _base_entities(cls, base, resolver):
                if isinstance(entity, Class) and entity is not cls and entity not in cls.bases:
                    cls.bases.append(entity)
                elif isinstance(entity, (External, ExternalValue)):
                    outside.setdefault(cls, []).append(entity.name)
        if _declares_base(cls, resolver):
            outside.setdefault(cls, []).append(_DECLARATIVE)
        cls.metaclass = _metaclass(cls, resolver)
    lineages = _lineages(ordered)
    for cls in ordered:
        cls.lineage = lineages[cls]
        names = dict.fromkeys(name for known in cls.lineage for name in outside.get(known, ()))
        cls.external_bases = [name for name in names if name != "object"]
        cls.metaclass = next((known.metaclass for known in cls.lineage if known.metaclass is not None), None)
        for ancestor in cls.bases:
            ancestor.subclasses.append(cls)
    _link_protocols([cls for cls in ordered if _is_protocol(cls, outside)], ordered)
    for cls in ordered:
        cls.below = cls.descendants()


def _declares_base(cls: Class, resolver: Resolver) -> bool:
    """Whether a decorator makes a class the base of mapped rows: `@as_declarative()`."""
    declares = resolver.vocabulary.role("declares-base")
    for mark in cls.summary.decorators:
        path = mark.func if isinstance(mark, Call) else mark.path if isinstance(mark, Ref) else ""
        if path and any(isinstance(entity, External) and declares.calls(entity.name) for entity in resolver.walk(cls.scope, path).objects):
            return True
    return False


def _metaclass(cls: Class, resolver: Resolver) -> Class | None:
    given = dict(cls.summary.keywords).get("metaclass")
    found = resolver.walk(cls.scope, given.path).objects if isinstance(given, Ref) else ()
    return next((entity for entity in found if isinstance(entity, Class)), None)


def _is_protocol(cls: Class, outside: Mapping[Class, Sequence[str]]) -> bool:
    return any(name.rpartition(".")[2] == "Protocol" for name in outside.get(cls, ()))


def _link_protocols(protocols: Sequence[Class], classes: Sequence[Class]) -> None:
    """Count what has all methods of a protocol among its subclasses, as a type checker does."""
    having: dict[str, list[Class]] = {}
    for cls in classes if protocols else ():
        for name in cls.methods:
            having.setdefault(name, []).append(cls)
    for protocol in protocols:
        wanted = [name for name in protocol.methods if not name.startswith("__")]
        if len(wanted) < _TELLING:
            continue
        rarest = min(wanted, key=lambda name: len(having[name]))
        for cls in having[rarest]:
            if cls not in protocols and protocol not in cls.lineage and all(cls.find_method(name) for name in wanted):
                protocol.subclasses.append(cls)


def _base_entities(cls: Class, base: Expr, resolver: Resolver) -> tuple[object, ...]:
    view: PointsTo = resolver.walk(cls.scope, base.path) if isinstance(base, Ref) else resolver.value(cls.scope, base)
    if isinstance(base, Call) and not view.objects:
        # `class Api(with_metaclass(Meta, View))`, mixin factories: the arguments are the bases
        return tuple(entity for arg in base.args for entity in resolver.value(cls.scope, arg).objects)
    return tuple(entity for entity in view.objects if not isinstance(entity, Function))


def _lineages(classes: Iterable[Class]) -> dict[Class, list[Class]]:
    """Return the order in which each class and its project ancestors are asked for an attribute."""
    found: dict[Class, list[Class]] = {}
    for cls in classes:
        pending = [] if cls in found else [cls]
        waiting = set(pending)
        while pending:  # the bases first, without recursion; who inherits from itself comes last of all
            current = pending[-1]
            ahead = [base for base in current.bases if base not in found and base not in waiting]
            if ahead:
                pending.extend(ahead)
                waiting.update(ahead)
                continue
            waiting.discard(pending.pop())
            found[current] = _linearised(current, found)
    return found


def _linearised(cls: Class, found: Mapping[Class, Sequence[Class]]) -> list[Class]:
    """Merge the orders of the bases as Python does (C3); where they contradict each other, the first that waits goes on.

    A class on the way costs one step for each order that holds it, so that a long line of inheritance is no matter.
    """
    known = [found.get(base, (base,)) for base in cls.bases]
    if len(known) == 1:
        return [cls, *(one for one in known[0] if one is not cls)]
    merged: dict[Class, None] = {}
    # the next class of each order is its last element; what was merged out of turn stays in an order until it is next there
    orders = [list(reversed(order)) for order in (*known, cls.bases)]
    behind = Counter(one for order in orders for one in order[:-1])
    while orders := [order for order in orders if order]:
        chosen = next((order[-1] for order in orders if not behind[order[-1]]), orders[0][-1])
        merged[chosen] = None
        for order in orders:
            while order and order[-1] in merged:
                order.pop()
                if order:
                    behind[order[-1]] -= 1
    return [cls, *(one for one in merged if one is not cls)]
