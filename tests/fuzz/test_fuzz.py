"""A short part of `make fuzz`, with the same inputs each time; that each oracle can tell a fault; and the inputs that once fell."""

from __future__ import annotations

import ast
import itertools
import json
import os
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from tests.fuzz import oracles, running
from tests.fuzz.case import KINDS, Case, make, read
from tests.fuzz.material import projects
from tests.fuzz.minimise import minimised
from tests.fuzz.oracles import verdict
from tests.fuzz.running import FaultError
from tests.fuzz.texts import damaged
from tests.fuzz.trees import mutated
from tests.known import expect, faults
from tests.metamorphic.cases import TRANSFORMATIONS
from tests.metamorphic.project import Changed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.metamorphic.project import Files

_SEEDS = 1
"""Inputs of each kind; `--thorough` tries more."""
_THOROUGH = 40
_REPRODUCERS = sorted((Path(__file__).parent / "reproducers").glob("*.json"))
_KNOWN = Path(__file__).with_name("known.toml")
_SHOP = projects()["shop/flask-stateful"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "number" in metafunc.fixturenames:
        metafunc.parametrize("number", range(_THOROUGH if metafunc.config.getoption("--thorough") else _SEEDS))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_falls(kind: str, number: int) -> None:
    assert verdict(make(kind, number)) is None


@pytest.mark.parametrize("file", _REPRODUCERS, ids=lambda file: file.stem)
def test_what_once_fell(file: Path, request: pytest.FixtureRequest) -> None:
    expect(request, _KNOWN, file.stem)
    assert verdict(read(file.read_text())) is None


def test_what_is_known_is_there() -> None:
    assert set(faults(_KNOWN)) <= {file.stem for file in _REPRODUCERS}


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_makes_one_input_which_can_be_kept(kind: str) -> None:
    case = make(kind, 7)
    assert case == make(kind, 7) == read(case.text())
    assert case != make(kind, 8)


def test_trees_become_others_that_parse() -> None:
    made = [mutated(_SHOP["shop/__init__.py"], random.Random(seed)) for seed in range(10)]
    for text in made:
        ast.parse(text)
    assert len(set(made)) > 8


def test_texts_become_others() -> None:
    assert len({damaged("a: 1\nb: [c]\n", random.Random(seed)) for seed in range(30)}) > 25


_NUMBERS = itertools.count()


def _fickle(_: object) -> int:
    """Stand for a command whose every report is another one, and which keeps something."""
    Path("base.jsonl").write_text("{}")
    kept = Path(os.environ["XDG_CACHE_HOME"])
    kept.mkdir(exist_ok=True)
    (kept / "result").write_text("kept")
    finding = {"path": "wsgi.py", "line": next(_NUMBERS), "code": "SL0101", "severity": "error"}
    print(json.dumps({"findings": [finding]}))
    return 1


@pytest.mark.parametrize("oracle", ["same-bytes", "changed-between", "damaged-cache", "baseline", "untouched"])
def test_a_report_that_differs_is_a_fault(oracle: str) -> None:
    with patch.object(running, "run_arguments", _fickle):
        assert verdict(Case(oracle, 1, _SHOP, added="unrelated_part.py")) is not None


def test_a_finding_that_is_lost_is_a_fault() -> None:
    def without_module(files: Files, _: int) -> Changed:
        return Changed({path: text for path, text in files.items() if not path.endswith("checkout.py")})

    with patch.dict(TRANSFORMATIONS, {"shuffle-files": without_module}):
        fault = verdict(Case("renamed", 0, _SHOP))
    assert fault is not None
    assert fault.signature.startswith("shuffle-files: lost")


def _fails(_: object) -> int:
    raise KeyError("x")


def _never_ends(_: object) -> int:
    while True:
        pass


def _check_fails(_: object) -> int:
    print("error: the check state failed (KeyError: 'x'); its findings are incomplete", file=sys.stderr)
    return 2


@pytest.mark.parametrize(
    ("command", "signature"),
    [
        (_fails, "escaped: KeyError"),
        (_never_ends, "slow"),
        (_check_fails, "the check state failed"),
        (lambda _: 3, "ended with 3"),
        (lambda _: 2, "ended with 2"),
    ],
)
def test_a_run_that_ends_badly_is_a_fault(command: Callable[[object], int], signature: str) -> None:
    with patch.object(running, "run_arguments", command), patch.object(running, "LIMIT", 0.2):
        fault = verdict(Case("ends-well", 0, {"app.py": ""}))
    assert fault is not None
    assert fault.signature.startswith(signature)


def test_a_reproducer_is_small() -> None:
    def falls(case: Case) -> None:
        if any("CATALOGUE" in text for text in case.files.values()) and "check" in case.arguments:
            raise FaultError("fell")

    files = _SHOP | {"one.py": "import os\n\n\nclass A:\n    def f(self):\n        if self:\n            return CATALOGUE\n\n\nx = 1\n"}
    with patch.dict(oracles.ORACLES, {"ends-well": falls}):
        small = minimised(Case("ends-well", 0, files), "fell", 5)
    assert small.arguments == ("check",)
    assert len(small.files) == 1
    assert [text.count("\n") for text in small.files.values()] == [1]
