"""Writes and reads of places: statements, methods of containers, and functions that change what they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.program.names.nodes import OWN_ITEMS, Class, External, Function, Instance, Location, LocationPath, Module, StateBag
from statelint.program.names.resolver import split
from statelint.survey.summary import Call, CallSite, Const, Display, Expr, Ref, Write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from statelint.program.names.nodes import PointsTo
    from statelint.program.names.resolver import Resolver

How = Literal["item", "delete", "mutate", "rebind", "augment", "nested", "in", "iter", "get", "load"]
_KEYED: Final = frozenset({"setdefault", "pop", "add", "remove", "discard", "__setitem__"})
_FUNCTIONS: Final[dict[str, How]] = {
    "next": "mutate",
    "anext": "mutate",
    "heapq.heappush": "mutate",
    "heapq.heappushpop": "mutate",
    "heapq.heapreplace": "mutate",
    "heapq.heappop": "delete",
    "heapq.heapify": "mutate",
    "bisect.insort": "mutate",
    "bisect.insort_left": "mutate",
    "bisect.insort_right": "mutate",
    "random.shuffle": "mutate",
    "operator.setitem": "item",
    "operator.delitem": "delete",
    "operator.iadd": "mutate",
    "operator.ior": "mutate",
}
"""Functions that change their first argument; `next` takes from a counter or a started generator."""
_LAST_NAMES: Final = frozenset(name.rpartition(".")[2] for name in _FUNCTIONS)
_BUILT_IN: Final = frozenset({"dict", "list", "set", "super()", "OrderedDict"})
_COPYING: Final = frozenset(
    {
        "dict", "list", "set", "tuple", "sorted", "frozenset", "deque", "collections.deque", "OrderedDict", "collections.OrderedDict",
        "Counter", "collections.Counter", "copy.copy", "copy.deepcopy", "copy", "deepcopy",
    }
)  # fmt: skip
_MADE_ONCE: Final = frozenset(
    {"dict", "list", "set", "defaultdict", "collections.defaultdict", "deque", "collections.deque", "OrderedDict"}
)


class Access(NamedTuple):
    """One write to, or read of, a place."""

    function: Function
    how: How
    method: str
    """The method, or the function, that does it; "+=" for an operator on something inside, "" for other statements and operators."""
    key: Expr | None
    value: Expr | None
    line: int
    column: int
    end_line: int
    end_column: int
    guards: tuple[int, ...]
    target: str = ""
    """The path that is written, or the one that is called."""

    @property
    def fills_inner(self) -> bool:
        """Whether something is put into a container that is itself an element: `rooms[name].append(store)`, `rooms[name][key] = store`."""
        is_filled = self.how == "nested" and self.method != "+=" and (self.key is not None or bool(self.method))
        return is_filled and isinstance(self.value, (Ref, Call))

    @property
    def head(self) -> str:
        """The name at the beginning of the path."""
        return self.target.partition(".")[0].partition("[")[0]


def writes_in(function: Function, resolver: Resolver) -> Iterator[tuple[Location, Access]]:
    """Yield every write of a function to something that is not simply its own local."""
    for write in function.summary.writes:
        yield from _statement(function, write, resolver)
    for location, access in _by_calls(function, resolver.vocabulary.words("adding-method", "removing-method"), resolver):
        if access.how != "mutate" or not _is_filled_while_made(function, split(access.target)[0]):
            yield location, access


def fillings_in(function: Function, resolver: Resolver) -> Iterator[tuple[Location, Access]]:
    """Yield what a function puts into containers that are not simply its own; what names and attributes are bound to is not asked for."""
    for write in function.summary.writes:
        if write.target.endswith("]"):
            yield from _filling(_statement(function, write, resolver))
    yield from _filling(_by_calls(function, resolver.vocabulary.words("adding-method"), resolver))


def _filling(accesses: Iterable[tuple[Location, Access]]) -> Iterator[tuple[Location, Access]]:
    return (
        (at, access) for at, access in accesses if access.value is not None and (access.how in ("item", "mutate") or access.fills_inner)
    )


def _by_calls(function: Function, mutating: AbstractSet[str], resolver: Resolver) -> Iterator[tuple[Location, Access]]:
    for site in function.summary.calls:
        prefix, step = split(site.call.func)
        if step[:1] == "." and step[1:] in mutating:
            yield from _mutator(function, site, prefix, step[1:], resolver)
        if site.call.args and (step[1:] or prefix) in _LAST_NAMES:
            yield from _by_function(function, site, resolver)


def fillings_of_locals(function: Function, resolver: Resolver) -> Iterator[tuple[Location, Access]]:
    """Yield what a function puts into containers of its own, which are nobody's state but may be gone through, handed on, or returned."""
    if function.is_body:
        return
    summary = function.summary
    used = {expr.path for expr in summary.returns if isinstance(expr, Ref)}
    used.update(_strip_reader(read.target) for read in summary.reads if read.how == "iter")
    handed = (expr for site in summary.calls for expr in (*site.call.args, *(value for _, value in site.call.keywords)))
    used.update(expr.path for expr in handed if isinstance(expr, Ref))
    made = {name for name in used if any(is_made_empty(binding.value) for binding in function.locals.get(name, ()))}
    if not made:
        return
    adding = resolver.vocabulary.words("adding-method")
    for write in summary.writes:
        name = write.target.partition("[")[0]
        if write.target.endswith("]") and name in made and write.how == "=" and isinstance(write.value, (Ref, Call)):
            yield Location("local", function, name), _access(function, write, "item", "", write.key, write.value)
    for site in summary.calls:
        name, _, method = site.call.func.partition(".")
        if method in adding and name in made and site.call.args and isinstance(site.call.args[-1], (Ref, Call, Display)):
            yield Location("local", function, name), _access(function, site, "mutate", method, None, site.call.args[-1])


