"""Where the outside world comes in: handlers, sockets, middleware, start-up hooks, jobs and commands, and the route table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names.nodes import Class, Function, Instance, Module
from statelint.program.routing.gateways import Gateways
from statelint.program.routing.library_objects import LibraryObjects
from statelint.program.routing.mounting import Mounts
from statelint.program.routing.object_tree_routes import pages
from statelint.program.routing.owners import URL_LIST, owners
from statelint.program.routing.paths import PathReader, join, normalised_path
from statelint.program.routing.points import (
    PUBLIC_PARTS,
    VERBS,
    VIEWSET_VERBS,
    EntryPoint,
    EntryPoints,
    Keep,
    Mark,
    PointBook,
    class_handler,
    class_verbs,
    module_responders,
)
from statelint.program.routing.registrations import ANY_ROUTER, Registered, RegistrationReader
from statelint.program.routing.routes import RouteEntry, Site, ordered
from statelint.program.routing.routing_names import RoutingNames

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.program.calls.callgraph import CallGraph
    from statelint.program.evaluation.settings import Settings
    from statelint.program.names.resolver import Resolver
    from statelint.program.routing.routes import Group
    from statelint.program.vocabulary import Vocabulary

__all__ = ["EntryPoint", "EntryPointFinder", "EntryPoints"]
_SERVED: Final = ("request", "websocket")


class EntryPointFinder:
    """Collects entry points from registrations, base classes and settings, and joins the route table."""

    def __init__(self, resolver: Resolver, vocabulary: Vocabulary, graph: CallGraph, functions: Sequence[Function]) -> None:
        self._resolver = resolver
        self._vocabulary = vocabulary
        self._graph = graph
        self._functions = functions
        self._names = RoutingNames(vocabulary, functions)
        paths = PathReader(resolver)
        self._mounts = Mounts(resolver, self._names, graph, functions, paths)
        self._reader = RegistrationReader(resolver, self._names, graph, self._mounts, paths)
        self._book = PointBook(vocabulary)
        self._routes: list[RouteEntry] = []
        self._named: dict[str, list[Registered]] = {}
        """Routes that have a name (Pyramid)."""
        self._views: dict[str, list[Registered]] = {}
        """Views that refer to a route by its name."""

    def find(self, classes: Iterable[Class], settings: Settings | None, configured: Sequence[str] = ()) -> EntryPoints:
        """Run all searches and join the route table."""
        classes = [cls for cls in classes if cls.module.part in PUBLIC_PARTS]
        self._mounts.build(self._root_modules(settings))
        found = list(self._registrations(classes))
        self._note_unlisted(found)
        for registered in found:
            if registered.event and registered.role in _SERVED:
                table_of = self._named if registered.paths is not None else self._views
                table_of.setdefault(registered.event, []).append(registered)
        rows = [(group, path, target) for group, path, scope, expr in self._mounts.rows for target in self._reader.targets(scope, expr)]
        filled = {node for registered in found if registered.paths is not None for node in registered.group}
        self._mounts.close(filled | {node for group, _, _ in rows for node in group})
        for registered in found:
            self._book.hangs_on = registered.group
            self._take(registered)
        for group, path, target in rows:
            self._book.hangs_on = group
            self._row(group, path, target)
        self._book.hangs_on = ()
        for cls in classes:
            self._inherited(cls)
        if settings is not None:
            self._from_settings(settings)
        Gateways(self._resolver, self._vocabulary, self._graph, self._functions, self._book).find()
        self._configured(configured)
        LibraryObjects(self._resolver, self._vocabulary, self._graph, self._functions, self._book).find()
        unfollowed = sorted(
            dict.fromkeys((*self._reader.unread, *self._mounts.table.unfollowed)), key=lambda place: (place[0].path, place[1])
        )
        return EntryPoints(
            self._book.points(),
            ordered(self._routes),
            not unfollowed,
            frozenset(self._book.request_classes),
            self._book.held(),
            tuple(unfollowed),
            self._mounted(),
            owners(self._web_applications(settings), self._book.hanging, self._mounts.table),
        )

    def _mounted(self) -> frozenset[tuple[str, int, int]]:
        hanging = self._mounts.table.parents
        return frozenset(
            (site.path, site.line, site.column) for site, made in self._mounts.applications.items() if any(node in hanging for node in made)
        )

    def _web_applications(self, settings: Settings | None) -> dict[Site, Group]:
        """Return the calls in the project's own code that make an application for requests, and the lists of routes that settings name."""
        web = {name for one in self._vocabulary.frameworks.values() if one.web for name in one.applications}
        made = {
            Site(call.function.module.path, call.site.call.line, call.site.call.column, call.site.call.func)
            for name in web
            for call in self._graph.library_calls.get(name, ())
            if call.function.module.part in PUBLIC_PARTS
        }
        found = {site: nodes for site, nodes in self._mounts.applications.items() if site in made}
        for module in self._root_modules(settings) if found else ():
            found.setdefault(Site(module.path, 1, 0, URL_LIST), self._mounts.url_lists(module))
        return found

    # -- collecting

    def _root_modules(self, settings: Settings | None) -> Iterator[Module]:
        for value in settings.strings("ROOT_URLCONF") if settings is not None else ():
            module = self._resolver.modules.get(value.text)
            if module is not None:
                yield module

    def _registrations(self, classes: Iterable[Class]) -> Iterator[Registered]:
        for function in self._functions:
            if function.module.part in PUBLIC_PARTS and function.summary.decorators:
                yield from self._reader.decorated(function, function.summary.decorators, function.parent or function)
        for cls in classes:
            yield from self._reader.decorated(cls, cls.summary.decorators, cls.scope)
        for name, rows in self._names.registrations.items():
            yield from self._reader.called(name, rows)
        yield from self._reader.called_unknown()

    def _note_unlisted(self, found: Iterable[Registered]) -> None:
        """Where a framework's routes are taken up from lists, an entry that stands in none of them is not served."""
        kinds: dict[str, list[object]] = {}
        for registered in found:
            for node in registered.group:
                if isinstance(node, (Site, Function, Class)) and registered.paths is not None:
                    kinds.setdefault(f"{type(node).__name__} {registered.row.names[0].partition('.')[0]}", []).append(node)
        for nodes in kinds.values():
            if not self._mounts.listed.isdisjoint(nodes):
                self._mounts.table.detached.update(node for node in nodes if node not in self._mounts.listed)

    # -- routes

    def _take(self, registered: Registered) -> None:
        """Add the entry points and routes of one registration."""
        row, role = registered.row, registered.role
        paths = registered.paths
        named = self._named.get(registered.event, ()) if paths is None and registered.event and role in _SERVED else ()
        shown = self._shown(registered.group, paths, registered.version) if paths else ""
        for route in named:
            shown = shown or self._shown(route.group, route.paths or (), route.version)
        mark = Mark(registered.verbs, shown, registered.label, registered.suffix)
        keep = Keep(row.lifetime, registered.module, registered.line, VERBS if row is ANY_ROUTER else ())
        if paths is not None and self._tree(registered, paths):
            return
        for target in registered.targets:
            self._book.add_target(target, role, mark, keep)
            if registered.is_handed and isinstance(target, Function) and role in _SERVED:
                self._book.hold_receiver(target, keep, mark.text)
            if role == "middleware" and isinstance(target, Function):
                self._closures(target, mark.label)
        for route in named:
            self._enter(registered, route.group, route.paths or (), route.version)
        if paths is not None and not (not registered.targets and registered.event in self._views):  # its views are its entries
            self._enter(registered, registered.group, paths, registered.version)

    def _inherited(self, cls: Class) -> None:
        """Add what a framework calls of a class because of its base, and what a method gives it to put around requests."""
        self._book.inherited(cls)
        for base in self._book.bases_of(cls):
            for name in base.methods if base.role == "middleware" else ():
                method = cls.methods.get(name)
                if method is not None:
                    self._closures(method, f"{cls.name}.{name}")

    def _closures(self, factory: Function, label: str) -> None:
        """Add what a factory of middleware returns: it is that which every request goes through."""
        for inner in self._resolver.returned(factory).objects:
            if isinstance(inner, Function) and inner.parent is factory:
                self._book.add(inner, "middleware", label)

    def _tree(self, registered: Registered, paths: Sequence[str]) -> bool:
        """A tree of objects with exposed methods, if that is what is mounted."""
        found = [
            page
            for target in registered.targets
            if isinstance(target, Instance) and registered.row.lifetime == "process"
            for path in paths
            for full in self._mounts.table.paths(registered.group, path)
            for page in pages(target.cls, full.rstrip("/"), self._resolver, self._functions)
        ]
        for page in found:
            path, method = normalised_path(page.path), page.method
            self._book.add(method, "request", f"{'|'.join(page.verbs)} {path}".strip(), with_path=True)
            self._routes.append(RouteEntry(path, page.verbs, method, method.module, method.summary.line))
            if method.owner is not None:
                self._book.hold(method.owner, registered.module, registered.line, path)
        return bool(found)

    def _shown(self, group: Group, paths: Sequence[str], version: str) -> str:
        """The first full path, or the router's own part of it where nothing serves it."""
        for path in paths[:1]:
            full = self._mounts.table.paths(group, path, version)
            return normalised_path(full[0] if full else join(self._mounts.table.own_prefix(group), path))
        return ""

    def _enter(self, registered: Registered, group: Group, paths: Sequence[str], version: str) -> None:
        """Put the paths of a registration into the route table, under every prefix that serves them."""
        target = next((t for t in registered.targets if isinstance(t, (Function, Class, Instance, Module))), None)
        cls = target.cls if isinstance(target, Instance) else target if isinstance(target, Class) else None
        for path in paths:
            for full in self._mounts.table.paths(group, path, version):
                if cls is not None:
                    self._routes.extend(self._of_class(cls, full, registered))
                elif isinstance(target, Module):
                    for verb, responder in module_responders(target, registered.suffix):
                        self._add_route(full, (verb,), responder, registered)
                else:
                    handler = target if isinstance(target, Function) else None
                    self._add_route(full, registered.verbs, handler, registered)

    def _add_route(self, path: str, verbs: tuple[str, ...], handler: Function | None, registered: Registered) -> None:
        self._routes.append(RouteEntry(normalised_path(path), verbs, handler, registered.module, registered.line))

    def _of_class(self, cls: Class, path: str, registered: Registered) -> Iterator[RouteEntry]:
        """The routes of a class-based handler: one path, or those of a view set."""
        module, line = registered.module, registered.line
        if any(name.endswith("ViewSet") or ".viewsets." in name for name in cls.external_bases):
            yield from self._of_view_set(cls, path, registered)
            return
        said = registered.verbs if registered.verbs != (registered.row.verb,) else ()
        verbs = said or class_verbs(cls, registered.suffix) or registered.verbs
        yield RouteEntry(normalised_path(path), verbs, class_handler(cls, registered.suffix), module, line)

    def _of_view_set(self, cls: Class, path: str, registered: Registered) -> Iterator[RouteEntry]:
        """`router.register("orders", OrderViewSet)`: the collection, an element, and the actions of its own."""
        base = f"{normalised_path(path).rstrip('/')}/"
        own = [name for name in VIEWSET_VERBS if cls.find_method(name) is not None]
        whole = tuple(VIEWSET_VERBS[name] for name in own if name in ("list", "create"))
        single = tuple(VIEWSET_VERBS[name] for name in own if name not in ("list", "create"))
        yield RouteEntry(base, whole, cls.find_method("list"), registered.module, registered.line)
        yield RouteEntry(f"{base}{{pk}}/", single, cls.find_method("retrieve"), registered.module, registered.line)
        for method, detail, name, verbs in self._reader.actions(cls):
            full = f"{base}{{pk}}/{name}/" if detail else f"{base}{name}/"
            self._book.add(method, "request", f"{'|'.join(verbs)} {full}".strip(), with_path=True)
            yield RouteEntry(full, verbs, method, method.module, method.summary.line)

    def _row(self, group: Group, path: str, target: object) -> None:
        """A `(path, handler)` row of a list of handlers."""
        fulls = self._mounts.table.paths(group, path)
        mark = Mark((), fulls[0] if fulls else path)
        cls = target.cls if isinstance(target, Instance) else target if isinstance(target, Class) else None
        if cls is not None:
            self._book.add_class(cls, "request", mark, Keep("request", cls.module, cls.summary.line))
            verbs, handler = class_verbs(cls), class_handler(cls)
            self._routes.extend(RouteEntry(normalised_path(full), verbs, handler, cls.module, cls.summary.line) for full in fulls)
        elif isinstance(target, Function):
            self._book.add(target, "request", mark.text, with_path=True)
            self._routes.extend(RouteEntry(normalised_path(full), (), target, target.module, target.summary.line) for full in fulls)

    # -- settings, raw gateways, configuration

    def _from_settings(self, settings: Settings) -> None:
        for name, entry in self._vocabulary.setting_entries.items():
            for value in settings.strings(name):
                for target in self._reader.by_name(value.text):
                    mark = Mark(label=f"{name} {value.text.rpartition('.')[2]}")
                    if isinstance(target, Class):
                        self._book.add_class(target, entry.role, mark, Keep(entry.lifetime, value.module, value.line, entry.methods))
                    elif isinstance(target, Function):
                        self._book.add(target, entry.role, mark.label)
                        for children in target.children.values():  # `def middleware(get_response): def inner(request): ...`
                            for child in children:
                                if isinstance(child, Function):
                                    self._book.add(child, entry.role, mark.label)

    def _configured(self, names: Sequence[str]) -> None:
        for name in names:
            for target in self._reader.by_name(name):
                if isinstance(target, Function):
                    self._book.add(target, "request", f"entry point {name}")
                elif isinstance(target, Class):
                    self._book.hooks(target, "request", Mark(label=f"entry point {name}"), ())
