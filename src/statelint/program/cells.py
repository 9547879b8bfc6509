"""State cells: places that outlive a request, every write to them and every read of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.program.containers import FILLABLE, ContainerKind, Containers
from statelint.program.lifetime import factories
from statelint.program.nodes import OWN_ITEMS, Class, Function, Instance, Location, Module, Place, StateBag
from statelint.program.resolve import split
from statelint.survey.summary import Call, Display, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statelint.program.entrypoints import EntryPoints
    from statelint.program.lifetime import Holder, Lifetimes
    from statelint.program.nodes import View
    from statelint.program.resolve import Resolver
    from statelint.program.vocabulary import Vocabulary

How = Literal["item", "delete", "mutate", "rebind", "augment", "nested"]
ReadHow = Literal["item", "in", "iter", "get", "load"]
_ADDING: Final = frozenset(
    [
        "append",
        "add",
        "update",
        "setdefault",
        "extend",
        "insert",
        "appendleft",
        "extendleft",
        "put",
        "put_nowait",
        "push",
        "register",
        "enqueue",
        "__setitem__",
        "intersection_update",
        "difference_update",
        "symmetric_difference_update",
        "subtract",
        "move_to_end",
        "sort",
        "reverse",
        "rotate",
    ]
)
_REMOVING: Final = frozenset(["pop", "popitem", "popleft", "remove", "discard", "clear", "get_nowait"])
MUTATORS: Final = _ADDING | _REMOVING
_READING: Final = frozenset(
    ["get", "items", "values", "keys", "copy", "index", "count", "peek", "qsize", "empty", "most_common", "elements"]
)


class Access(NamedTuple):
    """One write to, or read of, a cell."""

    function: Function
    how: str
    method: str
    """The mutator or reading method, "" otherwise."""
    key: Expr | None
    value: Expr | None
    line: int
    column: int
    end_line: int
    end_column: int
    guards: tuple[int, ...]


class Origin(NamedTuple):
    """A place where the cell's value is made."""

    function: Function
    expr: Expr
    line: int
    column: int
    end_line: int
    end_column: int
    guards: tuple[int, ...]


@dataclass(slots=True)
class Cell:
    """A place that outlives a request and is changed."""

    location: Location
    container: ContainerKind
    origins: list[Origin]
    holder: Holder | None
    writes: list[Access] = field(default_factory=list)
    reads: list[Access] = field(default_factory=list)

    @property
    def qualified(self) -> str:
        """Unique name of the cell in the project."""
        return self.location.qualified


