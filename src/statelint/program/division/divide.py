"""Each program of a package as if it stood alone: what is linked once, seen without what the other programs alone load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.division.applications import applications
from statelint.program.division.loading import Loader
from statelint.program.names.nodes import Module

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from statelint.program.division.applications import Application, Served
    from statelint.program.division.loading import Loaded
    from statelint.program.program import Program
    from statelint.program.routing.entrypoints import EntryPoint
    from statelint.program.routing.owners import Owners

_REQUESTS: Final = frozenset({"request", "websocket"})
_UNTOLD: Final = frozenset({"app", "main", "asgi", "wsgi", "application", "api", "factory", "web", "__main__", "run"})
"""Names of modules that say that there is an application, and not which."""


class Divided(NamedTuple):
    """One of several programs of a package."""

    name: str
    found_by: str
    """What makes it one, in words."""
    is_started: bool
    """Whether anything starts it: a process of the deployment, the project's own code, or the configuration's word."""
    is_agent: bool
    """Whether nothing starts it but what the project installs on other machines."""
    targets: frozenset[str]
    """What servers are told to load to serve it."""
    program: Program


def divide(program: Program, served: Sequence[Served] = ()) -> tuple[Divided, ...]:
    """Return the programs that different processes serve; nothing where they are one.

    An entry point is of the program at whose application it is registered. One that is registered at none, and any other function, is of
    every program that loads its module; what no program is seen to load is of all of them.
    """
    owners = program.entry_points.owners
    if len(owners.sites) < 2:
        return ()
    loader = Loader(program.resolver, program.graph)
    found = applications(program, loader, served)
    if len(found) < 2:
        return ()
    loaded = [_load(one, program, loader) for one in found]
    kept = [number for number, one in enumerate(found) if _answers(one, loaded[number], loaded, program)]
    if len(kept) < 2:
        return ()
    found, loaded = tuple(found[number] for number in kept), [loaded[number] for number in kept]
    names = _names(found)
    divided = []
    for number, one in enumerate(found):
        others = frozenset[Module]().union(*(each.modules for each in loaded if each is not loaded[number]))
        without = others - loaded[number].modules
        points = tuple(point for point in program.entry_points.points if _is_of(point, one, owners, without))
        text = one.starts[0].text if one.starts else f"{one.made} in {one.module.path}, which nothing here starts"
        targets = frozenset(start.target for start in one.starts if start.target)
        divided.append(Divided(names[number], text, bool(one.starts), _is_agent(one), targets, program.seen_without(without, points)))
    return tuple(divided)


def _load(one: Application, program: Program, loader: Loader) -> Loaded:
    """Return what a program loads: from what makes its application, and from what is registered at it or in what is loaded."""
    owners = program.entry_points.owners
    starts = set(one.makers) | {function for function, sites in owners.of.items() if sites & one.sites}
    while True:
        loaded = loader.load(starts)
        further = {
            point.function
            for point in program.entry_points.points
            if point.function.module in loaded.modules and point.function not in owners.of and point.role != "command"
        }
        if further <= starts:
            return loaded
        starts |= further


def _answers(one: Application, mine: Loaded, all_of_them: Sequence[Loaded], program: Program) -> bool:
    """Whether requests are answered by an application: by what is registered at it, or by what it alone loads."""
    others = frozenset[Module]().union(*(each.modules for each in all_of_them if each is not mine))
    owners = program.entry_points.owners.of
    for point in program.entry_points.points:
        if point.role in _REQUESTS:
            sites = owners.get(point.function)
            if sites is not None and sites & one.sites:
                return True
            if sites is None and point.function.module in mine.modules and point.function.module not in others:
                return True
    return False


def _is_agent(one: Application) -> bool:
    return bool(one.starts) and all(start.by_agent for start in one.starts)


def _is_of(point: EntryPoint, one: Application, owners: Owners, without: AbstractSet[Module]) -> bool:
    sites = owners.of.get(point.function)
    return point.function.module not in without and (sites is None or not sites.isdisjoint(one.sites))


def _names(found: Sequence[Application]) -> list[str]:
    """Return what the configuration calls the programs, else the last part of their modules that tells them apart."""
    said = [next((start.name for start in one.starts if start.name), "") for one in found]
    short = [name or _short(one.module) for name, one in zip(said, found, strict=True)]
    full = [name or one.module.name for name, one in zip(said, found, strict=True)]
    return [name if short.count(name) == 1 else long for name, long in zip(short, full, strict=True)]


def _short(module: Module) -> str:
    parts = module.name.partition("@")[0].split(".")
    while len(parts) > 1 and parts[-1] in _UNTOLD:
        parts.pop()
    return parts[-1]
