"""Calls that stand for something else than what a library makes: what they are handed, what they name, what they wrap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names import library_results, string_names, traits
from statelint.program.names.names import entered
from statelint.program.names.nodes import NOTHING, Class, External, ExternalValue, Function, PointsTo, StateBag
from statelint.program.names.points_to import union
from statelint.survey.summary import Call, Const, Ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.names.interface import Resolver
    from statelint.survey.summary import Expr

_LOOKING_UP: Final = frozenset({"getUtility", "queryUtility"})
"""The calls of zope.interface's registries that give what was registered for an interface."""
_CAST: Final = 2


def from_application(resolver: Resolver, function: Function, call: Call, prefix: str) -> PointsTo | None:
    """`app.state.get("jobs")`: what the application keeps under a key; None where it is no part of it."""
    key = call.args[0] if call.args else None
    for entity in resolver.walk(function, prefix).objects if isinstance(key, Const) else ():
        if isinstance(entity, StateBag) and isinstance(key, Const):
            return resolver.bag(f"{entity.name}[{key.value}]")
    return None


def loaded(resolver: Resolver, function: Function, call: Call) -> PointsTo | None:
    """`session.get(User, key)`, `session.query(User)`: a query of the mapped class, or an instance."""
    first = call.args[0] if call.args else None
    for entity in resolver.walk(function, first.path).objects if isinstance(first, Ref) else ():
        if isinstance(entity, Class) and entity.external_bases:
            return PointsTo((entity.query, entity.instance))
    return None


def of_library(resolver: Resolver, function: Function, call: Call, name: str) -> PointsTo | None:
    """What a call of a library name gives where that is an argument, or is named by one; None for all other names."""
    vocabulary = resolver.vocabulary
    if name in vocabulary.dependency_markers:
        return _dependency(resolver, function, call)
    if name.startswith("traitlets."):
        return traits.declared(resolver, function, call, name)
    if not call.args:
        return NOTHING if vocabulary.dynamic_imports.calls(name) else None
    if name in vocabulary.transparent_calls:
        return _passed_through(resolver, resolver.value(function, call.args[0]), name)
    if vocabulary.results_of_arguments.calls(name) or vocabulary.entering_calls.calls(name):
        return _from_argument(resolver, function, call, name)
    if vocabulary.dynamic_imports.calls(name) or name == "getattr":
        return string_names.got(resolver, function, call) if name == "getattr" else _imported(resolver, function, call.args[0])
    if name in ("typing.cast", "cast") and len(call.args) == _CAST:
        return resolver.annotated(function, _quoted(call.args[0]))
    return library_results.given(resolver, function, call, name)


def _passed_through(resolver: Resolver, view: PointsTo, name: str) -> PointsTo:
    if name == "copy.deepcopy":
        return view._replace(places=())  # nothing in it is kept where the original is
    return union((view, resolver.wrapped(view))) if resolver.vocabulary.futures.calls(name) else view


def _imported(resolver: Resolver, function: Function, name: Expr) -> PointsTo:
    return PointsTo(tuple(string_names.named_by_string(resolver, function, name)))


def of_call(resolver: Resolver, function: Function, call: Call, callee: PointsTo) -> PointsTo | None:
    """What a call of what a path stands for gives where its arguments or its receiver tell, None where they do not."""
    if call.func.endswith("().tag") and _declares_trait(resolver, function, call.func.removesuffix("().tag")):
        return resolver.walk(function, call.func.removesuffix(".tag"))
    if call.func.rpartition(".")[2] in _LOOKING_UP and call.args and (key := utility_key(call.args[0])):
        return resolver.bag(key)
    for entity in callee.objects:
        if isinstance(entity, ExternalValue) and entity.name == "functools.wraps" and call.args:
            return resolver.value(function, call.args[0])  # `wraps(view)(inner)` is `inner`
        if isinstance(entity, External) and entity.name in resolver.vocabulary.receiver_calls:
            owners = resolver.walk(function, call.func.rpartition(".")[0]).objects
            return PointsTo(tuple(owner.instance if isinstance(owner, Class) else owner for owner in owners))
        given = of_library(resolver, function, call, entity.name) if isinstance(entity, External) else None
        if given is not None:
            return given
    return None


def of_path(resolver: Resolver, function: Function, prefix: str, callee: PointsTo) -> PointsTo | None:
    """What a path ending in a call of a library gives where the arguments tell, `sorted(stores)[0]`, `import_module(name).run`.

    A path does not say which call it is of: it stands for all those of the same name in the function.
    """
    last = prefix.rpartition(".")[2]
    if prefix == "super" or not (last in ("tag", *_LOOKING_UP) or any(isinstance(entity, External) for entity in callee.objects)):
        return None
    views = (of_call(resolver, function, call, callee) for call in _calls_of(function, prefix))
    found = [view for view in views if view is not None]
    return union(found) if found else None


def _calls_of(function: Function, path: str) -> Sequence[Call]:
    if function.calls_of is None:
        function.calls_of = {}
        for site in function.summary.calls:
            function.calls_of.setdefault(site.call.func, []).append(site.call)
    return function.calls_of.get(path, ())


def utility_key(interface: Expr) -> str:
    """Return the key under which the application keeps the utility of an interface, "" where that is not named."""
    return f"app.utilities[{interface.path.rpartition('.')[2]}]" if isinstance(interface, Ref) else ""


def _declares_trait(resolver: Resolver, function: Function, path: str) -> bool:
    return any(isinstance(entity, External) and entity.name.startswith("traitlets.") for entity in resolver.walk(function, path).objects)


def _quoted(noted: Expr) -> Expr:
    """The class that `cast("Store", value)` names."""
    named = isinstance(noted, Const) and isinstance(noted.value, str) and noted.value.replace(".", "").isidentifier()
    return Ref(str(noted.value)) if named and isinstance(noted, Const) else noted


def _dependency(resolver: Resolver, function: Function, call: Call) -> PointsTo:
    """`Depends(f)` stands for what `f` returns."""
    target = call.args[0] if call.args else dict(call.keywords).get("dependency")
    return resolver.step(resolver.value(function, target), "()", function) if target is not None else NOTHING


def _from_argument(resolver: Resolver, function: Function, call: Call, name: str) -> PointsTo | None:
    """`await asyncio.to_thread(f, key)` stands for what `f` returns, `stack.enter_context(session())` for what the session gives."""
    if resolver.vocabulary.entering_calls.calls(name):
        manager = resolver.value(function, call.args[0])
        return manager._replace(objects=tuple(entered(resolver, manager)))
    position, view = library_results.called_argument(resolver, function, call)
    return resolver.step(view, "()", function) if position >= 0 else None
