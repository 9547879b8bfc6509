"""Read the decorators and calls by which functions and classes become handlers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.calls.callgraph import is_main_guarded
from statelint.program.names.nodes import Class, External, ExternalValue, Function, Instance, Module
from statelint.program.names.resolver import split
from statelint.program.routing.mounting import argument
from statelint.program.routing.paths import text_of
from statelint.program.routing.points import VERBS, module_responders
from statelint.rulebook.schema import Registration
from statelint.survey.summary import Call, Const, Display, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.program.calls.callgraph import CallGraph, LibraryCall
    from statelint.program.names.resolver import Resolver
    from statelint.program.routing.mounting import Mounts
    from statelint.program.routing.paths import PathReader
    from statelint.program.routing.routes import Group
    from statelint.program.routing.routing_names import RoutingNames
    from statelint.rulebook.schema import Role

_ROUTE_METHODS: Final = frozenset({*VERBS, "route", "api_route", "websocket", "websocket_route", "view"})
_LIBRARY_VERBS: Final = frozenset({"get", "post", "put", "delete", "route"})
"""What a library's object of which nothing is known is a router by; `patch` is what tests do to names."""
_HANDED: Final = ("endpoint", "app", "view", "dependency")
ANY_ROUTER: Final = Registration(names=("router",), role="request", lifetime="request")
"""Stands for a decorator with a path on an object that could not be followed."""


class Registered(NamedTuple):
    """One registration: what is handed over, and where it hangs."""

    row: Registration
    role: Role
    targets: tuple[object, ...]
    group: Group
    """What the route hangs on; empty for an application that could not be told."""
    paths: tuple[str, ...] | None
    """None where the registration has no path."""
    verbs: tuple[str, ...]
    version: str
    label: str
    event: str
    suffix: str
    module: Module
    line: int
    is_handed: bool = False
    """Whether a call is handed the targets: a method among them is then one of an object that lives as long as the application."""


