"""What a library's call hands on to a function of the project that it calls: `Thread(target=f, args=(a,))`, `pool.submit(f, a)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.names.library_results import called_argument
from statelint.program.names.mappings import HIDDEN, Part, parts_of
from statelint.survey.summary import Call, Const, Display, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.names.nodes import AbstractObject, Function
    from statelint.program.names.resolver import Resolver
    from statelint.survey.summary import Expr


def arguments_handed_on(function: Function, call: Call, name: str, resolver: Resolver) -> Iterator[tuple[AbstractObject, Call]]:
    """Yield what a call of a library's name makes the library call, each with that call."""
    vocabulary = resolver.vocabulary
    if (len(call.args) > 1 or call.keywords) and (vocabulary.argument_calls.calls(name) or vocabulary.results_of_arguments.calls(name)):
        position, view = called_argument(resolver, function, call)
        if position >= 0:
            given = _without_first(call, position + 1)
            yield from ((entity, given) for entity in view.objects)
    elif call.keywords:
        later = _of_target(call)
        if later is not None:
            yield from ((entity, later) for entity in resolver.value(function, dict(call.keywords)["target"]).objects)


def _without_first(call: Call, count: int) -> Call:
    return Call(call.func, call.args[count:], call.keywords, call.line, call.column, call.end_line, call.end_column)


def _of_target(call: Call) -> Call | None:
    """`Thread(target=f, args=(a,), kwargs={"b": b})` is the later call `f(a, b=b)`."""
    keywords = dict(call.keywords)
    args = keywords.get("args")
    if "target" not in keywords or not isinstance(args, Display) or args.kind == "dict":
        return None

    kwargs = keywords.get("kwargs")
    named = kwargs if isinstance(kwargs, Display) and kwargs.kind == "dict" else Display("dict")
    pairs = tuple((str(key.value), value) for key, value in zip(named.keys, named.items, strict=False) if isinstance(key, Const))
    return Call(call.func, args.items, pairs, call.line, call.column, call.end_line, call.end_column)


def spread(function: Function, mapping: Expr, line: int, resolver: Resolver) -> Iterator[tuple[str, Function, Expr]]:
    """Yield the keywords that `**mapping` hands over, each with the function to read its value in.

    Those of a parameter that is itself `**options` are what the callers of its function hand to it.
    """
    if isinstance(mapping, Ref) and mapping.path in function.params and function.params[mapping.path].kind == "**":
        resolver.depends_on("arguments", function, "**")
        for name, values in resolver.flows.arguments.get(function, {}).items():
            if name not in function.params and name != "**":
                yield from ((name, caller, value) for caller, value in values)
        return
    for part in parts_of(Part("", mapping, function, line), resolver) or ():
        if part.key != HIDDEN:
            yield part.key, part.function, part.expr


def given_name(call: Call) -> str:
    """Return the name of the attribute that a call gives to requests: said, or that of the function that makes it; "" if unknown."""
    said = dict(call.keywords).get("name", call.args[1] if len(call.args) > 1 else None)
    if isinstance(said, Const):
        return said.value if isinstance(said.value, str) else ""
    made = call.args[0]
    return made.path.rpartition(".")[2] if said is None and isinstance(made, Ref) else ""
