"""What libraries for dependency injection, and memoized factories, keep as long as the process."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.program.names.nodes import Class, External, Function, Instance
from statelint.survey.summary import Call, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.names.nodes import Module
    from statelint.program.names.resolver import Resolver
    from statelint.program.vocabulary import Vocabulary


class Kept(NamedTuple):
    """A class of which one instance is kept, and by what."""

    cls: Class
    text: str
    module: Module
    line: int


def kept_by_calls(function: Function, resolver: Resolver, vocabulary: Vocabulary) -> Iterable[Kept]:
    """`providers.Singleton(Store)`, `container.register(Store, scope=Scope.singleton)`, `registry.register_value(Store, store)`."""
    keeping, scoped = vocabulary.words("keeping-call"), vocabulary.words("scoped-call")
    for site in function.summary.calls:
        last = site.call.func.rpartition(".")[2]
        given: list[Expr] = []
        if last in keeping or (last in scoped and _lasts(site.call, vocabulary)):
            given = list(site.call.args)
        elif last in scoped:
            given = [value for name, value in site.call.keywords if name == "instance"]
        for expr in given:
            for entity in resolver.value(function, expr).objects:
                cls = entity.cls if isinstance(entity, Instance) else entity
                if isinstance(cls, Class):
                    yield Kept(cls, f"dependency container ({last})", function.module, site.call.line)


def kept_by_decorators(function: Function, resolver: Resolver, vocabulary: Vocabulary) -> Iterable[Kept]:
    """`@lru_cache def get_store(): return Store()`, `@provide(scope=Scope.APP) def store(self) -> Store`, `@singleton`."""
    for decorator in function.summary.decorators:
        text = _keeper(function, decorator, resolver, vocabulary)
        for entity in resolver.returned(function).objects if text else ():
            if isinstance(entity, Instance):
                yield Kept(entity.cls, text, function.module, function.summary.line)


def _keeper(function: Function, decorator: Expr, resolver: Resolver, vocabulary: Vocabulary) -> str:
    """Return who keeps what a decorated function returns, "" where nobody does."""
    path = decorator.path if isinstance(decorator, Ref) else decorator.func if isinstance(decorator, Call) else ""
    if not path:
        return ""
    last = path.rpartition(".")[2]
    names = [entity.name for entity in resolver.walk(function.parent or function, path).objects if isinstance(entity, External)]
    if any(name in vocabulary.role("memoizer") for name in names):
        return f"the {last} of {function.name}"
    scoped = last in vocabulary.words("scoped-call")
    provides = scoped and (_lasts(decorator, vocabulary) or (function.owner is not None and _declares_scope(function.owner, vocabulary)))
    return f"dependency container ({last} {function.name})" if provides or last.lower() == "singleton" else ""


def _lasts(expr: Expr, vocabulary: Vocabulary) -> bool:
    """Whether a call names a scope that is as long as the process: `scope=Scope.APP`, `lifetime="singleton"`."""
    keywords = expr.keywords if isinstance(expr, Call) else ()
    return any(name in ("scope", "lifetime", "lifestyle") and _is_lasting(value, vocabulary) for name, value in keywords)


def _declares_scope(cls: Class, vocabulary: Vocabulary) -> bool:
    """Whether a provider class says for all its factories that what they make is kept: `scope = Scope.APP`."""
    return any(_is_lasting(binding.value, vocabulary) for binding in cls.bindings.get("scope", ()))


def _is_lasting(value: Expr, vocabulary: Vocabulary) -> bool:
    name = value.path if isinstance(value, Ref) else getattr(value, "value", "")
    return isinstance(name, str) and name.rpartition(".")[2].lower() in vocabulary.words("lasting-scope")
