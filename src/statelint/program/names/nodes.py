"""What names of the analysed project stand for.

Nodes compare by identity: there is one `Function` for each definition, one `External` for each library name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from statelint.discover.files import Part
    from statelint.survey.summary import Binding, Call, ClassSummary, Expr, FunctionSummary, ImportedName, Parameter, Write


def _without_lines(name: str) -> str:
    """Return a dotted name without the lines that tell definitions of one name apart: `load@12.inner` is `load.inner`."""
    return ".".join(part.partition("@")[0] for part in name.split(".")) if "@" in name else name


@dataclass(eq=False, slots=True)
class Module:
    """A Python file of the project."""

    name: str
    path: str
    part: Part
    is_package: bool
    lines: int
    functions: dict[str, Function] = field(default_factory=dict)
    classes: dict[str, Class] = field(default_factory=dict)
    stars: list[ImportedName] = field(default_factory=list)
    body: Function = field(init=False)

    def __repr__(self) -> str:
        return f"Module({self.name})"


@dataclass(eq=False, slots=True)
class Function:
    """A function, method, lambda or module body."""

    module: Module
    summary: FunctionSummary
    owner: Class | None = None
    parent: Function | None = None
    params: dict[str, Parameter] = field(default_factory=dict)
    locals: dict[str, list[Binding]] = field(default_factory=dict)
    imports: dict[str, list[ImportedName]] = field(default_factory=dict)
    children: dict[str, list[Function | Class]] = field(default_factory=dict)
    global_writes: dict[str, list[tuple[Function, Write]]] = field(default_factory=dict)
    """Of a scope: writes to its names by functions that declare them `global` or `nonlocal`."""
    bound_names: frozenset[str] = frozenset()
    """Every name that this scope binds, in whichever way."""
    calls_of: dict[str, list[Call]] | None = None
    """The calls of this function by the path that is called; made when it is first asked for."""
    asked: dict[str, list[Expr]] | None = None
    """The classes that names are asked for, `isinstance(store, Store)`, by name; made when it is first asked for."""

    @property
    def name(self) -> str:
        """Dotted from the module, without the suffix of a redefinition."""
        return _without_lines(self.summary.name)

    @property
    def is_body(self) -> bool:
        """Whether this is a module body."""
        return self.parent is None

    def __repr__(self) -> str:
        return f"Function({self.module.name}:{self.summary.name})"


@dataclass(eq=False, slots=True)
class Class:
    """A class of the project."""

    module: Module
    summary: ClassSummary
    scope: Function
    instance: Instance = field(init=False)
    query: Query = field(init=False)
    methods: dict[str, Function] = field(default_factory=dict)
    nested: dict[str, Class] = field(default_factory=dict)
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    attribute_writes: dict[str, list[tuple[Function, Write]]] = field(default_factory=dict)
    """Assignments to `self.x` and `cls.x` in its own methods."""
    bases: list[Class] = field(default_factory=list)
    external_bases: list[str] = field(default_factory=list)
    """Qualified names of the library classes it inherits from, directly or not."""
    lineage: list[Class] = field(default_factory=list)
    """The class and its project ancestors, nearest first."""
    subclasses: list[Class] = field(default_factory=list)
    below: tuple[Class, ...] | None = None
    """What `descendants` has found, once the hierarchy is linked; None before."""
    methods_below: dict[str, tuple[Function, ...]] = field(default_factory=dict)
    """What `found_below` has found so far, once the hierarchy is linked."""
    metaclass: Class | None = None
    """The project class that makes this one, its own or an ancestor's."""

    def __post_init__(self) -> None:
        self.instance = Instance(self)
        self.query = Query(self)

    @property
    def name(self) -> str:
        """Dotted from the module."""
        return _without_lines(self.summary.name)

    def find_method(self, name: str) -> Function | None:
        """Look a method up through the project's part of the hierarchy."""
        for cls in self.lineage:
            if name in cls.methods:
                return cls.methods[name]
        return None

    def found_below(self, name: str) -> tuple[Function, ...]:
        """Return what classes below this one have for a method of that name, each once, in the order of `descendants`."""
        known = self.methods_below.get(name)
        if known is None:
            known = tuple(dict.fromkeys(method for cls in self.descendants() if (method := cls.find_method(name)) is not None))
            if self.below is not None:  # the hierarchy is final: this is asked again and again, of bases with many classes below
                self.methods_below[name] = known
        return known

    def descendants(self) -> tuple[Class, ...]:
        """Return all classes below this one, each once."""
        if self.below is not None:
            return self.below
        found = dict.fromkeys(self.subclasses)
        pending = list(found)
        for cls in pending:  # grows while it is gone through
            further = [sub for sub in cls.subclasses if sub not in found]
            found.update(dict.fromkeys(further))
            pending += further
        return tuple(pending)

    def __repr__(self) -> str:
        return f"Class({self.module.name}:{self.summary.name})"


