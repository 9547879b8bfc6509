"""Who calls whom: functions, methods, constructors, callbacks, wrappers and the special methods behind operators."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.limits import TARGETS
from statelint.program.calls.callbacks import Later, given_to_objects, handlers, is_started, listeners
from statelint.program.calls.decorators import callers_inside, decorations, named_by_head, named_by_variable, wrappers_of
from statelint.program.calls.guesses import guesses
from statelint.program.calls.initialisers import Given, given_by_routes
from statelint.program.names.conditions import ARMS, is_main_guard
from statelint.program.names.nodes import Class, External, ExternalValue, Function, Instance, Module, PointsTo
from statelint.program.names.resolver import split
from statelint.program.names.string_names import named_by_string
from statelint.survey.summary import Call, CallSite, Const, Display, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from statelint.program.names.resolver import Resolver
    from statelint.program.vocabulary import Vocabulary

EdgeKind = Literal["call", "callback", "wraps", "implicit", "dependency", "guess"]
_MANAGED: Final = ("__enter__", "__aenter__", "__exit__", "__aexit__")
_PLAIN: Final = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")
_DEFERRED_ROLES: Final = frozenset({"startup", "shutdown", "request", "websocket", "command", "job", "task"})


class Edge(NamedTuple):
    """A call from one function to another."""

    caller: Function
    callee: Function
    line: int
    kind: EdgeKind


class LibraryCall(NamedTuple):
    """A call of a library name."""

    name: str
    function: Function
    site: CallSite


@dataclass(slots=True)
class CallGraph:
    """Edges by caller, calls of library names, and the calls that stayed unresolved."""

    edges: dict[Function, list[Edge]] = field(default_factory=dict)
    callers: dict[Function, list[Edge]] = field(default_factory=dict)
    library_calls: dict[str, list[LibraryCall]] = field(default_factory=dict)
    events: set[Edge] = field(default_factory=set)
    """Callbacks that a library makes when something happens, and not because the caller runs."""
    construction: dict[Class, list[tuple[Function, CallSite]]] = field(default_factory=dict)
    """Where instances of a class are made."""
    route_arguments: list[Given] = field(default_factory=list)
    """What routes hand to the handlers that they make."""

    def seen_without(self, without: AbstractSet[Module]) -> CallGraph:
        """Return the graph without some modules: nothing in them calls, or is called."""
        edges = ((caller, found) for caller, found in self.edges.items() if caller.module not in without)
        callers = ((callee, found) for callee, found in self.callers.items() if callee.module not in without)
        calls = ((name, [one for one in found if one.function.module not in without]) for name, found in self.library_calls.items())
        made = ((cls, [one for one in found if one[0].module not in without]) for cls, found in self.construction.items())
        return CallGraph(
            {caller: [edge for edge in found if edge.callee.module not in without] for caller, found in edges},
            {callee: [edge for edge in found if edge.caller.module not in without] for callee, found in callers},
            {name: found for name, found in calls if found},
            self.events,
            {cls: found for cls, found in made if found},
            [given for given in self.route_arguments if given.function.module not in without],
        )


def is_main_guarded(function: Function, guards: tuple[int, ...]) -> bool:
    """Whether a place runs only when its module is the program."""
    around = [function.summary.guards[index] for index in guards]
    return any(guard.kind in ARMS and is_main_guard(guard.test) for guard in around)


class CallGraphBuilder:
    """Resolves every call, once what flows between functions is known."""

    def __init__(self, functions: list[Function], resolver: Resolver, vocabulary: Vocabulary) -> None:
        self._functions = functions
        self._resolver = resolver
        self._vocabulary = vocabulary
        self.graph = CallGraph()
        self._seen: set[tuple[Function, Function, str]] = set()
        self._names = {function.name.rpartition(".")[2] for function in functions}
        self._unresolved: list[tuple[Function, CallSite]] = []

    def build(self) -> CallGraph:
        """Add the plain calls, then everything that calls in other ways, then the guesses, and index by callee."""
        for scope, decorator, line, _ in decorations(self._functions, self._resolver):
            self._edge(scope, decorator, line, "call")
        self.graph.route_arguments.extend(given_by_routes(self._functions, self._resolver))
        for function in self._functions:
            for site in function.summary.calls:
                if not self._connect(function, site, self._resolver.walk(function, site.call.func)):
                    self._unresolved.append((function, site))
        for function in self._functions:
            self._callbacks(function)
            self._decorators(function)
            self._dependencies(function)
            self._implicit(function)
        self._properties()
        self._definitions()
        for later in listeners((call for calls in self.graph.library_calls.values() for call in calls), self._resolver):
            self._edge(later.caller, later.callee, later.line, "callback")
        for guess in guesses(self._functions, self._unresolved, self._vocabulary, self._resolver.limits):
            self._edge(guess.caller, guess.callee, guess.line, "guess")
        for edges in self.graph.edges.values():
            for edge in edges:
                self.graph.callers.setdefault(edge.callee, []).append(edge)
        return self.graph

    # -- plain calls

    def _connect(self, function: Function, site: CallSite, view: PointsTo) -> bool:
        found = False
        handed = is_handed_in(function, site.call.func)
        if len(view.objects) >= TARGETS.most and not handed:
            self._resolver.limits.reach(TARGETS, site.call.func, function.module.path, site.call.line)
        for entity in view.objects:
            match entity:
                case Function():
                    if not handed:
                        self._edge(function, entity, site.call.line, "call")
                    found = True
                case Class():
                    self._construct(function, site, entity)
                    found = True
                case Instance():
                    method = entity.cls.find_method("__call__")
                    if method is not None:
                        self._edge(function, method, site.call.line, "call")
                        found = True
                case External():
                    self.graph.library_calls.setdefault(entity.name, []).append(LibraryCall(entity.name, function, site))
                    self._thread(function, site, entity.name)
                    self._included(function, site, entity.name)
                    found = True
                case ExternalValue():  # what a library made is called: `SessionLocal()` of a `sessionmaker`
                    name = f"{entity.name}.__call__"
                    self.graph.library_calls.setdefault(name, []).append(LibraryCall(name, function, site))
                case _:
                    pass
        return found

    def _thread(self, function: Function, site: CallSite, name: str) -> None:
        """`start()` on a project class that extends `Thread` or `Process` runs its `run`."""
        if name.endswith((".Thread.start", ".Process.start", ".Timer.start")):
            for entity in self._resolver.walk(function, split(site.call.func)[0]).objects:
                run = entity.cls.find_method("run") if isinstance(entity, Instance) else None
                if run is not None:
                    self._edge(function, run, site.call.line, "callback")

    def _included(self, function: Function, site: CallSite, name: str) -> None:
        """`config.include("shop.views")` calls `includeme` of that module; where the name is not known, perhaps that of any."""
        called = self._vocabulary.including_calls.get(name)
        if called is None or not site.call.args:
            return
        meant = named_by_string(self._resolver, function, site.call.args[0])
        named = [entity.functions.get(called) if isinstance(entity, Module) else entity for entity in meant]
        targets = [target for target in named if isinstance(target, Function)]
        for target in targets:
            self._edge(function, target, site.call.line, "call")
        if not targets and not isinstance(site.call.args[0], Const) and function.module.part != "test":
            for target in self._functions:
                if target.name == called and target.parent is target.module.body and target.module.part in ("app", "settings"):
                    self._edge(function, target, site.call.line, "guess")

    def _construct(self, function: Function, site: CallSite, cls: Class) -> None:
        self.graph.construction.setdefault(cls, []).append((function, site))
        for name in cls.external_bases:
            # a project class that extends a library's is made as the library's is
            self.graph.library_calls.setdefault(name, []).append(LibraryCall(name, function, site))
        for name in ("__init__", "__new__", "__post_init__", *(("__call__",) if _is_metaclass(cls) else ())):
            method = cls.find_method(name)
            if method is not None:
                self._edge(function, method, site.call.line, "call")
        made_by = cls.metaclass.find_method("__call__") if cls.metaclass is not None else None
        if made_by is not None:
            self._edge(function, made_by, site.call.line, "call")

    def _edge(self, caller: Function, callee: Function, line: int, kind: EdgeKind) -> None:
        key = (caller, callee, "guess" if kind == "guess" else "")
        if key not in self._seen and (kind != "guess" or (caller, callee, "") not in self._seen):
            self._seen.add(key)
            self.graph.edges.setdefault(caller, []).append(Edge(caller, callee, line, kind))

    def _event(self, later: Later) -> None:
        self._edge(later.caller, later.callee, later.line, "callback")
        self.graph.events.add(Edge(later.caller, later.callee, later.line, "callback"))

    # -- everything else

    def _callbacks(self, function: Function) -> None:
        """A function handed to a call may be called by it, unless the call registers it for later, or for the start of other processes."""
        for later in given_to_objects(function, self._resolver):
            self._event(later)
        for site in function.summary.calls:
            call = site.call
            if call.func == "getattr":
                for target in named_by_head(function, call, self._resolver):
                    self._edge(function, target, call.line, "callback")
                handed = len(call.args) > 1 and isinstance(call.args[1], Ref) and call.args[1].path in function.params
                for target in named_by_variable(function, call, self._resolver):
                    self._edge(function, target, call.line, "callback" if handed else "guess")
            started = bool(call.args or call.keywords) and is_started(function, call, self._resolver)
            targets = [*self.functions_in(function, call.args, named=not started)] if call.args else []
            if call.keywords:
                values = (value for keyword, value in call.keywords if keyword != "initializer")
                targets += self.functions_in(function, values, named=not started)
            for later in handlers(function, call, self._resolver) if started else ():
                self._event(later)
            if targets and not self._defers(function, call):
                for target in targets:
                    self._edge(function, target, call.line, "callback")

    def functions_in(self, function: Function, exprs: Iterable[Expr], *, named: bool = True) -> Iterator[Function]:
        """Yield the project functions that expressions name, inside displays and `partial` too; where `named`, by their own names only."""
        for expr in exprs:
            if isinstance(expr, Ref):
                last = expr.path.rpartition(".")[2]
                if (not named or last in self._names or last.startswith("<lambda")) and not is_handed_in(function, expr.path):
                    yield from (entity for entity in self._resolver.walk(function, expr.path).objects if isinstance(entity, Function))
            elif isinstance(expr, Display):
                yield from self.functions_in(function, expr.items, named=named)
            elif isinstance(expr, Call) and expr.func.endswith("partial"):
                yield from self.functions_in(function, expr.args[:1], named=named)

    def _defers(self, function: Function, call: Call) -> bool:
        for entity in self._resolver.walk(function, call.func).objects:
            if isinstance(entity, (External, ExternalValue)):  # `app.command(name="migrate")(run)` registers as the decorator does
                for registration in self._vocabulary.registrations.get(entity.name, ()):
                    if registration.role in _DEFERRED_ROLES:
                        return True
        return False

    def _decorators(self, function: Function) -> None:
        """A decorated function runs inside what its decorator returns."""
        for inner in wrappers_of(function, self._resolver):
            self._edge(function, inner, inner.summary.line, "wraps")
        if function.summary.decorators:
            for caller, line in callers_inside(function, self._resolver):
                self._edge(caller, function, line, "callback")

    def _dependencies(self, function: Function) -> None:
        """FastAPI's `Depends(f)` in a signature is a call of `f` before the function runs."""
        for param in function.summary.params:
            scope = function.parent or function
            marks = [(scope, param.default)] if isinstance(param.default, Call) else []
            if isinstance(param.annotation, Display):
                marks += [(scope, item) for item in param.annotation.items if isinstance(item, Call)]
            elif isinstance(param.annotation, Ref):
                marks += self._annotated_alias(function, param.annotation)
            for where, mark in marks:
                self._dependency(function, where, mark, param.annotation)

    def _annotated_alias(self, function: Function, annotation: Ref) -> list[tuple[Function, Call]]:
        """The marks inside `SessionDep = Annotated[Session, Depends(get_session)]`, wherever it is defined."""
        places = self._resolver.walk(function, annotation.path).places
        values = [pair for place in places if place.location.kind == "global" for pair in self._resolver.values_of(place.location)]
        return [(scope, item) for scope, expr in values if isinstance(expr, Display) for item in expr.items if isinstance(item, Call)]

    def _dependency(self, function: Function, scope: Function, mark: Call, annotation: Expr | None) -> None:
        callee = self._resolver.walk(scope, mark.func)
        if not any(isinstance(e, External) and e.name in self._vocabulary.dependency_markers for e in callee.objects):
            return
        target = mark.args[0] if mark.args else dict(mark.keywords).get("dependency")
        views = self._resolver.value(scope, target) if target is not None else self._resolver.annotated(scope, annotation)
        for entity in views.objects:
            if isinstance(entity, Function):
                self._edge(function, entity, mark.line, "dependency")
            elif isinstance(entity, (Class, Instance)):
                cls = entity.cls if isinstance(entity, Instance) else entity
                method = cls.find_method("__init__" if isinstance(entity, Class) or target is None else "__call__")
                if method is not None:
                    self._edge(function, method, mark.line, "dependency")

    def _implicit(self, function: Function) -> None:
        """Operators on instances of project classes call special methods."""
        summary = function.summary
        for read in summary.reads:
            names = {"item": ("__getitem__",), "in": ("__contains__",), "iter": ("__iter__", "__aiter__")}[read.how]
            self._special(function, read.target, names, read.line)
        for write in summary.writes:
            if write.target.endswith("]"):
                names = ("__delitem__",) if write.how == "del" else ("__setitem__",)
                self._special(function, split(write.target)[0], names, write.line)
        self._entered(function)

    def _entered(self, function: Function) -> None:
        """`with` and the stacks of context managers enter and leave what they are given."""
        summary = function.summary
        for site in summary.calls:
            if site.how == "with":
                self._special(function, site.call.func + "()", _MANAGED, site.call.line)
            elif site.call.args and self._enters(function, site.call):
                self._special_of(function, self._resolver.value(function, site.call.args[0]), _MANAGED, site.call.line)
        for guard in summary.guards:
            if guard.kind == "with":
                for held in guard.subjects:
                    if isinstance(held, Ref) and _PLAIN.fullmatch(held.path):
                        self._special(function, held.path, _MANAGED, guard.line)

    def _enters(self, function: Function, call: Call) -> bool:
        """`stack.enter_context(session)` of a library's stack."""
        entering = self._vocabulary.entering_calls
        return call.func.rpartition(".")[2] in entering.methods and any(
            isinstance(entity, External) and entering.calls(entity.name) for entity in self._resolver.walk(function, call.func).objects
        )

    def _special(self, function: Function, path: str, names: tuple[str, ...], line: int) -> None:
        self._special_of(function, self._resolver.walk(function, path), names, line)

    def _special_of(self, function: Function, view: PointsTo, names: tuple[str, ...], line: int) -> None:
        for entity in view.objects:
            if isinstance(entity, Instance):
                for name in names:
                    method = entity.cls.find_method(name)
                    if method is not None:
                        self._edge(function, method, line, "implicit")

    def _definitions(self) -> None:
        """Defining a class calls what its ancestors do with each of their subclasses."""
        for function in self._functions:
            owner = function.owner
            if owner is None or function.name.rpartition(".")[2] != "__init_subclass__":
                continue
            pending = list(owner.subclasses)
            seen = set(pending)
            for cls in pending:  # grows while it is gone through
                self._edge(cls.scope, function, cls.summary.line, "implicit")
                further = [sub for sub in cls.subclasses if sub not in seen]
                seen.update(further)
                pending += further

    def _properties(self) -> None:
        """Reading a property calls it."""
        names: dict[str, list[Function]] = {}
        for function in self._functions:
            decorators = function.summary.decorators
            if function.owner and any(isinstance(d, Ref) and d.path.rpartition(".")[2].endswith("property") for d in decorators):
                names.setdefault(function.name.rpartition(".")[2], []).append(function)
        for function in self._functions:
            for path, line in function.summary.loads.items():
                if path[path.rfind(".") + 1 :] not in names:
                    continue
                prefix, step = split(path)
                for entity in self._resolver.walk(function, prefix).objects:
                    method = entity.cls.find_method(step[1:]) if isinstance(entity, Instance) else None
                    if method is not None and method in names[step[1:]]:
                        self._edge(function, method, line, "implicit")


def is_handed_in(function: Function, name: str) -> bool:
    """Whether a name is a parameter of the function or of one around it.

    What is handed in runs on behalf of the one who hands it in, and the edge starts there: from here, everybody's callbacks and
    everything a decorator decorates would call each other.
    """
    scope: Function | None = function
    while scope is not None:
        if name in scope.params:
            return not any(param.name == name and isinstance(param.default, Ref) for param in scope.summary.params)
        if name in scope.locals or scope.is_body:
            return False
        scope = scope.parent
    return False


def _is_metaclass(cls: Class) -> bool:
    return "type" in cls.external_bases


def functions_of(modules: Mapping[str, Module]) -> list[Function]:
    """Return every function of the modules in a fixed order."""
    ordered = sorted(modules.values(), key=lambda module: module.path)
    return [function for module in ordered for function in module.functions.values()]
