"""Calls of methods on what nothing is known of: which methods of the project they may mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.limits import TARGETS
from statelint.program.names.resolver import split
from statelint.survey.summary import Ref, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.limits import LimitLog
    from statelint.program.names.nodes import Function
    from statelint.program.vocabulary import Vocabulary
    from statelint.survey.summary import Call, CallSite, Parameter

_BUILT_IN_METHODS: Final = frozenset(name for kind in (dict, list, set, str, bytes, tuple, int, float, object, type) for name in dir(kind))


class Guess(NamedTuple):
    """A call that may be one of a method."""

    caller: Function
    callee: Function
    line: int


def guesses(
    functions: Iterable[Function], unresolved: Iterable[tuple[Function, CallSite]], vocabulary: Vocabulary, limits: LimitLog
) -> Iterator[Guess]:
    """Yield, for each call on an unknown receiver, all methods that bear the name and take the arguments.

    This is resolution by name, class hierarchy analysis without a declared type: any class may be the receiver's, also one
    that no import leads to, since plug-ins are loaded by a string. Each method is judged for itself, so a further
    definition never takes another one away. Names that nearly every library has mean nothing and are left out.
    """
    methods: dict[str, list[Function]] = {}
    for function in functions:
        if function.owner is not None:
            methods.setdefault(function.name.rpartition(".")[2], []).append(function)
    known: dict[tuple[str, _Arguments], list[Function]] = {}
    common = _BUILT_IN_METHODS | vocabulary.words("common-method")
    for caller, site in unresolved:
        prefix, step = split(site.call.func)
        name = step[1:]
        if step[:1] != "." or name in common or prefix == "?":
            continue
        key = (name, _arguments(site.call))
        if key not in known:
            known[key] = [method for method in methods.get(name, ()) if _takes(method, key[1])]
        meant = known[key]
        if len(meant) > TARGETS.most:
            limits.reach(TARGETS, site.call.func, caller.module.path, site.call.line)
            continue
        for method in meant:
            yield Guess(caller, method, site.call.line)


class _Arguments(NamedTuple):
    """What a call gives, as far as signatures are concerned."""

    positional: int
    certain: int
    """How many of them are certainly one argument: an unknown one may be `*rest`."""
    keywords: frozenset[str]
    """With "**" for what is unpacked."""


def _arguments(call: Call) -> _Arguments:
    certain = sum(not isinstance(arg, Unknown) for arg in call.args)
    return _Arguments(len(call.args), certain, frozenset(key for key, _ in call.keywords))


def _takes(method: Function, given: _Arguments) -> bool:
    """Whether a bound method can be called so; a decorator other than the built-in ones may change what it takes."""
    names = {decorator.path if isinstance(decorator, Ref) else "?" for decorator in method.summary.decorators}
    if not names <= {"staticmethod", "classmethod"}:
        return True
    params = method.summary.params
    if "staticmethod" not in names and not (params and params[0].kind == "*"):
        params = params[1:]
    return _has_room(params, given) and _gets_enough(params, given)


def _has_room(params: Sequence[Parameter], given: _Arguments) -> bool:
    """Whether there is a parameter for each argument."""
    kinds = {param.kind for param in params}
    if given.certain > sum(param.kind == "" for param in params) and "*" not in kinds:
        return False
    return "**" in kinds or given.keywords <= {"**", *(param.name for param in params if param.kind in ("", "kw"))}


def _gets_enough(params: Sequence[Parameter], given: _Arguments) -> bool:
    """Whether there is an argument for each parameter without a default."""
    if given.certain < given.positional or "**" in given.keywords:
        return True
    positional = [param for param in params if param.kind == ""]
    missing = [*positional[given.positional :], *(param for param in params if param.kind == "kw")]
    return all(param.default is not None or param.name in given.keywords for param in missing)