class CellFinder:
    """Collects writes by location, keeps the locations that live long, then collects their reads."""

    def __init__(self, resolver: Resolver, vocabulary: Vocabulary, lifetimes: Lifetimes, entry_points: EntryPoints) -> None:
        self._resolver = resolver
        self._lifetimes = lifetimes
        self._factories = factories(entry_points.points)
        self._containers = Containers(resolver, vocabulary)

    def find(self, functions: Sequence[Function]) -> list[Cell]:
        """Return every cell with at least one write, in a fixed order."""
        writes: dict[Location, list[Access]] = {}
        for function in functions:
            if function.module.part not in ("test", "migration", "script"):
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
        owner = location.owner
        holder: Holder | None = None
        match location.kind:
            case "global":
                if not isinstance(owner, Module) or owner.part in ("test", "script", "migration"):
                    return None
                if location.name not in owner.body.locals and location.name not in owner.body.global_writes:
                    return None
            case "attribute":
                if not isinstance(owner, Class) or not self._lives(owner, location.name, accesses):
                    return None
                if _is_mapped(owner) and all(access.how in ("rebind", "augment") for access in accesses):
                    return None  # an attribute of a row, a form, a message: written to its own store
                holder = self._lifetimes.holder(owner)
            case "application":
                pass
            case "local":
                if not isinstance(owner, Function) or owner not in self._factories:
                    return None
                accesses = [access for access in accesses if access.function is not owner]
            case "default":
                pass
            case "function":
                # a function made inside another is a new object each time
                if not isinstance(owner, Function) or owner.parent is None or not owner.parent.is_body:
                    return None
            case _:
                return None
        if not accesses:
            return None
        origins = [origin for origin in self._origins(location, accesses) if origin.function.module.part not in ("test", "script")]
        container = self._containers.at(location, [(origin.function, origin.expr) for origin in origins])
        if container not in FILLABLE:
            # `.add()` on something that is no container is a method of a session, a client, a builder
            accesses = [access for access in accesses if not access.method and access.how != "nested"]
        return Cell(location, container, origins, holder, accesses) if accesses else None

    def _lives(self, owner: Class, name: str, accesses: list[Access]) -> bool:
        if self._lifetimes.holder(owner) is not None:
            return True
        # a container in the class body is shared by all instances, unless a method gives each instance its own
        in_class = any(name in cls.bindings for cls in owner.lineage)
        own = [f for cls in (owner, *owner.subclasses) for f, w in cls.attribute_writes.get(name, ()) if _writes_instance(f, w.target)]
        filled = any(access.how not in ("rebind", "nested") for access in accesses)
        if in_class and filled and not own and not _declares_fields(owner):
            return True
        # `Klass.counter += 1`, `cls.snapshot = ...`: the class itself is written
        return any(_through_class(access, owner, self._resolver) for access in accesses)

    def _origins(self, location: Location, accesses: Sequence[Access] = ()) -> list[Origin]:
        owner, name = location.owner, location.name
        found: list[Origin] = []
        match location.kind:
            case "global" | "local":
                scope = owner.body if isinstance(owner, Module) else owner
                if isinstance(scope, Function):
                    for b in scope.locals.get(name, ()):
                        if b.how != "aug":
                            found.append(Origin(scope, b.value, b.line, b.column, b.end_line, b.end_column, b.guards))
                    if not found:
                        for f, w in scope.global_writes.get(name, ()):
                            found.append(Origin(f, w.value, w.line, w.column, w.end_line, w.end_column, w.guards))
            case "attribute" if name == OWN_ITEMS and isinstance(owner, Class):
                s = owner.summary
                found.append(Origin(owner.scope, Display("dict"), s.line, s.column, s.line, s.column + len(f"class {owner.name}"), ()))
            case "attribute":
                if isinstance(owner, Class):
                    for cls in (owner, *owner.subclasses):
                        for b in cls.bindings.get(name, ()):
                            found.append(Origin(cls.scope, b.value, b.line, b.column, b.end_line, b.end_column, b.guards))
                    for cls in (owner, *owner.subclasses):
                        written = cls.attribute_writes.get(name, ())
                        first = [
                            pair
                            for pair in written
                            if pair[0].name.endswith(("__init__", "__new__", "__post_init__", "initialize", "setup"))
                        ]
                        for f, w in first or written:
                            if w.how == "=":
                                found.append(Origin(f, w.value, w.line, w.column, w.end_line, w.end_column, w.guards))
                    if not found:  # given from outside: `cls._instance.items = []`
                        for a in accesses:
                            if a.how == "rebind" and a.value is not None:
                                found.append(Origin(a.function, a.value, a.line, a.column, a.end_line, a.end_column, a.guards))
            case "default":
                if isinstance(owner, Function):
                    param = owner.params[name]
                    s = owner.summary
                    found.append(Origin(owner, param.default or Ref("?"), s.line, s.column, s.line, s.column + 1, ()))
            case "application":
                for f, expr in self._resolver.bag_values.get(name, ()):
                    for w in f.summary.writes:
                        if w.value is expr:
                            found.append(Origin(f, expr, w.line, w.column, w.end_line, w.end_column, w.guards))
                            break
            case "function":
                if isinstance(owner, Function):
                    scope = owner.parent or owner
                    for w in scope.summary.writes:
                        if w.target == f"{owner.name.rpartition('.')[2]}.{name}":
                            found.append(Origin(scope, w.value, w.line, w.column, w.end_line, w.end_column, w.guards))
        return found

    # -- reads

    def _reads(self, functions: Sequence[Function], cells: dict[Location, Cell]) -> None:
        names = {location.name.rpartition(".")[2].rstrip("]").rpartition("[")[2] for location in cells}
        names |= {location.name for location in cells}
        for function in functions:
            if function.module.part in ("test", "migration", "script"):
                continue
            for location, access in reads_in(function, self._resolver, names):
                cell = cells.get(location)
                if cell is not None:
                    cell.reads.append(access)


