"""The nodes of the route graph: what a name, a call or a class stands for among routers and applications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names.link import absolute_module
from statelint.program.names.nodes import Class, External, ExternalValue, Function, Instance, Location, Module
from statelint.program.names.resolver import split
from statelint.program.routing.routes import Group, RouteGraph, Site
from statelint.survey.summary import Call, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.names.nodes import AbstractObject
    from statelint.program.names.resolver import Resolver
    from statelint.program.routing.paths import PathReader
    from statelint.program.routing.routing_names import RoutingNames
    from statelint.rulebook.schema import Router

_URL_LIST: Final = "urlpatterns"
_MADE_PLACES: Final = ("global", "local", "attribute", "application")


class RouterNodes:
    """Finds the nodes behind expressions, and notes what they are: applications, routers, controllers."""

    def __init__(self, resolver: Resolver, names: RoutingNames, paths: PathReader) -> None:
        self._resolver = resolver
        self._names = names
        self._paths = paths
        self.table = RouteGraph()
        self.listed: set[object] = set()
        """Entries of route lists, and handlers in them, that an application or router takes up."""

    def made(self, function: Function, call: Call) -> Group:
        """Return the nodes of a call that makes something: the call itself, and what it is bound to."""
        site = Site(function.module.path, call.line, call.column, call.func)
        bound = next((s.bound for s in function.summary.calls if s.bound and same_call(s.call, call)), "")
        return (site, *(self.group(function, Ref(bound)) if bound else ()))

    def group(self, function: Function, expr: Expr) -> Group:
        """Return the nodes that a name stands for, without following what is kept there; attributes of libraries are looked through."""
        if not isinstance(expr, Ref):
            return ()
        path = expr.path
        while path:
            view = self._resolver.walk(function, path)
            places = [place.location for place in view.places if not place.inner]
            kept = [location for location in places if location.kind in _MADE_PLACES]
            objects = self.entity_nodes(view.objects)
            if kept or objects:
                if any(
                    isinstance(entity, (ExternalValue, External)) and entity.name in self._names.applications for entity in view.objects
                ):
                    self.table.roots.update(kept)
                return tuple(dict.fromkeys((*kept, *objects)))
            path, step = split(path)
            if not step or step == "()":
                return ()
        return ()

    def url_lists(self, module: Module) -> Group:
        """Return the nodes of a module's list of URLs: where the list is kept, be it in a module that this one imports it from."""
        nodes = self._url_lists(module, {module})
        return nodes or (Location("global", module, _URL_LIST),)

    def _url_lists(self, module: Module, seen: set[Module]) -> Group:
        body = module.body
        bindings = body.locals.get(_URL_LIST, ())
        found: list[object] = []
        if bindings or _URL_LIST in body.global_writes:
            found.append(Location("global", module, _URL_LIST))
        if _URL_LIST in body.imports:
            found.extend(self.group(body, Ref(_URL_LIST)))
        elif all(binding.how == "aug" for binding in bindings):  # `from shop.base_urls import *`, and more put in
            for star in body.module.stars:
                target = self._resolver.module(absolute_module(module, star))
                if target is not None and target not in seen:
                    seen.add(target)
                    found.extend(self._url_lists(target, seen))
        return tuple(dict.fromkeys(found))

    def entity_nodes(self, objects: Iterable[AbstractObject]) -> list[object]:
        """Return the nodes that entities are by themselves: modules with a list of URLs, functions, classes that take routes."""
        found: list[object] = []
        for entity in objects:
            if isinstance(entity, Module):
                found.extend(self.url_lists(entity))
            elif isinstance(entity, (Class, Instance)):
                cls = entity if isinstance(entity, Class) else entity.cls
                if self._class_node(cls):
                    found.extend(base for base in cls.lineage if self._class_node(base))
            elif isinstance(entity, Function):
                found.append(entity)
        return found

    def _class_node(self, cls: Class) -> bool:
        """Whether a class is a router, a controller or an application of the project's own; its prefix is noted."""
        routers = [self._names.routers[name] for name in cls.external_bases if name in self._names.routers]
        applications = self._names.applications.intersection(cls.external_bases)
        if applications:
            self.table.roots.add(cls)
        for router in routers:
            self.controller(cls, router)
        return bool(routers or applications)

    def controller(self, cls: Class, router: Router) -> None:
        """Note the prefix that a controller class has in its body."""
        keyword = router.prefix.keyword if router.prefix is not None else ""
        for binding in cls.bindings.get(keyword, ()):
            text = self._paths.text(cls.scope, binding.value)
            if text:
                self.table.own.setdefault(cls, text)

    def receiver(self, function: Function, call: Call) -> Group:
        """Return the nodes of the object whose method is called; a chained call stands for what the inner call makes."""
        prefix, step = split(call.func)
        if step[:1] != ".":
            return ()
        if prefix.endswith("()"):
            inner = next((s.call for s in function.summary.calls if s.call.func == prefix[:-2] and _starts_alike(s.call, call)), None)
            if inner is None:
                return ()
            made = self.made(function, inner)
            return made if made[0] in self.table.own or made[0] in self.table.parents else self.receiver(function, inner)
        if prefix in function.params and function in self.listed:
            return (function,)  # `def includeme(config)`, which something includes below a prefix
        if any(isinstance(entity, Module) for entity in self._resolver.walk(function, prefix).objects):
            return ()
        return tuple(node for node in self.group(function, Ref(prefix)) if not isinstance(node, Function))

    def controller_of(self, function: Function) -> Group:
        """Return what a decorated handler hangs on by itself: its controller class, or the handler alone."""
        owner = function.owner
        if owner is None:
            return (function,)
        self._class_node(owner)
        return (owner,)

    def has_prefix(self, group: Group) -> bool:
        """Whether a router was made with a path of its own."""
        return any(node in self.table.own for node in group)


def same_call(one: Call, other: Call) -> bool:
    """Whether two calls stand at the same place."""
    return (one.line, one.column, one.func) == (other.line, other.column, other.func)


def _starts_alike(inner: Call, outer: Call) -> bool:
    """Whether one call is the beginning of a chain that the other ends; a decorator without a call has no place."""
    return outer.line == 0 or (inner.line, inner.column) == (outer.line, outer.column)
