"""The rules by which sources are found: of names, paths, parameters and places, each in terms of the parameters of its function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from statelint.program.fixpoint import Fixpoint
from statelint.program.flow import sources
from statelint.program.flow.call_results import CallResults
from statelint.program.flow.sources import DEPLOYMENT, PROCESS, REQUEST, SHARED, UNKNOWN, LibrarySources
from statelint.program.names.conditions import ARMS, inside
from statelint.program.names.nodes import Class, External, ExternalValue, Function, Instance, Module, Query, StateBag
from statelint.program.names.resolver import split
from statelint.survey.summary import Call, Compare, Const, Display, Either, Not, Ref, Template, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statelint.program.names.accesses import Access
    from statelint.program.names.nodes import Location, PointsTo
    from statelint.program.names.resolver import Resolver
    from statelint.rulebook.schema import Role
    from statelint.survey.summary import Binding, Expr

_Key = tuple[Any, ...]
_FROM_CLIENTS: Final = frozenset({"request", "websocket", "middleware", "dependency", "error", "signal", "background", "task"})
"""Roles of functions whose parameters carry what a client has sent."""
_CHOOSING: Final = ARMS | {"case", "while"}
"""Guards whose condition decides which value a name has."""

_NESTED: Final = 12
"""How many rules run inside one another: each takes some thirty of Python's thousand frames, for expressions are gone through in depth."""


