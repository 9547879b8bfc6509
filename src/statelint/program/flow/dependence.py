"""Dependence within one function: which paths carry a value, and which guards ask for it.

Data dependence goes through bindings and what is put into local objects, control dependence through the guards of both; neither
knows an order of statements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names.conditions import ARMS, inside
from statelint.program.names.resolver import split
from statelint.survey.summary import Call, Ref

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from statelint.program.names.nodes import Function
    from statelint.survey.summary import CallSite, Expr

DECIDING: Final = ARMS | {"case", "while", "for"}
"""Guards of which a value decides whether, or how often, something happens."""


def dependents(function: Function, paths: AbstractSet[str], containers: AbstractSet[str]) -> tuple[set[str], set[int]]:
    """Return the paths that carry the value read by some, or are something else because of it, and the guards that ask for it.

    `containers` are the names of methods that put into, take from or read a container. Guards are given by their index in the summary.
    """
    summary = function.summary
    carriers, deciding = set(paths), set[int]()
    bindings = [binding for bound in function.locals.values() for binding in bound if not function.is_body]
    filled: list[tuple[str, tuple[Expr | None, ...], tuple[int, ...]]] = [
        (write.target.partition(".")[0].partition("[")[0], (write.value, write.key), write.guards) for write in summary.writes
    ]
    for site in summary.calls:
        head, step = split(site.call.func)
        if step[:1] == "." and (step[1:] in containers or head in function.locals):
            # `future.set_result(value)`: an argument of a local object's method may be part of it from then on
            filled.append((head, (*site.call.args, *(value for _, value in site.call.keywords)), site.guards))
    before = -1
    while before != len(carriers) + len(deciding):
        before = len(carriers) + len(deciding)
        deciding |= {
            index
            for index, guard in enumerate(summary.guards)
            if index not in deciding and guard.kind in DECIDING and _asks(function, index, carriers)
        }
        carriers |= {
            one.name
            for one in bindings
            if one.name not in carriers and (mentions(one.value, carriers) or not deciding.isdisjoint(one.guards))
        }
        carriers |= {
            head
            for head, exprs, guards in filled
            if head not in carriers
            and (head in function.locals or head in function.params)
            and (any(mentions(expr, carriers) for expr in exprs) or not deciding.isdisjoint(guards))
        }
    return carriers, deciding


def _asks(function: Function, index: int, carriers: AbstractSet[str]) -> bool:
    guard = function.summary.guards[index]
    calls = [function.summary.calls[one].call for one in guard.calls]
    return any(mentions(expr, carriers) for expr in (guard.test, *guard.subjects, *calls))


def is_seen(function: Function, carriers: AbstractSet[str]) -> bool:
    """Whether any expression of a function's summary has the value in it, or any call is made on it."""
    summary = function.summary
    exprs = (*summary.returns, *(binding.value for binding in summary.bindings), *(write.value for write in summary.writes))
    keys = (write.key for write in summary.writes)
    calls = (site.call for site in summary.calls)
    return any(mentions(expr, carriers) for expr in (*exprs, *keys, *calls))


def is_carried(path: str, carriers: AbstractSet[str]) -> bool:
    """Whether a path carries the value itself, or leads on from one that does."""
    while path:
        if path in carriers:
            return True
        path, step = split(path)
        if not step:
            return path in carriers
    return False


def mentions(expr: Expr | None, carriers: AbstractSet[str]) -> bool:
    """Whether an expression has the value in it."""
    for part in inside(expr):
        if isinstance(part, Ref) and is_carried(part.path, carriers):
            return True
        if isinstance(part, Call) and (is_carried(part.func, carriers) or f"{part.func}()" in carriers):
            return True
    return False


def is_in_arguments(site: CallSite, carriers: AbstractSet[str]) -> bool:
    """Whether a call is given the value."""
    return any(mentions(arg, carriers) for arg in (*site.call.args, *(value for _, value in site.call.keywords)))
