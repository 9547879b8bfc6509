"""What attributes stand for: of modules, classes and instances, of the application, of library objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names import names, string_names, traits
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
    Module,
    PointsTo,
    Query,
    StateBag,
    Super,
    Wrapped,
)
from statelint.program.names.points_to import joined, union
from statelint.survey.summary import Call, Const, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.names.interface import Resolver
    from statelint.program.names.nodes import AbstractObject, LocationKind
    from statelint.program.vocabulary import Vocabulary

_REQUESTS: Final = frozenset({"request", "pyramid.request.Request", "pyramid.threadlocal.get_current_request"})
"""What requests to which an application may give attributes are called: a parameter by custom, or by its annotation."""
_WHOLE: Final = frozenset({"values", "items", "copy"})
"""Methods of collections that give all that is in them."""
_HELD: Final = frozenset({"result", "get_result", "provided", "provider"})
"""Methods of futures that give what they are the future of, and attributes of providers that stand for them."""
_BASES: Final = 3
"""How many library bases of a class are asked for an attribute."""


def attribute(resolver: Resolver, view: PointsTo, name: str) -> PointsTo:
    """Return what an attribute of what a path stands for stands for."""
    views = [found for entity in view.objects if (found := _attribute_of(resolver, entity, name)) is not None]
    if views:
        found = views[0] if len(views) == 1 else union(views)
        if view.places and name in resolver.vocabulary.words("content-call") and _is_container(resolver, view):
            return PointsTo(found.objects, tuple(LocationPath(place.location, inner=True) for place in view.places), name)
        return found
    inner = tuple(LocationPath(place.location, inner=True) for place in view.places)
    return PointsTo((), inner, name) if inner else NOTHING


def _is_container(resolver: Resolver, view: PointsTo) -> bool:
    """Whether a path stands for a library's container: `jobs: dict[str, Job] = {}`, `OrderedDict()`."""
    containers = resolver.vocabulary.container_bases
    return any(isinstance(entity, ExternalValue) and entity.name in containers for entity in view.objects)


def _attribute_of(resolver: Resolver, entity: AbstractObject, name: str) -> PointsTo | None:
    """Return what one entity has under a name, None if it has nothing."""
    match entity:
        case ExternalValue() | External():
            return _library_attribute(resolver, entity, name)
        case Instance() | Class() | Super():
            return _class_attribute(resolver, entity, name)
        case Module():
            return _of_module(resolver, entity, name)
        case Function():
            return _place("function", entity, name)
        case Query():
            return PointsTo((entity,))
        case StateBag():
            return resolver.bag(f"{entity.name}.{name}" if entity.name else name)
        case Wrapped():
            return _giving(resolver, entity, name)
    return None


def _of_module(resolver: Resolver, module: Module, name: str) -> PointsTo:
    if name == "__dict__":
        return resolver.wrapped(PointsTo(string_names.defined_in(module)))
    return names.module_attribute(resolver, module, name) or _place("global", module, name)


def _giving(resolver: Resolver, entity: Wrapped, name: str) -> PointsTo | None:
    """The methods by which a library's object gives what it holds: `future.result()`, `found.values()`."""
    own = PointsTo((entity,))
    if name in _WHOLE:
        held = resolver.wrapped(own)
        return resolver.wrapped(held) if name == "items" else held
    return own if name in _HELD or name in resolver.vocabulary.words("content-call") else None


def _place(kind: LocationKind, owner: Module | Class | Function, name: str) -> PointsTo:
    return PointsTo(places=(LocationPath(Location(kind, owner, name), inner=False),))


def _class_attribute(resolver: Resolver, entity: Instance | Class | Super, name: str) -> PointsTo | None:
    match entity:
        case Class() if name == "__subclasses__":
            return resolver.wrapped(resolver.wrapped(PointsTo(tuple(entity.descendants()))))
        case Class():
            return _member(resolver, entity, name, bound=False)
        case Super():
            if name == "__new__":
                return PointsTo((entity.cls,))
            found = _member(resolver, entity.cls, name, bound=True, above=True)
            beside = _beside(entity.cls, name)
            return joined([PointsTo(beside), *([found] if found else [])], found.places if found else ()) if beside else found
        case Instance():
            if name == "__class__":
                return PointsTo((entity.cls,))
            return _member(resolver, entity.cls, name, bound=True)


