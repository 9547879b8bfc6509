"""Answers to questions that may lead back to themselves: a fixpoint that does not depend on what is asked first.

A question is a hashable key, its *rule* computes the answer and may ask further questions. Questions that lead back to each
other form a strongly connected component, found as by Tarjan while the rules run. An answer that was computed while another
was open is a *draft*. When the component is complete a worklist computes again whatever has seen an answer that has changed
since, until nothing changes, and only then are its answers kept.

The rules of a chain of questions call each other, but only to a fixed depth. What lies deeper is computed first, on a
stack of our own, and the rules above run once more; so the project's shape never decides how much of Python's stack is used.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")
T = TypeVar("T")

MAX_NESTED: Final = 36
"""How many rules run inside one another before the rest is computed first: each takes about ten of Python's thousand frames."""
MAX_ROUNDS: Final = 12
"""How often an answer of a component is computed before it may only grow: a few rules are not monotone, and could alternate for ever."""
_NONE: Final = 1 << 60


class _TooDeep(Exception):  # noqa: N818 - a jump back to the driver, never seen outside
    """A question that lies too deep to be computed inside the rules that ask it."""

    def __init__(self, key: Any) -> None:
        self.key = key


class _Frame(Generic[K, V]):
    """A question that is open: its rule runs, or waits for one that lies too deep."""

    __slots__ = ("answer", "asked", "index", "key", "low", "trail")

    def __init__(self, key: K, index: int, trail: int, answer: V | None = None) -> None:
        self.key = key
        self.index = index
        """In the order of opening, over all questions of the table."""
        self.trail = trail
        """Where the drafts begin that were made since it was opened."""
        self.answer = answer
        """What those are told who ask for it meanwhile; None until somebody does."""
        self.low = _NONE
        """The first question that its answer depends on and that is, or was at the time, open."""
        self.asked: list[K] = []


class _Draft(NamedTuple, Generic[K, V]):
    """An answer that depends on an open question."""

    answer: V
    low: int
    asked: list[K]


