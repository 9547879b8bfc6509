"""Find what functions hand to each other, in rounds to a fixpoint: calls tell of parameters, and parameters of calls.

In a round every call concerned is asked what it hands over (arguments, fields of what it makes), and every function for the rest
(contents of containers, attributes, state of the application), with the answers that hold at its beginning. Only then is what
is new entered, the answers that depend on it are brought up to date, and the next round concerns what had asked for them. When
nothing is new, parameters of which still nothing is known are taken for what their names say by custom (`request`, `app`),
all at once, and the rounds go on.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Final, TypeAlias

from statelint.limits import FIXPOINT
from statelint.program.calls.callgraph import is_handed_in
from statelint.program.calls.decorators import decorations_of, decorations_of_class
from statelint.program.calls.handed_on import arguments_handed_on, given_name, passed_on, spread
from statelint.program.calls.initialisers import given_by_routes
from statelint.program.names.accesses import fillings_in, fillings_of_locals, is_made_empty
from statelint.program.names.app_state import assigned_state, inherited_state, uses_tornado
from statelint.program.names.arguments import bound_parameters
from statelint.program.names.attributes_set_outside import attributes_from_outside
from statelint.program.names.containers import FILLABLE, Containers
from statelint.program.names.flows import Flow
from statelint.program.names.nodes import Class, External, ExternalValue, Function, Instance, Location
from statelint.survey.summary import Call, Const, Display, Either, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from statelint.program.calls.decorators import Decoration
    from statelint.program.names.flows import FlowTable
    from statelint.program.names.nodes import AbstractObject
    from statelint.program.names.resolver import Resolver

_Part: TypeAlias = tuple[Function, int]
"""What is asked at once: the call of that index in a function, all its calls whose callee is plain to see, or all that is no call."""
_DIRECT: Final = -2
_REST: Final = -1


def link_flows(functions: Sequence[Function], classes: Sequence[Class], resolver: Resolver, flows: FlowTable) -> None:
    """Fill the table of flows, and leave the resolver with answers that are final."""
    finder = _FlowFinder(functions, classes, resolver, flows)
    inherited = [cls for cls in classes if cls.module.part != "test"]
    resolver.update(flows.enter(inherited_state(inherited, resolver.vocabulary)))
    direct, others = finder.parts()
    concerned = finder.round(direct)
    if _settle(finder, dict.fromkeys((*concerned, *others))):
        _settle(finder, finder.enter(_customary(functions, resolver)))
    resolver.freeze()


class _FlowFinder:
    """Asks functions what they hand over: each call of a value by itself, so that what is new concerns few, and all else at once."""

    def __init__(self, functions: Sequence[Function], classes: Sequence[Class], resolver: Resolver, flows: FlowTable) -> None:
        self.resolver = resolver
        self.flows = flows
        self._containers = Containers(resolver, resolver.vocabulary)
        self._tornado = uses_tornado(functions)
        self._order = {function: position for position, function in enumerate(functions)}
        self._classes: dict[Function, list[Class]] = {}
        for cls in classes:
            self._classes.setdefault(cls.scope, []).append(cls)
        self._fillable: dict[Location, bool] = {}
        self._direct: dict[Function, list[Call]] = {}

    def parts(self) -> tuple[list[_Part], list[_Part]]:
        """Return the calls whose callee is plain to see, and all other parts.

        What the first hand over is entered before the others are asked, so that few answers have to be withdrawn.
        """
        others: list[_Part] = []
        for function in self._order:
            for index, site in enumerate(function.summary.calls):
                if _is_direct(function, site.call.func):
                    self._direct.setdefault(function, []).append(site.call)
                else:
                    others.append((function, index))
            others.append((function, _REST))
        return [(function, _DIRECT) for function in self._direct], others

    def round(self, parts: Iterable[_Part]) -> list[_Part]:
        """Ask these parts of functions, enter what is new, and return the parts that are concerned by it."""
        self._fillable.clear()
        found: list[Flow] = []
        for part in parts:
            found += self.resolver.observe(part, partial(self._of, part))
        return self.enter(found)

    def enter(self, found: Iterable[Flow]) -> list[_Part]:
        """Enter what is new, and return what may hand over something else because of it, in the order of the program."""
        changed = self.flows.enter(found)
        return sorted(self.resolver.update(changed), key=lambda part: (self._order[part[0]], part[1]))

    def _of(self, part: _Part) -> list[Flow]:
        function, index = part
        if index == _REST:
            return list(self._of_rest(function))
        if index == _DIRECT:
            return [flow for call in self._direct[function] for flow in self._of_call(function, call)]
        return list(self._of_call(function, function.summary.calls[index].call))

    def _of_call(self, function: Function, call: Call) -> Iterator[Flow]:
        for entity in self.resolver.walk(function, call.func).objects:
            yield from self._handed_over(function, call, entity)

    def _handed_over(self, caller: Function, call: Call, entity: AbstractObject) -> Iterator[Flow]:
        """What a call hands over to one of the things that its callee may be."""
        if isinstance(entity, External) and call.args and self.resolver.vocabulary.request_attribute_calls.calls(entity.name):
            name = given_name(call)
            if name:
                yield Flow("request", name, "", caller, call)
        elif isinstance(entity, (External, ExternalValue)):
            for callee, given in arguments_handed_on(caller, call, entity.name, self.resolver):
                yield from _called(caller, given, callee, self.resolver)
        else:
            yield from _called(caller, call, entity, self.resolver)

    def _of_rest(self, function: Function) -> Iterator[Flow]:
        resolver = self.resolver
        for decoration in decorations_of(function, resolver):
            yield from _decorated(decoration)
        for cls in self._classes.get(function, ()):
            for decoration in decorations_of_class(cls, resolver):
                yield from _decorated(decoration)
        if self._tornado:
            for given in given_by_routes([function], resolver):
                yield from _handed(given.method, given.name, given.function, given.value)
        yield from attributes_from_outside(function, resolver, self.flows)
        yield from assigned_state(function, resolver, tornado=self._tornado)
        yield from self._contents(function)

    def _contents(self, function: Function) -> Iterator[Flow]:
        """What is put into containers, so that a method called on an element can be followed."""
        for location, access in (*fillings_in(function, self.resolver), *fillings_of_locals(function, self.resolver)):
            if access.value is not None and (not access.fills_inner or self._starts_empty(location)):
                if location not in self._fillable:
                    kind = self._containers.at(location, self.resolver.values_of(location))
                    self._fillable[location] = kind in FILLABLE
                if self._fillable[location]:
                    yield Flow("contents", location, "", function, access.value)

    def _starts_empty(self, location: Location) -> bool:
        """Whether a container is a table that is filled, and not a document that is changed here and there."""
        values = self.resolver.values_of(location) if location.kind != "local" else ()
        return any(is_made_empty(value) for _, value in values)


def _is_direct(function: Function, path: str) -> bool:
    """Whether a callee follows from definitions and imports: `f`, `module.f`, `self.f`, `Class.f`, and no value has to be known."""
    head, _, rest = path.partition(".")
    if not head.isidentifier() or not (rest.isidentifier() or not rest):
        return False
    params = function.summary.params
    is_own = bool(rest) and function.owner is not None and bool(params) and params[0].name == head
    return is_own or not (head in function.params or head in function.locals)


def _settle(finder: _FlowFinder, parts: Iterable[_Part]) -> bool:
    """Go on until nothing is new; a program for which that takes too long is told of."""
    for _ in range(FIXPOINT.most):
        parts = concerned = finder.round(parts)
        if not concerned:
            return True
    for function in dict.fromkeys(function for function, _ in parts):
        finder.resolver.limits.reach(FIXPOINT, function.name, function.module.path, function.summary.line)
    return False


def _customary(functions: Iterable[Function], resolver: Resolver) -> Iterator[Flow]:
    """Parameters of which nothing is known, and whose names are those that people give to one library's objects."""
    customary = resolver.vocabulary.customary_parameters
    for function in functions:
        for param in function.summary.params:
            if param.name in customary and param.annotation is None and not resolver.parameter(function, param.name).objects:
                yield Flow("customary", function, param.name, function, customary[param.name])


