"""Resolve access paths and expressions to what they may stand for.

Flow-insensitive and demand-driven: a name stands for everything bound to it in its scope. Every answer is kept, so the
whole program costs about one step for each distinct path of each function. Sets are cut at a handful of entities.
"""

from __future__ import annotations

import builtins
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from statelint.program.link import absolute_module
from statelint.program.nodes import (
    NOTHING,
    Class,
    Entity,
    External,
    Function,
    Instance,
    Location,
    Made,
    Module,
    Place,
    Query,
    StateBag,
    Super,
    Values,
    View,
)
from statelint.survey.summary import Call, Const, Display, Either, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from statelint.program.vocabulary import Vocabulary
    from statelint.survey.summary import Binding, ImportedName

_WIDTH: Final = 8
"""How many entities or places one expression may stand for."""
_SPLIT: Final = re.compile(r"\.[^.\[\]()]+\Z|\(\)\Z|\[[^\]]*\]\Z")
_BUILTINS: Final = frozenset(dir(builtins))
_CONTENT_METHODS: Final = frozenset(
    {"get", "setdefault", "pop", "popitem", "popleft", "values", "items", "copy", "get_nowait", "keys", "elements", "most_common", "peek"}
)
_TRANSPARENT_CALLS: Final = frozenset({"list", "tuple", "sorted", "reversed", "iter", "set", "enumerate", "next", "copy.copy"})
_WRAPPED_ANNOTATIONS: Final = frozenset(
    {"Optional", "Annotated", "Final", "ClassVar", "Type", "type", "Union", "Awaitable", "Coroutine", "Required", "NotRequired", "Depends"}
)
_QUERIES: Final = frozenset({"objects", "query", "_default_manager", "all_objects"})
"""Attributes of mapped classes by which queries begin."""
_LOADS: Final = frozenset({".get", ".query", ".get_one", ".get_object_or_404"})
_SUPPRESSED_CONTENT: Final = frozenset({"str", "int", "bytes", "float", "bool", "Any", "object"})


@lru_cache(maxsize=200_000)
def split(path: str) -> tuple[str, str]:
    """Split the last step off an access path: `a.b()` is (`a.b`, `()`); the head alone is (head, "")."""
    match = _SPLIT.search(path)
    return (path[: match.start()], match.group()) if match and match.start() else (path, "")