def writes_in(function: Function, resolver: Resolver) -> Iterable[tuple[Location, Access]]:
    """Yield every write of a function to something that is not simply its own local."""
    for write in function.summary.writes:
        target, step = split(write.target)
        if step[:1] == "[" and not _is_bag(resolver, function, target, step):
            how: How = "delete" if write.how == "del" else "augment" if write.how == "aug" else "item"
            view = resolver.walk(function, target)
            places = (*view.places, *_own_items(view, resolver))
        else:
            how = "delete" if write.how == "del" else "augment" if write.how == "aug" else "rebind"
            if _is_construction(function, write.target):
                continue
            # the name itself is bound anew: what it was an alias of stays as it is
            own = _own_location(function, write.target) if not step else None
            places = (Place(own, inner=False),) if own else resolver.walk(function, write.target).places[:1]
        for place in _written(places, function):
            nested = how if not place.inner else "nested"
            yield (
                place.location,
                Access(
                    function, nested, "", write.key, write.value, write.line, write.column, write.end_line, write.end_column, write.guards
                ),
            )
    for site in function.summary.calls:
        prefix, step = split(site.call.func)
        method = step[1:]
        if step[:1] != "." or method not in MUTATORS:
            continue
        view = resolver.walk(function, prefix)
        items = _own_items(view, resolver)
        if prefix in ("dict", "list", "set", "super()", "OrderedDict"):  # `dict.__setitem__(self, key, value)`
            items = _own_items(resolver.walk(function, "self"), resolver)
        if any(isinstance(e, Instance) and e.cls.find_method(method) is not None for e in view.entities):
            continue  # a method of the project: its own writes count
        if any(isinstance(e, (Class, Module, StateBag)) for e in view.entities):
            continue
        call = site.call
        key = call.args[0] if call.args and method in ("setdefault", "pop", "add", "remove", "discard", "__setitem__") else None
        value = call.args[-1] if call.args and method not in _REMOVING else None
        how = "delete" if method in _REMOVING else "mutate"
        for place in _written((*view.places, *items), function):
            nested = how if not place.inner else "nested"
            yield (
                place.location,
                Access(function, nested, method, key, value, call.line, call.column, call.end_line, call.end_column, site.guards),
            )
    yield from _taken(function, resolver)
    yield from _default_writes(function)


def _own_items(view: View, resolver: Resolver) -> tuple[Place, ...]:
    """The contents of a project class that is itself a container: `class Users(dict)`."""
    containers = resolver.vocabulary.container_bases
    found = []
    for entity in view.entities:
        if isinstance(entity, Instance) and any(base in containers for base in entity.cls.external_bases):
            holder = next(c for c in reversed(entity.cls.lineage) if any(base in containers for base in c.external_bases))
            found.append(Place(Location("attribute", holder, OWN_ITEMS), inner=False))
    return tuple(found)


def _is_construction(function: Function, target: str) -> bool:
    """Whether an object gives itself its attributes while it is being made."""
    name = function.name.rpartition(".")[2]
    if function.owner is None or name not in ("__init__", "__new__", "__post_init__", "__init_subclass__", "__set_name__"):
        return False
    return "." in target and target.partition(".")[0] not in ("cls", function.owner.name)


def _own_location(function: Function, name: str) -> Location | None:
    if name in function.summary.global_names:
        return Location("global", function.module, name)
    outer = function.parent
    while outer is not None and not outer.is_body:
        if name in outer.locals or name in outer.params:
            return Location("local", outer, name)
        outer = outer.parent
    return None


def _taken(function: Function, resolver: Resolver) -> Iterable[tuple[Location, Access]]:
    """`next(ids)` takes from a counter or a started generator."""
    for site in function.summary.calls:
        call = site.call
        if call.func in ("next", "anext") and call.args and isinstance(call.args[0], Ref):
            for place in _written(resolver.walk(function, call.args[0].path).places, function):
                yield (
                    place.location,
                    Access(function, "mutate", "next", None, None, call.line, call.column, call.end_line, call.end_column, site.guards),
                )


