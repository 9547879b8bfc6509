"""What depends on a value: does it, or a branch on it, reach somebody outside this process?

Observers are answers and refusals, shared stores, files, messages, calls to the outside, work that is started or left undone.
Logs, metrics of this process and the closing of its own handles are none. Each question is answered with `NO`, `UNKNOWN` or `YES`,
to a fixpoint over results, parameters, places and the effects of functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from statelint.program.fixpoint import Fixpoint
from statelint.program.flow.dependence import DECIDING, dependents, is_carried, is_in_arguments, is_seen, mentions
from statelint.program.flow.filling import empties
from statelint.program.flow.sources import is_pure
from statelint.program.names.accesses import writes_in
from statelint.program.names.arguments import bound_parameters
from statelint.program.names.conditions import names_in
from statelint.program.names.nodes import Class, External, ExternalValue, Function, Instance
from statelint.program.names.resolver import split
from statelint.survey.summary import Call, Const

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from statelint.program.calls.callgraph import CallGraph
    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.accesses import Access
    from statelint.program.names.nodes import Location
    from statelint.program.names.resolver import Resolver
    from statelint.rulebook.schema import Role
    from statelint.survey.summary import CallSite

NO: Final = 0
UNKNOWN: Final = 1
YES: Final = 2
_Key = tuple[Any, ...]
_ANSWERING: Final = frozenset({"request", "websocket", "middleware", "dependency", "error", "task", "background"})
"""Roles of functions whose results somebody gets."""
_OUTSIDE: Final = ("effect", "publish", "row-change", "shared-store", "volatile-http", "object-storage", "remove-file", "child-process")
_OWN: Final = (
    "log",
    "metrics",
    "lock",
    "per-process",
    "volatile-clock",
    "volatile-random",
    "sleep",
    "volatile-file",
    "env-read",
    "configuration",
)
_NESTED: Final = 10
"""How many rules run inside one another; each goes through the expressions of a function."""


class Uses:
    """Answers what depends on values, in one program."""

    def __init__(
        self, resolver: Resolver, graph: CallGraph, roles: Mapping[Function, frozenset[Role]], cells: Mapping[Location, Cell]
    ) -> None:
        self._resolver = resolver
        self._graph = graph
        self._roles = roles
        self._cells = cells
        vocabulary = resolver.vocabulary
        self._outside = tuple(vocabulary.role(role) for role in _OUTSIDE)
        self._own = tuple(vocabulary.role(role) for role in _OWN)
        self._request_local = vocabulary.role("request-local")
        self._containers = vocabulary.words("adding-method", "removing-method", "reading-method", "content-call")
        self._answers: Fixpoint[_Key, int] = Fixpoint(
            self._rule,
            lambda _: NO,
            join=max,
            same=lambda one, other: one == other,
            settle=lambda found: found,
            widen=lambda found: found,
            nested=_NESTED,
        )

    def of(self, cell: Cell) -> int:
        """Tell whether anything outside depends on what is read from a cell; unknown where nothing is seen to read it."""
        reads = reads_of(cell)
        if not _has_defaults(cell) and any(map(_fails_without, reads)):
            return YES
        found = NO if reads else UNKNOWN
        for function in dict.fromkeys(read.function for read in reads):
            found = max(found, self._of_paths(function, self._paths_to(function, cell.location), cell.location))
            if found == YES:
                break
        return found

    def of_names(self, function: Function, names: AbstractSet[str]) -> int:
        """Tell whether anything outside depends on what some names of a function stand for; unknown where nothing is seen to use them."""
        return self._of_paths(function, set(names), None)

    def is_only_shown(self, cell: Cell) -> bool:
        """Whether what is read from a cell decides nothing and becomes part of nothing else: it is told to people as it is.

        A function that writes and returns it tells its caller what this very call has made of it: a number that is given out.
        """
        writers = {access.function for access in cell.writes if access.how != "rebind"}
        raised = {(access.function, access.line) for access in cell.writes}  # `n[k] = n.get(k, 0) + 1`
        readers = dict.fromkeys(read.function for read in reads_of(cell) if (read.function, read.line) not in raised)
        if not readers or not writers.isdisjoint(readers):
            return False
        for function in readers:
            carriers, deciding = dependents(function, self._paths_to(function, cell.location), self._containers)
            kept = (access for location, access in writes_in(function, self._resolver) if location != cell.location)
            if deciding or any(mentions(access.value, carriers) or mentions(access.key, carriers) for access in kept):
                return False
        return True

    # -- rules

    def _rule(self, key: _Key) -> int:
        match key:
            case ("result", function):
                return self._of_result(function)
            case ("parameter", function, name):
                return self._of_paths(function, {name}, None)
            case ("effects", function):
                return self._of_effects(function)
            case ("place", location):
                return self._of_place(location)
        return UNKNOWN

    def _of_effects(self, function: Function) -> int:
        """Tell what a function does beyond the process, or leaves in a place that somebody reads; to make room is its own affair."""
        found = NO
        for site in function.summary.calls:
            found = max(found, self._of_call(function, site))
            if found == YES:
                return YES
        for location, access in writes_in(function, self._resolver):
            if not empties(access):
                found = max(found, self._answers.ask(("place", location)))
        return found

    def _of_result(self, function: Function) -> int:
        """Tell what depends on what a function returns."""
        roles = self._roles.get(function, frozenset())
        if roles & _ANSWERING:
            return YES
        callers = dict.fromkeys(edge.caller for edge in self._graph.callers.get(function, ()) if edge.caller.module.part != "test")
        found = NO if callers else UNKNOWN
        for caller in callers:
            paths = {site.call.func for site in caller.summary.calls if function in self._resolver.walk(caller, site.call.func).objects}
            # a property, an operator, a callback: called where no call stands
            found = max(found, self._of_paths(caller, {f"{path}()" for path in paths}, None) if paths else UNKNOWN)
            if found == YES:
                break
        return found

    def _of_place(self, location: Location) -> int:
        cell = self._cells.get(location)
        if cell is None:
            return UNKNOWN
        found = NO
        for function in dict.fromkeys(read.function for read in cell.reads):
            found = max(found, self._of_paths(function, self._paths_to(function, location), location))
            if found == YES:
                break
        return found

    # -- within one function

    def _paths_to(self, function: Function, location: Location) -> set[str]:
        """Return the access paths by which a function reads a place."""
        summary = function.summary
        found: set[str] = set()
        seen: set[str] = set()
        for whole in (*summary.loads, *(read.target for read in summary.reads), *(site.call.func for site in summary.calls)):
            path, step = whole, " "
            while step and path not in seen:
                seen.add(path)
                if any(place.location == location for place in self._resolver.walk(function, path).places):
                    found.add(path)
                path, step = split(path)
        return {path for path in found if not any(path != other and _begins(path, other) for other in found)}

    def _of_paths(self, function: Function, paths: set[str], own: Location | None) -> int:
        """Tell what depends on what a function reads by these paths; writes to the place itself count for nothing."""
        carriers, deciding = dependents(function, paths, self._containers)
        if not paths or not (deciding or is_seen(function, carriers)):
            return UNKNOWN  # the filter of a comprehension, a starred argument: the summary does not say what it is for
        found = NO
        for contribution in self._contributions(function, paths, own, carriers, deciding):
            found = max(found, contribution)
            if found == YES:
                break
        return found

    def _contributions(
        self, function: Function, paths: set[str], own: Location | None, carriers: set[str], deciding: set[int]
    ) -> Iterator[int]:
        """Yield what depends on each use of a value in a function, the cheapest first."""
        summary = function.summary
        yield self._of_filled_parameters(function, paths, carriers)
        yield self._of_library_objects(function, carriers)
        leaving = [exit_.how for exit_ in summary.exits if not deciding.isdisjoint(exit_.guards)]
        if "raise" in leaving:
            yield YES
        if any(mentions(expr, carriers) for expr in summary.returns) or ("return" in leaving and summary.returns):
            yield self._answers.ask(("result", function))
        for site in summary.calls:
            yield self._of_site(function, site, carriers, deciding)
        for location, access in writes_in(function, self._resolver):
            is_marked = mentions(access.value, carriers) or mentions(access.key, carriers)
            is_decided = not deciding.isdisjoint(access.guards) and not empties(access)
            if location != own and (is_marked or is_decided):
                yield self._answers.ask(("place", location))

    def _of_library_objects(self, function: Function, carriers: AbstractSet[str]) -> int:
        """Tell what depends on attributes and items that a function gives to objects of libraries."""
        writes = (one for one in function.summary.writes if mentions(one.value, carriers) or mentions(one.key, carriers))
        return max((self._of_library_object(function, write.target) for write in writes), default=NO)

    def _of_library_object(self, function: Function, target: str) -> int:
        """Tell what depends on an attribute or item of an object that a library made: of `flask.g` the rest of the request."""
        holder = split(target)[0] if split(target)[1] else target
        names = [one.name for one in self._resolver.walk(function, holder).objects if isinstance(one, (External, ExternalValue))]
        if any(name in ("request", "websocket") or name in self._request_local for name in names):
            return YES
        return UNKNOWN if any("." in name for name in names) else NO  # a plain `dict` is a place, which is asked for itself

    def _of_filled_parameters(self, function: Function, paths: set[str], carriers: set[str]) -> int:
        """Tell what depends on the objects of callers that the value was put into."""
        own = function.summary.params[0].name if function.owner is not None and function.summary.params else ""
        if all(name in paths or name == own for name in carriers.intersection(function.params)):
            return NO
        return YES if self._roles.get(function, frozenset()) & _ANSWERING else UNKNOWN

    # -- calls

    def _of_site(self, function: Function, site: CallSite, carriers: AbstractSet[str], deciding: set[int]) -> int:
        """Tell what a call does with the value, or because of it."""
        if not deciding.isdisjoint(site.guards):
            return self._of_call(function, site)
        receiver, step = split(site.call.func)
        if step[:1] == "." and is_carried(receiver, carriers):
            return NO if step[1:] in self._containers else self._of_call(function, site)
        if not is_in_arguments(site, carriers):
            return NO
        found = NO
        objects = self._resolver.walk(function, site.call.func).objects
        for entity in objects:
            match entity:
                case Function():
                    found = max(found, self._of_arguments(function, entity, site, carriers))
                case Class() | Instance():
                    method = entity.find_method("__init__") if isinstance(entity, Class) else entity.cls.find_method("__call__")
                    found = max(found, self._of_arguments(function, method, site, carriers) if method is not None else NO)
                case External() | ExternalValue():
                    found = max(found, self._of_library(entity.name))
                case _:
                    found = max(found, UNKNOWN)
        if objects or step[1:] in self._containers:
            return found
        return self._by_method(step)

    def _of_arguments(self, function: Function, callee: Function, site: CallSite, carriers: AbstractSet[str]) -> int:
        """Tell what depends on the parameters that are given the value."""
        params = callee.summary.params
        positional = [param.name for param in params if param.kind == ""][bound_parameters(function, site.call, callee, self._resolver) :]
        named = [*zip(positional, site.call.args, strict=False), *site.call.keywords]
        names = {name for name, value in named if name in callee.params and mentions(value, carriers)}
        return max((self._answers.ask(("parameter", callee, name)) for name in sorted(names)), default=UNKNOWN)

    def _of_call(self, function: Function, site: CallSite) -> int:
        """Tell what a call does beyond the process, whatever it is given."""
        found = NO
        objects = self._resolver.walk(function, site.call.func).objects
        for entity in objects:
            match entity:
                case Function():
                    found = max(found, self._answers.ask(("effects", entity)))
                case Class():
                    method = entity.find_method("__init__")
                    found = max(found, self._answers.ask(("effects", method)) if method is not None else NO)
                case Instance():
                    method = entity.cls.find_method("__call__")
                    found = max(found, self._answers.ask(("effects", method)) if method is not None else UNKNOWN)
                case External() | ExternalValue():
                    found = max(found, self._of_library(entity.name))
                case _:
                    found = max(found, UNKNOWN)
        return found if objects else self._by_method(split(site.call.func)[1])

    def _of_library(self, name: str) -> int:
        if any(names.calls(name) for names in self._outside):
            return YES
        if any(names.calls(name) for names in self._own):
            return NO
        return NO if is_pure(name) else UNKNOWN

    def _by_method(self, step: str) -> int:
        """Tell what a method of something unknown does, by the name that models give it."""
        name = step[1:]
        if any(name in names.methods for names in self._outside):
            return YES
        if any(name in names.methods for names in self._own):
            return NO
        return NO if name in self._containers else UNKNOWN


def reads_of(cell: Cell) -> list[Access]:
    """Return what reads a cell and does not only write to it: `d.setdefault(k, []).append(v)` looks for nothing."""
    written = {(access.function, access.line, access.column) for access in cell.writes if access.method == "setdefault"}
    return [read for read in cell.reads if (read.function, read.line, read.column) not in written]


def _has_defaults(cell: Cell) -> bool:
    """Whether a container has a value for every key: a counter, a `defaultdict`."""
    makers = (origin.expr.func.rpartition(".")[2] for origin in cell.origins if isinstance(origin.expr, Call))
    return cell.container == "counter" or any(maker in ("defaultdict", "Counter") for maker in makers)


def _fails_without(read: Access) -> bool:
    """Whether a function cannot go on where an entry is missing: `rooms[name].enter(person)`, and nothing catches that."""
    if read.how != "item" or read.key is None or isinstance(read.key, Const):
        return False
    guards = [read.function.summary.guards[index] for index in read.guards]
    return not any(guard.kind == "try" or (guard.kind in DECIDING and mentions(guard.test, set(names_in(read.key)))) for guard in guards)


def _begins(path: str, prefix: str) -> bool:
    return path.startswith(prefix) and (len(path) == len(prefix) or path[len(prefix)] in ".[(")