def is_made_empty(value: Expr) -> bool:
    """Whether a container begins empty: it is a table that is filled piece by piece, and no document in which a few keys are set."""
    return (isinstance(value, Display) and not value.items) or (isinstance(value, Call) and value.func in _MADE_ONCE)


def _statement(function: Function, write: Write, resolver: Resolver) -> Iterator[tuple[Location, Access]]:
    target, step = split(write.target)
    how: How = "delete" if write.how == "del" else "augment" if write.how == "aug" else "rebind"
    places: tuple[LocationPath, ...]
    if step[:1] == "[" and not _is_bag(resolver, function, target, step):
        how = "item" if how == "rebind" else how
        if _is_copy(function, target, resolver):
            return
        view = resolver.walk(function, target)
        places = _own_items(view, resolver) or _reaching(function, target, write.guards, view.places, resolver)
    elif _is_construction(function, write.target):
        return
    else:
        # the name itself is bound anew: what it was an alias of stays as it is
        own = _own_location(function, write.target) if not step else None
        places = (LocationPath(own, inner=False),) if own else resolver.walk(function, write.target).places[:1]
    for place in _written(places, function):
        method = "+=" if place.inner and how == "augment" else ""
        yield place.location, _access(function, write, "nested" if place.inner else how, method, write.key, write.value)


def _mutator(function: Function, site: CallSite, prefix: str, method: str, resolver: Resolver) -> Iterator[tuple[Location, Access]]:
    if _is_copy(function, prefix, resolver):
        return
    view = resolver.walk(function, prefix)
    if _is_own_method(view, method, resolver):
        return  # its own writes count
    if any(isinstance(entity, (Class, Module, StateBag)) for entity in view.objects):
        return
    items = _own_items(view, resolver)
    if prefix in _BUILT_IN:  # `dict.__setitem__(self, key, value)`
        items = _own_items(resolver.walk(function, "self"), resolver)
    args = site.call.args
    key = args[0] if args and method in _KEYED else None
    removes = method in resolver.vocabulary.words("removing-method")
    value = args[-1] if args and not removes else None
    how: How = "delete" if removes else "mutate"
    for place in _written(items or _reaching(function, prefix, site.guards, view.places, resolver), function):
        yield place.location, _access(function, site, "nested" if place.inner else how, method, key, value)


