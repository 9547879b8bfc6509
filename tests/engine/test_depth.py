"""Whether a file is nested too deeply is a matter of the file: the number of processes has no say."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from tests.engine.limited import check, write
from tests.engine.shapes import application
from tests.known import expect

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the harness is one of POSIX")

KNOWN: Final = Path(__file__).with_name("known.toml")

NESTED: Final[dict[str, tuple[Callable[[int], str], range]]] = {
    "elif": (lambda depth: "if x == 0:\n    pass\n" + "".join(f"elif x == {i}:\n    pass\n" for i in range(depth)), range(460, 510, 2)),
    "sum": (lambda depth: f"x = {' + '.join(['1'] * depth)}\n", range(2850, 2960, 5)),
    "call": (lambda depth: f"x = {'f(' * depth}{')' * depth}\n", range(150, 200, 2)),
    "not": (lambda depth: f"x = {'not ' * depth}y\n", range(460, 510, 2)),
}
"""Ways to nest, with depths around the one that is too much."""


@pytest.mark.parametrize("way", NESTED)
def test_the_number_of_processes_does_not_decide_what_is_too_deep(way: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    expect(request, KNOWN, f"depth-of-{way}")
    nest, depths = NESTED[way]
    folder = write(tmp_path / "project", {f"d{depth}.py": nest(depth) for depth in depths} | application())
    alone, together = check(folder, jobs=1), check(folder, jobs=2)
    assert (alone.status, together.status) == (1, 1)
    assert 0 < len(alone.report["diagnostics"]) < len(depths), "these depths are not around the limit any more: move them"
    assert alone.report == together.report
