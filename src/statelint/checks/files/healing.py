"""Whether a file that is missing is made again: what asks for it first makes it where it finds none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names.conditions import ARMS, inside, names_in, questions
from statelint.program.names.nodes import Function
from statelint.program.names.resolver import split
from statelint.survey.summary import Call, Const, Not, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.inspect.context import Context
    from statelint.program.calls.callgraph import Edge
    from statelint.survey.summary import Expr

_ASKING: Final = frozenset({"exists", "lexists", "is_file", "isfile", "is_dir", "isdir", "path_exists", "access"})
_MISSING: Final = frozenset({"FileNotFoundError", "OSError", "IOError", "EnvironmentError", "NotADirectoryError"})
_MOST_CALLERS: Final = 40
"""Functions on the ways from entry points to a write that are asked for the question; a helper that makes a file has a few."""


class Healing:
    """Tells whether files are made where they are missing, in one program."""

    def __init__(self, context: Context) -> None:
        self._program = context.program
        self._points = frozenset(point.function for point in context.program.entry_points.points)

    def fillers(self, function: Function, guards: Iterable[int], path: Expr | None) -> frozenset[Function]:
        """Return the functions that ask whether a file is missing, on each way to where it is written; none where one way asks nothing."""
        if self._asks(function, guards, path):
            return frozenset({function})
        found: set[Function] = set()
        pending = [function]
        seen = {function}
        for callee in pending:  # grows while it is gone through
            edges = [edge for edge in self._program.graph.callers.get(callee, ()) if edge.caller.module.part != "test"]
            if callee in self._points or not edges or len(seen) > _MOST_CALLERS:
                return frozenset()
            for edge in edges:
                if self._asks(edge.caller, self._guards_of(edge), None):
                    found.add(edge.caller)
                elif edge.caller.is_body:
                    return frozenset()
                elif edge.caller not in seen:
                    seen.add(edge.caller)
                    pending.append(edge.caller)
        return frozenset(found)

    def is_behind(self, function: Function, line: int, fillers: frozenset[Function]) -> bool:
        """Whether the file has been asked for, and made, on each way from outside to a line of a function."""
        pending, seen = [(function, line)], {function}
        for reached, before in pending:  # grows while it is gone through
            if reached in fillers or any(
                edge.callee in fillers for edge in self._program.graph.edges.get(reached, ()) if edge.line <= before
            ):
                continue
            edges = self._program.graph.callers.get(reached, ())
            if reached in self._points or not edges:
                return False
            for edge in edges:
                if edge.caller not in seen:
                    seen.add(edge.caller)
                    pending.append((edge.caller, edge.line))
        return True

    def _asks(self, function: Function, guards: Iterable[int], path: Expr | None) -> bool:
        """Whether code runs only, or also, where a file is missing; of a path that is known, that very file or what it lies in."""
        named = self._names(function, path) if path is not None else None
        for index in guards:
            guard = function.summary.guards[index]
            if guard.kind == "except":
                types = {name.rpartition(".")[2] for name in names_in(*guard.subjects)}
                if types and types <= _MISSING:
                    return True
            elif guard.kind in ARMS:
                for asked in self._absent(function, guard.test):
                    if named is None or not asked or not named.isdisjoint(asked):
                        return True
        return False

    def _absent(self, function: Function, test: Expr) -> Iterator[set[str]]:
        """Yield the names in each path that a condition finds missing; nothing in them where a helper asks."""
        for question in questions(test):
            if not isinstance(question, Not):
                continue
            operand = question.operand
            if isinstance(operand, Ref) and operand.path in function.locals:
                values = [binding.value for binding in function.locals[operand.path]]
            else:
                values = [operand]
            for value in values:
                if isinstance(value, Call):
                    yield from self._asked(function, value)

    def _asked(self, function: Function, call: Call) -> Iterator[set[str]]:
        receiver, step = split(call.func)
        if (step[1:] or call.func) in _ASKING:
            own = {receiver} if step and not call.args else set()
            yield own | {part.path for part in inside(*call.args) if isinstance(part, Ref)} | set(_texts(call.args))
            return
        for entity in self._program.resolver.walk(function, call.func).objects:
            if isinstance(entity, Function) and any(
                isinstance(part, Call) and part.func.rpartition(".")[2] in _ASKING for part in inside(*entity.summary.returns)
            ):
                yield set()

    def _names(self, function: Function, path: Expr) -> set[str]:
        """Return the names that a path is built from, through the names of the function."""
        found: set[str] = set()
        pending: list[Expr] = [path]
        while pending:
            for part in inside(pending.pop()):
                found.update(_texts((part,)))
                name = part.path if isinstance(part, Ref) else split(part.func)[0] if isinstance(part, Call) else ""
                if not name or name in found:
                    continue
                found.add(name)
                pending += [binding.value for binding in function.locals.get(name, ())]
        return found

    def _guards_of(self, edge: Edge) -> tuple[int, ...]:
        last = edge.callee.name.rpartition(".")[2]
        owner = edge.callee.owner.name if edge.callee.owner is not None else ""
        sites = [site for site in edge.caller.summary.calls if site.call.line == edge.line]
        named = [site for site in sites if site.call.func.rpartition(".")[2] in (last, owner)]
        return next((site.guards for site in named or sites), ())


def _texts(exprs: Iterable[Expr]) -> Iterator[str]:
    return (f"'{part.value}'" for part in inside(*exprs) if isinstance(part, Const) and isinstance(part.value, str) and part.value)
