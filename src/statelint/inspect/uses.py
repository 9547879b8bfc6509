"""Where the project uses what an `[[api]]` row knows: calls, decorators, base classes, references, settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.names.nodes import Class, External, ExternalValue, Function
from statelint.program.names.resolver import split
from statelint.survey.summary import Call, CallSite, Const, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.inspect.concrete import ConcreteFiles
    from statelint.program.calls.callgraph import LibraryCall
    from statelint.program.program import Program
    from statelint.rulebook.load import Rulebook
    from statelint.rulebook.schema import Api

_GENERIC_METHODS: Final = frozenset(
    {"save", "get", "set", "run", "start", "open", "write", "add", "init_app", "close", "connect", "execute", "acquire"}
)


_PATH: Final = "pathlib.Path."
_MODE: Final = re.compile(r"[rbt]*[wax][bt+]*\Z")
_HEAD: Final = re.compile(r"[^.\[(]*")
_MAX_DECORATOR_LINES: Final = 30
"""Lines above a definition in which a bare decorator is looked for: the survey does not know its line."""
_DOTTED: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z")


class Use(NamedTuple):
    """One use of a name that a row knows."""

    name: str
    """The qualified name that matched."""
    function: Function
    """Whose code it is; a module body at import."""
    line: int
    column: int
    end_line: int
    end_column: int
    call: Call | None
    site: CallSite | None
    target: Function | Class | None = None
    """What is decorated, or inherits."""
    certain: bool = True
    """False where only the method's name and the imported package speak for it."""