def _reaching(
    function: Function, name: str, guards: tuple[int, ...], places: tuple[LocationPath, ...], resolver: Resolver
) -> tuple[LocationPath, ...]:
    """Leave out what a local name is bound to in the other arm of a condition only: `x = self.known` where there is one, else `x = {}`."""
    bindings = function.locals.get(name, ())
    other = [binding for binding in bindings if _exclude_each_other(function, binding.guards, guards)]
    if not other or function.is_body:
        return places
    gone = {place for binding in other for place in resolver.value(function, binding.value).places}
    kept = {place for binding in bindings if binding not in other for place in resolver.value(function, binding.value).places}
    return tuple(place for place in places if place not in gone or place in kept)


def _exclude_each_other(function: Function, one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether two places stand in the two arms of one `if`."""
    summary = function.summary
    arms = {(summary.guards[index].line, summary.guards[index].text): summary.guards[index].kind for index in one}
    for index in other:
        guard = summary.guards[index]
        kind = arms.get((guard.line, guard.text), guard.kind)
        if kind != guard.kind and {kind, guard.kind} in ({"if", "else"}, {"if", "early-exit"}):
            return True
    return False


def _is_copy(function: Function, name: str, resolver: Resolver) -> bool:
    """Whether a local name, or what a path ends in, is a copy that the function made for itself, or was given by a helper."""
    if name.endswith(".copy()"):
        return True
    values = [binding.value for binding in function.locals.get(name, ())]
    if any(isinstance(value, Ref) and not value.path.endswith(".copy()") for value in values):
        return False
    return any(_copies(value) or _gives_copies(function, value, resolver) for value in values)


def _gives_copies(function: Function, value: Expr, resolver: Resolver) -> bool:
    """Whether a call of the project's own gives a copy of something: `return TYPES[name].copy()`, and a display or nothing else."""
    called = resolver.walk(function, value.func).objects if isinstance(value, Call) else ()
    returns = [one for entity in called if isinstance(entity, Function) for one in entity.summary.returns]
    fresh = (isinstance(one, (Const, Display)) or (isinstance(one, Call) and _copies(one)) for one in returns)
    return any(isinstance(one, Call) for one in returns) and all(fresh)


def _copies(value: Expr) -> bool:
    if isinstance(value, Ref):
        return True
    if not isinstance(value, Call):
        return False
    return (value.func in _COPYING and bool(value.args)) or value.func.endswith((".copy", ".deepcopy"))


def _is_own_method(view: PointsTo, method: str, resolver: Resolver) -> bool:
    """Whether a method is the project's, and not in some configuration that of a plain container: `RedisDict(...)` or `{}`."""
    if not any(isinstance(entity, Instance) and entity.cls.find_method(method) is not None for entity in view.objects):
        return False
    values = (value for place in view.places if not place.inner for _, value in resolver.values_of(place.location))
    return not any(isinstance(value, Display) for value in values)


def _by_function(function: Function, site: CallSite, resolver: Resolver) -> Iterator[tuple[Location, Access]]:
    """`next(ids)`, `heappush(queue, job)`: changes of the first argument."""
    first, *others = site.call.args
    names = [entity.name for entity in resolver.walk(function, site.call.func).objects if isinstance(entity, External)]
    known = next((name for name in names if name in _FUNCTIONS), "")
    if not known or not isinstance(first, Ref):
        return
    how, last = _FUNCTIONS[known], known.rpartition(".")[2]
    key = others[0] if others and last in ("setitem", "delitem") else None
    value = others[-1] if others and how != "delete" else None
    for place in _written(resolver.walk(function, first.path).places, function):
        yield place.location, _access(function, site, "nested" if place.inner else how, last, key, value)


def _access(function: Function, at: Write | CallSite, how: How, method: str, key: Expr | None, value: Expr | None) -> Access:  # noqa: PLR0917 - in the order of `Access`
    place: Write | Call = at.call if isinstance(at, CallSite) else at
    target = at.call.func if isinstance(at, CallSite) else at.target
    return Access(function, how, method, key, value, place.line, place.column, place.end_line, place.end_column, at.guards, target)


def _own_items(view: PointsTo, resolver: Resolver) -> tuple[LocationPath, ...]:
    """The contents of a project class that is itself a container: `class Users(dict)`."""
    containers = resolver.vocabulary.container_bases
    found = []
    for entity in view.objects:
        if isinstance(entity, Instance) and any(base in containers for base in entity.cls.external_bases):
            holder = next(c for c in reversed(entity.cls.lineage) if any(base in containers for base in c.external_bases))
            found.append(LocationPath(Location("attribute", holder, OWN_ITEMS), inner=False))
    return tuple(found)


def _is_filled_while_made(function: Function, path: str) -> bool:
    """Whether a container is an attribute that an object makes for itself, and fills, while it is being made: `self.ways.append(way)`."""
    if not _is_construction(function, path) or path.count(".") != 1:
        return False
    bound = [write.value for write in function.summary.writes if write.target == path and write.how != "del"]
    return bool(bound) and all(isinstance(value, Display) or is_made_empty(value) for value in bound)


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


def _written(places: Sequence[LocationPath], function: Function) -> Iterator[LocationPath]:
    """Drop the function's own locals and parameters, whose aliases are listed beside them; a mutable default is a place of its own."""
    for place in places:
        location = place.location
        if location.kind == "parameter":
            if _is_default(location):
                yield LocationPath(location._replace(kind="default"), place.inner)
        elif location.kind != "local" or location.owner is not function:
            yield place


def _is_default(parameter: Location) -> bool:
    """Whether the default of a parameter is a container that is not replaced: `def handler(seen=[])`."""
    owner = parameter.owner
    if not isinstance(owner, Function) or parameter.name in owner.locals:
        return False
    default = owner.params[parameter.name].default
    if isinstance(default, Call):
        return default.func in _MADE_ONCE
    return isinstance(default, Display) and default.kind != "tuple"


def _is_bag(resolver: Resolver, function: Function, target: str, step: str) -> bool:
    """Whether `target[key]` is an entry of the application, not of a container."""
    view = resolver.walk(function, target + step)
    return any(place.location.kind == "application" and not place.inner for place in view.places)


def reads_in(function: Function, resolver: Resolver, names: set[str]) -> Iterator[tuple[Location, Access]]:
    """Yield reads of places; `names` are the only last names worth resolving."""
    for read in function.summary.reads:
        for place in _read(resolver.walk(function, _strip_reader(read.target)).places):
            access = Access(function, read.how, "", read.key, None, read.line, read.column, read.line, read.column, read.guards)
            yield place.location, access
    reading = resolver.vocabulary.words("reading-method")
    for site in function.summary.calls:
        prefix, step = split(site.call.func)
        if step[:1] == "." and step[1:] in reading:
            yield from _reader(function, site, prefix, step[1:], resolver)
    for path, line in function.summary.loads.items():
        if _last(path) in names:
            for place in _read(resolver.walk(function, path).places):
                if not place.inner:
                    yield place.location, Access(function, "load", "", None, None, line, 1, line, 1, ())


def _last(path: str) -> str:
    """The last name of a path, or its last key."""
    if path[-1:] not in ("]", ")"):
        return path[path.rfind(".") + 1 :]
    head, step = split(path)
    return step[1:].rstrip("]") if step else head


def _reader(function: Function, site: CallSite, prefix: str, method: str, resolver: Resolver) -> Iterator[tuple[Location, Access]]:
    view = resolver.walk(function, prefix)
    if _is_own_method(view, method, resolver):
        return  # its own reads count
    key = site.call.args[0] if site.call.args else None
    for place in _read(view.places):
        yield place.location, _access(function, site, "get", method, key, None)


def _read(places: Iterable[LocationPath]) -> Iterator[LocationPath]:
    """Give the default of a parameter its own place."""
    for place in places:
        own = place.location.kind == "parameter" and _is_default(place.location)
        yield LocationPath(place.location._replace(kind="default"), place.inner) if own else place


def _strip_reader(path: str) -> str:
    for suffix in (".items()", ".values()", ".keys()", ".copy()"):
        path = path.removesuffix(suffix)
    return path
