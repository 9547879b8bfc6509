"""Rule files with every library name put as the analysis knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from statelint.rulebook.schema import Base, HealthRoute, Include, Registration, Roles, Router

if TYPE_CHECKING:
    from statelint.rulebook.aliases import Aliases
    from statelint.rulebook.schema import Api, Condition, Framework, Rule

_Named = TypeVar("_Named", Roles, Router, Registration, Include, Base, HealthRoute)


def framework(one: Framework, aliases: Aliases) -> Framework:
    """Return a framework whose entries use canonical names."""
    return replace(
        one,
        applications=aliases.names(one.applications),
        request_local=aliases.names(one.request_local),
        routers=tuple(named(row, aliases) for row in one.routers),
        register=tuple(named(row, aliases) for row in one.register),
        include=tuple(named(row, aliases) for row in one.include),
        base=tuple(named(row, aliases) for row in one.base),
        health=tuple(named(row, aliases) for row in one.health),
    )


def named(one: _Named, aliases: Aliases) -> _Named:
    """Return a role, or an entry of a framework, with canonical names."""
    return replace(one, names=aliases.names(one.names))


def rule(one: Rule, aliases: Aliases) -> Rule:
    """Return a rule whose rows use canonical names."""
    return replace(one, api=tuple(_row(row, aliases) for row in one.api))


def _row(row: Api, aliases: Aliases) -> Api:
    return replace(
        row,
        names=_names(row, aliases),
        uses=aliases.below(row.uses),
        default=_single(row.default, aliases),
        defaults=tuple(replace(one, value=_single(one.value, aliases)) for one in row.defaults),
        violates=aliases.patterns(row.violates),
        satisfies=aliases.patterns(row.satisfies),
        ignores=aliases.patterns(row.ignores),
        requires=tuple(_condition(one, aliases) for one in row.requires),
    )


def _names(row: Api, aliases: Aliases) -> tuple[str, ...]:
    if row.kind == "setting":
        return row.names
    # a reference is any use of a name, or of what is below it
    return aliases.below(row.names) if row.kind == "reference" else aliases.names(row.names)


def _single(pattern: str, aliases: Aliases) -> str:
    return aliases.patterns((pattern,))[0]


def _condition(one: Condition, aliases: Aliases) -> Condition:
    return replace(one, matches=aliases.patterns(one.matches), excludes=aliases.patterns(one.excludes))
