"""Values inside an argument: the keyword of a call, the key of a mapping, each element of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.inspect.rows.decision import Decided
from statelint.program.evaluation.evaluator import UNKNOWN_VALUE
from statelint.program.names.mappings import HIDDEN, Part, parts_of
from statelint.survey.summary import Call, Const, Display, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import Expr


def inside(given: Expr, inner: str, function: Function, context: Context, *, source: str) -> tuple[Decided, ...]:
    """Return what an argument holds under `inner`; dots lead deeper, `*` is each key or element.

    Empty where the mapping is known and has no such key; unknown where it is made by a call or has computed keys.
    """
    evaluator = context.program.evaluator
    found: list[Decided] = []
    hidden = False
    for part in _reach(Part("", given, function, 0), inner, context):
        if part.key == HIDDEN:
            hidden = True
            continue
        path, line = (part.function.module.path, part.line) if part.line else ("", 0)
        found.extend(Decided(value, source, path, line, part.keys) for value in evaluator.values(part.function, part.expr))
    if not found and hidden:
        return (Decided(UNKNOWN_VALUE, source, reason="it stands in a mapping that could not be followed"),)
    return tuple(found)


def _reach(whole: Part, inner: str, context: Context) -> Iterator[Part]:
    parts = _parts(whole, context)
    if parts is None:
        if not isinstance(whole.expr, Const):
            yield whole._replace(key=HIDDEN)
        return
    exact = [part for part in parts if part.key == inner]
    if exact:
        yield from exact
        return
    key, _, rest = inner.partition(".")
    reached = [part for part in parts if part.key != HIDDEN and key in ("*", part.key)]
    if any(part.key == HIDDEN for part in parts) and not reached:
        yield whole._replace(key=HIDDEN)
    for part in reached:
        if rest:
            yield from _reach(part, rest, context)
        else:
            yield part


def _parts(whole: Part, context: Context) -> list[Part] | None:
    found = parts_of(whole, context.program.resolver)
    if found is not None:
        return found
    if isinstance(whole.expr, Call):
        if any(name == "**" for name, _ in whole.expr.keywords):
            return None
        call = whole.expr
        return [Part(name, value, whole.function, call.line, (name,)) for name, value in call.keywords]
    if isinstance(whole.expr, Ref):
        parts: list[Part] = []
        for value in context.program.evaluator.values(whole.function, whole.expr):
            if isinstance(value.expr, (Display, Call)) and value.function is not None:
                parts.extend(_parts(Part("", value.expr, value.function, value.line), context) or ())
        return parts or None
    return None
