"""Answers to questions that may lead back to themselves: a fixpoint that does not depend on what is asked first.

A question is a hashable key, its *rule* computes the answer and may ask further questions. Questions that lead back to each
other form a strongly connected component, found as by Tarjan while the rules run. An answer that was computed while another
was open is a *draft*. When the component is complete a worklist computes again whatever has seen an answer that has changed
since, until nothing changes, and only then are its answers kept.

The rules of a chain of questions call each other, but only to a fixed depth. What lies deeper is computed first, on a
stack of our own, and the rules above run once more; so the project's shape never decides how much of Python's stack is used.
"""

from __future__ import annotations

from enum import Enum
from functools import partial
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

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

    def __init__(self, question: Any) -> None:
        self.question = question


class _Outdated(Exception):  # noqa: N818 - as above
    """A question was asked whose answer has just been withdrawn."""


class _State(Enum):
    """What has become of a question."""

    IDLE = 0
    """It is not answered: never asked for, or its answer was withdrawn."""
    OPEN = 1
    """Its rule runs, or waits for one that lies too deep."""
    DRAFT = 2
    """Its answer depends on a question that is open."""
    KNOWN = 3
    """Its answer is kept, and may still change."""
    FIXED = 4
    """Its answer is kept, and cannot change."""
    INPUT = 5
    """It is no question, but something that answers depend on."""
    OBSERVER = 6
    """It is no question, but somebody who asks."""


_IDLE: Final = _State.IDLE  # an attribute of an enumeration takes longer than all else that happens to a question
_OPEN: Final = _State.OPEN
_DRAFT: Final = _State.DRAFT
_KNOWN: Final = _State.KNOWN
_FIXED: Final = _State.FIXED
_INPUT: Final = _State.INPUT
_OBSERVER: Final = _State.OBSERVER


