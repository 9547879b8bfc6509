"""Django's cache used as more than a cache while its back end lives in the process: entries that others clear, fetch or count on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from statelint.inspect.context import Report, finding, worded
from statelint.inspect.rows.decision import judge_options
from statelint.inspect.rows.patterns import shown
from statelint.inspect.rows.selectors import decide
from statelint.inspect.spans import line_span, span_of_call
from statelint.model import Step
from statelint.program.names.conditions import names_in, questions
from statelint.program.names.nodes import Location
from statelint.program.names.resolver import split
from statelint.rulebook.schema import Decider
from statelint.survey.summary import Call, Compare, Const, Either, Not, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Activity, Context
    from statelint.program.names.nodes import Function
    from statelint.rulebook.schema import Api, Rule
    from statelint.survey.summary import CallSite, Expr

_CACHE: Final = "django.core.cache.cache."
_CACHES: Final = "django.core.cache.caches[]."
_ALIAS: Final = re.compile(r"caches\[(\w*)\]")
_ROW: Final = "django-cache-default"
_FILLS: Final = frozenset({"set", "aset", "add", "aadd", "get_or_set", "aget_or_set", "incr", "aincr", "touch", "set_many"})
_READS: Final = frozenset({"get", "aget"})
_CLEARS: Final = frozenset({"delete", "adelete"})
_SHORTEST: Final = 3
"""Characters that a key must have for certain; fewer say nothing about which entry is meant."""
_MAX_SPANS: Final = 4

Key = tuple[str | None, ...] | Location
"""The constant parts of a key with None for what varies, or the place that holds it."""


class _Access(NamedTuple):
    function: Function
    site: CallSite
    method: str
    alias: str
    keys: frozenset[tuple[str, Key]]
    """Each with the alias of the cache."""
    activity: Activity

    @property
    def place(self) -> tuple[str, int, int]:
        return self.function.module.path, self.site.call.line, self.site.call.column


def check(context: Context) -> Iterator[Report]:
    """Report what relies on entries of a cache that every process has for itself: one finding for each key."""
    rule = context.book.rule("in-memory-cache-backend")
    row = next((row for row in rule.api if row.id == _ROW), None) if rule is not None else None
    if rule is None or row is None:
        return
    accesses = sorted(_accesses(context), key=lambda access: access.place)
    local = {alias: _backend(row, alias, context) for alias in {access.alias for access in accesses}}
    accesses = [access for access in accesses if local[access.alias]]
    by_key: dict[tuple[str, Key], list[_Access]] = {}
    for access in accesses:
        for key in sorted(access.keys, key=repr):
            by_key.setdefault(key, []).append(access)
    told: set[tuple[str, int, int]] = set()
    for access in accesses:
        for report in _mark(access, by_key, local[access.alias], context):
            told.add(access.place)
            yield report
    for group in by_key.values():
        filled = [access for access in group if access.method in _FILLS and access.place not in told]
        for report in _cleared(rule, filled, group, context) or _handed(filled, group, context):
            told |= {access.place for access in filled}
            yield report


# -- what is known of the cache


def _backend(row: Api, alias: str, context: Context) -> str:
    """Return the back end of a cache if it lives in the process by default, "" for every other."""
    row = msgspec.structs.replace(
        row, decides=(Decider(setting=f"CACHES.{alias}.BACKEND"),), default=row.default if alias == "default" else ""
    )
    verdict, option = judge_options(row, decide(row, None, context).options, context.program.vocabulary)
    return shown(option.value) if verdict == "violates" else ""


def _accesses(context: Context) -> Iterator[_Access]:
    for name, calls in context.program.graph.library_calls.items():
        head = next((head for head in (_CACHE, _CACHES) if name.startswith(head)), "")
        method = name.removeprefix(head)
        if not head or method not in _FILLS | _READS | _CLEARS:
            continue
        for call in calls:
            function, site = call.function, call.site
            alias = "default" if head == _CACHE else _alias(function, split(site.call.func)[0])
            if alias and site.call.args and function.module.part in ("app", "settings"):
                keys = frozenset((alias, key) for key in _keys(function, site.call.args[0], context) if _is_telling(key))
                plain = method.removeprefix("a") if method != "add" else method
                yield _Access(function, site, plain, alias, keys, context.context_of(function, site.guards))


def _alias(function: Function, path: str) -> str:
    """Return which cache `caches["x"]` or a name bound to it is."""
    found = _ALIAS.search(path)
    if found is not None:
        return found[1]
    scope: Function | None = function
    while scope is not None:
        for binding in scope.locals.get(path, ()):
            found = _ALIAS.search(binding.value.path) if isinstance(binding.value, Ref) else None
            if found is not None:
                return found[1]
        scope = scope.parent
    return ""


def _keys(function: Function, expr: Expr, context: Context, depth: int = 3) -> Iterator[Key]:
    """Yield the keys that an expression may be."""
    match expr:
        case Const(value=str(text)):
            yield (text,)
        case Template(parts=parts, operator="" | "+"):
            yield _joined(parts)
        case Template(head=head):
            yield (head, None)
        case Either(options=options) if depth:
            for option in options:
                yield from _keys(function, option, context, depth - 1)
        case Ref(path=path) if depth:
            bound = function.locals.get(path, ())
            for binding in bound:
                yield from _keys(function, binding.value, context, depth - 1)
            for place in () if bound else context.program.resolver.walk(function, path).places:
                if place.inner or place.location.kind not in ("global", "attribute"):
                    continue
                values = context.program.resolver.values_of(place.location)
                known = [key for scope, value in values for key in _keys(scope, value, context, depth - 1)]
                constant = bool(known) and not any(isinstance(key, Location) or None in key for key in known)
                yield from known if constant else [place.location]


def _joined(parts: tuple[Expr, ...]) -> Key:
    found: list[str | None] = []
    for part in parts:
        text = part.value if isinstance(part, Const) and isinstance(part.value, str) else None
        if found and text is not None and found[-1] is not None:
            found[-1] += text
        elif text is not None or not found or found[-1] is not None:
            found.append(text)
    return tuple(found)


def _is_telling(key: Key) -> bool:
    return isinstance(key, Location) or sum(len(part) for part in key if part) >= _SHORTEST


# -- cleared where it changes


def _cleared(rule: Rule, filled: list[_Access], group: list[_Access], context: Context) -> list[Report]:
    """An entry that one function fills, and that another clears because what it was made from has changed."""
    clears = [access for access in group if access.method in _CLEARS and access.activity in ("serving", "worker")]
    clears = [access for access in clears if all(access.function is not fill.function for fill in filled)]
    read = any(access.method in _READS for access in group)
    if not filled or not clears or not (read or any(fill.method == "get_or_set" for fill in filled)):
        return []
    first, fill = clears[0], filled[0]
    cleared = Step(*first.place[:2], "clears the entry in its own process only")
    return [
        finding(
            rule,
            span_of_call(fill.function, fill.site.call, context, "kept by each process that asks"),
            symbol=fill.function.name,
            message=worded(rule, "cleared", symbol=fill.function.name),
            confidence="medium",
            route=context.route_steps(context.program.route_to(first.function), cleared),
            spans=[line_span(context, *clear.place[:2], "cleared in one process only") for clear in clears[:_MAX_SPANS]],
            scope=fill.function.name,
        )
    ]


# -- handed to another request


def _handed(filled: list[_Access], group: list[_Access], context: Context) -> list[Report]:
    """An entry that one function leaves and another fetches, which has no other way to come by it."""
    rule = context.book.rule("read-after-write-in-process")
    fills = [access for access in filled if access.method in ("set", "set_many") and access.activity != "out"]
    writers = {access.function for access in group if access.method in _FILLS}
    edges = context.program.graph.edges
    calls = {(caller, edge.callee) for caller, found in edges.items() for edge in found}
    reads = [
        access
        for access in group
        if access.method in _READS
        and access.activity == "serving"
        and not any(access.function is one or {(access.function, one), (one, access.function)} & calls for one in writers)
    ]
    if rule is None or not fills or not reads:
        return []
    fill, read = fills[0], reads[0]
    looked = Step(*read.place[:2], f"looks for what {fill.function.name} left in the cache of its process")
    return [
        finding(
            rule,
            span_of_call(fill.function, fill.site.call, context, "stays in the process that runs this"),
            symbol=fill.function.name,
            message=worded(rule, "cache", symbol=fill.function.name),
            severity="warning",
            confidence="medium",
            route=context.route_steps(context.program.route_to(read.function), looked),
            spans=[line_span(context, *read.place[:2], f"fetched by {read.function.name}, perhaps on another instance")],
            scope=fill.function.name,
        )
    ]


# -- counted or marked


def _mark(access: _Access, by_key: dict[tuple[str, Key], list[_Access]], backend: str, context: Context) -> Iterator[Report]:
    """A count, or a mark that what follows is done once: `if not cache.add(key, 1, 60): return`."""
    case = _case(access)
    if not case or access.activity not in ("serving", "worker"):
        return
    is_lock = case == "cache-mark" and any(
        other.method in _CLEARS and other.function is access.function for key in access.keys for other in by_key[key]
    )
    rule = context.book.rule("lock-in-process" if is_lock else "rate-counter-in-process")
    if rule is None:
        return
    yield finding(
        rule,
        span_of_call(access.function, access.site.call, context, f"the cache is {backend}"),
        symbol=access.function.name,
        message=worded(rule, "cache-lock" if is_lock else case, symbol=access.function.name),
        severity="warning",
        confidence="medium",
        route=context.route_steps(context.program.route_to(access.function)),
        scope=access.function.name,
    )


def _case(access: _Access) -> str:
    function, site = access.function, access.site
    tests = [guard.test for guard in function.summary.guards]
    asked = any(site.call in _calls(test) for test in tests) or (bool(site.bound) and any(site.bound in names_in(test) for test in tests))
    match access.method:
        case "incr":
            return "cache-count" if asked else ""
        case "add":
            return "cache-mark" if asked else ""
        case "get_or_set" if site.bound and len(site.call.args) > 1 and isinstance(site.call.args[1], Ref):
            given = site.call.args[1].path  # whoever comes first finds the own value
            return "cache-mark" if any(_compares(test, site.bound, given) for test in tests) else ""
        case "set" if len(site.call.args) > 1:
            return "cache-count" if _counts_up(access, site.call.args[1], tests) else ""
    return ""


def _counts_up(access: _Access, value: Expr, tests: list[Expr]) -> bool:
    """`n = cache.get(key, 0)`, `if n >= LIMIT: refuse()`, `cache.set(key, n + 1)`."""
    if not isinstance(value, Template) or value.operator != "+" or Const(1) not in value.parts:
        return False
    read = {site.bound for site in access.function.summary.calls if site.bound and site.call.func.endswith(".get")}
    names = [part.path for part in value.parts if isinstance(part, Ref) and part.path in read]
    compared = [one for test in tests for one in questions(test) if isinstance(one, Compare) and one.operator in ("<", ">", "<=", ">=")]
    return any(name in names_in(one) for name in names for one in compared)


def _compares(test: Expr, one: str, other: str) -> bool:
    pairs = [
        {part.left, part.right} for part in questions(test) if isinstance(part, Compare) and part.operator in ("==", "!=", "is", "is not")
    ]
    return {Ref(one), Ref(other)} in pairs


def _calls(test: Expr) -> Iterator[Call]:
    for part in questions(test):
        asked = part.operand if isinstance(part, Not) else part
        for side in (asked.left, asked.right) if isinstance(asked, Compare) else (asked,):
            if isinstance(side, Call):
                yield side
