"""Where the path of a file comes from, and who else reads below the same folder."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Final

from statelint.checks.common.naming import names_and_texts
from statelint.inspect.arguments import argument
from statelint.inspect.traversal import nearest
from statelint.model import Step
from statelint.program.names.nodes import External, ExternalValue, Function, Module
from statelint.survey.summary import Call, Const, Display, Either, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.program.program import Program
    from statelint.rulebook.schema import Api

_MAX_STEPS: Final = 5
"""Between a path and a name that it is built from; what lies further away says little about where the file is."""
_MAX_SOURCES: Final = 80
"""Names behind a path that are gone through, over all functions; a path has a handful."""
_MAX_ALTERNATIVES: Final = 3
"""Values of one attribute or parameter, and results of one function, that are followed: more are unlike things under one name."""
_SHORTEST: Final = 4
"""Letters of the shortest constant that names a folder."""


def path_argument(row: Api, call: Call | None) -> Expr | None:
    """Return the argument that a row's deciders name, or what a method without any is called on."""
    for decider in row.decides:
        given = argument(call, decider.argument, decider.position)
        if given is not None:
            return given
    if call is None:
        return None
    prefix = call.func.rpartition(".")[0]
    return Ref(prefix) if prefix and not row.decides else None


def named_path(path: Expr | None) -> str:
    """Return how messages call a path that is not known: `folder`, `os.path.join(folder, ...)`."""
    if isinstance(path, Call) and path.args and path.func.replace(".", "").replace("_", "").isalnum():
        first = names_and_texts(path.args[0]).partition(" ")[0] or "..."
        return f"{path.func}({first}, ...)" if len(path.args) > 1 and first != "..." else f"{path.func}({first})"
    text = names_and_texts(path).partition(" ")[0] if isinstance(path, (Ref, Call)) else ""
    return text or "a file"


def path_symbol(path: Expr | None, name: str) -> str:
    """Return the symbol of a finding about a path; `name` is what was called."""
    if isinstance(path, Ref):
        return path.path
    if isinstance(path, Call) and path.args:
        return names_and_texts(path.args[0]).partition(" ")[0] or name
    return name.rpartition(".")[2]


class FilePaths:
    """Follows paths through names, calls, helpers and parameters."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._resolver = program.resolver

    def names_in(self, function: Function, expr: Expr | None) -> Iterator[str]:
        """Yield every path, library name and quoted text that a file's path is built from, following local names."""
        start = [(function, expr)] if expr is not None else []
        for scope, part in nearest(start, self._inside, steps=_MAX_STEPS):
            match part:
                case Ref():
                    yield part.path
                    if "()" in part.path:
                        yield from self._library(scope, part.path.partition("()")[0])
                case Call():
                    yield part.func
                    yield from self._library(scope, part.func)
                case Const(value=str(text)):
                    yield f"'{text}'"

    def _inside(self, at: tuple[Function, Expr]) -> list[tuple[Function, Expr]]:
        """Return what an expression is built from; of a name, what it is bound to in this function or one around it."""
        function, expr = at
        match expr:
            case Ref():
                head = re.split(r"[.\[(]", expr.path, maxsplit=1)[0]
                scope: Function | None = function
                while scope is not None and head not in scope.locals and head not in scope.params:
                    scope = scope.parent if scope.parent is not None and not scope.parent.is_body else None
                return [(scope, binding.value) for binding in scope.locals.get(head, ())] if scope is not None else []
            case Call():
                head = expr.func.partition(".")[0]
                upon = (Ref(head),) if head in function.locals else ()
                return [(function, part) for part in (*expr.args, *(value for _, value in expr.keywords), *upon)]
            case _:
                return [(function, part) for part in _parts(expr)]

    def _library(self, function: Function, path: str) -> Iterator[str]:
        for entity in self._resolver.walk(function, path).objects:
            if isinstance(entity, (External, ExternalValue)):
                yield entity.name

    def sources(self, function: Function, path: Expr | None) -> Iterator[tuple[Function, str]]:
        """Yield the names behind a path, through attributes, helpers that return it, and parameters."""
        pending: deque[tuple[Function, Expr]] = deque([(function, path)] if path is not None else [])
        seen: set[tuple[Function, str]] = set()
        while pending and len(seen) < _MAX_SOURCES:
            scope, expr = pending.popleft()
            for name in self.names_in(scope, expr):
                if (scope, name) in seen or name.startswith("'"):
                    continue
                seen.add((scope, name))
                yield scope, name
                view = self._resolver.walk(scope, name)
                for place in view.places:
                    if place.location.kind in ("attribute", "parameter") and not place.inner:
                        pending.extend(self._resolver.values_of(place.location)[:_MAX_ALTERNATIVES])
                for entity in view.objects:
                    if isinstance(entity, Function):
                        pending.extend((entity, returned) for returned in entity.summary.returns[:_MAX_ALTERNATIVES])

    def folder(self, function: Function, path: Expr | None) -> Iterator[Step]:
        """Yield where the folder is named: a constant or setting that the path is built from."""
        for where, name in self.sources(function, path):
            last = name.removesuffix("]").replace("[", ".").rpartition(".")[2]
            if not last.isupper() or len(last) < _SHORTEST or name.startswith("'"):
                continue
            found = [(setting.module.path, setting.line) for setting in self._program.settings.lookup(last)]
            for place in self._resolver.walk(where, name).places:
                owner = place.location.owner
                if isinstance(owner, Module) and place.location.name in owner.body.locals:
                    found.append((owner.path, owner.body.locals[place.location.name][0].line))
            if found:
                yield Step(*found[0], f"{last} names the folder")
                return


def shared_paths(context: Context) -> FilePaths:
    """Return what follows paths, for `Context.once`: who reads what is gone through only once."""
    return FilePaths(context.program)


def _parts(expr: Expr) -> tuple[Expr, ...]:
    match expr:
        case Template():
            return expr.parts
        case Either():
            return expr.options
        case Display():
            return expr.items
        case _:
            return ()
