"""Whether an object outlives the request that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.inspect.arguments import written_path
from statelint.survey.summary import Call, Ref

if TYPE_CHECKING:
    from statelint.inspect.context import Context
    from statelint.inspect.uses import Use
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import CallSite

_DEPTH: Final = 4


def lasts(use: Use, context: Context) -> bool:
    """Whether what a use makes is kept beyond the request in whose code it stands; without a call to follow it is."""
    return use.site is None or _site_lasts(use.function, use.site, context, 0)


def _site_lasts(function: Function, site: CallSite, context: Context, depth: int) -> bool:
    if depth > _DEPTH:
        return False
    if function.is_body or context.context_of(function, site.guards) == "startup":
        return True
    if site.bound and _name_lasts(function, site.bound, context, depth):
        return True
    if site.bound:
        return False
    around = _around(function, site)
    if around is not None:  # handed to a call: what that call gives may keep it
        return _site_lasts(function, around, context, depth + 1)
    return _is_returned(function, site) and _result_lasts(function, context, depth)


def _name_lasts(function: Function, name: str, context: Context, depth: int) -> bool:
    """Whether what is bound to a name or access path is kept."""
    head = name.partition(".")[0].partition("[")[0]
    if head != name:
        return _target_lasts(function, head, name, context)
    if name in function.summary.global_names or name in function.summary.nonlocal_names:
        return True
    for write in function.summary.writes:
        if isinstance(write.value, Ref) and write.value.path == name:
            target = write.target.partition(".")[0].partition("[")[0]
            if target == write.target or _target_lasts(function, target, write.target, context):
                return True
    returned = any(isinstance(expr, Ref) and expr.path == name for expr in function.summary.returns)
    return returned and not function.summary.is_generator and _result_lasts(function, context, depth)


def _target_lasts(function: Function, head: str, target: str, context: Context) -> bool:
    """`self.x`, `STORE[key]`, `app.state.x`: whether the object in front outlives the request."""
    first = next(iter(function.params), "")
    if function.owner is not None and head == first:
        return context.program.lifetimes.holder(function.owner) is not None
    if head in function.locals:  # an object made here
        return any(place.location.kind in ("global", "application") for place in context.program.resolver.walk(function, head).places)
    return target != head


def _result_lasts(function: Function, context: Context, depth: int) -> bool:
    """Whether callers keep what a function returns, or a memoizer does."""
    if _is_memoized(function, context):
        return True
    for edge in context.program.graph.callers.get(function, ()):
        for site in edge.caller.summary.calls:
            if site.call.line == edge.line and _site_lasts(edge.caller, site, context, depth + 1):
                return True
    return False


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
