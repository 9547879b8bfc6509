"""Settings as the frameworks read them: Django modules, Flask-style mappings, configuration classes."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.program.nodes import Class, Module
from statelint.program.resolve import split
from statelint.survey.summary import Call, Const, Display, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from statelint.program.callgraph import CallGraph
    from statelint.program.nodes import Function
    from statelint.program.resolve import Resolver
    from statelint.survey.summary import Guard

Stage = Literal["production", "base", "development"]
_DEVELOPMENT: Final = re.compile(r"(?:^|[._])(?:dev\w*|local\w*|test\w*|ci|debug|staging|example|sample|docs?)(?:$|[._])", re.IGNORECASE)
_PRODUCTION: Final = re.compile(r"(?:^|[._])(?:prod\w*|live|deploy\w*|heroku)(?:$|[._])", re.IGNORECASE)
_DEVELOPMENT_CLASS: Final = re.compile(r"^(?:Dev|Test|Local|Debug|CI|Unit|Staging)|(?:Dev|Development|Test|Testing|Local)(?:Config|Settings)?$")
_PRODUCTION_CLASS: Final = re.compile(r"^(?:Prod|Live|Deploy)|(?:Prod|Production)(?:Config|Settings)?$")
_DEBUG_TEST: Final = re.compile(r"\b(?:DEBUG|TESTING|IS_DEV\w*|DEV|DEVELOPMENT|IS_LOCAL|LOCAL|TEST|RUNNING_TESTS)\b|\bdebug\b|\btesting\b|pytest|['\"](?:dev|development|local|test|testing)['\"]|sys\.argv")
_NEGATED: Final = re.compile(r"^\s*not\b|!=|\bnot in\b")


class SettingValue(NamedTuple):
    """One place that sets a setting."""

    name: str
    expr: Expr
    function: Function
    """The scope to read the expression in."""
    module: Module
    line: int
    stage: Stage
    holder: str
    """The module or class that was judged."""


class SettingText(NamedTuple):
    """A string inside a setting."""

    text: str
    module: Module
    line: int


def development_arm(guards: Iterable[Guard]) -> bool:
    """Whether code under these guards runs in development or under tests only."""
    for guard in guards:
        if guard.kind in ("if", "else") and _DEBUG_TEST.search(guard.text):
            negated = bool(_NEGATED.search(guard.text))
            if negated == (guard.kind == "else"):
                return True
    return False


def stage_of_module(module: Module) -> Stage:
    """Tell production settings from development ones by the module's last names."""
    tail = ".".join(module.name.split(".")[-2:])
    if module.part == "test" or _DEVELOPMENT.search(tail):
        return "development"
    return "production" if _PRODUCTION.search(tail) else "base"


def stage_of_class(cls: Class) -> Stage:
    """Tell production configuration classes from development ones by name."""
    name = cls.name.rpartition(".")[2]
    if _DEVELOPMENT_CLASS.search(name) or cls.module.part == "test":
        return "development"
    return "production" if _PRODUCTION_CLASS.search(name) else "base"


