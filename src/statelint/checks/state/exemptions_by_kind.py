"""Locks, caches and sockets that may stay in the process, because what they serve is the process's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.checks.common.naming import describe, words, written
from statelint.checks.state.traits import TRAITS
from statelint.program.names.conditions import said_in
from statelint.program.names.nodes import Class, External, Function, Module
from statelint.survey.summary import Call, Const, Either

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.checks.common.mutable_reads import MutableReads
    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.accesses import Access
    from statelint.program.program import Program
    from statelint.rulebook.schema import Kind


class KindExemptions:
    """Finds reasons that hold for one kind of state only."""

    def __init__(self, program: Program, reads: MutableReads) -> None:
        self._program = program
        self._mutable_reads = reads
        self._shared_lock = program.vocabulary.role("shared-lock")
        self._subscribe = program.vocabulary.role("subscribe")
        self._clock = program.vocabulary.role("volatile-clock")
        self._versions = program.vocabulary.words("version")
        self._time_limits = program.vocabulary.words("time-limit")

    def reason(self, cell: Cell, kind: Kind, writes: list[Access], *, is_fallback: bool) -> str:
        """Return why a cell of its kind is harmless, "" if it is not; a fallback for a shared store has no such reason."""
        if is_fallback:
            return ""
        match TRAITS[kind].exemption:
            case "local-work":
                return self._lock(cell)
            case "memo":
                return self._cache(cell, writes)
            case "backplane" if self._has_backplane(cell, writes):
                return "sockets of this instance; messages arrive over a shared channel"
        return ""

    def _lock(self, cell: Cell) -> str:
        """A table of locks matters where what runs under them touches something shared."""
        users = {access.function for access in (*cell.reads, *cell.writes)}
        for function in users:
            under = {edge.callee for edge in self._program.graph.edges.get(function, ())}
            if self._mutable_reads.mutable_read(function) or any(self._mutable_reads.reads_mutable_state(callee) for callee in under):
                return "the shared lock beside it decides" if any(map(self._takes_shared_lock, users)) else ""
        return "guards work of this process only"

    def _takes_shared_lock(self, function: Function) -> bool:
        for site in function.summary.calls:
            names = [getattr(entity, "name", None) for entity in self._program.resolver.walk(function, site.call.func).entities]
            if any(isinstance(name, str) and self._shared_lock.calls(name) for name in (*names, site.call.func)):
                return True
        return False

    def _cache(self, cell: Cell, writes: list[Access]) -> str:
        """A memo of what never changes may stay: keyed by version, made of constants, computed from its key alone."""
        if self._mentions_versions(describe(access.key) for access in writes):
            return "keyed by content or version: it cannot be stale"
        last = {access.function: access.line for access in sorted(writes, key=lambda access: access.line)}
        asked = ((one, guard) for one, line in last.items() for guard in one.summary.guards if guard.line <= line)
        if self._mentions_versions(text for one, guard in asked for text in said_in(guard, one.summary)):
            return "renewed when the version of what it holds has changed"
        filled = [access for access in writes if access.how != "delete"]
        if not filled or any(self._mutable_reads.reads_mutable_state(access.function) or _comes_from_outside(access) for access in filled):
            return ""
        if self.is_bounded_in_time(cell, filled) or any(self._is_time(access) for access in filled):
            return ""  # what never changes need not end
        return "a memo of something computed, the same on every instance"

    def _is_time(self, access: Access) -> bool:
        """`last_seen[key] = datetime.now()`, directly or through a name."""
        for call in (one for one in written(access.function, access.value) if isinstance(one, Call)):
            entities = self._program.resolver.walk(access.function, call.func).entities
            if any(isinstance(entity, External) and self._clock.calls(entity.name) for entity in entities):
                return True
        return False

    def _mentions_versions(self, texts: Iterable[str]) -> bool:
        return bool(words("_".join(texts).replace(" ", "_")) & self._versions)

    def is_bounded_in_time(self, cell: Cell, writes: list[Access]) -> bool:
        """Whether what a cache keeps is dropped after some time."""
        parts = [cell.location.name, *(describe(origin.expr) for origin in cell.origins)]
        for function in {access.function: None for access in (*writes, *cell.reads)}:
            parts += [text for guard in function.summary.guards for text in said_in(guard, function.summary)]
        text = " ".join(parts).lower()
        return any(mark in text for mark in self._time_limits)

    def _has_backplane(self, cell: Cell, writes: list[Access]) -> bool:
        """Whether the class or module that owns the sockets also subscribes to a shared channel."""
        owner = cell.location.owner
        if isinstance(owner, Class):
            around = [method for cls in (*owner.lineage, *owner.subclasses) for method in cls.methods.values()]
            around += [edge.caller for method in tuple(around) for edge in self._program.graph.callers.get(method, ())]
        else:
            modules = {access.function.module for access in writes} | ({owner} if isinstance(owner, Module) else set())
            around = [function for module in modules for function in module.functions.values()]
        return any(self._subscribes(function) for function in dict.fromkeys(around))

    def _subscribes(self, function: Function) -> bool:
        for site in function.summary.calls:
            path = site.call.func
            if any(isinstance(arg, Const) and str(arg.value).startswith("memory") for arg in site.call.args):
                continue  # a channel inside the process
            entities = self._program.resolver.walk(function, path).entities
            if any(isinstance(entity, Function) for entity in entities):
                continue  # the project's own `subscribe`: what it does is seen
            names = [e.name for e in entities if isinstance(e, External)]
            if any(self._subscribe.calls(name) for name in names):
                return True
            if not names and "." in path and path.rpartition(".")[2] in self._subscribe.methods:
                return True
        return False


def _comes_from_outside(access: Access) -> bool:
    """Whether what is kept comes from outside the function: what it is, the callers know."""
    heads = {name.partition(".")[0] for name in describe(access.value).split()} - {"self", "cls"}
    if isinstance(access.value, Either) or not heads.isdisjoint(access.function.params):
        return True
    return _computed_by_argument(access)


def _computed_by_argument(access: Access) -> bool:
    """Whether a function passed as an argument computes it, as in a decorator: what that reads, its callers know."""
    named = describe(access.value).split()
    called = [access.value.func] if isinstance(access.value, Call) else []
    bound = [binding.value for name in named for binding in access.function.locals.get(name, ())]
    called += [name for value in bound if isinstance(value, Call) for name in describe(value).split()]
    heads = {name.partition(".")[0] for name in called}
    scope: Function | None = access.function
    while scope is not None:
        if heads & set(scope.params) - {"self", "cls"}:
            return True
        scope = scope.parent
    return False
