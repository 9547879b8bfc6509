"""Whether an object outlives the request that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.inspect.arguments import written_path
from statelint.inspect.traversal import reached
from statelint.program.names.nodes import Function
from statelint.survey.summary import Call, CallSite, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.inspect.context import Context
    from statelint.inspect.uses import Use


_Place = tuple[Function, CallSite | None]
"""Where an object turns up: at a call that gives it; without one, as the result of the function."""


def escapes_request(use: Use, context: Context) -> bool:
    """Whether what a use makes is kept beyond the request in whose code it stands; without a call to follow it is."""
    return use.site is None or context.once(_Escapes).leads_out((use.function, use.site))


class _Escapes:
    """Follows objects from the call that makes them, through calls and results that hand them on."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._within: set[_Place] = set()
        """Places from which all ways were followed, and none leads out of the request."""

    def leads_out(self, start: _Place) -> bool:
        """Whether something that outlives the request keeps the object."""
        seen: list[_Place] = []
        for place in reached([start], self._further):
            if self._is_kept_at(*place):
                return True
            seen.append(place)
        self._within.update(seen)
        return False

    def _is_kept_at(self, function: Function, site: CallSite | None) -> bool:
        if site is None:
            return _is_memoized(function, self._context)
        if function.is_body or self._context.context_of(function, site.guards) == "startup":
            return True
        return bool(site.bound) and self._is_kept(function, site.bound)

    def _further(self, place: _Place) -> Iterable[_Place]:
        return (next_place for next_place in self._next(*place) if next_place not in self._within)

    def _next(self, function: Function, site: CallSite | None) -> Iterator[_Place]:
        """Yield where the object goes: into a call around, into the function's result, from there to the calls by its callers."""
        if site is None:
            for edge in self._context.program.graph.callers.get(function, ()):
                yield from ((edge.caller, other) for other in edge.caller.summary.calls if other.call.line == edge.line)
            return
        around = _around(function, site) if not site.bound else None
        if around is not None:  # what that call gives may keep it
            yield function, around
        elif self._is_handed_back(function, site):
            yield function, None

    def _is_handed_back(self, function: Function, site: CallSite) -> bool:
        if not site.bound:
            return _is_returned(function, site)
        returned = any(isinstance(expr, Ref) and expr.path == site.bound for expr in function.summary.returns)
        return _head(site.bound) == site.bound and returned and not function.summary.is_generator

    def _is_kept(self, function: Function, name: str) -> bool:
        """Whether what is bound to a name or access path is kept."""
        head = _head(name)
        if head != name:
            return self._target_lasts(function, head, name)
        if name in function.summary.global_names or name in function.summary.nonlocal_names:
            return True
        for write in function.summary.writes:
            if isinstance(write.value, Ref) and write.value.path == name:
                target = _head(write.target)
                if target == write.target or self._target_lasts(function, target, write.target):
                    return True
        return False

    def _target_lasts(self, function: Function, head: str, target: str) -> bool:
        """`self.x`, `STORE[key]`, `app.state.x`: whether the object in front outlives the request."""
        program = self._context.program
        first = next(iter(function.params), "")
        if function.owner is not None and head == first:
            return program.lifetimes.holder(function.owner) is not None
        if head in function.locals:  # an object made here
            return any(place.location.kind in ("global", "application") for place in program.resolver.walk(function, head).places)
        return target != head


def _head(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _is_memoized(function: Function, context: Context) -> bool:
    memoizer = context.program.vocabulary.role("memoizer")
    for decorator in function.summary.decorators:
        path = written_path(decorator)
        if path and any(map(memoizer.calls, context.program.resolver.library_names(function.parent or function, path))):
            return True
    return False


def _is_returned(function: Function, site: CallSite) -> bool:
    return site.how == "return" or any(expr == site.call for expr in function.summary.returns)


def _around(function: Function, site: CallSite) -> CallSite | None:
    """The innermost call that a call is an argument of."""
    inner = site.call
    start, end = (inner.line, inner.column), (inner.end_line, inner.end_column)
    found: CallSite | None = None
    for other in function.summary.calls:
        call = other.call
        if call is inner or (call.line, call.column) > start or end > (call.end_line, call.end_column) or not _holds(call, inner):
            continue
        if found is None or (call.line, call.column) >= (found.call.line, found.call.column):
            found = other
    return found


def _holds(call: Call, inner: Call) -> bool:
    """Whether a call's parentheses, not its callee, hold another call."""
    return not call.func.startswith(f"{inner.func}()") and (call.end_line, call.end_column) != (inner.end_line, inner.end_column)
