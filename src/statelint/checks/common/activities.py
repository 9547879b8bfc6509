"""What runs beside the requests of a process: loops, consumers and periodic jobs that each instance starts for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.checks.common.background_work import BackgroundWork, starts_with_process

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.inspect.context import Context
    from statelint.program.names.nodes import Function


class Background:
    """The functions that work of the process itself leads to, again and again."""

    def __init__(self, context: Context) -> None:
        work = context.once(BackgroundWork)
        self._context = context
        self._reached = self._closure(
            started.target
            for started in work.starts()
            if starts_with_process(started, context) and (started.looped or work.loops(started.target) or work.listens(started.target))
        )

    def __contains__(self, function: Function) -> bool:
        return function in self._reached

    def _closure(self, targets: Iterable[Function]) -> frozenset[Function]:
        """Return all that is called from some functions, guesses left out."""
        found = dict.fromkeys(targets)
        pending = list(found)
        while pending:
            for edge in self._context.program.graph.edges.get(pending.pop(), ()):
                if edge.kind != "guess" and edge.callee not in found:
                    found[edge.callee] = None
                    pending.append(edge.callee)
        return frozenset(found)
