"""The command in a process of its own, with a limit on processor time and memory, and what it took."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 10
"""Processor time that one run may take."""
MEGABYTES = 1000
"""Memory that one run may have in use at once."""
_ADDRESS_SPACE = 4 << 30  # bytes: protects the machine; what is measured is the memory in use
_WALL = 600  # seconds: for a process that waits instead of computing, on a busy machine

_LIMITED = """\
import os, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[1]), int(sys.argv[1]) + 1))
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
os.execv(sys.executable, [sys.executable, *sys.argv[3:]])
"""


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


def check(folder: Path, *, seconds: int = SECONDS, jobs: int = 1) -> Run:
    """Run `statelint check` on a folder, without cache and configuration."""
    options = ["--isolated", "--no-progress", "--no-cache", f"-j{jobs}", "--output-format", "json"]
    command = [sys.executable, "-c", _LIMITED, str(seconds), str(_ADDRESS_SPACE), "-m", "statelint", "check", *options, str(folder)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("STATELINT_", "COV_"))}
    out, errors = folder.with_name(folder.name + ".out"), folder.with_name(folder.name + ".err")
    with out.open("wb") as out_file, errors.open("wb") as error_file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out_file, stderr=error_file, env=environment)
        watch = threading.Timer(_WALL, process.kill)
        watch.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        finally:
            watch.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    report: dict[str, Any] = {}
    with contextlib.suppress(json.JSONDecodeError):
        report = json.loads(out.read_text())
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    taken = usage.ru_utime + usage.ru_stime
    return Run(process.returncode, taken, usage.ru_maxrss / scale, errors.read_text(errors="replace"), report)
