"""What the project keeps below the application object: `app.state.x`, `app["x"]`, `app.jobs`, changed settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names.flows import Flow
from statelint.program.names.nodes import External, ExternalValue, StateBag
from statelint.program.names.resolver import split
from statelint.program.names.special_calls import utility_key
from statelint.survey.summary import Const, Display

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.names.nodes import AbstractObject, Class, Function
    from statelint.program.names.resolver import Resolver
    from statelint.program.vocabulary import Vocabulary
    from statelint.survey.summary import Call, Expr

_REGISTERING: Final = frozenset({"provideUtility", "registerUtility"})
"""The calls of zope.interface's registries that keep an object for an interface."""


def inherited_state(classes: Iterable[Class], vocabulary: Vocabulary) -> Iterator[Flow]:
    """Yield the attributes of project classes that extend the application's: they are the application's."""
    for owner in classes:
        if any(base in vocabulary.applications for base in owner.external_bases):
            for name, writes in owner.attribute_writes.items():
                yield from (Flow("application", f"app.{name}", "", writer, write.value) for writer, write in writes)


def assigned_state(function: Function, resolver: Resolver, *, tornado: bool) -> Iterator[Flow]:
    """Yield what a function assigns below the application object."""
    for key, value in _assigned(function, resolver):
        yield Flow("application", key, "", function, value)
    for site in function.summary.calls:
        if site.call.func.rpartition(".")[2] in _REGISTERING:
            yield from _utility(function, site.call)
    for key, value in _tornado_settings(function) if tornado else ():
        yield Flow("application", f"app.settings[{key}]", "", function, value)


def _utility(function: Function, call: Call) -> Iterator[Flow]:
    """`registry.registerUtility(Store(), IStore)`, `provideUtility(component=store, provides=IStore)`."""
    given = dict(call.keywords)
    utility = call.args[0] if call.args else given.get("component")
    interface = call.args[1] if len(call.args) > 1 else given.get("provided", given.get("provides"))
    key = utility_key(interface) if interface is not None else ""
    if utility is not None and key:
        yield Flow("application", key, "", function, utility)


def uses_tornado(functions: Iterable[Function]) -> bool:
    """Whether anything imports Tornado, whose settings are named by convention."""
    return any(imported.module.startswith("tornado") for function in functions for imported in function.summary.imports)


def _assigned(function: Function, resolver: Resolver) -> Iterator[tuple[str, Expr]]:
    """Yield (key, value) of each assignment below the application object."""
    for write in function.summary.writes:
        prefix, step = split(write.target)
        if not step or step == "[]" or write.how == "del" or prefix in ("self", "cls"):
            continue
        objects = resolver.walk(function, prefix).objects
        key = next((key for entity in objects if (key := _key(entity, step, resolver.vocabulary))), "")
        if key:
            yield key, write.value


def _key(entity: AbstractObject, step: str, vocabulary: Vocabulary) -> str:
    """Return the key under which the application keeps what a step below an entity is given, "" if it is no part of it."""
    if isinstance(entity, StateBag):
        return f"{entity.name}{step}"
    if not isinstance(entity, (ExternalValue, External)):
        return ""
    if step[0] == "[":
        return f"app{step}" if vocabulary.has_item_state(entity.name) else ""
    if isinstance(entity, External) and entity.name == "django.conf.settings":
        return f"settings{step}"
    named = entity.name != "application" and vocabulary.is_application(entity.name, is_made=isinstance(entity, ExternalValue))
    return f"app{step}" if named else ""


def _tornado_settings(function: Function) -> Iterator[tuple[str, Expr]]:
    """Tornado hands its settings to the application as keywords, usually of a dict made elsewhere."""
    for site in function.summary.calls:
        if site.call.func == "dict" and "settings" in site.bound:
            yield from site.call.keywords
    for write in function.summary.writes:
        prefix, step = split(write.target)
        if prefix.endswith("settings") and step[:1] == "[" and step != "[]" and write.how == "=":
            yield step[1:-1], write.value
    for binding in function.summary.bindings:
        made = binding.value
        if "settings" in binding.name and isinstance(made, Display):
            pairs = zip(made.keys, made.items, strict=False)
            yield from ((key.value, item) for key, item in pairs if isinstance(key, Const) and isinstance(key.value, str))
