"""The sources that a value can come from, and which library names are one.

A set of sources is a number with a bit for each. `code`, what is the same in each release, has none: it is what is left where
nothing else takes part. Bits from `FIRST_PARAMETER` on stand for the parameters of the function in whose terms an answer is given.
"""

from __future__ import annotations

import builtins
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.program.vocabulary import NameSet, Vocabulary

CODE: Final = 0
DEPLOYMENT: Final = 1
"""The same in each instance of a deployment: environment, settings, files that are installed with the program."""
SHARED: Final = 2
"""One truth outside that changes: rows, Redis, answers of other services, object storage."""
REQUEST: Final = 4
"""What a client sends, and who it is."""
PROCESS: Final = 8
"""This process alone: clock, chance, tasks and handles, and which requests arrived here, how many and when."""
UNKNOWN: Final = 16
"""What could not be followed."""
FILE: Final = 32
"""What a file says, whose name the other sources decide: of the deployment if they do not go beyond it, of this disk otherwise."""
HOST: Final = 64
"""What this machine says of itself: its devices, its load, what its programs answer. True of it, and of no other."""
EVERYWHERE: Final = DEPLOYMENT
"""Where nothing but these bits is set the value is the same on every instance."""
FIRST_PARAMETER: Final = 7
MOST_PARAMETERS: Final = 40
"""Parameters of one function that are told apart; all further ones are one."""
_NAMES: Final[Mapping[int, str]] = {
    DEPLOYMENT: "deployment",
    SHARED: "shared",
    REQUEST: "request",
    PROCESS: "process",
    HOST: "host",
    UNKNOWN: "unknown",
}
_BUILTINS: Final = frozenset(dir(builtins))
_SOURCES: Final = (1 << FIRST_PARAMETER) - 1


def parameter(index: int) -> int:
    """Return the bit of a function's parameter."""
    return 1 << (FIRST_PARAMETER + min(index, MOST_PARAMETERS))


def parameters_in(found: int) -> list[int]:
    """Return the indices of the parameters in a set."""
    bits = found >> FIRST_PARAMETER
    return [index for index in range(bits.bit_length()) if bits >> index & 1]


def without_parameters(found: int) -> int:
    """Return the sources alone."""
    return found & _SOURCES


def settled(found: int) -> int:
    """Return the sources without parameters, with those of files decided by what names them."""
    plain = found & _SOURCES
    if not plain & FILE:
        return plain
    return plain & ~FILE | (PROCESS if plain & (SHARED | REQUEST | PROCESS) else DEPLOYMENT)


def is_own_truth(found: int) -> bool:
    """Whether each instance comes to a value that is right for itself, as far as could be followed: the same, or its host's."""
    return not found & ~(EVERYWHERE | HOST | UNKNOWN)


def names_of(found: int) -> tuple[str, ...]:
    """Return the sources as people call them; `code` where there is no other."""
    return tuple(name for bit, name in _NAMES.items() if found & bit) or ("code",)


def is_same_everywhere(found: int) -> bool:
    """Whether every instance comes to the same value, whenever it does."""
    return not found & ~EVERYWHERE


class LibrarySources:
    """Which source a library's name reads, by its model."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        def sets(*roles: str) -> tuple[NameSet, ...]:
            return tuple(vocabulary.role(role) for role in roles)

        self._handles = sets("per-process", "connection-pool", "lock", "metrics")
        self._models: tuple[tuple[int, tuple[NameSet, ...]], ...] = (
            (REQUEST, sets("request-local", "websocket")),
            (PROCESS, sets("volatile-clock", "volatile-random", "random-secret", "instance-identity", "task-start")),
            (DEPLOYMENT, sets("env-read", "configuration")),
            (SHARED, sets("shared-store", "volatile-http", "volatile-read", "object-storage")),
            (HOST, (vocabulary.role("child-process"), vocabulary.role("host-state"))),
            (FILE, sets("volatile-file")),
        )
        self._known: dict[str, int | None] = {}

    def of(self, name: str) -> int | None:
        """Return what a name reads, or what it is an attribute of the result of; None where no model says."""
        if name not in self._known:
            self._known[name] = self._of(name)
        return self._known[name]

    def _of(self, name: str) -> int | None:
        if any(name in names for names in self._handles):
            return CODE  # a client, a pool: what it is follows from what it is made with; what its methods give, other models say
        last = name.rpartition(".")[2]
        for source, sets in self._models:
            for names in sets:
                if last in names.methods and "." in name:
                    return source
                longer = name
                while longer:
                    if longer in names:
                        return source
                    longer = longer.rpartition(".")[0]
        return None


def is_pure(name: str) -> bool:
    """Whether a library name without a model belongs to the language: what its calls give follows from what they are given."""
    package = name.partition(".")[0]
    return "." not in name or package in sys.stdlib_module_names or package in _BUILTINS
