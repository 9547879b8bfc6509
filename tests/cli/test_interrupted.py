"""An interrupt ends a run without a traceback from the first of statelint's own imports on."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.cli.project_fixture import Outcome, environment, write_project

if TYPE_CHECKING:
    from pathlib import Path

_AT_THE_IMPORT = """
import os, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, {handler})  # a test may run behind a shell, which has it ignored
sys.meta_path.insert(0, Interrupting())
sys.argv[1:] = ["check", ".", "-n"]
from statelint.__main__ import main
main()
"""


def _interrupted(folder: Path, module: str, handler: str) -> Outcome:
    code = _AT_THE_IMPORT.format(module=module, handler=handler)
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment(), capture_output=True, timeout=60, check=False)
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize(
    ("module", "status", "said"),
    [
        ("click", -signal.SIGINT, ""),  # which a shell shows as 130
        ("statelint.cli.fresh", 130, "error: interrupted\n"),
    ],
)
def test_an_interrupt_is_told_in_a_line_at_most(tmp_path: Path, module: str, status: int, said: str) -> None:
    outcome = _interrupted(write_project(tmp_path), module, "signal.default_int_handler")
    assert (outcome.status, outcome.out, outcome.err) == (status, "", said)


def test_an_interrupt_that_is_ignored_stays_so(tmp_path: Path) -> None:
    outcome = _interrupted(write_project(tmp_path), "click", "signal.SIG_IGN")
    assert outcome.status == 1
    assert "Traceback" not in outcome.err
