"""Faults that are known: tests that are expected to fail until the fault is repaired, each with its cause."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NotRequired, TypedDict, cast

import pytest
import tomli

if TYPE_CHECKING:
    from pathlib import Path


class Fault(TypedDict):
    """An entry of a file of known faults."""

    cause: str
    slow: NotRequired[bool]
    """It runs into a limit, so only a thorough run tries it."""


@cache
def faults(file: Path) -> dict[str, Fault]:
    """Read a file of known faults, by the name of the test case."""
    return cast("dict[str, Fault]", tomli.loads(file.read_text()))


def expect(request: pytest.FixtureRequest, file: Path, name: str) -> None:
    """Mark the running test as a strict expected failure where the file knows it, or skip it."""
    fault = faults(file).get(name)
    if fault is None:
        return
    if fault.get("slow") and not request.config.getoption("--thorough"):
        pytest.skip(f"known to run into a limit, `--thorough` tries it: {fault['cause']}")
    request.applymarker(pytest.mark.xfail(strict=True, raises=AssertionError, reason=fault["cause"]))
