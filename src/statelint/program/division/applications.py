"""Which applications of a project are programs of their own, and what says so.

Two applications are one program where one is mounted on the other, where one is made on the way to the other, in the same module or for
the same function, and where a server of the one imports the other and nothing serves it. What is left are applications of several
processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.program.calls.callgraph import is_main_guarded
from statelint.program.names.nodes import Function, Module
from statelint.program.names.resolver import split
from statelint.program.routing.owners import URL_LIST
from statelint.survey.summary import Call, Const, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.program.calls.callgraph import LibraryCall
    from statelint.program.division.loading import Loader
    from statelint.program.names.nodes import PointsTo
    from statelint.program.program import Program
    from statelint.program.routing.routes import Group, Site
    from statelint.survey.summary import Expr

_PUBLIC = frozenset({"app", "settings", "command"})


class Served(NamedTuple):
    """What a process is told to serve: `shop.main:app`, a module, or the path of one."""

    target: str
    told_by: str
    """Where that is said, for people."""
    name: str = ""
    """How the configuration calls the program; "" where no configuration says it."""
    by_agent: bool = False
    """Whether it is installed on other machines by the project itself, one instance on each."""


class Start(NamedTuple):
    """What starts a program."""

    text: str
    """In words, with the place."""
    name: str = ""
    target: str = ""
    by_agent: bool = False


class Application(NamedTuple):
    """A program: the calls that make its application, or its applications."""

    sites: frozenset[Site]
    starts: tuple[Start, ...]
    """Everything seen that serves it; empty where nothing does."""
    makers: frozenset[Function]
    """Functions and module bodies that make the application, or call what makes it; none of another program."""
    module: Module
    """The module that makes it."""
    made: str
    """The call, for people: `FastAPI(...)`."""


class _One:
    """One application while it is not known with which others it is a program."""

    def __init__(self, site: Site, nodes: Group, function: Function, program: Program) -> None:
        self.site = site
        self.nodes = frozenset((site, *nodes))
        self.function = function
        self.makers = _callers((function, *_described(site, program)), program)
        self.starts: dict[Start, None] = {}


def applications(program: Program, loader: Loader, served: Sequence[Served]) -> tuple[Application, ...]:
    """Return the programs among the applications that a project makes, in the order of their modules."""
    found = _found(program)
    if len(found) < 2:
        return ()
    for one in served:
        for each in _told(one.target, found, program):
            each.starts[Start(one.told_by, one.name, one.target, one.by_agent)] = None
    for each, start in _handed(found, program):
        each.starts[start] = None
    groups = _Groups(found)
    _join(groups, found, program)
    _join_loaded(groups, loader)
    return _as_programs(groups.all())


def _found(program: Program) -> list[_One]:
    by_path = {module.path: module for module in program.modules.values()}
    found = []
    for site, nodes in program.entry_points.owners.sites.items():
        module = by_path.get(site.path)
        if module is not None and module.part in _PUBLIC:
            found.append(_One(site, nodes, _function_at(module, site), program))
    return sorted(found, key=lambda one: one.site)


def _function_at(module: Module, site: Site) -> Function:
    """Return the function that a call stands in."""
    for function in module.functions.values():
        if any((s.call.line, s.call.column, s.call.func) == (site.line, site.column, site.func) for s in function.summary.calls):
            return function
    return module.body


def _described(site: Site, program: Program) -> Iterator[Function]:
    """Yield what serves the application that settings describe."""
    if site.func == URL_LIST:
        gives = program.vocabulary.role("settings-application")
        for name, calls in program.graph.library_calls.items():
            yield from (call.function for call in calls if name in gives and call.function.module.part in _PUBLIC)


def _callers(starts: Iterable[Function], program: Program) -> frozenset[Function]:
    """Return functions and all that calls them."""
    pending = list(starts)
    seen = set(pending)
    for function in pending:  # grows while it is gone through
        further = [edge.caller for edge in program.graph.callers.get(function, ()) if edge.kind == "call" and edge.caller not in seen]
        further = [caller for caller in further if caller.module.part in _PUBLIC]
        seen.update(further)
        pending += further
    return frozenset(seen)


# -- what is served


def _told(target: str, found: Sequence[_One], program: Program) -> list[_One]:
    """Return the applications that a server is told to load by a string."""
    name, _, attribute = target.partition(":")
    name = name.removesuffix(".py").strip("./").replace("/", ".")
    exact = program.resolver.module(name)
    ends = [module for key, module in program.modules.items() if key.endswith(f".{name}")]
    module = exact or (ends[0] if name and len(ends) == 1 else None)
    if module is None:
        return _told(f"{name.rpartition('.')[0]}:{name.rpartition('.')[2]}", found, program) if "." in name and not attribute else []
    attribute = attribute.removesuffix("()")
    view = program.resolver.walk(module.body, attribute) if attribute.isidentifier() else None
    known = _behind(view, found) if view is not None else []
    return known or [one for one in found if module.body in one.makers or (module is one.function.module and one.function.is_body)]


def _behind(view: PointsTo, found: Sequence[_One]) -> list[_One]:
    """Return the applications that a value is, or that calling it gives."""
    places = {place.location for place in view.places if not place.inner}
    given = {entity for entity in view.objects if isinstance(entity, Function)}
    return [one for one in found if not places.isdisjoint(one.nodes) or not given.isdisjoint(one.makers)]


def _handed(found: Sequence[_One], program: Program) -> Iterator[tuple[_One, Start]]:
    """Yield what the project's own code serves, by the calls that start a server."""
    serve = program.vocabulary.role("serve")
    for name in sorted(program.graph.library_calls):
        for call in program.graph.library_calls[name] if name in serve else ():
            if call.function.module.part not in _PUBLIC:
                continue
            guarded = is_main_guarded(call.function, call.site.guards)
            start = Start(f"`{call.site.call.func}` in {call.function.module.path}:{call.site.call.line}")
            known = [one for expr in _arguments(call) for one in _given(call.function, expr, found, program)]
            around = [] if guarded else [one for one in found if call.function in one.makers]
            for one in dict.fromkeys(known or around):
                yield one, start


