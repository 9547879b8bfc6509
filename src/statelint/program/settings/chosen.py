"""Which entry of a table of configuration objects is loaded: `configs[os.environ["APP_ENV"]]`, where production sets the variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.names.mappings import Part, parts_of
from statelint.survey.summary import Call, Const, Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from statelint.program.names.nodes import Function
    from statelint.program.names.resolver import Resolver
    from statelint.survey.summary import Expr

_GET: Final = ".get"


class Choice(NamedTuple):
    """What chooses an entry, and which ones it may be."""

    decider: str
    """The environment variable or the parameter, for people; "" where it has no name."""
    entries: tuple[tuple[Function, Expr], ...]
    """Empty where its value is not known, or is no key of the table."""


def choices_in(
    arg: Expr, call: Call, function: Function, resolver: Resolver, texts: Callable[[Function, Expr], list[str]]
) -> Iterator[Choice]:
    """Yield what may choose the argument of a call from a table; nothing where it is no entry of one.

    A path does not keep the key that it is looked up by, so that is what the call asks the environment for, or a parameter or name of the
    function whose known values are keys of the table.
    """
    table = _table(arg)
    by_key = {part.key: (part.function, part.expr) for part in parts_of(Part("", Ref(table), function, call.line, ()), resolver) or ()}
    for said, expr in _choosers(arg, call, function) if table and by_key else ():
        found = texts(function, expr)
        is_known = bool(found) and all(text in by_key for text in found)
        yield Choice(said, tuple(by_key[text] for text in dict.fromkeys(found)) if is_known else ())


def _table(arg: Expr) -> str:
    """Return the path of the table that an argument is looked up in."""
    path = (
        arg.path
        if isinstance(arg, Ref)
        else arg.func.removesuffix(_GET) + "[]"
        if isinstance(arg, Call) and arg.func.endswith(_GET)
        else ""
    )
    return path.removesuffix("()").removesuffix("[]") if path.endswith(("[]", "[]()")) else ""


def _choosers(arg: Expr, call: Call, function: Function) -> Iterator[tuple[str, Expr]]:
    """Yield what may be the key, with its name for people."""
    if isinstance(arg, Call) and arg.args:
        yield _said(arg.args[0]), arg.args[0]
    for site in function.summary.calls:
        inner = site.call
        if call.line <= inner.line <= call.end_line and inner is not call and inner is not arg and inner.args and inner.func != call.func:
            yield _said(inner), inner
    names = [name for name in (*function.params, *function.locals) if name in function.summary.loads]
    yield from ((name, Ref(name)) for name in names)


def _said(expr: Expr) -> str:
    if isinstance(expr, Ref):
        return expr.path
    first = expr.args[0] if isinstance(expr, Call) and expr.args else None
    return first.value if isinstance(first, Const) and isinstance(first.value, str) else ""
