"""The table of answers: it runs rules inside one another, finds components while they run, and keeps what cannot change."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from statelint.program.fixpoint.component import Component
from statelint.program.fixpoint.question import (
    BEYOND,
    DRAFT,
    FIXED,
    IDLE,
    INPUT,
    KNOWN,
    OBSERVER,
    OPEN,
    K,
    Outdated,
    Question,
    State,
    TooDeep,
    V,
    add_reader,
    has_answer,
)
from statelint.program.fixpoint.update import Update

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")

MAX_NESTED: Final = 36
"""How many rules run inside one another before the rest is computed first: each takes about ten of Python's thousand frames."""
MAX_ROUNDS: Final = 12
"""How often an answer of a component is computed before it may only grow: a few rules are not monotone, and could alternate for ever."""


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
        self._table: dict[K, V | Question[K, V]] = {}
        """Answers that cannot change any more: nearly all that speak of libraries alone, and once frozen all; and what is known of
        every other question, of inputs and of observers."""
        self._trail: list[Question[K, V]] = []
        """The drafts in the order in which they were made."""
        self._early: list[Question[K, V]] = []
        """Questions that were asked while they were open, since the stack was last empty."""
        self._left: dict[Question[K, V], V] = {}
        """What questions were taken for that were left for one that lies too deep."""
        self._stack: list[Question[K, V]] = []
        """The questions that are open."""
        self._opened_so_far = 0
        self._nested = 0
        self._most_nested = nested
        self._tracking = tracking
        self._observed: list[Question[K, V]] | None = None
        self._withdrawn: set[Question[K, V]] = set()
        """What an update has withdrawn so far, while it goes on."""
        self._kept_so_far = 0

    # -- asking

    def ask(self, key: K) -> V:  # noqa: C901 - all that is done half a million times, without further calls
        """Return the answer to a question; inside a component that is not settled yet, what is known of it so far."""
        answer: V
        question = self._table.get(key)
        stack = self._stack
        if question is None:
            question = self._table[key] = Question(key)
        elif not isinstance(question, Question):
            return question
        elif question.state is KNOWN:
            if stack:
                stack[-1].asked.append(question)
            elif self._observed is not None:
                self._observed.append(question)
            answer = question.answer
            return answer
        if not stack:
            return self._outermost(question)
        if question.state is IDLE:
            if question in self._withdrawn:
                raise Outdated
            if self._nested >= self._most_nested:
                raise TooDeep(question)
            answer = self._nest(question)
            if self._table[key] is question:  # it may still change
                stack[-1].asked.append(question)
            return answer
        top = stack[-1]
        top.asked.append(question)
        if question.state is DRAFT:
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
            self._noticed(self._question(key, INPUT))

    def _noticed(self, question: Question[K, V]) -> None:
        """Note that the answer that is being computed depends on another, or on an input."""
        if self._stack:
            self._stack[-1].asked.append(question)
        elif self._observed is not None:
            self._observed.append(question)

    def _question(self, key: K, state: State) -> Question[K, V]:
        question = self._table.get(key)
        if question is None:
            question = self._table[key] = Question(key, state)
        assert isinstance(question, Question)  # noqa: S101 - inputs and observers have no answer
        return question

    def observe(self, observer: K, question: Callable[[], T]) -> T:
        """Return what the question returns; whatever it asks counts as asked by `observer`, which `update` names when it has changed."""
        found, asked = self._overheard(question)
        if asked:
            add_reader(self._question(observer, OBSERVER), asked)
        return found

    def _overheard(self, question: Callable[[], T]) -> tuple[T, list[Question[K, V]]]:
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
            return Update(self._computed_again, self._withdrawn).run(self._question(key, INPUT) for key in inputs)
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
        known = ((key, one.answer if isinstance(one, Question) else one) for key, one in self._table.items() if has_answer(one))
        self._table = dict(known)

    # -- computing

    def _outermost(self, question: Question[K, V]) -> V:
        """Compute from an empty stack."""
        if question in self._withdrawn:
            raise Outdated
        try:
            value = self._nest(question)
        except TooDeep as deeper:
            self._abandon()
            value = self._drive(question, deeper.question)
        except BaseException:  # nothing of what was open is kept
            self._abandon()
            raise
        if self._observed is not None and question.state is not FIXED:
            self._observed.append(question)
        return value

    def _drive(self, question: Question[K, V], deeper: Question[K, V]) -> V:
        """Compute from an empty stack, what lies too deep before what asks for it."""
        waiting = [self._opened(question), self._opened(deeper)]
        try:
            while True:
                frame = waiting[-1]
                frame.asked.clear()
                try:
                    value = self._settled(frame, self._rule(frame.key))
                except TooDeep as jump:
                    waiting.append(self._opened(jump.question))
                    continue
                waiting.pop()
                if not waiting:
                    return value
        finally:
            if waiting:  # as above
                self._abandon()

    def _nest(self, question: Question[K, V]) -> V:
        """Compute inside the rule that asks."""
        self._opened(question)
        self._nested += 1
        try:
            value = self._rule(question.key)
            if question.low == BEYOND and len(self._trail) == question.trail:  # nothing that it asks for leads back: nearly always
                self._stack.pop()
                return self._keep(question, value)
            return self._settled(question, value)
        except TooDeep:
            if question.answer is not None:  # its drafts stay: they saw the answer that it will be opened with again
                self._left[question] = question.answer
            self._stack.pop()
            question.state = IDLE
            raise
        finally:
            self._nested -= 1

    def _opened(self, question: Question[K, V]) -> Question[K, V]:
        self._opened_so_far += 1
        question.state = OPEN
        question.index = self._opened_so_far
        question.trail = len(self._trail)
        question.low = BEYOND
        question.answer = self._left.pop(question, None) if self._left else None
        question.asked = []
        self._stack.append(question)
        return question

    def _settled(self, frame: Question[K, V], value: V) -> V:
        """Keep an answer, or make it a draft; first of all, the component's worklist if the question is the first of one."""
        if len(self._trail) > frame.trail:  # perhaps a draft of a question that was left for a deeper one
            frame.low = min(frame.low, frame.index)
        if frame.low > frame.index:
            self._stack.pop()
            return self._keep(frame, value)
        frame.answer = self._widen(value)
        if frame.low == frame.index:
            Component(self, frame).settle()
        answer: V = frame.answer
        self._stack.pop()
        if frame.low < frame.index:
            frame.state = DRAFT
            self._trail.append(frame)
            self._stack[-1].low = min(self._stack[-1].low, frame.low)
            return answer
        members = self._trail[frame.trail :]
        del self._trail[frame.trail :]
        for member in members:
            self._keep(member, self._settle(member.answer), is_circular=True)
        return self._keep(frame, self._settle(answer), is_circular=True)

    def _keep(self, question: Question[K, V], value: V, *, is_circular: bool = False) -> V:
        asked = question.asked
        if self._tracking and asked:
            question.state = KNOWN
            question.answer = value
            question.is_circular |= is_circular
            question.kept_at = self._kept_so_far = self._kept_so_far + 1
            add_reader(question, asked)
            del question.asked
        else:
            question.state = FIXED
            self._table[question.key] = value
        if not self._stack:
            self._early.clear()
        return value

    def _abandon(self) -> None:
        for question in (*self._stack, *self._trail):
            question.state = IDLE
        for table in (self._stack, self._trail, self._early, self._left):
            table.clear()

    # -- what an update needs

    def _computed_again(self, question: Question[K, V]) -> bool:
        """Compute an answer from the others as they are, and return whether it has changed."""
        answer, asked = self._overheard(partial(self._rule, question.key))
        add_reader(question, asked)
        if self._same(question.answer, answer):
            return False
        question.answer = answer
        return True

    # -- what a component needs

    def recompute(self, head: Question[K, V], member: Question[K, V], rounds: int) -> bool:
        """Run the rule of a member again, with the others as they are, and return whether its answer has changed."""
        frame = head if member is head else Question(member.key)
        if frame is not head:
            frame.low = BEYOND
            self._stack.append(frame)
        frame.asked = []
        try:
            value = self._widen(self._rule(member.key))
        except TooDeep:  # after anything else, what is open above is still on the stack, and is abandoned with it
            if frame is not head:
                self._stack.pop()
            raise
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

    def members(self, head: Question[K, V], start: int) -> list[Question[K, V]]:
        """Return the drafts of a component that were made after the first `start`."""
        return self._trail[head.trail + start :]

    def early(self, start: int) -> list[Question[K, V]]:
        """Return the questions that were asked while they were open, after the first `start`."""
        return self._early[start:]
