"""Tasks and jobs are told by what registers them: how their file is called decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import analysed, contextual

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = ["tasks.py", "celery_app.py", "jobs/nightly.py", "orders.py"]
_SHARED = """\
import os

from celery import Celery

app = Celery("shop", broker=os.environ["BROKER_URL"], backend=os.environ["RESULT_URL"])
seen = {}


@app.task
def index(number):
    seen[number] = True
"""
_LOCAL = _SHARED.replace('os.environ["BROKER_URL"], backend=os.environ["RESULT_URL"]', '"memory://"')


@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize(("source", "kinds", "lines"), [(_SHARED, {"pass"}, []), (_LOCAL, set(), [("SL0704", 5)])])
def test_a_queue_is_judged_whatever_its_file_is_called(
    source: str, kinds: set[str], lines: list[tuple[str, int]], name: str, tmp_path: Path
) -> None:
    found = analysed(tmp_path, {name: source})
    assert {one.kind for one in found.evidence if one.item == "jobs"} == kinds
    assert [(finding.code, finding.line) for finding in found.findings] == lines


@pytest.mark.parametrize("name", _NAMES)
def test_tasks_run_in_a_worker_whatever_their_file_is_called(name: str, tmp_path: Path) -> None:
    program = contextual(tmp_path, {name: _SHARED}).program
    (task,) = [function for function in program.functions if function.name == "index"]
    reached = {context for context, reach in program.reach.items() if task in reach}
    assert reached == {"worker"}
