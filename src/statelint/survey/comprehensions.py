"""The names of comprehensions: a scope of their own, so one that the function binds as well is another name.

`{group for group in groups}` says nothing about `group, created = Group.get_or_create(...)`. Names are paths from here on and
carry no scope, so where the two meet the one of the comprehension is given a mark.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK: Final = "·"
"""Follows a marked name: a character that identifiers may contain and that nobody ends one with."""

_BLOCKS: Final = ("body", "orelse", "handlers", "finalbody", "cases")
"""Where statements have further statements, and `try` and `match` their arms."""
Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


def shown(text: str) -> str:
    """Return a text without the marks, as people wrote it."""
    return text.replace(MARK, "")


def names_bound(body: Sequence[ast.stmt], args: ast.arguments | None = None) -> frozenset[str]:
    """Return the names that statements bind, those in their blocks too, and the parameters; functions and classes inside are theirs."""
    found: set[str] = set()
    if args is not None:
        params = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
        found.update(param.arg for param in params if param is not None)
    pending: list[ast.AST] = list(body)
    while pending:
        statement = pending.pop()
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        found.update(name for target in _bound_by(statement) for name in _targets(target))
        if isinstance(statement, ast.ExceptHandler) and statement.name:
            found.add(statement.name)
        for block in _BLOCKS:
            pending += getattr(statement, block, ())
    return frozenset(found)


def _bound_by(statement: ast.AST) -> list[ast.expr]:
    match statement:
        case ast.Assign(targets=targets):
            return targets
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target) | ast.For(target=target) | ast.AsyncFor(target=target):
            return [target]
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return [item.optional_vars for item in items if item.optional_vars is not None]
    return []


def mark(node: Comprehension, taken: frozenset[str]) -> None:
    """Mark the names of a comprehension that its function binds, in place; what it goes through first is evaluated outside."""
    own = {name for generator in node.generators for name in _targets(generator.target)} & taken
    if not own:
        return
    pending: list[ast.AST] = [node]
    outside = node.generators[0].iter
    while pending:
        part = pending.pop()
        if isinstance(part, ast.Name) and part.id in own:
            part.id += MARK
        pending += [child for child in ast.iter_child_nodes(part) if child is not outside]


def _targets(target: ast.expr) -> list[str]:
    if isinstance(target, ast.Name):
        return [target.id]
    if isinstance(target, (ast.Tuple, ast.List)):
        return [name for element in target.elts for name in _targets(element)]
    return _targets(target.value) if isinstance(target, ast.Starred) else []
