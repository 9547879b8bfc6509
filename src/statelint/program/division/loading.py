"""What a process loads: the modules that its first ones import, directly or inside functions that run, and what these call."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.program.names.link import absolute_module
from statelint.survey.summary import Call, Const, Display, Either

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.calls.callgraph import CallGraph
    from statelint.program.names.nodes import Function, Module
    from statelint.program.names.resolver import Resolver
    from statelint.survey.summary import Expr, ImportedName


class Loaded(NamedTuple):
    """What a process has in memory, and what of it may run."""

    modules: frozenset[Module]
    functions: frozenset[Function]


class Loader:
    """Follows imports and calls together: an import inside a function counts where something leads to the function.

    What a string names is taken as imported, with all modules beside it where that is a package: frameworks find them by themselves. A
    guessed call leads nowhere, and no call leads into a module that nothing imports, whatever an object might be elsewhere.
    """

    def __init__(self, resolver: Resolver, graph: CallGraph) -> None:
        self._resolver = resolver
        self._graph = graph
        self._imports: dict[Function, tuple[Module, ...]] = {}

    def load(self, starts: Iterable[Function]) -> Loaded:
        """Return what is loaded where these functions run."""
        modules: dict[Module, None] = {}
        functions: dict[Function, None] = {}
        waiting: dict[Module, list[Function]] = {}
        pending = list(starts)
        for module in dict.fromkeys(function.module for function in pending):
            self._enter(module, modules, pending)
        while pending:
            function = pending.pop()
            if function in functions:
                continue
            functions[function] = None
            for module in self.imported(function):
                for one in self._enter(module, modules, pending):
                    pending += waiting.pop(one, ())
            for edge in self._graph.edges.get(function, ()):
                if edge.kind != "guess" and edge.callee not in functions:
                    if edge.callee.module in modules:
                        pending.append(edge.callee)
                    else:
                        waiting.setdefault(edge.callee.module, []).append(edge.callee)
        return Loaded(frozenset(modules), frozenset(functions))

    def imported_with(self, start: Module) -> frozenset[Module]:
        """Return the modules that importing one imports, without what happens when something is called."""
        modules: dict[Module, None] = {}
        pending: list[Function] = []
        self._enter(start, modules, pending)
        for body in pending:  # grows while it is gone through
            for module in self.imported(body):
                self._enter(module, modules, pending)
        return frozenset(modules)

    def _enter(self, module: Module, modules: dict[Module, None], pending: list[Function]) -> list[Module]:
        """Load a module and the packages around it; return those that were not loaded before."""
        new = []
        name = module.name
        while name:
            one = module if name == module.name else self._resolver.module(name)
            if one is not None and one not in modules and one.part != "test":
                modules[one] = None
                pending.append(one.body)
                new.append(one)
            name = name.rpartition(".")[0]
        return new

    def imported(self, function: Function) -> tuple[Module, ...]:
        """Return the modules that a function imports when it runs, and those that its strings name."""
        known = self._imports.get(function)
        if known is None:
            known = self._imports[function] = tuple(dict.fromkeys(self._imported(function)))
        return known

    def _imported(self, function: Function) -> Iterator[Module]:
        module = function.module
        stars = module.stars if function.is_body else ()
        for one in (*(one for named in function.imports.values() for one in named), *stars):
            if one.how != "type-checking":
                yield from self._named(module, one)
        for text in _texts(function):
            target = self._resolver.module(text.partition(":")[0]) or self._resolver.module(text.rpartition(".")[0])
            if target is not None:
                yield target
                if target.is_package and text == target.name:
                    yield from self._resolver.modules_in(target)

    def _named(self, module: Module, one: ImportedName) -> Iterator[Module]:
        name = absolute_module(module, one)
        for dotted in (name, f"{name}.{one.attr}") if one.attr else (name,):
            target = self._resolver.module(dotted)
            if target is not None:
                yield target


def _texts(function: Function) -> Iterator[str]:
    """Yield the strings of a function that may name a module; those in a list need no dot."""
    summary = function.summary
    for site in summary.calls:
        yield from _texts_in(site.call)
    for binding in summary.bindings:
        yield from _texts_in(binding.value)
    if function.is_body:
        for cls in function.module.classes.values():
            for binding in cls.summary.bindings:
                yield from _texts_in(binding.value)


def _texts_in(expr: Expr, *, listed: bool = False) -> Iterator[str]:
    match expr:
        case Const(value=str(text)):
            if listed or "." in text or ":" in text:
                yield text
        case Display():
            for item in (*expr.keys, *expr.items):
                yield from _texts_in(item, listed=True)
        case Either():
            for option in expr.options:
                yield from _texts_in(option, listed=listed)
        case Call():
            for value in (*expr.args, *(value for _, value in expr.keywords)):
                yield from _texts_in(value)
        case _:
            pass