def _called(caller: Function, call: Call, entity: AbstractObject, resolver: Resolver) -> Iterator[Flow]:
    """What a call of one of the project's own hands over."""
    match entity:
        case Function():
            yield from _arguments(caller, call, entity, resolver)
        case Class():
            yield from _construction(caller, call, entity, resolver)
        case Instance():
            method = entity.cls.find_method("__call__")
            if method is not None:
                yield from _arguments(caller, call, method, resolver)
        case _:
            pass


def _arguments(caller: Function, call: Call, callee: Function, resolver: Resolver) -> Iterator[Flow]:
    """What a call hands to each parameter."""
    params = callee.summary.params
    if not params:
        return
    yield Flow("called", callee, "", callee, None)
    positional = [param.name for param in params if param.kind == ""][bound_parameters(caller, call, callee, resolver) :]
    pairs = [*zip(positional, call.args, strict=False), *((name, value) for name, value in call.keywords if name in callee.params)]
    for name, expr in pairs:
        if not isinstance(expr, Const) or isinstance(expr.value, str):
            yield from _handed(callee, name, caller, expr)
    yield from _beyond(caller, call, callee, dict(pairs), call.args[len(positional) :], resolver=resolver)
    if call.keywords:
        yield from _further(caller, call, callee, resolver)


