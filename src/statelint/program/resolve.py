"""Resolve access paths and expressions to what they may stand for.

Flow-insensitive and demand-driven: a name stands for everything bound to it in its scope. Every answer is kept, so the
whole program costs about one step for each distinct path of each function. Sets are cut at a handful of entities.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from statelint.program.nodes import NOTHING, External, Made, View
from statelint.program.resolution import contents, members, names, results, special_calls
from statelint.program.resolution.views import union
from statelint.survey.summary import Call, Either, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.program.nodes import Class, Function, Location, Module, Values
    from statelint.program.vocabulary import Vocabulary

_KEYED_READS: Final = frozenset({".get", ".setdefault", ".pop"})
_PATHS: Final = ("pathlib.", "anyio.Path")
_SETTINGS: Final = "django.conf.settings."


@lru_cache(maxsize=200_000)
def split(path: str) -> tuple[str, str]:
    """Split the last step off an access path: `a.b()` is (`a.b`, `()`); the head alone is (head, "")."""
    if path.endswith("()"):
        cut = len(path) - 2
    elif path.endswith("]"):
        cut = path.find("[", path.rfind("]", 0, -1) + 1)
    else:
        cut = path.rfind(".")
        if cut == len(path) - 1 or any(mark in path[cut:] for mark in "[]()"):
            cut = 0
    return (path[:cut], path[cut:]) if cut > 0 else (path, "")


class Resolver:
    """Answers what a path stands for in a function."""

    def __init__(
        self,
        modules: Mapping[str, Module],
        vocabulary: Vocabulary,
        aliases: Mapping[str, Module] | None = None,
        copies: Mapping[str, str] | None = None,
    ) -> None:
        self.modules = modules
        self._aliases = aliases or {}
        self.copies = copies or {}
        """Modules that are copies of a library, by dotted name, and the library."""
        self.vocabulary = vocabulary
        self.arguments: dict[Function, dict[str, list[tuple[Function, Expr]]]] = {}
        """What callers hand to each parameter; filled by the call graph."""
        self.decorated: dict[Function, list[tuple[Function, str]]] = {}
        """What each decorator of the project decorates, by name and scope: all of it; filled by the call graph."""
        self.contents: dict[Location, list[tuple[Function, Expr]]] = {}
        """What is put into a container after it was made; filled by the state analysis."""
        self.bag_values: dict[str, list[tuple[Function, Expr]]] = {}
        """What is assigned below the application object, by key."""
        self.named_strings: dict[str, list[str]] = {}
        """Strings by the name or key that they are bound to, for imports by name."""
        self.trusts_names = True
        """Whether a parameter that nothing else is known of is taken for what its name says: `request`, `app`."""
        self.fields: dict[tuple[Class, str], list[tuple[Function, Expr]]] = {}
        """What constructors of classes without `__init__` (dataclasses, models) are handed for a field."""
        self._externals: dict[str, External] = {}
        self._made: dict[str, Made] = {}
        self._views: dict[tuple[Function, str], View] = {}
        self.returns: dict[Function, View] = {}
        self.scoped: dict[tuple[Function, str], View] = {}
        """What names stand for in their own scope, for every function that sees them from inside."""
        self.busy: set[object] = set()
        """What is being resolved right now: asked for again, it adds nothing."""
        self._loading = vocabulary.words("loading-call")

    # -- entities

    def external(self, name: str) -> External:
        """Return the one node for a library name, whichever of its import paths is given."""
        node = self._externals.get(name)
        if node is None:
            known = self.vocabulary.canonical(name)
            node = self._externals[name] = External(name) if known == name else self.external(known)
        return node

    def made(self, name: str) -> Made:
        """Return the one node for what calling a library name gives."""
        node = self._made.get(name)
        if node is None:
            known = self.vocabulary.canonical(name)
            node = self._made[name] = Made(name) if known == name else self.made(known)
        return node

    def module(self, name: str) -> Module | None:
        """Return the module that a dotted name reaches."""
        return self.modules.get(name) or self._aliases.get(name)

    def forget(self) -> None:
        """Drop every answer."""
        self._views.clear()
        self.scoped.clear()
        self.returns.clear()

    def forget_unresolved(self) -> None:
        """Drop empty answers: more is known of parameters and containers now."""
        self._views = {key: view for key, view in self._views.items() if view.entities}
        self.scoped = {key: view for key, view in self.scoped.items() if view.entities}
        self.returns = {function: view for function, view in self.returns.items() if view.entities}

    # -- paths and expressions

    def walk(self, function: Function, path: str) -> View:
        """Resolve an access path as seen from a function."""
        key = (function, path)
        known = self._views.get(key)
        if known is not None:
            return known
        if key in self.busy:
            return NOTHING
        self.busy.add(key)
        prefix, step = split(path)
        view: View | None = None
        if not step:
            view = names.named(self, function, prefix)
        elif step[0] == "[" and prefix.endswith("()"):
            view = results.part_of_result(self, function, prefix[:-2], step[1:-1])
        if view is None:
            view = self.step(self.walk(function, prefix), step, function)
        self.busy.discard(key)
        self._views[key] = view
        return view

    def step(self, view: View, step: str, function: Function) -> View:
        """Take one step from what a path stands for: a call `()`, an attribute `.name`, or an item `[key]`."""
        if step == "()":
            return results.call_result(self, view, function)
        if step[0] == ".":
            return members.attribute(self, view, step[1:])
        return results.item(self, view, step[1:-1])

    def value(self, function: Function, expr: Expr | None) -> View:
        """Resolve an expression."""
        if isinstance(expr, Ref):
            return self.walk(function, expr.path)
        if isinstance(expr, Call):
            return self._called(function, expr)
        if isinstance(expr, Either):
            return union(self.value(function, option) for option in expr.options)
        if isinstance(expr, Template) and expr.parts and not expr.head:  # `FOLDER / name` is a path as `FOLDER` is
            first = self.value(function, expr.parts[0]).entities
            if any(isinstance(e, External) and e.name.startswith(_SETTINGS) for e in first):
                return View((self.made("pathlib.Path"),))  # `settings.BASE_DIR / name`, or a text: nothing looks for that
            return View(tuple(e for e in first if isinstance(e, Made) and e.name.startswith(_PATHS)))
        return NOTHING

    def _called(self, function: Function, call: Call) -> View:
        prefix, step = split(call.func)
        kept = special_calls.from_application(self, function, call, prefix) if step in _KEYED_READS else None
        if kept is not None:
            return kept
        callee = self.walk(function, call.func)
        found = special_calls.loaded(self, function, call) if step[1:] in self._loading else None
        if found is not None:
            return found
        for entity in callee.entities:
            if isinstance(entity, External):
                given = special_calls.of_library(self, function, call, entity.name)
                if given is not None:
                    return given
        return self.walk(function, call.func + "()")

    def returned(self, function: Function) -> View:
        """Return what a function returns or yields."""
        known = self.returns.get(function)
        return known if known is not None else results.returned(self, function)

    # -- annotations and contents

    def annotated(self, function: Function, annotation: Expr | None) -> View:
        """Return what a value with this annotation is: an instance of the class named."""
        return contents.annotated(self, function, annotation)

    def content(self, location: Location) -> View:
        """Return what a container holds: from its display, its annotation, and what is put into it."""
        return contents.content(self, location)

    def values_of(self, location: Location) -> Values:
        """Return every expression bound to a location as a whole, with the function to read it in."""
        return [(function, expr) for function, expr, _ in contents.made_of(self, location)]
