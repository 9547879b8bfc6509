"""Settings as the frameworks read them, by dotted path: Django modules, application configuration, configuration classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.evaluation.evaluator import Evaluator
from statelint.program.names.mappings import HIDDEN, parts_of
from statelint.program.settings.app_config import ApplicationConfig
from statelint.program.settings.assignments import Assignments, SettingValue, mentions, undecided
from statelint.program.settings.dynaconf import readers
from statelint.program.settings.options import Options
from statelint.program.settings.settings_modules import SettingsModules
from statelint.program.settings.stages import development_arm
from statelint.survey.conditions import negated
from statelint.survey.summary import Call, Const, Display, Either, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from statelint.model import KnownVariable
    from statelint.program.calls.callgraph import CallGraph
    from statelint.program.names.nodes import Class, Function, Module
    from statelint.program.names.resolver import Resolver
    from statelint.program.settings.dynaconf import Opaque
    from statelint.survey.summary import Expr, Guard

__all__ = ["SettingText", "SettingValue", "Settings", "development_arm"]

_MODULE_VARIABLE: Final = "DJANGO_SETTINGS_MODULE"
_PROJECT_SETTINGS: Final = ("INSTALLED_APPS", "ROOT_URLCONF", "DATABASES", "SECRET_KEY")
"""A Django project sets some of them."""
_CONFIGURATIONS: Final = frozenset({"configurations.Configuration", "configurations.base.Configuration"})

_MOST_STEPS: Final = 6
"""How far from a setting a string may stand that is a part of it."""


class SettingText(NamedTuple):
    """A string inside a setting."""

    text: str
    module: Module
    line: int


class Settings:
    """Every setting of the project, from wherever it is set.

    `environment` is what the deployment sets: its variables choose the settings module and replace defaults.
    """

    def __init__(
        self,
        modules: Mapping[str, Module],
        resolver: Resolver,
        graph: CallGraph,
        classes: Sequence[Class],
        environment: Mapping[str, KnownVariable],
    ) -> None:
        self._modules = modules
        self._resolver = resolver
        self._graph = graph
        self._classes = classes
        self._files = SettingsModules(modules)
        self.options = Options(graph, resolver)
        self.evaluator = Evaluator(resolver, resolver.vocabulary, self, environment)
        self._application = ApplicationConfig(modules, self._files, resolver, self._texts)
        self._configured: dict[str, list[SettingValue]] = {}
        self._sheets: list[dict[str, list[SettingValue]]] = []
        self._open: frozenset[int] = frozenset()
        """Numbers of the sheets of which production loads one, and nothing says which."""
        self._everything: dict[str, list[SettingValue]] | None = None
        self._configured = self._application.collect()
        self.evaluator.memo.forget()  # what was asked meanwhile knew no settings
        self._sheets = self._collected()
        self.evaluator.memo.forget()

    @property
    def opaque(self) -> Sequence[Opaque]:
        """Places where settings are read from something that is not code."""
        return self._opaque()

    def _opaque(self) -> list[Opaque]:
        self._in_application()
        return [*self._application.opaque, *readers(self._graph)]

    def hidden(self, name: str, framework: str = "") -> str:
        """Say why a setting that no code sets may be set all the same; "" where it is not."""
        if framework == "django" and not any(self._values(head) for head in _PROJECT_SETTINGS):
            return "the settings of the Django project that installs this are not here"
        self._in_application()
        for place in self._opaque():
            if place.hides and not self._values(name.partition(".")[0]):
                return f"{place.reason} ({place.module.path}:{place.line})"
        return ""

    def variable_for(self, name: str) -> str:
        """Return the environment variable by which `from_prefixed_env` or Dynaconf sets a setting, "" where nothing reads it."""
        prefix = next((place.prefix for place in self._opaque() if place.prefix), "")
        return f"{prefix}{name.replace('.', '__')}" if prefix else ""

    def lookup(self, dotted: str) -> Sequence[SettingValue]:
        """Return the values of a setting that count: those in force in production.

        `dotted` reaches into mappings and lists: `CACHES.default.BACKEND`, with `*` for any key.
        """
        return self.evaluator.memo.gathered(("setting", dotted), lambda: self._find(dotted))

    def members(self, value: SettingValue) -> Iterator[SettingValue]:
        """Yield each member of a setting that is a list; the setting itself where it is none or cannot be followed."""
        parts = parts_of(value.part, self._resolver)
        if parts is None:
            yield value
        for part in parts or ():
            yield value._replace(expr=part.expr, function=part.function, line=part.line, keys=part.keys)

    def is_set(self, dotted: str) -> bool:
        """Whether anything sets it, whatever the stage."""
        head = dotted.partition(".")[0]
        return head in self._in_application() or any(value.name.partition(".")[0] == head for value in self._files.all_values())

    def strings(self, name: str) -> Iterator[SettingText]:
        """Yield every string inside a setting, following names and concatenations, whatever the stage."""
        head = name.partition(".")[0]
        if self._everything is None:
            self._everything = {}
            for value in self._files.all_values(self._named_modules()[0]):
                self._everything.setdefault(value.name.partition(".")[0], []).append(value)
        seen: set[SettingText] = set()
        for value in (*self._in_application().get(head, ()), *self._everything.get(head, ())):
            for text in self._strings(value.function, value.expr, value.module, value.line):
                if text not in seen:
                    seen.add(text)
                    yield text

    def texts(self) -> Iterator[SettingText]:
        """Yield every string inside the settings that count in production."""
        heads = {name.partition(".")[0] for sheet in (*self._in_force(), self._in_application()) for name in sheet}
        for head in sorted(heads):
            for value in (value for value in self._values(head) if not value.choice):
                yield from self._strings(value.function, value.expr, value.module, value.line)

    # -- what counts

    def _find(self, dotted: str) -> Iterator[SettingValue]:
        head, _, rest = dotted.partition(".")
        keys = rest.split(".") if rest else []
        reached: list[SettingValue] = []
        for value in self._values(head):
            given = value.name.split(".")[1:]
            if len(given) > len(keys) or any(wanted not in ("*", key) for key, wanted in zip(given, keys, strict=False)):
                continue
            if given and value.how == "=" and not value.choice and not mentions(value.expr, value.name):  # a key that is replaced later
                reached = [known for known in reached if known.name != value.name and not known.name.startswith(f"{value.name}.")]
            reached.extend(self._inside(value, keys[len(given) :]))
        seen: set[tuple[str, int, tuple[str, ...]]] = set()
        for found in reached:
            place = (found.function.module.path, found.line, (*found.keys, found.name))
            if place not in seen:
                seen.add(place)
                yield found._replace(choice=found.choice or found.decider)

    def _values(self, head: str) -> list[SettingValue]:
        """Return the live values of a setting and of the keys below it that are set later."""
        found: list[SettingValue] = []
        alternatives: list[list[SettingValue]] = []
        for number, sheet in enumerate(self._in_force()):
            kept = [value for name, values in sheet.items() if name == head or name.startswith(f"{head}.") for value in values]
            live = self._live([value for value in kept if value.stage != "development"])
            if number in self._open:
                alternatives.append(live)
            else:
                found.extend(live)
        found.extend(undecided(alternatives, _MODULE_VARIABLE))
        for name, values in self._in_application().items():
            if name == head or name.startswith(f"{head}."):
                for stage in ("production", "base"):
                    chosen = [value for value in values if value.stage == stage]
                    if chosen:
                        found.extend(self._live(chosen))
                        break
        firm = [value for value in found if value.how != "default"]
        return firm or found

    def _live(self, values: list[SettingValue]) -> list[SettingValue]:
        """Drop what its conditions switch off, and what a later value that surely runs replaces."""
        live: list[SettingValue] = []
        for value in values:
            outcome = self.evaluator.outcome(value.guards, value.function, value.line)
            if outcome.holds is False:
                continue
            last = value.guards[-1] if value.guards else None
            same = [known.name == value.name or known.name.startswith(f"{value.name}.") for known in live]
            first = 0
            if last is not None and value.how == "=" and outcome.holds:
                first = len(live)
            elif last is not None and last.kind == "else":  # both arms are here: what stood before them is replaced
                first = next((index for index, known in enumerate(live) if same[index] and _is_other_arm(known.guards, last)), 0)
            live = [known for index, known in enumerate(live) if not same[index] or index >= first]
            live.append(value._replace(variable=outcome.variable, choice=outcome.text))
        return live

    def _inside(self, value: SettingValue, keys: list[str]) -> Iterator[SettingValue]:
        """Follow keys into a mapping; what cannot be looked into is opaque."""
        if not keys:
            yield value
            return
        parts = parts_of(value.part, self._resolver)
        if parts is None:
            if isinstance(value.expr, (Call, Ref)):
                yield value._replace(name=".".join((value.name, *keys)), opaque=True)
            return
        known = {part.key for part in parts}
        for part in parts:
            inner = value._replace(expr=part.expr, function=part.function, line=part.line, keys=part.keys, guards=part.guards)
            if part.guards not in ((), value.guards):
                outcome = self.evaluator.outcome(part.guards, part.function, part.line)
                if outcome.holds is False:
                    continue
                inner = inner._replace(variable=outcome.variable or value.variable, choice=outcome.text or value.choice)
            if part.key == HIDDEN and keys[0] not in known:
                yield inner._replace(name=".".join((value.name, *keys)), opaque=True)
            elif part.key != HIDDEN and keys[0] in ("*", part.key):
                yield from self._inside(inner._replace(name=f"{value.name}.{part.key}"), keys[1:])

    # -- collecting

    def _in_application(self) -> dict[str, list[SettingValue]]:
        return self._configured

    def _in_force(self) -> list[dict[str, list[SettingValue]]]:
        """The settings modules that production loads, and django-configurations' classes."""
        return self._sheets

    def _collected(self) -> list[dict[str, list[SettingValue]]]:
        named, decisive = self._named_modules()
        loaded = self._application.loaded
        modules = self._files.sheets(named, decisive=decisive)
        kept = [(module, sheet) for module, sheet in modules if module not in loaded or "ROOT_URLCONF" in sheet.values]
        found = [sheet.values for _, sheet in kept]
        self._open = frozenset(number for number, (module, _) in enumerate(kept) if module in _alternatives(kept))
        classes = [cls for cls in self._classes if _CONFIGURATIONS & set(cls.external_bases) and cls.module.part != "test"]
        for target in self._application.best(cls for cls in classes if not cls.subclasses):
            sheet = Assignments()
            for value in self._application.values_of(target):
                sheet.put(value)
            found.append(sheet.values)
        return found

    def _named_modules(self) -> tuple[list[str], bool]:
        """What `DJANGO_SETTINGS_MODULE` is set to, and whether the deployment says so."""
        given = self.evaluator.environment.get(_MODULE_VARIABLE)
        if given is not None and given.value:
            return [given.value], True
        found: dict[bool, list[str]] = {True: [], False: []}
        for call in self._graph.library_calls.get("os.environ.setdefault", ()):
            args = call.site.call.args
            if len(args) == 2 and args[0] == Const(_MODULE_VARIABLE) and call.function.module.part != "test":
                found[call.function.module.part == "app"] += self._texts(call.function, args[1])
        for module in self._modules.values():
            for function in module.functions.values() if module.part != "test" else ():
                for write in function.summary.writes:
                    if write.target.endswith(f"environ[{_MODULE_VARIABLE}]"):
                        found[module.part == "app"] += self._texts(function, write.value)
        return found[True] or found[False], False

    # -- strings

    def _texts(self, function: Function, expr: Expr) -> list[str]:
        values = self.evaluator.values(function, expr)
        return [value.const for value in values if value.kind == "const" and isinstance(value.const, str)]

    def _strings(self, function: Function, expr: Expr, module: Module, line: int) -> Iterator[SettingText]:
        """Yield the strings that a value is made of, and through the names in it those that lie a few steps away."""
        level = [(function, expr)]
        seen: set[tuple[Function, int]] = set()
        for _ in range(_MOST_STEPS):
            further: list[tuple[Function, Expr]] = []
            for scope, part in level:
                if (scope, id(part)) in seen:
                    continue
                seen.add((scope, id(part)))
                if isinstance(part, Const) and isinstance(part.value, str):
                    yield SettingText(part.value, module, line)
                further += [(scope, inner) for inner in _inner(part)]
                if isinstance(part, Ref):
                    places = self._resolver.walk(scope, part.path).places
                    further += [pair for place in places for pair in self._resolver.values_of(place.location)[:4]]
            level = further


def _alternatives(sheets: Sequence[tuple[Module, Assignments]]) -> set[Module]:
    """Return the settings modules that stand in one folder, each with the settings of a whole project: one of them is loaded."""
    folders: dict[str, list[Module]] = {}
    for module, sheet in sheets:
        if any(name in sheet.values for name in _PROJECT_SETTINGS[:2]):
            folders.setdefault(module.path.rpartition("/")[0], []).append(module)
    return {module for modules in folders.values() if len(modules) > 1 for module in modules}


def _is_other_arm(guards: Iterable[Guard], otherwise: Guard) -> bool:
    """Whether code under some guards stands in the arm that an `else` belongs to."""
    return any(guard.kind == "if" and guard.line == otherwise.line and negated(guard.test) == otherwise.test for guard in guards)


def _inner(expr: Expr) -> tuple[Expr, ...]:
    """The expressions that one is made of."""
    match expr:
        case Display(items=items):
            return items
        case Call(args=args, keywords=keywords):
            return (*args, *(value for _, value in keywords))
        case Template(parts=parts):
            return parts
        case Either(options=options):
            return options
    return ()
