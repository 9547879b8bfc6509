"""What the parts of the resolver ask of each other: each is a module of rules, none imports the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.limits import LimitLog
    from statelint.program.names.nodes import Class, External, ExternalValue, Function, Location, Module, PointsTo, Values
    from statelint.program.vocabulary import Vocabulary
    from statelint.survey.summary import Expr


class Flows(Protocol):
    """What one part of the program hands to another; grows while the program is linked, and is final after that."""

    @property
    def arguments(self) -> Mapping[Function, Mapping[str, Sequence[tuple[Function, Expr]]]]:
        """What callers hand to each parameter."""

    @property
    def fields(self) -> Mapping[tuple[Class, str], Sequence[tuple[Function, Expr]]]:
        """What constructors of classes without `__init__` (dataclasses, models) are handed for a field."""

    @property
    def contents(self) -> Mapping[Location, Sequence[tuple[Function, Expr]]]:
        """What is put into a container after it was made."""

    @property
    def application(self) -> Mapping[str, Sequence[tuple[Function, Expr]]]:
        """What is assigned below the application object, by key."""

    @property
    def request(self) -> Mapping[str, Sequence[tuple[Function, Expr]]]:
        """The calls that give every request an attribute, by its name."""

    @property
    def decorated(self) -> Mapping[Function, Sequence[tuple[Function, str]]]:
        """What each decorator of the project decorates, by scope and name."""

    @property
    def customary(self) -> Mapping[tuple[Function, str], str]:
        """Parameters of which nothing else is known, and the library class that their name stands for by custom."""


class Resolver(Protocol):
    """Answers what paths and expressions stand for."""

    vocabulary: Vocabulary
    flows: Flows
    limits: LimitLog

    # -- the nodes of names

    def external(self, name: str, steps: int = 0) -> External:
        """Return the one node for a library name."""

    def made(self, name: str, steps: int = 0) -> ExternalValue:
        """Return the one node for what calling a library name gives."""

    def wrapped(self, view: PointsTo) -> PointsTo:
        """Return the library's objects around what a path stands for."""

    def module(self, name: str) -> Module | None:
        """Return the module that a dotted name reaches."""

    def application_classes(self) -> Sequence[Class]:
        """Return the project's classes that extend a framework's application."""

    def modules_in(self, package: Module) -> Sequence[Module]:
        """Return the modules that stand directly in a package, by name."""

    def copy_of(self, name: str) -> str:
        """Return the library that a module of the project is a copy of, "" for all others."""

    def strings_named(self, name: str) -> Sequence[str]:
        """Return the strings that are bound to a name or key and may name a module or class."""

    # -- questions, each answered once

    def walk(self, function: Function, path: str) -> PointsTo:
        """Resolve an access path as seen from a function."""

    def value(self, function: Function, expr: Expr | None) -> PointsTo:
        """Resolve an expression."""

    def step(self, view: PointsTo, step: str, function: Function) -> PointsTo:
        """Take one step from what a path stands for."""

    def in_scope(self, scope: Function, name: str) -> PointsTo | None:
        """Return what a name stands for in one scope, None if the scope does not know it."""

    def bound(self, scope: Function, name: str) -> PointsTo:
        """Return what is bound to a local or module-level name."""

    def parameter(self, scope: Function, name: str) -> PointsTo:
        """Return what a parameter stands for."""

    def imported(self, scope: Function, name: str) -> PointsTo:
        """Return what the imports of a scope bind a name to."""

    def attribute_of(self, cls: Class, name: str, *, above: bool) -> PointsTo:
        """Return what is kept in an attribute of a class and its instances; `above` leaves the class itself out."""

    def bag(self, key: str) -> PointsTo:
        """Return what is kept below the application object under a key."""

    def returned(self, function: Function) -> PointsTo:
        """Return what a function returns or yields."""

    def content(self, location: Location, key: str = "") -> PointsTo:
        """Return what a container holds, or may hold under a key."""

    def put_in(self, location: Location) -> PointsTo:
        """Return what is put into a container after it was made."""

    def annotated(self, function: Function, annotation: Expr | None) -> PointsTo:
        """Return what a value with this annotation is."""

    def alias(self, location: Location) -> PointsTo:
        """Return what a value is whose annotation is an alias that a module defines."""

    def values_of(self, location: Location) -> Values:
        """Return every expression bound to a location as a whole, with the function to read it in."""

    def depends_on(self, *key: object) -> None:
        """Note that the answer being computed depends on an entry of `flows`."""
