"""Names of comprehensions are their own: what a function binds by the same name is something else."""

from __future__ import annotations

import ast

import pytest

from statelint.survey.comprehensions import MARK, mark, names_bound, shown

_FUNCTION = """
def f(a, *args, b=1, **options):
    x = 1
    with open(p) as (y, [z]):
        for i, *rest in pairs:
            k: int = 2
    try:
        pass
    except OSError as error:
        n += 1
    match a:
        case 1:
            m = 1
    def inner():
        hidden = 1
    [c for c in a]
"""


_BOUND = ("a", "args", "b", "options", "x", "y", "z", "i", "rest", "k", "error", "n", "m")


def test_what_a_function_binds() -> None:
    function = ast.parse(_FUNCTION).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert names_bound(function.body, function.args) == frozenset(_BOUND)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{x for x in x}", f"{{x{MARK} for x{MARK} in x}}"),
        ("[x + y for x in a if x]", f"[x{MARK} + y for x{MARK} in a if x{MARK}]"),
        ("[z for y in x for z in y]", "[z for y in x for z in y]"),
        ("[lambda: x for x in a]", f"[lambda: x{MARK} for x{MARK} in a]"),
    ],
)
def test_marks(source: str, expected: str) -> None:
    node = ast.parse(source, mode="eval").body
    assert isinstance(node, (ast.ListComp, ast.SetComp))
    mark(node, frozenset("x"))
    assert ast.unparse(node) == expected
    assert shown(ast.unparse(node)) == source
