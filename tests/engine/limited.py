"""The command in a process of its own, with a limit on processor time and memory, and what it took."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from tests.engine import copies

ROOT = Path(__file__).parents[2]
SECONDS = 10
"""Processor time that one run may take."""
MEGABYTES = 1000
"""Memory that one run may have in use at once."""
_ADDRESS_SPACE = 4 << 30  # bytes: protects the machine; what is measured is the memory in use
_WALL = 600  # seconds: for a process that waits instead of computing, on a busy machine


class Run(NamedTuple):
    """How a run ended."""

    status: int
    """The exit status, negative for the signal that ended the process."""
    seconds: float
    """Processor time, of user and system together."""
    megabytes: float
    """The most memory in use at once."""
    errors: str
    report: dict[str, Any]
    """The JSON report, empty where there is none."""


def write(folder: Path, sources: dict[str, str]) -> Path:
    """Write a project and return its root."""
    for name, text in sources.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / ".git").mkdir(exist_ok=True)  # the project ends here
    return folder


@cache
def _copies() -> subprocess.Popen[str]:
    """Start the process whose copies run the command; it ends with this one."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("STATELINT_", "COV_"))}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, str(Path(copies.__file__))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True)
    atexit.register(process.communicate)
    return process


def check(folder: Path, *, seconds: int = SECONDS, jobs: int = 1) -> Run:
    """Run `statelint check` on a folder, without cache and configuration."""
    options = ["--isolated", "--no-progress", "--no-cache", f"-j{jobs}", "--output-format", "json"]
    out, errors = folder.with_name(folder.name + ".out"), folder.with_name(folder.name + ".err")
    order = copies.Order(["check", *options, str(folder)], str(out), str(errors), seconds, _WALL, _ADDRESS_SPACE)
    process = _copies()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(msgspec.json.encode(order).decode() + "\n")
    process.stdin.flush()
    ended = msgspec.json.decode(process.stdout.readline(), type=copies.Ended)
    report: dict[str, Any] = {}
    with contextlib.suppress(json.JSONDecodeError):
        report = json.loads(out.read_text())
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Run(ended.status, ended.seconds, ended.most / scale, errors.read_text(errors="replace"), report)
