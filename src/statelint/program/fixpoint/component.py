"""The worklist by which the answers of a strongly connected component are found."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Generic, Protocol

from statelint.program.fixpoint.question import BEYOND, OPEN, K, V

if TYPE_CHECKING:
    from statelint.program.fixpoint.question import Question


class Table(Protocol[K, V]):
    """What a component needs of the table that it is part of."""

    def recompute(self, head: Question[K, V], member: Question[K, V], rounds: int) -> bool:
        """Run the rule of a member again, with the others as they are, and return whether its answer has changed."""

    def members(self, head: Question[K, V], start: int) -> list[Question[K, V]]:
        """Return the drafts of a component that were made after the first `start`."""

    def early(self, start: int) -> list[Question[K, V]]:
        """Return the questions that were asked while they were open, after the first `start`."""


class Component(Generic[K, V]):
    """The worklist of a strongly connected component.

    Members are computed in the order in which their drafts were made, that is mostly after what they depend on; what has changed
    before the place that was reached waits for the next sweep.
    """

    def __init__(self, table: Table[K, V], head: Question[K, V]) -> None:
        self._table = table
        self._head = head
        self._readers: dict[Question[K, V], dict[Question[K, V], None]] = {}
        self._place: dict[Question[K, V], int] = {}
        self._noticed = 0
        self._rounds: dict[Question[K, V], int] = {}
        self._queued: set[Question[K, V]] = set()
        self._this_sweep: list[tuple[int, Question[K, V]]] = []
        self._next_sweep: list[tuple[int, Question[K, V]]] = []
        self._reached = -1

    def settle(self) -> None:
        """Compute members again until none has seen an answer that changed since."""
        head, table = self._head, self._table
        self._index(head)
        self._grown()
        self._changed(head)
        while self._queued:
            if not self._this_sweep:
                self._this_sweep, self._next_sweep, self._reached = sorted(self._next_sweep, key=_place), [], -1
            self._reached, member = heappop(self._this_sweep)
            self._queued.discard(member)
            rounds = self._rounds[member] = self._rounds.get(member, 0) + 1
            has_changed = table.recompute(head, member, rounds)
            self._index(member)
            self._grown()
            if has_changed:
                self._changed(member)

    def _index(self, question: Question[K, V]) -> None:
        for one in question.asked:
            self._readers.setdefault(one, {})[question] = None

    def _changed(self, question: Question[K, V]) -> None:
        """Queue whoever has seen an answer that is another now."""
        for reader in self._readers.get(question, ()):
            if reader not in self._queued:
                self._queued.add(reader)
                place = self._place.get(reader, BEYOND)  # the head comes last
                if place > self._reached:
                    heappush(self._this_sweep, (place, reader))
                else:
                    self._next_sweep.append((place, reader))

    def _grown(self) -> None:
        """Take in new members, and queue those that asked for a question while it was open."""
        for question in self._table.members(self._head, len(self._place)):
            self._place[question] = len(self._place)
            self._index(question)
        asked = self._table.early(self._noticed)
        self._noticed += len(asked)
        for early in asked:
            if early.state is not OPEN:  # the head tells its readers as it changes, and the component of others goes on around this
                self._changed(early)


def _place(queued: tuple[int, object]) -> int:
    return queued[0]