class Resolver:
    """Answers what a path stands for in a function."""

    def __init__(
        self,
        modules: Mapping[str, Module],
        vocabulary: Vocabulary,
        aliases: Mapping[str, Module] | None = None,
        copies: Mapping[str, str] | None = None,
    ) -> None:
        self.modules = modules
        self._aliases = aliases or {}
        self._copies = copies or {}
        """Modules that are copies of a library, by dotted name, and the library."""
        self.vocabulary = vocabulary
        self.arguments: dict[Function, dict[str, list[tuple[Function, Expr]]]] = {}
        """What callers hand to each parameter; filled by the call graph."""
        self.contents: dict[Location, list[tuple[Function, Expr]]] = {}
        """What is put into a container after it was made; filled by the state analysis."""
        self.bag_values: dict[str, list[tuple[Function, Expr]]] = {}
        """What is assigned below the application object, by key."""
        self.named_strings: dict[str, list[str]] = {}
        """Strings by the name or key that they are bound to, for imports by name."""
        self.trusts_names = True
        """Whether a parameter that nothing else is known of is taken for what its name says: `request`, `app`."""
        self.fields: dict[tuple[Class, str], list[tuple[Function, Expr]]] = {}
        """What constructors of classes without `__init__` (dataclasses, models) are handed for a field."""
        self._externals: dict[str, External] = {}
        self._made: dict[str, Made] = {}
        self._packages = {name.partition(".")[0] for name in (*modules, *self._aliases)}
        self._views: dict[tuple[Function, str], View] = {}
        self._returns: dict[Function, View] = {}
        self._busy: set[object] = set()

    # -- entities

    def external(self, name: str) -> External:
        """Return the one node for a library name."""
        node = self._externals.get(name)
        if node is None:
            node = self._externals[name] = External(name)
        return node

    def made(self, name: str) -> Made:
        """Return the one node for what calling a library name gives."""
        node = self._made.get(name)
        if node is None:
            node = self._made[name] = Made(name)
        return node

    def forget(self) -> None:
        """Drop every answer."""
        self._views.clear()
        self._returns.clear()

    def forget_unresolved(self) -> None:
        """Drop empty answers: more is known of parameters and containers now."""
        self._views = {key: view for key, view in self._views.items() if view.entities}
        self._returns = {function: view for function, view in self._returns.items() if view.entities}

    # -- paths

    def walk(self, function: Function, path: str) -> View:
        """Resolve an access path as seen from a function."""
        key = (function, path)
        known = self._views.get(key)
        if known is not None:
            return known
        if key in self._busy:
            return NOTHING
        self._busy.add(key)
        prefix, step = split(path)
        view = self._of_result(function, prefix[:-2], step[1:-1]) if prefix.endswith("()") and step[:1] == "[" else None
        if view is None:
            view = self._step(self.walk(function, prefix), step, function) if step else self._name(function, prefix)
        self._busy.discard(key)
        self._views[key] = view
        return view

    def _of_result(self, function: Function, callee: str, key: str) -> View | None:
        """Return one element of the tuple that a function returns, or what a generator yields; None where neither is known."""
        if key and not key.isdigit():
            return None
        called = [entity for entity in self.walk(function, callee).entities if isinstance(entity, Function)]
        yielded = (self.returned(one) for one in called if one.summary.is_generator)
        view = self._element(called, int(key)) if key else _union(yielded)
        return view if view.entities else None

    def _element(self, called: list[Function], index: int) -> View:
        """One element of the tuples that functions return."""
        views: list[View] = []
        for entity in called:
            for expr in entity.summary.returns[:8]:
                if isinstance(expr, Display) and index < len(expr.items):
                    views.append(self.value(entity, expr.items[index]))
            noted = entity.summary.returns_annotation
            if isinstance(noted, Display) and index + 1 < len(noted.items) and not any(view.entities for view in views):
                views.append(self.annotated(entity, noted.items[index + 1]))
        return _union(views)

    def value(self, function: Function, expr: Expr | None) -> View:
        """Resolve an expression."""
        if isinstance(expr, Ref):
            return self.walk(function, expr.path)
        if isinstance(expr, Call):
            return self._called(function, expr)
        if isinstance(expr, Either):
            return _union(self.value(function, option) for option in expr.options)
        if isinstance(expr, Template) and expr.parts and not expr.head:  # `FOLDER / name` is a path as `FOLDER` is
            first = self.value(function, expr.parts[0])
            return View(tuple(e for e in first.entities if isinstance(e, Made) and e.name.startswith(("pathlib.", "anyio.Path"))))
        return NOTHING

    def _called(self, function: Function, call: Call) -> View:
        prefix, step = split(call.func)
        if step in (".get", ".setdefault", ".pop") and call.args and isinstance(call.args[0], Const):
            for entity in self.walk(function, prefix).entities:
                if isinstance(entity, StateBag):
                    return self._bag(f"{entity.name}[{call.args[0].value}]")
        callee = self.walk(function, call.func)
        if step in _LOADS and call.args and isinstance(call.args[0], Ref):
            mapped = [e for e in self.walk(function, call.args[0].path).entities if isinstance(e, Class) and e.external_bases]
            if mapped:  # `session.get(User, key)`, `session.query(User)`
                return View((mapped[0].query, mapped[0].instance))
        for entity in callee.entities:
            if isinstance(entity, External):
                name = entity.name
                if name in self.vocabulary.dependency_markers:
                    return self._dependency(function, call)
                if (name in self.vocabulary.transparent_calls or name in _TRANSPARENT_CALLS) and call.args:
                    return self.value(function, call.args[0])
                if name in self.vocabulary.dynamic_imports or name.endswith((".maybe_dotted", ".import_string", ".load_object")):
                    return View(tuple(self._named_by_string(function, call))[:_WIDTH])
                if name.startswith("traitlets.") and name.endswith("Instance") and call.args:
                    return self.annotated(function, call.args[0])  # the descriptor gives an instance of the class named
                if name in ("typing.cast", "cast") and len(call.args) == 2:
                    return self.annotated(function, call.args[0])
        return self.walk(function, call.func + "()")

    def _named_by_string(self, function: Function, call: Call) -> Iterable[Entity]:
        """What `import_module(settings["backend"])` may import: strings in the call, or bound to the key or name in it."""
        texts: list[str] = []
        for arg in call.args[:1]:
            for part in arg.parts if isinstance(arg, Template) else (arg,):
                if isinstance(part, Const) and isinstance(part.value, str):
                    texts.append(part.value.strip("."))
                elif isinstance(part, Ref):
                    bound = [b.value.path for b in function.locals.get(part.path, ()) if isinstance(b.value, Ref)]
                    for path in (part.path, *bound):
                        last = path.removesuffix("]").replace("[", ".").rpartition(".")[2]
                        texts.extend(self.named_strings.get(last, ()))
        package = function.module.name if function.module.is_package else function.module.name.rpartition(".")[0]
        for text in dict.fromkeys(text for text in texts if text):
            for name in (text.replace(":", "."), f"{package}.{text}"):
                module = self._module(name)
                head, _, attribute = name.rpartition(".")
                owner = self._module(head)
                if module is not None:
                    yield module
                elif owner is not None and attribute:
                    yield from self._in_scope(owner.body, attribute).entities if attribute in owner.body.children else ()  # type: ignore[union-attr]

    def _dependency(self, function: Function, call: Call) -> View:
        """`Depends(f)` stands for what `f` returns."""
        target = call.args[0] if call.args else dict(call.keywords).get("dependency")
        return self._step(self.value(function, target), "()", function) if target is not None else NOTHING

    # -- names

    def _name(self, function: Function, head: str) -> View:
        if head == "?":
            return NOTHING
        scope: Function | None = function
        while scope is not None:
            found = self._in_scope(scope, head)
            if found is not None:
                return found
            scope = scope.parent
        found = self._from_stars(function.module, head, 0)
        if found is not None:
            return found
        if head == "__class__" and function.owner:
            return View((function.owner,))
        return View((self.external(head),)) if head in _BUILTINS else NOTHING

    def _in_scope(self, scope: Function, head: str) -> View | None:
        views: list[View] = []
        if head in scope.params:
            views.append(self._parameter(scope, head))
        if head in scope.children:
            views.append(View(tuple(scope.children[head])))
        if head in scope.imports:
            views.extend(self._imported(scope.module, imported) for imported in scope.imports[head])
        if head in scope.locals or head in scope.global_writes:
            views.append(self._bound(scope, head))
        if not views:
            return None
        return views[0] if len(views) == 1 else _union(views)

    def _bound(self, scope: Function, name: str) -> View:
        """A local or module-level name: all that is bound to it; its place is its own, or the place it is an alias of."""
        kind = "global" if scope.is_body else "local"
        own = Location(kind, scope.module if scope.is_body else scope, name)  # type: ignore[arg-type]
        key = ("bound", scope, name)
        if key in self._busy:
            return View(places=(Place(own, inner=False),))
        self._busy.add(key)
        views, alias = [], []
        bindings = scope.locals.get(name, ())
        for binding in bindings:
            view = self._binding(scope, binding)
            views.append(view)
            if isinstance(binding.value, (Ref, Either, Call)) and binding.how != "aug":
                alias.extend(view.places)
        for writer, write in scope.global_writes.get(name, ()):
            views.append(self.value(writer, write.value))
        self._busy.discard(key)
        places = tuple(dict.fromkeys(alias)) or (Place(own, inner=False),)
        if alias and (scope.is_body or len(bindings) > 1):
            places = (Place(own, inner=False), *places)
        return View(_merge(views), places[:_WIDTH])

    def _binding(self, scope: Function, binding: Binding) -> View:
        view = self.value(scope, binding.value)
        if binding.how == "with":
            view = View(tuple(self._entered(view)), view.places, view.method)
        if not view.entities and binding.annotation is not None:
            return View(self.annotated(scope, binding.annotation).entities, view.places)
        return view

    def _entered(self, view: View) -> Iterable[Entity]:
        for entity in view.entities:
            method = entity.cls.find_method("__enter__") or entity.cls.find_method("__aenter__") if isinstance(entity, Instance) else None
            inner = self.returned(method).entities if method is not None else ()
            yield from inner or (entity,)

    def _parameter(self, scope: Function, name: str) -> View:
        param = scope.params[name]
        if scope.owner is not None and scope.summary.params[0].name == name and not _is_static(scope):
            is_class = _is_classmethod(scope)
            return View((scope.owner if is_class else scope.owner.instance,))
        own = Location("parameter", scope, name)
        key = ("parameter", scope, name)
        if key in self._busy:
            return View(places=(Place(own, inner=False),))
        self._busy.add(key)
        views = [self.annotated(scope.parent or scope, param.annotation)] if param.annotation is not None else []
        if isinstance(param.default, Call):
            dependency = self.value(scope.parent or scope, param.default)
            if dependency.entities:  # a bare `Depends()` makes the annotated class: the annotation has said it
                views.append(dependency)
        handed = self.arguments.get(scope, {}).get(name, ())
        views.extend(self.value(caller, expr) for caller, expr in handed[:_WIDTH])
        self._busy.discard(key)
        places = dict.fromkeys(place for view in views for place in view.places)
        entities = _merge(views)
        if not entities and param.annotation is None:
            meant = self.vocabulary.customary_parameters.get(name) if self.trusts_names else None
            entities = (self.made(meant),) if meant else ()
        return View(entities, (Place(own, inner=False), *places)[:_WIDTH])

    def _imported(self, module: Module, imported: ImportedName) -> View:
        key = ("imported", module, imported)
        if key in self._busy:  # modules that import each other's names
            return NOTHING
        self._busy.add(key)
        view = self._import_target(module, imported)
        self._busy.discard(key)
        return view

    def _import_target(self, module: Module, imported: ImportedName) -> View:
        target = absolute_module(module, imported)
        for name, rest in ((target, imported.attr), (f"{target}.{imported.attr}", "")):
            if name in self._copies:
                return View((self.external(f"{self._copies[name]}.{rest}" if rest else self._copies[name]),))
        if not imported.attr:
            found = self._module(target)
            return View((found,)) if found else View((self.external(target),))
        found = self._module(target)
        submodule = self._module(f"{target}.{imported.attr}" if target else imported.attr)
        if submodule is not None and found is module:
            return View((submodule,))  # a package's own `from . import part`
        if found is not None:
            view = self._module_attribute(found, imported.attr)
            if view is not None and (view.entities or view.places):
                return view
        if submodule is not None:
            return View((submodule,))
        if found is not None or (not imported.level and target.partition(".")[0] in self._packages and self._module(target) is not None):
            return NOTHING
        return View((self.external(f"{target}.{imported.attr}" if target else imported.attr),))

    def _module(self, name: str) -> Module | None:
        return self.modules.get(name) or self._aliases.get(name)

    def _module_attribute(self, module: Module, name: str, depth: int = 0) -> View | None:
        found = self._in_scope(module.body, name)
        if found is not None:
            return found
        submodule = self._module(f"{module.name}.{name}") if module.is_package else None
        if submodule is not None:
            return View((submodule,))
        return self._from_stars(module, name, depth)

    def _from_stars(self, module: Module, name: str, depth: int) -> View | None:
        if depth > 8 or name.startswith("__"):
            return None
        for star in module.stars:
            target = absolute_module(module, star)
            found = self._module(target)
            if found is not None and found is not module:
                view = self._module_attribute(found, name, depth + 1)
                if view is not None:
                    return view
        outside = [star for star in module.stars if self._module(absolute_module(module, star)) is None]
        if len(outside) == 1 and name not in _BUILTINS:
            return View((self.external(f"{absolute_module(module, outside[0])}.{name}"),))
        return None

    # -- steps

    def _step(self, view: View, step: str, function: Function) -> View:
        if step == "()":
            return self._call_result(view, function)
        if step[0] == ".":
            return self._attribute(view, step[1:], function)
        return self._item(view, step[1:-1])

    def _attribute(self, view: View, name: str, function: Function) -> View:
        views = [found for entity in view.entities if (found := self._attribute_of(entity, name, function)) is not None]
        if views:
            return views[0] if len(views) == 1 else _union(views)
        inner = tuple(Place(place.location, inner=True) for place in view.places)
        return View((), inner, name) if inner else NOTHING

    def _attribute_of(self, entity: Entity, name: str, function: Function) -> View | None:
        match entity:
            case Module():
                return self._module_attribute(entity, name) or View(places=(Place(Location("global", entity, name), inner=False),))
            case Instance():
                if name == "__class__":
                    return View((entity.cls,))
                return self._member(entity.cls, entity.cls.lineage or [entity.cls], name, bound=True)
            case Class():
                return self._member(entity, entity.lineage or [entity], name, bound=False)
            case Super():
                if name == "__new__":
                    return View((entity.cls,))
                return self._member(entity.cls, entity.cls.lineage[1:], name, bound=True)
            case Function():
                return View(places=(Place(Location("function", entity, name), inner=False),))
            case Query():
                return View((entity,))
            case StateBag():
                return self._bag(f"{entity.name}.{name}" if entity.name else name)
            case Made() | External():
                return self._library_attribute(entity, name, function)
        return None

    def _library_attribute(self, entity: Made | External, name: str, function: Function) -> View | None:
        vocabulary = self.vocabulary
        if entity.name == "django.conf.settings" and f"settings.{name}" in self.bag_values:
            return self._bag(f"settings.{name}")  # a setting that the program changes
        if name == "settings" and entity.name.endswith("RequestHandler"):
            return View((StateBag("app.settings"),))  # Tornado's, handed to the application
        if name == "registry" and entity.name.rpartition(".")[2] in ("request", "Request", "application", "Configurator"):
            return View((StateBag("app.registry"),))  # Pyramid's, one for the process
        if vocabulary.is_application(entity.name, is_made=isinstance(entity, Made)):
            if name in vocabulary.state_attributes:
                return View((StateBag(f"app.{name}"), self.external(f"{entity.name}.{name}")))
            if f"app.{name}" in self.bag_values and entity.name != "application":  # not by the mere name of a parameter
                return self._bag(f"app.{name}")
        return View((self.external(f"{entity.name}.{name}"),))

    def _bag(self, key: str) -> View:
        location = Location("application", None, key)
        busy = ("bag", key)
        if busy in self._busy:
            return View(places=(Place(location, inner=False),))
        self._busy.add(busy)
        views = [self.value(writer, expr) for writer, expr in self.bag_values.get(key, ())[:_WIDTH]]
        self._busy.discard(busy)
        return View(_merge(views), (Place(location, inner=False),))

    def _member(self, owner: Class, lineage: list[Class], name: str, *, bound: bool) -> View | None:
        """A method, nested class or attribute of a class or its instances."""
        for cls in lineage:
            method = cls.methods.get(name)
            if method is not None:
                if bound and self._is_property(method):
                    return self.returned(method)
                return View((method, *self._overrides(owner, name, method)))
            if name in cls.nested:
                return View((cls.nested[name],))
            if name in cls.bindings or name in cls.attribute_writes:
                return self._kept(cls, lineage, name)
        externals = owner.external_bases
        if externals:
            views = [self._library_attribute(self.external(base), name, owner.scope) for base in externals[:3]]
            found = _union(view for view in views if view is not None)
            return found._replace(entities=(*found.entities, owner.query)) if name in _QUERIES and not bound else found
        return View(places=(Place(Location("attribute", owner, name), inner=False),)) if bound else None

    def _overrides(self, owner: Class, name: str, method: Function) -> list[Function]:
        """Return what subclasses put in a method's place, for a receiver typed by the base."""
        found: list[Function] = []
        pending = list(owner.subclasses)
        while pending and len(found) < _WIDTH:
            cls = pending.pop(0)
            pending.extend(cls.subclasses)
            if name in cls.methods and cls.methods[name] is not method:
                found.append(cls.methods[name])
        return found

    def _is_property(self, method: Function) -> bool:
        for decorator in method.summary.decorators:
            path = decorator.path if isinstance(decorator, Ref) else decorator.func if isinstance(decorator, Call) else ""
            last = path.rpartition(".")[2]
            if last in ("property", "cached_property", "reify", "hybrid_property", "lazy"):
                return True
        return False

    def _kept(self, cls: Class, lineage: list[Class], name: str) -> View:
        """An attribute kept on a class or its instances; its place belongs to the class furthest up that binds it."""
        holder = next(base for base in reversed(lineage) if name in base.bindings or name in base.attribute_writes)
        location = Location("attribute", holder, name)
        key = ("kept", holder, name)
        place = View(places=(Place(location, inner=False),))
        if key in self._busy:
            return place
        self._busy.add(key)
        views, alias = [], []
        for base in lineage:
            for binding in base.bindings.get(name, ()):
                views.append(self._binding(base.scope, binding))
            for writer, write in base.attribute_writes.get(name, ())[:_WIDTH]:
                view = self.value(writer, write.value)
                views.append(view)
                if isinstance(write.value, Ref):
                    alias.extend(p for p in view.places if p.location.kind in ("global", "application", "attribute"))
            views.extend(self.value(caller, expr) for caller, expr in self.fields.get((base, name), ())[:_WIDTH])
        self._busy.discard(key)
        return View(_merge(views), (Place(location, inner=False), *dict.fromkeys(alias))[:_WIDTH])

    def _item(self, view: View, key: str) -> View:
        entities: list[Entity] = []
        views: list[View] = []
        for entity in view.entities:
            if isinstance(entity, StateBag) and key:
                views.append(self._bag(f"{entity.name}[{key}]"))
            elif isinstance(entity, (Made, External)) and key and self.vocabulary.has_item_state(entity.name):
                views.append(self._bag(f"app[{key}]"))
            elif isinstance(entity, Query):
                entities.append(entity.cls.instance)
            elif isinstance(entity, Instance):
                method = entity.cls.find_method("__getitem__")
                if method is not None:
                    entities.extend(self.returned(method).entities)
            elif isinstance(entity, External) and entity.name.rpartition(".")[2][:1].isupper():
                entities.append(entity)  # a generic class with its parameters
            elif isinstance(entity, (Made, External)) and not view.places:
                entities.append(self.made(f"{entity.name}[]"))
        if views:
            return _union(views)
        inner = tuple(Place(place.location, inner=True) for place in view.places)
        contained = [self.content(place.location) for place in view.places[:_WIDTH]]
        return View((*entities, *_merge(contained))[:_WIDTH], inner)

    def _call_result(self, view: View, function: Function) -> View:
        if view.method:
            inner = view.places
            if view.method in _CONTENT_METHODS:
                contained = [self.content(place.location) for place in inner[:_WIDTH]]
                return View(_merge(contained), inner)
            return NOTHING
        views: list[View] = []
        for entity in view.entities:
            match entity:
                case Function():
                    views.append(self.returned(entity))
                case Class():
                    views.append(View((entity.instance,)))
                case Instance():
                    method = entity.cls.find_method("__call__")
                    if method is not None:
                        views.append(self.returned(method))
                case External():
                    views.append(self._library_result(entity, function))
                case Query():
                    views.append(View((entity, entity.cls.instance)))
                case _:
                    pass
        return views[0] if len(views) == 1 else _union(views)

    def _library_result(self, entity: External, function: Function) -> View:
        if entity.name == "super" and function.owner is not None:
            return View((Super(function.owner),))
        if entity.name == "super":
            outer = function.parent
            while outer is not None and outer.owner is None:
                outer = outer.parent
            return View((Super(outer.owner),)) if outer is not None and outer.owner is not None else NOTHING
        return View((self.made(entity.name),))

    def returned(self, function: Function) -> View:
        """Return what a function returns or yields."""
        known = self._returns.get(function)
        if known is not None:
            return known
        key = ("returned", function)
        if key in self._busy:
            return NOTHING
        self._busy.add(key)
        views = [self.value(function, expr) for expr in function.summary.returns[:12]]
        places = dict.fromkeys(place for view in views for place in view.places if place.location.kind not in ("local", "parameter"))
        entities = _merge(views)
        if not entities and function.summary.returns_annotation is not None:
            entities = self.annotated(function.parent or function, function.summary.returns_annotation).entities
        self._busy.discard(key)
        view = self._returns[function] = View(entities, tuple(places)[:_WIDTH])
        return view

    # -- annotations and contents

    def annotated(self, function: Function, annotation: Expr | None) -> View:
        """Return what a value with this annotation is: an instance of the class named."""
        if isinstance(annotation, Either):
            return _union(self.annotated(function, option) for option in annotation.options)
        if isinstance(annotation, Display) and annotation.items and isinstance(annotation.items[0], Ref):
            head = annotation.items[0].path.rpartition(".")[2]
            if head in ("Annotated", "Depends") and len(annotation.items) > 1:
                marked = [self.value(function, extra) for extra in annotation.items[2:] if isinstance(extra, Call)]
                found = _union([view for view in marked if view.entities])
                return found if found.entities else self.annotated(function, annotation.items[1])
            if head in _WRAPPED_ANNOTATIONS:
                return _union(self.annotated(function, item) for item in annotation.items[1:])
            return self.annotated(function, annotation.items[0])
        if not isinstance(annotation, Ref):
            return NOTHING
        entities: list[Entity] = []
        view = self.walk(function, annotation.path)
        if not view.entities and view.places:  # an alias: `Db = Annotated[Session, Depends(get_db)]`
            values = [pair for place in view.places if place.location.kind == "global" for pair in self.values_of(place.location)]
            return _union(self.annotated(scope, expr) for scope, expr in values[:2] if isinstance(expr, Display) and expr.kind == "tuple")
        for entity in view.entities:
            if isinstance(entity, Class):
                entities.append(entity.instance)
            elif isinstance(entity, External):
                entities.append(self.made(entity.name))
        return View(tuple(entities[:_WIDTH]))

    def content(self, location: Location) -> View:
        """Return what a container holds: from its display, its annotation, and what is put into it."""
        key = ("content", location)
        if key in self._busy:
            return NOTHING
        self._busy.add(key)
        views: list[View] = []
        for function, expr, annotation in self._made_of(location):
            if isinstance(expr, Display) and not _is_type_alias(expr):
                views.extend(self.value(function, item) for item in expr.items[:40])
            if isinstance(annotation, Display) and len(annotation.items) > 1:
                last = annotation.items[-1]
                if not (isinstance(last, Ref) and last.path in _SUPPRESSED_CONTENT):
                    views.append(self.annotated(function, last))
        views.extend(self.value(function, expr) for function, expr in self.contents.get(location, ())[:_WIDTH])
        self._busy.discard(key)
        return View(_merge(views))

    def _made_of(self, location: Location) -> Iterable[tuple[Function, Expr, Expr | None]]:
        """Yield every value bound to a location, with the function to read it in and its annotation."""
        owner, name = location.owner, location.name
        match location.kind:
            case "global" | "local":
                scope = owner.body if isinstance(owner, Module) else owner
                if isinstance(scope, Function):
                    yield from ((scope, binding.value, binding.annotation) for binding in scope.locals.get(name, ()))
                    yield from ((writer, write.value, None) for writer, write in scope.global_writes.get(name, ()))
            case "attribute":
                if isinstance(owner, Class):
                    for cls in (owner, *owner.subclasses[:_WIDTH]):
                        yield from ((cls.scope, binding.value, binding.annotation) for binding in cls.bindings.get(name, ()))
                        yield from ((writer, write.value, None) for writer, write in cls.attribute_writes.get(name, ()))
            case "application":
                yield from ((function, expr, None) for function, expr in self.bag_values.get(name, ()))
            case "parameter":
                if isinstance(owner, Function):
                    yield from (
                        (caller, expr, owner.params[name].annotation) for caller, expr in self.arguments.get(owner, {}).get(name, ())
                    )
            case _:
                return

    def values_of(self, location: Location) -> Values:
        """Return every expression bound to a location as a whole, with the function to read it in."""
        return [(function, expr) for function, expr, _ in self._made_of(location)]


def _is_type_alias(expr: Display) -> bool:
    head = expr.items[0] if expr.kind == "tuple" and expr.items else None
    return isinstance(head, Ref) and head.path.rpartition(".")[2] == "Annotated"


def _is_static(function: Function) -> bool:
    return any(isinstance(decorator, Ref) and decorator.path == "staticmethod" for decorator in function.summary.decorators)


def _is_classmethod(function: Function) -> bool:
    if function.name.rpartition(".")[2] in ("__init_subclass__", "__class_getitem__", "__new__"):
        return True
    return any(isinstance(d, Ref) and d.path in ("classmethod", "validator", "field_validator") for d in function.summary.decorators)


def _merge(views: Iterable[View]) -> tuple[Entity, ...]:
    return tuple(dict.fromkeys(entity for view in views for entity in view.entities))[:_WIDTH]


def _union(views: Iterable[View]) -> View:
    views = list(views)
    places = tuple(dict.fromkeys(place for view in views for place in view.places))
    return View(_merge(views), places[:_WIDTH], next((view.method for view in views if view.method and not view.entities), ""))
