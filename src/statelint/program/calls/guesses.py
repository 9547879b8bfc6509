"""Calls of methods on what nothing is known of: which methods of the project they may mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.limits import TARGETS
from statelint.program.names.resolver import split
from statelint.survey.summary import Ref, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    common = _BUILT_IN_METHODS | vocabulary.words("common-method")
    for caller, site in unresolved:
        prefix, step = split(site.call.func)
        name = step[1:]
        if step[:1] != "." or name in common or prefix == "?":
            continue
        meant = [method for method in methods.get(name, ()) if takes(method, site.call)]
        if len(meant) > TARGETS.most:
            limits.reach(TARGETS, site.call.func, caller.module.path, site.call.line)
            continue
        for method in meant:
            yield Guess(caller, method, site.call.line)


def takes(method: Function, call: Call) -> bool:
    """Whether a bound method can be called with these arguments; a decorator other than the built-in ones may change what it takes."""
    names = {decorator.path if isinstance(decorator, Ref) else "?" for decorator in method.summary.decorators}
    if not names <= {"staticmethod", "classmethod"}:
        return True
    params = method.summary.params if "staticmethod" in names else method.summary.params[1:]
    if method.summary.params[:1] and method.summary.params[0].kind == "*":
        return True
    return _has_room(params, call) and _gets_enough(params, call)


def _has_room(params: Iterable[Parameter], call: Call) -> bool:
    """Whether there is a parameter for each argument."""
    kinds = {param.kind for param in params}
    positional = [param.name for param in params if param.kind == ""]
    named = {param.name for param in params if param.kind in ("", "kw")}
    certain = sum(not isinstance(arg, Unknown) for arg in call.args)  # an unknown one may be `*rest`, and that empty
    if certain > len(positional) and "*" not in kinds:
        return False
    return "**" in kinds or all(key in named for key, _ in call.keywords if key != "**")


def _gets_enough(params: Iterable[Parameter], call: Call) -> bool:
    """Whether there is an argument for each parameter without a default."""
    if any(isinstance(arg, Unknown) for arg in call.args) or any(key == "**" for key, _ in call.keywords):
        return True
    given = {key for key, _ in call.keywords}
    positional = [param for param in params if param.kind == ""]
    missing = [*positional[len(call.args) :], *(param for param in params if param.kind == "kw")]
    return all(param.default is not None or param.name in given for param in missing)
