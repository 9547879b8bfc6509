"""Branches that no request takes, by what its calls hand over: `Link(text="x")` never gets to `if name: registry[name] = self`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.names.conditions import ARMS, demands
from statelint.survey.summary import Compare, Const, Display, Not, Ref, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from statelint.program.calls.callgraph import CallGraph
    from statelint.program.names.nodes import Function
    from statelint.program.names.resolver import Resolver
    from statelint.program.reachability.reach import Reachability
    from statelint.survey.summary import CallSite, Expr


class Feasibility:
    """Evaluates conditions on parameters with the arguments of all calls that one activity makes."""

    def __init__(self, resolver: Resolver, graph: CallGraph, reach: Reachability, entries: AbstractSet[Function]) -> None:
        """Take the functions of the activity and those that it begins with, whose arguments nobody sees."""
        self._arguments = resolver.flows.arguments
        self._graph = graph
        self._reach = reach
        self._entries = entries
        self._known: dict[tuple[Function, str], Sequence[Expr] | None] = {}

    def is_ruled_out(self, function: Function, guards: Iterable[int]) -> bool:
        """Whether one of the guards asks of a parameter what no call of the activity hands over."""
        asked = (function.summary.guards[index] for index in guards)
        return any(guard.kind in ARMS and any(self._fails(function, part) for part in demands(guard.test)) for guard in asked)

    def _fails(self, function: Function, question: Expr) -> bool:
        name = _parameter_asked(question)
        if name not in function.params or name in function.locals:
            return False
        key = (function, name)
        if key not in self._known:
            self._known[key] = self._handed(function, name)
        values = self._known[key]
        return bool(values) and all(_answer(question, value) is False for value in values or ())

    def _handed(self, function: Function, name: str) -> Sequence[Expr] | None:
        """Return all that calls of the activity hand over for a parameter, its default among it; None where that is not known."""
        param = function.params[name]
        edges = [edge for edge in self._graph.callers.get(function, ()) if edge.caller in self._reach]
        if function in self._entries or not edges or param.kind in ("*", "**") or any(edge.kind != "call" for edge in edges):
            return None
        lines = {(edge.caller, edge.line) for edge in edges}
        callers = {edge.caller for edge in edges}
        if any(_spreads(site) for caller in callers for site in caller.summary.calls if (caller, site.call.line) in lines):
            return None
        given = [expr for caller, expr in self._arguments.get(function, {}).get(name, ()) if caller in callers]
        return given if param.default is None else [*given, param.default]


def _parameter_asked(question: Expr) -> str:
    """Return the plain name that a single question is about, "" if it is about anything else."""
    match question:
        case Ref(path) | Not(Ref(path)) | Compare(Ref(path), _, Const()):
            return path
    return ""


def _answer(question: Expr, value: Expr) -> bool | None:
    """Answer a question about a value, None where that cannot be told."""
    if isinstance(value, Display) and not value.comprehension:
        constant: object = bool(value.items)
    elif isinstance(value, Const):
        constant = value.value
    else:
        return None
    match question:
        case Ref():
            return bool(constant)
        case Not():
            return not constant
        case Compare(_, "is" | "==" as operator, Const(other)) if isinstance(value, Const):
            return constant is other if operator == "is" else constant == other
        case Compare(_, "is not" | "!=" as operator, Const(other)) if isinstance(value, Const):
            return constant is not other if operator == "is not" else constant != other
    return None


def _spreads(site: CallSite) -> bool:
    """Whether a call hands over more than is written: stars can hold anything."""
    return any(isinstance(arg, Unknown) for arg in site.call.args) or any(keyword == "**" for keyword, _ in site.call.keywords)