def _library_attribute(resolver: Resolver, entity: ExternalValue | External, name: str) -> PointsTo | None:
    vocabulary = resolver.vocabulary
    if entity.name in _REQUESTS and (given := _of_requests(resolver, name)) is not None:
        return given
    if entity.name == "django.conf.settings" and _is_kept(resolver, f"settings.{name}"):
        return resolver.bag(f"settings.{name}")  # a setting that the program changes
    if name == "settings" and entity.name.endswith("RequestHandler"):
        return PointsTo((StateBag("app.settings"),))  # Tornado's, handed to the application
    if name == "registry" and entity.name.rpartition(".")[2] in ("request", "Request", "application", "Configurator"):
        return PointsTo((StateBag("app.registry"),))  # Pyramid's, one for the process
    if vocabulary.is_application(entity.name, is_made=isinstance(entity, ExternalValue)):
        if name in vocabulary.state_attributes:
            return PointsTo((StateBag(f"app.{name}"), resolver.external(f"{entity.name}.{name}")))
        if entity.name != "application" and _is_kept(resolver, f"app.{name}"):  # not by the mere name of a parameter
            return resolver.bag(f"app.{name}")
        if isinstance(entity, External) and (own := _of_own_application(resolver, entity, name)) is not None:
            return own
    longer = extended(entity.name, f".{name}")
    steps = entity.steps + 1 if entity.steps or isinstance(entity, ExternalValue) else 0
    return PointsTo((resolver.external(longer, steps),)) if longer else NOTHING


def _of_own_application(resolver: Resolver, entity: External, name: str) -> PointsTo | None:
    """What the project's own application class defines: `self.application.workers()`, where `class Shop(tornado.web.Application)`."""
    package = entity.name.partition(".")[0]
    views = [
        view
        for cls in resolver.application_classes()
        if cls.find_method(name) is not None
        and any(base.partition(".")[0] == package or package == "request" for base in cls.external_bases)
        if (view := _member(resolver, cls, name, bound=True)) is not None
    ]
    return union(views) if views else None


def _of_requests(resolver: Resolver, name: str) -> PointsTo | None:
    """What the application gives every request under a name: `config.add_request_method(open_store, "store", reify=True)`."""
    resolver.depends_on("request", name)
    views: list[PointsTo] = []
    for function, call in resolver.flows.request.get(name, ()):
        if isinstance(call, Call):
            view = resolver.value(function, call.args[0])
            flags = dict(call.keywords)
            is_value = any(isinstance(flag, Const) and flag.value is True for flag in (flags.get("reify"), flags.get("property")))
            views.append(resolver.step(view, "()", function) if is_value else view)
    return PointsTo(tuple(dict.fromkeys(entity for view in views for entity in view.objects))) if views else None


def _is_kept(resolver: Resolver, key: str) -> bool:
    """Whether the program assigns below the application object under a key."""
    resolver.depends_on("application", key)
    return key in resolver.flows.application


def bag_place(key: str) -> PointsTo:
    """Return what is kept under a key as a place, before anything is known of it."""
    return PointsTo(places=(LocationPath(Location("application", None, key), inner=False),))


def bag(resolver: Resolver, key: str) -> PointsTo:
    """Return what is kept below the application object under a key."""
    resolver.depends_on("application", key)
    views = [resolver.value(writer, expr) for writer, expr in resolver.flows.application.get(key, ())]
    return joined(views, bag_place(key).places)


def _member(resolver: Resolver, owner: Class, name: str, *, bound: bool, above: bool = False) -> PointsTo | None:
    """A method, nested class or attribute of a class or its instances; `above` leaves the class itself out."""
    for cls in order_of(owner, above=above):
        method = cls.methods.get(name)
        if method is not None:
            if bound and _is_property(method, resolver.vocabulary):
                return resolver.returned(method)
            chosen_late = not above and (bound or _is_called_on_class(method))
            return PointsTo((method, *_overrides(owner, name, method)) if chosen_late else (method,))
        if name in cls.nested:
            return PointsTo((cls.nested[name],))
        resolver.depends_on("attribute", cls, name)
        if name in cls.bindings or name in cls.attribute_writes:
            return resolver.attribute_of(owner, name, above=above)
    externals = owner.external_bases
    if externals:
        views = [_library_attribute(resolver, resolver.external(base), name) for base in externals[:_BASES]]
        if bound and owner.subclasses:  # `self.step()` of a thread that leaves it to the classes below
            views.append(_below(resolver, owner, name, bound=bound))
        found = union(view for view in views if view is not None)
        begins_query = not bound and name in resolver.vocabulary.words("mapped-query")
        return found._replace(objects=(*found.objects, owner.query)) if begins_query else found
    if owner.subclasses and (below := _below(resolver, owner, name, bound=bound)) is not None:
        return below
    return _place("attribute", owner, name) if bound else None


