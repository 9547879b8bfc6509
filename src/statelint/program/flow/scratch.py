"""Places that every activation writes before it reads them: nothing is left over from an earlier one.

The write must dominate all other accesses: whatever a request reaches without passing it must not touch the place. That it is kept
on an object that others share is a race of threads, and no matter of instances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.program.calls.callgraph import CallGraph
    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.accesses import Access
    from statelint.program.names.nodes import Function
    from statelint.program.reachability.reach import Reach

_ALWAYS: Final = frozenset({"try", "with", "finally"})
"""Guards whose block always begins."""


class Scratch:
    """Finds places that are written anew before each use."""

    def __init__(self, graph: CallGraph, serving: Reach, handlers: Sequence[Function]) -> None:
        self._graph = graph
        self._serving = serving
        self._handlers = [function for function in handlers if function in serving]

    def is_written_first(self, cell: Cell) -> bool:
        """Whether one write dominates every other access of a cell that requests reach."""
        accesses = [access for access in (*cell.writes, *cell.reads) if access.function in self._serving]
        return any(self._dominates(first, accesses) for first in self._first_writes(cell))

    def _first_writes(self, cell: Cell) -> Iterator[Access]:
        """Yield the first write of each function that replaces the whole value."""
        seen: set[Function] = set()
        for access in sorted(cell.writes, key=lambda one: (one.line, one.column)):
            if access.how == "rebind" and access.function in self._serving and access.function not in seen:
                seen.add(access.function)
                yield access

    def _dominates(self, first: Access, accesses: list[Access]) -> bool:
        """Whether what is written under a condition is used under the same one alone, and everything else after an unconditional write."""
        own = [access for access in accesses if access.function is first.function and access is not first]
        others = {access.function for access in accesses if access.function is not first.function}
        if (not own and not others) or any(access.line < first.line for access in own):
            return False
        guards = first.function.summary.guards
        conditions = {index for index in first.guards if guards[index].kind not in _ALWAYS}
        if conditions:
            return not others and all(conditions <= set(access.guards) for access in own if access.how != "load")
        return others.isdisjoint(self._reached_without(first)) if others else True

    def _reached_without(self, first: Access) -> set[Function]:
        """Return what requests reach on ways that do not pass a write."""
        pending = list(self._handlers)
        found = set(pending)
        while pending:
            function = pending.pop()
            for edge in self._graph.edges.get(function, ()):
                if function is first.function and edge.line >= first.line:
                    continue
                if edge.callee not in found and edge.callee in self._serving:
                    found.add(edge.callee)
                    pending.append(edge.callee)
        return found
