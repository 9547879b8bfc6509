"""The shortest way from an entry point to each function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.program.calls.callgraph import Edge, is_main_guarded
from statelint.program.routing.entrypoints import EntryPoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from statelint.program.calls.callgraph import CallGraph
    from statelint.program.names.nodes import Function, Module

Context = Literal["serving", "startup", "worker", "command"]
_PASSES: Final = (("request", "websocket"), ("middleware", "error", "signal", "dependency", "background"))
_WORKER_ROLES: Final = frozenset({"task", "job"})
_LIMIT: Final = 40


class Route(NamedTuple):
    """The way from an entry point to a function: both ends included."""

    entry: EntryPoint
    functions: tuple[Function, ...]
    guessed: bool
    """Whether a call on the way is only a guess by method name."""


class Reachability:
    """Reachability from one kind of entry point; requests are searched first, then what surrounds them."""

    def __init__(self, graph: CallGraph, waves: Sequence[Sequence[EntryPoint]], commands: AbstractSet[Function] = frozenset()) -> None:
        """Search from entry points, wave by wave; what is only handed over to be run as a command is not called."""
        self._commands = commands
        self._edge: dict[Function, Edge | EntryPoint] = {}
        self._guessed: set[Function] = set()
        self._once: set[Function] = set()
        self._beside: set[Function] = set()
        for wave in waves:
            self._search(graph, wave, guesses=False)
        for wave in waves:
            self._search(graph, wave, guesses=True)

    def _search(self, graph: CallGraph, entries: Sequence[EntryPoint], *, guesses: bool) -> None:
        frontier: list[Function] = []
        for entry in entries:
            if entry.function not in self._edge and entry.guessed <= guesses:
                self._edge[entry.function] = entry
                frontier.append(entry.function)
        self._guessed.update(entry.function for entry in entries if self._edge.get(entry.function) is entry and entry.guessed)
        if guesses:  # guessed calls out of everything that is reached for certain
            frontier = list(self._edge)
        while frontier:
            reached: list[Function] = []
            for function in frontier:
                for edge in graph.edges.get(function, ()):
                    callee = edge.callee
                    if callee in self._edge or not self._is_followed(edge, guesses=guesses):
                        continue
                    self._edge[callee] = edge
                    if edge.kind == "guess" or function in self._guessed:
                        self._guessed.add(callee)
                    reached.append(callee)
            frontier = reached

    def _is_followed(self, edge: Edge, *, guesses: bool) -> bool:
        if (edge.kind == "guess" and not guesses) or edge.callee.module.part == "test":
            return False
        if edge.kind == "callback" and edge.callee in self._commands:
            return False
        return not (edge.caller.is_body and is_main_guarded_line(edge.caller, edge.line))

    def __contains__(self, function: Function) -> bool:
        return function in self._edge

    def functions(self) -> Iterable[Function]:
        """Return everything reached."""
        return self._edge.keys()

    def is_guessed(self, function: Function) -> bool:
        """Whether the only way leads over a guessed call."""
        return function in self._guessed

    def note_once(self, graph: CallGraph, once: AbstractSet[Edge]) -> None:
        """Note which functions are reached over calls alone that are not made again and again.

        What such a call hands over as a callback, a thread's loop for example, goes on afterwards.
        """
        pending = [(function, "again") for function, step in self._edge.items() if isinstance(step, EntryPoint)]
        seen = set(pending)
        for function, pace in pending:  # grows while it is gone through
            for edge in graph.edges.get(function, ()):
                if edge.callee not in self._edge:
                    continue
                after = _pace(edge, pace, graph.events, once)
                if (edge.callee, after) not in seen:
                    seen.add((edge.callee, after))
                    pending.append((edge.callee, after))
        self._beside = {function for function, pace in seen if pace == "beside" and (function, "again") not in seen}
        paces = {function for function, pace in seen if pace != "once"}
        self._once = {function for function, _ in seen if function not in paces}

    def is_once(self, function: Function) -> bool:
        """Whether a function runs for the first of those who need it and for nobody after."""
        return function in self._once

    def is_beside(self, function: Function) -> bool:
        """Whether a function belongs to work that the first request started and that goes on by itself."""
        return function in self._beside

    def route(self, function: Function) -> Route | None:
        """Return the shortest way to a function, None where there is none."""
        step = self._edge.get(function)
        if step is None:
            return None
        chain = [function]
        while isinstance(step, Edge) and len(chain) < _LIMIT:
            chain.append(step.caller)
            step = self._edge[step.caller]
        if not isinstance(step, EntryPoint):
            return None
        chain.reverse()
        return Route(step, tuple(chain), function in self._guessed)


def _pace(edge: Edge, pace: str, events: AbstractSet[Edge], once: AbstractSet[Edge]) -> str:
    """Return how often what is called runs, by how often its caller does: `again`, `once`, or `beside` them, when something happens."""
    if edge in events:
        return "beside"
    if edge.kind == "callback" and (pace == "once" or edge in once):
        return "beside"
    return "once" if edge in once else pace


def routes_to(function: Function, graph: CallGraph, points: Sequence[EntryPoint]) -> list[Route]:
    """Return the shortest way from each of several entry points that lead to a function.

    Certain ways come before guessed ones, requests before what surrounds them, short ways before long ones.
    """
    ahead: dict[Function, Edge | None] = {function: None}
    guessed: set[Function] = set()
    for guesses in (False, True):
        frontier = list(ahead)
        while frontier:
            found: list[Function] = []
            for callee in frontier:
                for edge in graph.callers.get(callee, ()):
                    caller = edge.caller
                    if caller in ahead or (edge.kind == "guess" and not guesses) or caller.module.part == "test":
                        continue
                    if caller.is_body and is_main_guarded_line(caller, edge.line):
                        continue
                    ahead[caller] = edge
                    if edge.kind == "guess" or callee in guessed:
                        guessed.add(caller)
                    found.append(caller)
            frontier = found
    routes: dict[Function, Route] = {}
    for point in points:
        if point.function in ahead:
            routes.setdefault(point.function, Route(point, tuple(_along(point.function, ahead)), point.function in guessed))
    return sorted(routes.values(), key=lambda route: (route.guessed, route.entry.role in _PASSES[1], len(route.functions)))


def _along(function: Function, ahead: Mapping[Function, Edge | None]) -> Iterable[Function]:
    """Follow the edges to their end."""
    yield function
    edge = ahead[function]
    while edge is not None:
        yield edge.callee
        edge = ahead[edge.callee]


def is_main_guarded_line(function: Function, line: int) -> bool:
    """Whether a line of a module body stands under `if __name__ == "__main__"`."""
    return any(site.call.line == line and is_main_guarded(function, site.guards) for site in function.summary.calls)


def reach_contexts(
    graph: CallGraph,
    points: Sequence[EntryPoint],
    modules: Iterable[Module],
    once_of: Callable[[Reachability], Iterable[Edge]],
    commands: AbstractSet[Function] = frozenset(),
) -> dict[Context, Reachability]:
    """Search once for each context in which code runs; `once_of` tells which of the calls that serve requests are made once."""
    waves = [[point for point in points if point.role in wave] for wave in _PASSES]
    serving = Reachability(graph, waves)
    once = frozenset(once_of(serving))
    serving.note_once(graph, once)
    imported = [EntryPoint(module.body, "startup", "import") for module in modules if module.part in ("app", "settings")]
    late = [EntryPoint(edge.callee, "startup", f"first use by {edge.caller.name}") for edge in sorted(once, key=_by_place)]
    started = [[point for point in points if point.role == "startup"], imported, late]
    return {
        "serving": serving,
        "startup": Reachability(graph, started, commands),
        "worker": Reachability(graph, [[point for point in points if point.role in _WORKER_ROLES]]),
        "command": Reachability(graph, [[point for point in points if point.role == "command"]]),
    }


def _by_place(edge: Edge) -> tuple[str, int, str, int]:
    return edge.caller.module.path, edge.line, edge.callee.module.path, edge.callee.summary.line
