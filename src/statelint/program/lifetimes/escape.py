"""Which classes have an instance that lives as long as the process, and who holds it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.calls.callgraph import is_main_guarded
from statelint.program.calls.injection import kept_by_calls, kept_by_decorators
from statelint.program.lifetimes.rows import is_mapped
from statelint.program.names.nodes import Class, Function, Instance, Location, Module
from statelint.survey.summary import Call, Display, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.program.names.resolver import Resolver
    from statelint.program.routing.entrypoints import EntryPoint, EntryPoints
    from statelint.program.vocabulary import Vocabulary
    from statelint.survey.summary import Binding, Expr, Write

_OUTSIDE: Final = frozenset({"test", "script", "migration"})
_PER_REQUEST: Final = frozenset({"request", "websocket", "background", "dependency", "error"})
_HEAD: Final = re.compile(r"[.\[(]")


class Retainer(NamedTuple):
    """Who keeps an instance, and where that is written."""

    name: str
    """`module-level name manager`, `app.state.jobs`, `the lru_cache of get_store` ..."""
    module: Module
    line: int
    location: Location | None
    is_the_only_one: bool = False
    """Whoever makes an instance gets this one."""
    is_container: bool = False
    """What is kept there is a container, and the instance one of its elements."""
    outer: Retainer | None = None
    """Who keeps the object whose attribute this is; None for a root."""
    made: Call | None = None
    """The call that makes what is kept, where it is written where that is bound; None where it comes from elsewhere."""

    @property
    def chain(self) -> Iterator[Retainer]:
        """This holder and those around it, up to the root."""
        holder: Retainer | None = self
        while holder is not None:
            yield holder
            holder = holder.outer

    @property
    def within_containers(self) -> tuple[Retainer, ...]:
        """The holders up to the outermost container; empty where none of them is one."""
        chain = tuple(self.chain)
        return chain[: max((index for index, holder in enumerate(chain, 1) if holder.is_container), default=0)]

    @property
    def text(self) -> str:
        """The holder for a reader: `Jobs.store (module-level name jobs)`, `module-level name rooms, which contains it`."""
        parts: list[str] = []
        for holder in self.chain:
            parts.append(holder.name)
            if holder.is_container:
                parts[-1] += ", which contains it"
                break
        return " (".join(parts) + ")" * (len(parts) - 1)


class EscapeAnalysis:
    """The classes with an instance that outlives a request."""

    def __init__(self, resolver: Resolver, vocabulary: Vocabulary, entry_points: EntryPoints) -> None:
        self._resolver = resolver
        self._vocabulary = vocabulary
        self._entry_points = entry_points
        self.holders: dict[Class, Retainer] = {}
        self._fields: dict[Class, dict[str, Sequence[tuple[Function, Expr]]]] = {}
        for (cls, name), values in resolver.flows.fields.items():
            self._fields.setdefault(cls, {})[name] = values

    def holder(self, cls: Class) -> Retainer | None:
        """Return who holds an instance of the class, of a subclass, or None."""
        return self.holders.get(cls)

    def find(self, modules: Iterable[Module], functions: Iterable[Function]) -> None:
        """Start from what modules, classes and the application hold, and go on through attributes, at any depth."""
        pending = list(self._roots(modules, list(functions)))
        given: set[tuple[Class, int]] = set()
        while pending:
            cls, holder = pending.pop(0)
            if (cls, id(holder.made)) not in given:  # another object of a class has been given other fields
                given.add((cls, id(holder.made)))
                pending.extend(self._field_roots(cls, holder))
            if cls not in self.holders and _is_abstract(cls):  # then it is one of those that fill it in
                pending.extend((concrete, holder) for concrete in _descendants(cls))
            for ancestor in cls.lineage or [cls]:
                known = self.holders.get(ancestor)
                if known is not None and (not known.within_containers or holder.within_containers):
                    continue  # an object that stands by itself is judged by itself, whatever else has others as elements
                if ancestor in self._entry_points.request_classes and holder.location is None:
                    continue
                self.holders[ancestor] = holder
                if is_mapped(ancestor, self._vocabulary):
                    continue  # what hangs on a row is loaded and dropped with it, whoever else keeps one
                pending.extend(self._attribute_roots(ancestor))
                pending.extend(self._default_roots(ancestor))

    def _roots(self, modules: Iterable[Module], functions: Sequence[Function]) -> Iterable[tuple[Class, Retainer]]:
        for module in modules:
            if module.part not in _OUTSIDE:
                yield from self._module_roots(module)
                for cls in module.classes.values():
                    yield from self._class_roots(cls)
                    yield from self._kept_by_class(cls)
                    yield from self._singletons(cls)
        yield from self._bag_roots()
        for function in functions:
            yield from self._injected(function)
            yield from self._function_roots(function)
        for factory in sorted(factories(self._entry_points.points), key=lambda one: (one.module.path, one.summary.line)):
            yield from self._closure_roots(factory)
        for cls, module, line, text in self._entry_points.held_classes:
            yield cls, Retainer(text, module, line, None)

    def _instances(self, location: Location, function: Function, line: int, text: str) -> Iterable[tuple[Class, Retainer]]:
        known = False
        for scope, expr in self._resolver.values_of(location):
            for entity in self._resolver.value(scope, expr).objects:
                if isinstance(entity, Instance):
                    known = True
                    made = expr if isinstance(expr, Call) and entity.cls in self._resolver.walk(scope, expr.func).objects else None
                    yield entity.cls, Retainer(text, scope.module, _line_of(expr, scope) or line, location, made=made)
        for entity in () if known else self._promised(location):
            yield entity.cls, Retainer(text, function.module, line, location)
        for entity in self._resolver.content(location).objects:
            if isinstance(entity, Instance):
                yield entity.cls, Retainer(text, function.module, line, location, is_container=True)

    def _promised(self, location: Location) -> Iterable[Instance]:
        """What the annotation of a module's name says, where nothing that is bound to it does: `config: Config`, set from elsewhere."""
        if location.kind == "global" and isinstance(location.owner, Module):
            scope = location.owner.body
            for binding in scope.locals.get(location.name, ()):
                promised = self._resolver.annotated(scope, binding.annotation).objects
                yield from (entity for entity in promised if isinstance(entity, Instance))

    def _module_roots(self, module: Module) -> Iterable[tuple[Class, Retainer]]:
        for name, bindings in module.body.locals.items():
            if bindings[0].how in ("for", "with", "unpack") and not module.body.global_writes.get(name):
                continue
            if all(is_main_guarded(module.body, binding.guards) for binding in bindings):
                continue  # a script's own names
            location = Location("global", module, name)
            yield from self._instances(location, module.body, bindings[0].line, f"module-level name {name}")
        for name, writes in module.body.global_writes.items():
            if name not in module.body.locals:
                location = Location("global", module, name)
                yield from self._instances(location, module.body, writes[0][1].line, f"global name {name}")

    def _class_roots(self, cls: Class) -> Iterable[tuple[Class, Retainer]]:
        """What the body of a class binds; fields and managers of a library's making belong to its own machinery."""
        fields = self._vocabulary.role("row-or-form")  # in a mixin, too
        for name, bindings in cls.bindings.items():
            location = Location("attribute", cls, name)
            for binding in bindings:
                for entity in self._resolver.value(cls.scope, binding.value).objects if isinstance(binding.value, (Call, Ref)) else ():
                    if not isinstance(entity, Instance) or any(base in fields for base in entity.cls.external_bases):
                        continue
                    if not (cls.external_bases and entity.cls.external_bases):
                        yield entity.cls, Retainer(f"class attribute {cls.name}.{name}", cls.module, binding.line, location)

    def _kept_by_class(self, cls: Class) -> Iterable[tuple[Class, Retainer]]:
        """What is kept on a class itself, `cls.it = cls()`, `Store.jobs[key] = job`; `self.instance = ...` of a form is each form's."""
        for name, writes in cls.attribute_writes.items():
            for writer, write in writes:
                if writer.module.part in _OUTSIDE or not self._is_on_class(writer, write.target):
                    continue
                location = Location("attribute", cls, name)
                for entity in self._resolver.value(writer, write.value).objects:
                    if isinstance(entity, Instance):
                        is_the_only_one = entity.cls in cls.lineage and writer.name.endswith(".__new__")
                        kept = Retainer(f"class attribute {cls.name}.{name}", writer.module, write.line, location, is_the_only_one)
                        yield entity.cls, kept
                        if _makes_own_class(writer, write.value):
                            yield from ((below, kept) for below in _descendants(entity.cls))
        copied = self._vocabulary.role("copied-defaults")
        for name, bindings in cls.bindings.items() if not any(base in copied for base in cls.external_bases) else ():
            if isinstance(bindings[0].value, Display) and not any(name in one.attribute_writes for one in (*cls.lineage, *cls.subclasses)):
                location = Location("attribute", cls, name)
                kept = Retainer(f"class attribute {cls.name}.{name}", cls.module, bindings[0].line, location, is_container=True)
                yield from ((one.cls, kept) for one in self._resolver.content(location).objects if isinstance(one, Instance))

    def _is_on_class(self, function: Function, target: str) -> bool:
        """Whether what a path writes is an attribute of a class, not of one of its instances."""
        holders = self._resolver.walk(function, target.rpartition(".")[0]).objects
        return any(isinstance(entity, Class) for entity in holders)

    def _singletons(self, cls: Class) -> Iterable[tuple[Class, Retainer]]:
        """Classes of which there is one instance, or whose instances share one state, by base, metaclass, decorator or Borg."""
        known = self._vocabulary.role("singleton-base")
        texts = [f"{base} instance" for base in cls.external_bases if base in known]
        for keyword, value in cls.summary.keywords:
            if keyword == "metaclass" and isinstance(value, Ref) and "singleton" in value.path.lower():
                texts.append(f"metaclass {value.path}")
        for decorator in cls.summary.decorators:
            path = decorator.path if isinstance(decorator, Ref) else decorator.func if isinstance(decorator, Call) else ""
            if "singleton" in path.lower() or path.rpartition(".")[2] in ("lru_cache", "cache"):
                texts.append(f"decorator {path}")
        yield from ((cls, Retainer(text, cls.module, cls.summary.line, None, is_the_only_one=True)) for text in texts)
        for writer, write in cls.attribute_writes.get("__dict__", ())[:1]:  # the Borg pattern
            text = f"state that all instances of {cls.name} share"
            yield cls, Retainer(text, writer.module, write.line, None, is_the_only_one=True)

    def _bag_roots(self) -> Iterable[tuple[Class, Retainer]]:
        for key, values in self._resolver.flows.application.items():
            location = Location("application", None, key)
            function, value = values[0]
            yield from self._instances(location, function, _line_of(value, function) or function.summary.line, key)

    def _injected(self, function: Function) -> Iterable[tuple[Class, Retainer]]:
        kept = (*kept_by_decorators(function, self._resolver, self._vocabulary), *kept_by_calls(function, self._resolver, self._vocabulary))
        return [(one.cls, Retainer(one.text, one.module, one.line, None)) for one in kept]

    def _function_roots(self, function: Function) -> Iterable[tuple[Class, Retainer]]:
        """What a function keeps: defaults of parameters, attributes of its own, and what handlers made in it see."""
        scope = function.parent
        if scope is None or (scope.is_body and function.module.part in _OUTSIDE):
            return
        for param in function.summary.params:
            for cls in self._made_here(scope, param.default):
                location = Location("default", function, param.name)
                yield cls, Retainer(f"default {param.name} of {function.name}", function.module, function.summary.line, location)
        if scope.is_body:
            head = f"{function.name}."
            for write in scope.summary.writes:
                if write.target.startswith(head):
                    name = write.target.removeprefix(head)
                    for cls in self._made_here(scope, write.value):
                        location = Location("function", function, name)
                        yield cls, Retainer(f"attribute {write.target}", function.module, write.line, location)

    def _made_here(self, scope: Function, expr: Expr | None) -> Iterable[Class]:
        """Return the classes of which an expression itself makes an instance."""
        if isinstance(expr, Call):
            yield from (entity for entity in self._resolver.walk(scope, expr.func).objects if isinstance(entity, Class))

    def _closure_roots(self, factory: Function) -> Iterable[tuple[Class, Retainer]]:
        """What a factory binds and the handlers made in it use."""
        used = heads_inside(factory)
        for name, bindings in factory.locals.items():
            if name in used:
                location = Location("local", factory, name)
                for binding in bindings:
                    for entity in self._resolver.value(factory, binding.value).objects:
                        if isinstance(entity, Instance):
                            yield entity.cls, Retainer(f"local name {name} of {factory.name}", factory.module, binding.line, location)

    def _attribute_roots(self, cls: Class) -> Iterable[tuple[Class, Retainer]]:
        """What a held object holds in turn."""
        outer = self.holders[cls]
        for name, writes in cls.attribute_writes.items():
            location = Location("attribute", cls, name)
            for writer, write in writes:
                for entity in self._resolver.value(writer, write.value).objects:
                    if isinstance(entity, Instance):
                        yield entity.cls, Retainer(f"{cls.name}.{name}", writer.module, write.line, location, outer=outer)
            for entity in self._resolver.content(location).objects:
                if isinstance(entity, Instance):
                    writer, write = writes[0]
                    kept = Retainer(f"{cls.name}.{name}", writer.module, write.line, location, is_container=True, outer=outer)
                    yield entity.cls, kept

    def _field_roots(self, cls: Class, holder: Retainer) -> Iterable[tuple[Class, Retainer]]:
        """What a held object is given for its fields: by the call that makes it, where that is known, else by any."""
        if is_mapped(cls, self._vocabulary):
            return
        own = None if holder.made is None else {id(expr) for expr in (*holder.made.args, *(value for _, value in holder.made.keywords))}
        for base in cls.lineage or [cls]:
            for name, values in self._fields.get(base, {}).items():
                for scope, expr in values:
                    if own is None or id(expr) in own:
                        yield from self._field_root(base, name, (scope, expr), scope.summary.line, holder)

    def _default_roots(self, cls: Class) -> Iterable[tuple[Class, Retainer]]:
        """What a held object makes for its fields."""
        for name, bindings in cls.bindings.items():  # `store: Store = field(default_factory=Store)`
            for binding in bindings:
                keywords = binding.value.keywords if isinstance(binding.value, Call) else ()
                for expr in (value for keyword, value in keywords if keyword in ("default_factory", "factory")):
                    yield from self._field_root(cls, name, (cls.scope, expr), binding.line, self.holders[cls])

    def _field_root(
        self, cls: Class, name: str, given: tuple[Function, Expr], line: int, outer: Retainer
    ) -> Iterable[tuple[Class, Retainer]]:
        scope, expr = given
        kept = Retainer(f"{cls.name}.{name}", scope.module, line, Location("attribute", cls, name), outer=outer)
        for entity in self._resolver.value(scope, expr).objects:
            made = self._resolver.returned(entity).objects if isinstance(entity, Function) else (entity,)
            for one in made:
                if isinstance(one, (Class, Instance)):
                    owner = one.cls if isinstance(one, Instance) else one
                    yield owner, kept