def _beyond(
    caller: Function, call: Call, callee: Function, given: Mapping[str, Expr], args: Sequence[Expr], *, resolver: Resolver
) -> Iterator[Flow]:
    """What `*args` takes, and what the callee hands on with it."""
    rest = next((param.name for param in callee.summary.params if param.kind == "*"), "")
    if not rest or (caller.module.part == "test" and callee.module.part != "test"):
        return
    for expr in args:
        if isinstance(expr, (Ref, Call, Either)):
            yield Flow("contents", Location("parameter", callee, rest), "", caller, expr)
    for called, later in passed_on(call, callee, given, args):
        for entity in resolver.value(caller, called).objects:
            if isinstance(entity, (Function, Class)):
                yield from _called(caller, later, entity, resolver)


def _further(caller: Function, call: Call, callee: Function, resolver: Resolver) -> Iterator[Flow]:
    """What `**mapping` hands to parameters, and keywords that no parameter is called by: `**options` takes them, and may hand them on.

    What a wrapper hands to whatever it was put around is left out: it would be everybody's keywords for everybody's parameters.
    """
    takes_any = any(param.kind == "**" for param in callee.summary.params)
    given = [(name, caller, expr) for name, expr in call.keywords if name != "**" and name not in callee.params] if takes_any else []
    for keyword, mapping in call.keywords:
        if keyword == "**" and not is_handed_in(caller, call.func):
            given += spread(caller, mapping, call.line, resolver)
    for name, function, expr in given:
        if name in callee.params:
            yield from _handed(callee, name, function, expr)
        elif takes_any and isinstance(expr, (Ref, Call, Either, Display)):
            yield from _handed(callee, name, function, expr)
            yield from _handed(callee, "**", function, expr)


def _handed(callee: Function, name: str, caller: Function, expr: Expr) -> Iterator[Flow]:
    if caller.module.part != "test" or callee.module.part == "test":  # what tests hand in says nothing of production
        yield Flow("arguments", callee, name, caller, expr)


def _construction(function: Function, call: Call, cls: Class, resolver: Resolver) -> Iterator[Flow]:
    """What a class is handed when an instance is made: the arguments of its initialiser, or its fields."""
    makers = [method for name in ("__new__", "__init__") if (method := cls.find_method(name)) is not None]
    for method in makers:
        yield from _arguments(function, call, method, resolver)
    if makers:
        return
    names = [name for base in reversed(cls.lineage) for name, bound in base.bindings.items() if bound[0].annotation is not None]
    for name, expr in (*zip(names, call.args, strict=False), *call.keywords):
        if isinstance(expr, (Ref, Call, Either)):
            yield Flow("fields", cls, name, function, expr)


def _decorated(decoration: Decoration) -> Iterator[Flow]:
    decorator = decoration.decorator
    yield Flow("decorated", decorator, "", decoration.scope, decoration.name)
    if decorator.summary.params:
        yield from _handed(decorator, decorator.summary.params[0].name, decoration.scope, _reference(decoration.name))


@cache
def _reference(name: str) -> Ref:
    """The same node each time: flows are told apart by the identity of their values."""
    return Ref(name)
