"""What conditions come to with the defaults: the arm that runs when nobody sets the variable, and the variable's name."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.settings.stages import holds_in_production
from statelint.survey.expressions import expression
from statelint.survey.scope import Scope, SourceText
from statelint.survey.summary import Display, Either, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from statelint.program.evaluation.evaluator import Value
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import Expr, Guard

    Follow = Callable[[Function, Expr], Sequence[Value]]

_FALSE_WORDS: Final = frozenset({"", "0", "false", "no", "off", "n", "f", "none", "null"})
_FOLDS: Final = frozenset({"lower", "upper", "casefold", "strip"})
_SAME_TEXT: Final = frozenset({"lower", "upper", "casefold", "strip", "title", "capitalize"})
"""Methods of strings that make no difference to a comparison, which ignores case and spaces at the ends."""
_DECISIVE: Final = frozenset({"if", "else", "past", "case"})
_NEGATED: Final = ("else", "past")


class Outcome(NamedTuple):
    """Whether a condition holds, as far as known, and what would change that."""

    holds: bool | None
    variable: str = ""
    """The environment variable that decides it."""
    text: str = ""
    """The source of the condition that could not be decided."""


def outcome_of(guards: Iterable[Guard], function: Function, follow: Follow) -> Outcome:
    """Say whether code under these guards runs in production with the environment that is known."""
    variable, open_test = "", ""
    for guard in guards:
        if guard.kind not in _DECISIVE:
            continue
        found = tested(_test_of(guard), function, follow)
        if found.holds is None:
            open_test = open_test or found.text
            continue
        if found.holds != (guard.kind not in _NEGATED):
            return Outcome(holds=False, variable=found.variable)
        variable = variable or found.variable
    return Outcome(None, variable, open_test) if open_test else Outcome(holds=True, variable=variable)


def _test_of(guard: Guard) -> str:
    """The condition of a guard; a case as a comparison with its pattern."""
    if guard.kind != "case":
        return guard.text
    subject, _, pattern = guard.text.partition(": ")
    is_value = "." in pattern or pattern[:1] in "'\"-0123456789"
    return f"({subject}) == ({pattern})" if is_value else guard.text


def tested(test: str, function: Function, follow: Follow) -> Outcome:
    """Evaluate the source of a condition as seen from a function; `follow` gives the values of an expression."""
    stage = holds_in_production(test)
    if stage is not None:
        return Outcome(stage)
    node = _parsed(test)
    found = _truth(node, function, follow, 0) if node is not None else Outcome(None)
    return found if found.holds is not None else Outcome(None, found.variable, test)


@lru_cache(maxsize=4096)
def _parsed(test: str) -> ast.expr | None:
    try:
        return ast.parse(test.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _truth(node: ast.expr, function: Function, follow: Follow, depth: int) -> Outcome:
    if depth > 6:  # deeper conditions than people write
        return Outcome(None)
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _truth(operand, function, follow, depth + 1)
            return inner._replace(holds=None if inner.holds is None else not inner.holds)
        case ast.BoolOp(op=operator, values=values):
            return _joined([_truth(value, function, follow, depth + 1) for value in values], any_of=isinstance(operator, ast.Or))
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return _compared(left, operator, right, function, follow)
    expr = _converted(node)
    return _truth_of(follow(function, expr), function, follow, depth)


def _joined(parts: list[Outcome], *, any_of: bool) -> Outcome:
    """Join by `or` (`any_of`) or `and`: one that decides is enough, else all must be known."""
    deciding = next((part for part in parts if part.holds is any_of), None)
    if deciding is not None:
        return deciding
    if any(part.holds is None for part in parts):
        return Outcome(None)
    return Outcome(not any_of, next((part.variable for part in parts if part.variable), ""))


def _truth_of(values: Sequence[Value], function: Function, follow: Follow, depth: int) -> Outcome:
    found = [_truth_of_value(value, function, follow, depth) for value in values]
    if not found or any(one.holds != found[0].holds for one in found):
        return Outcome(None)
    return found[0]


def _truth_of_value(value: Value, function: Function, follow: Follow, depth: int) -> Outcome:
    if value.choice:
        return Outcome(None, value.variable)
    match value.kind:
        case "const" | "head":
            const = value.const.strip().lower() if isinstance(value.const, str) else value.const
            return Outcome(const not in _FALSE_WORDS if isinstance(const, str) else bool(const), value.variable)
        case "env":  # not set, unless the program insists on it
            return Outcome(None if value.required else False, value.variable)
        case "display" if isinstance(value.expr, Display) and not value.expr.comprehension:
            return Outcome(bool(value.expr.items), value.variable)
        case "unknown" if isinstance(value.expr, Unknown) and value.expr.test:
            node = _parsed(value.expr.test)
            stage = holds_in_production(value.expr.test)
            if stage is not None:
                return Outcome(stage)
            return _truth(node, value.function or function, follow, depth + 1) if node is not None else Outcome(None)
        case "unknown" if isinstance(value.expr, Either) and value.expr.kind in ("or", "and"):
            parts = [_truth_of(follow(value.function or function, option), function, follow, depth + 1) for option in value.expr.options]
            return _joined(parts, any_of=value.expr.kind == "or")
    return Outcome(None)


def _compared(left: ast.expr, operator: ast.cmpop, right: ast.expr, function: Function, follow: Follow) -> Outcome:
    if isinstance(right, (ast.Attribute, ast.Name)) and ast.unparse(right) in ("os.environ", "environ") and isinstance(left, ast.Constant):
        reading = ast.parse(f"{ast.unparse(right)}.get({left.value!r})", mode="eval").body
        set_at_all = _truth_of(follow(function, _converted(reading)), function, follow, 0)
        return _flipped(set_at_all, isinstance(operator, ast.NotIn))
    other = _members(right, function, follow)
    found = {_equals(value, other, operator) for value in follow(function, _converted(left))} if other is not None else set()
    return found.pop() if len(found) == 1 else Outcome(None)


def _equals(value: Value, others: set[object], operator: ast.cmpop) -> Outcome:
    if value.choice or value.kind not in ("const", "env") or (value.kind == "env" and value.required):
        return Outcome(None)
    known = _plain(value.const) in others
    if isinstance(operator, (ast.Eq, ast.In, ast.Is)):
        return Outcome(known, value.variable)
    return Outcome(not known, value.variable) if isinstance(operator, (ast.NotEq, ast.NotIn, ast.IsNot)) else Outcome(None)


def _flipped(outcome: Outcome, flip: bool) -> Outcome:  # noqa: FBT001 - private, and the name says it
    return outcome._replace(holds=not outcome.holds) if flip and outcome.holds is not None else outcome


def _members(node: ast.expr, function: Function, follow: Follow) -> set[object] | None:
    """The constants that a comparison compares with; None where one is not known."""
    items = node.elts if isinstance(node, (ast.Tuple, ast.List, ast.Set)) else list(_alternatives(node))
    found: set[object] = set()
    for item in items:
        for value in follow(function, _converted(item)):
            if value.kind != "const":
                return None
            found.add(_plain(value.const))
    return found


def _alternatives(node: ast.expr) -> Iterable[ast.expr]:
    """The parts of `"redis" | "rediss"`, the pattern of a case."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from _alternatives(node.left)
        yield from _alternatives(node.right)
    else:
        yield node


def _plain(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _converted(node: ast.expr) -> Expr:
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SAME_TEXT:
        node = node.func.value
    return expression(node, Scope(_Nowhere(b"\n"), "<condition>"))


class _Nowhere(SourceText):
    """The source of a condition that was parsed again: its places mean nothing."""

    def define_lambda(self, name: str, node: ast.Lambda, scope: Scope) -> None:
        """Leave lambdas alone."""
