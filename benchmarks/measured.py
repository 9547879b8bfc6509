"""One process, measured: wall time, processor time and memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

_KIB = 1024 if sys.platform != "darwin" else 1
"""Bytes in what the system counts memory by."""

_OPTIMISED = {"PGO": ("--enable-optimizations", "-fprofile-use"), "LTO": ("--with-lto", "-flto")}


class Run(msgspec.Struct, frozen=True):
    """One process, or the medians of several."""

    wall: float
    """Seconds."""
    processor: float
    """Seconds of user and system time, of the process and its children."""
    memory: float
    """MiB that the largest of these processes held."""


def timed(command: Sequence[str]) -> Run:
    """Run a command to its end.

    Raises:
        RuntimeError: it neither found anything nor nothing, but failed.
    """
    with tempfile.TemporaryFile() as said:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            said.seek(0)
            message = said.read().decode(errors="replace").strip()[-300:]
            raise RuntimeError(f"{command[0]} failed with {process.returncode}: {message}")
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * _KIB / 2**20)


def median(runs: Sequence[Run]) -> Run:
    """Return the medians of each figure."""
    return Run(*(statistics.median(getattr(run, field) for run in runs) for field in Run.__struct_fields__))


def build() -> str:
    """Say which Python measures, and how it was built: optimised builds are a quarter faster."""
    options = f"{sysconfig.get_config_var('CONFIG_ARGS')} {sysconfig.get_config_var('PY_CORE_CFLAGS')}"
    kinds = [name for name, marks in _OPTIMISED.items() if any(mark in options for mark in marks)]
    how = f"with {' and '.join(kinds)}" if kinds else "without PGO and LTO"
    return f"Python {sys.version.split()[0]}, built {how}, {sysconfig.get_platform()}"
