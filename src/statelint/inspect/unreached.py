"""Functions of the application to which no entry point that was found leads, and the nearest thing between that is not understood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.program.names.nodes import Class, External, ExternalValue, Function
from statelint.program.reachability.reach import is_main_guarded_line
from statelint.survey.summary import Call, Const, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.program.calls.callgraph import LibraryCall
    from statelint.survey.summary import CallSite, ImportedName

Why = Literal["decorator", "named", "call", "name", "closure", "base", "import", "outside", "unmade", "nobody"]
_APPLICATION: Final = ("app", "settings")
_MOST_CALLERS: Final = 100
"""Functions that are looked at on the way up from one that nothing reaches; further away nothing explains it."""
_TELL_NOTHING: Final = frozenset(
    ("property", "cached_property", "setter", "getter", "deleter", "staticmethod", "classmethod", "abstractmethod", "overload", "override")
) | {"wraps", "final", "contextmanager", "asynccontextmanager", "cache", "lru_cache", "dataclass", "total_ordering", "define", "frozen"}
"""Last names of decorators that leave it to others to call what they decorate."""
_CALL_NOTHING: Final = ("abc.", "typing.", "typing_extensions.", "enum.", "collections.", "dataclasses.", "builtins.")
"""Libraries whose classes call no method of those that extend them, but for special ones."""


class Missing(NamedTuple):
    """Why nothing reaches a function."""

    why: Why
    path: str
    line: int
    text: str
    """In words that follow "unreached: ": `decorated with `@on`, which is not known to call it`."""
    callers: tuple[Function, ...] = ()
    """The functions between, the one that the reason is about first; each calls the next, the last one calls the function."""


class Share(NamedTuple):
    """How many functions of application modules there are, and how many of them some entry point reaches."""

    reached: int
    functions: int

    def __str__(self) -> str:
        """Return both for people."""
        percent = f" ({100 * self.reached // self.functions} %)" if self.functions else ""
        return f"{self.reached:,} of {self.functions:,} functions of application modules are reached from an entry point{percent}"


class Unreached:
    """The functions to which nothing leads. Made once for a context; what explains them is looked for when it is asked."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._program = context.program
        self._mentions: dict[str, list[tuple[Function, str, int]]] | None = None
        """Paths that are read and not called, by their last name."""
        self._calls: dict[str, list[tuple[Function, CallSite]]] = {}
        """Calls of what is not known, by the method's name."""
        self._choosers: list[tuple[Function, str, int]] = []
        """Where an attribute of something is chosen by a name that is no constant."""
        self._imported: set[str] = set()
        """Names of modules, and of what is in them, that something imports."""
        self._why: dict[Function, Missing] = {}
        every = [function for function in self._program.functions if _counts(function)]
        self.functions = tuple(function for function in every if self.is_unreached(function))
        """In the order of paths and lines."""
        self.share = Share(len(every) - len(self.functions), len(every))

    def is_unreached(self, function: Function) -> bool:
        """Whether no entry point leads to a function that a deployment may run."""
        return self._context.context_of(function) == "unreached"

    def is_started(self, function: Function) -> bool:
        """Whether anything else of the function's module is run: then somebody loads it."""
        return any(not self.is_unreached(other) for other in function.module.functions.values() if not other.is_body)

    def why(self, function: Function) -> Missing:
        """Return the nearest thing on the way to a function that is not understood."""
        known = self._why.get(function)
        if known is None:
            known = self._why[function] = self._missing(function)
        return known

    def _missing(self, function: Function) -> Missing:
        below: dict[Function, Function | None] = {function: None}
        weak: Missing | None = None
        outside: Missing | None = None
        pending = [function]
        for one in pending:  # grows while it is gone through: the nearest first
            found = self._explained(one)
            if found is not None:
                return found._replace(callers=tuple(_down(one, below)))
            for edge in self._program.graph.callers.get(one, ()):
                caller = edge.caller
                if caller.module.part == "test" or caller in below:
                    continue
                if caller.module.part not in _APPLICATION or (caller.is_body and is_main_guarded_line(caller, edge.line)):
                    text = f"called only where {caller.module.path} is run as a program"
                    outside = outside or Missing("outside", caller.module.path, edge.line, text, tuple(_down(one, below)))
                elif len(below) < _MOST_CALLERS and self.is_unreached(caller):
                    below[caller] = one
                    pending.append(caller)
            if weak is None and not self._program.graph.callers.get(one):
                weak = self._alone(one)._replace(callers=tuple(_down(one, below)))
        place = function.module.path, function.summary.line
        return outside or weak or Missing("nobody", *place, "it and what calls it are called by each other alone")

    # -- what may call a function in a way that is not followed

    def _explained(self, function: Function) -> Missing | None:
        self._index()
        for find in (self._decorated, self._named, self._called, self._chosen, self._closed_over, self._inherited):
            found = find(function)
            if found is not None:
                return found
        return None

    def _decorated(self, function: Function) -> Missing | None:
        owner = function.owner
        decorators = [(d, function.summary.line) for d in function.summary.decorators]
        decorators += [(d, owner.summary.line) for d in owner.summary.decorators] if owner is not None else []
        for decorator, line in decorators:
            path = decorator.func if isinstance(decorator, Call) else decorator.path if isinstance(decorator, Ref) else ""
            if path and path.rpartition(".")[2] not in _TELL_NOTHING:
                where = decorator.line if isinstance(decorator, Call) else line
                return Missing("decorator", function.module.path, where, f"decorated with `@{path}`, which is not known to call it")
        return None

    def _named(self, function: Function) -> Missing | None:
        """The function, or its class, is handed on or kept somewhere, and called from there."""
        for subject, what in ((function, "it"), (function.owner, "its class")):
            if subject is None or (isinstance(subject, Class) and self._program.graph.construction.get(subject)):
                continue
            for scope, path, line in (self._mentions or {}).get(_last(subject), ()):
                if scope is function or (scope.owner is not None and scope.owner is subject):
                    continue
                if subject in self._program.resolver.walk(scope, path).objects:
                    text = f"{what} is handed on or kept by {_shown(scope)}, and what calls it from there is not known"
                    return Missing("named", scope.module.path, line, text)
        return None

    def _called(self, function: Function) -> Missing | None:
        if function.owner is None:
            return None
        calls = self._calls.get(_last(function), ())
        reached = [pair for pair in calls if not self.is_unreached(pair[0])]
        for scope, site in reached or calls:
            text = f"perhaps called by `{site.call.func}()` in {_shown(scope)}, of an object that is not known"
            return Missing("call", scope.module.path, site.call.line, text)
        return None

    def _chosen(self, function: Function) -> Missing | None:
        owner = function.owner
        for scope, head, line in self._choosers:
            own = scope.summary.params[0].name if scope.owner is not None and scope.summary.params else ""
            if (head == own and scope.owner in owner.lineage) if owner is not None else (head != own and scope.module is function.module):
                return Missing("name", scope.module.path, line, f"perhaps chosen by its name: `getattr` in {_shown(scope)}")
        return None

    def _closed_over(self, function: Function) -> Missing | None:
        parent = function.parent
        if parent is None or parent.is_body or function.owner is not None:
            return None
        text = f"made in {_shown(parent)}; what becomes of it there is not known"
        return Missing("closure", parent.module.path, function.summary.line, text)

    def _inherited(self, function: Function) -> Missing | None:
        for cls in function.owner.lineage if function.owner is not None else ():
            for base in cls.external_bases:
                if "." in base and not base.startswith(_CALL_NOTHING):
                    text = f"a method of {cls.name}, which extends {base}: that may call it"
                    return Missing("base", cls.module.path, cls.summary.line, text)
        return None

    def _alone(self, function: Function) -> Missing:
        owner = function.owner
        if function.module.name not in self._imported and not self.is_started(function):
            text = "nothing that was read imports its module"
            importers = self._program.vocabulary.role("dynamic-import")
            calls = [call for name, found in self._program.graph.library_calls.items() if importers.calls(name) for call in found]
            calls = [call for call in calls if call.function.module.part in _APPLICATION]
            near = min(calls, key=lambda call: (-_common(call.function.module.path, function.module.path), _place(call)), default=None)
            if near is None:
                return Missing("import", function.module.path, 1, text)
            text += f"; perhaps `{near.site.call.func}()` in {_shown(near.function)} does"
            return Missing("import", near.function.module.path, near.site.call.line, text)
        if owner is not None and not any(self._program.graph.construction.get(cls) for cls in (owner, *owner.subclasses)):
            return Missing("unmade", owner.module.path, owner.summary.line, f"nothing that was found makes an instance of {owner.name}")
        return Missing("nobody", function.module.path, function.summary.line, "nothing that was read names it")

    def _index(self) -> None:
        """Find what is mentioned, called and chosen anywhere, when it is first asked for."""
        if self._mentions is not None:
            return
        self._mentions = {}
        wanted = {_last(function) for function in self.functions}
        wanted |= {_last(function.owner) for function in self.functions if function.owner is not None}
        for scope in self._program.functions:
            if scope.module.part == "test":
                continue
            self._imported.update(name for imported in scope.summary.imports for name in _imported(scope, imported))
            if scope.module.part not in _APPLICATION:
                continue
            self._index_mentions(scope, wanted)
            self._index_calls(scope, wanted)
        for module in self._program.modules.values():
            self._imported.update(name for star in module.stars for name in _imported(module.body, star))

    def _index_mentions(self, scope: Function, wanted: set[str]) -> None:
        called = {site.call.func for site in scope.summary.calls}
        based = {
            (base.path, cls.summary.line) for cls in scope.module.classes.values() for base in cls.summary.bases if isinstance(base, Ref)
        }
        for path, line in scope.summary.loads.items():
            if path.rpartition(".")[2] in wanted and path not in called and (path, line) not in based and self._mentions is not None:
                self._mentions.setdefault(path.rpartition(".")[2], []).append((scope, path, line))

    def _is_unknown(self, scope: Function, path: str) -> bool:
        """Whether nothing is known of what is called, or only that a library gave the object: which may be one of the project."""
        objects = self._program.resolver.walk(scope, path).objects
        is_given = "()." in path or "[" in path
        return not objects or (is_given and all(isinstance(entity, (External, ExternalValue)) for entity in objects))

    def _index_calls(self, scope: Function, wanted: set[str]) -> None:
        for site in scope.summary.calls:
            head, _, last = site.call.func.rpartition(".")
            if head and last in wanted and self._is_unknown(scope, site.call.func):
                self._calls.setdefault(last, []).append((scope, site))
            given = site.call.args if site.call.func == "getattr" else ()
            if len(given) > 1 and isinstance(given[0], Ref) and not isinstance(given[1], Const):
                self._choosers.append((scope, given[0].path, site.call.line))