def _below(resolver: Resolver, owner: Class, name: str, *, bound: bool) -> PointsTo | None:
    """What a class leaves to the classes below it: `self.load()` of a base or a mixin that does not define `load`."""
    if name.startswith("__"):
        return None
    methods = owner.found_below(name)
    if methods:
        read = [method for method in methods if bound and _is_property(method, resolver.vocabulary)]
        plain = tuple(method for method in methods if method not in read)
        return union([PointsTo(plain), *(resolver.returned(method) for method in read)])
    below = owner.descendants()
    for cls in below:
        resolver.depends_on("attribute", cls, name)
    holding = [cls for cls in below if name in cls.bindings or name in cls.attribute_writes]
    kept_there = [resolver.attribute_of(cls, name, above=False) for cls in holding]
    if len(kept_there) > 1:  # which of them is meant is not known: to its methods it is the attribute of the class above
        return joined(kept_there, attribute_place(owner, name, above=False).places)
    return kept_there[0] if kept_there else None


def _beside(cls: Class, name: str) -> tuple[Function, ...]:
    """What `super()` leads to in objects that inherit from several classes: the next in their order need not be an ancestor."""
    found: dict[Function, None] = {}
    for sub in cls.descendants() if cls.subclasses else ():
        if len(sub.bases) > 1 and cls in sub.lineage:
            after = sub.lineage[sub.lineage.index(cls) + 1 :]
            following = next((one for one in after if name in one.methods), None)
            if following is not None and following not in cls.lineage:
                found[following.methods[name]] = None
    return tuple(found)


def order_of(cls: Class, *, above: bool) -> list[Class]:
    """Return the classes that are asked for an attribute, in order."""
    return cls.lineage[1:] if above else cls.lineage or [cls]


def _overrides(owner: Class, name: str, method: Function) -> Iterator[Function]:
    """Yield what subclasses put in a method's place, for a receiver typed by the base."""
    for cls in owner.descendants() if owner.subclasses else ():
        if name in cls.methods and cls.methods[name] is not method:
            yield cls.methods[name]


def _is_called_on_class(method: Function) -> bool:
    """Whether a method is meant to be called on a class: of others, `Base.start(self)` is that very one, whatever overrides it."""
    return any(isinstance(one, Ref) and one.path in ("classmethod", "staticmethod") for one in method.summary.decorators)


def _is_property(method: Function, vocabulary: Vocabulary) -> bool:
    for decorator in method.summary.decorators:
        path = decorator.path if isinstance(decorator, Ref) else decorator.func if isinstance(decorator, Call) else ""
        if path.rpartition(".")[2] in vocabulary.words("property-decorator"):
            return True
    return False


def attribute_place(cls: Class, name: str, *, above: bool) -> PointsTo:
    """Return an attribute as a place: it belongs to the class furthest up that binds it."""
    order = order_of(cls, above=above)
    holder = next((base for base in reversed(order) if name in base.bindings or name in base.attribute_writes), cls)
    return PointsTo(places=(LocationPath(Location("attribute", holder, name), inner=False),))


def kept(resolver: Resolver, cls: Class, name: str, *, above: bool) -> PointsTo:
    """Return what is kept in an attribute of a class and its instances, and where."""
    views: list[PointsTo] = []
    alias: list[LocationPath] = []
    for base in order_of(cls, above=above):
        bound = base.bindings.get(name, ())
        views.extend(names.bound_value(resolver, base.scope, binding) for binding in bound)
        if any(traits.is_declared(resolver, base.scope, binding.value) for binding in bound):
            views.append(traits.defaults(resolver, cls, name))
        resolver.depends_on("attribute", base, name)
        for writer, write in base.attribute_writes.get(name, ()):
            view = resolver.value(writer, write.value)
            views.append(names.declared(resolver, writer, view, write.annotation))
            if isinstance(write.value, Ref):
                alias.extend(p for p in view.places if p.location.kind in ("global", "application", "attribute"))
        resolver.depends_on("fields", base, name)
        views.extend(resolver.value(caller, expr) for caller, expr in resolver.flows.fields.get((base, name), ()))
    return joined(views, tuple(dict.fromkeys((*attribute_place(cls, name, above=above).places, *alias))))
