"""Resolve access paths and expressions to what they may stand for.

Flow-insensitive and demand-driven: a name stands for everything bound to it in its scope. Each question (a path seen from a
function, a name in a scope, an attribute, what a function returns, what a container holds) is answered once, by the rules of
the modules beside this one, which are evaluated to a fixpoint: what is asked first does not matter.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from statelint.program.fixpoint import Fixpoint
from statelint.program.names import contents, members, names, results, special_calls
from statelint.program.names.nodes import (
    NOTHING,
    Class,
    External,
    ExternalValue,
    Function,
    Instance,
    Module,
    PointsTo,
    Query,
    Wrapped,
)
from statelint.program.names.points_to import MOST_LIBRARY, MOST_PLACES, bounded, joined, same, settled, union, widened
from statelint.survey.summary import Call, Const, Either, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from statelint.limits import LimitLog
    from statelint.program.names.interface import Flows
    from statelint.program.names.nodes import AbstractObject, Location, Values
    from statelint.program.vocabulary import Vocabulary

_KEYED_READS: Final = frozenset({".get", ".setdefault", ".pop"})
_PATHS: Final = ("pathlib.", "anyio.Path")
_SETTINGS: Final = "django.conf.settings."
MOST_WRAPPED: Final = 3
"""How many library objects around each other are told apart: lists of pairs of futures; one that goes round is a collection of itself."""

T = TypeVar("T")
Key = tuple[Any, ...]
"""A question: the name of its rule, and the arguments; or the name of one of the flows, and the entry that is read."""


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
        flows: Flows,
        limits: LimitLog,
        *,
        aliases: Mapping[str, Module],
        copies: Mapping[str, str],
        strings: Mapping[str, Sequence[str]],
    ) -> None:
        self.modules = modules
        self.vocabulary = vocabulary
        self.flows = flows
        self.limits = limits
        self._aliases = aliases
        self._copies = copies
        self._strings = strings
        self._in_packages: dict[str, list[Module]] | None = None
        self._applications: list[Class] | None = None
        self._externals: dict[str, External] = {}
        self._made: dict[str, ExternalValue] = {}
        self._wrapped: dict[AbstractObject, Wrapped] = {}
        self._loading = vocabulary.words("loading-call")
        self._answers: Fixpoint[Key, PointsTo] = Fixpoint(
            self._rule, _bottom, join=lambda old, new: bounded(union((old, new))), same=same, settle=settled, widen=widened, tracking=True
        )

    # -- nodes

    def external(self, name: str, steps: int = 0) -> External:
        """Return the one node for a library name, whichever of its import paths is given; `steps` lie between it and what was made."""
        node = self._externals.get(name)
        if node is None:
            known = self.vocabulary.canonical(name)
            node = self._externals[name] = External(name, steps) if known == name else self.external(known, steps)
        return node

    def made(self, name: str, steps: int = 0) -> ExternalValue:
        """Return the one node for what calling a library name gives."""
        node = self._made.get(name)
        if node is None:
            known = self.vocabulary.canonical(name)
            node = self._made[name] = ExternalValue(name, steps) if known == name else self.made(known, steps)
        return node

    def wrapped(self, view: PointsTo) -> PointsTo:
        """Return the library's objects around what a path stands for: one node for each object, up to a depth that matters."""
        own = (entity for entity in view.objects if isinstance(entity, (Function, Class, Instance, Module, Query, Wrapped)))
        return PointsTo(tuple(dict.fromkeys(self._around(entity) for entity in own)))

    def _around(self, entity: AbstractObject) -> Wrapped:
        if isinstance(entity, Wrapped) and entity.depth >= MOST_WRAPPED:
            return entity
        node = self._wrapped.get(entity)
        if node is None:
            node = self._wrapped[entity] = Wrapped(entity, entity.depth + 1 if isinstance(entity, Wrapped) else 1)
        return node

    def module(self, name: str) -> Module | None:
        """Return the module that a dotted name reaches."""
        return self.modules.get(name) or self._aliases.get(name)

    def application_classes(self) -> Sequence[Class]:
        """Return the project's classes that extend a framework's application."""
        if self._applications is None:
            classes = (cls for name in sorted(self.modules) for cls in self.modules[name].classes.values() if cls.module.part != "test")
            known = self.vocabulary.applications
            self._applications = [cls for cls in classes if any(base in known for base in cls.external_bases)]
        return self._applications

    def modules_in(self, package: Module) -> Sequence[Module]:
        """Return the modules that stand directly in a package, by name."""
        if self._in_packages is None:
            self._in_packages = {}
            for name in sorted(self.modules):
                self._in_packages.setdefault(name.rpartition(".")[0], []).append(self.modules[name])
        return self._in_packages.get(package.name, ())

    def copy_of(self, name: str) -> str:
        """Return the library that a module of the project is a copy of, "" for all others."""
        return self._copies.get(name, "")

    def strings_named(self, name: str) -> Sequence[str]:
        """Return the strings that are bound to a name or key and may name a module or class."""
        return self._strings.get(name, ())

    # -- while the program is linked

    def observe(self, observer: Key, question: Callable[[], T]) -> T:
        """Return what the question returns; whatever it asks counts as asked by `observer`, which `update` names when it has changed."""
        return self._answers.observe(observer, question)

    def update(self, inputs: Iterable[Key]) -> set[Key]:
        """Bring every answer that depends on these entries of the flows up to date, and return the observers concerned."""
        return self._answers.update(inputs)

    def forget_all(self) -> None:
        """Withdraw every answer."""
        self._answers.forget_all()

    def freeze(self) -> None:
        """The flows are complete: answers are final from now on."""
        self._answers.freeze()

    def depends_on(self, *key: object) -> None:
        """Note that the answer being computed depends on an entry of the flows."""
        self._answers.read(key)

    # -- questions

    def walk(self, function: Function, path: str) -> PointsTo:
        """Resolve an access path as seen from a function."""
        if path.isidentifier():
            return names.named(self, function, path)
        return self._answers.ask(("path", function, path))

    def in_scope(self, scope: Function, name: str) -> PointsTo | None:
        """Return what a name stands for in one scope, None if the scope does not know it."""
        return names.in_scope(self, scope, name)

    def bound(self, scope: Function, name: str) -> PointsTo:
        """Return what is bound to a local or module-level name."""
        return self._answers.ask(("bound", scope, name))

    def parameter(self, scope: Function, name: str) -> PointsTo:
        """Return what a parameter stands for."""
        return self._answers.ask(("parameter", scope, name))

    def imported(self, scope: Function, name: str) -> PointsTo:
        """Return what the imports of a scope bind a name to."""
        return self._answers.ask(("imported", scope, name))

    def attribute_of(self, cls: Class, name: str, *, above: bool) -> PointsTo:
        """Return what is kept in an attribute of a class and its instances; `above` leaves the class itself out."""
        return self._answers.ask(("attribute-of", cls, name, above))

    def bag(self, key: str) -> PointsTo:
        """Return what is kept below the application object under a key."""
        return self._answers.ask(("bag", key))

    def returned(self, function: Function) -> PointsTo:
        """Return what a function returns or yields."""
        return self._answers.ask(("returned", function))

    def content(self, location: Location, key: str = "") -> PointsTo:
        """Return what a container holds, or may hold under a key: from its display, its annotation, and what is put into it."""
        return self._answers.ask(("content", location, key))

    def put_in(self, location: Location) -> PointsTo:
        """Return what is put into a container after it was made."""
        return self._answers.ask(("put-in", location))

    def alias(self, location: Location) -> PointsTo:
        """Return what a value is whose annotation is an alias that a module defines."""
        return self._answers.ask(("alias", location))

    def annotated(self, function: Function, annotation: Expr | None) -> PointsTo:
        """Return what a value with this annotation is: an instance of the class named."""
        return contents.annotated(self, function, annotation)

    def values_of(self, location: Location) -> Values:
        """Return every expression bound to a location as a whole, with the function to read it in."""
        return [(function, expr) for function, expr, _ in contents.made_of(self, location)]

    def step(self, view: PointsTo, step: str, function: Function) -> PointsTo:
        """Take one step from what a path stands for: a call `()`, an attribute `.name`, or an item `[key]`."""
        found = self._step(view, step, function)
        return joined((found,), found.places, is_plain=True) if view.is_plain and not found.is_plain else found

    def _step(self, view: PointsTo, step: str, function: Function) -> PointsTo:
        if step == "()":
            return results.call_result(self, view, function)
        if step[0] == ".":
            return members.attribute(self, view, step[1:])
        return results.item(self, view, step[1:-1])

    def value(self, function: Function, expr: Expr | None) -> PointsTo:
        """Resolve an expression."""
        if isinstance(expr, Ref):
            return self.walk(function, expr.path)
        if isinstance(expr, Call):
            return self._called(function, expr)
        if isinstance(expr, Either):
            return union(self.value(function, option) for option in expr.options)
        if isinstance(expr, Template) and expr.parts and not expr.head:  # `FOLDER / name` is a path as `FOLDER` is
            first = self.value(function, expr.parts[0]).objects
            if any(isinstance(e, External) and e.name.startswith(_SETTINGS) for e in first):
                return PointsTo((self.made("pathlib.Path"),))  # `settings.BASE_DIR / name`, or a text: nothing looks for that
            return PointsTo(tuple(e for e in first if isinstance(e, ExternalValue) and e.name.startswith(_PATHS)))
        return NOTHING

    def library_names(self, function: Function, path: str) -> tuple[str, ...]:
        """Return the qualified names of a library that a path stands for; of what calling one gives, nothing."""
        return tuple(entity.name for entity in self.walk(function, path).objects if isinstance(entity, External))

    # -- rules

    def _rule(self, key: Key) -> PointsTo:
        view = _RULES[key[0]](self, *key[1:])
        if len(view.objects) > MOST_LIBRARY or len(view.places) > MOST_PLACES:
            view = bounded(view)
        return view._replace(places=_bottom(key).places) if view.is_alias_of_many else view

    def _path(self, function: Function, path: str) -> PointsTo:
        prefix, step = split(path)
        if not step:
            return names.named(self, function, prefix)
        if step[0] == "[" and prefix.endswith("()"):
            view = results.part_of_result(self, function, prefix[:-2], step[1:-1])
            if view is not None:
                return view
        if step[0] == "[" and step[1:-1].isdigit() and prefix.endswith("[]"):
            view = results.part_of_row(self, function, prefix, int(step[1:-1]))
            if view is not None:
                return view
        callee = self.walk(function, prefix)
        if step == "()":
            given = special_calls.of_path(self, function, prefix, callee)
            if given is not None:
                return given
        view = self.step(callee, step, function)
        return results.of_own_class(self, function, prefix, callee, view) if step == "()" else view

    def _looked_up(self, function: Function, call: Call, prefix: str, callee: PointsTo) -> PointsTo:
        """`options.get("store", Store())`: what the container holds under the key, or the default."""
        key = call.args[0].value if isinstance(call.args[0], Const) else ""
        named = key if isinstance(key, str) else ""
        views = [self.content(place.location, "" if place.inner else named) for place in self.walk(function, prefix).places]
        defaults = call.args[1:] if isinstance(call.args[0], Const) else ()
        return joined([*views, *(self.value(function, default) for default in defaults)], callee.places)

    def _called(self, function: Function, call: Call) -> PointsTo:
        prefix, step = split(call.func)
        kept = special_calls.from_application(self, function, call, prefix) if step in _KEYED_READS else None
        if kept is not None:
            return kept
        callee = self.walk(function, call.func)
        if callee.method and not callee.objects and step in _KEYED_READS and call.args:
            return self._looked_up(function, call, prefix, callee)
        found = special_calls.loaded(self, function, call) if step[1:] in self._loading else None
        if found is not None:
            return found
        given = special_calls.of_call(self, function, call, callee)
        if given is not None:
            return given
        if any(isinstance(entity, External) for entity in callee.objects):  # a path would stand for other calls of the same name too
            return self.step(callee, "()", function)
        return self.walk(function, call.func + "()")


_RULES: Final[dict[str, Callable[..., PointsTo]]] = {
    "path": Resolver._path,  # noqa: SLF001 - the rule that is this module's own
    "bound": names.bound,
    "parameter": names.parameter,
    "imported": names.imported,
    "attribute-of": lambda resolver, cls, name, above: members.kept(resolver, cls, name, above=above),
    "bag": members.bag,
    "returned": results.returned,
    "content": contents.content,
    "put-in": contents.put_in,
    "alias": contents.alias,
}
_BOTTOMS: Final[dict[str, Callable[..., PointsTo]]] = {
    "bound": names.own_place,
    "parameter": names.parameter_place,
    "attribute-of": lambda cls, name, above: members.attribute_place(cls, name, above=above),
    "bag": members.bag_place,
}
"""What is known of a question before its rule has run: at least where the value is kept."""


def _bottom(key: Key) -> PointsTo:
    bottom = _BOTTOMS.get(key[0])
    return bottom(*key[1:]) if bottom is not None else NOTHING
