"""Whether code runs with the defaults, or only where somebody sets a variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.evaluation.value import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.inspect.uses import Use
    from statelint.program.calls.callgraph import Edge
    from statelint.program.names.nodes import Function

_RUNS = Outcome(holds=True)


class Switches:
    """Judges the conditions around uses and on the ways that lead to them; remembers each call."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._edges: dict[Edge, Outcome] = {}
        self._entries: set[Function] | None = None

    def around(self, use: Use) -> Outcome:
        """Say whether a use runs with the environment that is known: False where each way to it is behind a switch that is off."""
        guards = tuple(use.function.summary.guards[index] for index in use.site.guards) if use.site is not None else ()
        here = self._context.program.evaluator.outcome(guards, use.function, use.line)
        if here.holds is False:
            return here
        way = self._way(use.function)
        return way if way.holds is False else here

    def _way(self, function: Function) -> Outcome:
        """Go back from a function over the calls that run; what nobody calls, or the framework calls, runs."""
        if self._entries is None:
            self._entries = {point.function for point in self._context.program.entry_points.points}
        callers = self._context.program.graph.callers
        off: Outcome | None = None
        waiting, seen = [function], {function}
        while waiting:
            current = waiting.pop()
            if current.is_body or current in self._entries or not callers.get(current):
                return _RUNS
            for edge in callers[current]:
                outcome = self._edge(edge)
                if outcome.holds is False:
                    off = off or outcome
                elif edge.caller not in seen:
                    seen.add(edge.caller)
                    waiting.append(edge.caller)
        return off or _RUNS

    def _edge(self, edge: Edge) -> Outcome:
        known = self._edges.get(edge)
        if known is None:
            known = self._edges[edge] = next(self._outcomes(edge), _RUNS)
        return known

    def _outcomes(self, edge: Edge) -> Iterator[Outcome]:
        """The conditions around the call that makes an edge; a line with several calls is behind the weakest."""
        summary = edge.caller.summary
        sites = [site for site in summary.calls if site.call.line == edge.line]
        if sites:
            weakest = min(sites, key=lambda site: len(site.guards))
            guards = tuple(summary.guards[index] for index in weakest.guards)
            yield self._context.program.evaluator.outcome(guards, edge.caller, edge.line)
