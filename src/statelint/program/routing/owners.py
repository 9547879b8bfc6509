"""Which application each entry point is registered at: what leads up from the router, the list or the object that it hangs on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from statelint.program.names.nodes import Function
    from statelint.program.routing.routes import Group, RouteGraph, Site

URL_LIST: Final = "urlpatterns"
"""How the site of an application is called that settings name by its list of routes."""


class Owners(NamedTuple):
    """The applications of a project, by the calls that make them, and what is registered at each."""

    sites: Mapping[Site, Group] = {}
    """Every call that makes one, with all nodes that stand for the application."""
    of: Mapping[Function, frozenset[Site]] = {}
    """By entry point; absent where no application is known above it."""
    above: Mapping[Site, frozenset[Site]] = {}
    """The applications that one is mounted on, directly or not."""


def owners(sites: Mapping[Site, Group], hanging: Mapping[Function, Iterable[object]], table: RouteGraph) -> Owners:
    """Tell the applications apart; nothing where there are fewer than two.

    `hanging` are the nodes that entry points were registered at.
    """
    if len(sites) < 2:
        return Owners()
    made: dict[object, set[Site]] = {}
    for site, nodes in sites.items():
        for node in (site, *nodes):
            made.setdefault(node, set()).add(site)
    found: dict[object, frozenset[Site]] = {}

    def above(node: object) -> frozenset[Site]:
        """Return the applications that a node is, or hangs below."""
        if node not in found:
            seen, pending = {node}, [node]
            for one in pending:  # grows while it is gone through
                further = [parent for hang in table.parents.get(one, ()) for parent in hang.parents if parent not in seen]
                seen.update(further)
                pending += further
            found[node] = frozenset(site for one in pending for site in made.get(one, ()))
        return found[node]

    of = {function: frozenset(site for node in nodes for site in above(node)) for function, nodes in hanging.items()}
    return Owners(
        dict(sites),
        {function: known for function, known in of.items() if known},
        {site: frozenset(one for node in (site, *nodes) for one in above(node)) - {site} for site, nodes in sites.items()},
    )