class SourceRules:
    """Computes sources in one program, to a fixpoint."""

    def __init__(self, resolver: Resolver, roles: Mapping[Function, frozenset[Role]], writes: Mapping[Location, Sequence[Access]]) -> None:
        """Take the roles of entry points, and every write to places that live long."""
        self._resolver = resolver
        self._roles = roles
        self._writes = writes
        self._libraries = LibrarySources(resolver.vocabulary)
        self._rows = resolver.vocabulary.role("row-or-form")
        self._settings = resolver.vocabulary.role("settings-model")
        self._changes: dict[Function, dict[str, list[Expr]]] = {}
        self._sites: dict[Function, dict[str, list[Call]]] = {}
        self._answers: Fixpoint[_Key, int] = Fixpoint(
            self._rule,
            lambda _: sources.CODE,
            join=lambda one, other: one | other,
            same=lambda one, other: one == other,
            settle=lambda found: found,
            widen=lambda found: found,
            nested=_NESTED,
        )
        self._results = CallResults(resolver, self._libraries, self)

    # -- questions

    def summary(self, function: Function) -> int:
        """Return the sources of what a function returns, in terms of its own parameters."""
        return self._answers.ask(("returned", function))

    def place(self, location: Location) -> int:
        """Return the sources of what is kept in a place, over all that write to it."""
        return self._answers.ask(("place", location))

    def upwards(self, function: Function, found: int) -> int:
        """Return sources with those of the arguments of all callers in place of the function's parameters."""
        params = function.summary.params
        bits = sources.without_parameters(found)
        for index in sources.parameters_in(found):
            for param in params[index:] if index == sources.MOST_PARAMETERS else params[index : index + 1]:
                bits |= self._answers.ask(("parameter", function, param.name))
        return bits

    def union(self, function: Function, exprs: Iterable[Expr | None]) -> int:
        """Return the sources of several expressions in terms of the function's own parameters."""
        found = sources.CODE
        for expr in exprs:
            found |= self.expression(function, expr)
        return found

    def expression(self, function: Function, expr: Expr | None) -> int:
        """Return the sources of an expression in terms of the function's own parameters."""
        match expr:
            case None | Const():
                return sources.CODE
            case Ref(path):
                return self.path(function, path)
            case Call():
                return self._results.of(function, expr.func, (expr,))
            case Unknown():
                return UNKNOWN
        return self.union(function, _operands(expr))

    # -- rules

    def _rule(self, key: _Key) -> int:
        match key[0]:
            case "name":
                return self._local(key[1], key[2])
            case "parameter":
                return self._parameter(key[1], key[2])
            case "returned":
                return self.union(key[1], key[1].summary.returns)
            case "path":
                return self._along(key[1], key[2])
            case _:
                return self._contents(key[1])

    # -- names

    def name(self, function: Function, name: str) -> int:
        """Return the sources of a name in terms of the function's own parameters."""
        scope: Function | None = function
        while scope is not None and not scope.is_body:
            if name in function.summary.global_names:
                break
            own = self._in_scope(scope, name)
            if own is not None:
                return own if scope is function else self.upwards(scope, own)
            scope = scope.parent
        points_to = self._resolver.walk(function, name)
        return self._of_library(points_to) | self._at(points_to)

    def _in_scope(self, scope: Function, name: str) -> int | None:
        """Return the sources of a name that a function binds itself, None if it does not."""
        found: int | None = None
        if name in scope.params:
            index = next(index for index, param in enumerate(scope.summary.params) if param.name == name)
            found = sources.parameter(index)
        if name in scope.locals:
            found = (found or sources.CODE) | self._answers.ask(("name", scope, name))
        if found is None and (name in scope.children or name in scope.imports):
            return self._of_library(self._resolver.walk(scope, name))
        return found

    def _of_library(self, points_to: PointsTo) -> int:
        """Return what the library names among the things that a name may be read by themselves: `flask.request` is a source.

        A function of a library that is only named, `default_factory=uuid4`, has read nothing yet.
        """
        found = sources.CODE
        for entity in points_to.objects:
            if isinstance(entity, (External, ExternalValue)):
                model = REQUEST if entity.name in ("request", "websocket") else self._libraries.of(entity.name) or sources.CODE
                found |= model & ~PROCESS if isinstance(entity, External) else model
            elif isinstance(entity, Query):
                found |= SHARED
        return found

    def _local(self, function: Function, name: str) -> int:
        found = sources.CODE
        bindings = function.locals.get(name, ())
        for binding in bindings:
            found |= self._bound(function, binding, chosen=len(bindings) > 1)
        return found | self.union(function, self._changed(function).get(name, ()))

    def _bound(self, function: Function, binding: Binding, *, chosen: bool) -> int:
        found = self.expression(function, binding.value)
        if chosen:
            guards = [function.summary.guards[index] for index in binding.guards]
            found |= self.union(function, [guard.test for guard in guards if guard.kind in _CHOOSING])
        return found

    def _changed(self, function: Function) -> dict[str, list[Expr]]:
        """Return what a function puts into the containers and objects that its local names stand for, by name."""
        found = self._changes.get(function)
        if found is None:
            found = self._changes[function] = {}
            adding = self._resolver.vocabulary.words("adding-method")
            for write in function.summary.writes:
                head = write.target.partition(".")[0].partition("[")[0]
                if head in function.locals:
                    found.setdefault(head, []).extend([write.value, *([write.key] if write.key is not None else [])])
            for site in function.summary.calls:
                head, step = split(site.call.func)
                if step[1:] in adding and head in function.locals:
                    found.setdefault(head, []).extend([*site.call.args, *(value for _, value in site.call.keywords)])
        return found

    # -- parameters

    def _parameter(self, function: Function, name: str) -> int:
        param = function.params[name]
        if function.owner is not None and function.summary.params[0].name == name:
            return sources.CODE
        roles = self._roles.get(function, frozenset())
        found = self.expression(function.parent or function, param.default)
        injected = [call for call in inside(param.default, param.annotation) if isinstance(call, Call)]
        if roles & _FROM_CLIENTS:
            found |= self._injected(function, injected) if injected else REQUEST
        elif roles:
            found |= DEPLOYMENT  # options of a command, the application that a start-up hook is given
        arguments = self._resolver.flows.arguments.get(function)
        if arguments is None and not roles:
            return found | UNKNOWN
        if param.kind in ("*", "**"):
            return found if roles & _FROM_CLIENTS else found | UNKNOWN
        for caller, expr in (arguments or {}).get(name, ()):
            found |= self.upwards(caller, self.expression(caller, expr))
        return found

    def _injected(self, function: Function, calls: Iterable[Call]) -> int:
        """Return the sources of what a framework hands in: `Depends(get_session)` says; `Query(1)` only declares a part of the request."""
        found, known = sources.CODE, False
        for call in calls:
            for arg in (*call.args, *(value for _, value in call.keywords)):
                path = arg.path if isinstance(arg, Ref) else ""
                for entity in self._resolver.walk(function.parent or function, path).objects if path else ():
                    if isinstance(entity, Function):
                        found |= self.upwards(entity, self.summary(entity))
                        known = True
                    elif isinstance(entity, Class):
                        known = True
        return found if known else REQUEST

    # -- places

    def _contents(self, location: Location) -> int:
        found = sources.CODE
        if location.kind == "parameter":
            owner = location.owner
            return self._answers.ask(("parameter", owner, location.name)) if isinstance(owner, Function) else UNKNOWN
        flows = self._resolver.flows
        for function, expr in (*self._resolver.values_of(location), *flows.contents.get(location, ())):
            found |= self.upwards(function, self.expression(function, expr))
        if isinstance(location.owner, Class):
            for function, expr in flows.fields.get((location.owner, location.name), ()):
                found |= self.upwards(function, self.expression(function, expr))
        for access in self._writes.get(location, ()):
            found |= self.upwards(
                access.function, self.expression(access.function, access.value) | self.expression(access.function, access.key)
            )
            if access.how == "augment" or access.method == "+=":
                found |= PROCESS  # how often it was counted up
        return found

    # -- paths

    def path(self, function: Function, path: str) -> int:
        """Return the sources of what an access path leads to, in terms of the function's own parameters."""
        if path == "?":
            return UNKNOWN
        if path.isidentifier():
            return self.name(function, path)
        return self._answers.ask(("path", function, path))

    def _along(self, function: Function, path: str) -> int:
        prefix, step = split(path)
        if prefix.startswith("<lambda"):
            return sources.CODE
        if not step:
            return self.name(function, prefix)
        points_to = self._resolver.walk(function, path)
        if step == "()":
            return self._results.of(function, prefix, self._calls_of(function, prefix))
        if points_to.objects and not points_to.places and all(isinstance(entity, (Function, Class)) for entity in points_to.objects):
            return sources.CODE  # a method that is only named
        for entity in points_to.objects:
            if isinstance(entity, (External, ExternalValue)):
                model = self._libraries.of(entity.name)
                if model is not None:
                    return model & ~PROCESS if isinstance(entity, External) else model
        kept = self._kept(function, path, points_to, prefix, step)
        if kept is not None:
            return kept
        found = self.path(function, prefix)
        return found | self._keys(function, path) if step[0] == "[" else found

    def _kept(self, function: Function, path: str, points_to: PointsTo, prefix: str, step: str) -> int | None:
        """Return the sources of an attribute or item that is kept in a place of the project, None if it is no such place."""
        owners = self._resolver.walk(function, prefix).objects
        if step[0] == "." and any(isinstance(one, (Module, StateBag)) for one in owners):
            return self._at(points_to)
        classes = [one.cls for one in owners if isinstance(one, Instance)]
        if any(base in self._rows for cls in classes for base in cls.external_bases):
            return SHARED | self.path(function, prefix)
        if any(base in self._settings for cls in classes for base in cls.external_bases):
            return DEPLOYMENT
        if step[0] == "." and classes:
            found = self._at(points_to)
            for cls in classes:
                method = cls.find_method(step[1:])
                if method is not None:
                    found |= self.summary(method)
            own = function.summary.params[0].name if function.owner is not None and function.summary.params else ""
            return found if prefix == own else found | self.path(function, prefix)
        kinds = ("global", "attribute", "application", "function", "default")
        if any(place.location.kind in kinds for place in points_to.places):
            found = self._at(points_to)
            return found | self._keys(function, path) if step[0] == "[" else found
        return None

    def _at(self, points_to: PointsTo) -> int:
        """Return the sources of what is kept in the places that a path leads to."""
        found = sources.CODE
        for place in points_to.places:
            found |= self._answers.ask(("place", place.location))
        return found

    def _keys(self, function: Function, path: str) -> int:
        """Return the sources of the keys by which a function looks into a container."""
        target = split(path)[0]
        return self.union(function, [read.key for read in function.summary.reads if read.target == target and read.how == "item"])

    # -- calls

    def _calls_of(self, function: Function, path: str) -> Sequence[Call]:
        """Return the calls that stand behind a path: `get_store(x).items` calls `get_store`."""
        sites = self._sites.get(function)
        if sites is None:
            sites = self._sites[function] = {}
            for site in function.summary.calls:
                sites.setdefault(site.call.func, []).append(site.call)
        return sites.get(path, ())


def _operands(expr: Expr) -> tuple[Expr | None, ...]:
    """Return what an expression is computed from that neither names nor calls anything itself."""
    match expr:
        case Display(_, items, keys):
            return (*items, *keys)
        case Template(_, parts):
            return parts
        case Either(_, options, test):
            return (*options, test)
        case Compare(left, _, right):
            return (left, right)
        case Not(operand):
            return (operand,)
    return ()
