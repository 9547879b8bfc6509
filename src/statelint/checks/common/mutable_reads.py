"""What code reads: does it change while the process runs, and do all instances see the same?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names.nodes import Class, External, Function

if TYPE_CHECKING:
    from statelint.program.program import Program

_DEPTH: Final = 6
_SHARED_DEPTH: Final = 3


class Changing:
    """Follows functions to databases, shared stores, other services and files."""

    def __init__(self, program: Program) -> None:
        self._program = program
        vocabulary = program.vocabulary
        self._volatile = [vocabulary.role(role) for role in ("volatile-read", "volatile-http", "volatile-file", "shared-store")]
        self._shared = [vocabulary.role(role) for role in ("shared-store", "volatile-http")]
        self._harmless = [vocabulary.role(role) for role in ("per-process", "connection-pool", "configuration")]
        self._verbs = vocabulary.words("fetching")
        self._own_packages = {module.partition(".")[0] for module in program.modules} | vocabulary.words("project-package")
        self._known: dict[Function, bool] = {}

    def is_volatile(self, name: str) -> bool:
        """Whether a called name, or what it is an attribute of the result of, reads what changes."""
        if any(names.calls(name) for names in self._harmless):
            return False
        while name:
            if any(name in names for names in self._volatile):
                return True
            name = name.rpartition(".")[0]
        return False

    def is_shared(self, name: str) -> bool:
        """Whether a called name reads or writes what all instances share: a store, a database, another service."""
        return not any(names.calls(name) for names in self._harmless) and any(names.calls(name) for names in self._shared)

    def reads_changing(self, function: Function, depth: int = 0) -> bool:
        """Whether a function, followed through its calls, reads a database, HTTP, a file or a shared store."""
        known = self._known.get(function)
        if known is not None:
            return known
        self._known[function] = False  # recursion: the others decide
        found = self.changing_call(function) != ""
        if not found and depth < _DEPTH:
            edges = self._program.graph.edges.get(function, ())
            found = any(edge.kind in ("call", "callback", "dependency") and self.reads_changing(edge.callee, depth + 1) for edge in edges)
        self._known[function] = found
        return found

    def reads_shared(self, function: Function, depth: int = 0) -> bool:
        """Whether a function, followed through a few calls, touches what all instances share."""
        for site in function.summary.calls:
            entities = self._program.resolver.walk(function, site.call.func).entities
            if any(isinstance(e, External) and self.is_shared(e.name) for e in entities):
                return True
            if "." in site.call.func and self.is_shared(site.call.func):
                return True
        if depth >= _SHARED_DEPTH:
            return False
        edges = self._program.graph.edges.get(function, ())
        return any(edge.kind == "call" and edge.callee is not function and self.reads_shared(edge.callee, depth + 1) for edge in edges)

    def changing_call(self, function: Function) -> str:
        """Return the first call in a function that reads what changes, by qualified name, "" if there is none."""
        for site in function.summary.calls:
            path = site.call.func
            for entity in self._program.resolver.walk(function, path).entities:
                if isinstance(entity, External) and self.is_volatile(entity.name):
                    return entity.name
            method = path.rpartition(".")[2]
            if ("." in path and any(method in names.methods for names in self._volatile)) or self._fetches(function, path):
                return path
        return ""

    def _fetches(self, function: Function, path: str) -> bool:
        """Whether a function that is not among the files, or is handed in, fetches something by its name."""
        if "." in path:
            return False
        entities = self._program.resolver.walk(function, path).entities
        if any(isinstance(entity, (Function, Class)) for entity in entities):
            return False
        if any(isinstance(e, External) and "." not in e.name for e in entities):
            return False  # a builtin
        unknown = all(isinstance(e, External) and not self._is_library(e.name) for e in entities)
        name = path.removeprefix("_")
        return unknown and any(name == verb or name.startswith(f"{verb}_") for verb in self._verbs)

    def _is_library(self, name: str) -> bool:
        """Whether a name belongs to an installed library rather than to a file of the project that was not handed in."""
        return "." in name and name.partition(".")[0] not in self._own_packages
