"""Start-up that comes late: calls that the first request makes and no later one, because what they make is then kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.program.names.conditions import ARMS, requires_absence_of
from statelint.program.names.nodes import Class, External
from statelint.program.names.resolver import split
from statelint.survey.summary import Call, Const, Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from statelint.program.calls.callgraph import CallGraph, Edge
    from statelint.program.lifetimes.escape import EscapeAnalysis
    from statelint.program.names.nodes import Function, Location
    from statelint.program.names.resolver import Resolver
    from statelint.survey.summary import Guard, Write

_KEPT_PROPERTIES: Final = frozenset({"cached_property", "reify"})
"""Decorators of libraries that make a property which each object computes once."""
_TIMED: Final = re.compile(r"ttl|timeout|expir|seconds|max_?age", re.IGNORECASE)


class FirstUse:
    """Finds the calls that run once in a process, whoever comes first."""

    def __init__(self, resolver: Resolver, graph: CallGraph, lifetimes: EscapeAnalysis) -> None:
        self._resolver = resolver
        self._graph = graph
        self._lifetimes = lifetimes
        self._memoizers = resolver.vocabulary.role("memoizer")

    def edges(self, functions: Sequence[Function], is_serving: Callable[[Function], bool]) -> Iterator[Edge]:
        """Yield the calls that are not made again, in functions that requests reach.

        `is_serving` says whether requests reach a function: what they can empty is made again.
        """
        for function in functions:
            if not is_serving(function):
                continue
            if self._is_memoized(function):
                yield from self._graph.edges.get(function, ())
                continue
            guards = self._once(function, is_serving)
            if guards:
                yield from self._under(function, guards)

    # -- kept by a decorator

    def _is_memoized(self, function: Function) -> bool:
        """Whether a function without parameters is run by its first caller only, or a property of the one object that there is."""
        summary = function.summary
        own = 1 if function.owner is not None and function.owner in self._lifetimes.holders else 0
        if not summary.decorators or len(summary.params) > own:
            return False
        for decorator in summary.decorators:
            path = decorator.path if isinstance(decorator, Ref) else decorator.func if isinstance(decorator, Call) else ""
            timed = isinstance(decorator, Call) and any(_TIMED.search(keyword) for keyword, _ in decorator.keywords)
            if not path or timed or _TIMED.search(path):
                continue
            objects = self._resolver.walk(function.parent or function, path).objects
            names = [entity.name for entity in objects if isinstance(entity, External)]
            if any(name in self._memoizers or (own and name.rpartition(".")[2] in _KEPT_PROPERTIES) for name in names):
                return True
        return False

    # -- kept in a name or an attribute

    def _once(self, function: Function, is_serving: Callable[[Function], bool]) -> frozenset[int]:
        """Return the guards under which a function makes what it then keeps: `if self._store is None: self._store = Store()`."""
        summary, found = function.summary, set()
        for write in summary.writes:
            if write.how != "=" or not write.guards or (isinstance(write.value, Const) and not write.value.value):
                continue
            tests = [index for index in write.guards if _asks_whether_made(summary.guards[index], write)]
            if tests and self._stays(function, write, is_serving):
                found.update(tests)
        return frozenset(found)

    def _stays(self, function: Function, write: Write, is_serving: Callable[[Function], bool]) -> bool:
        """Whether what is written lives as long as the process, and no request takes it away again."""
        if write.target.endswith("]"):  # `cls._instances[cls] = ...` of a metaclass
            return isinstance(write.key, Ref) and write.key.path == "cls"
        if write.target in function.summary.global_names:
            return not any(
                self._empties(writer, one, is_serving) for writer, one in function.module.body.global_writes.get(write.target, ())
            )
        if "." not in write.target:
            return False
        return any(
            self._is_kept(place.location, is_serving) for place in self._resolver.walk(function, write.target).places if not place.inner
        )

    def _is_kept(self, location: Location, is_serving: Callable[[Function], bool]) -> bool:
        owner = location.owner
        if location.kind == "attribute" and isinstance(owner, Class):
            writes = [pair for cls in (owner, *owner.subclasses) for pair in cls.attribute_writes.get(location.name, ())]
            lives = owner in self._lifetimes.holders or location.name in owner.bindings
            return lives and not any(self._empties(writer, one, is_serving) for writer, one in writes)
        return location.kind in ("application", "function", "global")

    @staticmethod
    def _empties(writer: Function, write: Write, is_serving: Callable[[Function], bool]) -> bool:
        empty = isinstance(write.value, Const) and not write.value.value
        return empty and is_serving(writer) and writer.name.rpartition(".")[2] not in ("__init__", "__new__")

    def _under(self, function: Function, guards: AbstractSet[int]) -> Iterator[Edge]:
        """Yield the edges that only calls under these guards make."""
        once, often = set(), set()
        for site in function.summary.calls:
            if guards.isdisjoint(site.guards):
                often.add(split(site.call.func)[1].lstrip(".") or site.call.func)
            else:
                once.add(site.call.line)
        for edge in self._graph.edges.get(function, ()):
            names = {edge.callee.name.rpartition(".")[2], edge.callee.owner.name if edge.callee.owner is not None else ""}
            if edge.line in once and often.isdisjoint(names):
                yield edge


def _asks_whether_made(guard: Guard, write: Write) -> bool:
    """Whether a condition lets code run only where the target of a write is not made yet."""
    if guard.kind not in ARMS:
        return False
    if write.target.endswith("]") and isinstance(write.key, Ref):
        return requires_absence_of(guard.test, split(write.target)[0], write.key)
    return requires_absence_of(guard.test, write.target)
