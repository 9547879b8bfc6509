"""What annotations promise, what containers hold, and every value that is bound to a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.names import library_results
from statelint.program.names.nodes import NOTHING, Class, External, Function, Instance, Module, PointsTo
from statelint.program.names.points_to import joined, union
from statelint.survey.summary import UNKNOWN, Call, Const, Display, Either, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.names.interface import Resolver
    from statelint.program.names.nodes import AbstractObject, Location


def annotated(resolver: Resolver, function: Function, annotation: Expr | None) -> PointsTo:
    """Return what a value with this annotation is: an instance of the class named."""
    if isinstance(annotation, Either):
        return union(resolver.annotated(function, option) for option in annotation.options)
    if isinstance(annotation, Display) and annotation.items and isinstance(annotation.items[0], Ref):
        return _parametrised(resolver, function, annotation.items[0].path.rpartition(".")[2], annotation.items)
    if not isinstance(annotation, Ref):
        return NOTHING
    objects: list[AbstractObject] = []
    view = resolver.walk(function, annotation.path)
    if not view.objects and view.places:  # an alias: `Db = Annotated[Session, Depends(get_db)]`
        return union(resolver.alias(place.location) for place in view.places if place.location.kind == "global")
    for entity in view.objects:
        if isinstance(entity, Class):
            objects.append(entity.instance)
        elif isinstance(entity, External):
            objects.append(resolver.made(entity.name))
    return PointsTo(tuple(objects))


def alias(resolver: Resolver, location: Location) -> PointsTo:
    """Return what a value is whose annotation is an alias, `Db = Annotated[Session, Depends(get_db)]`, that a module defines."""
    values = resolver.values_of(location)
    return union(resolver.annotated(scope, expr) for scope, expr in values if isinstance(expr, Display) and expr.kind == "tuple")


def _parametrised(resolver: Resolver, function: Function, head: str, items: tuple[Expr, ...]) -> PointsTo:
    """What a value annotated `Head[...]` is; `items` begin with the head itself."""
    if head in ("Annotated", "Depends") and len(items) > 1:
        marked = [resolver.value(function, extra) for extra in items[2:] if isinstance(extra, Call)]
        found = union([view for view in marked if view.objects])
        return found if found.objects else resolver.annotated(function, items[1])
    if head in ("Type", "type"):  # the class itself, not an instance of it
        found = union(resolver.annotated(function, item) for item in items[1:])
        return PointsTo(tuple(entity.cls if isinstance(entity, Instance) else entity for entity in found.objects))
    if head in resolver.vocabulary.words("wrapper-annotation"):
        return union(resolver.annotated(function, item) for item in items[1:])
    return resolver.annotated(function, items[0])


def content(resolver: Resolver, location: Location, key: str) -> PointsTo:
    """Return what a container holds: from its display, its annotation, and what is put into it.

    With a key, of a display with constant keys that alone which stands under it; what is put into it later has no key.
    """
    if location.kind in ("attribute", "application", "parameter"):
        _depends(resolver, location)
    if key:
        return _content_under(resolver, location, key)
    views: list[PointsTo] = []
    noted_already: Expr | None = None
    for function, expr, noted in made_of(resolver, location):
        views += held(resolver, function, expr, deep=location.kind != "local")
        if noted is not None and noted is not noted_already:
            noted_already = noted
            views.append(elements_noted(resolver, function, noted))
    if location.kind == "parameter" and noted_already is None and isinstance(location.owner, Function):
        scope = location.owner
        views.append(elements_noted(resolver, scope.parent or scope, scope.params[location.name].annotation))
    return joined([*views, resolver.put_in(location)])


def _content_under(resolver: Resolver, location: Location, key: str) -> PointsTo:
    """Return what stands under a key in displays, and else whatever the container holds."""
    views: list[PointsTo] = []
    others = False
    for function, expr, _ in made_of(resolver, location):
        shown = _under(expr, key)
        others = others or shown is None
        for part in shown or ():
            views += held(resolver, function, part, deep=location.kind != "local")
    if views and not others:
        return joined([*views, resolver.put_in(location)])
    return resolver.content(location)


def put_in(resolver: Resolver, location: Location) -> PointsTo:
    """Return what is put into a container after it was made, under whatever key."""
    resolver.depends_on("contents", location)
    views: list[PointsTo] = []
    for function, expr in resolver.flows.contents.get(location, ()):
        views.append(resolver.value(function, expr))
        views += held(resolver, function, expr) if location.kind != "local" else ()
    return joined(views)


def _under(expr: Expr, key: str) -> tuple[Display, ...] | None:
    """What a display holds under a constant key, as a display of that alone; None where it is no display with constant keys."""
    if not isinstance(expr, Display) or expr.kind != "dict" or expr.comprehension:
        return None
    names = [str(one.value) if isinstance(one, Const) else one.path.rpartition(".")[2] if isinstance(one, Ref) else "" for one in expr.keys]
    if not expr.items or not all(names):
        return None
    found = tuple(item for name, item in zip(names, expr.items, strict=False) if name == key)
    return (Display("list", found),)


def held(resolver: Resolver, function: Function, expr: Expr, *, deep: bool = True) -> list[PointsTo]:
    """Return what is in a display or in what a container's constructor makes; if `deep`, in the displays inside too.

    Contents have no depth. What functions put together for themselves are documents more often than tables, and not gone into.
    """
    if isinstance(expr, Either):
        return [view for option in expr.options for view in held(resolver, function, option, deep=deep)]
    if isinstance(expr, Call):
        return library_results.put_into_container(resolver, function, expr)
    if not isinstance(expr, Display) or _is_type_alias(expr):
        return []
    views: list[PointsTo] = []
    for item in expr.items:
        view = resolver.value(function, item)
        views.append(view)
        if isinstance(item, Display) and (deep or expr.kind in ("list", "tuple")):
            views += held(resolver, function, item, deep=deep)
    return views


def elements_noted(resolver: Resolver, function: Function, noted: Expr | None) -> PointsTo:
    """Return what an annotation says of the elements of a container: the stores of `dict[str, list[Store]]`."""
    annotation = _unwrapped(noted, resolver)
    if not isinstance(annotation, Display) or len(annotation.items) < 2 or _holds_nothing(annotation.items[0]):
        return NOTHING
    last = annotation.items[-1]
    if last == UNKNOWN and len(annotation.items) > 2:
        last = annotation.items[-2]
    if isinstance(last, Ref) and last.path in resolver.vocabulary.words("plain-annotation"):
        return NOTHING
    inner = elements_noted(resolver, function, last) if isinstance(last, Display) else NOTHING
    return union([resolver.annotated(function, last), inner])


def _depends(resolver: Resolver, location: Location) -> None:
    """Note which of the flows `made_of` reads."""
    owner, name = location.owner, location.name
    if location.kind == "application":
        resolver.depends_on("application", name)
    elif location.kind == "parameter":
        resolver.depends_on("arguments", owner, name)
    elif isinstance(owner, Class):
        for cls in (owner, *owner.subclasses):
            resolver.depends_on("attribute", cls, name)


def _unwrapped(annotation: Expr | None, resolver: Resolver) -> Expr | None:
    """`dict[str, Job]` of `Optional[dict[str, Job]]` and of `dict[str, Job] | None`."""
    if isinstance(annotation, Either):
        options = [option for option in annotation.options if isinstance(option, Display)]
        return _unwrapped(options[0], resolver) if len(options) == 1 else annotation
    head = annotation.items[0] if isinstance(annotation, Display) and annotation.items else None
    if not isinstance(annotation, Display) or not isinstance(head, Ref):
        return annotation
    wraps = head.path.rpartition(".")[2] in resolver.vocabulary.words("wrapper-annotation")
    inner = [item for item in annotation.items[1:] if isinstance(item, Display)] if wraps else []
    return _unwrapped(inner[0], resolver) if len(inner) == 1 else annotation


def _holds_nothing(head: Expr) -> bool:
    """`Callable[[str], Report]` gives a report when it is called; it has none."""
    return isinstance(head, Ref) and head.path.rpartition(".")[2] in ("Callable", "Type", "type", "Literal")


def made_of(resolver: Resolver, location: Location) -> Iterable[tuple[Function, Expr, Expr | None]]:
    """Yield every value bound to a location, with the function to read it in and its annotation."""
    owner, name = location.owner, location.name
    match location.kind:
        case "global" | "local":
            scope = owner.body if isinstance(owner, Module) else owner
            if isinstance(scope, Function):
                yield from ((scope, binding.value, binding.annotation) for binding in scope.locals.get(name, ()))
                yield from ((writer, write.value, None) for writer, write in scope.global_writes.get(name, ()))
        case "attribute":
            if isinstance(owner, Class):
                for cls in (owner, *owner.subclasses):
                    yield from ((cls.scope, binding.value, binding.annotation) for binding in cls.bindings.get(name, ()))
                    yield from ((writer, write.value, write.annotation) for writer, write in cls.attribute_writes.get(name, ()))
        case "application":
            yield from ((function, expr, None) for function, expr in resolver.flows.application.get(name, ()))
        case "parameter":
            if isinstance(owner, Function):
                yield from (
                    (caller, expr, owner.params[name].annotation) for caller, expr in resolver.flows.arguments.get(owner, {}).get(name, ())
                )
        case _:
            return


def _is_type_alias(expr: Display) -> bool:
    head = expr.items[0] if expr.kind == "tuple" and expr.items else None
    return isinstance(head, Ref) and head.path.rpartition(".")[2] in ("Annotated", "Union", "Optional")
