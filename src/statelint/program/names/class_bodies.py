"""Expressions of a class body as the scope around the class would write them: `URL` there is `Settings.URL` outside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from statelint.survey.summary import Call, Compare, Display, Either, Not, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from statelint.program.names.nodes import Class
    from statelint.survey.summary import Binding, Expr, Guard

_HEAD: Final = re.compile(r"[^.\[(]+")


def value_from_outside(cls: Class, binding: Binding) -> Expr:
    """Return what a class body binds a name to, with the names that the body has bound before put behind the name of the class.

    Of a class made in a function it stays as it is, and so does the name itself: `URL = URL or "sqlite://"`.
    """
    return _renamed(cls, binding.value, binding.line, binding.name)


def guards_from_outside(cls: Class, guards: tuple[Guard, ...]) -> tuple[Guard, ...]:
    """Return the conditions around a binding of a class body, likewise."""
    return tuple(msgspec.structs.replace(guard, test=_renamed(cls, guard.test, guard.line, "")) for guard in guards)


def _renamed(cls: Class, expr: Expr, line: int, own: str) -> Expr:
    earlier = {name for name, bound in cls.bindings.items() if name != own and any(binding.line < line for binding in bound)}
    return _with_class(expr, cls.name, earlier) if earlier and cls.scope.is_body else expr


def _with_class(expr: Expr, cls: str, names: AbstractSet[str]) -> Expr:
    def inner(one: Expr) -> Expr:
        return _with_class(one, cls, names)

    def path(one: str) -> str:
        head = _HEAD.match(one)
        return f"{cls}.{one}" if head is not None and head.group() in names else one

    match expr:
        case Ref():
            return Ref(path(expr.path))
        case Call():
            keywords = tuple((name, inner(value)) for name, value in expr.keywords)
            return msgspec.structs.replace(expr, func=path(expr.func), args=tuple(map(inner, expr.args)), keywords=keywords)
        case Compare():
            return msgspec.structs.replace(expr, left=inner(expr.left), right=inner(expr.right))
        case Not():
            return Not(inner(expr.operand))
        case Either():
            test = inner(expr.test) if expr.test is not None else None
            return msgspec.structs.replace(expr, options=tuple(map(inner, expr.options)), test=test)
        case Template():
            return msgspec.structs.replace(expr, parts=tuple(map(inner, expr.parts)))
        case Display(comprehension=False):
            return msgspec.structs.replace(expr, items=tuple(map(inner, expr.items)))
    return expr
