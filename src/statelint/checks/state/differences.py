"""Whether instances can come to differ in what a cell holds, by where what is written comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.program.flow import sources
from statelint.program.flow.filling import empties
from statelint.program.names.conditions import inside
from statelint.survey.summary import Const, Display, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.accesses import Access
    from statelint.program.names.nodes import Function
    from statelint.program.program import Program

_CARRIERS: Final = frozenset({"request", "req", "self", "cls", "environ", "scope"})
"""Parameters that carry a whole request."""


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
        if cell.writes and all(_is_there(cell, access) for access in cell.writes):
            return Answer("no", "what is written is there from the beginning")
        if not filling or not self._filling.is_on_demand(cell):
            if self._is_read_again(filling):
                return Answer("unknown", "read again from the deployment's files, perhaps later than elsewhere")
            return Answer("yes", "which requests arrive at an instance decides what it holds")
        found = sources.CODE
        for access in filling:
            found |= self._of_write(access)
        if sources.is_same_everywhere(found):
            origin = "the deployment's configuration" if found else "code"
            return Answer("no", f"derived from {origin} wherever it is found missing: the same on every instance")
        if sources.is_own_truth(found):
            host = "describes the machine that it was asked on" if found & sources.HOST else "what makes it could not be followed"
            return Answer("unknown", f"made on first use, and {host}")
        return Answer("yes", f"what it holds comes from {', '.join(sources.names_of(found))}")

    def is_proven(self, cell: Cell, writes: Iterable[Access]) -> bool:
        """Whether it is seen, and not only likely, that requests make instances differ in more than their own business.

        That is so where entries are collected that are not all about the process or its machine, where requests are counted, and
        where a value that is replaced is known to be what a client sent, or when: a time that only its writer looks at decides when
        this process does something again.
        """
        filled = [access for access in writes if not empties(access)]
        if any(access.how == "augment" or access.method == "+=" for access in filled):
            return True
        telling = [access for access in filled if not isinstance(access.value, Const)] or filled
        found = [(access, sources.settled(self._came(access))) for access in telling]
        if any(came & sources.REQUEST for access, came in found if access.how != "rebind"):
            return True
        writers = {access.function for access in cell.writes}
        is_seen = any(read.function not in writers for read in cell.reads)
        known = sources.REQUEST | sources.PROCESS if is_seen else sources.REQUEST
        if any(came & known and not came & sources.UNKNOWN for access, came in found if access.how == "rebind"):
            return True
        parts = [came for access, came in found if access.how != "rebind"]
        return bool(parts) and not any(came & (sources.PROCESS | sources.HOST) for came in parts)

    def _came(self, access: Access) -> int:
        return self._provenance.of(access.function, access.value) | self._provenance.of(access.function, access.key)

    def _is_read_again(self, filling: Iterable[Access]) -> bool:
        """Whether all that is written comes from what each instance reads for itself; a constant tells that somebody was here."""
        found = [self._came(access) for access in filling]
        return bool(found) and all(one & sources.DEPLOYMENT and sources.is_own_truth(one) for one in found)

    def _of_write(self, access: Access) -> int:
        """Return the sources of what a write adds to its key: what follows from the key alone is the same wherever it is asked for."""
        value = self._provenance.of(access.function, access.value)
        if access.how == "augment" or access.method == "+=":
            value |= sources.PROCESS
        named = self._provenance.of(access.function, access.key)
        if access.key is None or (access.function in self._handlers and not _is_plain(access)):
            return value | named
        if isinstance(access.value, Const) or access.value == access.key:
            return value | named  # nothing but that it is there, and that says who was here before
        key = self._provenance.within(access.function, access.key)
        own = self._provenance.within(access.function, access.value)
        if own & sources.FILE and not sources.is_same_everywhere(named):
            return value | named  # a file that a request names may be one that a request has written
        follows = not own & ~(key | sources.EVERYWHERE | sources.FILE | sources.HOST)
        if follows and sources.parameters_in(key) and sources.is_same_everywhere(sources.settled(key)):
            return sources.settled(own)
        return value | named


def _is_there(cell: Cell, access: Access) -> bool:
    """Whether a write gives a place, or an entry under a constant key, the very constant that it is made with."""
    if not isinstance(access.value, Const) or access.how not in ("rebind", "item"):
        return False
    if access.how == "rebind":
        return all(origin.expr == access.value for origin in cell.origins)
    made = [origin.expr for origin in cell.origins if isinstance(origin.expr, Display)]
    pairs = (zip(display.keys, display.items, strict=False) for display in made)
    return bool(made) and len(made) == len(cell.origins) and all((access.key, access.value) in dict.fromkeys(one) for one in pairs)


def _is_plain(access: Access) -> bool:
    """Whether a handler's key is made of whole parameters: of a request object the key may be one part and the value another."""
    names = [part.path for part in inside(access.key) if isinstance(part, Ref)]
    params = access.function.params
    return bool(names) and all(name in params and name not in _CARRIERS for name in names)
