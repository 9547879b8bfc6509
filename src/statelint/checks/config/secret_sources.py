"""The random draw that a value comes from, through names, helpers, attributes and constructors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.names.nodes import Class, External, Function
from statelint.survey.summary import Call, Const, Display, Either, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context

_DEPTH: Final = 6
_HANDED: Final = ("default", "key", "value", "secret")
"""Keywords of unknown calls whose value is taken for what the call gives."""


class Draw(NamedTuple):
    """A call, or a factory handed to a call, that draws a random value."""

    name: str
    """The library name drawn from."""
    function: Function
    call: Call

    @property
    def place(self) -> tuple[str, int, int]:
        """Path, line and column."""
        return self.function.module.path, self.call.line, self.call.column


class RandomSources:
    """Finds the random draw that a value comes from."""

    def __init__(self, context: Context) -> None:
        self._program = context.program
        self._random = context.program.vocabulary.role("random-secret")

    def source(self, function: Function, expr: Expr | None, depth: int = 0) -> Draw | None:
        """Return the draw, None if the value is no random one as far as can be seen."""
        if depth > _DEPTH:
            return None
        match expr:
            case Call():
                return self._call(function, expr, depth)
            case Either():
                return self._first(function, expr.options, depth)
            case Display() if expr.comprehension:  # `"".join(choice(letters) for _ in range(50))`
                return self._first(function, expr.items, depth)
            case Template():
                return self._first(function, expr.parts, depth)
            case Ref():
                return self._ref(function, expr.path, depth)
        return None

    def _first(self, function: Function, exprs: tuple[Expr, ...], depth: int) -> Draw | None:
        found = (self.source(function, expr, depth + 1) for expr in exprs)
        return next((draw for draw in found if draw is not None), None)

    def _call(self, function: Function, call: Call, depth: int) -> Draw | None:
        drawn, settled = self._called(function, call.func, call, depth)
        if drawn is not None or settled:
            return drawn
        factory = dict(call.keywords).get("default_factory")
        if isinstance(factory, Ref):
            drawn, _ = self._called(function, factory.path, call, depth)
            if drawn is not None:
                return drawn
        handed = (*call.args, *(value for name, value in call.keywords if name in _HANDED))
        prefix = call.func.rpartition(".")[0]
        return self._first(function, handed, depth) or (self._upon(function, prefix, call, depth) if prefix.endswith("()") else None)

    def _upon(self, function: Function, prefix: str, outer: Call, depth: int) -> Draw | None:
        """`getenv("KEY", token_hex()).split(";")`: the call inside that is called upon."""
        inside = (site.call for site in function.summary.calls if f"{site.call.func}()" == prefix)
        near = [call for call in inside if outer.line <= call.line and call.end_line <= outer.end_line and call is not outer]
        return self._call(function, near[0], depth + 1) if near else self._ref(function, prefix, depth)

    def _called(self, function: Function, path: str, call: Call, depth: int) -> tuple[Draw | None, bool]:
        """Return the draw behind a callee, and whether the callee alone decides."""
        for entity in self._program.resolver.walk(function, path).entities:
            if isinstance(entity, External) and self._random.calls(entity.name):
                return Draw(entity.name, function, call), True
            if isinstance(entity, Function):
                drawn = self._first(entity, entity.summary.returns[:4], depth + 1)
                if drawn is not None:
                    return drawn, True
            if isinstance(entity, Class):
                return None, True
        return None, False

    def _ref(self, function: Function, path: str, depth: int) -> Draw | None:
        if "()" in path:  # `token_hex().encode`: what is called upon
            head = path.partition("()")[0]
            site = next((site for site in function.summary.calls if site.call.func == head), None)
            return self._call(function, site.call, depth + 1) if site is not None else None
        found = (self.source(scope, value, depth + step) for scope, value, step in self._values(function, path))
        return next((draw for draw in found if draw is not None), None)

    def _values(self, function: Function, path: str) -> Iterator[tuple[Function, Expr, int]]:
        """Yield what a name or attribute is bound to, where, and how many steps that is away."""
        scope: Function | None = function
        while scope is not None:
            for binding in scope.locals.get(path.partition(".")[0], ()):
                if not isinstance(binding.value, Const):
                    yield scope, binding.value, 1
            scope = scope.parent
        for place in self._program.resolver.walk(function, path).places:
            if not place.inner and place.location.kind in ("global", "attribute", "application"):
                for where, value in self._program.resolver.values_of(place.location)[:4]:
                    if where is not function:
                        yield where, value, 2
