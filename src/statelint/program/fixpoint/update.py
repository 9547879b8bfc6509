"""Answers that are brought up to date after inputs have changed."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Generic

from statelint.program.fixpoint.question import IDLE, KNOWN, OBSERVER, K, Outdated, Question, V

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Update(Generic[K, V]):
    """What goes on while answers are brought up to date."""

    def __init__(self, recompute: Callable[[Question[K, V]], bool], withdrawn: set[Question[K, V]]) -> None:
        """Take what computes an answer again and says whether it has changed, and the set that collects what is withdrawn."""
        self._recompute = recompute
        self._withdrawn = withdrawn
        self._concerned: set[K] = set()
        self._pending: list[tuple[int, Question[K, V]]] = []
        self._queued: set[Question[K, V]] = set()
        self._done: set[Question[K, V]] = set()

    def run(self, inputs: Iterable[Question[K, V]]) -> set[K]:
        """Compute again what depends on these inputs, and return the observers concerned."""
        for one in inputs:
            self._changed(one)
        while self._pending:
            question = heappop(self._pending)[1]
            self._queued.discard(question)
            if question.state is not KNOWN:  # withdrawn meanwhile
                continue
            if question.is_circular or question in self._done:
                self._withdraw(question)
                continue
            self._done.add(question)
            try:
                if self._recompute(question):
                    self._changed(question)
            except Outdated:
                self._withdraw(question)
        return self._concerned

    def _changed(self, question: Question[K, V]) -> None:
        """Queue whoever depends on an answer that is another now."""
        for reader in question.readers:
            if reader.state is OBSERVER:
                self._concerned.add(reader.key)
            elif reader.state is KNOWN and reader not in self._queued:
                self._queued.add(reader)
                heappush(self._pending, (reader.kept_at, reader))

    def _withdraw(self, question: Question[K, V]) -> None:
        """Withdraw an answer and all that depends on it."""
        pending = [question]
        while pending:
            one = pending.pop()
            if one.state is OBSERVER:
                self._concerned.add(one.key)
            elif one.state is KNOWN:
                one.state = IDLE
                self._withdrawn.add(one)
                pending += one.readers
                one.readers = []