class Settings:
    """Every setting of the project by dotted path, from wherever it is set."""

    def __init__(self, modules: Mapping[str, Module], resolver: Resolver, graph: CallGraph) -> None:
        self._modules = modules
        self._resolver = resolver
        self._values: dict[str, list[SettingValue]] = {}
        self.opaque: list[tuple[Module, int, str]] = []
        """Places where settings are read from somewhere that is not code: `from_envvar`, `from_prefixed_env`."""
        for module in sorted(modules.values(), key=lambda m: m.path):
            if module.part in ("settings", "app"):
                self._module(module)
        self._configured_objects(graph)
        for values in self._values.values():
            values.sort(key=lambda value: (value.module.path, value.line))

    def lookup(self, dotted: str) -> Sequence[SettingValue]:
        """Return the values of a setting that count: production's before the base's; a development value never counts.

        `dotted` reaches into mappings: `CACHES.default.BACKEND`, with `*` for any key.
        """
        head, _, rest = dotted.partition(".")
        found = [*self._inside(self._values.get(head, ()), rest)]
        for name, values in self._values.items():
            if name.startswith(f"{head}.") and rest:
                found.extend(self._assigned_below(name, values, dotted))
        for stage in ("production", "base"):
            chosen = [value for value in found if value.stage == stage]
            if chosen:
                return chosen
        return ()

    def is_set(self, dotted: str) -> bool:
        """Whether anything sets it, whatever the stage."""
        head = dotted.partition(".")[0]
        return head in self._values

    def strings(self, name: str) -> Iterator[SettingText]:
        """Yield every string inside a setting, following names and concatenations, whatever the stage."""
        for value in self._values.get(name.partition(".")[0], ()):
            yield from self._strings(value.function, value.expr, value.module, value.line, 0)

    def names(self) -> Iterable[str]:
        """Return every setting's name."""
        return self._values.keys()

    def _strings(self, function: Function, expr: Expr, module: Module, line: int, depth: int) -> Iterator[SettingText]:
        if depth > 5:
            return
        if isinstance(expr, Const) and isinstance(expr.value, str):
            yield SettingText(expr.value, module, line)
        elif isinstance(expr, Display):
            for item in expr.items:
                yield from self._strings(function, item, module, line, depth + 1)
        elif isinstance(expr, Call):
            for item in (*expr.args, *(value for _, value in expr.keywords)):
                yield from self._strings(function, item, module, line, depth + 1)
        elif isinstance(expr, Ref):
            for place in self._resolver.walk(function, expr.path).places:
                for scope, value in self._resolver.values_of(place.location)[:4]:
                    if value is not expr:
                        yield from self._strings(scope, value, module, line, depth + 1)
        elif hasattr(expr, "parts") or hasattr(expr, "options"):
            for part in getattr(expr, "parts", ()) or getattr(expr, "options", ()):
                yield from self._strings(function, part, module, line, depth + 1)

    # -- collecting

    def _add(self, name: str, expr: Expr, function: Function, line: int, stage: Stage, holder: str) -> None:
        self._values.setdefault(name, []).append(SettingValue(name, expr, function, function.module, line, stage, holder))

    def _module(self, module: Module) -> None:
        """Upper-case names of settings modules, and keys set below them later."""
        if module.part == "settings":
            stage = stage_of_module(module)
            guards = module.body.summary.guards
            for name, bindings in module.body.locals.items():
                if name.isupper():
                    for binding in bindings:
                        dev = development_arm(guards[index] for index in binding.guards)
                        self._add(name, binding.value, module.body, binding.line, "development" if dev else stage, module.name)
            for write in module.body.summary.writes:
                dotted = _keyed(write.target)
                if dotted and dotted.partition(".")[0].isupper() and write.how != "del":
                    dev = development_arm(guards[index] for index in write.guards)
                    self._add(dotted, write.value, module.body, write.line, "development" if dev else stage, module.name)
        for function in module.functions.values():
            for write in function.summary.writes:
                prefix, step = split(write.target)
                if step[:1] == "[" and len(step) > 2 and prefix.rpartition(".")[2] == "config":
                    dev = development_arm(function.summary.guards[index] for index in write.guards)
                    stage = "development" if dev else stage_of_module(module)
                    self._add(step[1:-1], write.value, function, write.line, stage, module.name)
                elif ".config[" in write.target and write.how != "del":
                    dotted = _keyed(write.target.partition(".config")[2].join(("config", "")))
                    if dotted:
                        self._add(dotted.partition(".")[2], write.value, function, write.line, stage_of_module(module), module.name)

    def _configured_objects(self, graph: CallGraph) -> None:
        """`app.config.from_object(...)`, `from_mapping(...)`, `update(...)` and what they name."""
        for name, calls in graph.library_calls.items():
            method = name.rpartition(".")[2]
            if ".config." not in f".{name}" and not name.endswith(("Config.update", "Config.from_object")):
                continue
            for call in calls:
                function, made = call.function, call.site.call
                dev = development_arm(function.summary.guards[index] for index in call.site.guards)
                stage: Stage = "development" if dev or function.module.part == "test" else stage_of_module(function.module)
                if method in ("update", "from_mapping", "setdefault"):
                    self._mapping(made, function, stage)
                elif method in ("from_object", "from_pyfile", "load", "update_config"):
                    for arg in made.args[:1]:
                        self._object(arg, function, stage)
                elif method in ("from_envvar", "from_prefixed_env", "from_file", "load_environment_vars"):
                    self.opaque.append((function.module, made.line, f"settings are also read by {method}()"))

    def _mapping(self, made: Call, function: Function, stage: Stage) -> None:
        if len(made.args) == 2 and isinstance(made.args[0], Const) and isinstance(made.args[0].value, str):
            self._add(made.args[0].value, made.args[1], function, made.line, stage, function.module.name)
        for key, value in made.keywords:
            if key.isupper():
                self._add(key, value, function, made.line, stage, function.module.name)
        for arg in made.args:
            scope, display = self._display(function, arg)
            if display is not None:
                for key_expr, item in zip(display.keys, display.items, strict=False):
                    if isinstance(key_expr, Const) and isinstance(key_expr.value, str):
                        self._add(key_expr.value, item, scope, made.line, stage, function.module.name)

    def _display(self, function: Function, expr: Expr) -> tuple[Function, Display | None]:
        if isinstance(expr, Display):
            return function, expr
        if isinstance(expr, Ref):
            for place in self._resolver.walk(function, expr.path).places:
                for scope, value in self._resolver.values_of(place.location):
                    if isinstance(value, Display):
                        return scope, value
        return function, None

    def _object(self, arg: Expr, function: Function, stage: Stage) -> None:
        """A class, an instance of one, a module, or a dotted string or file name that means one."""
        targets: list[object] = []
        if isinstance(arg, Const) and isinstance(arg.value, str):
            targets = list(self._named(arg.value, function.module))
        else:
            targets = list(self._resolver.value(function, arg).entities)
            if not targets and isinstance(arg, Ref):  # `configs[name]`: every class in the table is meant
                for place in self._resolver.walk(function, arg.path).places:
                    targets.extend(self._resolver.content(place.location).entities)
        for target in targets:
            cls = target if isinstance(target, Class) else getattr(target, "cls", None)
            if isinstance(target, Module):
                self._whole_module(target, stage)
            elif isinstance(cls, Class):
                self._whole_class(cls, stage)
        if not targets:
            self.opaque.append((function.module, getattr(arg, "line", function.summary.line), "settings come from an object that could not be followed"))

    def _named(self, text: str, near: Module) -> Iterator[object]:
        name = PurePosixPath(text).stem if text.endswith((".py", ".cfg")) else text
        package = near.name if near.is_package else near.name.rpartition(".")[0]
        for candidate in (name, f"{package}.{name}" if package else name):
            module = self._modules.get(candidate)
            if module is not None:
                yield module
                return
            head, _, attribute = candidate.rpartition(".")
            if head in self._modules:
                yield from self._resolver.walk(self._modules[head].body, attribute).entities

    def _whole_module(self, module: Module, stage: Stage) -> None:
        if module.part == "settings":
            return
        for name, bindings in module.body.locals.items():
            if name.isupper():
                for binding in bindings:
                    dev = development_arm(module.body.summary.guards[index] for index in binding.guards)
                    self._add(name, binding.value, module.body, binding.line, "development" if dev else stage, module.name)

    def _whole_class(self, cls: Class, stage: Stage) -> None:
        kind = stage_of_class(cls)
        if stage == "development":
            kind = "development"
        for ancestor in cls.lineage or [cls]:
            for name, bindings in ancestor.bindings.items():
                if name.isupper():
                    shadowed = any(value.holder == cls.name and value.name == name for value in self._values.get(name, ()))
                    if not shadowed:
                        self._add(name, bindings[-1].value, ancestor.scope, bindings[-1].line, kind, cls.name)

    # -- reaching into mappings

    def _inside(self, values: Iterable[SettingValue], rest: str) -> Iterator[SettingValue]:
        for value in values:
            if not rest:
                yield value
            else:
                yield from self._below(value, rest, 0)

    def _below(self, value: SettingValue, rest: str, depth: int) -> Iterator[SettingValue]:
        key, _, further = rest.partition(".")
        scope, display = self._display(value.function, value.expr)
        if display is None:
            if depth == 0 and isinstance(value.expr, (Call, Ref)):
                yield value._replace(name=f"{value.name}.?")
            return
        for key_expr, item in zip(display.keys, display.items, strict=False):
            if isinstance(key_expr, Const) and (key in ("*", key_expr.value)):
                inner = value._replace(expr=item, function=scope, name=f"{value.name}.{key_expr.value}", line=_line(item, value.line))
                if further:
                    yield from self._below(inner, further, depth + 1)
                else:
                    yield inner

    def _assigned_below(self, name: str, values: Iterable[SettingValue], dotted: str) -> Iterator[SettingValue]:
        """`LOGGING["handlers"]["file"] = {...}` answers `LOGGING.handlers.*.class`."""
        given, wanted = name.split("."), dotted.split(".")
        if len(given) > len(wanted) or any(a != b and b != "*" for a, b in zip(given, wanted, strict=False)):
            return
        rest = ".".join(wanted[len(given) :])
        yield from self._inside(values, rest)


def _line(expr: Expr, otherwise: int) -> int:
    return expr.line if isinstance(expr, Call) else otherwise


def _keyed(path: str) -> str:
    """Turn `CACHES[default][BACKEND]` into `CACHES.default.BACKEND`; "" where a key is not known."""
    keys: list[str] = []
    step = "?"
    while step:
        path, step = split(path)
        if step and (step[0] != "[" or len(step) == 2):
            return ""
        if step:
            keys.append(step[1:-1])
    return ".".join([path, *reversed(keys)]) if keys else ""


