"""Connections that requests take and do not give back: followed through helpers, and to what ends a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.checks.common.naming import names_and_texts
from statelint.checks.database.engines import engine_url, memoized
from statelint.inspect.context import Report, evidence, filled, finding
from statelint.inspect.rows.wording import hint_of
from statelint.inspect.spans import definition_lines, span_of_use, symbol_of
from statelint.model import Step
from statelint.program.evaluation.evaluator import UNKNOWN_VALUE
from statelint.program.names.nodes import Class, External, ExternalValue, Function, Instance
from statelint.program.names.resolver import split
from statelint.survey.summary import Const, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.checks.database.resource_release import ReleaseState, Terms
    from statelint.inspect.context import Context
    from statelint.inspect.uses import Use
    from statelint.rulebook.schema import Api, Rule
    from statelint.survey.summary import Call

_REQUEST_PARTS: Final = ("request", "req", "g")
_LEAKS: Final = ("never", "path", "early", "success")


class _Leak(NamedTuple):
    """Why a connection is not given back."""

    case: str
    where: Function
    """The function that should have given it back."""
    taken: tuple[Step, ...] = ()
    """The calls through which it came there, outermost first."""
    left: Step | None = None
    """The statement that leaves without giving it back."""


def check(context: Context) -> Iterator[Report]:
    """Report each call that hands out a connection which some path of a request keeps."""
    rule = context.book.rule("connection-not-released")
    if rule is None:
        return
    for row in rule.api:
        if not row.released_by:
            continue
        finder = _LeakFinder(context, row)
        spoken = False
        for use in context.uses.of(row):
            if use.call is None or not use.certain:
                continue
            if row.where == "startup":
                leak: _Leak | None = _unremoved(use, row, context)
            else:
                leak = finder.leak_of(use) if _runs_in_requests(use, context) else None
                if leak is None and not spoken and finder.gave_back:
                    spoken = True
                    yield evidence(rule.item, "pass", use.function.module.path, use.line, f"{use.name}: given back on every path")
            if leak is not None:
                yield _finding(rule, row, use, leak, context)


def _runs_in_requests(use: Use, context: Context) -> bool:
    guards = use.site.guards if use.site is not None else ()
    return context.context_of(use.function, guards) == "serving"


def _finding(rule: Rule, row: Api, use: Use, leak: _Leak, context: Context) -> Report:
    symbol = symbol_of(use)
    clause = filled(rule.messages.get(leak.case, row.message), symbol=symbol)
    reach = context.program.reach["serving"]
    route = context.route_steps(reach.route(leak.where))
    return finding(
        rule,
        span_of_use(use, context, clause.replace(f"`{symbol}` is ", "")),
        symbol=symbol,
        message=clause,
        hint=hint_of(rule, row, UNKNOWN_VALUE),
        severity=row.severity,
        confidence="low" if reach.is_guessed(use.function) else "medium" if leak.case != "never" else "high",
        route=(*route, *leak.taken, *((leak.left,) if leak.left is not None else ())),
        notes=[row.note] if row.note else [],
        scope=use.function.name,
        api=row.id,
    )


class _Owner(NamedTuple):
    """A function in which the connection turns up."""

    function: Function
    source: Call | Function
    """The call that gives it here, or the function from which a framework injects it."""
    taken: tuple[Step, ...] = ()
    """The calls through which it came here, the last first."""


class _LeakFinder:
    """Follows what a row's calls hand out through the functions of the project."""

    def __init__(self, context: Context, row: Api) -> None:
        self._context = context
        self._row = row
        self.gave_back = False
        """Whether the last connection followed is given back in sight."""

    def leak_of(self, use: Use) -> _Leak | None:
        """Return why the connection that a call hands out is not given back; None where it is, or where nobody can tell."""
        self.gave_back = False
        call = use.call
        if call is None or memoized(use.function, self._context):
            return None
        if engine_url(use.function, Ref(split(call.func)[0]), self._context).startswith("sqlite"):
            return None  # a file or memory: no server counts its connections
        if use.site is not None and use.site.how == "with" and not self._row.with_keeps:
            self.gave_back = True  # `with Session(engine) as session`: nothing to follow
            return None
        return self._first_leak(use.function, call)

    def _terms(self) -> Terms:
        from statelint.checks.database.resource_release import Terms  # noqa: PLC0415 - brings libcst

        return Terms(frozenset(self._row.released_by), self._row.with_keeps)

    def _first_leak(self, function: Function, call: Call) -> _Leak | None:
        """Follow what a call hands out, through functions that hand it on to their callers, to the first that keeps it."""
        followed: set[tuple[Function, Call | Function]] = set()
        waiting = [_Owner(function, call)]
        while waiting:
            owner = waiting.pop()
            key = (owner.function, owner.source)
            if key in followed or owner.function.is_body:
                continue
            followed.add(key)
            if isinstance(owner.source, Function):
                leak = self._injected(owner.source, owner.function)
            else:
                state = self._release(owner.function, owner.source)
                if self._goes_to_callers(state, owner.function):
                    waiting += [*self._takers(owner)][::-1]
                    continue
                leak = self._judged(state, owner.function)
            if leak is not None:
                return leak._replace(taken=owner.taken)
        return None

    def _release(self, function: Function, call: Call) -> ReleaseState:
        from statelint.checks.database.resource_release import MOVED, release_of_call  # noqa: PLC0415 - brings libcst

        block = self._context.concrete.block(function.module.path, *definition_lines(function, call.line))
        if block is None:
            return MOVED
        shared = frozenset((*function.summary.global_names, *function.summary.nonlocal_names))
        place = (call.line, call.column, call.end_line, call.end_column)
        return release_of_call(block, place, self._terms(), shared)

    def _goes_to_callers(self, state: ReleaseState, function: Function) -> bool:
        """Whether a function returns the connection, or yields it and does not give it back itself."""
        if state.kind == "never":
            return function.summary.is_generator and not any(self._takes_over(function, place) for place in state.passed)
        return state.kind == "returned"

    def _judged(self, state: ReleaseState, function: Function) -> _Leak | None:
        match state.kind:
            case "released":
                self.gave_back = True
            case "never":
                return None if any(self._takes_over(function, place) for place in state.passed) else _Leak("never", function)
            case "path" | "early" | "success":
                step = Step(function.module.path, state.line, _WORDS[state.kind])
                return _Leak(state.kind, function, left=step)
            case "kept":
                return self._kept(state.name, function)
        return None

    # -- handed to the caller

    def _takers(self, owner: _Owner) -> Iterator[_Owner]:
        """Yield the functions of requests that take what a function returns or yields."""
        function, context = owner.function, self._context
        for edge in context.program.graph.callers.get(function, ()):
            if context.context_of(edge.caller) != "serving" or memoized(edge.caller, context):
                continue
            step = Step(edge.caller.module.path, edge.line, f"{edge.caller.name} takes it from {function.name}")
            if edge.kind == "dependency":
                yield _Owner(edge.caller, function, (step, *owner.taken))
            elif edge.kind == "call":
                for site in edge.caller.summary.calls:
                    if site.call.line == edge.line and function in context.program.resolver.walk(edge.caller, site.call.func).objects:
                        yield _Owner(edge.caller, site.call, (step, *owner.taken))

    def _injected(self, function: Function, caller: Function) -> _Leak | None:
        """A dependency that closes nothing: only the function it is handed to can."""
        from statelint.checks.database.resource_release import release_of_parameter  # noqa: PLC0415 - brings libcst

        for param in caller.summary.params:
            objects = self._context.program.resolver.value(caller.parent or caller, param.default).objects
            marks = [expr for expr in (param.default, param.annotation) if expr is not None]
            if not objects and not any(function.name.rpartition(".")[2] in names_and_texts(mark).split() for mark in marks):
                continue
            block = self._context.concrete.block(caller.module.path, *definition_lines(caller, caller.summary.line))
            state = release_of_parameter(block, param.name, self._terms()) if block is not None else None
            if state is not None and state.kind != "never":
                return None
        return _Leak("teardown", caller)

    # -- handed to another function

    def _takes_over(self, function: Function, place: tuple[int, int]) -> bool:
        """Whether a call that is handed the connection may give it back, or keep it."""
        program = self._context.program
        site = next((s for s in function.summary.calls if (s.call.line, s.call.column) == place), None)
        if site is None:
            return True
        objects = program.resolver.walk(function, site.call.func).objects
        for entity in objects:
            if isinstance(entity, (Class, Instance)):
                return True
            if isinstance(entity, External) and entity.name.rpartition(".")[2][:1].isupper():
                return True
            if isinstance(entity, Function) and self._releases_parameter(entity):
                return True
        return not objects

    def _releases_parameter(self, function: Function) -> bool:
        """Whether a function gives back, or keeps, one of the things that it is handed."""
        from statelint.checks.database.resource_release import release_of_parameter  # noqa: PLC0415 - brings libcst

        block = self._context.concrete.block(function.module.path, *definition_lines(function, function.summary.line))
        if block is None:
            return True
        names = [param.name for param in function.summary.params if param.name not in ("self", "cls")]
        return any(release_of_parameter(block, name, self._terms()).kind not in ("never", "returned") for name in names)

    # -- kept on an object

    def _kept(self, path: str, function: Function) -> _Leak | None:
        """Look for what gives back a connection that is kept at a path such as `g.db` or `self.connection`."""
        prefix, step = split(path)
        owner, name = (prefix, step[1:]) if step else ("", path)
        resolver, program = self._context.program.resolver, self._context.program
        objects = resolver.walk(function, owner).objects if owner else ()
        local = any(isinstance(e, (External, ExternalValue)) and _is_request(e.name, program.vocabulary.request_local) for e in objects)
        if local or owner.partition(".")[0] in _REQUEST_PARTS:
            return None if self._closed_somewhere(name) else _Leak("teardown", function)
        if any(isinstance(entity, Instance) for entity in objects):
            return None  # the object's own business: it may live as long as the process
        receiver = resolver.walk(function, path)
        if self._row.id.startswith("peewee") and (receiver.objects or receiver.places):
            return None if self._receiver_closed(function, path) else _Leak("teardown", function)
        return None

    def _closed_somewhere(self, name: str) -> bool:
        """Whether something that runs around requests speaks of the attribute and gives back."""
        for function in self._context.program.functions:
            if function.module.part in ("test", "script", "command", "migration") or not self._mentions(function, name):
                continue
            releases = any(site.call.func.rpartition(".")[2] in self._row.released_by for site in function.summary.calls)
            if releases and (self._context.context_of(function) == "serving" or self._registered(function)):
                return True
        return False

    def _mentions(self, function: Function, name: str) -> bool:
        summary = function.summary
        if any(path.endswith(f".{name}") or f".{name}." in path for path in summary.loads):
            return True
        return any(isinstance(arg, Const) and arg.value == name for site in summary.calls for arg in site.call.args)

    def _registered(self, function: Function) -> bool:
        """Whether a function is handed to some call, which may call it at the end of a request, or called by one that is."""
        edges = self._context.program.graph.callers.get(function, ())
        return bool(function.summary.decorators) or any(edge.kind in ("callback", "wraps", "dependency") for edge in edges)

    def _receiver_closed(self, function: Function, path: str) -> bool:
        """Whether the object that was connected is closed by something that runs around requests."""
        resolver = self._context.program.resolver
        wanted = resolver.walk(function, path)
        for other in self._context.program.functions:
            for site in other.summary.calls:
                prefix, step = split(site.call.func)
                if step[1:] not in self._row.released_by or self._context.context_of(other, site.guards) != "serving":
                    continue
                found = resolver.walk(other, prefix)
                if set(found.objects) & set(wanted.objects) or set(found.places) & set(wanted.places):
                    return True
        return False