class Fixpoint(Generic[K, V]):
    """A table of answers.

    `rule` computes the answer to a key, `bottom` is the answer before anything is known, `join` the least upper bound. Answers are
    compared by `same`. Those of a component are freed by `widen` of what would grow for ever by going round, and put by `settle`
    into an order that does not depend on the way they were reached. With `tracking` the table remembers which answers depend on
    which, so that `update` can mend what is no longer true.
    """

    def __init__(
        self,
        rule: Callable[[K], V],
        bottom: Callable[[K], V],
        *,
        join: Callable[[V, V], V],
        same: Callable[[V, V], bool],
        settle: Callable[[V], V],
        widen: Callable[[V], V],
        nested: int = MAX_NESTED,
        tracking: bool = False,
    ) -> None:
        self._rule = rule
        self._bottom = bottom
        self._join = join
        self._same = same
        self._settle = settle
        self._widen = widen
        self._fixed: dict[K, V] = {}
        """Answers that depend on no input: nearly all that speak of libraries alone. Once frozen, all answers."""
        self._known: dict[K, V] = {}
        """Answers that may still change."""
        self._drafts: dict[K, _Draft[K, V]] = {}
        self._trail: list[K] = []
        """The drafts in the order in which they were made."""
        self._early: list[K] = []
        """Questions that were asked while they were open, since the stack was last empty."""
        self._left: dict[K, V] = {}
        """What was told of questions that were left for one that lies too deep."""
        self._open: dict[K, _Frame[K, V]] = {}
        self._stack: list[_Frame[K, V]] = []
        self._opened_so_far = 0
        self._nested = 0
        self._most_nested = nested
        self._tracking = tracking
        self._readers: defaultdict[K, list[K]] = defaultdict(list)
        self._observed: list[K] | None = None
        self._kept_at: dict[K, int] = {}
        """When an answer was kept; what it depends on was kept before, unless the two form a component."""
        self._kept_so_far = 0
        self._observers: set[K] = set()
        self._circular: set[K] = set()
        """The answers that were found as part of a component."""

    # -- asking

    def ask(self, key: K) -> V:
        """Return the answer to a question; inside a component that is not settled yet, what is known of it so far."""
        fixed = self._fixed.get(key)
        if fixed is not None:
            return fixed
        known = self._known.get(key)
        if known is not None:
            self.read(key)
            return known
        if not self._stack:
            return self._outermost(key)
        top = self._stack[-1]
        top.asked.append(key)
        frame = self._open.get(key)
        if frame is not None:
            if frame.answer is None:
                frame.answer = self._bottom(key)
            self._early.append(key)
            top.low = min(top.low, frame.index)
            return frame.answer
        draft = self._drafts.get(key)
        if draft is None:
            if self._nested >= self._most_nested:
                raise _TooDeep(key)
            return self._nest(key)
        top.low = min(top.low, draft.low)
        return draft.answer

    def read(self, key: K) -> None:
        """Note that the answer that is being computed depends on this key, which may stand for an input."""
        if self._stack:
            self._stack[-1].asked.append(key)
        elif self._observed is not None:
            self._observed.append(key)

    def observe(self, observer: K, question: Callable[[], T]) -> T:
        """Return what the question returns; whatever it asks counts as asked by `observer`, which `update` names when it has changed."""
        self._observers.add(observer)
        return self._noted(observer, question)

    def _noted(self, key: K, question: Callable[[], T]) -> T:
        asked = self._observed = []
        try:
            return question()
        finally:
            self._observed = None
            self._note(key, asked)

    def update(self, inputs: Iterable[K]) -> set[K]:
        """Bring the answers up to date now that these inputs changed, and return the observers that are concerned.

        What has changed is computed again in the order in which it was kept, that is after what it depends on, and what comes out
        the same concerns nobody. Members of a component, and what would be computed a second time because a circle has come into
        being, are withdrawn with all that depends on them instead: they have to be found together, when somebody asks.
        """
        concerned: set[K] = set()
        pending: list[tuple[int, K]] = []
        queued: set[K] = set()
        done: set[K] = set()

        def changed(key: K) -> None:
            for reader in self._readers.get(key, ()):
                if reader in self._observers:
                    concerned.add(reader)
                elif reader in self._known and reader not in queued:
                    queued.add(reader)
                    heappush(pending, (self._kept_at[reader], reader))

        for key in inputs:
            changed(key)
        while pending:
            key = heappop(pending)[1]
            queued.discard(key)
            before = self._known.get(key)
            if before is None:  # withdrawn meanwhile
                continue
            if key in self._circular or key in done:
                concerned |= self._withdraw(key)
                continue
            done.add(key)
            answer = self._noted(key, partial(self._rule, key))
            if not self._same(before, answer):
                self._known[key] = answer
                changed(key)
        return concerned

    def _withdraw(self, key: K) -> set[K]:
        """Withdraw an answer and all that depends on it, and return the observers among that."""
        observers: set[K] = set()
        pending = [key]
        while pending:
            one = pending.pop()
            if one in self._observers:
                observers.add(one)
            elif self._known.pop(one, None) is not None:
                pending += self._readers.pop(one, ())
        return observers

    @property
    def is_idle(self) -> bool:
        """Whether no rule runs."""
        return not self._stack

    def forget_all(self) -> None:
        """Withdraw every answer."""
        self._known.clear()
        self._fixed.clear()
        self._readers.clear()

    def freeze(self) -> None:
        """Stop tracking: the inputs are final."""
        self._tracking = False
        self._readers = defaultdict(list)
        self._kept_at = {}
        self._circular = set()
        self._observers = set()
        self._fixed |= self._known
        self._known = {}

    # -- computing

    def _outermost(self, key: K) -> V:
        """Compute from an empty stack."""
        if self._observed is not None:
            self._observed.append(key)
        try:
            return self._nest(key)
        except _TooDeep as deeper:
            self._abandon()
            return self._drive(key, deeper.key)
        except BaseException:  # nothing of what was open is kept
            self._abandon()
            raise

    def _drive(self, key: K, deeper: K) -> V:
        """Compute from an empty stack, what lies too deep before what asks for it."""
        waiting = [self._opened(key), self._opened(deeper)]
        try:
            while True:
                frame = waiting[-1]
                frame.asked.clear()
                try:
                    value = self._settled(frame, self._rule(frame.key))
                except _TooDeep as jump:
                    waiting.append(self._opened(jump.key))
                    continue
                waiting.pop()
                if not waiting:
                    return value
        finally:
            if waiting:  # as above
                self._abandon()

    def _nest(self, key: K) -> V:
        """Compute inside the rule that asks."""
        frame = self._opened(key)
        self._nested += 1
        try:
            value = self._rule(key)
            if frame.low == _NONE and len(self._trail) == frame.trail:  # nothing that it asks for leads back: nearly always
                self._stack.pop()
                del self._open[key]
                return self._keep(key, value, frame.asked)
            return self._settled(frame, value)
        except _TooDeep:
            if frame.answer is not None:  # its drafts stay: they saw the answer that it will be opened with again
                self._left[key] = frame.answer
            self._close(frame)
            raise
        finally:
            self._nested -= 1

    def _opened(self, key: K) -> _Frame[K, V]:
        self._opened_so_far += 1
        frame = _Frame(key, self._opened_so_far, len(self._trail), self._left.pop(key, None) if self._left else None)
        self._stack.append(frame)
        self._open[key] = frame
        return frame

    def _close(self, frame: _Frame[K, V]) -> None:
        self._stack.pop()
        del self._open[frame.key]

    def _settled(self, frame: _Frame[K, V], value: V) -> V:
        """Keep an answer, or make it a draft; first of all, the component's worklist if the question is the first of one."""
        if len(self._trail) > frame.trail:  # perhaps a draft of a question that was left for a deeper one
            frame.low = min(frame.low, frame.index)
        if frame.low > frame.index:
            self._close(frame)
            return self._keep(frame.key, value, frame.asked)
        answer = frame.answer = self._widen(value)
        if frame.low == frame.index:
            _Component(self, frame, answer).settle()
            answer = frame.answer
        self._close(frame)
        if frame.low < frame.index:
            self.draft(frame.key, _Draft(answer, frame.low, list(frame.asked)))
            self._stack[-1].low = min(self._stack[-1].low, frame.low)
            return answer
        if self._tracking:
            self._circular.update(self._trail[frame.trail :])
            self._circular.add(frame.key)
        for key in self._trail[frame.trail :]:
            draft = self._drafts.pop(key)
            self._keep(key, self._settle(draft.answer), draft.asked)
        del self._trail[frame.trail :]
        return self._keep(frame.key, self._settle(answer), frame.asked)

    def draft(self, key: K, draft: _Draft[K, V]) -> None:
        """Make a draft, or replace it."""
        if key not in self._drafts:
            self._trail.append(key)
        self._drafts[key] = draft

    def _keep(self, key: K, value: V, asked: list[K]) -> V:
        if self._tracking and asked:
            self._known[key] = value
            self._kept_at[key] = self._kept_so_far = self._kept_so_far + 1
            self._note(key, asked)
        else:
            self._fixed[key] = value
        if not self._stack:
            self._early.clear()
        return value

    def _abandon(self) -> None:
        for table in (self._stack, self._open, self._trail, self._drafts, self._early, self._left):
            table.clear()

    def _note(self, key: K, asked: list[K]) -> None:
        readers = self._readers
        for one in dict.fromkeys(asked) if len(asked) > 1 else asked:
            readers[one].append(key)

    # -- what a component needs

    def recompute(self, head: _Frame[K, V], key: K, before: V, rounds: int) -> _Draft[K, V]:
        """Run the rule of a member again, with the others as they are."""
        frame = head if key == head.key else _Frame(key, head.index, head.trail, before)
        if frame is not head:
            self._stack.append(frame)
        frame.asked = []
        try:
            value = self._widen(self._rule(key))
        finally:
            if frame is not head:
                self._stack.pop()
        head.low = min(head.low, frame.low)
        if rounds > MAX_ROUNDS:
            value = self._join(before, value)
        return _Draft(before if self._same(before, value) else value, head.index, frame.asked)

    def members(self, head: _Frame[K, V], start: int) -> list[K]:
        """Return the drafts of a component that were made after the first `start`."""
        return self._trail[head.trail + start :]

    def draft_of(self, key: K) -> _Draft[K, V]:
        """Return the draft of a member."""
        return self._drafts[key]

    def is_open(self, key: K) -> bool:
        """Whether the rule of a question runs, or waits."""
        return key in self._open

    def early(self, start: int) -> list[K]:
        """Return the questions that were asked while they were open, after the first `start`."""
        return self._early[start:]


