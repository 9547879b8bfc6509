"""The route table: what hangs below what, with which prefix, and whether an application leads there at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.routing.paths import join

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statelint.program.names.nodes import Function, Module

_DEPTH: Final = 12
_WIDTH: Final = 48


class RouteEntry(NamedTuple):
    """A path that the application serves, prefixes joined; `{}` stands for a part that could not be read."""

    path: str
    verbs: tuple[str, ...]
    """Upper case, `WS` for sockets; empty where the framework's default holds."""
    handler: Function | None
    module: Module
    line: int


class Site(NamedTuple):
    """A call that makes a router or an entry of a route list, by where it stands."""

    path: str
    line: int
    column: int
    func: str


Group = tuple[object, ...]
"""Nodes that are names of one thing. A node is a `Location` that a router is bound to, a `Site`, a controller `Class`, or a
`Function`: a handler in a list, or one that is handed the application and hangs routes on it."""


class Hang(NamedTuple):
    """One way in which a node hangs below others."""

    parents: Group
    """Empty: below an application that could not be told."""
    prefix: str = ""
    override: bool = False
    """The prefix replaces the node's own."""
    version: str = ""
    place: tuple[Module, int] | None = None
    """Where that is written."""


class RouteGraph:
    """Routers, lists of routes and applications, and how they are put into each other."""

    def __init__(self) -> None:
        self.own: dict[object, str] = {}
        """The prefix that a router was made with."""
        self.versions: dict[object, str] = {}
        self.parents: dict[object, list[Hang]] = {}
        self.roots: set[object] = set()
        """Applications, and the URL configuration that the settings name."""
        self.detached: set[object] = set()
        """Nodes that serve nothing unless something includes them."""
        self.unfollowed: list[tuple[Module, int]] = []
        """Includes that could not be followed; with one, nothing is known to be left out."""

    def hang(self, group: Iterable[object], hang: Hang) -> None:
        """Put a node below others."""
        for node in group:
            known = self.parents.setdefault(node, [])
            if hang not in known and node not in hang.parents:
                known.append(hang)

    def prefixes(self, group: Group) -> list[tuple[str, str]]:
        """Return the (prefix, version) pairs under which a group of nodes is served; empty when it is not."""
        return list(dict.fromkeys(self._prefixes(group, frozenset(), 0)))[:_WIDTH]

    def _prefixes(self, group: Group, seen: frozenset[object], depth: int) -> list[tuple[str, str]]:
        own = next((self.own[node] for node in group if node in self.own), "")
        version = next((self.versions[node] for node in group if node in self.versions), "")
        hanging = [node for node in group if node in self.parents and node not in seen]
        if hanging and depth < _DEPTH:
            inner = seen | set(group)
            return [
                (join(join(outer, hang.prefix), "" if hang.override else self.own.get(node, own)), version or hang.version or above)
                for node in hanging
                for hang in self.parents[node]
                for outer, above in (self._prefixes(hang.parents, inner, depth + 1) if hang.parents else [("", "")])
            ][:_WIDTH]
        if any(node in self.roots for node in group):
            return [(own, version)]
        if self.roots and not self.unfollowed and any(node in self.detached for node in group):
            return []
        return [(own, version)]

    def own_prefix(self, group: Group) -> str:
        """Return the prefix that a router was made with, for a route that nothing includes."""
        return next((self.own[node] for node in group if node in self.own), "")

    def paths(self, group: Group, path: str, version: str = "") -> list[str]:
        """Return the full paths of a route on a group of nodes; empty when it is not served."""
        found = []
        for prefix, outer in self.prefixes(group):
            full = join(prefix, path)
            number = version or outer
            found.append(join(f"/v{number}", full) if number else full)
        return list(dict.fromkeys(found))


def ordered(entries: Sequence[RouteEntry]) -> tuple[RouteEntry, ...]:
    """Return the table without doubles, in a fixed order."""
    return tuple(sorted(dict.fromkeys(entries), key=lambda entry: (entry.path, entry.verbs, entry.module.path, entry.line)))
