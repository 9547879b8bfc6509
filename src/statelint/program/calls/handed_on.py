"""What a call hands on to a function of the project that it lets be called: `Thread(target=f, args=(a,))`, `pool.submit(f, a)`.

The one that takes the function may be a library's, or a helper of the project: `def spawn(f, *args): pool.submit(f, *args)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.names.library_results import called_argument
from statelint.program.names.mappings import HIDDEN, Part, parts_of
from statelint.program.names.nodes import Function
from statelint.survey.summary import Call, Const, Display, Ref, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from statelint.program.names.nodes import AbstractObject
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


def passed_on(call: Call, helper: Function, given: Mapping[str, Expr], rest: Sequence[Expr]) -> Iterator[tuple[Expr, Call]]:
    """Yield what a helper calls, or lets be called, with the arguments that it takes after its own: `spawn(work, store)`.

    `given` is what the call hands to each parameter by name, `rest` what `*args` takes.
    """
    if not rest:
        return
    further = tuple((name, value) for name, value in call.keywords if name != "**" and name not in helper.params)
    later = Call(call.func, tuple(rest), further, call.line, call.column, call.end_line, call.end_column)
    for name in dict.fromkeys(called_with_the_rest(helper)):
        if isinstance(given.get(name), Ref):
            yield given[name], later


def called_with_the_rest(helper: Function) -> Iterator[str]:
    """Yield the parameters of a function that stand in a call together with its `*args`, in itself or in the functions inside it."""
    rest = next((param.name for param in helper.summary.params if param.kind == "*"), "")
    pending: list[Function] = [helper]
    for one in pending:  # grows while it is gone through
        pending += [child for children in one.children.values() for child in children if isinstance(child, Function)]
        for call in (site.call for site in one.summary.calls):
            said = dict(call.keywords)
            if any(isinstance(arg, Unknown) for arg in call.args) or said.get("args") == Ref(rest):
                paths = (call.func, *(arg.path for arg in (*call.args, *said.values()) if isinstance(arg, Ref)))
                yield from (path for path in paths if path in helper.params and path != rest)


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
