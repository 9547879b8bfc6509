"""What libraries for dependency injection, and memoized factories, keep as long as the process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.nodes import Class, External, Function, Instance
from statelint.survey.summary import Call, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.nodes import Module
    from statelint.program.resolve import Resolver
    from statelint.program.vocabulary import Vocabulary

_SINGLETONS: Final = frozenset(
    {
        "Singleton",
        "ThreadSafeSingleton",
        "Object",
        "Resource",
        "register_singleton",
        "add_singleton",
        "register_value",
        "register_instance",
        "addinstance",
    }
)
_SCOPED: Final = frozenset({"register", "provide", "provider", "bind", "add", "register_type", "Provide", "to"})
"""Calls that keep what they are given where a `scope` or `lifetime` says so, or where an instance is handed in."""
_LASTING: Final = frozenset({"singleton", "app", "application", "runtime", "singletonscope"})


class Kept(NamedTuple):
    """A class of which one instance is kept, and by what."""

    cls: Class
    text: str
    module: Module
    line: int


def kept_by_calls(function: Function, resolver: Resolver) -> Iterable[Kept]:
    """`providers.Singleton(Store)`, `container.register(Store, scope=Scope.singleton)`, `registry.register_value(Store, store)`."""
    for site in function.summary.calls:
        last = site.call.func.rpartition(".")[2]
        given: list[Expr] = []
        if last in _SINGLETONS or (last in _SCOPED and _lasts(site.call)):
            given = list(site.call.args)
        elif last in _SCOPED:
            given = [value for name, value in site.call.keywords if name == "instance"]
        for expr in given:
            for entity in resolver.value(function, expr).entities:
                cls = entity.cls if isinstance(entity, Instance) else entity
                if isinstance(cls, Class):
                    yield Kept(cls, f"dependency container ({last})", function.module, site.call.line)


def kept_by_decorators(function: Function, resolver: Resolver, vocabulary: Vocabulary) -> Iterable[Kept]:
    """`@lru_cache def get_store(): return Store()`, `@provide(scope=Scope.APP) def store(self) -> Store`, `@singleton`."""
    for decorator in function.summary.decorators:
        text = _keeper(function, decorator, resolver, vocabulary)
        for entity in resolver.returned(function).entities if text else ():
            if isinstance(entity, Instance):
                yield Kept(entity.cls, text, function.module, function.summary.line)


def _keeper(function: Function, decorator: Expr, resolver: Resolver, vocabulary: Vocabulary) -> str:
    """Return who keeps what a decorated function returns, "" where nobody does."""
    path = decorator.path if isinstance(decorator, Ref) else decorator.func if isinstance(decorator, Call) else ""
    if not path:
        return ""
    last = path.rpartition(".")[2]
    names = [entity.name for entity in resolver.walk(function.parent or function, path).entities if isinstance(entity, External)]
    if any(name in vocabulary.role("memoizer") for name in names):
        return f"the {last} of {function.name}"
    provides = last in _SCOPED and (_lasts(decorator) or (function.owner is not None and _declares_scope(function.owner)))
    return f"dependency container ({last} {function.name})" if provides or last.lower() == "singleton" else ""


def _lasts(expr: Expr) -> bool:
    """Whether a call names a scope that is as long as the process: `scope=Scope.APP`, `lifetime="singleton"`."""
    keywords = expr.keywords if isinstance(expr, Call) else ()
    return any(name in ("scope", "lifetime", "lifestyle") and _is_lasting(value) for name, value in keywords)


def _declares_scope(cls: Class) -> bool:
    """Whether a provider class says for all its factories that what they make is kept: `scope = Scope.APP`."""
    return any(_is_lasting(binding.value) for binding in cls.bindings.get("scope", ()))


def _is_lasting(value: Expr) -> bool:
    name = value.path if isinstance(value, Ref) else getattr(value, "value", "")
    return isinstance(name, str) and name.rpartition(".")[2].lower() in _LASTING
