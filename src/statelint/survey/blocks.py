"""Statements with blocks: under which guards what stands in them runs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, ClassVar, Final

from statelint.limits import BRANCHES
from statelint.survey.conditions import is_short, matched, negated, takes_all
from statelint.survey.expressions import annotation, bind, bind_loop, expression
from statelint.survey.nesting import check_chain
from statelint.survey.scope import Walker
from statelint.survey.summary import UNKNOWN, Either, Expr, Guard, Ref
from statelint.survey.values import plain_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from statelint.survey.scope import Scope

_LEAVING: Final = (ast.Return, ast.Continue, ast.Break)
"""How a block ends where there is nothing to do; a `raise` says what must hold, not what is chosen."""
_MISSING: Final = ("ImportError", "ModuleNotFoundError")
"""What is caught where a library may be missing."""


class Blocks(Walker):
    """The part of the traversal that goes into blocks."""

    def _if(self, node: ast.If, scope: Scope) -> None:
        otherwise = self._arm(node, scope)
        if not node.orelse:
            if isinstance(node.body[-1], _LEAVING):
                scope.stay_under(_early_exit(otherwise))
            return
        outer, links = scope.guard_path, 1
        while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):  # by a loop: tables of branches are long
            scope.stay_under(otherwise)
            node = node.orelse[0]
            otherwise = self._arm(node, scope)
            links += 1
        check_chain(links, BRANCHES)
        if node.orelse:
            scope.stay_under(otherwise)
            self.body(node.orelse, scope)
        elif isinstance(node.body[-1], _LEAVING):
            scope.stay_under(_early_exit(otherwise))
        scope.guard_path = outer

    def _arm(self, node: ast.If, scope: Scope) -> Guard:
        """Survey one condition and what stands under it; give the guard of what runs otherwise."""
        test, calls = self._asked(node.test, scope)
        text = self.segment(node.test)
        outer = self.import_how
        if isinstance(test, Ref) and test.path.rpartition(".")[2] == "TYPE_CHECKING":
            self.import_how = "type-checking"
        for _ in scope.guarded(Guard("if", text, node.lineno, test, calls)):
            self.body(node.body, scope)
        self.import_how = outer
        return Guard("else", text, node.lineno, negated(test), calls)

    def _asked(self, node: ast.expr, scope: Scope) -> tuple[Expr, tuple[int, ...]]:
        """Convert a condition; also say which calls it makes."""
        first = len(scope.calls)
        test = expression(node, scope)
        return test, tuple(range(first, len(scope.calls)))

    def _loop(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        iterable = expression(node.iter, scope)
        bind_loop(node.target, iterable, scope)
        for _ in scope.guarded(Guard("for", self.segment(node.iter), node.lineno, subjects=(iterable,))):
            self.body(node.body, scope)
        self.body(node.orelse, scope)

    def _while(self, node: ast.While, scope: Scope) -> None:
        test, calls = self._asked(node.test, scope)
        for _ in scope.guarded(Guard("while", self.segment(node.test), node.lineno, test, calls)):
            self.body(node.body, scope)
        self.body(node.orelse, scope)

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        texts, held = [], []
        for item in node.items:
            bound = item.optional_vars.id if isinstance(item.optional_vars, ast.Name) else ""
            value = expression(item.context_expr, scope, "with", bound)
            texts.append(self.segment(item.context_expr))
            held.append(value)
            if item.optional_vars is not None:
                bind(item.optional_vars, value, scope, "with")
        for _ in scope.guarded(Guard("with", ", ".join(texts), node.lineno, subjects=tuple(held))):
            self.body(node.body, scope)

    def _try(self, node: ast.Try, scope: Scope) -> None:
        caught = ", ".join(self.segment(handler.type) if handler.type else "BaseException" for handler in node.handlers)
        types = [_exceptions(handler.type) for handler in node.handlers]
        outer = self.import_how
        imports = any(path.path.rpartition(".")[2] in _MISSING for paths in types for path in paths)
        if imports:
            self.import_how = "try"
        subjects = tuple(path for paths in types for path in paths)
        for _ in scope.guarded(Guard("try", caught or "finally", node.lineno, subjects=subjects)):
            self.body(node.body, scope)
        self.body(node.orelse, scope)
        for handler, paths in zip(node.handlers, types, strict=True):
            if imports:
                self.import_how = "except"
            if handler.type is not None:
                expression(handler.type, scope)
            if handler.name is not None:
                self._capture(handler.name, handler, scope)
            kind = self.segment(handler.type) if handler.type else "BaseException"
            for _ in scope.guarded(Guard("except", kind, handler.lineno, subjects=paths)):
                self.body(handler.body, scope)
        self.import_how = outer
        if node.finalbody:
            for _ in scope.guarded(Guard("finally", "", node.finalbody[0].lineno)):
                self.body(node.finalbody, scope)

    def _match(self, node: ast.Match, scope: Scope) -> None:
        value, asking = self._asked(node.subject, scope)
        subject, asked = self.segment(node.subject), value if is_short(value) else UNKNOWN
        others: list[Expr] = []
        for case in node.cases:
            first = len(scope.calls)
            test = matched(case.pattern, asked, self._pattern(case.pattern, value, scope))
            if case.guard is not None:
                test = Either("and", (test, expression(case.guard, scope)))
            others.append(test)
            if takes_all(case) and case is node.cases[-1] and len(others) > 1:
                test = Either("and", tuple([negated(other) for other in others[:-1]]))
            calls = (*asking, *range(first, len(scope.calls)))
            text = f"{subject}: {self.segment(case.pattern)}"
            for _ in scope.guarded(Guard("case", text, node.lineno, test, calls)):
                self.body(case.body, scope)

    def _pattern(self, pattern: ast.pattern, value: Expr, scope: Scope) -> dict[ast.pattern, Expr]:
        """Bind what a pattern captures; only the whole subject is known by another name. Gives the values compared with."""
        compared: dict[ast.pattern, Expr] = {}
        for node in ast.walk(pattern):
            if isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name is not None:
                inner = node.pattern if isinstance(node, ast.MatchAs) else None
                noted = annotation(inner.cls, scope) if isinstance(inner, ast.MatchClass) else None
                self._capture(node.name, node, scope, value if node is pattern else UNKNOWN, noted)
            elif isinstance(node, ast.MatchMapping) and node.rest is not None:
                self._capture(node.rest, node, scope)
            elif isinstance(node, ast.MatchValue):
                compared[node] = expression(node.value, scope)
            elif isinstance(node, ast.MatchClass):
                expression(node.cls, scope)
        return compared

    def _capture(self, name: str, node: ast.AST, scope: Scope, value: Expr = UNKNOWN, noted: Expr | None = None) -> None:
        """Bind a name that the syntax gives without a target of its own: in patterns and `except ... as`."""
        target = ast.copy_location(ast.Name(name, ast.Store()), node)
        bind(target, value, scope, "unpack", noted)

    BLOCKS: ClassVar[Mapping[type[ast.stmt], Callable[..., None]]] = {
        ast.If: _if,
        ast.For: _loop,
        ast.AsyncFor: _loop,
        ast.While: _while,
        ast.With: _with,
        ast.AsyncWith: _with,
        ast.Try: _try,
        ast.TryStar: _try,
        ast.Match: _match,
    }
    """What goes into which statement."""


def _early_exit(otherwise: Guard) -> Guard:
    """Return the guard of what follows an `if` that leaves the block, from that of its `else`."""
    return Guard("early-exit", otherwise.text, otherwise.line, otherwise.test, otherwise.calls)


def _exceptions(node: ast.expr | None) -> tuple[Ref, ...]:
    """Return the types that an `except` names."""
    types = node.elts if isinstance(node, ast.Tuple) else [node]
    paths = ["BaseException" if each is None else plain_path(each) for each in types]
    return tuple([Ref(path) for path in paths if path])
