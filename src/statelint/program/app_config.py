"""Settings of an application object: `app.config[...]`, `from_object`, `from_mapping`, configuration classes."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.nodes import Class, Instance, Module
from statelint.program.resolve import split
from statelint.program.settings_modules import dotted_name, updated
from statelint.program.sheets import SettingValue, Sheet, guards_at, staged, text_of
from statelint.program.stages import stage_of_class, stage_of_module
from statelint.survey.summary import UNKNOWN, Call, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from statelint.program.nodes import Function
    from statelint.program.resolve import Resolver
    from statelint.program.stages import Stage
    from statelint.survey.summary import CallSite, Expr, Guard

    Texts = Callable[[Function, Expr], list[str]]
    """Gives the strings that an expression may be."""

_MAPPINGS: Final = frozenset({"update", "from_mapping", "setdefault", "update_config"})
_OBJECTS: Final = frozenset({"from_object", "from_pyfile", "load", "update_config", "load_from_object", "config_from_object"})
_OUTSIDE: Final = frozenset({"from_envvar", "from_file", "from_json", "from_toml", "from_yaml", "load_environment_vars"})
_APPLICATIONS: Final = frozenset({"app", "application", "current_app", "server", "web_app", "flask_app", "_app", "webapp"})
_CONFIG_MODULES: Final = frozenset({"config", "configs", "settings", "configuration", "conf", "default_config", "default_settings"})


class Opaque(NamedTuple):
    """A place where settings are read from something that is not code."""

    module: Module
    line: int
    reason: str
    prefix: str = ""
    """Environment variables that begin so set settings: `FLASK_`."""
    hides: bool = False
    """The settings are meant to stand there, so that their absence in code says nothing."""


class _Object(NamedTuple):
    """A configuration object that is loaded."""

    target: Class | Module
    function: Function
    line: int
    stage: Stage
    guards: tuple[Guard, ...]


class ApplicationConfig:
    """Collects what is set on application objects, function by function in the order of lines."""

    def __init__(self, modules: Mapping[str, Module], resolver: Resolver, texts: Texts) -> None:
        self._modules = modules
        self._resolver = resolver
        self._texts = texts
        self.opaque: list[Opaque] = []
        self.values: dict[str, list[SettingValue]] = {}
        self._objects: list[_Object] = []

    def collect(self) -> None:
        """Read every function of the project."""
        pending: list[tuple[Function, list[SettingValue]]] = []
        for module in sorted(self._modules.values(), key=lambda module: module.path):
            if module.part in ("script", "migration"):
                continue
            for function in module.functions.values():
                values = [*self._writes(function), *self._calls(function)]
                if values:
                    pending.append((function, values))
        for target in self._judged(self._objects):
            values = [value for value in self._of_object(target)]
            pending.append((target.function, values))
        by_function: dict[Function, list[SettingValue]] = {}
        for function, values in pending:
            by_function.setdefault(function, []).extend(values)
        for values in by_function.values():
            sheet = Sheet()
            for value in sorted(values, key=lambda value: self._order.get(id(value), value.line)):
                sheet.put(value)
            for name, kept in sheet.values.items():
                self.values.setdefault(name, []).extend(kept)
