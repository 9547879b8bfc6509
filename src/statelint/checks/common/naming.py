"""The words in names and the names in expressions, for judging what state is about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.survey.summary import Call, Const, Display, Either, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.names.nodes import Function, Location

_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


def identifier_words(name: str) -> frozenset[str]:
    """Split an identifier into lower-case words."""
    return frozenset(match.lower() for match in _WORD.findall(name))


def last_word(name: str) -> str:
    """Return the last word of an identifier in lower case, "" if it has none."""
    found = _WORD.findall(name)
    return found[-1].lower() if found else ""


def names_and_texts(expr: Expr | None) -> str:
    """Return the names and texts inside an expression, separated by spaces."""
    return " ".join(_names(expr))


def bound_values(function: Function, expr: Expr | None) -> list[Expr | None]:
    """Return what a local name is bound to, any other expression as it stands."""
    return [binding.value for binding in function.locals.get(expr.path, ())] if isinstance(expr, Ref) else [expr]


def _names(expr: Expr | None) -> Iterator[str]:
    waiting = [expr]
    while waiting:
        part = waiting.pop()
        match part:
            case Ref(path=path) | Call(func=path):
                yield path
            case Const(value=str(text)):
                yield text
        waiting += _parts(part)[::-1]


def _parts(expr: Expr | None) -> tuple[Expr, ...]:
    match expr:
        case Call():
            return (*expr.args, *(value for _, value in expr.keywords))
        case Template():
            return expr.parts
        case Either():
            return expr.options
        case Display():
            return (*expr.keys, *expr.items)
        case _:
            return ()


def own_name(location: Location) -> str:
    """Return the last name of a place; of an entry of the application its key: `app.config["PRESENCE"]` is about presence."""
    name = location.name.rpartition(".")[2]
    return name.removesuffix("]").rpartition("[")[2] if location.kind == "application" else name
