"""Whether and where production code uses a library name: called, inherited from, imported, installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.inspect.uses import Use

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.inspect.context import Context
    from statelint.program.calls.callgraph import LibraryCall
    from statelint.program.names.nodes import Function

_ASIDE = frozenset({"test", "script", "migration"})
_LISTS = ("INSTALLED_APPS", "MIDDLEWARE")


class Usage:
    """An index of the names in use and every name around them: `django.core.cache.cache`, `django.core.cache` ..."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._program = context.program
        self._imports: dict[str, Use] = {}
        self._bases: dict[str, Use] = {}
        self._calls: dict[str, list[LibraryCall]] = {}
        self._installed: dict[str, Use] = {}
        self._is_collected = False

    def any_of(self, names: Iterable[str]) -> bool:
        """Whether one of the names, or something below it, is in use."""
        self._collect()
        return any(self._known(name) for name in names)

    def first(self, names: Iterable[str]) -> Use | None:
        """Return the use that shows best: a call that requests reach, a call, a base class, an import, an installed application."""
        self._collect()
        names = list(names)
        calls = [call for name in names for call in self._calls.get(name, ())]
        if calls:
            serving = self._program.reach["serving"]
            chosen = min(calls, key=lambda c: (c.function not in serving, c.function.module.path, c.site.call.line, c.site.call.column))
            made = chosen.site.call
            return Use(chosen.name, chosen.function, made.line, made.column, made.end_line, made.end_column, made, chosen.site)
        for table in (self._bases, self._imports, self._installed):
            found = [table[name] for name in names if name in table]
            if found:
                return min(found, key=lambda use: (use.function.module.path, use.line))
        return None

    def inheriting(self, names: Iterable[str]) -> list[Use]:
        """Return the project's classes that inherit from one of these, in source order."""
        wanted = frozenset(names)
        found = [
            Use(name, cls.scope, cls.summary.line, cls.summary.column, cls.summary.line, cls.summary.column, None, None, cls)
            for cls in self._program.classes
            if cls.module.part not in _ASIDE
            for name in cls.external_bases
            if name in wanted
        ]
        return sorted(found, key=lambda use: (use.function.module.path, use.line))

    def _known(self, name: str) -> bool:
        return name in self._imports or name in self._calls or name in self._bases or name in self._installed

    def _collect(self) -> None:
        """Index everything, when first asked for."""
        if self._is_collected:
            return
        self._is_collected = True
        for name, calls in self._program.graph.library_calls.items():
            live = [call for call in calls if call.function.module.part not in _ASIDE]
            for around in _around(name) if live else ():
                self._calls.setdefault(around, []).extend(live)
        for function in self._program.functions:
            if function.module.part not in _ASIDE:
                self._imported(function)
        for cls in self._program.classes:
            place = cls.summary
            for name in cls.external_bases if cls.module.part not in _ASIDE else ():
                use = Use(name, cls.scope, place.line, place.column, place.line, place.column, None, None, cls)
                _put(self._bases, name, use)
        for setting in _LISTS:
            for text in self._program.settings.strings(setting):
                self._put_written(self._installed, text.text, Use(text.text, text.module.body, text.line, 1, text.line, 1, None, None))

    def _imported(self, function: Function) -> None:
        for imported in function.summary.imports:
            if not imported.level:
                name = f"{imported.module}.{imported.attr}" if imported.attr else imported.module
                self._put_written(self._imports, name, Use(name, function, imported.line, 1, imported.line, 1, None, None))

    def _put_written(self, table: dict[str, Use], name: str, use: Use) -> None:
        """Keep a name that comes as a text: as it is written, and as rows know it."""
        _put(table, name, use)
        _put(table, self._program.vocabulary.canonical(name), use)


def _put(table: dict[str, Use], name: str, use: Use) -> None:
    if name not in table:  # and with it every name above
        for around in _around(name):
            table.setdefault(around, use)


def _around(name: str) -> Iterable[str]:
    """A dotted name and every name above it, the package included."""
    while name:
        yield name
        name = name.rpartition(".")[0]
