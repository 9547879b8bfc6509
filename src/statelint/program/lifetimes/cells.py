"""State cells: places that outlive a request, every write to them and every read of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from statelint.program.lifetimes.escape import factories
from statelint.program.lifetimes.rows import is_mapped
from statelint.program.names.accesses import Access, reads_in, writes_in
from statelint.program.names.containers import FILLABLE, ContainerKind, Containers
from statelint.program.names.nodes import Class, External, Function, Location, Module
from statelint.program.names.origins import Origin, origins_of
from statelint.program.names.resolver import split
from statelint.survey.summary import Call, Const, Display, Ref, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.program.calls.callgraph import CallGraph
    from statelint.program.lifetimes.escape import EscapeAnalysis, Retainer
    from statelint.program.names.resolver import Resolver
    from statelint.program.routing.entrypoints import EntryPoints
    from statelint.program.vocabulary import Vocabulary

_OUTSIDE: Final = frozenset({"test", "migration", "script"})
_BUILTIN: Final[Mapping[str, type]] = {"list": list, "dict": dict, "set": set}
"""What displays make."""
_FAR: Final = 1000
"""A position that no call reaches."""


@dataclass(slots=True)
class Cell:
    """A place that outlives a request and is changed."""

    location: Location
    container: ContainerKind
    origins: list[Origin]
    holder: Retainer | None
    writes: list[Access] = field(default_factory=list)
    reads: list[Access] = field(default_factory=list)

    @property
    def qualified(self) -> str:
        """Unique name of the cell in the project."""
        return self.location.qualified


class CellFinder:
    """Collects writes by location, keeps the locations that live long, then collects their reads."""

    def __init__(
        self, resolver: Resolver, vocabulary: Vocabulary, lifetimes: EscapeAnalysis, entry_points: EntryPoints, graph: CallGraph
    ) -> None:
        self._resolver = resolver
        self._graph = graph
        self._handlers = {point.function for point in entry_points.points}
        self._vocabulary = vocabulary
        self._lifetimes = lifetimes
        self._factories = factories(entry_points.points)
        self._containers = Containers(resolver, vocabulary)

    def find(self, functions: Sequence[Function]) -> list[Cell]:
        """Return every cell with at least one write, in a fixed order."""
        writes: dict[Location, list[Access]] = {}
        for function in functions:
            if function.module.part not in _OUTSIDE:
                for location, access in writes_in(function, self._resolver):
                    writes.setdefault(location, []).append(access)
        cells: dict[Location, Cell] = {}
        for location, accesses in writes.items():
            cell = self._cell(location, accesses)
            if cell is not None:
                cells[location] = cell
        self._reads(functions, cells)
        return sorted(cells.values(), key=lambda cell: (_module_of(cell).path, cell.qualified))

    # -- which locations live as long as the process

    def _cell(self, location: Location, accesses: list[Access]) -> Cell | None:
        if location.kind == "local":
            accesses = [access for access in accesses if access.function is not location.owner]
        if location.kind == "attribute" and isinstance(location.owner, Class) and _declares_fields(location.owner, self._vocabulary):
            accesses = [access for access in accesses if not self._is_of_message(access)]
        if not accesses or not self._outlives_requests(location, accesses):
            return None
        origins = [
            origin for origin in origins_of(location, self._resolver, accesses) if origin.function.module.part not in ("test", "script")
        ]
        container = self._containers.at(location, [(origin.function, origin.expr) for origin in origins])
        if container not in FILLABLE:
            # `.add()` on something that is no container is a method of a session, a client, a builder
            accesses = [access for access in accesses if not access.method and access.how != "nested"]
            if origins and all(isinstance(origin.expr, Const) and origin.expr.value is not None for origin in origins):
                accesses = [access for access in accesses if access.how in ("rebind", "augment")]  # text and numbers have no items
        else:
            accesses = _possible(accesses, origins)
        looped = all(access.how == "nested" and _is_looped(access) for access in accesses)
        if looped and container in FILLABLE and self._stays_empty(location, origins):
            return None
        holder = self._lifetimes.holder(location.owner) if location.kind == "attribute" and isinstance(location.owner, Class) else None
        return Cell(location, container, origins, holder, accesses) if accesses else None

    def _outlives_requests(self, location: Location, accesses: list[Access]) -> bool:
        owner = location.owner
        match location.kind:
            case "global" if isinstance(owner, Module):
                return owner.part not in _OUTSIDE and (location.name in owner.body.locals or location.name in owner.body.global_writes)
            case "attribute" if isinstance(owner, Class):
                # an attribute of a row, a form, a message is written to its own store
                whole = all(access.how in ("rebind", "augment") for access in accesses)
                own = whole or self._is_given_anew(owner, location.name)
                of_row = (own and is_mapped(owner, self._vocabulary)) or self._is_column(owner, location.name)
                of_row = of_row and not any(_through_class(access, owner, self._resolver) for access in accesses)
                local = self._vocabulary.role("request-local")
                if any(base in local for base in owner.external_bases):
                    return False  # `class Local(threading.local)`
                return not of_row and self._lives(owner, location.name, accesses)
            case "local" if isinstance(owner, Function):
                return owner in self._factories
            case "function" if isinstance(owner, Function):
                # a function made inside another is a new object each time
                return owner.parent is not None and owner.parent.is_body
            case "default" if isinstance(owner, Function):
                return self._falls_back(owner, location.name)
            case kind:
                return kind == "application"

    @staticmethod
    def _is_given_anew(owner: Class, name: str) -> bool:
        """Whether each object gets a value of its own: its class binds none that all would share."""
        return not any(binding.how != "annotated" for cls in owner.lineage for binding in cls.bindings.get(name, ()))

    def _is_column(self, owner: Class, name: str) -> bool:
        """Whether a class body declares an attribute as a column or field of its instances."""
        columns = self._vocabulary.role("column")
        values = [(cls.scope, binding.value) for cls in owner.lineage for binding in cls.bindings.get(name, ())]
        made = [(scope, value.func) for scope, value in values if isinstance(value, Call)]
        names: list[str] = []
        for entity in (entity for scope, path in made for entity in self._resolver.walk(scope, path).objects):
            names.extend([entity.name] if isinstance(entity, External) else entity.external_bases if isinstance(entity, Class) else ())
        return any(name in columns for name in names)

    def _is_of_message(self, access: Access) -> bool:
        """Whether a handler writes to what the framework made of the request for it; a dependency may be kept."""
        function = access.function
        own = function.summary.params[0].name if function.owner is not None and function.summary.params else ""
        param = function.params.get(access.head) if access.head != own else None
        if param is None or function not in self._handlers or param.default is not None or not isinstance(param.annotation, Ref):
            return False
        settings = self._vocabulary.role("settings-model")
        made = self._resolver.walk(function.parent or function, param.annotation.path).objects
        return any(isinstance(entity, Class) and not any(base in settings for base in entity.external_bases) for entity in made)

    def _stays_empty(self, location: Location, origins: Sequence[Origin]) -> bool:
        """Whether there can be nothing inside that could be changed: made empty, and never filled."""
        empty = all(isinstance(origin.expr, Display) and origin.expr.kind != "dict" and not origin.expr.items for origin in origins)
        return empty and not self._resolver.flows.contents.get(location)

    def _falls_back(self, function: Function, name: str) -> bool:
        """Whether somebody calls a function without the argument: then all such calls share its default."""
        if function in self._handlers and function.params[name].annotation is not None:
            return False  # what a framework fills in, it copies
        callers = [edge.caller for edge in self._graph.callers.get(function, ()) if edge.kind in ("call", "guess")]
        if not callers:
            return True
        last = function.name.rpartition(".")[2]
        position = next((index for index, param in enumerate(function.summary.params) if param.name == name and param.kind == ""), _FAR)
        position -= function.owner is not None
        calls = [
            site.call
            for caller in callers
            for site in caller.summary.calls
            if split(site.call.func)[1].lstrip(".") == last or site.call.func == last
        ]
        return any(not _hands_over(call, name, position) for call in calls)

    def _lives(self, owner: Class, name: str, accesses: list[Access]) -> bool:
        if self._lifetimes.holder(owner) is not None:
            return True
        # a container in the class body is shared by all instances, unless a method gives each instance its own
        in_class = any(name in cls.bindings for cls in owner.lineage)
        own = [f for cls in (owner, *owner.subclasses) for f, w in cls.attribute_writes.get(name, ()) if _writes_instance(f, w.target)]
        filled = any(access.how not in ("rebind", "nested") for access in accesses)
        if in_class and filled and not own and not _declares_fields(owner, self._vocabulary):
            return True
        # `Klass.counter += 1`, `cls.snapshot = ...`: the class itself is written
        return any(_through_class(access, owner, self._resolver) for access in accesses)

    # -- reads

    def _reads(self, functions: Sequence[Function], cells: dict[Location, Cell]) -> None:
        names = {location.name.rpartition(".")[2].rstrip("]").rpartition("[")[2] for location in cells}
        names |= {location.name for location in cells}
        for function in functions:
            if function.module.part in _OUTSIDE:
                continue
            for location, access in reads_in(function, self._resolver, names):
                cell = cells.get(location)
                if cell is not None:
                    cell.reads.append(access)


def _possible(accesses: list[Access], origins: Sequence[Origin]) -> list[Access]:
    """Leave out calls of methods that the container does not have: `.add()` is none of a list, whatever else the name stands for."""
    kinds = {origin.expr.kind if isinstance(origin.expr, Display) else "" for origin in origins}
    builtin = _BUILTIN.get(next(iter(kinds))) if len(kinds) == 1 else None
    if builtin is None:
        return accesses
    lacking = {name for other in _BUILTIN.values() for name in dir(other)} - set(dir(builtin))
    return [one for one in accesses if one.how == "nested" or one.method not in lacking]


def _is_looped(access: Access) -> bool:
    """Whether what is written is an element that a loop goes through."""
    return any(binding.how == "for" for binding in access.function.locals.get(access.head, ()))


def _hands_over(call: Call, name: str, position: int) -> bool:
    """Whether a call gives an argument, or may: stars can hold anything."""
    spread = any(isinstance(arg, Unknown) for arg in call.args) or any(keyword == "**" for keyword, _ in call.keywords)
    return spread or len(call.args) > position or any(keyword == name for keyword, _ in call.keywords)


def _declares_fields(owner: Class, vocabulary: Vocabulary) -> bool:
    """Dataclasses and models copy or refuse mutable class-level defaults."""
    for decorator in owner.summary.decorators:
        path = decorator.path if isinstance(decorator, Ref) else decorator.func if isinstance(decorator, Call) else ""
        if path.rpartition(".")[2] in vocabulary.words("field-decorator"):
            return True
    return any(base.rpartition(".")[2] in vocabulary.words("field-class") for base in owner.external_bases)


def _writes_instance(function: Function, target: str) -> bool:
    first = function.summary.params[0].name if function.summary.params else ""
    return first not in ("cls", "klass", "") and target.startswith(f"{first}.")


def _through_class(access: Access, owner: Class, resolver: Resolver) -> bool:
    for write in access.function.summary.writes:
        if write.line == access.line and write.column == access.column:
            prefix = write.target
            while prefix:
                shorter, step = split(prefix)
                if not step:
                    return False
                prefix = shorter
                if any(
                    entity in owner.lineage or entity is owner
                    for entity in resolver.walk(access.function, prefix).objects
                    if isinstance(entity, Class)
                ):
                    return True
    return False


def _module_of(cell: Cell) -> Module:
    owner = cell.location.owner
    if isinstance(owner, Module):
        return owner
    if owner is not None:
        return owner.module
    return cell.origins[0].function.module if cell.origins else cell.writes[0].function.module
