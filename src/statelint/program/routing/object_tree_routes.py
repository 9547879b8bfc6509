"""Trees of objects whose exposed methods are pages, as CherryPy serves them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.names.nodes import Class, External, Function, Instance
from statelint.program.routing.paths import join
from statelint.survey.summary import Call, Const, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.program.names.resolver import Resolver
    from statelint.survey.summary import Expr

_EXPOSE: Final = "expose"
_METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")
_DEPTH: Final = 5


class Page(NamedTuple):
    """An exposed method and the path that reaches it."""

    path: str
    verbs: tuple[str, ...]
    method: Function


def pages(cls: Class, prefix: str, resolver: Resolver, functions: Sequence[Function], depth: int = 0) -> Iterator[Page]:
    """Yield the exposed methods of a class mounted at a prefix, and those of the objects it holds."""
    dispatched = _exposed(cls.summary.decorators, cls.scope, resolver) or any(
        isinstance(binding.value, Const) and binding.value.value is True for binding in cls.bindings.get("exposed", ())
    )
    for ancestor in cls.lineage:
        for name, method in ancestor.methods.items():
            if dispatched and name in _METHODS:
                yield Page(prefix or "/", (name,), method)
            elif _exposed(method.summary.decorators, method.parent or method, resolver):
                yield Page(join(prefix, "/" if name == "index" else f"/{name}"), (), method)
    if depth < _DEPTH:
        for name, held in _held(cls, resolver, functions):
            if held is not cls:
                yield from pages(held, join(prefix, f"/{name}"), resolver, functions, depth + 1)


def _exposed(decorators: Sequence[Expr], scope: Function, resolver: Resolver) -> bool:
    for decorator in decorators:
        path = decorator.path if isinstance(decorator, Ref) else decorator.func if isinstance(decorator, Call) else ""
        if path.rpartition(".")[2] == _EXPOSE and any(isinstance(entity, External) for entity in resolver.walk(scope, path).objects):
            return True
    return False


def _held(cls: Class, resolver: Resolver, functions: Sequence[Function]) -> Iterator[tuple[str, Class]]:
    """Yield what an object of the class holds by name: `self.api = Api()`, `api = Api()`, `Root.api = Api()`, `root.api = Api()`."""
    values = [(name, cls.scope, binding.value) for name, bindings in cls.bindings.items() for binding in bindings]
    values += [(name, writer, write.value) for name, writes in cls.attribute_writes.items() for writer, write in writes]
    for function in functions:
        for write in function.summary.writes if function.is_body or function.owner is None else ():
            owner, _, name = write.target.rpartition(".")
            if owner and "." not in owner and any(_is_of(entity, cls) for entity in resolver.walk(function, owner).objects):
                values.append((name, function, write.value))
    for name, scope, value in values:
        for entity in resolver.value(scope, value).objects:
            if isinstance(entity, Instance):
                yield name, entity.cls


def _is_of(entity: object, cls: Class) -> bool:
    return entity is cls or (isinstance(entity, Instance) and entity.cls is cls)
