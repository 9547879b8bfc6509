"""Which classes have an instance that lives as long as the process, and who holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.nodes import Class, External, Function, Instance, Location, Module
from statelint.survey.summary import Call, Const, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.entrypoints import EntryPoints
    from statelint.program.resolve import Resolver
    from statelint.program.vocabulary import Vocabulary

_SINGLETON_NAMES: Final = frozenset({"_instance", "_instances", "__instance", "instance", "_shared_state", "__shared_state", "_singleton"})


class Holder(NamedTuple):
    """Who keeps an instance, and where that is written."""

    text: str
    """`module-level name manager`, `app.state.jobs`, `the lru_cache of get_store` ..."""
    module: Module
    line: int
    location: Location | None


class Lifetimes:
    """The classes with an instance that outlives a request."""

    def __init__(self, resolver: Resolver, vocabulary: Vocabulary, entry_points: EntryPoints) -> None:
        self._resolver = resolver
        self._vocabulary = vocabulary
        self._entry_points = entry_points
        self.holders: dict[Class, Holder] = {}
        self._attributes: dict[Class, list[tuple[Location, Function, int, tuple[Class, ...]]]] = {}

    def holder(self, cls: Class) -> Holder | None:
        """Return who holds an instance of the class, of a subclass, or None."""
        return self.holders.get(cls)

    def find(self, modules: Iterable[Module], functions: Iterable[Function]) -> None:
        """Start from what modules, classes and the application hold, and go on through attributes, at any depth."""
        pending: list[tuple[Class, Holder]] = []
        for module in modules:
            if module.part in ("test", "script", "migration"):
                continue
            pending.extend(self._module_roots(module))
            for cls in module.classes.values():
                pending.extend(self._class_roots(cls))
        pending.extend(self._bag_roots())
        for function in functions:
            pending.extend(self._cached_factory(function))
            pending.extend(self._providers(function))
        for cls, module, line, text in self._entry_points.held_classes:
            pending.append((cls, Holder(text, module, line, None)))
        while pending:
            cls, holder = pending.pop(0)
            for ancestor in cls.lineage or [cls]:
                if ancestor in self.holders:
                    continue
                if ancestor in self._entry_points.request_classes and holder.location is None:
                    continue
                self.holders[ancestor] = holder
                pending.extend(self._attribute_roots(ancestor))

    def _instances(self, location: Location, function: Function, line: int, text: str) -> Iterable[tuple[Class, Holder]]:
        for scope, expr in self._resolver.values_of(location):
            for entity in self._resolver.value(scope, expr).entities:
                if isinstance(entity, Instance):
                    yield entity.cls, Holder(text, function.module, line, location)
        for entity in self._resolver.content(location).entities:
            if isinstance(entity, Instance):
                yield entity.cls, Holder(f"{text}, which contains it", function.module, line, location)

    def _module_roots(self, module: Module) -> Iterable[tuple[Class, Holder]]:
        for name, bindings in module.body.locals.items():
            if bindings[0].how in ("for", "with", "unpack") and not module.body.global_writes.get(name):
                continue
            location = Location("global", module, name)
            yield from self._instances(location, module.body, bindings[0].line, f"module-level name {name}")
        for name, writes in module.body.global_writes.items():
            if name not in module.body.locals:
                location = Location("global", module, name)
                yield from self._instances(location, module.body, writes[0][1].line, f"global name {name}")

    def _class_roots(self, cls: Class) -> Iterable[tuple[Class, Holder]]:
        for name, bindings in cls.bindings.items():
            location = Location("attribute", cls, name)
            for binding in bindings:
                if isinstance(binding.value, (Call, Ref)):
                    for entity in self._resolver.value(cls.scope, binding.value).entities:
                        if isinstance(entity, Instance) and not cls.external_bases:
                            yield entity.cls, Holder(f"class attribute {cls.name}.{name}", cls.module, binding.line, location)
            if name in _SINGLETON_NAMES and any(
                (isinstance(b.value, Const) and b.value.value is None) or b.how == "annotated" for b in bindings
            ):
                yield cls, Holder(f"singleton {cls.name}.{name}", cls.module, bindings[0].line, location)
        singleton = self._vocabulary.role("singleton-base")
        for base in cls.external_bases:
            if base in singleton:
                yield cls, Holder(f"{base} instance", cls.module, cls.summary.line, None)
        for keyword, value in cls.summary.keywords:
            if keyword == "metaclass" and isinstance(value, Ref) and "singleton" in value.path.lower():
                yield cls, Holder(f"metaclass {value.path}", cls.module, cls.summary.line, None)
        for decorator in cls.summary.decorators:
            path = decorator.path if isinstance(decorator, Ref) else decorator.func if isinstance(decorator, Call) else ""
            if "singleton" in path.lower() or path.rpartition(".")[2] in ("lru_cache", "cache"):
                yield cls, Holder(f"decorator {path}", cls.module, cls.summary.line, None)

    def _bag_roots(self) -> Iterable[tuple[Class, Holder]]:
        for key, values in self._resolver.bag_values.items():
            location = Location("application", None, key)
            function, _ = values[0]
            yield from self._instances(location, function, function.summary.line, key)

    def _cached_factory(self, function: Function) -> Iterable[tuple[Class, Holder]]:
        """`@lru_cache def get_store(): return Store()`."""
        for decorator in function.summary.decorators:
            path = decorator.path if isinstance(decorator, Ref) else decorator.func if isinstance(decorator, Call) else ""
            names = (
                [e.name for e in self._resolver.walk(function.parent or function, path).entities if isinstance(e, External)] if path else []
            )
            if any(name in self._vocabulary.role("memoizer") for name in names):
                for expr in function.summary.returns:
                    for entity in self._resolver.value(function, expr).entities:
                        if isinstance(entity, Instance):
                            text = f"the {path.rpartition('.')[2]} of {function.name}"
                            yield entity.cls, Holder(text, function.module, function.summary.line, None)

    def _providers(self, function: Function) -> Iterable[tuple[Class, Holder]]:
        """Containers of dependency-injection libraries: `providers.Singleton(Store)`."""
        for site in function.summary.calls:
            last = site.call.func.rpartition(".")[2]
            if last not in (
                "Singleton",
                "ThreadSafeSingleton",
                "Object",
                "Resource",
                "register_singleton",
                "add_singleton",
                "register_value",
                "register_instance",
                "addinstance",
            ):
                continue
            for arg in site.call.args:
                for entity in self._resolver.value(function, arg).entities:
                    if isinstance(entity, (Class, Instance)):
                        cls = entity.cls if isinstance(entity, Instance) else entity
                        yield cls, Holder(f"dependency container ({last})", function.module, site.call.line, None)

    def _attribute_roots(self, cls: Class) -> Iterable[tuple[Class, Holder]]:
        """What a held object holds in turn."""
        outer = self.holders[cls]
        for name, writes in cls.attribute_writes.items():
            location = Location("attribute", cls, name)
            for writer, write in writes:
                for entity in self._resolver.value(writer, write.value).entities:
                    if isinstance(entity, Instance):
                        yield entity.cls, Holder(f"{cls.name}.{name} ({outer.text})", writer.module, write.line, location)
            for entity in self._resolver.content(location).entities:
                if isinstance(entity, Instance):
                    yield entity.cls, Holder(f"{cls.name}.{name}, which contains it", writes[0][0].module, writes[0][1].line, location)
        for name, values in self._fields(cls):
            for scope, expr in values:
                for entity in self._resolver.value(scope, expr).entities:
                    if isinstance(entity, Instance):
                        location = Location("attribute", cls, name)
                        yield entity.cls, Holder(f"{cls.name}.{name} ({outer.text})", scope.module, scope.summary.line, location)

    def _fields(self, cls: Class) -> Iterable[tuple[str, list[tuple[Function, object]]]]:
        for (owner, name), values in self._resolver.fields.items():
            if owner is cls:
                yield name, values  # type: ignore[misc]
