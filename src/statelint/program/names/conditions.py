"""What conditions ask: whether something is there, whether the module is the program, and which names they speak of.

A condition is a tree of questions joined by `and` and `or`; a negation is part of the question. What it demands is
answered with yes wherever it holds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.survey.conditions import negated
from statelint.survey.summary import Call, Compare, Const, Display, Either, Expr, Not, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.survey.summary import FunctionSummary, Guard

ARMS: Final = frozenset({"if", "else", "early-exit"})
"""Guards of `if` statements: their condition chooses what runs."""
_IDENTIFIER: Final = re.compile(r"[A-Za-z_]\w*")
_SAME_TRUTH: Final = frozenset({"len", "bool"})
"""Calls that are as true as their argument."""
_OF_A_KIND: Final = frozenset({"isinstance", "issubclass", "callable", "any", "all"})
"""Calls that ask what something is like, and not whether it is there."""


class Asked(NamedTuple):
    """Something of which a condition asks whether it is there."""

    path: str
    """Its access path; of what a call gives, the called path with `()` behind."""
    how: Literal["truth", "none", "nothing", "attribute", "entry"]
    """`x`, `x is None`, `x == 0`, `hasattr(o, "x")`, `key in x` or `x.get(key)`."""
    key: Expr | None = None
    """Of an entry."""


def demands(test: Expr) -> list[Expr]:
    """Return the questions that all have to be answered with yes for a condition to hold."""
    if isinstance(test, Either) and test.kind == "and":
        return [part for option in test.options for part in demands(option)]
    return [test]


def questions(test: Expr) -> list[Expr]:
    """Return every question of a condition, however they are joined."""
    if isinstance(test, Either) and test.kind != "if":
        return [part for option in test.options for part in questions(option)]
    return [test]


def absences(test: Expr) -> list[Asked]:
    """Return what is missing, empty, zero or false wherever a condition holds: `x is None`, `not x`, `k not in x`."""
    return [found for part in demands(test) if (found := _missing(part)) is not None]


def perhaps_absent(test: Expr) -> list[Asked]:
    """Return what may be missing where a condition holds: also `x is None or x.closed`."""
    return [found for part in questions(test) if (found := _missing(part)) is not None]


def requires_absence_of(test: Expr, path: str, key: Expr | None = None) -> bool:
    """Whether a condition holds only where what a path names, or its entry for a key, is missing."""
    return any((found.path, found.key) == (path, key) for found in absences(test))


def denies(test: Expr) -> bool:
    """Whether a condition holds only where something is missing, or is something else than it asks for."""
    return any(map(_denies, demands(test)))


def _denies(question: Expr) -> bool:
    if isinstance(question, Either) and question.kind == "or":
        return all(map(denies, question.options))
    if isinstance(question, Compare) and question.operator in ("!=", "not in"):
        return _missing(negated(question)) is None  # `x != ""` says that there is one
    return isinstance(question, Not) or _missing(question) is not None


def _missing(question: Expr) -> Asked | None:
    """Return what a single question says is missing."""
    match question:
        case Not(operand):
            return _thing(operand)
        case Compare(left, "is" | "==", right) if _is_nothing(right):
            return _compared(left, right)
        case Compare(left, "is" | "==", right) if _is_nothing(left):
            return _compared(right, left)
        case Compare(left, "is not" | "!=", Const(value=True) as other):
            return _compared(left, other)
        case Compare(left, "<", Const(value=1) as other) | Compare(left, "<=", Const(value=0) as other):
            return _compared(left, other)
        case Compare(left, "not in", Ref(path)):
            return Asked(path, "entry", left)
    return None


def _is_nothing(value: Expr) -> bool:
    if isinstance(value, Display):
        return not value.items and not value.comprehension
    return isinstance(value, Const) and not value.value


def _compared(value: Expr, other: Expr) -> Asked | None:
    found = _thing(value)
    if found is None or found.how != "truth":
        return found
    return found._replace(how="none" if other == Const(None) else "nothing")


def _thing(value: Expr) -> Asked | None:
    """Return what is missing where an expression is false."""
    match value:
        case Ref(path):
            return Asked(path, "truth")
        case Call("hasattr", (Ref(path), Const(str(name)))):
            return Asked(f"{path}.{name}", "attribute")
        case Call(func, (first, *_)) if func in _SAME_TRUTH:
            return _thing(first)
        case Call(func, (key, *_)) if func.endswith(".get"):
            return Asked(func.removesuffix(".get"), "entry", key)
        case Call(func) if func not in _OF_A_KIND:
            return Asked(f"{func}()", "truth")
    return None


def is_main_guard(test: Expr) -> bool:
    """Whether a condition holds only where the module is the program: `__name__ == "__main__"`."""
    match test:
        case Ref() | Not():
            return False
        case Either(kind="and"):
            return any(map(is_main_guard, test.options))
        case Either(kind="or"):
            return all(map(is_main_guard, test.options))
        case Compare(Ref("__name__"), "==", Const("__main__")) | Compare(Const("__main__"), "==", Ref("__name__")):
            return True
        case Compare(Ref("__name__"), "in", Display(items=items)):
            return Const("__main__") in items
    return False


# -- words


def inside(*exprs: Expr | None) -> list[Expr]:
    """Return expressions and all that they are made of, in the order of the source."""
    found: list[Expr] = []
    waiting = [expr for expr in reversed(exprs) if expr is not None]
    while waiting:
        expr = waiting.pop()
        found.append(expr)
        match expr:
            case Ref() | Const():  # most of them
                pass
            case Call():
                waiting.extend([value for _, value in reversed(expr.keywords)])
                waiting.extend(reversed(expr.args))
            case Compare():
                waiting += (expr.right, expr.left)
            case Not():
                waiting.append(expr.operand)
            case Either():
                waiting.extend(reversed(expr.options))
                waiting.extend(() if expr.test is None else (expr.test,))
            case Display():
                waiting.extend(reversed(expr.items))
                waiting.extend(reversed(expr.keys))
            case Template():
                waiting.extend(reversed(expr.parts or (Const(expr.head),)))
    return found


def names_in(*exprs: Expr | None) -> list[str]:
    """Return the access paths in expressions, what they call, and the names of keyword arguments."""
    return _names(inside(*exprs))


def texts_in(*exprs: Expr | None) -> list[str]:
    """Return the strings in expressions."""
    return _texts(inside(*exprs))


def words_in(*exprs: Expr | None) -> list[str]:
    """Return the names and the strings in expressions."""
    parts = inside(*exprs)
    return _names(parts) + _texts(parts)


def _names(parts: list[Expr]) -> list[str]:
    found: list[str] = []
    for part in parts:
        if isinstance(part, Ref):
            found.append(part.path)
        elif isinstance(part, Call):
            found.append(part.func)
            found.extend([keyword for keyword, _ in part.keywords])
    return found


def _texts(parts: list[Expr]) -> list[str]:
    return [part.value for part in parts if isinstance(part, Const) and isinstance(part.value, str)]


def said_in(guard: Guard, summary: FunctionSummary) -> list[str]:
    """Return the names and strings in a guard: of its condition and the calls this makes, of what it holds, catches or goes through."""
    return words_in(guard.test, *[summary.calls[index].call for index in guard.calls], *guard.subjects)


def mentions(guard: Guard, summary: FunctionSummary, pattern: re.Pattern[str]) -> bool:
    """Whether a name or string in a guard fits a pattern."""
    return any(map(pattern.search, said_in(guard, summary)))


def identifiers(texts: Iterable[str]) -> frozenset[str]:
    """Return the single names in access paths and strings: of `self._cache.get`, the three of them."""
    return frozenset(name for text in texts for name in _IDENTIFIER.findall(text))
