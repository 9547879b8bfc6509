"""The random draw that a value comes from, through names, helpers, attributes and constructors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.inspect.traversal import reached
from statelint.program.names.nodes import Class, Function
from statelint.survey.summary import Call, Display, Either, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.inspect.context import Context
    from statelint.program.names.nodes import AbstractObject
    from statelint.survey.summary import Expr

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
        self._resolver = context.program.resolver
        self._random = context.program.vocabulary.role("random-secret")

    def source(self, function: Function, expr: Expr | None) -> Draw | None:
        """Return the draw, None if the value is no random one as far as can be seen."""
        start = [(function, expr)] if expr is not None else []
        drawn = (self._drawn(scope, part) for scope, part in reached(start, self._behind) if isinstance(part, Call))
        return next((draw for draw in drawn if draw is not None), None)

    def _drawn(self, function: Function, call: Call) -> Draw | None:
        """Return the draw that a call makes itself, or by the factory that it is handed."""
        factory = dict(call.keywords).get("default_factory")
        for path in (call.func, *((factory.path,) if isinstance(factory, Ref) else ())):
            for name in self._resolver.library_names(function, path):
                if self._random.calls(name):
                    return Draw(name, function, call)
        return None

    def _behind(self, at: tuple[Function, Expr]) -> Iterable[tuple[Function, Expr]]:
        """Return what a value is made from."""
        function, expr = at
        match expr:
            case Call():
                return self._behind_call(function, expr)
            case Either():
                return [(function, option) for option in expr.options]
            case Display() if expr.comprehension:  # `"".join(choice(letters) for _ in range(50))`
                return [(function, item) for item in expr.items]
            case Template():
                return [(function, part) for part in expr.parts]
            case Ref():
                return self._behind_name(function, expr.path)
        return ()

    def _behind_call(self, function: Function, call: Call) -> Iterator[tuple[Function, Expr]]:
        """Yield what a function of the project returns; of any other call what it is handed, and what it is called upon."""
        objects = self._resolver.walk(function, call.func).objects
        yield from self._returned(objects)
        if any(isinstance(entity, Class) for entity in objects):
            return  # an object, not the value that it was handed
        factory = dict(call.keywords).get("default_factory")
        if isinstance(factory, Ref):
            yield from self._returned(self._resolver.walk(function, factory.path).objects)
        elif isinstance(factory, Call):  # `default_factory=from_env("KEY", token_hex())`
            yield function, factory
        yield from ((function, expr) for expr in (*call.args, *(value for name, value in call.keywords if name in _HANDED)))
        prefix = call.func.rpartition(".")[0]
        if prefix.endswith("()"):  # `getenv("KEY", token_hex()).split(";")`: the call inside that is called upon
            inside = (site.call for site in function.summary.calls if f"{site.call.func}()" == prefix)
            near = next((one for one in inside if call.line <= one.line and one.end_line <= call.end_line and one is not call), None)
            yield function, near or Ref(prefix)

    def _returned(self, objects: Iterable[AbstractObject]) -> Iterator[tuple[Function, Expr]]:
        yield from ((entity, expr) for entity in objects if isinstance(entity, Function) for expr in entity.summary.returns)

    def _behind_name(self, function: Function, path: str) -> Iterator[tuple[Function, Expr]]:
        """Yield what a name or attribute is bound to."""
        if "()" in path:  # `token_hex().encode`: what is called upon
            head = path.partition("()")[0]
            yield from ((function, site.call) for site in function.summary.calls if site.call.func == head)
            return
        scope: Function | None = function
        while scope is not None:
            for binding in scope.locals.get(path.partition(".")[0], ()):
                yield scope, binding.value
            scope = scope.parent
        for place in self._resolver.walk(function, path).places:
            if not place.inner and place.location.kind in ("global", "attribute", "application"):
                yield from ((where, value) for where, value in self._resolver.values_of(place.location) if where is not function)
