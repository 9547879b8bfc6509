"""What libraries call later: functions out of tables, attributes of their objects, methods of handlers, listeners of channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.names.nodes import External, ExternalValue, Function, Instance
from statelint.program.names.resolver import split
from statelint.survey.summary import Const, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.names.nodes import Class
    from statelint.program.names.resolver import Resolver
    from statelint.survey.summary import Call, CallSite, Expr

_BEFORE: Final = 2
"""Among how many arguments a channel and its listener stand."""


class Later(NamedTuple):
    """A function that something lets a library call."""

    caller: Function
    callee: Function
    line: int


def is_started(function: Function, call: Call, resolver: Resolver) -> bool:
    """Whether a library calls what it is handed, so that it matters even where that comes out of a table or a name."""
    vocabulary = resolver.vocabulary
    starts = vocabulary.role("task-start")
    tables = (starts, vocabulary.argument_calls, vocabulary.results_of_arguments, vocabulary.futures, vocabulary.mapping_calls)
    names = [e.name for e in resolver.walk(function, call.func).objects if isinstance(e, (External, ExternalValue))]
    return any(table.calls(name) for name in names for table in tables)


def given_to_objects(function: Function, resolver: Resolver) -> Iterator[Later]:
    """`client.on_message = work`: a library's object calls the function that it is given as an attribute."""
    for write in function.summary.writes:
        prefix, step = split(write.target)
        if step[:1] != "." or write.how != "=" or not isinstance(write.value, Ref):
            continue
        given = [entity for entity in resolver.walk(function, write.value.path).objects if isinstance(entity, Function)]
        if given and any(_is_library_object(entity, resolver) for entity in resolver.walk(function, prefix).objects):
            yield from (Later(function, entity, write.line) for entity in given)


def _is_library_object(entity: object, resolver: Resolver) -> bool:
    return isinstance(entity, ExternalValue) and "." in entity.name and not resolver.vocabulary.is_application(entity.name, is_made=True)


def handlers(function: Function, call: Call, resolver: Resolver) -> Iterator[Later]:
    """`observer.schedule(Handler(), path)`: what starts work calls the methods of an object that extends a class of its own library."""
    names = [entity.name for entity in resolver.walk(function, call.func).objects if isinstance(entity, External)]
    starts = resolver.vocabulary.role("task-start")
    packages = {name.partition(".")[0] for name in names if starts.calls(name) and "." in name}
    for expr in (*call.args, *(value for _, value in call.keywords)) if packages else ():
        for entity in resolver.value(function, expr).objects if not isinstance(expr, Const) else ():
            if isinstance(entity, Instance) and any(base.partition(".")[0] in packages for base in entity.cls.external_bases):
                yield from (Later(function, method, call.line) for method in _public(entity.cls))


def _public(cls: Class) -> Iterator[Function]:
    found: dict[str, Function] = {}
    for one in reversed(cls.lineage or [cls]):
        found.update(one.methods)
    yield from (method for name, method in found.items() if not name.startswith("_"))


def listeners(calls: Iterable[tuple[str, Function, CallSite]], resolver: Resolver) -> Iterator[Later]:
    """`engine.publish("mail", text)` calls what subscribes to the channel of that name, `engine.subscribe("mail", send)`.

    `calls` are those of library names, each with its place.
    """
    subscribing, publishing = resolver.vocabulary.role("channel-subscribe"), resolver.vocabulary.role("channel-publish")
    known: dict[tuple[str, str], dict[Function, None]] = {}
    publications: list[tuple[str, Function, CallSite]] = []
    for name, function, site in calls:
        if subscribing.calls(name):
            for channel in _channels(site.call):
                listening = known.setdefault((name.partition(".")[0], channel), {})
                listening.update(dict.fromkeys(_functions(function, site.call, resolver)))
        elif publishing.calls(name):
            publications.append((name, function, site))
    for name, function, site in publications:
        for channel in _channels(site.call):
            yield from (Later(function, callee, site.call.line) for callee in known.get((name.partition(".")[0], channel), ()))


def _channels(call: Call) -> Iterable[str]:
    return [arg.value for arg in call.args[:_BEFORE] if isinstance(arg, Const) and isinstance(arg.value, str)][:1]


def _functions(function: Function, call: Call, resolver: Resolver) -> Iterator[Function]:
    given: list[Expr] = [*call.args[:_BEFORE], *(value for _, value in call.keywords)]
    for expr in given:
        if isinstance(expr, Ref):
            yield from (entity for entity in resolver.walk(function, expr.path).objects if isinstance(entity, Function))