def _makes_own_class(method: Function, value: Expr) -> bool:
    """Whether a method makes an instance of whichever class it is called on: `cls()`, `super().__new__(cls)`."""
    params = method.summary.params
    return isinstance(value, Call) and bool(params) and (value.func == params[0].name or Ref(params[0].name) in value.args)


def _is_abstract(cls: Class) -> bool:
    """Whether no instance of the class itself can be of use: it leaves methods to those who inherit from it."""
    for method in cls.methods.values():
        decorators = method.summary.decorators
        if any(isinstance(decorator, Ref) and decorator.path.rpartition(".")[2].startswith("abstract") for decorator in decorators):
            return True
        if any(path.rpartition(".")[2] == "NotImplementedError" for path, _ in method.summary.raises) and len(method.summary.calls) <= 1:
            return True
    return any(isinstance(base, Ref) and base.path.rpartition(".")[2] in ("ABC", "Protocol") for base in cls.summary.bases)


def _descendants(cls: Class) -> list[Class]:
    found: dict[Class, None] = {}
    pending = list(cls.subclasses)
    while pending:
        current = pending.pop(0)
        if current not in found:
            found[current] = None
            pending.extend(current.subclasses)
    return list(found)


def _line_of(expr: Expr, function: Function) -> int:
    """Return the line of the statement that binds this very expression, 0 where it is another function's."""
    made: tuple[Binding | Write, ...] = (*function.summary.bindings, *function.summary.writes)
    return next((one.line for one in made if one.value is expr), 0)


def factories(points: Iterable[EntryPoint]) -> frozenset[Function]:
    """Functions around entry points: what they bind lives as long as the handlers defined in them."""
    listed = list(points)
    handlers = {point.function for point in listed if point.role in _PER_REQUEST}
    found: set[Function] = set()
    for point in listed:
        outer = point.function.parent
        while outer is not None and not outer.is_body:
            if outer in handlers:  # what a handler defines lives as long as the request
                break
            found.add(outer)
            outer = outer.parent
    return frozenset(found)


def heads_inside(function: Function) -> set[str]:
    """Return the names that the functions defined in a function use."""
    found: set[str] = set()
    pending = [child for children in function.children.values() for child in children]
    while pending:
        child = pending.pop()
        if isinstance(child, Class):
            pending.extend(child.methods.values())
            continue
        summary = child.summary
        paths = (*summary.loads, *(site.call.func for site in summary.calls), *(write.target for write in summary.writes))
        found.update(_HEAD.split(path, 1)[0] for path in paths)
        pending.extend(inner for children in child.children.values() for inner in children)
    return found
