"""The parts of a call or decorator, as models name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.survey.summary import Call, Ref

if TYPE_CHECKING:
    from statelint.survey.summary import Expr


def argument(call: Call | None, keyword: str, position: int | None) -> Expr | None:
    """Return an argument by keyword or position, None where it is not given."""
    if call is None:
        return None
    if keyword:
        for name, value in call.keywords:
            if name == keyword:
                return value
    if position is not None and position < len(call.args):
        return call.args[position]
    return None


def written_path(expr: Expr | None) -> str:
    """Return the access path that an expression refers to or calls: of a decorator `@cache` or `@cache(5)` alike; "" for any other."""
    return expr.path if isinstance(expr, Ref) else expr.func if isinstance(expr, Call) else ""
