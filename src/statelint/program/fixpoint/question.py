"""What is known of one question of the table: its state, its answer, and whose answers depend on that."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")

BEYOND: Final = 1 << 60
"""Comes after every question in the order of opening, and after every member of a component."""


class TooDeep(Exception):  # noqa: N818 - a jump back to the driver, never seen outside
    """A question that lies too deep to be computed inside the rules that ask it."""

    def __init__(self, question: Any) -> None:
        self.question = question


class Outdated(Exception):  # noqa: N818 - as above
    """A question was asked whose answer has just been withdrawn."""


class State(Enum):
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


IDLE: Final = State.IDLE  # an attribute of an enumeration takes longer than all else that happens to a question
OPEN: Final = State.OPEN
DRAFT: Final = State.DRAFT
KNOWN: Final = State.KNOWN
FIXED: Final = State.FIXED
INPUT: Final = State.INPUT
OBSERVER: Final = State.OBSERVER


class Question(Generic[K, V]):
    """A question, and all that is known of it until its answer cannot change any more."""

    __slots__ = ("answer", "asked", "index", "is_circular", "kept_at", "key", "low", "readers", "state", "trail")

    def __init__(self, key: K, state: State = IDLE) -> None:
        self.key = key
        self.state = state
        self.answer: Any = None  # of the type `V`, once there is one
        """While it is open, what it is taken for by those who ask for it meanwhile; None until somebody does."""
        self.readers: list[Question[K, V]] = []
        """Whose answers depend on its own."""
        self.is_circular = False
        """Whether its answer was found as part of a component."""
        # set when it is opened
        self.asked: list[Question[K, V]]
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


def has_answer(entry: Any) -> bool:
    """Whether an entry of the table is an answer, or a question that has one which is kept."""
    return not isinstance(entry, Question) or entry.state is KNOWN


def add_reader(reader: Question[K, V], asked: list[Question[K, V]]) -> None:
    """Note that an answer depends on all that its rule has asked for."""
    for one in dict.fromkeys(asked) if len(asked) > 1 else asked:
        one.readers.append(reader)