class RegistrationReader:
    """Yields every registration of the project."""

    def __init__(self, resolver: Resolver, names: RoutingNames, graph: CallGraph, mounts: Mounts, paths: PathReader) -> None:
        self._resolver = resolver
        self._names = names
        self._graph = graph
        self._mounts = mounts
        self._paths = paths
        self.unread: list[tuple[Module, int]] = []
        """Routes whose path could not be read."""
        self._result_calls: dict[Function, dict[tuple[str, int, int], list[Call]]] = {}

    # -- decorators

    def decorated(self, target: Function | Class, decorators: Sequence[Expr], scope: Function) -> Iterator[Registered]:
        """Yield what the decorators of a function or class say."""
        for decorator in decorators:
            path = decorator.path if isinstance(decorator, Ref) else decorator.func if isinstance(decorator, Call) else ""
            if path:
                yield from self._decorator(target, path, decorator if isinstance(decorator, Call) else None, scope)

    def _decorator(self, target: Function | Class, path: str, call: Call | None, scope: Function) -> Iterator[Registered]:
        known = False
        for entity in self._resolver.walk(scope, path).objects:
            if isinstance(entity, (External, ExternalValue)):
                for row in self._names.registrations.get(entity.name, ()):
                    if row.form != "call":
                        known = True
                        yield self._of_decorator(target, row, path, call, scope)
        if not known and call is not None:
            yield from self._unknown_router(target, call, path, scope)

    def _of_decorator(self, target: Function | Class, row: Registration, path: str, call: Call | None, scope: Function) -> Registered:
        line = call.line if call is not None else target.summary.line
        group = self._receiver(scope, path, call)
        if not group and isinstance(target, Function):
            group = self._mounts.controller_of(target)
        elif not group:
            group = (target,)
        made = self._registered(row, call, scope, targets=(target,), group=group, line=line)
        if not made.event and isinstance(target, Function) and target.owner is not None and row.event is not None:
            made = made._replace(event=self._event_of_class(target.owner, row))
        if row.event is None and made.role == "websocket" and made.paths is None and isinstance(target, Function):
            made = made._replace(label=f"{made.label} {target.name.rpartition('.')[2]}")
        return made

    def _receiver(self, scope: Function, path: str, call: Call | None) -> Group:
        if call is not None:
            return self._mounts.receiver(scope, call)
        return self._mounts.receiver(scope, Call(path, (), (), 0, 0, 0, 0)) if "." in path else ()

    def _event_of_class(self, cls: Class, row: Registration) -> str:
        """What a decorator of the class says for all of its methods: `@view_defaults(route_name="jobs")`."""
        for decorator in cls.summary.decorators:
            if isinstance(decorator, Call):
                for entity in self._resolver.walk(cls.scope, decorator.func).objects:
                    if isinstance(entity, External) and entity.name in row.names:
                        return text_of(argument(row.event, decorator)) or ""
        return ""

    def _unknown_router(self, target: Function | Class, call: Call, path: str, scope: Function) -> Iterator[Registered]:
        """`@something.get("/path")` on an object that could not be followed is a route all the same."""
        method = path.rpartition(".")[2]
        first = self._paths.text(scope, call.args[0]) if call.args and not isinstance(call.args[0], Call) else None
        if method not in _ROUTE_METHODS or "." not in path:
            return
        if first is None and method in VERBS:
            first = self._path_of_service(scope, path.rpartition(".")[0])
        if first is None or (first == "" and method not in VERBS):
            return
        if first[:1] not in ("/", "^", "") and not self._is_library_router(scope, path):
            return
        role: Role = "websocket" if method.startswith("websocket") else "request"
        verbs = (method.upper(),) if method in VERBS else ("WS",) if role == "websocket" else _listed(dict(call.keywords).get("methods"))
        group = self._receiver(scope, path, call)
        yield Registered(ANY_ROUTER, role, (target,), group, (first,), verbs, "", path, "", "", target.module, call.line)

    def _is_library_router(self, scope: Function, path: str) -> bool:
        """Whether `api.get("jobs")` asks an object of a library without rows: it may lay its paths below a prefix of its own."""
        owner, method = split(path)
        made = (entity.name.partition(".") for entity in self._resolver.walk(scope, owner).objects if isinstance(entity, ExternalValue))
        return method[1:] in _LIBRARY_VERBS and any(name and package not in sys.stdlib_module_names for package, _, name in made)

    def called_unknown(self) -> Iterator[Registered]:
        """`api.get("jobs")(view)` on an object of a library without rows."""
        for name, calls in self._graph.library_calls.items():
            if name.rpartition(".")[2] not in _LIBRARY_VERBS or name in self._names.registrations:
                continue
            for call in calls:
                function, inner = call.function, call.site.call
                if function.module.part in ("test", "script") or not inner.args:
                    continue
                for outer in self._calls_of_results(function).get((f"{inner.func}()", inner.line, inner.column), ()):
                    for target in self.targets(function, outer.args[0]):
                        if isinstance(target, Function):
                            yield from self._unknown_router(target, inner, inner.func, function)

    def _path_of_service(self, scope: Function, name: str) -> str | None:
        """`health = Service(path="/health")` and `@health.get()`: the path stands where the object is made."""
        for place in self._resolver.walk(scope, name).places:
            for function, value in () if place.inner else self._resolver.values_of(place.location):
                given = dict(value.keywords).get("path") if isinstance(value, Call) else None
                text = self._paths.text(function, given)
                if text is not None and text.startswith("/"):
                    return text
        return None

    # -- calls

    def called(self, name: str, rows: Iterable[Registration]) -> Iterator[Registered]:
        """Yield the registrations that calls of one name make."""
        for row in rows:
            if row.form != "decorator" or row.handler is not None:
                for call in self._graph.library_calls.get(name, ()):
                    part = call.function.module.part
                    if part in ("test", "script") or (is_main_guarded(call.function, call.site.guards) and row.role == "command"):
                        continue
                    yield from self._call(name, row, call)

    def _call(self, name: str, row: Registration, call: LibraryCall) -> Iterator[Registered]:
        function, made = call.function, call.site.call
        given = argument(row.handler, made)
        if given is None:
            if row.form == "both" or row.handler is None:
                yield from self._called_decorator(row, call)
            elif row.event is not None and row.path is not None:  # Pyramid's `add_route`: the view is named elsewhere
                yield self._registered(row, made, function, targets=(), group=self._group(function, made), line=made.line)
            return
        if self._mounts.takes_list(name, given, made) or (self._names.may_be_view(name) and self._mounts.is_list(function, given)):
            return
        targets = tuple(dict.fromkeys(self.targets(function, given)))
        found = self._registered(row, made, function, targets=targets, group=self._group(function, made), line=made.line)
        yield found._replace(is_handed=True)

    def _group(self, function: Function, made: Call) -> Group:
        return self._mounts.receiver(function, made) or self._mounts.made(function, made)[:1]

    def _called_decorator(self, row: Registration, call: LibraryCall) -> Iterator[Registered]:
        """The call form of a decorator: `app.get("/health")(health)`."""
        function, inner = call.function, call.site.call
        for outer in self._calls_of_results(function).get((f"{inner.func}()", inner.line, inner.column), ()):
            targets = tuple(t for t in self.targets(function, outer.args[0]) if isinstance(t, (Function, Class)))
            group = self._receiver(function, inner.func, inner)
            yield self._registered(row, inner, function, targets=targets, group=group, line=inner.line)

    def _calls_of_results(self, function: Function) -> dict[tuple[str, int, int], list[Call]]:
        """Return the calls of what another call gives, with an argument, by path and place: `app.get("/health")` begins where they do."""
        found = self._result_calls.get(function)
        if found is None:
            found = self._result_calls[function] = {}
            for site in function.summary.calls:
                if site.call.args and site.call.func.endswith("()"):
                    found.setdefault((site.call.func, site.call.line, site.call.column), []).append(site.call)
        return found

    # -- what both have

    def _registered(
        self, row: Registration, call: Call | None, function: Function, *, targets: tuple[object, ...], group: Group, line: int
    ) -> Registered:
        role = _role(row, call)
        paths = self._path(row, call, function, group) if role in ("request", "websocket") else None
        event = text_of(argument(row.event, call)) or ""
        version = argument(row.version, call)
        suffix = text_of(dict(call.keywords).get("suffix")) if call is not None else None
        return Registered(
            row,
            role,
            targets,
            group,
            paths,
            _verbs(row, call),
            str(version.value) if isinstance(version, Const) else "",
            _label(row, role, event),
            event,
            suffix or "",
            targets[0].module if row.form != "call" and targets and isinstance(targets[0], (Function, Class)) else function.module,
            line,
        )

    def _path(self, row: Registration, call: Call | None, function: Function, group: Group) -> tuple[str, ...] | None:
        if row.path is None:  # a verb of a service that has the path itself
            return ("",) if (row.verb or row.methods) and row.role == "request" and self._mounts.has_prefix(group) else None
        if call is None:
            return ("",) if row.path.position is not None and row.verb else None
        given = argument(row.path, call)
        if given is None:
            return ("",) if row.verb and row.path.position is not None else None
        texts = self._paths.texts(function, given)
        if not texts:
            self.unread.append((function.module, call.line))
            return None
        rest = () if row.path.position is None else call.args[row.path.position + 1 :]
        more = [arg.value for arg in rest if isinstance(arg, Const) and isinstance(arg.value, str) and arg.value.startswith("/")]
        return tuple(dict.fromkeys((*texts, *more)))

    # -- handlers

    def targets(self, function: Function, expr: Expr, depth: int = 0) -> Iterator[object]:
        """Yield the functions, classes and instances that an argument hands over."""
        if depth > 6:
            return
        if isinstance(expr, Display):
            for item in expr.items:
                yield from self.targets(function, item, depth + 1)
        elif isinstance(expr, Const):
            if isinstance(expr.value, str):
                yield from self.by_name(expr.value)
        elif isinstance(expr, Call):
            yield from self._made_targets(function, expr, depth)
        else:
            yield from self._named_targets(function, expr, depth)

    def _named_targets(self, function: Function, expr: Expr, depth: int) -> Iterator[object]:
        """What a name stands for; a name of a list stands for its elements, a decorator's parameter for all that it decorates."""
        if isinstance(expr, Ref) and expr.path in function.params:
            for scope, name in self._resolver.flows.decorated.get(function, ()):
                yield from (e for e in self._resolver.walk(scope, name).objects if isinstance(e, (Function, Class)))
        view = self._resolver.value(function, expr)
        found = [entity for entity in view.objects if isinstance(entity, (Function, Class, Instance)) or _is_resource(entity)]
        yield from found
        if not found and isinstance(expr, Ref):
            for place in view.places:
                for scope, value in () if place.inner else self._resolver.values_of(place.location):
                    if isinstance(value, (Display, Call)):
                        yield from self.targets(scope, value, depth + 1)

    def _made_targets(self, function: Function, call: Call, depth: int) -> Iterator[object]:
        """`View.as_view()`, `csrf_exempt(view)`, `factory(settings)`."""
        if call.func.endswith((".as_view", ".as_asgi")):
            yield from self._resolver.walk(function, split(call.func)[0]).objects
            return
        objects = self._resolver.value(function, call).objects
        found = [entity for entity in objects if isinstance(entity, (Function, Class, Instance))]
        if found:
            yield from found
            if any(isinstance(entity, Function) for entity in found):  # `guarded(view)`: what the wrapper calls is the view
                for arg in call.args:
                    named = self._resolver.value(function, arg).objects if isinstance(arg, Ref) else ()
                    yield from (entity for entity in named if isinstance(entity, Function))
            return
        handed = [*call.args[:2]]
        if objects:
            handed += [value for key, value in call.keywords if key in _HANDED]
        for arg in handed:
            yield from self.targets(function, arg, depth + 1)

    def by_name(self, dotted: str) -> Iterator[object]:
        """Yield what a dotted string (`pkg.mod.Class`, `pkg.mod:func`) names in the project."""
        name = dotted.replace(":", ".")
        module_name, _, attribute = name.rpartition(".")
        module = self._resolver.modules.get(module_name)
        if module is not None:
            yield from self._resolver.walk(module.body, attribute).objects

    def actions(self, cls: Class) -> Iterator[tuple[Function, bool, str, tuple[str, ...]]]:
        """Yield the further methods of a view set: the method, whether it is of one element, its path, its verbs."""
        for ancestor in cls.lineage:
            for name, method in ancestor.methods.items():
                for decorator in method.summary.decorators:
                    if isinstance(decorator, Call) and decorator.func.rpartition(".")[2] == "action":
                        given = dict(decorator.keywords)
                        detail = given.get("detail")
                        path = text_of(given.get("url_path")) or name
                        verbs = _listed(given.get("methods")) or ("GET",)
                        yield method, not (isinstance(detail, Const) and detail.value is False), path, verbs


def _is_resource(entity: object) -> bool:
    return isinstance(entity, Module) and bool(module_responders(entity) or any(name.startswith("on_") for name in entity.functions))


def _role(row: Registration, call: Call | None) -> Role:
    named = text_of(argument(row.event, call))
    if named in ("startup", "shutdown"):
        return named  # type: ignore[return-value]
    return row.role


def _label(row: Registration, role: Role, event: str) -> str:
    name = row.names[0].split(".")[0]
    if role == "websocket" and row.path is None:
        return f"{name} event {event}".strip()
    return f"{name} {role} {event}".strip()


def _verbs(row: Registration, call: Call | None) -> tuple[str, ...]:
    return _listed(argument(row.methods, call)) or ((row.verb,) if row.verb else ())


def _listed(given: Expr | None) -> tuple[str, ...]:
    if isinstance(given, Const) and isinstance(given.value, str):
        return (given.value.upper(),) if given.value not in ("*", "ANY") else ()
    if isinstance(given, Display):
        return tuple(item.value.upper() for item in given.items if isinstance(item, Const) and isinstance(item.value, str))
    return ()
