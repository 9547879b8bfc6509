"""Conditions as data: their opposites, and what the cases of a `match` ask."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from statelint.survey.summary import UNKNOWN, Call, Compare, Const, Either, Expr, Not, Ref

if TYPE_CHECKING:
    from statelint.survey.summary import Operator

_OPPOSITES: Final[dict[Operator, Operator]] = {
    "==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "is": "is not", "is not": "is", "in": "not in", "not in": "in",
}  # fmt: skip
_MOST_ARGUMENTS: Final = 4
"""Of a call that a `match` asks about: each of its cases keeps it."""


def negated(test: Expr) -> Expr:
    """Return the opposite of a condition: `not (a is None or b)` is `a is not None and not b`."""
    match test:
        case Not():
            return test.operand
        case Compare():
            return Compare(test.left, _OPPOSITES[test.operator], test.right)
        case Either(kind="and" | "or"):
            return Either("or" if test.kind == "and" else "and", tuple([negated(option) for option in test.options]))
    return Not(test)


def matched(pattern: ast.pattern, subject: Expr, compared: dict[ast.pattern, Expr]) -> Expr:
    """Return the condition under which a pattern matches; unknown for those that look into the subject."""
    match pattern:
        case ast.MatchValue():
            return Compare(subject, "==", compared[pattern])
        case ast.MatchSingleton(value=value):
            return Compare(subject, "is", Const(value))
        case ast.MatchOr(patterns=patterns):
            return Either("or", tuple([matched(each, subject, compared) for each in patterns]))
        case ast.MatchAs(pattern=None):
            return Const(value=True)
        case ast.MatchAs(pattern=inner) if inner is not None:
            return matched(inner, subject, compared)
    return UNKNOWN


def takes_all(case: ast.match_case) -> bool:
    """Whether a case takes whatever no other case took."""
    return case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None


def is_short(subject: Expr) -> bool:
    """Whether each case may keep what a `match` asks about."""
    if isinstance(subject, Call):
        return len(subject.args) <= _MOST_ARGUMENTS and not subject.keywords and all(isinstance(arg, (Const, Ref)) for arg in subject.args)
    return isinstance(subject, (Const, Ref))
