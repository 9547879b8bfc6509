"""The names inside an expression: all of them, in their order, however long or deep it is."""

from __future__ import annotations

from statelint.checks.common.naming import names_and_texts
from statelint.survey.summary import Call, Const, Display, Either, Expr, Ref, Template


def _call(func: str, *args: Expr, **keywords: Expr) -> Call:
    return Call(func, args, tuple(keywords.items()), 1, 1, 1, 2)


def test_the_order_of_the_source() -> None:
    parts = Template("", (Ref("a"), Const("b"), Const(1)))
    expr = _call("f", parts, Either("or", (Ref("c"), _call("g", Ref("d")))), key=Display("dict", (Ref("v"),), (Const("k"),)))
    assert names_and_texts(expr) == "f a b c g d k v"


def test_many_items() -> None:
    names = [f"name{index}" for index in range(300)]
    assert names_and_texts(Display("list", tuple(map(Ref, names)))) == " ".join(names)


def test_deeper_than_python_recurses() -> None:
    expr: Expr = Ref("innermost")
    for _ in range(5_000):
        expr = _call("f", expr)
    assert names_and_texts(expr) == "f " * 5_000 + "innermost"


def test_nothing() -> None:
    assert (names_and_texts(None), names_and_texts(Const(3))) == ("", "")