def _imported(scope: Function, imported: ImportedName) -> Iterator[str]:
    """Yield the modules that an import may name: `from a.b import c` is of `a.b`, or of `a.b.c`."""
    name = imported.module
    if imported.level:
        package = scope.module.name.split(".")
        package = package[: len(package) - imported.level + scope.module.is_package]
        name = ".".join((*package, *([imported.module] if imported.module else ())))
    yield name
    yield f"{name}.{imported.attr}"


def _common(one: str, other: str) -> int:
    """Return how many folders two paths begin with in common."""
    return next((index for index, (a, b) in enumerate(zip(one.split("/"), other.split("/"), strict=False)) if a != b), 0)


def _place(call: LibraryCall) -> tuple[str, int]:
    return call.function.module.path, call.site.call.line


def _counts(function: Function) -> bool:
    """Whether a function is one that somebody would call: no lambda, and no special method, which the language calls."""
    last = _last(function)
    special = last.startswith("__") and last.endswith("__") and last != "__call__"
    return function.module.part in _APPLICATION and not (function.is_body or special or last.startswith("<lambda"))


def _last(subject: Function | Class) -> str:
    return subject.name.rpartition(".")[2]


def _shown(function: Function) -> str:
    return f"module {function.module.name}" if function.is_body else function.name


def _down(function: Function, below: dict[Function, Function | None]) -> Iterator[Function]:
    """Follow the calls down to the function that is asked about, which is left out."""
    one: Function | None = function
    while one is not None and below[one] is not None:
        yield one
        one = below[one]
