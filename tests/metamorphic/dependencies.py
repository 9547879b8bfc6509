"""Which statements of a body may change places without changing what they mean.

Conservative: where it is not plain that two statements do not care for each other, they keep their order.
"""

from __future__ import annotations

import ast
from itertools import combinations
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Mapping, Sequence

_PURE: Final = frozenset(
    {
        "abstractmethod",
        "asynccontextmanager",
        "cache",
        "cached_property",
        "classmethod",
        "contextmanager",
        "dataclass",
        "final",
        "lru_cache",
        "override",
        "property",
        "staticmethod",
        "total_ordering",
        "wraps",
    }
)
"""Decorators that do nothing but wrap."""
_ROUTES: Final = frozenset({"delete", "get", "head", "options", "patch", "post", "put", "route", "websocket"})
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class _Statement(NamedTuple):
    binds: frozenset[str]
    now: frozenset[str]
    """Names that are looked up when the statement runs, without what that calls."""
    mentions: frozenset[str]
    """All names in it."""
    fixed: bool
    """It keeps its place among its like: it is no definition."""
    calls: bool
    """It is fixed and may do anything."""
    registers: bool
    """It is a definition that something else may get to know by a decorator or a base class."""
    ordered: bool
    """It registers, and the order may matter."""
    routes: tuple[str, ...]
    """The paths that it registers, where that is all."""
    barrier: bool


def reordered(lines: Sequence[Sequence[ast.stmt]], pick: random.Random, *, methods: bool) -> list[int]:
    """Return a random order of a body's lines that means the same, as indices.

    A line is a compound statement, or the simple ones that `;` divides. `methods` says that it is a class's body.
    """
    statements = [_statement(line, first=number == 0) for number, line in enumerate(lines)]
    before: dict[int, set[int]] = {number: set() for number in range(len(statements))}
    reaches = {} if methods else _reaches(statements)
    for earlier, later in combinations(range(len(statements)), 2):
        if _keeps(statements[earlier], statements[later], reaches):
            before[later].add(earlier)
    order: list[int] = []
    while len(order) < len(statements):
        ready = [number for number in before if number not in order and before[number] <= set(order)]
        order.append(pick.choice(ready))
    return order


def _keeps(one: _Statement, two: _Statement, reaches: Mapping[str, frozenset[str]]) -> bool:
    if one.barrier or two.barrier or (one.fixed and two.fixed) or one.binds & two.binds:
        return True
    if one.binds & _closure(two.now, reaches) or two.binds & _closure(one.now, reaches):
        return True
    if (one.registers and two.calls) or (one.calls and two.registers):
        return True
    return one.ordered and two.ordered and not _are_apart(one.routes, two.routes)


def _closure(names: Iterable[str], reaches: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset(names).union(*(reaches.get(name, frozenset()) for name in names))


def _reaches(statements: Sequence[_Statement]) -> dict[str, frozenset[str]]:
    """Return, for each name, the names that using it may lead to: all that its definitions mention, and theirs."""
    direct: dict[str, set[str]] = {}
    for statement in statements:
        for name in statement.binds:
            direct.setdefault(name, set()).update(statement.mentions)
    reached: dict[str, frozenset[str]] = {}
    for name in direct:
        seen: set[str] = set()
        pending = [name]
        while pending:
            for other in direct.get(pending.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    pending.append(other)
        reached[name] = frozenset(seen)
    return reached


def _statement(line: Sequence[ast.stmt], *, first: bool) -> _Statement:
    node = line[0] if len(line) == 1 else None
    nodes = [inner for statement in line for inner in ast.walk(statement)]
    mentions = frozenset(name.id for name in nodes if isinstance(name, ast.Name))
    if isinstance(node, _Definition):
        decorators = [_decorator(decorator) for decorator in node.decorator_list]
        impure = [name for name in decorators if name.rpartition(".")[2] not in _PURE]
        routes = tuple(_route(decorator) for decorator in node.decorator_list if _decorator(decorator).rpartition(".")[2] in _ROUTES)
        based = isinstance(node, ast.ClassDef) and bool(node.bases or node.keywords)
        now = _names(_evaluated(node))
        return _Statement(frozenset({node.name}), now, mentions, False, False, bool(impure) or based, bool(impure), routes, False)
    imports = [name for name in nodes if isinstance(name, (ast.Import, ast.ImportFrom))]
    docstring = first and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    dynamic = bool(mentions & {"globals", "locals", "exec", "eval", "vars"})
    binds = frozenset(name.id for name in nodes if isinstance(name, ast.Name) and not isinstance(name.ctx, ast.Load))
    binds |= {name.name for name in nodes if isinstance(name, _Definition)}
    calls = any(isinstance(name, (ast.Call, ast.Await, ast.Delete, ast.AugAssign, ast.Subscript)) for name in nodes)
    return _Statement(binds, mentions, mentions, True, calls, False, False, (), bool(imports) or docstring or dynamic)


def _evaluated(node: _Definition) -> Iterable[ast.AST]:
    """What is looked up when a definition is carried out."""
    yield from node.decorator_list
    if isinstance(node, ast.ClassDef):
        yield from node.bases
        yield from node.keywords
        for statement in node.body:
            if isinstance(statement, _Definition):
                yield from _evaluated(statement)
            else:
                yield statement
        return
    arguments = node.args
    yield from arguments.defaults
    yield from (default for default in arguments.kw_defaults if default is not None)
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    yield from (argument.annotation for argument in every if argument is not None and argument.annotation is not None)
    if node.returns is not None:
        yield node.returns


def _names(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The names in expressions, and in annotations that are strings."""
    found = set()
    for node in nodes:
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                found.add(part.id)
            elif isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.isidentifier():
                found.add(part.value)
    return frozenset(found)


def _decorator(node: ast.expr) -> str:
    return ast.unparse(node.func if isinstance(node, ast.Call) else node)


def _route(node: ast.expr) -> str:
    """Return the path that a decorator registers, "*" for one that may be any."""
    first = node.args[0] if isinstance(node, ast.Call) and node.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else "*"


def _are_apart(ones: Sequence[str], twos: Sequence[str]) -> bool:
    """Tell whether no request fits a path of both."""
    return bool(ones and twos) and not any(_meet(one, two) for one in ones for two in twos)


def _meet(one: str, two: str) -> bool:
    if "*" in (one, two) or "path:" in one + two:
        return True
    ours, theirs = one.strip("/").split("/"), two.strip("/").split("/")
    return len(ours) == len(theirs) and all(a == b or {"{", "<"} & {*a, *b} for a, b in zip(ours, theirs, strict=True))
