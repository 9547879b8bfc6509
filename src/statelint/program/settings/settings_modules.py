"""Django-style settings modules: star imports, later assignments and keys, and which module the deployment loads."""

from __future__ import annotations

from fnmatch import fnmatch
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.program.names.link import absolute_module
from statelint.program.names.resolver import split
from statelint.program.settings.assignments import Assignments, SettingValue, guards_at, staged, text_of
from statelint.program.settings.stages import stage_of_module
from statelint.survey.summary import Call, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from statelint.program.names.nodes import Module
    from statelint.program.settings.stages import Stage
    from statelint.survey.summary import CallSite, Expr, Guard, Write

_DEPTH: Final = 12
"""How many imports may lead from one settings module to the next."""
_ADDING: Final = {"append": 0, "extend": 0, "insert": 1, "add": 0}
"""Methods that add to a list, and the position of what they add."""


_SETTINGS_FOLDERS: Final = frozenset({"settings", "conf", "config"})


class _Event(NamedTuple):
    """A statement of a settings module that changes settings."""

    line: int
    name: str
    expr: Expr
    guards: tuple[Guard, ...]
    keys: tuple[str, ...] = ()
    how: str = "="
    source: Module | None = None
    """The module of the project that it imports from."""
    attr: str = ""
    """What is imported; "" for everything."""


class SettingsModules:
    """Reads the settings modules of a project, each with what it imports: a setting stands where it is assigned."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self._modules = modules
        self._by_tail: dict[str, list[Module]] = {}
        for module in modules.values():
            self._by_tail.setdefault(module.name.rpartition(".")[2], []).append(module)
        self._sheets: dict[Module, Assignments] = {}

    def sheets(self, named: Iterable[str], *, decisive: bool) -> list[tuple[Module, Assignments]]:
        """Return the modules that a deployment may load, with their settings.

        A module from which others import settings counts as part of them. Of the modules of one folder those for production
        count alone, where there are any. `named` are the modules that `DJANGO_SETTINGS_MODULE` is set to: by the
        deployment (`decisive`), or by code as a default.
        """
        chosen = {module for name in named if (module := self.module(name)) is not None}
        own = self._own(chosen)
        loaded = [module for module in own if stage_of_module(module) != "development" or module in chosen]
        inner = {event.source for module in loaded for event in self._events(module) if event.source is not module}
        folders: dict[str, list[Module]] = {}
        for module in loaded:
            if (module not in inner or module in chosen) and self._events(module):
                folders.setdefault(_folder(module), []).append(module)
        roots = []
        for folder, modules in folders.items():
            outer = folder.rpartition(".")[0]
            if outer in folders and outer.rpartition(".")[2] in _SETTINGS_FOLDERS:
                continue  # components of the settings around them
            roots += _best(modules, chosen, decisive=decisive)
        return [(module, self._sheet(module, 0)) for module in roots]

    def _own(self, chosen: set[Module]) -> list[Module]:
        found = [module for module in self._modules.values() if module.part == "settings" or module in chosen]
        return sorted(found, key=lambda module: module.path)

    def all_values(self, named: Iterable[str] = ()) -> Iterator[SettingValue]:
        """Yield every value of every settings module, whatever its stage."""
        for module in self._own({module for name in named if (module := self.module(name)) is not None}):
            stage = stage_of_module(module)
            for event in self._events(module):
                if event.source is None:
                    yield _value(event, module, stage)
                elif event.attr:
                    sheet = Assignments()
                    self._take(event, sheet, module, stage, 0)
                    yield from (value for values in sheet.values.values() for value in values)

    def sheet(self, module: Module) -> Assignments:
        """Return the settings of one module that something loads, whatever it is called."""
        return self._sheet(module, 0)

    def module(self, name: str) -> Module | None:
        """Return a module by its dotted name, or by the end of it where the project's folder is not the import root."""
        found = self._modules.get(name)
        if found is None and name:
            tails = [module for module in self._by_tail.get(name.rpartition(".")[2], ()) if module.name.endswith(f".{name}")]
            found = tails[0] if len(tails) == 1 else None
        return found

    def _sheet(self, module: Module, depth: int) -> Assignments:
        known = self._sheets.get(module)
        if known is not None or depth > _DEPTH:
            return known or Assignments()
        sheet = self._sheets[module] = Assignments()
        # what a root takes from a module is meant for the root's stage, whatever the module is called
        stage: Stage = "base" if stage_of_module(module) == "development" else stage_of_module(module)
        for event in self._events(module):
            self._apply(event, sheet, module, stage, depth)
        return sheet

    def _apply(self, event: _Event, sheet: Assignments, module: Module, stage: Stage, depth: int) -> None:
        if event.source is None:
            sheet.put(_value(event, module, stage))
        elif event.attr:
            self._take(event, sheet, module, stage, depth)
        elif stage_of_module(event.source) != "development":
            sheet.merge(self._sheet(event.source, depth + 1), guards=event.guards)

    def _take(self, event: _Event, sheet: Assignments, module: Module, stage: Stage, depth: int) -> None:
        """Bring an imported setting into force as it stands in its own module; what is nowhere assigned is known by its import alone."""
        if event.source is None or not sheet.take(self._sheet_with(event.attr, event.source, depth + 1), event.attr, event.name):
            sheet.put(_value(event, module, stage))

    def _sheet_with(self, name: str, module: Module, depth: int) -> Assignments:
        """Return a sheet that has one name of a module, though it may be none that settings have."""
        if name.isupper() or depth > _DEPTH:
            return self._sheet(module, depth)
        sheet = Assignments()
        for event in sorted(self._bound(module, name), key=lambda event: event.line):
            self._apply(event, sheet, module, "base", depth)
        return sheet

    def _events(self, module: Module) -> list[_Event]:
        body = module.body
        events = [_Event(star.line, "", Ref("?"), (), source=self.module(absolute_module(module, star))) for star in module.stars]
        events += [event for name in (*body.locals, *body.imports) if name.isupper() for event in self._bound(module, name)]
        events += [event for write in body.summary.writes for event in _keyed_write(write, guards_at(body, write.guards))]
        events += [event for site in body.summary.calls for event in self._call(site, module)]
        return sorted((event for event in events if event.name or event.source), key=lambda event: event.line)

    def _bound(self, module: Module, name: str) -> Iterator[_Event]:
        """Yield the statements of a module that bind a name, by an assignment or an import."""
        body = module.body
        for bound in body.locals.get(name, ()):
            yield _Event(bound.line, name, bound.value, guards_at(body, bound.guards), (), "add" if bound.how == "aug" else "=")
        for imported in body.imports.get(name, ()):
            if imported.attr:
                source = self.module(absolute_module(module, imported))
                yield _Event(imported.line, name, Ref(name), (), source=source if source is not module else None, attr=imported.attr)

    def _call(self, site: CallSite, module: Module) -> Iterator[_Event]:
        """`CACHES["default"].update(...)`, `MIDDLEWARE.append(...)`, django-split-settings' `include(...)`."""
        call = site.call
        guards = guards_at(module.body, site.guards)
        owner, _, method = call.func.rpartition(".")
        dotted = dotted_name(owner)
        if method == "include" and not owner and "include" in module.body.imports:
            yield from (_Event(call.line, "", Ref("?"), guards, source=source) for source in self._included(call, module))
        elif not dotted or not dotted.partition(".")[0].isupper():
            return
        elif method in ("update", "setdefault"):
            for key, item, keys in updated(call):
                yield _Event(call.line, f"{dotted}.{key}" if key else dotted, item, guards, keys, "=" if key else "add")
        elif method in _ADDING and len(call.args) > _ADDING[method]:
            yield _Event(call.line, dotted, call.args[_ADDING[method]], guards, (), "add")

    def _included(self, call: Call, module: Module) -> Iterator[Module]:
        for arg in call.args:
            inner = arg.args[0] if isinstance(arg, Call) and arg.args else arg
            text = text_of(inner)
            if text:
                pattern = normpath(join(dirname(module.path), text))
                yield from (m for m in sorted(self._modules.values(), key=lambda m: m.path) if fnmatch(m.path, pattern) and m is not module)


