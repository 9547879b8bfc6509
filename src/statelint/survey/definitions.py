"""Definitions: functions, lambdas and classes, each with a frame that the walk through its body fills."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, ClassVar, Final

from statelint.survey.expressions import access_path, annotation, expression
from statelint.survey.scope import Scope, Walker
from statelint.survey.summary import ClassSummary, Expr, FunctionSummary, Parameter, Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MODULE_BODY: Final = "<module>"
_DOCSTRING_LIMIT: Final = 160


class Definitions(Walker):
    """The part of the traversal that goes into functions and classes, and the frames found so far in the order of the file."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.functions: list[FunctionSummary] = []
        self.classes: list[ClassSummary] = []
        self._names: set[str] = set()

    def _unique(self, name: str, line: int) -> str:
        if name in self._names:
            name = f"{name}@{line}"
        self._names.add(name)
        return name

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        decorators = tuple(expression(decorator, scope) for decorator in node.decorator_list)
        prefix = f"{scope.owner}." if scope.owner else "" if scope.name == MODULE_BODY else f"{scope.name}."
        end_line = node.end_lineno or node.lineno
        frame = FunctionSummary(
            self._unique(f"{prefix}{node.name}", node.lineno),
            node.lineno,
            self.column(node.lineno, node.col_offset),
            end_line,
            self.column(end_line, node.end_col_offset or 0),
            owner=scope.owner,
            parent=scope.name,
            params=self._parameters(node.args, scope),
            decorators=decorators,
            returns_annotation=annotation(node.returns, scope),
            is_async=isinstance(node, ast.AsyncFunctionDef),
            docstring=_docstring(node.body),
        )
        self.functions.append(frame)
        inner = Scope(self, frame.name, statements=node.body, args=node.args)
        self.body(node.body, inner)
        inner.summary(frame)

    def define_lambda(self, name: str, node: ast.Lambda, scope: Scope) -> None:
        """Survey the body of a lambda as a function of its own."""
        prefix = "" if scope.name == MODULE_BODY else f"{scope.name}."
        end_line = node.end_lineno or node.lineno
        frame = FunctionSummary(
            f"{prefix}{name}",
            node.lineno,
            self.column(node.lineno, node.col_offset),
            end_line,
            self.column(end_line, node.end_col_offset or 0),
            parent=scope.name,
            params=self._parameters(node.args, scope),
        )
        self.functions.append(frame)
        inner = Scope(self, frame.name, args=node.args)
        inner.give(expression(node.body, inner, "return"))
        inner.summary(frame)

    def _parameters(self, args: ast.arguments, scope: Scope) -> tuple[Parameter, ...]:
        positional = [*args.posonlyargs, *args.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults)) + list(args.defaults)
        made = [self._parameter(arg, default, "", scope) for arg, default in zip(positional, defaults, strict=True)]
        if args.vararg:
            made.append(self._parameter(args.vararg, None, "*", scope))
        made += [self._parameter(arg, default, "kw", scope) for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)]
        if args.kwarg:
            made.append(self._parameter(args.kwarg, None, "**", scope))
        return tuple(made)

    def _parameter(self, arg: ast.arg, default: ast.expr | None, kind: str, scope: Scope) -> Parameter:
        value = None if default is None else expression(default, scope)
        return Parameter(arg.arg, annotation(arg.annotation, scope), value, kind)  # type: ignore[arg-type]

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        prefix = f"{scope.owner}." if scope.owner else "" if scope.name == MODULE_BODY else f"{scope.name}."
        name = self._unique(f"{prefix}{node.name}", node.lineno)
        end_line = node.end_lineno or node.lineno
        frame = ClassSummary(
            name,
            node.lineno,
            self.column(node.lineno, node.col_offset),
            end_line,
            self.column(end_line, node.end_col_offset or 0),
            parent=scope.name,
            bases=tuple(self._base(base, scope) for base in node.bases),
            keywords=tuple((keyword.arg or "**", expression(keyword.value, scope)) for keyword in node.keywords),
            decorators=tuple(expression(decorator, scope) for decorator in node.decorator_list),
            docstring=_docstring(node.body),
        )
        self.classes.append(frame)
        # the body runs where the class statement stands, so its calls and guards belong to that function
        outer, outer_bindings = scope.owner, scope.bindings
        scope.owner, scope.bindings = name, []
        first = len(self.functions)
        self.body(node.body, scope)
        frame.bindings = tuple(scope.bindings)
        scope.owner, scope.bindings = outer, outer_bindings
        methods = (function.name for function in self.functions[first:] if function.owner == name)
        frame.methods = tuple(method.removeprefix(f"{name}.") for method in methods)

    def _base(self, node: ast.expr, scope: Scope) -> Expr:
        if isinstance(node, ast.Subscript):  # Generic[T]
            expression(node.slice, scope)
            return Ref(access_path(node.value, scope))
        return expression(node, scope)

    DEFINITIONS: ClassVar[Mapping[type[ast.stmt], Callable[..., None]]] = {
        ast.FunctionDef: _function,
        ast.AsyncFunctionDef: _function,
        ast.ClassDef: _class,
    }
    """What goes into which definition."""


def _docstring(body: Sequence[ast.stmt]) -> str:
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        line = first.value.value.strip().partition("\n")[0][:_DOCSTRING_LIMIT]
        return line.encode("utf-8", "backslashreplace").decode()
    return ""