def _arguments(call: LibraryCall) -> Iterator[Expr]:
    made = call.site.call
    yield from made.args
    yield from (value for _, value in made.keywords)
    owner, step = split(made.func)
    if step[:1] == ".":
        yield Ref(owner)


def _given(function: Function, expr: Expr, found: Sequence[_One], program: Program) -> list[_One]:
    match expr:
        case Const(value=str(text)) if ":" in text:
            return _told(text, found, program)
        case Ref(path=path):
            return _behind(program.resolver.walk(function, path), found)
        case Call(func=func, args=args):
            known = _behind(program.resolver.walk(function, func), found)
            return known or [one for arg in args for one in _given(function, arg, found, program)]
    return []


# -- what is one program


class _Groups:
    """Applications that are known to be one program."""

    def __init__(self, found: Sequence[_One]) -> None:
        self._of = {one: [one] for one in found}

    def join(self, one: _One, other: _One) -> None:
        mine, its = self._of[one], self._of[other]
        if mine is not its:
            mine += its
            for each in its:
                self._of[each] = mine

    def same(self, one: _One, other: _One) -> bool:
        return self._of[one] is self._of[other]

    def all(self) -> list[list[_One]]:
        return [sorted(group, key=lambda one: one.site) for group in {id(group): group for group in self._of.values()}.values()]


def _join(groups: _Groups, found: Sequence[_One], program: Program) -> None:
    above = program.entry_points.owners.above
    makers = {one: {function.module for function in (one.function, *_described(one.site, program))} for one in found}
    below = {one: _called(one.function, program) for one in found}
    for one in found:
        for other in found:
            if one is other or groups.same(one, other):
                continue
            is_inside = other.site in above.get(one.site, ()) or (not other.function.is_body and other.function in below[one])
            if is_inside or not makers[one].isdisjoint(makers[other]):
                groups.join(one, other)
    _join_by_use(groups, found, program)


def _called(function: Function, program: Program) -> set[Function]:
    pending = [function]
    seen = set(pending)
    for one in pending:  # grows while it is gone through
        new = [edge.callee for edge in program.graph.edges.get(one, ()) if edge.kind == "call" and edge.callee not in seen]
        seen.update(new)
        pending += new
    return seen


def _join_by_use(groups: _Groups, found: Sequence[_One], program: Program) -> None:
    """Join what one function puts together: it calls what makes both, or speaks of both."""
    names = {each for one in found for each in (*one.nodes, one.function)}
    for function in program.functions:
        if function.module.part not in _PUBLIC:
            continue
        used: dict[_One, None] = {}
        for edge in program.graph.edges.get(function, ()):
            if edge.kind == "call" and edge.callee in names:
                used.update(dict.fromkeys(one for one in found if edge.callee is one.function and not one.function.is_body))
        heads = {path.partition(".")[0] for path in function.summary.loads}
        for head in heads:
            if head in function.imports or (head in function.module.body.imports and head not in function.bound_names):
                view = program.resolver.walk(function, head)
                places = {place.location for place in view.places if not place.inner}
                used.update(dict.fromkeys(one for one in found if not places.isdisjoint(one.nodes)))
        first, *others = used or (None,)
        for other in others:
            if first is not None:
                groups.join(first, other)


def _join_loaded(groups: _Groups, loader: Loader) -> None:
    """Join an application that nothing serves to one whose modules import it."""
    for group in groups.all():
        if any(one.starts for one in group):
            continue
        for outer in groups.all():
            if groups.same(outer[0], group[0]):
                continue
            modules = {function.module for one in outer for function in (*one.makers, one.function) if not _is_of(function, group)}
            loaded = {module for start in modules for module in loader.imported_with(start)}
            if any(one.function.module in loaded for one in group):
                groups.join(outer[0], group[0])
                break


def _is_of(function: Function, group: Iterable[_One]) -> bool:
    """Whether a function leads to an application of the group, a command line that starts either for example."""
    return any(function in one.makers for one in group)


def _as_programs(groups: Sequence[list[_One]]) -> tuple[Application, ...]:
    programs = []
    for group in groups:
        others = {function for other in groups if other is not group for one in other for function in one.makers}
        first = min(group, key=lambda one: (not one.starts, one.site))
        programs.append(
            Application(
                frozenset(one.site for one in group),
                tuple(dict.fromkeys(start for one in group for start in one.starts)),
                frozenset(function for one in group for function in one.makers if function not in others or function is one.function),
                first.function.module,
                f"`{first.site.func}(...)`" if first.site.func != URL_LIST else "its list of URLs",
            )
        )
    return tuple(sorted(programs, key=lambda one: one.module.path))