class _Component(Generic[K, V]):
    """The worklist of a strongly connected component."""

    def __init__(self, table: Fixpoint[K, V], head: _Frame[K, V], answer: V) -> None:
        self._table = table
        self._head = head
        self._answer = answer
        self._readers: dict[K, dict[K, None]] = {}
        self._indexed = 0
        self._noticed = 0
        self._rounds: dict[K, int] = {}
        self._queue: dict[K, None] = {}

    def settle(self) -> None:
        """Compute members again until none has seen an answer that changed since."""
        head, table = self._head, self._table
        self._index(head.key, head.asked)
        self._grown()
        self._queue.update(self._readers.get(head.key, {}))
        while self._queue:
            key = next(iter(self._queue))
            del self._queue[key]
            rounds = self._rounds[key] = self._rounds.get(key, 0) + 1
            before = self._answer if key == head.key else table.draft_of(key).answer
            draft = table.recompute(head, key, before, rounds)
            self._index(key, draft.asked)
            if key == head.key:
                head.answer = self._answer = draft.answer
            else:
                table.draft(key, draft)
            if draft.answer is not before:
                self._queue.update(self._readers.get(key, {}))
            self._grown()

    def _index(self, key: K, asked: Iterable[K]) -> None:
        for one in asked:
            self._readers.setdefault(one, {})[key] = None

    def _grown(self) -> None:
        """Take in new members, and queue those that asked for a question while it was open."""
        new = self._table.members(self._head, self._indexed)
        self._indexed += len(new)
        for key in new:
            self._index(key, self._table.draft_of(key).asked)
        asked = self._table.early(self._noticed)
        self._noticed += len(asked)
        for early in asked:
            if not self._table.is_open(early):  # the head is told of as it changes, and the component of others goes on around this
                self._queue.update(self._readers.get(early, {}))