_WORDS: Final = {
    "path": "an exception here leaves it taken",
    "early": "leaves without giving it back",
    "success": "gives it back only here",
}


def _is_request(name: str, local: object) -> bool:
    last = name.rpartition(".")[2]
    return name in local or last in ("request", "Request", "g", "HTTPConnection") or ".request." in f".{name}."  # type: ignore[operator]


def _unremoved(use: Use, row: Api, context: Context) -> _Leak | None:
    """A registry of sessions that requests use and nothing empties."""
    guards = use.site.guards if use.site is not None else ()
    if context.context_of(use.function, guards) not in ("startup", "serving") or "zope" in context.program.imported_packages:
        return None  # zope.sqlalchemy closes sessions with the transaction
    used = False
    for function in context.program.functions:
        if function.module.part in ("test", "script", "command", "migration"):
            continue
        serving = context.context_of(function) == "serving"
        for path in (*function.summary.loads, *(site.call.func for site in function.summary.calls)):
            prefix, step = split(path)
            released = step[1:] in (*row.released_by, "close")
            if not (released or (serving and not used)):
                continue
            objects = context.program.resolver.walk(function, prefix if step[:1] == "." else path).objects
            if any(isinstance(entity, ExternalValue) and entity.name in row.names for entity in objects):
                if released:
                    return None
                used = True
    return _Leak("registry", use.function) if used else None