@dataclass(eq=False, slots=True)
class Instance:
    """Any instance of a project class."""

    cls: Class

    def __repr__(self) -> str:
        return f"Instance({self.cls.name})"


@dataclass(eq=False, slots=True)
class Super:
    """`super()` inside a method."""

    cls: Class


@dataclass(eq=False, slots=True)
class Query:
    """A query for instances of a mapped class: `User.objects`, `User.query.filter_by(...)`."""

    cls: Class


@dataclass(eq=False, slots=True)
class External:
    """A library name: module, class, function, or attribute of an instance (`flask.Flask.route`)."""

    name: str
    steps: int = 0
    """How many attributes and items lie between this and what a call of the library made."""

    def __repr__(self) -> str:
        return f"External({self.name})"


@dataclass(eq=False, slots=True)
class ExternalValue:
    """What calling a library name gives: an instance of its class, or its result."""

    name: str
    steps: int = 0
    """As of an `External`: `json.loads(text).get("jobs")` is one step from what was made."""

    def __repr__(self) -> str:
        return f"ExternalValue({self.name})"


@dataclass(eq=False, slots=True)
class StateBag:
    """The attribute bag or mapping of the application: `app.state`, `app.config`, the application itself."""

    name: str


@dataclass(eq=False, slots=True)
class Wrapped:
    """What a library made around an object: a collection of such objects, a future, a weak reference, a provider.

    Its items are the object, and so is what it gives when it is called.
    """

    inner: AbstractObject
    depth: int = 1
    """How many of them stand around each other: the pairs of `mapping.items()` are a collection in a collection."""

    def __repr__(self) -> str:
        return f"Wrapped({self.inner!r})"


AbstractObject = Module | Function | Class | Instance | Super | Query | External | ExternalValue | StateBag | Wrapped


OWN_ITEMS: Final = "[]"
"""The attribute that stands for the contents of an object that is a container itself."""


LocationKind = Literal["global", "attribute", "application", "local", "function", "default", "parameter"]


class Location(NamedTuple):
    """A place where a value is kept.

    `global`: a module's name. `attribute`: of the instances of a class, or of the class. `application`: below the
    application object, by key. `local`: of a function, interesting when a nested function captures it. `function`: an
    attribute of a function. `default`: a mutable default of a parameter. `parameter`: what a caller hands in.
    """

    kind: LocationKind
    owner: Module | Class | Function | None
    name: str

    @property
    def symbol(self) -> str:
        """How a person calls it: `SESSIONS`, `JobStore._jobs`, `app.state.jobs`."""
        if self.name == OWN_ITEMS and isinstance(self.owner, Class):
            return self.owner.name
        if self.kind in ("attribute", "function", "default") and isinstance(self.owner, (Class, Function)):
            return f"{self.owner.name}.{self.name}"
        if self.name.endswith("]"):  # an entry of the application: its key
            return self.name[self.name.index("[") + 1 : -1]
        return self.name.removeprefix("settings.") if self.kind == "application" else self.name

    @property
    def shown(self) -> str:
        """The symbol as messages write it: `app.config["MODE"]`."""
        if self.kind == "application" and self.name.endswith("]"):
            head, _, key = self.name[:-1].partition("[")
            return f"{head}[{key}]" if key.isupper() and head == "app" else f'{head}["{key}"]'
        return self.name if self.kind == "application" else self.symbol

    @property
    def qualified(self) -> str:
        """The symbol with its module in front, unique in the project."""
        owner = self.owner
        if owner is None:
            return self.name
        if isinstance(owner, Module):
            return f"{owner.name}.{self.name}"
        return f"{owner.module.name}.{owner.name}.{self.name}"


class LocationPath(NamedTuple):
    """A location, and whether the value meant is the one kept there or something inside it."""

    location: Location
    inner: bool


class PointsTo(NamedTuple):
    """What an expression may stand for, and where that is kept."""

    objects: tuple[AbstractObject, ...] = ()
    places: tuple[LocationPath, ...] = ()
    method: str = ""
    """The name of a method that no project class defines, looked up on the places."""
    is_alias_of_many: bool = False
    """Whether it may be kept in so many other places that a write to it tells nothing of any one of them."""
    is_plain: bool = False
    """Whether values of so many library types come together that nothing is known of them: plain data."""


NOTHING = PointsTo()
Values = list[tuple["Function", "Expr"]]
