"""Facts that a function has because of what it calls, at any distance: answers depend on the call graph alone."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from statelint.program.calls.callgraph import CallGraph, Edge
    from statelint.program.names.nodes import Function

Fact = TypeVar("Fact")


class Transitive(Generic[Fact]):
    """Finds the nearest fact of a function: its own, else that of the function which the fewest calls lead to.

    A question answers for all functions that the asked one reaches and that no earlier question has answered for. The
    facts of these are collected and carried back from callees to callers, nearest first. So each function and each edge
    is looked at once, whatever is asked and in which order, and recursion needs no special case.
    """

    def __init__(self, graph: CallGraph, own: Callable[[Function], Fact | None], follows: Callable[[Edge], bool]) -> None:
        """Take what a function itself is known for, and which edges lead from a caller to what counts as done by it."""
        self._graph = graph
        self._own = own
        self._follows = follows
        self._known: dict[Function, tuple[int, Fact] | None] = {}
        """How many calls away the nearest fact is, and the fact; None where no call leads to one."""

    def of(self, function: Function) -> Fact | None:
        """Return the nearest fact, None if there is none; of several that are equally near the one that is called first."""
        if function not in self._known:
            self._answer(self._unknown(function))
        known = self._known[function]
        return known[1] if known is not None else None

    def _unknown(self, start: Function) -> dict[Function, list[Function]]:
        """Return every function without an answer that the start leads to, with all that it calls."""
        callees: dict[Function, list[Function]] = {}
        pending = [start]
        while pending:
            function = pending.pop()
            if function not in callees and function not in self._known:
                callees[function] = [edge.callee for edge in self._graph.edges.get(function, ()) if self._follows(edge)]
                pending.extend(callees[function])
        return callees

    def _answer(self, callees: Mapping[Function, list[Function]]) -> None:
        own = {function: fact for function in callees if (fact := self._own(function)) is not None}
        distances = self._distances(callees, own)
        self._known.update(dict.fromkeys(callees))
        for function, distance in distances.items():  # nearest first: what a fact comes from is known before
            if distance == 0:
                self._known[function] = (0, own[function])
                continue
            nearest = (known for callee in callees[function] if (known := self._known[callee]) is not None and known[0] == distance - 1)
            self._known[function] = (distance, next(nearest)[1])

    def _distances(self, callees: Mapping[Function, list[Function]], own: Iterable[Function]) -> dict[Function, int]:
        """Return how far each function is from a fact, in ascending order; those that reach none are left out."""
        callers: dict[Function, list[Function]] = {}
        position = {function: index for index, function in enumerate(callees)}
        queue = [(0, position[function], function) for function in own]
        for function, called in callees.items():
            for callee in called:
                if callee in callees:
                    callers.setdefault(callee, []).append(function)
                elif (known := self._known[callee]) is not None:
                    queue.append((known[0] + 1, position[function], function))
        heapify(queue)
        distances: dict[Function, int] = {}
        while queue:
            distance, _, function = heappop(queue)
            if function not in distances:
                distances[function] = distance
                for caller in callers.get(function, ()):
                    heappush(queue, (distance + 1, position[caller], caller))
        return distances
