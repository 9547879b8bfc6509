"""Places that are filled where they are found empty: whoever reads them derives their value first.

A write fills a place on demand if it happens only where the place, or a mark that is set together with it, is found absent: in
the writing function or on each way to it. The place is *derived on demand* if all its writes do so and no reader comes by
without passing a function that fills it. Which request comes first, and when, makes no difference then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names.accesses import writes_in
from statelint.program.names.conditions import ARMS, absences, inside, names_in, perhaps_absent, questions
from statelint.program.names.nodes import Class, Function
from statelint.program.names.resolver import split
from statelint.survey.conditions import negated
from statelint.survey.summary import Call, Compare, Const, Display, Either, Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from statelint.program.calls.callgraph import CallGraph, Edge
    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.accesses import Access
    from statelint.program.names.conditions import Asked
    from statelint.program.names.nodes import Location
    from statelint.program.names.resolver import Resolver
    from statelint.program.reachability.reach import Reachability
    from statelint.survey.summary import Expr

_MISSING: Final = frozenset({"KeyError", "AttributeError", "LookupError", "IndexError", "NameError", "ObjectDoesNotExist"})
"""Exceptions that say that something is not there."""
_DIFFERS: Final = frozenset({"!=", "<", ">", "<=", ">=", "is not"})
_KEPT: Final = frozenset({"global", "attribute", "application", "function", "local", "default"})


def empties(access: Access) -> bool:
    """Whether a write leaves nothing: `x = None`, `del d[k]`, `d.clear()`, `x = {}`."""
    if access.how == "delete":
        return True
    value = access.value
    if access.how != "rebind":
        return False
    return (isinstance(value, Const) and not value.value) or (isinstance(value, Display) and not value.items and not value.comprehension)


def _is_kept(location: Location, function: Function) -> bool:
    """Whether a place outlives a call of the function: not its own locals and parameters, but its attributes."""
    return location.kind in _KEPT and (location.owner is not function or location.kind == "function")


class Filling:
    """Finds the places that are derived on demand."""

    def __init__(self, resolver: Resolver, graph: CallGraph, serving: Reachability, handlers: AbstractSet[Function]) -> None:
        self._resolver = resolver
        self._graph = graph
        self._serving = serving
        self._handlers = handlers
        self._memoizers = resolver.vocabulary.role("memoizer")
        self._accesses: dict[Function, list[tuple[Location, Access]]] = {}
        self._under: dict[tuple[Function, int], frozenset[Location]] = {}
        self._written: dict[Function, frozenset[Location]] = {}

    def is_on_demand(self, cell: Cell) -> bool:
        """Whether all writes that requests reach fill the cell where it is absent, and all who read it see it filled."""
        writes = [access for access in cell.writes if access.function in self._serving and not empties(access)]
        fillers: set[Function] = set()
        for access in writes:
            found = self._fillers(access, cell.location)
            if found is None:
                return False
            fillers |= found
        inside = self._only_called_by(fillers)
        return bool(writes) and all(
            read.function in fillers or read.function in inside or self._is_behind(read.function, read.line, fillers)
            for read in cell.reads
            if read.function in self._serving
        )

    def is_remembered(self, cell: Cell) -> bool:
        """Whether each value in the cell is derived where it is found missing, or too old: what is there was there before.

        Other than for a place that is derived on demand, who reads it may find nothing, or what is out of date.
        """
        writes = [access for access in cell.writes if access.function in self._serving and not empties(access)]
        return bool(writes) and all(
            any(self._asks_for_age(access, index, cell.location) for index in access.guards) or self._fillers(access, cell.location)
            for access in writes
        )

    def _asks_for_age(self, access: Access, index: int, location: Location) -> bool:
        """Whether a guard asks for what is written, or compares what is noted anew together with it: `not rows or now - read_at > 60`."""
        function, guard = access.function, access.function.summary.guards[index]
        if guard.kind not in ARMS:
            return False
        noted = {location} | self._set_under(function, index)
        if any(noted.intersection(self._asked(function, one)) for one in perhaps_absent(guard.test)):
            return True
        asked = (question for question in questions(guard.test) if isinstance(question, Compare) and question.operator in _DIFFERS)
        parts = (part for question in asked for part in inside(question.left, question.right) if isinstance(part, Ref))
        return any(noted.intersection(self._locations(function, part.path)) for part in parts)

    def is_renewed(self, cell: Cell, is_stamp: Callable[[Function, Expr], bool]) -> bool:
        """Whether the cell is replaced wherever what it is made from says that it has changed: a version, a time of change, a digest.

        The guard compares what was noted beside the value, and is noted anew with it, with what `is_stamp` takes for a version now.
        """
        writes = [access for access in cell.writes if access.function in self._serving and not empties(access)]
        return bool(writes) and all(any(self._compares_stamp(access, index, is_stamp) for index in access.guards) for access in writes)

    def _compares_stamp(self, access: Access, index: int, is_stamp: Callable[[Function, Expr], bool]) -> bool:
        function, guard = access.function, access.function.summary.guards[index]
        if guard.kind not in ARMS:
            return False
        noted = self._set_under(function, index)
        for question in questions(guard.test):
            if isinstance(question, Compare) and question.operator in _DIFFERS:
                for old, new in ((question.left, question.right), (question.right, question.left)):
                    if isinstance(old, Ref) and noted.intersection(self._locations(function, old.path)) and is_stamp(function, new):
                        return True
        return False

    # -- writes

    def _fillers(self, access: Access, location: Location) -> set[Function] | None:
        """Return the functions that ask for absence before this write happens; None where one way asks nothing."""
        if self.is_made_once(access.function):
            return {access.function}
        if self._asks_itself(access, location) or self._asks(access.function, access.guards, {location}):
            return {access.function}
        if self._returns_what_it_finds(access, location):
            return {access.function}
        return self._asking_callers(access.function, self._sets(access.function) | {location})

    def _set_under(self, function: Function, index: int) -> frozenset[Location]:
        """Return the places that a function sets under a guard, itself or by what it calls there: one of them may stand for the others."""
        found = self._under.get((function, index))
        if found is None:
            own = {location for location, access in self._writes_in(function) if index in access.guards and not empties(access)}
            called = [edge for edge in self._graph.edges.get(function, ()) if edge.kind == "call" and index in self._guards_of(edge)]
            found = self._under[function, index] = frozenset(own.union(*(self._sets(edge.callee) for edge in called)))
        return found

    def _sets(self, function: Function) -> frozenset[Location]:
        found = self._written.get(function)
        if found is None:
            found = self._written[function] = frozenset(one for one, access in self._writes_in(function) if not empties(access))
        return found

    def _writes_in(self, function: Function) -> list[tuple[Location, Access]]:
        found = self._accesses.get(function)
        if found is None:
            found = self._accesses[function] = list(writes_in(function, self._resolver))
        return found

    def _asks_itself(self, access: Access, location: Location) -> bool:
        """`d.setdefault(k, v)`, `x = x or make()`."""
        if access.method == "setdefault":
            return True
        value = access.value
        if not isinstance(value, Either) or value.kind != "or" or not isinstance(value.options[0], Ref):
            return False
        return location in self._locations(access.function, value.options[0].path)

    def _asks(self, function: Function, guards: Iterable[int], marks: AbstractSet[Location]) -> bool:
        """Whether one of the guards lets code run only where one of the places, or what is set together with them, is absent."""
        for index in guards:
            guard = function.summary.guards[index]
            if guard.kind in ARMS:
                asked = {location for one in absences(guard.test) for location in self._asked(function, one)}
                if asked & marks or (asked and asked & self._set_under(function, index)):
                    return True
            elif guard.kind == "except":
                types = {name.rpartition(".")[2] for name in names_in(*guard.subjects)}
                if types and types <= _MISSING:
                    return True
        return False

    def _returns_what_it_finds(self, access: Access, location: Location) -> bool:
        """Whether the function has returned before the write where it found something there that it could use."""
        guards = access.function.summary.guards
        for exit_ in access.function.summary.exits:
            around = [guards[index] for index in exit_.guards if index not in access.guards and guards[index].kind in ARMS]
            if exit_.how == "return" and around and all(guard.line < access.line for guard in around):
                found = (one for guard in around for one in absences(negated(guard.test)))
                if any(location in self._asked(access.function, one) for one in found):
                    return True
        return False

    def _asked(self, function: Function, asked: Asked) -> Iterator[Location]:
        """Yield the places of which a condition asks whether something is there, itself or by a function that looks it up."""
        yield from self._locations(function, asked.path)
        called = f"{asked.path}.get" if asked.how == "entry" else asked.path.removesuffix("()")
        if called != asked.path:
            for entity in self._resolver.walk(function, called).objects:
                if isinstance(entity, Function):
                    yield from self._looked_up_by(entity)

    def _locations(self, function: Function, path: str) -> Iterator[Location]:
        """Yield the places that a path stands for, or from which the local name at its head was taken."""
        for place in self._resolver.walk(function, path).places:
            if _is_kept(place.location, function):
                yield place.location
        head, step = split(path)
        for binding in () if step else function.locals.get(head, ()):
            if not (isinstance(binding.value, Ref) and binding.value.path == path):
                yield from self._taken_from(function, binding.value)

    def _taken_from(self, function: Function, value: Expr) -> Iterator[Location]:
        """Yield the places that a value is looked up in: `CACHE.get(key)`, `getattr(self, "_rows", None)`, `store.find(key)`."""
        if isinstance(value, Call) and value.func == "getattr":
            args = value.args
            if len(args) > 1 and isinstance(args[0], Ref) and isinstance(args[1], Const):
                yield from self._kept_at(function, f"{args[0].path}.{args[1].value}")
        elif isinstance(value, Call):
            if value.func.endswith(".get"):
                yield from self._kept_at(function, value.func.removesuffix(".get"))
            for entity in self._resolver.walk(function, value.func).objects:
                if isinstance(entity, Function):
                    yield from self._looked_up_by(entity)
        elif isinstance(value, Ref):
            yield from self._kept_at(function, value.path)

    def _looked_up_by(self, function: Function) -> Iterator[Location]:
        """Yield the places that a function returns an entry of."""
        for expr in function.summary.returns:
            path = expr.func.removesuffix(".get") if isinstance(expr, Call) and expr.func.endswith(".get") else ""
            path = expr.path if isinstance(expr, Ref) else path
            if path:
                yield from self._kept_at(function, path)

    def _kept_at(self, function: Function, path: str) -> Iterator[Location]:
        for place in self._resolver.walk(function, path).places:
            if _is_kept(place.location, function):
                yield place.location

    def _asking_callers(self, function: Function, marks: AbstractSet[Location]) -> set[Function] | None:
        """Return who asks, on each way from a request to a function."""
        found: set[Function] = set()
        pending: list[tuple[Function, AbstractSet[Location]]] = [(function, marks)]
        seen = {function}
        for callee, known in pending:  # grows while it is gone through
            if self.is_made_once(callee):
                found.add(callee)
                continue
            if callee in self._handlers or self._serving.is_beside(callee):
                return None
            for edge in self._graph.callers.get(callee, ()):
                caller = edge.caller
                if caller not in self._serving or caller.is_body:
                    continue
                if self._asks(caller, self._guards_of(edge), known):
                    found.add(caller)
                elif caller not in seen:
                    seen.add(caller)
                    pending.append((caller, known | self._sets(caller)))
        return found or None

    def is_made_once(self, function: Function) -> bool:
        """Whether a function's first call answers for all others: it is memoized and has no parameters."""
        if not function.summary.decorators or function.summary.params:
            return False
        for decorator in function.summary.decorators:
            path = decorator.path if isinstance(decorator, Ref) else decorator.func if isinstance(decorator, Call) else ""
            if any(name in self._memoizers for name in self._resolver.library_names(function.parent or function, path)):
                return True
        return False

    def _guards_of(self, edge: Edge) -> tuple[int, ...]:
        """Return the guards around the calls of an edge."""
        name = edge.callee.name.rpartition(".")[2]
        owner = edge.callee.owner.name if isinstance(edge.callee.owner, Class) else ""
        sites = [site for site in edge.caller.summary.calls if site.call.line == edge.line]
        named = [site for site in sites if (split(site.call.func)[1].lstrip(".") or site.call.func) in (name, owner)]
        return next((site.guards for site in named or sites), ())

    # -- reads

    def _only_called_by(self, fillers: AbstractSet[Function]) -> set[Function]:
        """Return what requests reach through the fillers alone."""
        inside: set[Function] = set()
        pending = [edge.callee for filler in fillers for edge in self._graph.edges.get(filler, ())]
        while pending:
            function = pending.pop()
            if function in inside or function in fillers or function in self._handlers:
                continue
            callers = [edge.caller for edge in self._graph.callers.get(function, ()) if edge.caller in self._serving]
            if all(caller in fillers or caller in inside or caller is function for caller in callers):
                inside.add(function)
                pending += [edge.callee for edge in self._graph.edges.get(function, ())]
        return inside

    def _is_behind(self, function: Function, line: int, fillers: AbstractSet[Function]) -> bool:
        """Whether a filler has been called on each way from a request to a line of a function."""
        pending, seen = [(function, line)], {function}
        for reached, before in pending:  # grows while it is gone through
            if any(edge.callee in fillers for edge in self._graph.edges.get(reached, ()) if edge.line <= before):
                continue
            callers = [edge for edge in self._graph.callers.get(reached, ()) if edge.caller in self._serving and not edge.caller.is_body]
            if reached in self._handlers or not callers:
                return False
            for edge in callers:
                if edge.caller not in fillers and edge.caller not in seen:
                    seen.add(edge.caller)
                    pending.append((edge.caller, edge.line))
        return True
