"""Files in a syntax that is newer than the running Python are surveyed, with the right lines."""

from __future__ import annotations

import ast
import sys

import pytest

from statelint.survey.module import survey
from statelint.survey.newer_syntax import brought_down

NEWER = {
    "except without parentheses": ("try: pass\nexcept ValueError, shop.Error:\n    x = 1\n", "except(ValueError, shop.Error):"),
    "except* without parentheses": ("try: pass\nexcept* OSError, KeyError:\n    x = 1\n", "except*(OSError, KeyError):"),
    "a generic function": ("def first[T: int](items: list[T]) -> T:\n    return items[0]\n", "def first        (items: list[T]) -> T:"),
    "a generic class": ("class Box[T = int](Base):\n    x = 1\n", "class Box         (Base):"),
    "a generic class without bases": ("class Box[*Ts, **P]:\n    x = 1\n", "class Box          :"),
    "a generic class over several lines": ("class Box[\n    T,  # what is in it\n    U,\n](Base):\n    x = 1\n", "class Box("),
    "except and a body on its line": ("try: pass\nexcept A, B: stay()\n", "except(A, B):stay()"),
    "an alias of a type over several lines": ("type Names[\n    T,\n] = list[T]\n", "(    Names "),
    "an alias of a type behind a condition": ("if x: type Names = int\n", "if x: Names      = int"),
    "an alias of a type": ("type Names[T] = list[T]\n", "Names         = list[T]"),
}
OLDER = {
    "a name with a keyword behind it": "x = {1: type in [1]}\ny = lambda: type if [x] else type\n",
    "a name": "type = 3\ntype(x)\ntype[0] = 1\n",
    "one exception": "try: pass\nexcept (A, B): pass\nexcept C as d: pass\n",
    "items of a mapping": "x = {key[0]: 1, 'b': [2, 3]}\n",
    "a call in a condition": "if f(a, b): pass\n",
}


@pytest.mark.parametrize(("source", "line"), NEWER.values(), ids=NEWER)
def test_newer(source: str, line: str) -> None:
    older = brought_down(source)
    assert older is not None
    assert line in older.splitlines()
    assert older.count("\n") == source.count("\n")
    ast.parse(older)
    assert not survey(source.encode()).error


@pytest.mark.parametrize("source", OLDER.values(), ids=OLDER)
def test_older_stays(source: str) -> None:
    assert brought_down(source) is None


def test_lines_and_names_are_those_of_the_file() -> None:
    found = survey(b"def first[T](x: T):\n    try:\n        go(x)\n    except A, B:\n        stay(x)\n")
    assert [(site.call.func, site.call.line) for function in found.functions for site in function.calls] == [("go", 3), ("stay", 5)]


def test_columns_stay_where_there_is_room() -> None:
    found = survey(b"try: go()\nexcept a(), b(): stay(1)\ntype Names[T] = list[T]\n")
    assert [(site.call.func, site.call.line, site.call.column) for site in found.functions[0].calls][1:] == [
        ("a", 2, 8),
        ("b", 2, 13),
        ("stay", 2, 18),
    ]


@pytest.mark.skipif(sys.version_info >= (3, 15), reason="this Python reads it")
@pytest.mark.parametrize(
    "line", ["lazy import json", "lazy from json import dumps", "x = [*row for row in rows]", "x = {**row for row in rows}"]
)
def test_what_only_a_newer_python_reads_is_told(line: str) -> None:
    found = survey(f"import os\n{line}\n".encode())
    assert found.error_line == 2
    assert "Python 3.15 reads" in found.error
    assert "\n" not in found.error


@pytest.mark.parametrize("line", ["lazy = import json", "x = [*row for]", "x = lazy import"])
def test_what_no_python_reads_promises_none(line: str) -> None:
    assert "Python 3." not in survey(f"{line}\n".encode()).error


def test_what_is_no_python_at_all_is_told() -> None:
    assert survey(b"def first[T](x: T):\n    return (\n").error
