"""Django-style settings modules: star imports, later assignments and keys, and which module the deployment loads."""

from __future__ import annotations

from fnmatch import fnmatch
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.program.names.link import absolute_module
from statelint.program.names.resolver import split
from statelint.program.settings.assignments import SettingValue, Sheet, guards_at, staged, text_of
from statelint.program.settings.stages import stage_of_module
from statelint.survey.summary import Call, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from statelint.program.names.nodes import Module
    from statelint.program.settings.stages import Stage
    from statelint.survey.summary import CallSite, Expr, Guard, Write

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
    star: Module | None = None


class SettingsModules:
    """Reads the settings modules of a project, each with what it imports by star."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self._modules = modules
        self._by_tail: dict[str, list[Module]] = {}
        for module in modules.values():
            self._by_tail.setdefault(module.name.rpartition(".")[2], []).append(module)
        self._sheets: dict[Module, Sheet] = {}

    def sheets(self, named: Iterable[str], *, decisive: bool) -> list[tuple[Module, Sheet]]:
        """Return the modules that a deployment may load, with their settings.

        A module that others import by star counts as part of them. Of the modules of one folder those for production
        count alone, where there are any. `named` are the modules that `DJANGO_SETTINGS_MODULE` is set to: by the
        deployment (`decisive`), or by code as a default.
        """
        chosen = {module for name in named if (module := self.module(name)) is not None}
        own = self._own(chosen)
        loaded = [module for module in own if stage_of_module(module) != "development" or module in chosen]
        inner = {event.star for module in loaded for event in self._events(module) if event.star is not None and event.star is not module}
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
            yield from (_value(event, module, stage) for event in self._events(module) if event.star is None)

    def module(self, name: str) -> Module | None:
        """Return a module by its dotted name, or by the end of it where the project's folder is not the import root."""
        found = self._modules.get(name)
        if found is None and name:
            tails = [module for module in self._by_tail.get(name.rpartition(".")[2], ()) if module.name.endswith(f".{name}")]
            found = tails[0] if len(tails) == 1 else None
        return found

    def _sheet(self, module: Module, depth: int) -> Sheet:
        known = self._sheets.get(module)
        if known is not None or depth > 12:
            return known or Sheet()
        sheet = self._sheets[module] = Sheet()
        # what a root takes from a module is meant for the root's stage, whatever the module is called
        stage: Stage = "base" if stage_of_module(module) == "development" else stage_of_module(module)
        for event in self._events(module):
            if event.star is not None:
                if stage_of_module(event.star) != "development":
                    sheet.merge(self._sheet(event.star, depth + 1), guards=event.guards)
            else:
                sheet.put(_value(event, module, stage))
        return sheet

    def _events(self, module: Module) -> list[_Event]:
        body = module.body
        events = [_Event(star.line, "", Ref("?"), (), star=self.module(absolute_module(module, star))) for star in module.stars]
        for name, bindings in body.locals.items():
            if name.isupper():
                how = {"aug": "add"}
                events += [_Event(b.line, name, b.value, guards_at(body, b.guards), (), how.get(b.how, "=")) for b in bindings]
        for name, imports in body.imports.items():
            if name.isupper():
                events += [_Event(imported.line, name, Ref(name), ()) for imported in imports if imported.attr]
        events += [event for write in body.summary.writes for event in _keyed_write(write, guards_at(body, write.guards))]
        events += [event for site in body.summary.calls for event in self._call(site, module)]
        return sorted((event for event in events if event.name or event.star), key=lambda event: event.line)

    def _call(self, site: CallSite, module: Module) -> Iterator[_Event]:
        """`CACHES["default"].update(...)`, `MIDDLEWARE.append(...)`, django-split-settings' `include(...)`."""
        call = site.call
        guards = guards_at(module.body, site.guards)
        owner, _, method = call.func.rpartition(".")
        dotted = dotted_name(owner)
        if method == "include" and not owner and "include" in module.body.imports:
            yield from (_Event(call.line, "", Ref("?"), guards, star=star) for star in self._included(call, module))
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
        event.name, event.expr, module.body, module, event.line, staged(stage, event.guards), module.name, event.keys, event.guards, how=how
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
