"""Where the outside world comes in: handlers, sockets, middleware, start-up hooks, jobs and commands, and the route table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.callgraph import CallGraph, LibraryCall, is_main_guarded
from statelint.program.nodes import Class, External, Function, Instance, Made, Module
from statelint.survey.summary import Call, Const, Display, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.program.resolve import Resolver
    from statelint.program.settings import Settings
    from statelint.program.vocabulary import Vocabulary
    from statelint.rulebook.schema import Argument, Registration, Role
    from statelint.survey.summary import CallSite

SERVING_ROLES: Final = frozenset({"request", "websocket", "middleware", "dependency", "error", "signal", "background"})
_VERBS: Final = frozenset({"get", "post", "put", "delete", "patch", "head", "options", "trace"})
_ROUTE_METHODS: Final = _VERBS | {"route", "api_route", "websocket", "websocket_route", "view"}
_PUBLIC_PARTS: Final = frozenset({"app", "settings", "job", "command"})


class EntryPoint(NamedTuple):
    """A function that is called from outside the project."""

    function: Function
    role: Role
    text: str
    """How a person names it: `POST /jobs/{id}`, `middleware`, `celery task`."""


class RouteEntry(NamedTuple):
    """A path of the application, prefixes joined where they could be followed."""

    path: str
    verbs: tuple[str, ...]
    handler: Function | None
    module: Module
    line: int


class EntryPoints(NamedTuple):
    """Everything found, in a fixed order."""

    points: tuple[EntryPoint, ...]
    routes: tuple[RouteEntry, ...]
    routes_complete: bool
    """False where routes are made by code that could not be followed."""
    request_classes: frozenset[Class]
    """Classes of which the framework makes an instance for each request or connection."""
    held_classes: tuple[tuple[Class, Module, int, str], ...]
    """Classes of which the framework keeps one instance as long as the process, where, and why."""


def text_of(expr: Expr | None) -> str | None:
    """Return a constant string, the constant head of a partial one with `{...}` for the rest, or None."""
    if isinstance(expr, Const) and isinstance(expr.value, str):
        return expr.value
    if isinstance(expr, Template):
        return "".join(part.value if isinstance(part, Const) and isinstance(part.value, str) else "{}" for part in expr.parts)
    return None


class EntryPointFinder:
    """Collects entry points from registrations, base classes and settings."""

    def __init__(self, resolver: Resolver, vocabulary: Vocabulary, graph: CallGraph, functions: Sequence[Function]) -> None:
        self._resolver = resolver
        self._vocabulary = vocabulary
        self._graph = graph
        self._functions = functions
        self._points: dict[tuple[Function, str], EntryPoint] = {}
        self._routes: list[tuple[RouteEntry, object]] = []
        self._incomplete = False
        self._request_classes: set[Class] = set()
        self._held: dict[Class, tuple[Module, int, str]] = {}
        self._decorating: set[tuple[Function, int, int]] = set()

    def find(self, classes: Iterable[Class], settings: Settings | None, configured: Sequence[str] = ()) -> EntryPoints:
        """Run all searches and join the route table."""
        for function in self._functions:
            if function.module.part in _PUBLIC_PARTS:
                self._decorated(function, function.summary.decorators, function)
        for cls in classes:
            if cls.module.part in _PUBLIC_PARTS:
                self._decorated(cls, cls.summary.decorators, cls.scope)
                self._inherited(cls)
        for name, registrations in self._vocabulary.registrations.items():
            for registration in registrations:
                if registration.form != "decorator" or registration.handler is not None:
                    for call in self._graph.library_calls.get(name, ()):
                        self._registered(registration, call)
        if settings is not None:
            self._from_settings(settings)
        self._raw_gateways()
        self._configured(configured)
        prefixes = PrefixTable(self._resolver, self._vocabulary, self._graph)
        routes = tuple(entry for route, router in self._routes for entry in prefixes.join(route, router))
        points = tuple(sorted(self._points.values(), key=_order))
        held = tuple((cls, *where) for cls, where in self._held.items())
        return EntryPoints(points, _with_full_paths(routes), not self._incomplete, frozenset(self._request_classes), held)

    # -- adding

    def _add(self, function: Function, role: Role, text: str) -> None:
        if function.module.part == "test":
            return
        self._points.setdefault((function, role), EntryPoint(function, role, text))

    def _add_target(self, target: object, role: Role, text: str, registration: Registration, line: int, module: Module) -> None:
        """Add a handler: a function, a class, or an instance of one."""
        if isinstance(target, Function):
            self._add(target, role, text)
        elif isinstance(target, (Class, Instance)):
            cls = target.cls if isinstance(target, Instance) else target
            lifetime = "process" if isinstance(target, Instance) else registration.lifetime
            self._add_class(cls, role, text, lifetime, (), line, module)

    def _add_class(
        self, cls: Class, role: Role, text: str, lifetime: str, methods: Sequence[str], line: int, module: Module
    ) -> None:
        called = False
        for base in self._bases_of(cls):
            self._hooks(cls, role, text, base.methods)
            called = True
            lifetime = "process" if _made_once(cls) else base.lifetime
        if not called:
            self._hooks(cls, role, text, methods)
        if lifetime == "process":
            self._held.setdefault(cls, (module, line, text))
        else:
            self._request_classes.add(cls)

    def _bases_of(self, cls: Class) -> Iterator[object]:
        for name in cls.external_bases:
            yield from self._vocabulary.bases.get(name, ())

    def _hooks(self, cls: Class, role: Role, text: str, names: Sequence[str]) -> None:
        """Add the methods that a framework calls; without names, every public one and `__call__`."""
        seen: set[str] = set()
        for ancestor in cls.lineage:
            for name, method in ancestor.methods.items():
                public = name == "__call__" or not name.startswith("_")
                if name not in seen and (name in names if names else public):
                    seen.add(name)
                    verb = f"{name.upper()} {text}" if name in _VERBS and text.startswith("/") else text
                    self._add(method, role, verb or f"{cls.name}.{name}")

    # -- decorators

    def _decorated(self, target: Function | Class, decorators: Sequence[Expr], scope: Function) -> None:
        where = scope.parent or scope if isinstance(target, Function) else scope
        for decorator in decorators:
            path = decorator.path if isinstance(decorator, Ref) else decorator.func if isinstance(decorator, Call) else ""
            if not path:
                continue
            call = decorator if isinstance(decorator, Call) else None
            known = False
            for entity in self._resolver.walk(where, path).entities:
                if isinstance(entity, (External, Made)):
                    for registration in self._vocabulary.registrations.get(entity.name, ()):
                        if registration.form != "call":
                            self._decorate(target, registration, call, path, where)
                            known = True
            if not known and call is not None:
                self._unknown_router(target, call, path, where)

    def _decorate(self, target: Function | Class, registration: Registration, call: Call | None, path: str, where: Function) -> None:
        role = _role(registration, call)
        text = self._text(registration, call, where)
        route = self._path(registration, call, where)
        line = call.line if call is not None else target.summary.line
        self._add_target(target, role, text, registration, line, target.module)
        if route is not None and role in ("request", "websocket"):
            for one in route:
                handler = target if isinstance(target, Function) else None
                router = self._router(where, path.rpartition(".")[0])
                entry = RouteEntry(one, _verbs(registration, call), handler, target.module, target.summary.line)
                self._routes.append((entry, router))
        elif route is None and role == "request" and registration.path is not None and call is not None and call.args:
            self._incomplete = True

    def _unknown_router(self, target: Function | Class, call: Call, path: str, where: Function) -> None:
        """`@something.get("/path")` on an object that could not be followed is a route all the same."""
        method = path.rpartition(".")[2]
        first = text_of(call.args[0]) if call.args else None
        if method in _ROUTE_METHODS and "." in path and first is not None and first[:1] in ("/", "^", ""):
            if first == "" and method not in _VERBS:
                return
            role: Role = "websocket" if method.startswith("websocket") else "request"
            verb = method.upper() if method in _VERBS else ""
            text = f"{verb} {first}".strip() or path
            if isinstance(target, Function):
                self._add(target, role, text)
            else:
                self._add_class(target, role, text, "request", tuple(_VERBS), call.line, target.module)
            handler = target if isinstance(target, Function) else None
            router = self._router(where, path.rpartition(".")[0])
            self._routes.append((RouteEntry(first, (verb,) if verb else (), handler, target.module, target.summary.line), router))

    # -- calls

    def _registered(self, registration: Registration, call: LibraryCall) -> None:
        function, site = call.function, call.site
        if function.module.part in ("test", "script") or is_main_guarded(function, site.guards) and registration.role == "command":
            return
        given = _argument(registration.handler, site.call)
        if given is None:
            if registration.form == "both" or registration.handler is None:
                self._called_decorator(registration, call)
            return
        role = _role(registration, site.call)
        text = self._text(registration, site.call, function)
        if self._table(registration, call, given):
            return
        targets = list(self._targets(function, given))
        for target in targets:
            self._add_target(target, role, text, registration, site.call.line, function.module)
        routes = self._path(registration, site.call, function)
        if routes is not None and role in ("request", "websocket"):
            handler = next((target for target in targets if isinstance(target, Function)), None)
            for one in routes:
                router = self._router(function, site.call.func.rpartition(".")[0]) if "." in site.call.func else None
                entry = RouteEntry(one, _verbs(registration, site.call), handler, function.module, site.call.line)
                self._routes.append((entry, router or (function, site.call)))

    def _table(self, registration: Registration, call: LibraryCall, given: Expr) -> bool:
        """A list of (path, handler) pairs, as Tornado takes it; names of lists are followed."""
        found = False
        for scope, rows in self._displays(call.function, given, 0):
            for row in rows.items:
                cells = row.items if isinstance(row, Display) and row.kind in ("tuple", "list") else row.args if isinstance(row, Call) else ()
                path = text_of(cells[0]) if len(cells) > 1 else None
                if path is None:
                    continue
                found = True
                for target in self._targets(scope, cells[1]):
                    self._add_target(target, registration.role, normalised_path(path), registration, call.site.call.line, scope.module)
                self._routes.append((RouteEntry(path, (), None, scope.module, call.site.call.line), None))
        return found

    def _displays(self, function: Function, expr: Expr, depth: int) -> Iterator[tuple[Function, Display]]:
        if isinstance(expr, Display):
            yield function, expr
            if depth < 4:
                for item in expr.items:
                    if isinstance(item, Ref):
                        yield from self._displays(function, item, depth + 1)
        elif isinstance(expr, Template) and depth < 4:
            for part in expr.parts:
                yield from self._displays(function, part, depth + 1)
        elif isinstance(expr, Ref) and depth < 4:
            for place in self._resolver.walk(function, expr.path).places:
                for scope, value in self._resolver.values_of(place.location):
                    yield from self._displays(scope, value, depth + 1)

    def _called_decorator(self, registration: Registration, call: LibraryCall) -> None:
        """The call form of a decorator: `app.get("/health")(health)`."""
        made = f"{call.site.call.func}()"
        for site in call.function.summary.calls:
            if site.call.func == made and site.call.line == call.site.call.line and site.call.args:
                for target in self._targets(call.function, site.call.args[0]):
                    if isinstance(target, (Function, Class)):
                        self._decorate(target, registration, call.site.call, call.site.call.func, call.function)

    def _targets(self, function: Function, expr: Expr, depth: int = 0) -> Iterator[object]:
        """Yield the functions, classes and instances that an argument hands over."""
        if depth > 6:
            return
        if isinstance(expr, Display):
            for item in expr.items:
                yield from self._targets(function, item, depth + 1)
            return
        if isinstance(expr, Const) and isinstance(expr.value, str):
            yield from self.by_name(expr.value)
            return
        if isinstance(expr, Call) and expr.func.endswith((".as_view", ".as_asgi")):
            yield from self._resolver.walk(function, expr.func.rpartition(".")[0]).entities
            return
        if isinstance(expr, Call) and not self._resolver.value(function, expr).entities:
            for arg in expr.args[:2]:  # a decorator applied by hand: `csrf_exempt(view)`
                yield from self._targets(function, arg, depth + 1)
            return
        view = self._resolver.value(function, expr)
        found = [entity for entity in view.entities if isinstance(entity, (Function, Class, Instance))]
        yield from found
        if isinstance(expr, Call) and not found:
            for arg in (*expr.args[:2], *(value for key, value in expr.keywords if key in ("endpoint", "app", "view", "dependency"))):
                yield from self._targets(function, arg, depth + 1)
        if not found and isinstance(expr, Ref):
            for place in view.places:
                if not place.inner:
                    for scope, value in self._resolver.values_of(place.location):
                        if isinstance(value, Display):
                            yield from self._targets(scope, value, depth + 1)

    def by_name(self, dotted: str) -> Iterator[object]:
        """Yield what a dotted string (`pkg.mod.Class`, `pkg.mod:func`) names in the project."""
        name = dotted.replace(":", ".")
        module_name, _, attribute = name.rpartition(".")
        module = self._resolver.modules.get(module_name)
        if module is not None:
            yield from self._resolver.walk(module.body, attribute).entities

    # -- classes

    def _inherited(self, cls: Class) -> None:
        for name in cls.external_bases:
            for base in self._vocabulary.bases.get(name, ()):
                self._hooks(cls, base.role, "", base.methods)
                if base.lifetime == "process" or _made_once(cls):
                    self._held.setdefault(cls, (cls.module, cls.summary.line, f"{name} instance"))
                else:
                    self._request_classes.add(cls)

    # -- settings, raw gateways, configuration

    def _from_settings(self, settings: Settings) -> None:
        for name, entry in self._vocabulary.setting_entries.items():
            for value in settings.strings(name):
                for target in self.by_name(value.text):
                    text = f"{name} {value.text.rpartition('.')[2]}"
                    if isinstance(target, Class):
                        self._add_class(target, entry.role, text, entry.lifetime, entry.methods, value.line, value.module)
                    elif isinstance(target, Function):
                        self._add(target, entry.role, text)
                        for children in target.children.values():  # `def middleware(get_response): def inner(request): ...`
                            for child in children:
                                if isinstance(child, Function):
                                    self._add(child, entry.role, text)

    def _raw_gateways(self) -> None:
        """ASGI and WSGI callables: their parameters give them away."""
        for function in self._functions:
            names = [param.name for param in function.summary.params]
            if function.owner is not None:
                names = names[1:]
            if function.module.part != "app" or function.name.rpartition(".")[2] == "__init__":
                continue
            if names == ["scope", "receive", "send"]:
                self._add(function, "middleware", "ASGI application")
            elif names in (["environ", "start_response"], ["env", "start_response"]):
                self._add(function, "middleware", "WSGI application")
            else:
                continue
            if function.owner is not None:
                self._held.setdefault(function.owner, (function.module, function.owner.summary.line, "ASGI or WSGI application"))

    def _configured(self, names: Sequence[str]) -> None:
        for name in names:
            for target in self.by_name(name):
                if isinstance(target, Function):
                    self._add(target, "request", f"entry point {name}")
                elif isinstance(target, Class):
                    self._hooks(target, "request", f"entry point {name}", ())

    # -- texts and paths

    def _path(self, registration: Registration, call: Call | None, function: Function) -> list[str] | None:
        given = _argument(registration.path, call) if call is not None else None
        if given is None:
            return None
        if isinstance(given, Display):
            return [text for item in given.items if (text := self.constant(function, item)) is not None]
        text = self.constant(function, given)
        return None if text is None else [text]

    def constant(self, function: Function, expr: Expr) -> str | None:
        """Return a string, following names to where they are bound."""
        text = text_of(expr)
        if text is not None or not isinstance(expr, Ref):
            return text
        for place in self._resolver.walk(function, expr.path).places:
            for _, value in self._resolver.values_of(place.location):
                found = text_of(value)
                if found is not None:
                    return found
        return None

    def _text(self, registration: Registration, call: Call | None, function: Function) -> str:
        route = self._path(registration, call, function)
        if route:
            verbs = "|".join(_verbs(registration, call))
            return f"{verbs} {route[0]}".strip() or "/"
        name = registration.names[0].split(".")[0]
        event = _argument(registration.event, call) if call is not None else None
        named = text_of(event) if event is not None else None
        return f"{name} {registration.role}" + (f" {named}" if named else "")

    def _router(self, function: Function, path: str) -> object:
        """Return a key for the router that a route hangs on: the place its name is bound to."""
        if not path:
            return None
        view = self._resolver.walk(function, path)
        for place in view.places:
            if place.location.kind in ("global", "local", "attribute", "application"):
                return place.location
        return None


class PrefixTable:
    """Joins the prefixes of routers and includes in front of a route."""

    def __init__(self, resolver: Resolver, vocabulary: Vocabulary, graph: CallGraph) -> None:
        self._resolver = resolver
        self._own: dict[object, str] = {}
        self._parents: dict[object, list[tuple[object, str, bool]]] = {}
        for name, router in vocabulary.routers.items():
            for call in graph.library_calls.get(name, ()):
                key = self._bound_to(call.function, call.site)
                prefix = text_of(_argument(router.prefix, call.site.call)) if router.prefix else None
                if key is not None and prefix:
                    self._own[key] = prefix
        for name, include in [(name, row) for name, rows in vocabulary.includes.items() for row in rows]:
            for call in graph.library_calls.get(name, ()):
                child = _argument(include.child, call.site.call) if include.child else None
                if child is None:
                    continue
                prefix = text_of(_argument(include.prefix, call.site.call)) or "" if include.prefix else ""
                parent = self._key(call.function, Ref(call.site.call.func.rpartition(".")[0])) if "." in call.site.call.func else None
                for key in self._children(call.function, child):
                    self._parents.setdefault(key, []).append((parent, prefix, include.override and bool(prefix)))

    def _bound_to(self, function: Function, site: CallSite) -> object:
        return self._key(function, Ref(site.bound)) if site.bound else None

    def _key(self, function: Function, expr: Expr) -> object:
        if isinstance(expr, Ref) and expr.path:
            view = self._resolver.walk(function, expr.path)
            for place in view.places:
                if place.location.kind in ("global", "local", "attribute", "application"):
                    return place.location
            for entity in view.entities:
                if isinstance(entity, Module):
                    return entity
        if isinstance(expr, Const) and isinstance(expr.value, str):
            return self._resolver.modules.get(expr.value)
        return None

    def _children(self, function: Function, child: Expr) -> Iterator[object]:
        if isinstance(child, Display):
            for item in child.items:
                yield from self._children(function, item)
            return
        key = self._key(function, child)
        if key is not None:
            yield key
            if isinstance(key, Module):
                return
            module = getattr(key, "owner", None)
            if isinstance(module, Module) and getattr(key, "name", "") == "urlpatterns":
                yield module

    def join(self, route: RouteEntry, router: object) -> Iterator[RouteEntry]:
        """Yield the route under every prefix that it is reached by."""
        key = router
        if isinstance(router, tuple) and len(router) == 2 and isinstance(router[0], Function):
            key = router[0].module  # Django: the routes of a module hang together
        for prefix in self._prefixes(key, 0):
            yield route._replace(path=_join(prefix, route.path))

    def _prefixes(self, key: object, depth: int) -> list[str]:
        own = self._own.get(key, "")
        parents = self._parents.get(key, []) if key is not None else []
        if not parents or depth > 6:
            return [own]
        found = []
        for parent, prefix, override in parents[:6]:
            outer = self._prefixes(parent, depth + 1) if parent is not None and parent != key else [""]
            found.extend(_join(_join(before, prefix), "" if override else own) for before in outer)
        return list(dict.fromkeys(found))


def _join(prefix: str, path: str) -> str:
    if not prefix:
        return path
    if not path:
        return prefix
    return f"{prefix.rstrip('/')}/{path.lstrip('^/')}" if not path.startswith("^") or prefix else path


def _with_full_paths(routes: tuple[RouteEntry, ...]) -> tuple[RouteEntry, ...]:
    return tuple(sorted(dict.fromkeys(routes), key=lambda route: (route.path, route.verbs, route.module.path, route.line)))


def _order(point: EntryPoint) -> tuple[str, int, str, str]:
    return (point.function.module.path, point.function.summary.line, point.role, point.text)


def normalised_path(path: str) -> str:
    """Strip the marks of a regular expression around a path."""
    return path.removeprefix("^").removesuffix("$").removesuffix("/?") or "/"


def _made_once(cls: Class) -> bool:
    """Flask's `init_every_request = False`: one instance serves all requests."""
    return any(
        isinstance(binding.value, Const) and binding.value.value is False
        for ancestor in cls.lineage
        for binding in ancestor.bindings.get("init_every_request", ())
    )


def _argument(argument: Argument | None, call: Call | None) -> Expr | None:
    if argument is None or call is None:
        return None
    for name, value in call.keywords:
        if argument.keyword and name == argument.keyword:
            return value
    if argument.position is not None and argument.position < len(call.args):
        return call.args[argument.position]
    return None


def _role(registration: Registration, call: Call | None) -> Role:
    event = _argument(registration.event, call)
    named = text_of(event) if event is not None else None
    if named in ("startup", "shutdown"):
        return named  # type: ignore[return-value]
    return registration.role


def _verbs(registration: Registration, call: Call | None) -> tuple[str, ...]:
    if registration.verb:
        return (registration.verb,)
    given = _argument(registration.methods, call)
    if isinstance(given, Display):
        return tuple(item.value.upper() for item in given.items if isinstance(item, Const) and isinstance(item.value, str))
    return ()


