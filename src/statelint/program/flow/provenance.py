"""Where values come from: for each expression the set of sources that take part in it, to a fixpoint.

Functions are summarised once, in terms of their parameters; a call puts in what it hands over. What a parameter can be, upwards,
is the union over all callers, and for what the framework calls the request. Places are field-based: an attribute of a class is
one place for all its instances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.flow import sources
from statelint.program.flow.source_rules import SourceRules
from statelint.program.flow.sources import DEPLOYMENT, PROCESS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statelint.program.names.accesses import Access
    from statelint.program.names.nodes import Function, Location
    from statelint.program.names.resolver import Resolver
    from statelint.rulebook.schema import Role
    from statelint.survey.summary import Expr


class Provenance:
    """Answers where values come from, in one program."""

    def __init__(self, resolver: Resolver, roles: Mapping[Function, frozenset[Role]], writes: Mapping[Location, Sequence[Access]]) -> None:
        """Take the roles of entry points, and every write to places that live long."""
        self._rules = SourceRules(resolver, roles, writes)

    def of(self, function: Function, expr: Expr | None) -> int:
        """Return the sources of an expression, over all callers of the function."""
        return sources.settled(self._rules.upwards(function, self._rules.expression(function, expr)))

    def unsettled(self, function: Function, expr: Expr | None) -> int:
        """Return the sources of an expression over all callers, with `FILE` still among them where a file is read on the way."""
        return sources.without_parameters(self._rules.upwards(function, self._rules.expression(function, expr)))

    def of_guard(self, function: Function, index: int) -> int:
        """Return the sources of the condition of a guard, over all callers of the function."""
        guard = function.summary.guards[index]
        calls = [function.summary.calls[one].call for one in guard.calls]
        return sources.settled(self._rules.upwards(function, self._rules.union(function, (guard.test, *guard.subjects, *calls))))

    def within(self, function: Function, expr: Expr | None) -> int:
        """Return the sources of an expression in terms of the function's own parameters."""
        return self._rules.expression(function, expr)

    def returned(self, function: Function) -> int:
        """Return the sources of what a function returns, over all its callers."""
        return sources.settled(self._rules.upwards(function, self._rules.summary(function)))

    def computed(self, function: Function) -> int:
        """Return the sources of what a function returns beyond what it is given: of a memo, what its keys do not tell."""
        summary = self._rules.summary(function)
        own = sources.without_parameters(summary)
        if not own & sources.FILE:
            return own
        named = sources.settled(self._rules.upwards(function, summary) & ~sources.FILE)
        return own & ~sources.FILE | (DEPLOYMENT if sources.is_same_everywhere(named) else PROCESS)

    def at(self, location: Location) -> int:
        """Return the sources of what is kept in a place."""
        return sources.settled(self._rules.place(location))


def roles_of(points: Iterable[tuple[Function, Role]]) -> dict[Function, frozenset[Role]]:
    """Return the roles in which each function is called from outside."""
    found: dict[Function, set[Role]] = {}
    for function, role in points:
        found.setdefault(function, set()).add(role)
    return {function: frozenset(roles) for function, roles in found.items()}
