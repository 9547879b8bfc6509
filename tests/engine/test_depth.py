"""Whether a file is nested too deeply is a matter of the file: neither the number of processes nor Python's stack has a say."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import pytest
from tests.engine.limited import check, write
from tests.engine.shapes import application

from statelint.limits import BRANCHES, CHAIN, NESTING
from statelint.survey.module import survey

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NESTED: Final[dict[str, tuple[Callable[[int], str], int]]] = {
    "call": (lambda depth: f"x = {'f(' * depth}{')' * depth}\n", NESTING.most - 1),
    "list": (lambda depth: f"x = {'[' * depth}{']' * depth}\n", NESTING.most - 1),
    "condition": (lambda depth: f"x = {'a if b else ' * depth}c\n", NESTING.most - 1),
    "power": (lambda depth: f"x = {'a ** ' * depth}c\n", NESTING.most - 1),
    "lambda": (lambda depth: f"x = {'lambda: ' * depth}c\n", NESTING.most - 1),
    "key": (lambda depth: f"x = a{'[0]' * depth}\n", NESTING.most - 1),
    "call in a condition": (lambda depth: f"x = {'f(not a, b if c else ' * (depth // 2)}d{')' * (depth // 2)}\n", NESTING.most - 1),
    "sum": (lambda depth: f"x = {' + '.join(['1'] * depth)}\n", CHAIN.most),
    "not": (lambda depth: f"x = {'not ' * depth}y\n", CHAIN.most),
    "attribute": (lambda depth: f"x = a{'.b' * depth}\n", CHAIN.most),
    "method": (lambda depth: f"x = a{'.b()' * depth}\n", CHAIN.most // 2 + 1),  # each is two links; the last one is a level
    "union": (lambda depth: f"x: {' | '.join(['a'] * depth)} = 1\n", CHAIN.most),
    "elif": (lambda depth: "if x == 0:\n    pass\n" + "".join(f"elif x == {i}:\n    pass\n" for i in range(1, depth)), BRANCHES.most),
}
"""Ways to nest, and the depth at which each comes to the limit; in an assignment, which is a level itself."""
_DEEPER: Final = (1, 2, 5, 30, 300, 3000)
_DEEPEST: Final = 30_000
"""Tried by a thorough run."""


@pytest.mark.skipif(sys.platform == "win32", reason="the harness is one of POSIX")
def test_the_number_of_processes_does_not_decide_what_is_too_deep(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    deeper = (*_DEEPER, _DEEPEST) if request.config.getoption("--thorough") else _DEEPER
    files, too_deep = application(), set()
    for number, (way, (nest, most)) in enumerate(NESTED.items()):
        step = 2 if way == "call in a condition" else 1  # it grows by two levels at once
        for depth in (most - 30, most - 2, most - 1, most, *(most + more for more in deeper)):
            path = f"way{number}/d{depth}.py"
            files[path] = nest(depth)
            if depth // step > most // step:
                too_deep.add(path)
    folder = write(tmp_path / "project", files)
    alone, together = (check(folder, jobs=jobs, seconds=120) for jobs in (1, 2))
    assert (alone.status, together.status) == (1, 1)
    assert alone.report == together.report
    assert {diagnostic["path"] for diagnostic in alone.report["diagnostics"]} == too_deep


@pytest.mark.parametrize("way", NESTED)
@pytest.mark.parametrize("below", [0, 300, 600])
def test_what_stands_below_on_the_stack_does_not_decide(way: str, below: int) -> None:
    nest, most = NESTED[way]
    assert _on_top_of(below, nest(most)) == ""
    assert _on_top_of(below, nest(most + 2)) != ""


def _on_top_of(frames: int, text: str) -> str:
    return _on_top_of(frames - 1, text) if frames else survey(text.encode()).error


def test_the_recursion_limit_is_left_as_it_was() -> None:
    known = sys.getrecursionlimit()
    for text in ("x = 1\n", "x = (\n", NESTED["condition"][0](150), NESTED["condition"][0](5000)):
        survey(text.encode())
        assert sys.getrecursionlimit() == known