class _Question(Generic[K, V]):
    """A question, and all that is known of it until its answer cannot change any more."""

    __slots__ = ("answer", "asked", "index", "is_circular", "kept_at", "key", "low", "readers", "state", "trail")

    def __init__(self, key: K, state: _State = _IDLE) -> None:
        self.key = key
        self.state = state
        self.answer: Any = None  # of the type `V`, once there is one
        """While it is open what those are told who ask for it meanwhile; None until somebody does."""
        self.readers: list[_Question[K, V]] = []
        """Whose answers depend on its own."""
        self.is_circular = False
        """Whether its answer was found as part of a component."""
        # set when it is opened
        self.asked: list[_Question[K, V]]
        """What its rule has asked for; of a kept answer the readers of those know."""
        self.index: int
        """In the order of opening, over all questions of the table."""
        self.trail: int
        """Where the drafts begin that were made since it was opened."""
        self.low: int
        """The first question that its answer depends on and that is, or was at the time, open."""
        # set when its answer is kept
        self.kept_at: int
        """When that was; what it depends on was kept before, unless the two form a component."""


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
        self._table: dict[K, V | _Question[K, V]] = {}
        """Answers that cannot change any more: nearly all that speak of libraries alone, and once frozen all; and what is known of
        every other question, of inputs and of observers."""
        self._trail: list[_Question[K, V]] = []
        """The drafts in the order in which they were made."""
        self._early: list[_Question[K, V]] = []
        """Questions that were asked while they were open, since the stack was last empty."""
        self._left: dict[_Question[K, V], V] = {}
        """What was told of questions that were left for one that lies too deep."""
        self._stack: list[_Question[K, V]] = []
        """The questions that are open."""
        self._opened_so_far = 0
        self._nested = 0
        self._most_nested = nested
        self._tracking = tracking
        self._observed: list[_Question[K, V]] | None = None
        self._withdrawn: set[_Question[K, V]] = set()
        """What an update has withdrawn so far, while it goes on."""
        self._kept_so_far = 0

    # -- asking

    def ask(self, key: K) -> V:  # noqa: C901 - all that is done half a million times, without further calls
        """Return the answer to a question; inside a component that is not settled yet, what is known of it so far."""
        answer: V
        question = self._table.get(key)
        stack = self._stack
        if question is None:
            question = self._table[key] = _Question(key)
        elif not isinstance(question, _Question):
            return question
        elif question.state is _KNOWN:
            if stack:
                stack[-1].asked.append(question)
            elif self._observed is not None:
                self._observed.append(question)
            answer = question.answer
            return answer
        if not stack:
            return self._outermost(question)
        if question.state is _IDLE:
            if question in self._withdrawn:
                raise _Outdated
            if self._nested >= self._most_nested:
                raise _TooDeep(question)
            answer = self._nest(question)
            if self._table[key] is question:  # it may still change
                stack[-1].asked.append(question)
            return answer
        top = stack[-1]
        top.asked.append(question)
        if question.state is _DRAFT:
            top.low = min(top.low, question.low)
        else:
            if question.answer is None:
                question.answer = self._bottom(key)
            self._early.append(question)
            top.low = min(top.low, question.index)
        answer = question.answer
        return answer

    def read(self, key: K) -> None:
        """Note that the answer that is being computed depends on this key, which stands for an input."""
        if self._tracking:
            self._noticed(self._question(key, _INPUT))

    def _noticed(self, question: _Question[K, V]) -> None:
        """Note that the answer that is being computed depends on another, or on an input."""
        if self._stack:
            self._stack[-1].asked.append(question)
        elif self._observed is not None:
            self._observed.append(question)

    def _question(self, key: K, state: _State) -> _Question[K, V]:
        question = self._table.get(key)
        if question is None:
            question = self._table[key] = _Question(key, state)
        assert isinstance(question, _Question)  # noqa: S101 - inputs and observers have no answer
        return question

    def observe(self, observer: K, question: Callable[[], T]) -> T:
        """Return what the question returns; whatever it asks counts as asked by `observer`, which `update` names when it has changed."""
        found, asked = self._overheard(question)
        if asked:
            _note(self._question(observer, _OBSERVER), asked)
        return found

    def _overheard(self, question: Callable[[], T]) -> tuple[T, list[_Question[K, V]]]:
        """Return what the question returns, and what it has asked for."""
        asked = self._observed = []
        try:
            return question(), asked
        finally:
            self._observed = None

    def update(self, inputs: Iterable[K]) -> set[K]:
        """Bring the answers up to date now that these inputs changed, and return the observers that are concerned.

        What has changed is computed again in the order in which it was kept, that is after what it depends on, and what comes out
        the same concerns nobody. Members of a component, and what would be computed a second time because a circle has come into
        being, are withdrawn with all that depends on them instead, now or before: they have to be found together, when somebody asks
        and all inputs are known, so that an update settles no component.
        """
        try:
            return _Update(self, self._withdrawn).run(self._question(key, _INPUT) for key in inputs)
        finally:
            self._withdrawn = set()

    @property
    def is_idle(self) -> bool:
        """Whether no rule runs."""
        return not self._stack

    def forget_all(self) -> None:
        """Withdraw every answer."""
        self._table.clear()

    def freeze(self) -> None:
        """Stop tracking: the inputs are final."""
        self._tracking = False
        known = ((key, one.answer if isinstance(one, _Question) else one) for key, one in self._table.items() if _has_answer(one))
        self._table = dict(known)

    # -- computing

    def _outermost(self, question: _Question[K, V]) -> V:
        """Compute from an empty stack."""
        if question in self._withdrawn:
            raise _Outdated
        try:
            value = self._nest(question)
        except _TooDeep as deeper:
            self._abandon()
            value = self._drive(question, deeper.question)
        except BaseException:  # nothing of what was open is kept
            self._abandon()
            raise
        if self._observed is not None and question.state is not _FIXED:
            self._observed.append(question)
        return value

    def _drive(self, question: _Question[K, V], deeper: _Question[K, V]) -> V:
        """Compute from an empty stack, what lies too deep before what asks for it."""
        waiting = [self._opened(question), self._opened(deeper)]
        try:
            while True:
                frame = waiting[-1]
                frame.asked.clear()
                try:
                    value = self._settled(frame, self._rule(frame.key))
                except _TooDeep as jump:
                    waiting.append(self._opened(jump.question))
                    continue
                waiting.pop()
                if not waiting:
                    return value
        finally:
            if waiting:  # as above
                self._abandon()

    def _nest(self, question: _Question[K, V]) -> V:
        """Compute inside the rule that asks."""
        self._opened(question)
        self._nested += 1
        try:
            value = self._rule(question.key)
            if question.low == _NONE and len(self._trail) == question.trail:  # nothing that it asks for leads back: nearly always
                self._stack.pop()
                return self._keep(question, value)
            return self._settled(question, value)
        except _TooDeep:
            if question.answer is not None:  # its drafts stay: they saw the answer that it will be opened with again
                self._left[question] = question.answer
            self._stack.pop()
            question.state = _IDLE
            raise
        finally:
            self._nested -= 1

    def _opened(self, question: _Question[K, V]) -> _Question[K, V]:
        self._opened_so_far += 1
        question.state = _OPEN
        question.index = self._opened_so_far
        question.trail = len(self._trail)
        question.low = _NONE
        question.answer = self._left.pop(question, None) if self._left else None
        question.asked = []
        self._stack.append(question)
        return question

    def _settled(self, frame: _Question[K, V], value: V) -> V:
        """Keep an answer, or make it a draft; first of all, the component's worklist if the question is the first of one."""
        if len(self._trail) > frame.trail:  # perhaps a draft of a question that was left for a deeper one
            frame.low = min(frame.low, frame.index)
        if frame.low > frame.index:
            self._stack.pop()
            return self._keep(frame, value)
        frame.answer = self._widen(value)
        if frame.low == frame.index:
            _Component(self, frame).settle()
        answer: V = frame.answer
        self._stack.pop()
        if frame.low < frame.index:
            frame.state = _DRAFT
            self._trail.append(frame)
            self._stack[-1].low = min(self._stack[-1].low, frame.low)
            return answer
        members = self._trail[frame.trail :]
        del self._trail[frame.trail :]
        for member in members:
            self._keep(member, self._settle(member.answer), is_circular=True)
        return self._keep(frame, self._settle(answer), is_circular=True)

    def _keep(self, question: _Question[K, V], value: V, *, is_circular: bool = False) -> V:
        asked = question.asked
        if self._tracking and asked:
            question.state = _KNOWN
            question.answer = value
            question.is_circular |= is_circular
            question.kept_at = self._kept_so_far = self._kept_so_far + 1
            _note(question, asked)
            del question.asked
        else:
            question.state = _FIXED
            self._table[question.key] = value
        if not self._stack:
            self._early.clear()
        return value

    def _abandon(self) -> None:
        for question in (*self._stack, *self._trail):
            question.state = _IDLE
        for table in (self._stack, self._trail, self._early, self._left):
            table.clear()

    # -- what an update needs

    def computed_again(self, question: _Question[K, V]) -> bool:
        """Compute an answer from the others as they are, and return whether it has changed."""
        answer, asked = self._overheard(partial(self._rule, question.key))
        _note(question, asked)
        if self._same(question.answer, answer):
            return False
        question.answer = answer
        return True

    # -- what a component needs

    def recompute(self, head: _Question[K, V], member: _Question[K, V], rounds: int) -> bool:
        """Run the rule of a member again, with the others as they are, and return whether its answer has changed."""
        frame = head if member is head else _Question(member.key)
        if frame is not head:
            frame.low = _NONE
            self._stack.append(frame)
        frame.asked = []
        try:
            value = self._widen(self._rule(member.key))
        finally:
            if frame is not head:
                self._stack.pop()
        head.low = min(head.low, frame.low)
        before = member.answer
        if rounds > MAX_ROUNDS:
            value = self._join(before, value)
        member.asked = frame.asked
        if member is not head:
            member.low = head.index
        if self._same(before, value):
            return False
        member.answer = value
        return True

    def members(self, head: _Question[K, V], start: int) -> list[_Question[K, V]]:
        """Return the drafts of a component that were made after the first `start`."""
        return self._trail[head.trail + start :]

    def early(self, start: int) -> list[_Question[K, V]]:
        """Return the questions that were asked while they were open, after the first `start`."""
        return self._early[start:]


