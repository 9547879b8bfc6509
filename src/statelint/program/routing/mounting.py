"""Build the route graph: which router, list of routes or application hangs below which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names.loop_rows import looped
from statelint.program.names.nodes import Class, External, ExternalValue, Function, Location, Module
from statelint.program.names.resolver import split
from statelint.program.routing.paths import UNKNOWN_PART, join
from statelint.program.routing.router_nodes import RouterNodes
from statelint.program.routing.routes import Group, Hang, RouteGraph, Site
from statelint.survey.summary import Call, Const, Display, Either, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.program.calls.callgraph import CallGraph, LibraryCall
    from statelint.program.names.nodes import AbstractObject
    from statelint.program.names.resolver import Resolver
    from statelint.program.routing.paths import PathReader
    from statelint.program.routing.routing_names import RoutingNames
    from statelint.rulebook.schema import Argument, Include, Router

_ANYWHERE: Final = 10**9
_MUTATORS: Final = frozenset({"append", "extend", "insert", "add"})
_LOADERS: Final = frozenset({"importlib", "pkg_resources", "stevedore", "pluggy", "pkgutil", "os", "sys", "inspect"})
"""What gives objects that only the running program knows."""
_DOCUMENTS: Final = (".yaml", ".yml", ".json")
_LANGUAGE: Final = "i18n_patterns"


class Mounts(RouterNodes):
    """Follows includes, mounts and lists of routes from the calls that make them."""

    def __init__(self, resolver: Resolver, names: RoutingNames, graph: CallGraph, functions: Sequence[Function], paths: PathReader) -> None:
        super().__init__(resolver, names, paths)
        self._graph = graph
        self.rows: list[tuple[Group, str, Function, Expr]] = []
        """Rows of handler lists, `(path, handler)`: what they hang on, the path, and the handler as written in a scope."""
        self.applications: dict[Site, Group] = {}
        """Calls that make an application, with all nodes that stand for it."""
        self._grown: set[object] = set()
        self._attached: dict[tuple[Function, str, Hang, int], bool] = {}
        """Names that were put below a node, and whether all of it could be followed: names of names multiply."""
        self._read: set[object] = set()
        """Nodes below which everything could be followed, be it a library's."""
        self._hollow: list[tuple[Group, tuple[Module, int] | None]] = []
        self._mutations: dict[str, list[tuple[Function, Call]]] = {}
        for function in functions:
            if function.module.part != "test":
                self._index_mutations(function)

    def build(self, root_modules: Iterable[Module]) -> None:
        """Follow every router, application and include of the project."""
        self._applications(root_modules)
        self._includes()
        if any(isinstance(node, Function) for node in self.listed):  # what stands in an included function hangs on the function
            self.table, self.rows, self._hollow = RouteGraph(), [], []
            self._grown.clear()
            self._attached.clear()
            self._applications(root_modules)
            self._includes()

    def _applications(self, root_modules: Iterable[Module]) -> None:
        for name in sorted(self._names.applications):
            for call in self._calls(name):
                made = self.made(call.function, call.site.call)
                self.table.roots.update(made)
                if isinstance(made[0], Site):
                    self.applications[made[0]] = made
        for name, router in self._names.routers.items():
            for call in self._calls(name):
                self._router(router, call)
        for module in root_modules:
            for root in self.url_lists(module):
                self.table.roots.add(root)
                if isinstance(root, Location):
                    self._grow(root)

    def _includes(self) -> None:
        for name, includes in self._names.includes.items():
            for call in self._calls(name):
                for include in includes:
                    self._include(include, call)

    def close(self, filled: set[object]) -> None:
        """Note whether something was included of which nothing is known; `filled` holds every node with a route."""
        known = filled | self._read | set(self.table.own) | self.table.roots | self.table.detached
        known |= {parent for hangs in self.table.parents.values() for hang in hangs for parent in hang.parents}
        self.table.unfollowed.extend(place for group, place in self._hollow if place is not None and not known.intersection(group))

    def takes_list(self, name: str, expr: Expr, call: Call) -> bool:
        """Whether an argument of a call is a list of routes that is read as such, `Application(handlers)`."""
        rows = self._names.includes.get(name, ())
        return not self._names.may_be_view(name) and any(argument(row.child, call) is expr for row in rows)

    def is_list(self, function: Function, expr: Expr) -> bool:
        """Whether an argument that may also be a handler leads to further routes: `include(...)`, `router.urls`."""
        if isinstance(expr, Display):
            return True
        if isinstance(expr, Ref):
            objects = self._resolver.walk(function, expr.path).objects
            return expr.path.rpartition(".")[2] == "urls" and not any(isinstance(entity, (Function, Class)) for entity in objects)
        if not isinstance(expr, Call):
            return False
        names = [entity.name for entity in self._resolver.walk(function, expr.func).objects if isinstance(entity, External)]
        return any(name in self._names.includes and not self._names.may_be_view(name) for name in names)

    # -- routers and includes

    def _calls(self, name: str) -> Iterator[LibraryCall]:
        for call in self._graph.library_calls.get(name, ()):
            if call.function.module.part not in ("test", "script"):
                yield call

    def _router(self, router: Router, call: LibraryCall) -> None:
        made = self.made(call.function, call.site.call)
        prefix = self._paths.text(call.function, argument(router.prefix, call.site.call)) or ""
        version = argument(router.version, call.site.call)
        for node in made:
            if prefix:
                self.table.own[node] = prefix
            if isinstance(version, Const):
                self.table.versions[node] = str(version.value)
        if not router.scanned:
            self.table.detached.update(node for node in made if node not in self.table.roots)
        above = self.receiver(call.function, call.site.call)
        if above:  # a router that another one makes: `api.namespace("x")`
            self.table.hang(made, Hang(above))

    def _include(self, include: Include, call: LibraryCall) -> None:
        function, made = call.function, call.site.call
        above = self.receiver(function, made)
        if include.parent is not None:
            self._hang_below(include, call, above)
            return
        child = argument(include.child, made)
        given = argument(include.prefix, made)
        prefix = (self._paths.text(function, given) or UNKNOWN_PART) if given is not None and not _is_nothing(given) else ""
        version = argument(include.version, made)
        number = str(version.value) if isinstance(version, Const) else ""
        if call.name.endswith(".__init__") and function.owner is not None:  # `super().__init__(handlers)`
            parents = tuple(self.entity_nodes([function.owner]))
        else:
            parents = above or (self.made(function, made) if self._is_maker(call) else ())
        if not above and include.prefix is None and call.name not in self._names.routers and call.name.rpartition(".")[2][:1].isupper():
            self.table.roots.update(parents)  # a gateway around an application: `URLRouter([...])`
        if child is None and include.child is not None and include.child.position is not None and _spreads(made):
            self.table.unfollowed.append((function.module, made.line))
        if child is None or (self._names.may_be_view(call.name) and not self.is_list(function, child)):
            return
        hang = Hang(parents, prefix, include.override and bool(prefix), number, (function.module, made.line))
        children: list[Expr] = [child]
        if include.child is not None and include.child.position == 0 and (include.prefix is None or include.prefix.position is None):
            children += [arg for arg in made.args[1:] if not isinstance(arg, Const)]
        for scope, one, text in self._rows_of_loop(function, child, given, made.line) or [(function, one, prefix) for one in children]:
            if self.attach(scope, one, hang._replace(prefix=text)):
                self._read.update(parents)
            else:
                self.table.unfollowed.append((function.module, made.line))

    def _is_maker(self, call: LibraryCall) -> bool:
        """Whether a call makes something of its own (`Mount(...)`, `Blueprint.group(...)`) or speaks to an object (`app.mount(...)`)."""
        prefix, step = split(call.site.call.func)
        if not step:
            return True
        owner = call.name.rpartition(".")[0]
        objects = self._resolver.walk(call.function, prefix).objects
        return any(isinstance(entity, External) and entity.name == owner for entity in objects) and not owner.startswith("application")

    def _hang_below(self, include: Include, call: LibraryCall, above: Group) -> None:
        """`Api(app)`, `api.init_app(app)`: the argument is what the object itself hangs below."""
        given = argument(include.parent, call.site.call)
        if given is None:
            return
        children = above or self.made(call.function, call.site.call)
        parents = self.group(call.function, given)
        text = self._paths.text(call.function, argument(include.prefix, call.site.call)) or ""
        self.table.hang(children, Hang(parents, text, include.override and bool(text)))

    def _rows_of_loop(self, function: Function, child: Expr, given: Expr | None, line: int) -> list[tuple[Function, Expr, str]]:
        """`for router, prefix in [(a, "/a"), (b, "/b")]: app.include_router(router, prefix=prefix)`, row by row."""
        routers = looped(self._resolver, function, child, line)
        prefixes = looped(self._resolver, function, given, line)
        if routers is None:
            return []
        if prefixes is None or prefixes.line != routers.line or len(prefixes.elements) != len(routers.elements):
            text = (self._paths.text(function, given) or UNKNOWN_PART) if given is not None and not _is_nothing(given) else ""
            return [(scope, one, text) for scope, one in routers.elements]
        texts = [self._paths.text(scope, text) or UNKNOWN_PART for scope, text in prefixes.elements]
        return [(scope, one, text) for (scope, one), text in zip(routers.elements, texts, strict=True)]

    def attach(self, function: Function, expr: Expr, hang: Hang, depth: int = 0) -> bool:
        """Put what an expression stands for below a node; False where nothing of it could be followed."""
        if depth > 8:
            return False
        match expr:
            case Display():
                if self._row(function, expr, hang):
                    return True
                return self._each(function, expr.items, hang, depth) or not expr.items
            case Template() | Either():
                return self._each(function, expr.parts if isinstance(expr, Template) else expr.options, hang, depth)
            case Const(value=str(name)):
                return self._by_name(function, name, hang)
            case Ref(path=path):
                key = (function, path, hang, depth)  # the depth too: what was cut below one way may be followed below another
                if key not in self._attached:
                    self._attached[key] = self._attach_name(function, expr, hang, depth)
                return self._attached[key]
            case Call():
                return self._attach_call(function, expr, hang, depth)
        return False

    def _each(self, function: Function, items: Sequence[Expr], hang: Hang, depth: int) -> bool:
        read = [item for item in items if not isinstance(item, Const) or isinstance(item.value, str)]
        found = [self.attach(function, item, hang, depth + 1) for item in read]
        return all(found)

    def _row(self, function: Function, expr: Display, hang: Hang) -> bool:
        """`(path, handler, ...)` in a list of Tornado's kind."""
        if expr.kind == "dict" or len(expr.items) < 2 or isinstance(expr.items[1], (Const, Display)) or not hang.parents:
            return False
        path = self._paths.text(function, expr.items[0]) if isinstance(expr.items[0], (Const, Template, Call)) else None
        if path is None:
            return False
        self.rows.append((hang.parents, join(hang.prefix, path), function, expr.items[1]))
        return True

    def _by_name(self, function: Function, name: str, hang: Hang) -> bool:
        """`include("shop.urls")`, `config.include(".views")`: a module's list of routes, or its function."""
        if name.endswith(_DOCUMENTS):
            return False  # routes that a document describes
        package = function.module.name if function.module.is_package else function.module.name.rpartition(".")[0]
        dotted = f"{package}{name}" if name.startswith(".") else name
        module = self._resolver.modules.get(dotted.replace(":", "."))
        if module is not None:
            found = list(self.url_lists(module))
            found += [child for child in module.body.children.get("includeme", ()) if isinstance(child, Function)]
        else:
            owner, _, attribute = dotted.replace(":", ".").rpartition(".")
            module = self._resolver.modules.get(owner)
            if module is None:
                return not any(known.partition(".")[0] == dotted.partition(".")[0] for known in self._resolver.modules)
            found = list(self.group(module.body, Ref(attribute)))
        self._hang_group(tuple(found), hang)
        return bool(found)

    def _attach_name(self, function: Function, expr: Ref, hang: Hang, depth: int) -> bool:
        elements = looped(self._resolver, function, expr, _ANYWHERE)
        if elements is not None:
            found = [self.attach(scope, one, hang, depth + 1) for scope, one in elements.elements]
            return all(found)
        group = self.group(function, expr)
        if group:
            self._hang_group(group, hang)
            return True
        view = self._resolver.walk(function, expr.path)
        return any(_is_library(entity) for entity in view.objects)

    def _attach_call(self, function: Function, call: Call, hang: Hang, depth: int) -> bool:
        objects = self._resolver.walk(function, call.func).objects
        names = [entity.name for entity in objects if isinstance(entity, External)]
        if any(self._names.makes_node(name) for name in names):
            made = self.made(function, call)
            if not set(made[1:]).intersection(hang.parents):
                self._hang_group(made, hang)
                self.listed.update(made[:1])
            return True
        callees = [entity for entity in objects if isinstance(entity, Function)]
        if callees:
            found = [self.attach(callee, value, hang, depth + 1) for callee in callees for value in callee.summary.returns[:6]]
            handed = [self.attach(function, arg, hang, depth + 1) for arg in call.args if isinstance(arg, (Ref, Display))]
            return any(found) or any(handed)
        classes = [entity for entity in objects if isinstance(entity, Class)]
        if classes:
            self._hang_group(tuple(self.entity_nodes(classes)), hang)
            return True
        if any(name.rpartition(".")[2] == _LANGUAGE for name in names):
            hang = hang._replace(prefix=join(hang.prefix, "{language}"), override=False)
        wrapped = [arg for arg in call.args if isinstance(arg, (Ref, Display, Call, Template, Either))]
        passed = [self.attach(function, arg, hang, depth + 1) for arg in wrapped]
        return any(passed) or any(_is_library(entity) for entity in objects)

    def _hang_group(self, group: Group, hang: Hang) -> None:
        self.table.hang(group, hang)
        self.listed.update(node for node in group if isinstance(node, (Function, Class)))
        if group and not any(isinstance(node, (Function, Class)) for node in group):
            self._hollow.append((group, hang.place))
        for node in group:
            if isinstance(node, Location):
                self._grow(node)

    def _grow(self, location: Location) -> None:
        """Follow what is bound to a name, and what is appended to it."""
        if location in self._grown:
            return
        self._grown.add(location)
        for scope, value in self._resolver.values_of(location):
            line = next((binding.line for binding in scope.summary.bindings if binding.value is value), scope.summary.line)
            if self.attach(scope, value, Hang((location,), place=(scope.module, line))):
                self._read.add(location)
        for function, call in self._mutations.get(location.name, ()):
            prefix, _ = split(call.func)
            if call.args and location in self.group(function, Ref(prefix)):
                place = (function.module, call.line)
                if not self.attach(function, call.args[-1], Hang((location,), place=place)):
                    self.table.unfollowed.append(place)

    def _index_mutations(self, function: Function) -> None:
        for site in function.summary.calls:
            prefix, step = split(site.call.func)
            if step[1:] in _MUTATORS and prefix and not prefix.endswith(")"):
                self._mutations.setdefault(prefix.rpartition(".")[2], []).append((function, site.call))


def argument(given: Argument | None, call: Call | None) -> Expr | None:
    """Return an argument of a call, None where it is not given."""
    if given is None or call is None:
        return None
    for name, value in call.keywords:
        if given.keyword and name == given.keyword:
            return value
    if given.position is not None and given.position < len(call.args):
        return call.args[given.position]
    return None


def _spreads(call: Call) -> bool:
    """`Application(**options)`: what it is given is put together elsewhere."""
    return any(keyword == "**" for keyword, _ in call.keywords)


def _is_nothing(expr: Expr) -> bool:
    return isinstance(expr, Const) and not isinstance(expr.value, str)


def _is_library(entity: AbstractObject) -> bool:
    """Whether something comes from a library whose routes are its own business, and not from a loader of plug-ins."""
    return isinstance(entity, (ExternalValue, External)) and entity.name.partition(".")[0] not in _LOADERS and "." in entity.name