class UseIndex:
    """Finds uses by qualified name; decorators and references are indexed once, when first asked for."""

    def __init__(self, program: Program, concrete: ConcreteFiles, book: Rulebook) -> None:
        self._program = program
        self._concrete = concrete
        self._decorators: dict[str, list[tuple[Use, str]]] | None = None
        """Uses as decorators, each with the path that it is written as."""
        self._references: dict[str, list[Use]] | None = None
        self._heads: dict[Function, set[str]] = {}
        referred = [name for rule in book.rules for row in rule.api if row.kind == "reference" for name in row.names]
        self._packages = frozenset(name.partition(".")[0] for name in referred)
        self._last_names = frozenset(name.rpartition(".")[2] for name in referred)
        self._by_method: dict[str, list[tuple[str, LibraryCall]]] | None = None
        self._by_path: dict[str, list[Use]] | None = None

    def of(self, row: Api) -> Iterator[Use]:
        """Yield the uses of a row's names, each place once, in source order."""
        mentions = row.kind == "reference"
        seen: set[tuple[str, int, int] | tuple[str, str]] = set()
        for use in sorted(
            self._all(row), key=lambda use: (use.function.module.path, use.line, mentions and use.call is None, use.column, not use.certain)
        ):
            path = use.function.module.path
            key = (path, use.name) if mentions else (path, use.line, use.column)  # of mere mentions, the first in a file
            if key not in seen:
                seen.add(key)
                yield use

    def _all(self, row: Api) -> Iterator[Use]:
        for name in row.names:
            match row.kind:
                case "call":
                    yield from self._calls(name)
                case "decorator":
                    yield from self._decorated(name)
                case "base":
                    yield from self._inheriting(name)
                case "reference":
                    yield from self._calls(name)
                    yield from self._referring(name)
                case "setting":
                    pass

    def _calls(self, name: str) -> Iterator[Use]:
        for call in self._program.graph.library_calls.get(name, ()):
            yield _of_call(name, call)
        if name.startswith(_PATH):
            yield from self._of_paths().get(name, ())
        owner, _, method = name.rpartition(".")
        if owner.rpartition(".")[2][:1].isupper() and method not in _GENERIC_METHODS:
            package = name.partition(".")[0]
            for found, call in self._methods().get(method, ()):
                on = found.removesuffix(f".{method}")  # what a function gave; another class is another class
                if found.partition(".")[0] == package and "." in on and not on.rpartition(".")[2][:1].isupper():
                    yield _of_call(name, call)._replace(certain=False)

    def _of_paths(self) -> dict[str, list[Use]]:
        """Index the methods of paths that other paths lead to, and of what is opened as only a path is."""
        if self._by_path is None:
            found: dict[str, list[Use]] = {}
            steps = self._program.vocabulary.role("path-step")
            for name, calls in self._program.graph.library_calls.items():
                links = name.removeprefix(_PATH).split(".") if name.startswith(_PATH) else []
                if len(links) > 1 and all(f"{_PATH}{link.removesuffix('[]')}" in steps for link in links[:-1]):
                    plain = f"{_PATH}{links[-1]}"
                    found.setdefault(plain, []).extend(_of_call(plain, call) for call in calls)
            for function in self._program.functions if "django" not in self._program.frameworks else ():  # whose files open alike
                for site in function.summary.calls:
                    if (
                        site.how == "with"
                        and _opens_itself(site.call)
                        and not self._program.resolver.walk(function, site.call.func).objects
                    ):
                        found.setdefault(f"{_PATH}open", []).append(_of_site(f"{_PATH}open", function, site)._replace(certain=False))
            self._by_path = found
        return self._by_path

    def _methods(self) -> dict[str, list[tuple[str, LibraryCall]]]:
        if self._by_method is None:
            self._by_method = {}
            for name, calls in self._program.graph.library_calls.items():
                for call in calls:
                    self._by_method.setdefault(name.rpartition(".")[2], []).append((name, call))
        return self._by_method

    def _decorated(self, name: str) -> Iterable[Use]:
        if self._decorators is None:
            self._decorators = {}
            program = self._program
            targets: list[tuple[Function | Class, tuple[Expr, ...], Function]] = [
                (f, f.summary.decorators, f.parent or f) for f in program.functions
            ]
            targets += [(c, c.summary.decorators, c.scope) for c in program.classes]
            for target, decorators, scope in targets:
                for decorator in decorators:
                    self._index_decorator(target, decorator, scope)
        return [use if use.call is not None else self._at_its_line(use, path) for use, path in self._decorators.get(name, ())]

    def _at_its_line(self, use: Use, path: str) -> Use:
        """Put a bare decorator where it stands, above what it decorates: the survey does not know its line."""
        if use.target is None:
            return use
        lines = self._concrete.lines(use.function.module.path)
        last = use.target.summary.line
        for number in range(last - 1, max(last - _MAX_DECORATOR_LINES, 0), -1):
            text = lines[number - 1] if number <= len(lines) else ""
            if text.lstrip().startswith("@") and text.strip().removeprefix("@").partition("#")[0].strip() == path:
                column = len(text) - len(text.lstrip()) + 2
                return use._replace(line=number, column=column, end_line=number, end_column=column + len(path))
        return use

    def _index_decorator(self, target: Function | Class, decorator: Expr, scope: Function) -> None:
        call = decorator if isinstance(decorator, Call) else None
        path = call.func if call else decorator.path if isinstance(decorator, Ref) else ""
        if not path:
            return
        where = call or target.summary
        names = [e.name for e in self._program.resolver.walk(scope, path).objects if isinstance(e, (External, ExternalValue))]
        for name in names:
            end_line, end_column = (call.end_line, call.end_column) if call else (where.line, where.column)
            use = Use(name, scope, where.line, where.column, end_line, end_column, call, None, target)
            if self._decorators is not None:
                self._decorators.setdefault(name, []).append((use, path))

    def _inheriting(self, name: str) -> Iterator[Use]:
        for cls in self._program.classes:
            if name in cls.external_bases:
                s = cls.summary
                yield Use(name, cls.scope, s.line, s.column, s.line, s.column, None, None, cls)

    def _referring(self, name: str) -> Iterable[Use]:
        if self._references is None:
            self._references = {}
            for function in self._program.functions:
                heads = self._telling_heads(function)
                if not heads:
                    continue
                for path, line in function.summary.loads.items():
                    if _HEAD.match(path).group() in heads:  # type: ignore[union-attr]
                        self._index_reference(function, path, line)
                for write in function.summary.writes:
                    if _HEAD.match(write.target).group() in heads:  # type: ignore[union-attr]
                        self._index_reference(function, write.target, write.line)
                        self._index_reference(function, split(write.target)[0], write.line)
            self._index_texts()
        return self._references.get(name, ())

    def _index_texts(self) -> None:
        """Keep dotted strings that name what some row refers to: in settings, and handed to calls (`include("watchman.urls")`)."""
        for text in self._program.settings.texts():
            self._index_text(text.text, text.module.body, text.line)
        for function in self._program.functions:
            for site in function.summary.calls:
                for expr in (*site.call.args, *(value for _, value in site.call.keywords)):
                    if isinstance(expr, Const) and isinstance(expr.value, str) and "." in expr.value:
                        self._index_text(expr.value, function, site.call.line)

    def _index_text(self, text: str, function: Function, line: int) -> None:
        name = self._program.vocabulary.canonical(text.replace(":", "."))
        if name.partition(".")[0] in self._packages and _DOTTED.match(name) and self._references is not None:
            self._references.setdefault(name, []).append(Use(name, function, line, 1, line, 1, None, None))

    def _telling_heads(self, function: Function) -> set[str]:
        """Return the names in a function's scopes that may lead to a library name some row refers to."""
        known = self._heads.get(function)
        if known is None:
            outer = self._telling_heads(function.parent) if function.parent is not None else set()
            canonical = self._program.vocabulary.canonical
            own = {
                imported.name
                for imported in function.summary.imports
                if canonical(imported.module).partition(".")[0] in self._packages or imported.attr in self._last_names
            }
            # what a name is bound to may be such a name as well
            bound = {b.name for b in function.summary.bindings if isinstance(b.value, (Ref, Call)) and _head_of(b.value) in outer | own}
            known = self._heads[function] = outer | own | bound
        return known

    def _index_reference(self, function: Function, path: str, line: int) -> None:
        """Keep a mention of a library name under that name and every name around it: `flask.session.get`, `flask.session`."""
        for found in self._program.resolver.library_names(function, path):
            name = found
            while "." in name and self._references is not None:
                self._references.setdefault(name, []).append(Use(name, function, line, 1, line, 1, None, None))
                name = name.rpartition(".")[0]


def _head_of(expr: Ref | Call) -> str:
    match = _HEAD.match(expr.path if isinstance(expr, Ref) else expr.func)
    return match.group() if match else ""


def _opens_itself(call: Call) -> bool:
    """`target.open("wb")`: what is opened for writing is the object itself, and the mode is all that it is told."""
    given = call.args[0] if len(call.args) == 1 else dict(call.keywords).get("mode")
    is_mode = isinstance(given, Const) and isinstance(given.value, str) and _MODE.match(given.value) is not None
    return is_mode and call.func.endswith(".open") and len(call.args) < 2


def _of_call(name: str, call: LibraryCall) -> Use:
    return _of_site(name, call.function, call.site)


def _of_site(name: str, function: Function, site: CallSite) -> Use:
    made = site.call
    return Use(name, function, made.line, made.column, made.end_line, made.end_column, made, site)
