"""A change to a project that means nothing changes nothing in what is found.

The cases that are known to fail are in `known.toml`, each with the cause in the analysis.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import tomli
from tests.metamorphic.analysis import analysed
from tests.metamorphic.cases import TRANSFORMATIONS, Case, outcome, project, projects
from tests.metamorphic.project import Changed, Places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KNOWN: Final = Path(__file__).with_name("known.toml")
SEEDS: Final = 5
"""How often a thorough run tries each transformation on each project."""
_SAMPLE: Final = 5
"""Without `--thorough`, every fifth project is tried, another fifth for each transformation, and once."""
_MADE: Final = 12
"""How many of the generated programs are among them."""


def _sample() -> Iterator[Case]:
    names = [name for name in projects() if name.startswith(("golden/", "shop/"))] + [f"made/{number}" for number in range(_MADE)]
    for shift, transformation in enumerate(TRANSFORMATIONS):
        yield from (Case(name, transformation, 0) for name in names[shift % _SAMPLE :: _SAMPLE])


def _every() -> Iterator[Case]:
    for name in projects():
        for transformation in TRANSFORMATIONS:
            yield from (Case(name, transformation, seed) for seed in range(1 if name.startswith("rule/") else SEEDS))


def known() -> dict[Case, str]:
    """Return the cases that fail, each with the cause."""
    found: dict[Case, str] = {}
    for fault in tomli.loads(KNOWN.read_text())["fault"]:
        for name, seeds in fault["cases"].items():
            project_name, transformation = name.split()
            found |= {Case(project_name, transformation, seed): fault["cause"] for seed in seeds}
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" not in metafunc.fixturenames:
        return
    causes = known()
    cases = _every() if metafunc.config.getoption("--thorough") else _sample()
    metafunc.parametrize("case", [pytest.param(case, id=str(case).replace(" ", "-"), marks=_marks(causes.get(case))) for case in cases])


def _marks(cause: str | None) -> tuple[pytest.MarkDecorator, ...]:
    return (pytest.mark.xfail(strict=True, raises=AssertionError, reason=cause),) if cause else ()


def test_nothing_differs(case: Case, record_property: Callable[[str, object], None]) -> None:
    found = outcome(case)
    if found is None:
        pytest.skip("there is nothing that the transformation could change")
    for line in found.differences:
        record_property("difference", f"{case}: {line}")
    for line in found.confidence:
        record_property("confidence", f"{case}: {line}")
    assert found.differences == []


@pytest.mark.parametrize("name", [name for name in projects() if name.startswith(("golden/", "shop/"))])
def test_marks_change_nothing(name: str) -> None:
    """The comments by which places are told are no change themselves, and tell the places rightly."""
    bare, marked = projects()[name], project(name)
    assert marked != bare
    places = Places(marked, Changed(marked))
    without, report = analysed(bare), analysed(marked)
    assert report.verdicts == without.verdicts
    told = [(*places.of(finding.path, finding.line), *finding[2:]) for finding in report.findings]
    assert told == [tuple(finding) for finding in without.findings]


def test_known_cases_are_cases() -> None:
    assert set(known()) <= set(_every())


@pytest.mark.parametrize("transformation", TRANSFORMATIONS)
def test_each_transformation_has_something_to_change(transformation: str) -> None:
    """So that what is skipped elsewhere is no sign of a transformation that does nothing."""
    assert any(TRANSFORMATIONS[transformation](project(f"made/{number}"), 0) is not None for number in range(_MADE))
