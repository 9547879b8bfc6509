"""What is already known of names, so that each is followed once, and what holds while a condition is judged."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from statelint.program.evaluation.conditions import Outcome
    from statelint.program.evaluation.value import Value
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import Call

_WIDTH: Final = 16
"""How many values one name may have."""
_LEVELS: Final = 40
"""How many names may lead to each other; more would exhaust the stack."""
_FRAMES: Final = 3
"""How many calls within each other are told apart by what they hand over."""


class Memory:
    """Values by what was asked."""

    def __init__(self) -> None:
        self._values: dict[Hashable, tuple[Value, ...]] = {}
        self._busy: set[Hashable] = set()
        self._before: dict[Function, int] = {}
        self._frames: dict[Function, tuple[Call, Function]] = {}
        self.outcomes: dict[Hashable, Outcome] = {}

    @contextmanager
    def before(self, scope: Function, line: int) -> Iterator[None]:
        """While this lasts, bindings of the scope count only above the line."""
        outer = self._before.get(scope)
        self._before[scope] = line
        try:
            yield
        finally:
            if outer is None:
                del self._before[scope]
            else:
                self._before[scope] = outer

    @contextmanager
    def frame(self, callee: Function, call: Call, caller: Function) -> Iterator[None]:
        """While this lasts, the callee's parameters are what this call hands over."""
        outer = self._frames.get(callee)
        self._frames[callee] = (call, caller)
        try:
            yield
        finally:
            self._restore(callee, outer)

    @contextmanager
    def outside(self, callee: Function) -> Iterator[tuple[Call, Function] | None]:
        """Step out of a callee's frame, to where the call stands; gives the call and its function."""
        frame = self._frames.pop(callee, None)
        try:
            yield frame
        finally:
            self._restore(callee, frame)

    def _restore(self, callee: Function, frame: tuple[Call, Function] | None) -> None:
        if frame is None:
            self._frames.pop(callee, None)
        else:
            self._frames[callee] = frame

    @property
    def may_frame(self) -> bool:
        """Whether calls are still told apart; deeper ones are judged by all their callers."""
        return len(self._frames) < _FRAMES

    def place(self, scope: object) -> Hashable:
        """What answers about a scope depend on besides the question."""
        frame = self._frames.get(scope)  # type: ignore[call-overload]  # a scope that is no function has none
        return self._before.get(scope), id(frame[0]) if frame is not None else 0  # type: ignore[call-overload]  # as above

    def counts(self, scope: Function, line: int) -> bool:
        """Whether a binding on this line counts."""
        return line < self._before.get(scope, line + 1)

    def values(self, scope: object, question: Hashable, follow: Callable[[], Iterable[Value]]) -> tuple[Value, ...]:
        """Return the values that `follow` gives for a question about a scope; none where it leads back to itself."""
        key = (scope, question, self.place(scope))
        known = self._values.get(key)
        if known is not None:
            return known
        if key in self._busy or len(self._busy) > _LEVELS:
            return ()
        self._busy.add(key)
        try:
            found = self._values[key] = tuple(dict.fromkeys(follow()))[:_WIDTH]
        finally:
            self._busy.discard(key)
        return found
