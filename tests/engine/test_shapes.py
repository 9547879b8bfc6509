"""Hard shapes end with a right report, within 10 s of processor time and 1 GB of memory; `--thorough` tries large ones too."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.engine.limited import MEGABYTES, SECONDS, Run, check, write
from tests.engine.shapes import GROWING, ORDERS, SHAPES, Shape, literal
from tests.engine.test_depth import NESTED
from tests.known import expect, faults

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits on time and memory are those of POSIX")

KNOWN = Path(__file__).with_name("known.toml")


def is_right(run: Run) -> bool:
    """Tell whether the run ended with findings and with everything looked at; assert that it did."""
    assert run.status == 1, f"status {run.status} after {run.seconds:.1f} s, {run.megabytes:.0f} MB: {run.errors[-500:]}"
    assert [diagnostic for diagnostic in run.report["diagnostics"] if "failed" in diagnostic["message"]] == []
    return True


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.name for shape in SHAPES])
def test_a_hard_shape_is_reported(shape: Shape, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    expect(request, KNOWN, shape.name)
    if shape.is_large and not request.config.getoption("--thorough"):
        pytest.skip("large, `--thorough` tries it")
    run = check(write(tmp_path / "project", shape.sources()))
    assert is_right(run)
    found = {(finding["code"], finding["symbol"]) for finding in run.report["findings"]}
    found |= {(code, "") for code, _ in found}
    assert [wanted for wanted in (*shape.expected, ORDERS) if wanted not in found] == []
    assert run.seconds <= SECONDS
    assert run.megabytes <= MEGABYTES


@pytest.mark.parametrize("kind", GROWING)
def test_four_times_as_much_takes_little_more_than_four_times_as_long(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    expect(request, KNOWN, f"growth-of-{kind}")
    make, size = GROWING[kind]
    few, many = (check(write(tmp_path / str(times), make(times * size)), seconds=60) for times in (1, 4))
    assert is_right(few)
    assert is_right(many)
    assert ORDERS in {(finding["code"], finding["symbol"]) for finding in many.report["findings"]}
    assert many.seconds <= 7 * few.seconds, "what compares all with all takes sixteen times as long"


def test_every_known_fault_is_of_a_shape() -> None:
    depths = {f"depth-of-{way}" for way in NESTED}
    growth = {f"growth-of-{kind}" for kind in GROWING}
    assert set(faults(KNOWN)) <= {*(shape.name for shape in SHAPES), *growth, *depths}


def test_the_limit_holds(tmp_path: Path) -> None:
    """The harness itself: a run that needs more than its second is ended, which no test takes for a report."""
    run = check(write(tmp_path / "project", literal(100_000)), seconds=1)
    assert run.status < 0
    assert run.report == {}
