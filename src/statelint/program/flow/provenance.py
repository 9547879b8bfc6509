"""Where values come from: for each expression the set of sources that take part in it, to a fixpoint.

Functions are summarised once, in terms of their parameters; a call puts in what it hands over. What a parameter can be, upwards,
is the union over all callers, and for what the framework calls the request. Places are field-based: an attribute of a class is
one place for all its instances.
"""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any, Final

from statelint.program.fixpoint import Fixpoint
from statelint.program.flow import sources
from statelint.program.flow.sources import DEPLOYMENT, PROCESS, REQUEST, SHARED, UNKNOWN, LibrarySources, is_pure
from statelint.program.names.arguments import bound_parameters
from statelint.program.names.conditions import ARMS, inside
from statelint.program.names.nodes import Class, External, ExternalValue, Function, Instance, Module, Query, StateBag
from statelint.program.names.resolver import split
from statelint.survey.summary import Call, Compare, Const, Display, Either, Not, Ref, Template, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statelint.program.names.accesses import Access
    from statelint.program.names.nodes import AbstractObject, Location, PointsTo
    from statelint.program.names.resolver import Resolver
    from statelint.rulebook.schema import Role
    from statelint.survey.summary import Binding, Expr, Parameter

_Key = tuple[Any, ...]
_FROM_CLIENTS: Final = frozenset({"request", "websocket", "middleware", "dependency", "error", "signal", "background", "task"})
"""Roles of functions whose parameters carry what a client has sent."""
_CHOOSING: Final = ARMS | {"case", "while"}
"""Guards whose condition decides which value a name has."""

_NESTED: Final = 12
"""How many rules run inside one another: each takes some thirty of Python's thousand frames, for expressions are gone through in depth."""
_ALLOCATING: Final = frozenset({"super().__new__", "object.__new__", "super().__call__", "type.__call__"})
"""Calls that make an object of the project; what it is made with is judged where it is kept."""
_DECISIVE: Final = SHARED | REQUEST | PROCESS
"""Sources beside which it does not matter what a library call is given."""