def _has_answer(entry: Any) -> bool:
    return not isinstance(entry, _Question) or entry.state is _KNOWN


def _note(reader: _Question[K, V], asked: list[_Question[K, V]]) -> None:
    for one in dict.fromkeys(asked) if len(asked) > 1 else asked:
        one.readers.append(reader)


class _Update(Generic[K, V]):
    """What goes on while answers are brought up to date."""

    def __init__(self, table: Fixpoint[K, V], withdrawn: set[_Question[K, V]]) -> None:
        self._table = table
        self._withdrawn = withdrawn
        self._concerned: set[K] = set()
        self._pending: list[tuple[int, _Question[K, V]]] = []
        self._queued: set[_Question[K, V]] = set()
        self._done: set[_Question[K, V]] = set()

    def run(self, inputs: Iterable[_Question[K, V]]) -> set[K]:
        """Compute again what depends on these inputs, and return the observers concerned."""
        for one in inputs:
            self._changed(one)
        while self._pending:
            question = heappop(self._pending)[1]
            self._queued.discard(question)
            if question.state is not _KNOWN:  # withdrawn meanwhile
                continue
            if question.is_circular or question in self._done:
                self._withdraw(question)
                continue
            self._done.add(question)
            try:
                if self._table.computed_again(question):
                    self._changed(question)
            except _Outdated:
                self._withdraw(question)
        return self._concerned

    def _changed(self, question: _Question[K, V]) -> None:
        """Queue whoever depends on an answer that is another now."""
        for reader in question.readers:
            if reader.state is _OBSERVER:
                self._concerned.add(reader.key)
            elif reader.state is _KNOWN and reader not in self._queued:
                self._queued.add(reader)
                heappush(self._pending, (reader.kept_at, reader))

    def _withdraw(self, question: _Question[K, V]) -> None:
        """Withdraw an answer and all that depends on it."""
        pending = [question]
        while pending:
            one = pending.pop()
            if one.state is _OBSERVER:
                self._concerned.add(one.key)
            elif one.state is _KNOWN:
                one.state = _IDLE
                self._withdrawn.add(one)
                pending += one.readers
                one.readers = []


