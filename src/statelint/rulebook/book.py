"""The rule set, as everything else knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from statelint.rulebook.schema import Framework, Roles, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable


class Source(NamedTuple):
    """One file of the rule set."""

    group: str
    """Its folder's name."""
    shown: str
    """Its path, for messages."""
    content: bytes
    is_shipped: bool
    """Whether it is no user's own."""


class Rulebook(msgspec.Struct, frozen=True):
    """The whole rule set, in a fixed order."""

    rules: tuple[Rule, ...]
    frameworks: tuple[Framework, ...]
    roles: tuple[Roles, ...]
    digest: str
    """Changes whenever any file of the rule set does."""
    words: tuple[Words, ...] = ()
    aliases: dict[str, str] = {}
    """Further import paths of library names, and the name that everything else uses."""
    own: frozenset[str] = frozenset()
    """The codes of rules that are a user's own."""

    def rule(self, code_or_name: str) -> Rule | None:
        """Return the rule with this code or name, whatever the case."""
        wanted = code_or_name.lower()
        return next((rule for rule in self.rules if wanted in (rule.code.lower(), rule.name)), None)

    def names_of(self, role: str) -> tuple[str, ...]:
        """Return the library names that play a role.

        Raises:
            LookupError: no file is about this role.
        """
        return _found((roles.names for roles in self.roles if roles.role == role), "role", role)

    def words_of(self, topic: str) -> tuple[str, ...]:
        """Return the words of a topic.

        Raises:
            LookupError: no file has words on this topic.
        """
        return _found((words.words for words in self.words if words.topic == topic), "topic with words", topic)

    def patterns_of(self, topic: str) -> tuple[str, ...]:
        """Return the regular expressions of a topic.

        Raises:
            LookupError: no file has patterns on this topic.
        """
        return _found((words.patterns for words in self.words if words.topic == topic), "topic with patterns", topic)


def _found(parts: Iterable[tuple[str, ...]], sort: str, name: str) -> tuple[str, ...]:
    found = tuple(word for part in parts for word in part)
    if not found:  # a name that nothing answers to would silently mean none, or as a pattern everything
        message = f"no {sort} is called {name!r}"
        raise LookupError(message)
    return found
