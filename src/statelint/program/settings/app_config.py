"""Settings of an application object: `app.config[...]`, `from_object`, `from_mapping`, configuration classes."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.names.mappings import HIDDEN, Part, parts_of
from statelint.program.names.nodes import External, ExternalValue, Module, StateBag
from statelint.program.names.resolver import split
from statelint.program.settings.assignments import Assignments, SettingValue, guards_at, staged, text_of, undecided
from statelint.program.settings.config_objects import ConfigObjects, is_for_development
from statelint.program.settings.dynaconf import Opaque
from statelint.program.settings.settings_modules import updated
from statelint.program.settings.stages import stage_of_module

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from statelint.program.names.nodes import Class, Function
    from statelint.program.names.resolver import Resolver
    from statelint.program.settings.config_objects import Target, Texts
    from statelint.program.settings.settings_modules import SettingsModules
    from statelint.program.settings.stages import Stage
    from statelint.survey.summary import CallSite, Expr, Guard

_MAPPINGS: Final = frozenset({"update", "from_mapping", "setdefault", "update_config"})
_OBJECTS: Final = frozenset({"from_object", "from_pyfile", "load", "update_config"})
_OUTSIDE: Final = frozenset({"from_envvar", "from_file", "from_json", "from_toml", "from_yaml", "load_environment_vars"})
_WHOLE: Final = frozenset({"update_config"})
"""Methods of the application itself."""
_METHODS: Final = _MAPPINGS | _OBJECTS | _OUTSIDE | {"from_prefixed_env"}
_APPLICATIONS: Final = frozenset({"app", "application", "current_app", "server", "web_app", "flask_app", "_app", "webapp"})
_CONFIG_NAMES: Final = frozenset({"flask.current_app.config", "quart.current_app.config", "flask.Config", "cherrypy.config"})


class _Set(NamedTuple):
    """A value, and the line at which it comes into force in its function."""

    function: Function
    line: int
    value: SettingValue


class ApplicationConfig:
    """Collects what is set on application objects, function by function in the order of lines."""

    def __init__(self, modules: Mapping[str, Module], files: SettingsModules, resolver: Resolver, texts: Texts) -> None:
        self._modules = modules
        self._resolver = resolver
        self._objects = ConfigObjects(modules, files, resolver, texts)
        self.opaque: list[Opaque] = []
        self.loaded: set[Module] = set()
        """Modules that applications load as configuration."""
        self._development: list[_Set] = []
        """What objects that are for development by their names set."""
        self._others = False

    def collect(self) -> dict[str, list[SettingValue]]:
        """Read every function of the project; return its settings by name."""
        found: dict[Function, list[_Set]] = {}
        for module in sorted(self._modules.values(), key=lambda module: module.path):
            if module.part in ("script", "migration"):
                continue
            for function in module.functions.values():
                for one in (*self._writes(function), *self._calls(function)):
                    found.setdefault(one.function, []).append(one)
        if not self._others:  # nothing else is loaded: what is for development runs
            for one in self._development:
                found.setdefault(one.function, []).append(one)
        by_name: dict[str, list[SettingValue]] = {}
        for sets in found.values():
            sheet = Assignments()
            for one in sorted(sets, key=lambda one: one.line):
                sheet.put(one.value)
            for name, values in sheet.values.items():
                by_name.setdefault(name, []).extend(values)
        return by_name

    def best(self, classes: Iterable[Class]) -> list[Target]:
        """Of configuration classes, return those for production."""
        return self._objects.best(list(classes))

    def values_of(self, target: Target) -> Iterator[SettingValue]:
        """Yield the settings of a configuration class."""
        return self._objects.values(target)

    # -- single keys

    def _writes(self, function: Function) -> Iterator[_Set]:
        """`app.config["X"] = ...`, `app.config["X"]["key"] = ...`, `app.config.X = ...`."""
        for write in function.summary.writes:
            if write.how == "del":
                continue
            keys: list[str] = []
            prefix, step = split(write.target)
            while len(step) > 2 and step[0] == "[":
                keys.append(step[1:-1])
                if self._is_config(function, prefix):
                    break
                prefix, step = split(prefix)
            else:
                if step[:1] != "." or not step[1:].isupper() or not self._is_config(function, prefix):
                    continue
                keys.append(step[1:])
            guards = guards_at(function, write.guards)
            name = ".".join(reversed(keys))
            yield self._set(function, name, write.value, write.line, guards, how="add" if write.how == "aug" else "=")

    def _is_config(self, function: Function, path: str) -> bool:
        head, _, last = path.rpartition(".")
        if last == "config" and head.rpartition(".")[2] in _APPLICATIONS:
            return True
        return any(
            (isinstance(entity, StateBag) and entity.name == "app.config")
            or (isinstance(entity, (External, ExternalValue)) and entity.name in _CONFIG_NAMES)
            for entity in self._resolver.walk(function, path).objects
        )

    def _set(
        self, function: Function, name: str, expr: Expr, line: int, guards: tuple[Guard, ...], *, keys: tuple[str, ...] = (), how: str = "="
    ) -> _Set:
        module = function.module
        stage: Stage = "development" if module.part == "test" else staged(stage_of_module(module), guards)
        value = SettingValue(name, expr, function, line, stage, keys, guards, how=how)  # type: ignore[arg-type]  # one of its three words
        return _Set(function, line, value)

    # -- calls

    def _calls(self, function: Function) -> Iterator[_Set]:
        for site in function.summary.calls:
            prefix, _, method = site.call.func.rpartition(".")
            if method not in _METHODS:
                continue
            if not self._is_config(function, prefix) and not (method in _WHOLE and self._is_application(function, prefix)):
                continue
            if method in _MAPPINGS:
                yield from self._mapping(function, site, method)
            if method in _OBJECTS:
                yield from self._object(function, site, method)
            elif method == "from_prefixed_env":
                first = site.call.args[0] if site.call.args else dict(site.call.keywords).get("prefix")
                prefix = f"{(text_of(first) if first is not None else None) or 'FLASK'}_"
                self.opaque.append(Opaque(function.module, site.call.line, f"variables that begin with {prefix} set them too", prefix))
            elif method in _OUTSIDE:
                self.opaque.append(Opaque(function.module, site.call.line, f"{method}() reads more of them from outside the code"))

    def _is_application(self, function: Function, path: str) -> bool:
        vocabulary = self._resolver.vocabulary
        return path.rpartition(".")[2] in _APPLICATIONS or any(
            isinstance(e, (ExternalValue, External)) and vocabulary.is_application(e.name, is_made=isinstance(e, ExternalValue))
            for e in self._resolver.walk(function, path).objects
        )

    def _mapping(self, function: Function, site: CallSite, method: str) -> Iterator[_Set]:
        call, guards = site.call, guards_at(function, site.guards)
        how = "default" if method == "setdefault" else "="
        for key, item, keys in updated(call):
            if key:
                yield self._set(function, key, item, call.line, guards, keys=keys, how=how)
                continue
            parts = parts_of(Part("", item, function, call.line, (), guards), self._resolver)
            if parts is None:
                if method != "update_config":
                    self.opaque.append(Opaque(function.module, call.line, f"{method}() is given a mapping that could not be followed"))
                continue
            for part in parts:
                if part.key != HIDDEN:
                    one = self._set(part.function, part.key, part.expr, part.line, part.guards, keys=part.keys, how=how)
                    yield _Set(function, call.line, one.value)

    def _object(self, function: Function, site: CallSite, method: str) -> Iterator[_Set]:
        guards = guards_at(function, site.guards)
        for arg in site.call.args[:1]:
            targets, decider = self._objects.chosen(arg, site.call, function)
            if not targets:
                reason = f"{method}() reads them from what could not be followed"
                self.opaque.append(Opaque(function.module, site.call.line, reason, hides=method in ("from_object", "config_from_object")))
            development = function.module.part == "test" or staged("base", guards) == "development"
            self.loaded.update(target for target in targets if isinstance(target, Module))
            self._others = self._others or any(not is_for_development(target) for target in targets)
            values = [list(self._objects.values(target)) for target in targets]
            settled = iter(
                undecided(values, decider or "the configuration that is chosen") if len(targets) > 1 else values[0] if values else ()
            )
            for target, own in zip(targets, values, strict=True):
                for value in islice(settled, len(own)):
                    stage: Stage = "development" if development else value.stage
                    # of several objects one is loaded: each stands beside the others
                    beside = value._replace(stage=stage, guards=(*guards, *value.guards), how="add" if len(targets) > 1 else value.how)
                    one = _Set(function, site.call.line, beside)
                    if is_for_development(target):
                        self._development.append(one)
                    else:
                        yield one
