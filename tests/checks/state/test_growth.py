"""The time that state takes grows as the program does, however many functions share a cell."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import analysed, contextual

from statelint.checks.state.cells import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from statelint.inspect.context import Context, Report


_HEAD = "from flask import Flask, request\n\napp = Flask(__name__)\nSTORE = {}\n\n"
_ROUTE = '@app.get("/r{n}")\ndef r{n}():\n'
_WRITER = f'{_ROUTE}    STORE["k{{n}}"] = {{n}}\n    return ""\n\n'
SHAPES = {
    "routes that write one global": (_HEAD, _WRITER),
    "routes that look into one global and write it": (
        _HEAD,
        f'{_ROUTE}    key = request.args["k{{n}}"]\n    if key not in STORE:\n        STORE[key] = {{n}}\n    return ""\n\n',
    ),
    "routes with a helper that leads to those of all others": (
        _HEAD,
        f'def h{{n}}():\n    STORE["k{{n}}"] = {{n}}\n    h{{next}}()\n\n{_ROUTE}    h{{n}}()\n    return STORE.get("k{{n}}")\n\n',
    ),
    "one function that asks and writes again and again": (
        f'{_HEAD}@app.get("/all")\ndef fill():\n',
        "    if {n} not in STORE:\n        STORE[{n}] = f({n})\n",
    ),
}
"""What a module begins with, and what is repeated."""


def _source(head: str, part: str, count: int) -> str:
    return head + "".join(part.format(n=number, next=number + 1) for number in range(count))


def _judged(context: Context) -> None:
    assert list(check(context))


def _checked(context: Context) -> list[Report]:
    return list(check(context))


def _seconds(work: Callable[[], object]) -> float:
    """Return the processor time of the better of two runs."""
    taken = []
    for _ in range(2):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return min(taken)


@pytest.fixture
def size(request: pytest.FixtureRequest) -> int:
    """How much there is of what is repeated, before there is four times as much."""
    return 1_250 if request.config.getoption("--thorough") else 250


def test_a_program_of_four_times_the_routes(tmp_path: Path, size: int) -> None:
    small, large = (_seconds(partial(analysed, tmp_path, _source(_HEAD, _WRITER, count))) for count in (size, 4 * size))
    assert large < 6 * small  # what compares all with all takes sixteen times as long


@pytest.mark.parametrize(("head", "part"), SHAPES.values(), ids=SHAPES)
def test_state_of_four_times_the_functions(tmp_path: Path, head: str, part: str, size: int) -> None:
    contexts = (contextual(tmp_path, _source(head, part, count)) for count in (size, 4 * size))
    small, large = (_seconds(partial(_judged, context)) for context in contexts)
    assert large < 8 * small
