"""What is already known of names, so that each is followed once, and what holds while a condition is judged."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from statelint.program.conditions import Outcome
    from statelint.program.nodes import Function
    from statelint.program.value import Value

_WIDTH: Final = 16
"""How many values one name may have."""
_LEVELS: Final = 40
"""How many names may lead to each other; more would exhaust the stack."""


class Memory:
    """Values by what was asked, for as long as the environment stays the same."""

    def __init__(self) -> None:
        self._values: dict[Hashable, tuple[Value, ...]] = {}
        self._busy: set[Hashable] = set()
        self._before: dict[Function, int] = {}
        self.outcomes: dict[Hashable, Outcome] = {}

    def forget(self) -> None:
        """Drop everything."""
        self._values.clear()
        self.outcomes.clear()

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

    def counts(self, scope: Function, line: int) -> bool:
        """Whether a binding on this line counts."""
        return line < self._before.get(scope, line + 1)

    def values(self, scope: object, question: Hashable, follow: Callable[[], Iterable[Value]]) -> tuple[Value, ...]:
        """Return the values that `follow` gives for a question about a scope; none where it leads back to itself."""
        key = (scope, question, self._before.get(scope))  # type: ignore[call-overload]  # a scope that is no function has none
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
