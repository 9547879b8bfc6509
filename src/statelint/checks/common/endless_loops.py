"""Loops without an end, and what ends one all the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.program.names.conditions import identifiers, inside, names_in
from statelint.survey.summary import Call, Compare, Const, Either, Not, Ref

if TYPE_CHECKING:
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import Expr, Guard

_ENDLESS: Final = frozenset({"itertools.count", "count", "iter"})
_FLAG_METHODS: Final = frozenset({"is_set", "wait"})
_ORDER: Final = frozenset({"<", "<=", ">", ">="})
_ATTEMPTS: Final = frozenset({"attempt", "attempts", "retry", "retries", "tries"})


def is_endless(guard: Guard) -> bool:
    """Whether a guard is the head of a loop that nothing in it counts to an end."""
    if guard.kind == "for":
        return any(isinstance(subject, Call) and subject.func in _ENDLESS for subject in guard.subjects)
    return guard.kind == "while" and not _counts_down(guard.test)


def ends(function: Function, index: int) -> bool:
    """Whether a loop is over when something has come about: it asks for that in its test, or is left by `break` or `return`.

    A flag in its test, or to leave it because of one or after an exception, is how a loop without an end is stopped.
    """
    guards = function.summary.guards
    loop = guards[index]
    if loop.kind == "while" and not isinstance(loop.test, Const):
        return not _is_flag(function, loop.test)
    for exit_ in function.summary.exits:
        if index not in exit_.guards or exit_.how == "raise":
            continue
        inner = [guards[one] for one in exit_.guards[exit_.guards.index(index) + 1 :]]
        if exit_.how == "break" and any(guard.kind in ("while", "for") for guard in inner):
            continue  # leaves a loop inside
        asked = [guard for guard in inner if guard.kind in ("if", "else", "case")]
        if not any(guard.kind == "except" for guard in inner) and not (asked and _is_flag(function, asked[-1].test)):
            return True
    return False


def _is_flag(function: Function, test: Expr) -> bool:
    """Whether a condition is a flag that others set: `not self.closing`, `not stop.is_set()`."""
    for part in inside(test):
        if isinstance(part, Call):
            if part.func.rpartition(".")[2] not in _FLAG_METHODS:
                return False
        elif isinstance(part, Ref):
            if "(" in part.path or re.split(r"\W", part.path, maxsplit=1)[0] in function.locals:
                return False  # what the loop itself has found out
        elif not isinstance(part, (Const, Not, Either)):
            return False
    return True


def _counts_down(test: Expr) -> bool:
    """`while attempts:`, `while n < 3:`; not `while limit is None or n < limit`, which goes on where no limit is given."""
    if isinstance(test, Either) and test.kind == "or" and any(isinstance(one, Compare) and one.operator == "is" for one in test.options):
        return False
    is_order = any(isinstance(part, Compare) and part.operator in _ORDER for part in inside(test))
    return is_order or not _ATTEMPTS.isdisjoint(identifiers(names_in(test)))
