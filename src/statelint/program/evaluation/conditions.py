"""What conditions come to with the defaults: the arm that runs when nobody sets the variable, and the variable's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.evaluation.value import OPTION, Outcome
from statelint.program.names.conditions import ARMS
from statelint.program.settings.stages import holds_in_production
from statelint.survey.summary import Call, Compare, Const, Display, Either, Not, Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from statelint.program.evaluation.value import Value
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import Expr, Guard, Operator

    Follow = Callable[[Function, Expr], Sequence[Value]]

_FALSE_WORDS: Final = frozenset({"", "0", "false", "no", "off", "n", "f", "none", "null"})
_ENVIRONMENTS: Final = ("os.environ", "environ")
_DEPTH: Final = 6
"""Deeper conditions than people write are not evaluated."""


def outcome_of(guards: Iterable[Guard], function: Function, follow: Follow) -> Outcome:
    """Say whether code under these guards runs in production with the environment that is known."""
    variable, open_test = "", ""
    for guard in guards:
        if guard.kind not in ARMS and guard.kind != "case":
            continue
        found = tested(guard.test, function, follow)
        if found.holds is None:
            open_test = open_test or guard.text
            continue
        if not found.holds:
            return Outcome(holds=False, variable=found.variable)
        variable = variable or found.variable
    return Outcome(None, variable, open_test) if open_test else Outcome(holds=True, variable=variable)


def tested(test: Expr, function: Function, follow: Follow) -> Outcome:
    """Evaluate a condition as seen from a function; `follow` gives the values of an expression."""
    return _truth(test, function, follow, 0)


def _truth(test: Expr, function: Function, follow: Follow, depth: int) -> Outcome:
    if depth > _DEPTH:
        return Outcome(None)
    if isinstance(test, Either) and test.kind != "if":
        return _joined([_truth(option, function, follow, depth + 1) for option in test.options], any_of=test.kind == "or")
    if isinstance(test, Not):
        inner = _truth(test.operand, function, follow, depth + 1)
        return inner._replace(holds=None if inner.holds is None else not inner.holds)
    stage = holds_in_production(test)
    if stage is not None:
        return Outcome(stage)
    if isinstance(test, Compare):
        return _compared(test, function, follow)
    return _truth_of(follow(function, test), function, follow, depth)


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
            return Outcome(False if may_be_empty(value) else None, value.variable)
        case "display" if isinstance(value.expr, Display) and not value.expr.comprehension:
            return Outcome(bool(value.expr.items), value.variable)
        case "unknown" if isinstance(value.expr, (Compare, Not)) or (isinstance(value.expr, Either) and value.expr.kind != "if"):
            return _truth(value.expr, value.function or function, follow, depth + 1)
    return Outcome(None)


def _compared(test: Compare, function: Function, follow: Follow) -> Outcome:
    left, right = test.left, test.right
    if isinstance(right, Ref) and right.path in _ENVIRONMENTS and isinstance(left, Const) and test.operator in ("in", "not in"):
        reading = Call(f"{right.path}.get", (left,), (), 0, 0, 0, 0)
        set_at_all = _truth_of(follow(function, reading), function, follow, 0)
        return _flipped(set_at_all, test.operator == "not in")
    if test.operator in ("in", "not in") and not isinstance(right, Display):
        part = {_contains(whole, one) for whole in follow(function, right) for one in follow(function, left)}
        return _flipped(part.pop(), test.operator == "not in") if len(part) == 1 else Outcome(None)
    others = _members(test, function, follow)
    found = [_equals(value, others, test.operator) for value in follow(function, left)] if others is not None else []
    if not found or any(one.holds != found[0].holds for one in found):
        return Outcome(None)
    return next((one for one in found if one.variable), found[0])


def _equals(value: Value, others: set[object], operator: Operator) -> Outcome:
    if value.choice or value.kind not in ("const", "env") or (value.kind == "env" and not may_be_empty(value)):
        return Outcome(None)
    known = _plain(value.const) in others or (value.name == OPTION and "" in others)
    if operator in ("==", "in", "is"):
        return Outcome(known, value.variable)
    return Outcome(not known, value.variable) if operator in ("!=", "not in", "is not") else Outcome(None)


def may_be_empty(value: Value) -> bool:
    """Whether what the environment says may be nothing: a variable that need not be set, an option that is left empty."""
    return not value.required or value.name == OPTION


def _contains(whole: Value, one: Value) -> Outcome:
    """`"postgres" in url`."""
    known = whole.kind == one.kind == "const" and not whole.choice and not one.choice
    if not known or not isinstance(whole.const, str) or not isinstance(one.const, str):
        return Outcome(None)
    return Outcome(one.const.strip().lower() in whole.const.lower(), whole.variable or one.variable)


def _flipped(outcome: Outcome, flip: bool) -> Outcome:  # noqa: FBT001 - private, and the name says it
    return outcome._replace(holds=not outcome.holds) if flip and outcome.holds is not None else outcome


def _members(test: Compare, function: Function, follow: Follow) -> set[object] | None:
    """The constants that a comparison compares with; None where one is not known."""
    found: set[object] = set()
    for item in test.right.items if isinstance(test.right, Display) and test.operator in ("in", "not in") else (test.right,):
        for value in follow(function, item):
            if value.kind != "const":
                return None
            found.add(_plain(value.const))
    return found


def _plain(value: object) -> object:
    """A string without what a comparison here ignores: case, and spaces at the ends."""
    return value.strip().lower() if isinstance(value, str) else value