class Provenance:
    """Answers where values come from, in one program."""

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

    # -- questions

    def of(self, function: Function, expr: Expr | None) -> int:
        """Return the sources of an expression, over all callers of the function."""
        return sources.settled(self._upwards(function, self._of(function, expr)))

    def unsettled(self, function: Function, expr: Expr | None) -> int:
        """Return the sources of an expression over all callers, with `FILE` still among them where a file is read on the way."""
        return sources.without_parameters(self._upwards(function, self._of(function, expr)))

    def of_guard(self, function: Function, index: int) -> int:
        """Return the sources of the condition of a guard, over all callers of the function."""
        guard = function.summary.guards[index]
        calls = [function.summary.calls[one].call for one in guard.calls]
        return sources.settled(self._upwards(function, self._union(function, (guard.test, *guard.subjects, *calls))))

    def within(self, function: Function, expr: Expr | None) -> int:
        """Return the sources of an expression in terms of the function's own parameters."""
        return self._of(function, expr)

    def returned(self, function: Function) -> int:
        """Return the sources of what a function returns, over all its callers."""
        return sources.settled(self._upwards(function, self._answers.ask(("returned", function))))

    def computed(self, function: Function) -> int:
        """Return the sources of what a function returns beyond what it is given: of a memo, what its keys do not tell."""
        summary = self._answers.ask(("returned", function))
        own = sources.without_parameters(summary)
        if not own & sources.FILE:
            return own
        named = sources.settled(self._upwards(function, summary) & ~sources.FILE)
        return own & ~sources.FILE | (DEPLOYMENT if sources.is_same_everywhere(named) else PROCESS)

    def at(self, location: Location) -> int:
        """Return the sources of what is kept in a place."""
        return sources.settled(self._answers.ask(("place", location)))

    # -- rules

    def _rule(self, key: _Key) -> int:
        match key[0]:
            case "name":
                return self._name(key[1], key[2])
            case "parameter":
                return self._parameter(key[1], key[2])
            case "returned":
                return self._union(key[1], key[1].summary.returns)
            case "path":
                return self._along(key[1], key[2])
            case _:
                return self._place(key[1])

    def _upwards(self, function: Function, found: int) -> int:
        """Put in for parameters what callers hand over."""
        params = function.summary.params
        bits = sources.without_parameters(found)
        for index in sources.parameters_in(found):
            for param in params[index:] if index == sources.MOST_PARAMETERS else params[index : index + 1]:
                bits |= self._answers.ask(("parameter", function, param.name))
        return bits

    def _union(self, function: Function, exprs: Iterable[Expr | None]) -> int:
        found = sources.CODE
        for expr in exprs:
            found |= self._of(function, expr)
        return found

    def _of(self, function: Function, expr: Expr | None) -> int:
        """Return the sources of an expression in terms of the function's own parameters."""
        match expr:
            case None | Const():
                return sources.CODE
            case Ref(path):
                return self._path(function, path)
            case Call():
                return self._call(function, expr)
            case Unknown():
                return UNKNOWN
        return self._union(function, _operands(expr))

    # -- names

    def _named(self, function: Function, name: str) -> int:
        scope: Function | None = function
        while scope is not None and not scope.is_body:
            if name in function.summary.global_names:
                break
            own = self._in_scope(scope, name)
            if own is not None:
                return own if scope is function else self._upwards(scope, own)
            scope = scope.parent
        view = self._resolver.walk(function, name)
        found = self._of_library(view)
        for place in view.places:
            found |= self._answers.ask(("place", place.location))
        return found

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

    def _of_library(self, view: PointsTo) -> int:
        """Return what the library names among the things that a name may be read by themselves: `flask.request` is a source.

        A function of a library that is only named, `default_factory=uuid4`, has read nothing yet.
        """
        found = sources.CODE
        for entity in view.objects:
            if isinstance(entity, (External, ExternalValue)):
                model = REQUEST if entity.name in ("request", "websocket") else self._libraries.of(entity.name) or sources.CODE
                found |= model & ~PROCESS if isinstance(entity, External) else model
            elif isinstance(entity, Query):
                found |= SHARED
        return found

    def _name(self, function: Function, name: str) -> int:
        found = sources.CODE
        bindings = function.locals.get(name, ())
        for binding in bindings:
            found |= self._bound(function, binding, chosen=len(bindings) > 1)
        return found | self._union(function, self._changed(function).get(name, ()))

    def _bound(self, function: Function, binding: Binding, *, chosen: bool) -> int:
        found = self._of(function, binding.value)
        if chosen:
            guards = [function.summary.guards[index] for index in binding.guards]
            found |= self._union(function, [guard.test for guard in guards if guard.kind in _CHOOSING])
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
        found = self._of(function.parent or function, param.default)
        injected = [call for call in inside(param.default, param.annotation) if isinstance(call, Call)]
        if roles & _FROM_CLIENTS:
            found |= self._injected(function, injected) if injected else REQUEST
        elif roles:
            found |= DEPLOYMENT  # options of a command, the application that a start-up hook is given
        handed = self._resolver.flows.arguments.get(function)
        if handed is None and not roles:
            return found | UNKNOWN
        if param.kind in ("*", "**"):
            return found if roles & _FROM_CLIENTS else found | UNKNOWN
        for caller, expr in (handed or {}).get(name, ()):
            found |= self._upwards(caller, self._of(caller, expr))
        return found

    def _injected(self, function: Function, calls: Iterable[Call]) -> int:
        """Return the sources of what a framework hands in: `Depends(get_session)` says; `Query(1)` only declares a part of the request."""
        found, known = sources.CODE, False
        for call in calls:
            for arg in (*call.args, *(value for _, value in call.keywords)):
                path = arg.path if isinstance(arg, Ref) else ""
                for entity in self._resolver.walk(function.parent or function, path).objects if path else ():
                    if isinstance(entity, Function):
                        found |= self._upwards(entity, self._answers.ask(("returned", entity)))
                        known = True
                    elif isinstance(entity, Class):
                        known = True
        return found if known else REQUEST

    # -- places

    def _place(self, location: Location) -> int:
        found = sources.CODE
        if location.kind == "parameter":
            owner = location.owner
            return self._answers.ask(("parameter", owner, location.name)) if isinstance(owner, Function) else UNKNOWN
        flows = self._resolver.flows
        for function, expr in (*self._resolver.values_of(location), *flows.contents.get(location, ())):
            found |= self._upwards(function, self._of(function, expr))
        if isinstance(location.owner, Class):
            for function, expr in flows.fields.get((location.owner, location.name), ()):
                found |= self._upwards(function, self._of(function, expr))
        for access in self._writes.get(location, ()):
            found |= self._upwards(access.function, self._of(access.function, access.value) | self._of(access.function, access.key))
            if access.how == "augment" or access.method == "+=":
                found |= PROCESS  # how often it was counted up
        return found

    # -- paths

    def _path(self, function: Function, path: str) -> int:
        if path == "?":
            return UNKNOWN
        if path.isidentifier():
            return self._named(function, path)
        return self._answers.ask(("path", function, path))

    def _along(self, function: Function, path: str) -> int:
        prefix, step = split(path)
        if prefix.startswith("<lambda"):
            return sources.CODE
        if not step:
            return self._named(function, prefix)
        view = self._resolver.walk(function, path)
        if step == "()":
            return self._result(function, prefix, self._calls_of(function, prefix))
        if view.objects and not view.places and all(isinstance(entity, (Function, Class)) for entity in view.objects):
            return sources.CODE  # a method that is only named
        for entity in view.objects:
            if isinstance(entity, (External, ExternalValue)):
                model = self._libraries.of(entity.name)
                if model is not None:
                    return model & ~PROCESS if isinstance(entity, External) else model
        kept = self._kept(function, path, view, prefix, step)
        if kept is not None:
            return kept
        found = self._path(function, prefix)
        return found | self._keys(function, path) if step[0] == "[" else found

    def _kept(self, function: Function, path: str, view: PointsTo, prefix: str, step: str) -> int | None:
        """Return the sources of an attribute or item that is kept in a place of the project, None if it is no such place."""
        owners = self._resolver.walk(function, prefix).objects
        if step[0] == "." and any(isinstance(one, (Module, StateBag)) for one in owners):
            return self._places(view)
        classes = [one.cls for one in owners if isinstance(one, Instance)]
        if any(base in self._rows for cls in classes for base in cls.external_bases):
            return SHARED | self._path(function, prefix)
        if any(base in self._settings for cls in classes for base in cls.external_bases):
            return DEPLOYMENT
        if step[0] == "." and classes:
            found = self._places(view)
            for cls in classes:
                method = cls.find_method(step[1:])
                if method is not None:
                    found |= self._answers.ask(("returned", method))
            own = function.summary.params[0].name if function.owner is not None and function.summary.params else ""
            return found if prefix == own else found | self._path(function, prefix)
        kinds = ("global", "attribute", "application", "function", "default")
        if any(place.location.kind in kinds for place in view.places):
            found = self._places(view)
            return found | self._keys(function, path) if step[0] == "[" else found
        return None

    def _places(self, view: PointsTo) -> int:
        found = sources.CODE
        for place in view.places:
            found |= self._answers.ask(("place", place.location))
        return found

    def _keys(self, function: Function, path: str) -> int:
        """Return the sources of the keys by which a function looks into a container."""
        target = split(path)[0]
        return self._union(function, [read.key for read in function.summary.reads if read.target == target and read.how == "item"])

    # -- calls

    def _call(self, function: Function, call: Call) -> int:
        return self._result(function, call.func, (call,))

    def _calls_of(self, function: Function, path: str) -> Sequence[Call]:
        """Return the calls that stand behind a path: `get_store(x).items` calls `get_store`."""
        sites = self._sites.get(function)
        if sites is None:
            sites = self._sites[function] = {}
            for site in function.summary.calls:
                sites.setdefault(site.call.func, []).append(site.call)
        return sites.get(path, ())

    def _result(self, function: Function, path: str, calls: Sequence[Call]) -> int:
        """Return the sources of what calling a path gives."""
        if path in _ALLOCATING:
            return sources.CODE
        results = [self._result_of(function, entity, path, calls) for entity in self._resolver.walk(function, path).objects]
        known = [found for found in results if found is not None]
        if known:
            return functools.reduce(operator.or_, known)
        receiver, step = split(path)
        if not step:  # a name that nothing is known of, or that a caller hands in
            return self._handed(function, calls) | (self._named(function, path) or UNKNOWN)
        is_common = step[1:] in self._resolver.vocabulary.words("common-method")
        model = self._libraries.of(path) if "." in path and not is_common else None
        if model is not None:
            return model | (self._handed(function, calls) if not model & _DECISIVE else sources.CODE)
        return self._path(function, receiver) | self._handed(function, calls)

    def _result_of(self, function: Function, entity: AbstractObject, path: str, calls: Sequence[Call]) -> int | None:
        """Return the sources of what calling one thing gives that a path may stand for, None where that cannot be called."""
        match entity:
            case Function():
                return self._put_in(function, entity, calls)
            case Class():
                is_settings = any(base in self._settings for base in entity.external_bases)
                return self._handed(function, calls) | (DEPLOYMENT if is_settings else sources.CODE)
            case Instance():
                method = entity.cls.find_method("__call__")
                return self._put_in(function, method, calls) if method is not None else self._handed(function, calls)
            case External() | ExternalValue():
                return self._of_call(function, entity.name, path, calls)
            case Query():
                return SHARED
        return None

    def _of_call(self, function: Function, name: str, path: str, calls: Sequence[Call]) -> int:
        """Return the sources of what a library's call gives: what its model reads, else what it is given."""
        if name in ("request", "websocket"):
            return REQUEST
        model = self._libraries.of(name)
        if model is not None and model & _DECISIVE:
            return model
        receiver, step = split(path)
        given = self._handed(function, calls) | (self._path(function, receiver) if step[:1] == "." else sources.CODE)
        if model is not None:
            return model | given
        return given if is_pure(name) else given | UNKNOWN

    def _handed(self, function: Function, calls: Iterable[Call]) -> int:
        return self._union(function, (arg for call in calls for arg in (*call.args, *(value for _, value in call.keywords))))

    def _put_in(self, caller: Function, callee: Function, calls: Sequence[Call]) -> int:
        """Return the sources of what a function returns, with its parameters replaced by what these calls hand over."""
        summary = self._answers.ask(("returned", callee))
        found = sources.without_parameters(summary)
        params = callee.summary.params
        for index in sources.parameters_in(summary):
            if index < len(params):
                for call in calls:
                    found |= self._argument(caller, callee, params[index], index, call)
        return found

    def _argument(self, caller: Function, callee: Function, param: Parameter, index: int, call: Call) -> int:
        is_method = bound_parameters(caller, call, callee, self._resolver) == 1
        if is_method and index == 0:
            receiver, step = split(call.func)
            return self._path(caller, receiver) if step[:1] == "." else sources.CODE
        named = [value for keyword, value in call.keywords if keyword == param.name]
        if named:
            return self._union(caller, named)
        position = index - is_method
        if param.kind in ("*", "**"):
            return self._handed(caller, (call,))
        if position < len(call.args):
            return self._of(caller, call.args[position])
        spread = any(keyword == "**" for keyword, _ in call.keywords)
        return UNKNOWN if spread else self._of(callee.parent or callee, param.default)


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


def roles_of(points: Iterable[tuple[Function, Role]]) -> dict[Function, frozenset[Role]]:
    """Return the roles in which each function is called from outside."""
    found: dict[Function, set[Role]] = {}
    for function, role in points:
        found.setdefault(function, set()).add(role)
    return {function: frozenset(roles) for function, roles in found.items()}
