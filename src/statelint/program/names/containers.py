"""What kind of container a place holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from statelint.program.names.nodes import Class, External, ExternalValue, Function, Instance, Location, Module
from statelint.survey.summary import Call, Display, Either, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.names.resolver import Resolver
    from statelint.program.vocabulary import Vocabulary

ContainerKind = Literal["mapping", "sequence", "set", "queue", "counter", "bounded", "lock", "object", "scalar", "unknown"]
FILLABLE: Final = frozenset({"mapping", "sequence", "set", "queue", "counter", "bounded"})
_ROLES: Final[tuple[tuple[str, ContainerKind], ...]] = (
    ("mapping", "mapping"),
    ("sequence", "sequence"),
    ("set", "set"),
    ("queue", "queue"),
    ("counter-object", "counter"),
    ("bounded-cache", "bounded"),
    ("ttl-cache", "bounded"),
    ("lock", "lock"),
)
_ANNOTATED: Final[dict[str, ContainerKind]] = {
    "dict": "mapping",
    "defaultdict": "mapping",
    "ordereddict": "mapping",
    "mutablemapping": "mapping",
    "list": "sequence",
    "deque": "sequence",
    "set": "set",
    "counter": "counter",
    "queue": "queue",
}
_DEPTH: Final = 4
_WITH_DEFAULT: Final = 2
"""Arguments of a look-up that says what stands in for a key that is not there."""


class Containers:
    """Recognises containers by what makes them, or by their annotation."""

    def __init__(self, resolver: Resolver, vocabulary: Vocabulary) -> None:
        self._resolver = resolver
        self._roles = [(vocabulary.role(role), kind) for role, kind in _ROLES]

    def at(self, location: Location, values: Iterable[tuple[Function, Expr]]) -> ContainerKind:
        """Tell what a place holds, from the values bound to it; a container counts before a placeholder."""
        kinds = [self.of(function, expr) for function, expr in values]
        for kind in kinds:
            if kind not in ("scalar", "unknown", "object"):
                return kind
        annotated = _annotated(location)
        if annotated is not None:
            return annotated
        return next((kind for kind in kinds if kind != "unknown"), "unknown")

    def of(self, function: Function, expr: Expr, depth: int = 0) -> ContainerKind:
        """Tell what kind of container an expression makes."""
        if isinstance(expr, Display):
            kinds: dict[str, ContainerKind] = {"dict": "mapping", "list": "sequence", "set": "set", "tuple": "scalar"}
            return kinds[expr.kind]
        if isinstance(expr, Either):
            options = [self.of(function, option, depth + 1) for option in expr.options]
            return next((kind for kind in options if kind not in ("scalar", "unknown")), "scalar")
        if not isinstance(expr, (Call, Ref)):
            return "scalar"
        return self._made(function, expr, depth) if depth < _DEPTH else "unknown"

    def _made(self, function: Function, expr: Call | Ref, depth: int) -> ContainerKind:
        for entity in self._resolver.value(function, expr).objects:
            if isinstance(entity, Instance):
                kinds = [self._named(base) for base in entity.cls.external_bases]
                return next((kind for kind in kinds if kind != "unknown"), "object")
            if isinstance(entity, (ExternalValue, External)):
                kind = self._named(entity.name)
                if kind != "unknown":
                    return kind
        for entity in self._resolver.walk(function, expr.func).objects if isinstance(expr, Call) else ():
            if isinstance(entity, Function) and entity.summary.is_generator and not entity.summary.is_async:
                return "counter"  # a started generator hands out one value after the other
            if isinstance(entity, Function):  # a container made by a helper
                kinds = [self.of(entity, value, depth + 1) for value in entity.summary.returns]
                found = next((kind for kind in kinds if kind != "unknown"), None)
                if found is not None:
                    return found
        return self._kept(function, expr, depth) if isinstance(expr, Ref) else self._by_default(function, expr, depth)

    def _by_default(self, function: Function, expr: Call, depth: int) -> ContainerKind:
        """`options.get("names", [])`: what there is is of the kind of what stands in for it."""
        default = expr.args[1] if len(expr.args) == _WITH_DEFAULT and expr.func.rpartition(".")[2] in ("get", "pop", "setdefault") else None
        return self.of(function, default, depth + 1) if isinstance(default, (Display, Call)) else "unknown"

    def _kept(self, function: Function, expr: Ref, depth: int) -> ContainerKind:
        """Follow an alias to the place where the value is kept."""
        for place in self._resolver.walk(function, expr.path).places:
            for scope, value in () if place.inner else self._resolver.values_of(place.location):
                kind = self.of(scope, value, depth + 1) if value is not expr else "unknown"
                if kind not in ("unknown", "scalar"):
                    return kind
        return "unknown"

    def _named(self, name: str) -> ContainerKind:
        return next((kind for names, kind in self._roles if name in names), "unknown")


def _annotated(location: Location) -> ContainerKind | None:
    owner = location.owner
    bindings = owner.bindings.get(location.name, []) if isinstance(owner, Class) else []
    if isinstance(owner, Module):
        bindings = owner.body.locals.get(location.name, [])
    for binding in bindings:
        noted = binding.annotation
        while isinstance(noted, Display) and noted.items:
            head = noted.items[0]
            wraps = (
                isinstance(head, Ref)
                and head.path.rpartition(".")[2] in ("ClassVar", "Final", "Optional", "Annotated")
                and len(noted.items) > 1
            )
            noted = noted.items[1] if wraps else head
        if isinstance(noted, Ref):
            found = _ANNOTATED.get(noted.path.rpartition(".")[2].lower())
            if found is not None:
                return found
    return None
