"""Facts that something has because of what it leads to, at any distance: a function because of what it calls."""

from __future__ import annotations

from collections.abc import Hashable
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Node = TypeVar("Node", bound=Hashable)
Fact = TypeVar("Fact")


class Transitive(Generic[Node, Fact]):
    """Finds the nearest fact of a node of a graph: its own, else that of the node which the fewest steps lead to.

    The answers depend on the graph alone, not on what was asked before: a question answers for all nodes that the asked
    one leads to and that no earlier question has answered for. Their facts are collected and carried back, nearest first.
    So each node and each step is looked at once, whatever is asked, and circles need no special case.
    """

    def __init__(self, own: Callable[[Node], Fact | None], successors: Callable[[Node], Iterable[Node]]) -> None:
        """Take what a node itself is known for, and the nodes that one step leads to."""
        self._own = own
        self._successors = successors
        self._known: dict[Node, tuple[int, Fact] | None] = {}
        """How many steps away the nearest fact is, and the fact; None where no step leads to one."""

    def of(self, node: Node) -> Fact | None:
        """Return the nearest fact, None if there is none; of several that are equally near the one of the first successor."""
        if node not in self._known:
            self._answer(self._unknown(node))
        known = self._known[node]
        return known[1] if known is not None else None

    def _unknown(self, start: Node) -> dict[Node, list[Node]]:
        """Return every node without an answer that the start leads to, with its successors."""
        graph: dict[Node, list[Node]] = {}
        pending = [start]
        while pending:
            node = pending.pop()
            if node not in graph and node not in self._known:
                graph[node] = list(self._successors(node))
                pending.extend(graph[node])
        return graph

    def _answer(self, graph: Mapping[Node, list[Node]]) -> None:
        own = {node: fact for node in graph if (fact := self._own(node)) is not None}
        distances = self._distances(graph, own)
        self._known.update(dict.fromkeys(graph))
        for node, distance in distances.items():  # nearest first: what a fact comes from is known before
            if distance == 0:
                self._known[node] = (0, own[node])
                continue
            answers = (self._known[successor] for successor in graph[node])
            nearest = next(answer for answer in answers if answer is not None and answer[0] == distance - 1)
            self._known[node] = (distance, nearest[1])

    def _distances(self, graph: Mapping[Node, list[Node]], own: Iterable[Node]) -> dict[Node, int]:
        """Return how far each node is from a fact, in ascending order; those that lead to none are left out."""
        predecessors: dict[Node, list[Node]] = {}
        position = {node: index for index, node in enumerate(graph)}
        queue = [(0, position[node], node) for node in own]
        for node, successors in graph.items():
            for successor in successors:
                if successor in graph:
                    predecessors.setdefault(successor, []).append(node)
                elif (known := self._known[successor]) is not None:
                    queue.append((known[0] + 1, position[node], node))
        heapify(queue)
        distances: dict[Node, int] = {}
        while queue:
            distance, _, node = heappop(queue)
            if node not in distances:
                distances[node] = distance
                for predecessor in predecessors.get(node, ()):
                    heappush(queue, (distance + 1, position[predecessor], predecessor))
        return distances
