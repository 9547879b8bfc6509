"""Objects of the project that a library serves with: their methods are called by it, and they live as long as the process."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

from statelint.program.names.nodes import Instance
from statelint.program.routing.points import PUBLIC_PARTS
from statelint.survey.summary import Call, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.program.calls.callgraph import CallGraph
    from statelint.program.names.nodes import Class, Function
    from statelint.program.names.resolver import Resolver
    from statelint.program.routing.points import PointBook
    from statelint.program.vocabulary import Vocabulary

_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+")


class LibraryObjects:
    """Finds the objects that libraries are handed to serve with, and those that routes hand to their handlers."""

    def __init__(
        self, resolver: Resolver, vocabulary: Vocabulary, graph: CallGraph, functions: Sequence[Function], book: PointBook
    ) -> None:
        """Take the functions to look through, and the book that collects what is found."""
        self._resolver = resolver
        self._vocabulary = vocabulary
        self._graph = graph
        self._functions = functions
        self._book = book

    def find(self) -> None:
        """Add methods that a library may call to the entry points, and note the objects that live on."""
        self._objects()
        self._route_arguments()

    def _route_arguments(self) -> None:
        """What a route hands to `initialize` is the application's, and the same for every request."""
        for given in (given for given in self._graph.route_arguments if given.function.module.part in PUBLIC_PARTS):
            function = given.function
            for entity in self._resolver.value(function, given.value).objects:
                if isinstance(entity, Instance):
                    self._book.hold(entity.cls, function.module, function.summary.line, "a route of the application")

    def _objects(self) -> None:
        """What extends a library's class and is handed to that library: it may call the methods, nothing says when."""
        modules = {function.module for function in self._functions}
        bases = {base for module in modules for cls in module.classes.values() for base in cls.external_bases}
        serving = {base for base in bases if self._is_for_serving(base)}
        packages = {base.partition(".")[0] for base in serving}
        for name in sorted(name for name in self._graph.library_calls if name.partition(".")[0] in packages):
            package = name.partition(".")[0]
            for call in self._graph.library_calls[name]:
                if call.function.module.part in PUBLIC_PARTS:
                    for cls in self._instances(call.function, call.site.call):
                        if any(base in serving and base.partition(".")[0] == package for base in cls.external_bases):
                            self._methods(cls, package)
                            if not self._book.serves(call.function):
                                self._book.hold(cls, call.function.module, call.site.call.line, f"{package}, which it is handed to")

    def _is_for_serving(self, base: str) -> bool:
        package, _, name = base.partition(".")
        last = {word.lower() for word in _WORD.findall(name.rpartition(".")[2])}
        return bool(name) and package not in sys.stdlib_module_names and bool(last & self._vocabulary.words("serving-base"))

    def _instances(self, function: Function, call: Call) -> Iterator[Class]:
        for expr in (*call.args, *(value for _, value in call.keywords)):
            if isinstance(expr, (Ref, Call)):
                yield from (entity.cls for entity in self._resolver.value(function, expr).objects if isinstance(entity, Instance))

    def _methods(self, cls: Class, package: str) -> None:
        for one in cls.lineage:
            for method in one.methods.values():
                last = method.name.rpartition(".")[2]
                if not last.startswith("_") and cls.find_method(last) is method and not self._graph.callers.get(method):
                    self._book.guess(method, f"{package} calls {cls.name}.{last}")
