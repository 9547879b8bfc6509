"""The arguments of a call, as models name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statelint.survey.summary import Call, Expr


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
