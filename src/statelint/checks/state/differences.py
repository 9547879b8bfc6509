"""Whether instances can come to differ in what a cell holds, by where what is written comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from statelint.program.flow import sources
from statelint.program.flow.filling import empties

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.accesses import Access
    from statelint.program.names.nodes import Function
    from statelint.program.program import Program


class Answer(NamedTuple):
    """The answer to one of the questions about a cell, and what it rests on."""

    verdict: Literal["yes", "no", "unknown"]
    text: str = ""


class Differences:
    """Answers for the cells of one program."""

    def __init__(self, program: Program) -> None:
        self._provenance = program.provenance
        self._filling = program.filling
        self._handlers: AbstractSet[Function] = frozenset(point.function for point in program.entry_points.points)

    def of(self, cell: Cell, writes: Iterable[Access]) -> Answer:
        """Return whether instances can differ; `writes` are those that requests reach."""
        filling = [access for access in writes if not empties(access)]
        if not filling or not self._filling.is_on_demand(cell):
            return Answer("yes", "which requests arrive at an instance decides what it holds")
        found = sources.CODE
        for access in filling:
            found |= self._of_write(access)
        if sources.is_same_everywhere(found):
            origin = "the deployment's configuration" if found else "code"
            return Answer("no", f"derived from {origin} wherever it is found missing: the same on every instance")
        if not found & ~(sources.EVERYWHERE | sources.UNKNOWN):
            return Answer("unknown", "made on first use, and what makes it could not be followed")
        return Answer("yes", f"what it holds comes from {', '.join(sources.names_of(found))}")

    def _of_write(self, access: Access) -> int:
        """Return the sources of what a write adds to its key: what follows from the key alone is the same wherever it is asked for."""
        value = self._provenance.of(access.function, access.value)
        if access.how == "augment" or access.method == "+=":
            value |= sources.PROCESS
        named = self._provenance.of(access.function, access.key)
        if access.key is None or access.function in self._handlers:
            return value | named
        key = self._provenance.within(access.function, access.key)
        own = self._provenance.within(access.function, access.value)
        if own & sources.FILE and not sources.is_same_everywhere(named):
            return value | named  # a file that a request names may be one that a request has written
        follows = not own & ~(key | sources.EVERYWHERE | sources.FILE)
        if follows and sources.parameters_in(key) and sources.is_same_everywhere(sources.settled(key)):
            return sources.settled(own)
        return value | named