def _default_writes(function: Function) -> Iterable[tuple[Location, Access]]:
    """Writes to a mutable default: `def handler(seen=[])`."""
    mutable = {p.name for p in function.summary.params if isinstance(p.default, Display) and p.default.kind != "tuple"}
    if not mutable:
        return
    for site in function.summary.calls:
        prefix, step = split(site.call.func)
        if prefix in mutable and step[1:] in MUTATORS and prefix not in function.locals:
            call = site.call
            location = Location("default", function, prefix)
            yield (
                location,
                Access(function, "mutate", step[1:], None, None, call.line, call.column, call.end_line, call.end_column, site.guards),
            )
    for write in function.summary.writes:
        head, step = split(write.target)
        if head in mutable and step[:1] == "[" and head not in function.locals:
            location = Location("default", function, head)
            yield (
                location,
                Access(
                    function, "item", "", write.key, write.value, write.line, write.column, write.end_line, write.end_column, write.guards
                ),
            )


def reads_in(function: Function, resolver: Resolver, names: set[str]) -> Iterable[tuple[Location, Access]]:
    """Yield reads of cells; `names` are the only last names worth resolving."""
    for read in function.summary.reads:
        path = _strip_reader(read.target)
        for place in resolver.walk(function, path).places:
            yield (
                place.location,
                Access(function, read.how, "", read.key, None, read.line, read.column, read.line, read.column, read.guards),
            )
    for site in function.summary.calls:
        prefix, step = split(site.call.func)
        if step[1:] in _READING or step[1:] in ("pop", "popleft", "popitem", "setdefault"):
            key = site.call.args[0] if site.call.args else None
            view = resolver.walk(function, prefix)
            if any(isinstance(e, Instance) and e.cls.find_method(step[1:]) is not None for e in view.entities):
                continue  # a method of the project: its own reads count
            for place in view.places:
                c = site.call
                yield place.location, Access(function, "get", step[1:], key, None, c.line, c.column, c.end_line, c.end_column, site.guards)
    for path, line in function.summary.loads.items():
        head, step = split(path)
        last = step[1:].rstrip("]") if step else head
        if last in names:
            for place in resolver.walk(function, path).places:
                if not place.inner:
                    yield place.location, Access(function, "load", "", None, None, line, 1, line, 1, ())


def _strip_reader(path: str) -> str:
    for suffix in (".items()", ".values()", ".keys()", ".copy()"):
        path = path.removesuffix(suffix)
    return path


def _written(places: Sequence[Place], function: Function) -> Iterable[Place]:
    """Drop the function's own locals and parameters: what they alias is listed beside them."""
    for place in places:
        location = place.location
        if location.kind == "parameter" or (location.kind == "local" and location.owner is function):
            continue
        yield place


def _is_bag(resolver: Resolver, function: Function, target: str, step: str) -> bool:
    """Whether `target[key]` is an entry of the application, not of a container."""
    view = resolver.walk(function, target + step)
    return any(place.location.kind == "application" and not place.inner for place in view.places)


def _declares_fields(owner: Class) -> bool:
    """Dataclasses and models copy or refuse mutable class-level defaults."""
    for decorator in owner.summary.decorators:
        path = decorator.path if isinstance(decorator, Ref) else decorator.func if isinstance(decorator, Call) else ""
        if path.rpartition(".")[2] in ("dataclass", "define", "attrs", "s", "frozen", "mutable"):
            return True
    declaring = (
        "BaseModel",
        "BaseSettings",
        "Model",
        "Schema",
        "Serializer",
        "Form",
        "ModelForm",
        "Struct",
        "DeclarativeBase",
        "TypedDict",
        "declarative_base",
    )
    return any(base.rpartition(".")[2] in declaring or base.endswith("db.Model") for base in owner.external_bases)


def _is_mapped(owner: Class) -> bool:
    """Whether instances stand for rows, forms or messages, which live as long as the request at most."""
    mapped = (
        "django.db.models.",
        "django.forms.",
        "rest_framework.",
        "wtforms.",
        "flask_wtf.",
        "mongoengine.",
        "tortoise.",
        "peewee.",
        "graphene.",
    )
    return any(
        base.startswith(mapped)
        or base.rpartition(".")[2] in ("Model", "Base", "DeclarativeBase", "declarative_base", "SQLModel", "Document")
        for base in owner.external_bases
    )


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
                    for entity in resolver.walk(access.function, prefix).entities
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
