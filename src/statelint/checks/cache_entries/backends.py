"""Where the entries of a cache object are kept: by the rows of the cache rules, each object by itself where it can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from statelint.inspect.rows.decision import judge_options
from statelint.inspect.rows.patterns import shown
from statelint.inspect.rows.selectors import decide, decide_setting, default_decision, holds
from statelint.rulebook.schema import Decider

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.inspect.context import Context
    from statelint.inspect.rows.decision import Decided, Verdict
    from statelint.inspect.uses import Use
    from statelint.program.names.nodes import Location
    from statelint.rulebook.schema import Api

_RULES: Final = ("in-memory-cache-backend", "file-cache")
_DJANGO: Final = "django"
_DEFAULT: Final = "default"


class CacheObject(NamedTuple):
    """A cache that entries are put into."""

    library: str
    """The import package: `flask_caching`."""
    alias: str = ""
    """Of Django's caches, which of them."""
    place: Location | None = None
    """Where the program keeps the object."""


class Backend(NamedTuple):
    """A back end that other instances do not see."""

    name: str
    """As a person would write it: `'filesystem'`."""
    path: str = ""
    line: int = 0
    """Of what decides for it; 0 where it is the library's default."""


class _Made(NamedTuple):
    verdict: Verdict
    backend: Backend
    places: frozenset[Location]


class Backends:
    """Answers for every cache object of the program whether its entries stay in this process or on this host.

    One for each context, `context.once(Backends)`.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        rules = [rule for name in _RULES if (rule := context.book.rule(name)) is not None]
        self._rows: dict[str, list[Api]] = {}
        for row in (row for rule in rules for row in rule.api):
            packages = {name.partition(".")[0] for name in ((*row.names, *row.uses) if row.kind == "setting" else row.names)}
            for package in packages if row.kind in ("call", "setting") else ():
                self._rows.setdefault(package, []).append(row)
        self._known: dict[CacheObject, Backend | None] = {}
        self._objects: dict[str, list[_Made]] = {}

    def local(self, cache: CacheObject) -> Backend | None:
        """Return the back end of a cache where it is one of this process or host; None for a shared one and where it is not known."""
        if cache not in self._known:
            self._known[cache] = self._of_django(cache.alias) if cache.library == _DJANGO else self._of_library(cache)
        return self._known[cache]

    def _of_django(self, alias: str) -> Backend | None:
        wanted = Decider(setting=f"CACHES.{alias}.BACKEND")
        rows = [row for row in self._rows.get(_DJANGO, ()) if "CACHES" in row.names]
        for row in rows:
            one = msgspec.structs.replace(row, decides=(wanted,), default=row.default if alias == _DEFAULT else "")
            found = self._judged(one, decide(one, None, self._context).options)
            if found.verdict == "violates":
                return found.backend
        return None

    def _of_library(self, cache: CacheObject) -> Backend | None:
        made = self._made(cache.library)
        own = [one for one in made if cache.place in one.places]
        for group in (own, [] if own else made):
            verdicts = {one.verdict for one in group} - {"ignored"}
            if verdicts == {"violates"}:
                return next(one.backend for one in group if one.verdict == "violates")
            if verdicts:
                return None
        return self._by_setting(cache.library)

    def _made(self, library: str) -> Sequence[_Made]:
        """Judge every place where an object of the library is made or set up."""
        if library not in self._objects:
            rows = [row for row in self._rows.get(library, ()) if row.kind == "call"]
            self._objects[library] = [one for row in rows for use in self._context.uses.of(row) for one in self._used(row, use)]
        return self._objects[library]

    def _used(self, row: Api, use: Use) -> Iterator[_Made]:
        context = self._context
        if use.function.module.part in ("app", "settings") and all(holds(condition, use, context) for condition in row.requires):
            bound = use.site.bound if use.site is not None else ""
            places = {place.location for place in context.program.resolver.walk(use.function, bound).places} if bound else ()
            found = self._judged(row, decide(row, use, context).options, use)
            yield found._replace(places=frozenset(places))

    def _by_setting(self, library: str) -> Backend | None:
        context = self._context
        for row in self._rows.get(library, ()):
            if row.kind == "setting" and all(holds(condition, None, context) for condition in row.requires):
                given = next((one for name in row.names if (one := decide_setting(name, context)) is not None), None)
                found = self._judged(row, (given or default_decision(row, context)).options)
                if found.verdict == "violates":
                    return found.backend
        return None

    def _judged(self, row: Api, options: Sequence[Decided], use: Use | None = None) -> _Made:
        verdict, option = judge_options(row, options, self._context.program.vocabulary)
        path, line = (option.path, option.line) if option.path else (use.function.module.path, use.line) if use is not None else ("", 0)
        name = use.name if use is not None and not row.decides else shown(option.value)
        return _Made(verdict, Backend(name, path, line), frozenset())
