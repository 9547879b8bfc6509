"""What acquits locks and sockets, because what they serve is the process's own, and what ends a cache's entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.checks.state.backplane import Backplane
from statelint.checks.state.traits import TRAITS
from statelint.program.flow import sources
from statelint.program.names.conditions import ARMS

if TYPE_CHECKING:
    from statelint.checks.common.mutable_reads import MutableReads
    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.accesses import Access
    from statelint.program.names.nodes import Function
    from statelint.program.program import Program
    from statelint.rulebook.schema import Kind


class KindExemptions:
    """Finds reasons that hold for one kind of state only."""

    def __init__(self, program: Program, reads: MutableReads) -> None:
        self._program = program
        self._mutable_reads = reads
        self._shared_lock = program.vocabulary.role("shared-lock")
        self._backplane = Backplane(program)
        self._timed = program.vocabulary.role("ttl-cache")

    def reason(self, cell: Cell, kind: Kind, writes: list[Access], *, is_fallback: bool) -> str:
        """Return why a cell of its kind is harmless, "" if it is not; a fallback for a shared store has no such reason."""
        if is_fallback:
            return ""
        if cell.container == "queue" and self._backplane.feeds(cell):
            return "what a consumer of a shared channel hands on inside its own process"
        match TRAITS[kind].exemption:
            case "local-work":
                return self._lock(cell)
            case "backplane" if self._backplane.serves(cell, writes):
                return "sockets of this instance; messages arrive over a shared channel"
        return ""

    def _lock(self, cell: Cell) -> str:
        """A table of locks matters where what runs under them touches something shared."""
        users = {access.function for access in (*cell.reads, *cell.writes)}
        for function in users:
            under = {edge.callee for edge in self._program.graph.edges.get(function, ())}
            if self._mutable_reads.mutable_read(function) or any(self._mutable_reads.reads_mutable_state(callee) for callee in under):
                return "the shared lock beside it decides" if any(map(self._takes_shared_lock, users)) else ""
        return "guards work of this process only"

    def _takes_shared_lock(self, function: Function) -> bool:
        for site in function.summary.calls:
            names = [getattr(entity, "name", None) for entity in self._program.resolver.walk(function, site.call.func).objects]
            if any(isinstance(name, str) and self._shared_lock.calls(name) for name in (*names, site.call.func)):
                return True
        return False

    def is_bounded_in_time(self, cell: Cell) -> bool:
        """Whether what a cache keeps is dropped after some time: its container does so, or a reader asks a clock."""
        for origin in cell.origins:
            path = getattr(origin.expr, "func", "")
            if any(name in self._timed for name in self._program.resolver.library_names(origin.function, path)):
                return True
        return any(map(self._asks_a_clock, {access.function: None for access in (*cell.writes, *cell.reads)}))

    def _asks_a_clock(self, function: Function) -> bool:
        """Whether a condition of a function compares with a time of this process."""
        return any(
            guard.kind in ARMS and self._program.provenance.of_guard(function, index) & sources.PROCESS
            for index, guard in enumerate(function.summary.guards)
        )
