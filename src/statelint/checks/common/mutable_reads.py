"""What code reads: does it change while the process runs, and do all instances see the same?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.checks.common.transitive import Transitive
from statelint.program.names.nodes import Class, External, Function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.program.calls.callgraph import EdgeKind

_READ_THROUGH: Final[frozenset[EdgeKind]] = frozenset({"call", "callback", "dependency"})
_CALLED: Final[frozenset[EdgeKind]] = frozenset({"call"})


class MutableReads:
    """Follows functions to databases, shared stores, other services and files.

    One for each context, `context.once(MutableReads)`: what it has found out about a function serves all checks.
    """

    def __init__(self, context: Context) -> None:
        program = context.program
        self._resolver = program.resolver
        self._graph = program.graph
        vocabulary = program.vocabulary
        self._volatile = [vocabulary.role(role) for role in ("volatile-read", "volatile-http", "volatile-file", "shared-store")]
        self._shared = [vocabulary.role(role) for role in ("shared-store", "volatile-http")]
        self._harmless = [vocabulary.role(role) for role in ("per-process", "connection-pool", "configuration")]
        self._verbs = vocabulary.words("fetching")
        self._own_packages = {module.partition(".")[0] for module in program.modules} | vocabulary.words("project-package")
        self._methods = frozenset(method for names in self._volatile for method in names.methods)
        self._is_volatile: dict[str, bool] = {}
        self._mutable_reads = Transitive(self.mutable_read, lambda one: self._called(one, _READ_THROUGH))
        self._sharing = Transitive(self._shared_call, lambda one: self._called(one, _CALLED))

    def is_volatile(self, name: str) -> bool:
        """Whether a called name, or what it is an attribute of the result of, reads what changes."""
        known = self._is_volatile.get(name)
        if known is None:
            known = self._is_volatile[name] = self._reads_what_changes(name)
        return known

    def _reads_what_changes(self, name: str) -> bool:
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

    def reads_mutable_state(self, function: Function) -> bool:
        """Whether a function, followed through its calls, reads a database, HTTP, a file or a shared store."""
        return self._mutable_reads.of(function) is not None

    def reads_shared(self, function: Function) -> bool:
        """Whether a function, followed through its calls, touches what all instances share."""
        return self.shared_call(function) is not None

    def shared_call(self, function: Function) -> str | None:
        """Return the nearest call, by qualified name where that is known, that touches what all instances share."""
        return self._sharing.of(function)

    def _called(self, function: Function, kinds: frozenset[EdgeKind]) -> Iterator[Function]:
        return (edge.callee for edge in self._graph.edges.get(function, ()) if edge.kind in kinds)

    def _shared_call(self, function: Function) -> str | None:
        """Return the first call in a function that touches what all instances share, None if there is none."""
        for site in function.summary.calls:
            path = site.call.func
            for entity in self._resolver.walk(function, path).objects:
                if isinstance(entity, External) and self.is_shared(entity.name):
                    return entity.name
            if "." in path and self.is_shared(path):
                return path
        return None

    def mutable_read(self, function: Function) -> str | None:
        """Return the first call in a function that reads what changes, by qualified name, None if there is none."""
        for site in function.summary.calls:
            path = site.call.func
            for entity in self._resolver.walk(function, path).objects:
                if isinstance(entity, External) and self.is_volatile(entity.name):
                    return entity.name
            if ("." in path and path.rpartition(".")[2] in self._methods) or self._fetches(function, path):
                return path
        return None

    def _fetches(self, function: Function, path: str) -> bool:
        """Whether a function that is not among the files, or is handed in, fetches something by its name."""
        if "." in path:
            return False
        objects = self._resolver.walk(function, path).objects
        if any(isinstance(entity, (Function, Class)) for entity in objects):
            return False
        if any(isinstance(e, External) and "." not in e.name for e in objects):
            return False  # a builtin
        unknown = all(isinstance(e, External) and not self._is_library(e.name) for e in objects)
        name = path.removeprefix("_")
        return unknown and any(name == verb or name.startswith(f"{verb}_") for verb in self._verbs)

    def _is_library(self, name: str) -> bool:
        """Whether a name belongs to an installed library rather than to a file of the project that was not handed in."""
        return "." in name and name.partition(".")[0] not in self._own_packages
