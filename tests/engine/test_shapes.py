"""Hard shapes end with a right report, within 10 s of processor time and 1 GB of memory."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.engine.limited import MEGABYTES, SECONDS, Run, check, write
from tests.engine.shapes import ORDERS, SHAPES, Shape, literal, writers_of_one
from tests.engine.test_depth import NESTED
from tests.known import expect, faults

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits on time and memory are those of POSIX")

KNOWN = Path(__file__).with_name("known.toml")
GROWTH = "growth-of-writers"


def is_right(run: Run) -> bool:
    """Tell whether the run ended with findings and with everything looked at; assert that it did."""
    assert run.status == 1, f"status {run.status} after {run.seconds:.1f} s, {run.megabytes:.0f} MB: {run.errors[-500:]}"
    assert [diagnostic for diagnostic in run.report["diagnostics"] if "failed" in diagnostic["message"]] == []
    return True


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.name for shape in SHAPES])
def test_a_hard_shape_is_reported(shape: Shape, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    expect(request, KNOWN, shape.name)
    run = check(write(tmp_path / "project", shape.sources()))
    assert is_right(run)
    found = {(finding["code"], finding["symbol"]) for finding in run.report["findings"]}
    found |= {(code, "") for code, _ in found}
    assert [wanted for wanted in (*shape.expected, ORDERS) if wanted not in found] == []
    assert run.seconds <= SECONDS
    assert run.megabytes <= MEGABYTES


def test_four_times_the_writers_take_little_more_than_four_times_as_long(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    expect(request, KNOWN, GROWTH)
    few = check(write(tmp_path / "few", writers_of_one(1250)), seconds=60)
    many = check(write(tmp_path / "many", writers_of_one(5000)), seconds=60)
    assert is_right(few)
    assert is_right(many)
    assert many.seconds <= 4.8 * few.seconds
    assert many.seconds <= SECONDS


def test_every_known_fault_is_of_a_shape() -> None:
    depths = {f"depth-of-{way}" for way in NESTED}
    assert set(faults(KNOWN)) <= {*(shape.name for shape in SHAPES), GROWTH, *depths}


def test_the_limit_holds(tmp_path: Path) -> None:
    """The harness itself: a run that needs more than its second is ended, which no test takes for a report."""
    run = check(write(tmp_path / "project", literal(100_000)), seconds=1)
    assert run.status < 0
    assert run.report == {}