def _best(modules: list[Module], chosen: set[Module], *, decisive: bool) -> list[Module]:
    """Of the settings modules of one folder, return those that production loads."""
    named = [module for module in modules if module in chosen]
    if named and decisive:
        return named
    production = [module for module in modules if stage_of_module(module) == "production"]
    if production:
        return [module for module in production if module in chosen] or production
    live = [module for module in named if stage_of_module(module) != "development"]
    return live or [module for module in modules if stage_of_module(module) != "development"] or named


def _folder(module: Module) -> str:
    return module.name if module.is_package else module.name.rpartition(".")[0]


def _value(event: _Event, module: Module, stage: Stage) -> SettingValue:
    how: Literal["=", "add"] = "add" if event.how == "add" else "="
    return SettingValue(
        event.name, event.expr, module.body, event.line, staged(stage, event.guards), event.keys, event.guards, how=how
    )  # fmt: skip


def _keyed_write(write: Write, guards: tuple[Guard, ...]) -> Iterator[_Event]:
    dotted = dotted_name(write.target)
    if "." in dotted and dotted.partition(".")[0].isupper() and write.how != "del":
        yield _Event(write.line, dotted, write.value, guards, (), "add" if write.how == "aug" else "=")


def updated(call: Call) -> Iterator[tuple[str, Expr, tuple[str, ...]]]:
    """Yield (key, value, way to the value within the call) for `update(...)` and its kind; key "" for a mapping as a whole."""
    first = call.args[0] if call.args else None
    name = text_of(first) if first is not None else None
    if name is not None and len(call.args) > 1:
        yield name, call.args[1], ()
    elif first is not None:
        yield "", first, ()
    for keyword, value in call.keywords:
        yield (keyword, value, (keyword,)) if keyword != "**" else ("", value, ())


def dotted_name(path: str) -> str:
    """Turn `CACHES[default][BACKEND]` into `CACHES.default.BACKEND`; "" where a key is not known or it is no such path."""
    keys: list[str] = []
    step = "?"
    while step:
        path, step = split(path)
        if step and (step[0] != "[" or len(step) == 2):
            return ""
        if step:
            keys.append(step[1:-1])
    return ".".join([path, *reversed(keys)])
