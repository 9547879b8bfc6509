"""Places that every activation writes before it reads them: nothing is left over from an earlier one.

The write must dominate all other accesses: whatever a request reaches without passing it must not touch the place. That it is kept
on an object that others share is a race of threads, and no matter of instances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from statelint.program.calls.callgraph import CallGraph, Edge
    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.accesses import Access
    from statelint.program.names.nodes import Function
    from statelint.program.reachability.reach import Reachability

_ALWAYS: Final = frozenset({"try", "with", "finally"})
"""Guards whose block always begins."""


class Scratch:
    """Finds places that are written anew before each use."""

    def __init__(self, graph: CallGraph, serving: Reachability, handlers: Sequence[Function]) -> None:
        self._graph = graph
        self._serving = serving
        self._handlers = [function for function in handlers if function in serving]
        self._entries = frozenset(self._handlers)

    def is_written_first(self, cell: Cell) -> bool:
        """Whether one write dominates every other access of a cell that requests reach."""
        accesses = [access for access in (*cell.writes, *cell.reads) if access.function in self._serving]
        entered = [function for function in dict.fromkeys(access.function for access in accesses) if function in self._entries]
        return any(self._dominates(first, accesses) for first in self._first_writes(cell) if self._may_dominate(first, entered))

    def _may_dominate(self, first: Access, entered: Sequence[Function]) -> bool:
        """Whether no request begins in a function that uses the place and knows nothing of the write: quick, and nearly always no."""
        others = (function for function in entered if function is not first.function)
        return next(others, None) is None or all(function in self._starts(first) for function in entered[:2])

    def _first_writes(self, cell: Cell) -> Iterator[Access]:
        """Yield the first write of each function that replaces the whole value."""
        seen: set[Function] = set()
        for access in sorted(cell.writes, key=lambda one: (one.line, one.column)):
            is_whole = access.how == "rebind" or access.method == "clear"
            if is_whole and access.function in self._serving and access.function not in seen:
                seen.add(access.function)
                yield access

    def _dominates(self, first: Access, accesses: list[Access]) -> bool:
        """Whether what is written under a condition is used under the same one alone, and everything else after an unconditional write."""
        others = [access for access in accesses if access is not first]
        own = [access for access in others if access.function is first.function]
        if not others or any(access.line < first.line for access in own):
            return False
        guards = first.function.summary.guards
        conditions = {index for index in first.guards if guards[index].kind not in _ALWAYS}
        if conditions:
            end = max(map(_end_under(first.function), conditions))
            return len(own) == len(others) and all(
                conditions <= set(access.guards) or (access.how == "load" and access.line <= end) for access in own
            )
        starts = self._starts(first)
        free = self._reached_without(starts)
        return all(
            access.line >= starts[access.function] if access.function in starts else access.function not in free for access in others
        )

    def _starts(self, first: Access) -> dict[Function, int]:
        """Return the functions in which the place is written for certain, and from which line on: the writer's, and its callers'."""
        starts = {first.function: first.line}
        pending = [first.function]
        for function in pending:  # grows while it is gone through
            for edge in self._graph.callers.get(function, ()):
                caller = edge.caller
                if edge.kind == "call" and caller in self._serving and not caller.is_body and self._is_certain(edge):
                    if caller not in starts:
                        pending.append(caller)
                    starts[caller] = min(edge.line, starts.get(caller, edge.line))
        return starts

    @staticmethod
    def _is_certain(edge: Edge) -> bool:
        """Whether a function makes this call each time that it runs."""
        guards = edge.caller.summary.guards
        sites = [site for site in edge.caller.summary.calls if site.call.line == edge.line]
        return bool(sites) and all(guards[index].kind in _ALWAYS for site in sites for index in site.guards)

    def _reached_without(self, starts: dict[Function, int]) -> set[Function]:
        """Return what requests reach on ways that do not pass a write."""
        pending = list(self._handlers)
        found = set(pending)
        while pending:
            function = pending.pop()
            for edge in self._graph.edges.get(function, ()):
                if edge.line >= starts.get(function, edge.line + 1):
                    continue
                if edge.callee not in found and edge.callee in self._serving:
                    found.add(edge.callee)
                    pending.append(edge.callee)
        return found


def _end_under(function: Function) -> Callable[[int], int]:
    """Return what tells the last line that is known to stand under a guard; of a bare reading only its line is known."""
    summary = function.summary

    def end(index: int) -> int:
        lines = [(site.call.line, site.guards) for site in summary.calls]
        lines += [(write.line, write.guards) for write in summary.writes]
        lines += [(binding.line, binding.guards) for binding in summary.bindings]
        lines += [(read.line, read.guards) for read in summary.reads]
        return max((line for line, guards in lines if index in guards), default=0)

    return end
