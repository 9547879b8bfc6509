"""The whole program: everything the survey saw, linked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from statelint.limits import LimitLog
from statelint.program.calls.callgraph import CallGraph, CallGraphBuilder, functions_of
from statelint.program.calls.linking import link_flows
from statelint.program.evaluation.settings import Settings
from statelint.program.flow.feasibility import Feasibility
from statelint.program.flow.filling import Filling
from statelint.program.flow.paths import PathFlow
from statelint.program.flow.provenance import Provenance, roles_of
from statelint.program.flow.scratch import Scratch
from statelint.program.flow.uses import Uses
from statelint.program.lifetimes.cells import Cell, CellFinder
from statelint.program.lifetimes.escape import EscapeAnalysis
from statelint.program.names.flows import FlowTable
from statelint.program.names.hierarchy import link_classes
from statelint.program.names.link import aliases_of, link_modules
from statelint.program.names.nodes import ExternalValue
from statelint.program.names.resolver import Resolver
from statelint.program.reachability.first_use import FirstUse
from statelint.program.reachability.launch import daemons, launchers, main_loops
from statelint.program.reachability.reach import Context, Reachability, Route, is_main_guarded_line, reach_contexts
from statelint.program.routing.entrypoints import EntryPoint, EntryPointFinder, EntryPoints
from statelint.program.vocabulary import Vocabulary
from statelint.survey.summary import Const, Display

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from statelint.discover.files import SourceFile
    from statelint.model import KnownVariable
    from statelint.program.names.nodes import Class, Function, Module
    from statelint.rulebook.load import Rulebook
    from statelint.rulebook.schema import Role
    from statelint.survey.summary import ModuleSummary

_REQUESTED: Final = frozenset({"request", "websocket"})
_AROUND: Final = frozenset({"middleware", "error", "signal", "dependency"})
_NO_VARIABLES: Final[Mapping[str, KnownVariable]] = MappingProxyType({})


@dataclass(slots=True)
class _Parts:
    """What linking makes, before anything is asked."""

    modules: dict[str, Module]
    functions: list[Function]
    classes: list[Class]
    vocabulary: Vocabulary
    resolver: Resolver
    graph: CallGraph
    settings: Settings
    entry_points: EntryPoints
    reach: dict[Context, Reachability]
    lifetimes: EscapeAnalysis


class Program:
    """Answers questions about the linked project; knows neither rules nor concrete syntax."""

    def __init__(self, parts: _Parts) -> None:
        self.modules = parts.modules
        self.functions = parts.functions
        self.classes = parts.classes
        self.vocabulary = parts.vocabulary
        self.resolver = parts.resolver
        self.graph = parts.graph
        self.settings = parts.settings
        self.entry_points = parts.entry_points
        self.reach = parts.reach
        self.lifetimes = parts.lifetimes
        self.evaluator = parts.settings.evaluator

    def route_to(self, function: Function, context: Context = "serving") -> Route | None:
        """Return the shortest way from an entry point of this context to a function."""
        return self.reach[context].route(function)

    def seen_without(self, without: AbstractSet[Module], points: tuple[EntryPoint, ...]) -> Program:
        """Return the program as one of several that share what is linked: without some modules, entered at these points alone."""
        modules = {name: module for name, module in self.modules.items() if module not in without}
        functions = [function for function in self.functions if function.module not in without]
        classes = [cls for cls in self.classes if cls.module not in without]
        graph = self.graph.seen_without(without)
        entry_points = self.entry_points.seen_without(without, points)
        reach = _reached(modules, functions, graph, entry_points, lifetimes=self.lifetimes, resolver=self.resolver)
        parts = (modules, functions, classes, self.vocabulary, self.resolver, graph, self.settings, entry_points, reach, self.lifetimes)
        return Program(_Parts(*parts))

    def in_environment(self, environment: Mapping[str, KnownVariable]) -> Program:
        """Return the program as it is with other variables: the names, calls and entry points are those of this one."""
        settings = Settings(self.modules, self.resolver, self.graph, self.classes, environment)
        parts = (self.modules, self.functions, self.classes, self.vocabulary, self.resolver, self.graph, settings)
        return Program(_Parts(*parts, self.entry_points, self.reach, self.lifetimes))

    @cached_property
    def cells(self) -> list[Cell]:
        """Every place that outlives a request and is written."""
        finder = CellFinder(self.resolver, self.vocabulary, self.lifetimes, self.entry_points, self.graph)
        return finder.find(self.functions)

    @cached_property
    def _roles(self) -> dict[Function, frozenset[Role]]:
        return roles_of((point.function, point.role) for point in self.entry_points.points)

    @cached_property
    def requested(self) -> frozenset[Function]:
        """What requests lead to, without what background work alone does."""
        points = self.entry_points.points
        waves = [[point for point in points if point.role in _REQUESTED], [point for point in points if point.role in _AROUND]]
        return frozenset(Reachability(self.graph, waves).functions())

    @cached_property
    def uses(self) -> Uses:
        """What depends on values."""
        return Uses(self.resolver, self.graph, self._roles, {cell.location: cell for cell in self.cells})

    @cached_property
    def provenance(self) -> Provenance:
        """Where values come from."""
        return Provenance(self.resolver, self._roles, {cell.location: cell.writes for cell in self.cells})

    @cached_property
    def feasibility(self) -> Feasibility:
        """Which branches no request takes."""
        entries = frozenset(point.function for point in self.entry_points.points)
        return Feasibility(self.resolver, self.graph, self.reach["serving"], entries)

    @cached_property
    def paths(self) -> PathFlow:
        """Where the paths of files come from."""
        return PathFlow(self.resolver)

    @cached_property
    def filling(self) -> Filling:
        """Which places are derived on demand."""
        handlers = frozenset(point.function for point in self.entry_points.points)
        return Filling(self.resolver, self.graph, self.reach["serving"], handlers)

    @cached_property
    def scratch(self) -> Scratch:
        """Which places are written anew before each use."""
        return Scratch(self.graph, self.reach["serving"], [point.function for point in self.entry_points.points])

    @cached_property
    def imported_packages(self) -> frozenset[str]:
        """Top-level names of the library packages that the serving code imports."""
        return frozenset(
            imported.module.partition(".")[0]
            for function in self.functions
            if function.module.part not in ("test", "script")
            for imported in function.summary.imports
            if imported.level == 0 and imported.module
        ) | frozenset(star.module.partition(".")[0] for module in self.modules.values() for star in module.stars if not star.level)

    @cached_property
    def frameworks(self) -> tuple[str, ...]:
        """Names of the web frameworks in use."""
        known = self.vocabulary.frameworks
        return tuple(sorted({known[name].name for name in self.imported_packages if name in known and known[name].web}))


def build_program(
    files: Iterable[tuple[SourceFile, ModuleSummary]],
    book: Rulebook,
    entry_points: Sequence[str] = (),
    *,
    environment: Mapping[str, KnownVariable] = _NO_VARIABLES,
) -> Program:
    """Link the summaries of a project; `environment` is what the deployment sets."""
    files = list(files)
    vocabulary = Vocabulary(book)
    copies = {source.module: package for source, summary in files if (package := _vendored(source, summary, vocabulary))}
    files = [(source, summary) for source, summary in files if source.module not in copies]
    modules = link_modules(files)
    limits = LimitLog()
    flows = FlowTable(limits)
    aliases = aliases_of((source for source, _ in files), modules)
    resolver = Resolver(
        modules, vocabulary, flows, limits, aliases=aliases, copies=copies, strings=_named_strings(modules, {*modules, *aliases})
    )
    functions = functions_of(modules)
    classes = [cls for module in sorted(modules.values(), key=lambda m: m.path) for cls in module.classes.values()]
    link_classes(classes, resolver)
    resolver.forget_all()  # what was asked before the hierarchy was known
    live = [function for function in functions if function.module.part != "test"]  # what tests call says nothing of production
    link_flows(live, classes, resolver, flows)
    graph = CallGraphBuilder(live, resolver, vocabulary).build()
    settings = Settings(modules, resolver, graph, classes, environment)
    points = EntryPointFinder(resolver, vocabulary, graph, functions).find(classes, settings, entry_points)
    lifetimes = EscapeAnalysis(resolver, vocabulary, points)
    lifetimes.find(sorted(modules.values(), key=lambda m: m.path), functions)
    reach = _reached(modules, functions, graph, points, lifetimes=lifetimes, resolver=resolver)
    return Program(_Parts(modules, functions, classes, vocabulary, resolver, graph, settings, points, reach, lifetimes))


def _reached(
    modules: Mapping[str, Module],
    functions: Sequence[Function],
    graph: CallGraph,
    points: EntryPoints,
    *,
    lifetimes: EscapeAnalysis,
    resolver: Resolver,
) -> dict[Context, Reachability]:
    """Search from the entry points, from what makes the application and from what starts a server."""
    commands = frozenset(point.function for point in points.points if point.role == "command")
    launched = launchers(functions, graph, resolver)
    started = (
        *points.points,
        *_uncalled_factories(graph, resolver, commands),
        *launched,
        *daemons(functions, launched),
        *main_loops(launched, graph),
    )
    first_use = FirstUse(resolver, graph, lifetimes)
    ordered = [modules[name] for name in sorted(modules)]
    return reach_contexts(graph, started, ordered, lambda serving: first_use.edges(functions, serving.__contains__), commands)


def _uncalled_factories(graph: CallGraph, resolver: Resolver, commands: AbstractSet[Function]) -> list[EntryPoint]:
    """Functions that make the application, themselves or by others, and that only a server or a script calls: when it starts.

    A command that makes the application to work with it, `reset-db` for example, is none, nor is what it calls for that; a function
    that commands call and that gives them the application may be what a server is told to call, too.
    """
    found: dict[Function, EntryPoint] = {}
    pending = [call.function for name in sorted(resolver.vocabulary.applications) for call in graph.library_calls.get(name, ())]
    seen: set[Function] = set()
    for function in pending:  # grows while it is gone through
        if function in seen or function in commands or function.is_body or function.module.part not in ("app", "settings"):
            continue
        seen.add(function)
        called = [edge for edge in graph.callers.get(function, ()) if edge.kind == "call"]
        callers = [edge for edge in called if edge.caller not in commands]
        inside = [edge.caller for edge in callers if not edge.caller.is_body]
        is_for_commands = len(called) > len(callers) and not _gives_application(function, resolver)
        if not inside and not is_for_commands and all(is_main_guarded_line(edge.caller, edge.line) for edge in callers):
            found[function] = EntryPoint(function, "startup", "application factory")
        pending += inside
    return sorted(found.values(), key=lambda point: (point.function.module.path, point.function.summary.line))


def _gives_application(function: Function, resolver: Resolver) -> bool:
    returned = resolver.returned(function).objects
    return any(isinstance(one, ExternalValue) and resolver.vocabulary.is_application(one.name, is_made=True) for one in returned)


def _vendored(source: SourceFile, summary: ModuleSummary, vocabulary: Vocabulary) -> str:
    """Return the library that a file is a copy of: named like a framework's package, and defining its application class."""
    name = source.module.rpartition(".")[2]
    if name not in vocabulary.frameworks:
        return ""
    made = {cls.name for cls in summary.classes}
    return name if any(f"{name}.{cls}" in vocabulary.applications for cls in made) else ""


def _named_strings(modules: Mapping[str, Module], names: set[str]) -> dict[str, list[str]]:
    """Index the strings that may name a module or class, by the name or key they are bound to."""
    known = {part for name in names for part in (name, name.rpartition(".")[2])}
    found: dict[str, list[str]] = {}
    for module in modules.values():
        if module.part == "test":
            continue
        bindings = [(name, b.value) for name, bound in module.body.locals.items() for b in bound]
        bindings += [(name, b.value) for cls in module.classes.values() for name, bound in cls.bindings.items() for b in bound]
        for name, value in bindings:
            pairs = [(name, value)]
            if isinstance(value, Display) and value.kind == "dict":
                pairs = [(str(key.value), item) for key, item in zip(value.keys, value.items, strict=False) if isinstance(key, Const)]
            for key, item in pairs:
                if isinstance(item, Const) and isinstance(item.value, str):
                    text = item.value
                    if text in known or text.rpartition(".")[0] in known or text.partition(":")[0] in known:
                        found.setdefault(key, []).append(text)
    return found
