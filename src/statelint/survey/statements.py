"""The traversal of one module: its statements in their order, each visited once."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from statelint.survey.blocks import Blocks
from statelint.survey.definitions import MODULE_BODY, Definitions
from statelint.survey.expressions import annotation, bind, expression
from statelint.survey.scope import Scope
from statelint.survey.summary import UNKNOWN, Call, Const, FunctionSummary, ImportedName, Ref
from statelint.survey.values import plain_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Surveyor(Blocks, Definitions):
    """Goes through the statements of a module; what it finds is in `functions`, the module's body first, and `classes`."""

    def run(self, tree: ast.Module, lines: int) -> None:
        """Survey a module of so many lines."""
        frame = FunctionSummary(MODULE_BODY, 1, 1, max(lines, 1), 1, parent="")
        self.functions.append(frame)
        scope = Scope(self, MODULE_BODY, statements=tree.body)
        self.body(tree.body, scope)
        scope.summary(frame)

    def body(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        """Survey the statements of a block."""
        outer, handlers = scope.guard_path, self._HANDLERS
        for statement in body:
            handler = handlers.get(type(statement))
            if handler is not None:
                handler(self, statement, scope)
        scope.guard_path = outer

    def _expression_statement(self, node: ast.Expr, scope: Scope) -> None:
        if not isinstance(node.value, ast.Constant):
            expression(node.value, scope, "expr")

    def _assign(self, node: ast.Assign, scope: Scope) -> None:
        target = node.targets[0]
        bound = ""
        if isinstance(node.value, (ast.Call, ast.Await)):
            bound = target.id if isinstance(target, ast.Name) else plain_path(target)
        value = expression(node.value, scope, bound=bound)
        bind(target, value, scope)
        for further in node.targets[1:]:  # bound values are told apart by identity, as they are when a kept survey is read back
            bind(further, value if value is UNKNOWN else replace(value), scope)

    def _annotated(self, node: ast.AnnAssign, scope: Scope) -> None:
        noted = annotation(node.annotation, scope)
        bound = node.target.id if isinstance(node.target, ast.Name) else plain_path(node.target)
        value = UNKNOWN if node.value is None else expression(node.value, scope, bound=bound)
        if node.value is not None:
            bind(node.target, value, scope, "=", noted)
        elif isinstance(node.target, ast.Name):
            bind(node.target, value, scope, "annotated", noted)

    def _augmented(self, node: ast.AugAssign, scope: Scope) -> None:
        value = expression(node.value, scope)
        if isinstance(node.op, ast.Sub) and isinstance(value, Const) and isinstance(value.value, (int, float)):
            value = Const(-value.value)  # what is added
        bind(node.target, value, scope, "aug")

    def _delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            if isinstance(target, (ast.Subscript, ast.Attribute)):
                bind(target, UNKNOWN, scope, "del")

    def _return(self, node: ast.Return, scope: Scope) -> None:
        if node.value is not None:
            scope.give(expression(node.value, scope, "return"))
        scope.leave("return")

    def _break(self, node: ast.Break, scope: Scope) -> None:  # noqa: ARG002 - as all of the table
        scope.leave("break")

    def _raise(self, node: ast.Raise, scope: Scope) -> None:
        scope.leave("raise")
        if node.exc is not None:
            raised = expression(node.exc, scope)
            path = raised.func if isinstance(raised, Call) else raised.path if isinstance(raised, Ref) else ""
            if path:
                scope.raises.append((path, node.lineno))

    def _assert(self, node: ast.Assert, scope: Scope) -> None:
        expression(node.test, scope)

    def _global(self, node: ast.Global, scope: Scope) -> None:
        scope.outer_names.update(node.names)
        scope.global_names.extend(node.names)

    def _nonlocal(self, node: ast.Nonlocal, scope: Scope) -> None:
        scope.outer_names.update(node.names)
        scope.nonlocal_names.extend(node.names)

    def _import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            # `import a.b` binds `a`; the path a.b.c then resolves through it
            name, module = (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
            scope.imports.append(ImportedName(name, module, "", 0, node.lineno, self.import_how))  # type: ignore[arg-type]
            if not alias.asname and "." in alias.name:
                # kept under its full name, so that the module counts as imported
                scope.imports.append(ImportedName(alias.name, alias.name, "", 0, node.lineno, self.import_how))  # type: ignore[arg-type]

    def _import_from(self, node: ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            how = "star" if alias.name == "*" else self.import_how
            attr = "" if alias.name == "*" else alias.name
            imported = ImportedName(alias.asname or alias.name, node.module or "", attr, node.level, node.lineno, how)  # type: ignore[arg-type]
            scope.imports.append(imported)

    def _type_alias(self, node: ast.stmt, scope: Scope) -> None:
        """`type Names = list[str]`, an `ast.TypeAlias` since Python 3.12; an assignment of the value for what comes after."""
        name, value = (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))
        bind(name, expression(value, scope), scope)

    _HANDLERS: ClassVar[dict[type[ast.stmt], Callable[..., None]]] = {
        **Blocks.BLOCKS,
        **Definitions.DEFINITIONS,
        ast.Expr: _expression_statement,
        ast.Assign: _assign,
        ast.AnnAssign: _annotated,
        ast.AugAssign: _augmented,
        ast.Delete: _delete,
        ast.Return: _return,
        ast.Break: _break,
        ast.Raise: _raise,
        ast.Assert: _assert,
        ast.Global: _global,
        ast.Nonlocal: _nonlocal,
        ast.Import: _import,
        ast.ImportFrom: _import_from,
    }
    if sys.version_info >= (3, 12):
        _HANDLERS |= {ast.TypeAlias: _type_alias}
