"""The values of names, each followed once in each context, to a fixpoint; and what holds while a condition is judged."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from statelint.program.evaluation.value import Outcome
from statelint.program.fixpoint import Fixpoint
from statelint.program.names.nodes import Class, Function

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from statelint.program.evaluation.value import Value
    from statelint.survey.summary import Call

MOST_VALUES: Final = 16
"""How many values of one name are told apart; what nobody can decide does not become clearer by more of them."""
_MOST_FRAMES: Final = 3
"""How many calls within each other are told apart by what they hand over: call strings of this length."""
_NESTED: Final = 16
"""How many rules run inside one another: each takes up to twenty of Python's thousand frames, and the resolver has its own."""


class _Context(NamedTuple):
    """What an answer depends on besides the question."""

    frames: tuple[tuple[Function, int], ...] = ()
    """Functions whose parameters are what one call hands over, and that call."""
    before: tuple[tuple[Function, int], ...] = ()
    """Scopes of which only the bindings above a line count."""


_ANYWHERE: Final = _Context()


class Memo:
    """Values by what was asked."""

    def __init__(self) -> None:
        self._context = _ANYWHERE
        self._calls: dict[int, tuple[Call, Function]] = {}
        """The calls of frames, by what stands for them in a context."""
        self._rules: dict[Hashable, Callable[[], tuple[Any, ...]]] = {}
        self._answers: Fixpoint[Any, tuple[Any, ...]] = Fixpoint(
            self._rule,
            lambda _: (),
            join=lambda old, new: tuple(dict.fromkeys((*old, *new)))[:MOST_VALUES],
            same=lambda old, new: old == new or set(old) == set(new),
            settle=lambda answer: answer,
            widen=lambda answer: answer,
            nested=_NESTED,
        )

    def forget(self) -> None:
        """Drop everything."""
        self._answers.forget_all()

    # -- contexts

    @contextmanager
    def before(self, scope: Function, line: int) -> Iterator[None]:
        """While this lasts, bindings of the scope count only above the line."""
        outer = self._context
        others = tuple(pair for pair in outer.before if pair[0] is not scope)
        self._context = outer._replace(before=(*others, (scope, line)))
        try:
            yield
        finally:
            self._context = outer

    @contextmanager
    def frame(self, callee: Function, call: Call, caller: Function) -> Iterator[None]:
        """While this lasts, the callee's parameters are what this call hands over."""
        outer = self._context
        self._calls[id(call)] = (call, caller)
        others = tuple(pair for pair in outer.frames if pair[0] is not callee)
        self._context = outer._replace(frames=(*others, (callee, id(call))))
        try:
            yield
        finally:
            self._context = outer

    @contextmanager
    def outside(self, callee: Function) -> Iterator[tuple[Call, Function] | None]:
        """Step out of a callee's frame, to where the call stands; gives the call and its function."""
        outer = self._context
        call = next((call for function, call in outer.frames if function is callee), None)
        self._context = outer._replace(frames=tuple(pair for pair in outer.frames if pair[0] is not callee))
        try:
            yield self._calls[call] if call is not None else None
        finally:
            self._context = outer

    @property
    def may_frame(self) -> bool:
        """Whether calls are still told apart; deeper ones are judged by all their callers."""
        return len(self._context.frames) < _MOST_FRAMES

    def counts(self, scope: Function, line: int) -> bool:
        """Whether a binding on this line counts."""
        return all(line < limit for function, limit in self._context.before if function is scope)

    # -- questions

    def values(self, scope: Function | Class, question: Hashable, follow: Callable[[], Iterable[Value]]) -> tuple[Value, ...]:
        """Return the values that `follow` gives for a question about a scope."""
        return self._ask(scope, question, lambda: tuple(dict.fromkeys(follow()))[:MOST_VALUES])

    def outcome(self, scope: Function, question: Hashable, judge: Callable[[], Outcome]) -> Outcome:
        """Return what `judge` says of a condition; while that depends on itself, nobody knows."""
        return next(iter(self._ask(scope, question, lambda: (judge(),))), Outcome(None))

    def gathered(self, question: Hashable, gather: Callable[[], Iterable[Any]]) -> tuple[Any, ...]:
        """Return what `gather` gives for a question about the whole program."""
        return self._ask(None, question, lambda: tuple(gather()))

    def _ask(self, scope: Function | Class | None, question: Hashable, rule: Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
        key = (scope, question, self._seen_from(scope))
        self._rules[key] = rule
        answer = self._answers.ask(key)
        if self._answers.is_idle:
            self._rules.clear()
        return answer

    def _seen_from(self, scope: Function | Class | None) -> _Context:
        """What of the context a scope can see, in an order that does not depend on the way there.

        What a module or a class binds does not depend on who asks, and what a function binds depends on the call that it is seen
        from, on what that call's own function is seen from, and so on; a function that is seen from no call in particular is
        judged by all its callers, whoever asks.
        """
        context = self._context
        if not context.frames and not context.before:
            return _ANYWHERE
        if not isinstance(scope, Function) or scope.is_body:
            before = tuple(pair for pair in context.before if pair[0] is scope)
            return _Context(before=before) if before else _ANYWHERE
        calls = dict(context.frames)
        seen: dict[Function, None] = {}
        frames: list[tuple[Function, int]] = []
        pending: list[Function] = [scope]
        while pending:
            function: Function | None = pending.pop()
            while function is not None and function not in seen:
                seen[function] = None
                if function in calls:
                    frames.append((function, calls[function]))
                    pending.append(self._calls[calls[function]][1])
                function = function.parent
        lines = dict(context.before)
        return _Context(tuple(frames), tuple((function, lines[function]) for function in seen if function in lines) if lines else ())

    def _rule(self, key: tuple[Any, Hashable, _Context]) -> tuple[Any, ...]:
        outer, self._context = self._context, key[2]
        try:
            return self._rules[key]()
        finally:
            self._context = outer
