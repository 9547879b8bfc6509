"""The names by which the frameworks of a project declare routes, also on an application that is only a parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.names.nodes import Function
    from statelint.program.vocabulary import Vocabulary
    from statelint.rulebook.schema import Include, Registration, Router

Row = TypeVar("Row")
_PARAMETER: Final = "application"
"""The name of what a parameter called `app` stands for when no caller is seen."""


class RoutingNames:
    """Applications, routers, includes and registrations by qualified name."""

    def __init__(self, vocabulary: Vocabulary, functions: Iterable[Function]) -> None:
        self.applications = vocabulary.applications
        self.routers: dict[str, Router] = dict(vocabulary.routers)
        self.includes: dict[str, list[Include]] = {name: list(rows) for name, rows in vocabulary.includes.items()}
        self.registrations: dict[str, list[Registration]] = {name: list(rows) for name, rows in vocabulary.registrations.items()}
        for name in (*vocabulary.applications, *vocabulary.routers):
            if name in self.includes:  # `super().__init__(handlers)` in a class of the project's own
                self.includes.setdefault(f"{name}.__init__", self.includes[name])
        imported = {
            imported.module.partition(".")[0]
            for function in functions
            for imported in function.summary.imports
            if not imported.level and function.module.part != "test"
        }
        for package, framework in vocabulary.frameworks.items():
            if package in imported:
                for name in framework.applications:
                    _alias(self.includes, f"{name}.")
                    _alias(self.registrations, f"{name}.")

    def makes_node(self, name: str) -> bool:
        """Whether a call of this name gives something that can stand in a list of routes, or be included."""
        if name in self.routers or name in self.includes or name in self.applications:
            return True
        return any(row.path is not None and row.role in ("request", "websocket") for row in self.registrations.get(name, ()))

    def may_be_view(self, name: str) -> bool:
        """Whether the same call takes a list of routes or a single handler, as Django's `path` does."""
        return name in self.includes and any(row.path is not None and row.handler is not None for row in self.registrations.get(name, ()))


def _alias(table: dict[str, list[Row]], prefix: str) -> None:
    """Let what a method of an application class is called by stand for `application.method` too."""
    for name in [name for name in table if name.startswith(prefix)]:
        rows = table.setdefault(f"{_PARAMETER}.{name.removeprefix(prefix)}", [])
        rows.extend(row for row in table[name] if row not in rows)
