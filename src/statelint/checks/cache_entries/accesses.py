"""Every access to an entry of a cache object: which cache, what is done, under which keys, and when it runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.checks.cache_entries.backends import CacheObject
from statelint.inspect.arguments import argument
from statelint.program.names.conditions import inside
from statelint.program.names.nodes import Instance, Location
from statelint.program.names.resolver import split
from statelint.survey.summary import Call, Const, Either, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Activity, Context
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import CallSite, Expr

_ALIAS: Final = re.compile(r"caches\[(\w*)\]")
_SUBSCRIPT: Final = "django.core.cache.caches"
_VERBS: Final = {
    "set": "set", "aset": "set", "set_many": "set", "set_value": "set", "put": "set", "touch": "touch",
    "add": "add", "aadd": "add",
    "get_or_set": "get_or_set", "aget_or_set": "get_or_set", "get_or_create": "get_or_set",
    "incr": "count", "aincr": "count", "inc": "count", "increment": "count",
    "get": "get", "aget": "get", "get_value": "get",
    "delete": "clear", "adelete": "clear", "remove": "clear", "remove_value": "clear",
}  # fmt: skip
"""What the methods of cache libraries do to an entry."""
FILLS: Final = frozenset({"set", "touch", "add", "get_or_set", "count"})
_SHORTEST: Final = 3
"""Characters that a key must have for certain; fewer say nothing about which entry is meant."""
_STEPS: Final = 3
"""Bindings that are followed from a key to its text."""

Key = tuple[str | None, ...] | Location
"""The constant parts of a key with None for what varies, or the place that holds it."""


class Access(NamedTuple):
    """One call of a method of a cache."""

    function: Function
    site: CallSite
    verb: str
    """One of the values of `_VERBS`."""
    cache: CacheObject
    keys: frozenset[Key]
    key: Expr | None
    activity: Activity

    @property
    def place(self) -> tuple[str, int, int]:
        """Path, line and column of the call."""
        return self.function.module.path, self.site.call.line, self.site.call.column

    @property
    def value(self) -> Expr | None:
        """What is put in."""
        return argument(self.site.call, "value", 1)


def accesses(context: Context) -> list[Access]:
    """Return all accesses in the application's own code, in source order."""
    found = {access.place: access for access in (*_inherited(context), *_of_library(context))}
    return sorted(found.values(), key=lambda access: access.place)


def _of_library(context: Context) -> Iterator[Access]:
    role = context.program.vocabulary.role("cache-object")
    for name, calls in context.program.graph.library_calls.items():
        owner, _, method = name.rpartition(".")
        root = next((known for known in _around(owner) if known in role), "") if method in _VERBS else ""
        for call in calls if root else ():
            yield from _access(call.function, call.site, root, method, context)


def _inherited(context: Context) -> Iterator[Access]:
    """Methods that a class of the project adds to a cache class: `inc` of `class Own(Cache)`."""
    role = context.program.vocabulary.role("cache-object")
    own = {cls: base for cls in context.program.classes for base in cls.external_bases if base in role}
    for function in context.program.functions if own else ():
        for site in function.summary.calls:
            prefix, _, method = site.call.func.rpartition(".")
            if prefix and method in _VERBS:
                classes = [e.cls for e in context.program.resolver.walk(function, prefix).objects if isinstance(e, Instance)]
                base = next((own[cls] for cls in classes if cls in own), "")
                if base:
                    yield from _access(function, site, base, method, context)


def _access(function: Function, site: CallSite, root: str, method: str, context: Context) -> Iterator[Access]:
    key = argument(site.call, "key", 0) or dict(site.call.keywords).get("name")
    if function.module.part not in ("app", "settings") or key is None:
        return
    library, alias = root.partition(".")[0], ""
    receiver = split(site.call.func)[0]
    if library == "django":
        alias = _alias(function, receiver) if root == _SUBSCRIPT else "default"
        if not alias:
            return
    places = [place.location for place in context.program.resolver.walk(function, receiver).places if not place.inner]
    cache = CacheObject(library, alias, None if alias else next(iter(places), None))
    keys = frozenset(found for found in keys_of(function, key, context) if _is_telling(found))
    if not keys and is_session_interface(function, context) and function.owner is not None:
        keys = frozenset({(function.owner.name,)})  # whatever their keys are made of, its entries are the sessions
    yield Access(function, site, _VERBS[method], cache, keys, key, context.context_of(function, site.guards))


def _around(name: str) -> Iterator[str]:
    while name:
        yield name.removesuffix("[]")
        name = name.rpartition(".")[0]


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


def keys_of(function: Function, expr: Expr, context: Context, steps: int = _STEPS) -> Iterator[Key]:
    """Yield the keys that an expression may be."""
    match expr:
        case Const(value=str(text)):
            yield (text,)
        case Template(parts=parts, operator="" | "+"):
            yield _joined(parts)
        case Template(head=head):
            yield (head, None)
        case Either(options=options) if steps:
            for option in options:
                yield from keys_of(function, option, context, steps - 1)
        case Ref(path=path) if steps:
            bound = function.locals.get(path, ())
            for binding in bound:
                yield from keys_of(function, binding.value, context, steps - 1)
            for place in () if bound else context.program.resolver.walk(function, path).places:
                if place.inner or place.location.kind not in ("global", "attribute"):
                    continue
                values = context.program.resolver.values_of(place.location)
                known = [key for scope, value in values for key in keys_of(scope, value, context, steps - 1)]
                constant = bool(known) and not any(isinstance(key, Location) or None in key for key in known)
                yield from known if constant else [place.location]


def is_session_interface(function: Function, context: Context) -> bool:
    """Whether a function is a method of what loads and saves the sessions of a framework."""
    role = context.program.vocabulary.role("session-interface")
    owner = function.owner
    return owner is not None and any(base in role for base in owner.external_bases)


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


def comes_from(function: Function, expr: Expr, call: Call) -> bool:
    """Whether an expression is made of what a call of the same function gave, through local names too."""
    names = derived(function, call)
    return any(part == call or (isinstance(part, Ref) and part.path.partition(".")[0] in names) for part in inside(expr))


def derived(function: Function, call: Call) -> set[str]:
    """Return the local names that hold what a call gave, or something made of it."""
    names: set[str] = set()
    while True:
        new = {
            name
            for name, bound in function.locals.items()
            if name not in names
            and any(
                part == call or (isinstance(part, Ref) and part.path.partition(".")[0] in names)
                for binding in bound
                for part in inside(binding.value)
            )
        }
        if not new:
            return names
        names |= new