class _Component(Generic[K, V]):
    """The worklist of a strongly connected component.

    Members are computed in the order in which their drafts were made, that is mostly after what they depend on; what has changed
    before the place that was reached waits for the next sweep.
    """

    def __init__(self, table: Fixpoint[K, V], head: _Question[K, V]) -> None:
        self._table = table
        self._head = head
        self._readers: dict[_Question[K, V], dict[_Question[K, V], None]] = {}
        self._place: dict[_Question[K, V], int] = {}
        self._noticed = 0
        self._rounds: dict[_Question[K, V], int] = {}
        self._queued: set[_Question[K, V]] = set()
        self._this_sweep: list[tuple[int, _Question[K, V]]] = []
        self._next_sweep: list[tuple[int, _Question[K, V]]] = []
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

    def _index(self, question: _Question[K, V]) -> None:
        for one in question.asked:
            self._readers.setdefault(one, {})[question] = None

    def _changed(self, question: _Question[K, V]) -> None:
        """Queue whoever has seen an answer that is another now."""
        for reader in self._readers.get(question, ()):
            if reader not in self._queued:
                self._queued.add(reader)
                place = self._place.get(reader, _NONE)  # the head comes last
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
            if early.state is not _OPEN:  # the head is told of as it changes, and the component of others goes on around this
                self._changed(early)


def _place(queued: tuple[int, object]) -> int:
    return queued[0]
