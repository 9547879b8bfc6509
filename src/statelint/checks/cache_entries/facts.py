"""What a program does with an entry of a cache: counts, keeps others out, tells a session, or only spares itself some work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.checks.cache_entries.accesses import comes_from, is_session_interface
from statelint.program.names.conditions import inside, questions, requires_absence_of
from statelint.program.names.nodes import External, ExternalValue
from statelint.survey.summary import Call, Compare, Const, Either, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.checks.cache_entries.accesses import Access
    from statelint.inspect.context import Context
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import Expr

_LIMITS: Final = frozenset({"<", ">", "<=", ">="})
_COOKIES: Final = "cookies"
"""Where the requests of all frameworks keep them."""


def case_of(access: Access, found: Iterable[Access]) -> str:
    """Return `cache-count` for a count that a limit is held against, `cache-mark` for a mark that decides what is done; else ""."""
    tests = [guard.test for guard in access.function.summary.guards]
    call = access.site.call
    match access.verb:
        case "count":
            return "cache-count" if _is_limited(access.function, call, tests) else ""
        case "add":
            return "cache-mark" if any(comes_from(access.function, test, call) for test in tests) else ""
        case "get_or_set":
            given = access.value  # whoever comes first finds the own value
            is_mark = isinstance(given, Ref) and any(_compares(test, access.site.bound, given.path) for test in tests)
            return "cache-mark" if access.site.bound and is_mark else ""
        case "set":
            reads = [one for one in found if one.verb == "get" and one.function is access.function and one.cache == access.cache]
            return "cache-count" if _counts_up(access, reads, tests) else ""
    return ""


def is_released(mark: Access, other: Access) -> bool:
    """Whether the function that sets a mark takes it away again: a lock."""
    return other.verb == "clear" and other.function is mark.function


def _counts_up(access: Access, reads: Iterable[Access], tests: list[Expr]) -> bool:
    """`n = cache.get(key, 0)`, `if n >= LIMIT: refuse()`, `cache.set(key, n + 1)`."""
    value = access.value
    if not isinstance(value, Template) or value.operator != "+" or Const(1) not in value.parts:
        return False
    calls = [read.site.call for read in reads if comes_from(access.function, value, read.site.call)]
    return any(_is_limited(access.function, call, tests) for call in calls)


def _is_limited(function: Function, call: Call, tests: Iterable[Expr]) -> bool:
    """Whether what a call gave is compared with a bound."""
    asked = (one for test in tests for one in questions(test) if isinstance(one, Compare) and one.operator in _LIMITS)
    return any(comes_from(function, one, call) for one in asked)


def _compares(test: Expr, one: str, other: str) -> bool:
    pairs = [
        {part.left, part.right} for part in questions(test) if isinstance(part, Compare) and part.operator in ("==", "!=", "is", "is not")
    ]
    return {Ref(one), Ref(other)} in pairs


def is_derived_on_miss(read: Access) -> bool:
    """Whether who finds no entry comes by the value in another way: `cache.get(key) or load()`, `if value is None: value = load()`."""
    function, call = read.function, read.site.call
    for bound in function.locals.values():
        for binding in bound:
            if _or_else(binding.value, call):
                return True
            guards = (function.summary.guards[index] for index in binding.guards)
            if (
                binding.name == read.site.bound
                and _calls(binding.value)
                and any(requires_absence_of(guard.test, binding.name) for guard in guards)
            ):
                return True
    return any(_or_else(value, call) for value in function.summary.returns)


def _or_else(expr: Expr, call: Call) -> bool:
    return any(
        isinstance(part, Either) and part.kind == "or" and call in part.options[:-1] and _calls(*part.options[1:]) for part in inside(expr)
    )


def _calls(*exprs: Expr) -> bool:
    """Whether something is called for a value: `load()`, `load().name`."""
    return any(isinstance(part, Call) or (isinstance(part, Ref) and "()" in part.path) for part in inside(*exprs))


def is_of_session(access: Access, context: Context) -> bool:
    """Whether the entry is what a framework's session interface loads or saves, or its key comes out of a cookie."""
    if is_session_interface(access.function, context):
        return True
    return any(_is_cookie(access.function, path, context) for path in _paths(access.function, access.key))


def _is_cookie(function: Function, path: str, context: Context) -> bool:
    """Whether a path leads through the cookies of a library's object: `request.cookies.get`."""
    head, found, _ = path.partition(_COOKIES)
    owners = context.program.resolver.walk(function, head.removesuffix(".")).objects if found and head.endswith(".") else ()
    return any(isinstance(entity, (External, ExternalValue)) for entity in owners)


def _paths(function: Function, expr: Expr | None) -> Iterator[str]:
    """Yield the access paths that an expression is made of, through local names."""
    seen: set[str] = set()
    waiting = [expr] if expr is not None else []
    while waiting:
        for part in inside(waiting.pop()):
            path = part.path if isinstance(part, Ref) else part.func if isinstance(part, Call) else ""
            if path and path not in seen:
                seen.add(path)
                yield path
                waiting += [binding.value for binding in function.locals.get(path, ())]
