"""Every number at which the survey of a file or the linking of a program stops, with its reason, and a record of those reached.

A limit is there against hostile or generated code. It stands well above what real code needs; where it is reached all the
same, the answer is incomplete, so a diagnostic says where, and what depends on it is UNKNOWN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Limit(NamedTuple):
    """A number, and what a person is told where it is reached."""

    name: str
    most: int
    what: str
    """Completes the sentence `NAME ...`, with `{most}` for the number."""


TARGETS: Final = Limit("targets", 160, "may call more than {most} functions of the project")
"""How many functions, classes and instances of the project one expression may stand for."""
ARGUMENTS: Final = Limit("arguments", 10_000, "is handed more than {most} different values")
"""How many values callers may hand to one parameter: helpers such as a translation function are called from everywhere, but a table
of ten thousand calls says nothing new."""
CONTENTS: Final = Limit("contents", 10_000, "is filled in more than {most} places")
"""How many values may be put into one container: tables that are filled by thousands of registrations say the same each time."""
FIXPOINT: Final = Limit("rounds", 24, "is not settled after {most} rounds of linking")
"""How often calls may tell of parameters and parameters of calls; higher-order code needs four or five rounds."""


NESTING: Final = Limit("nesting", 200, "is nested more than {most} levels deep")
"""How many statements and expressions of a file may stand inside each other: as many as Python allows parentheses."""
CHAIN: Final = Limit("chain", 2000, "has a chain of more than {most} links")
"""How many operators or attributes may follow each other: texts put together from pieces have hundreds, and Python itself ends
below three thousand."""
BRANCHES: Final = Limit("branches", 500, "has an `elif` of more than {most} branches")
"""How many branches an `elif` may have: what stands in one is judged under the conditions of all before it, so that twice as many
take four times as long."""


class Reached(NamedTuple):
    """A limit that was reached."""

    limit: Limit
    name: str
    """What it was reached for, as a person calls it."""
    path: str
    line: int

    @property
    def message(self) -> str:
        """One sentence."""
        return f"`{self.name}` {self.limit.what.format(most=self.limit.most)}; what depends on it is open"


class LimitLog:
    """Which limits were reached, each once for a name."""

    def __init__(self) -> None:
        self._reached: dict[tuple[str, str, str], Reached] = {}

    def reach(self, limit: Limit, name: str, path: str, line: int) -> None:
        """Note that a limit was reached for a name."""
        self._reached.setdefault((limit.name, name, path), Reached(limit, name, path, line))

    def __iter__(self) -> Iterator[Reached]:
        """Go through them by place."""
        return iter(sorted(self._reached.values(), key=lambda one: (one.path, one.line, one.name, one.limit.name)))
