"""Speed beside bandit and ruff, on pinned applications: `make bench`.

Each rival runs in turn with statelint on the same folder (A B A B ...), everything cold: no cache of any tool. The medians of the wall
times are printed, the ratio of the medians, and what a second run with statelint's cache takes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmarks.artefacts import WORK, Artefact, unpacked

RIVALS = ("bandit==1.9.4", "ruff==0.17.6")


class Subject(NamedTuple):
    """What is measured on."""

    artefact: Artefact
    root: str


SUBJECTS = (
    Subject(
        Artefact(
            "calibreweb",
            "0.6.27",
            "wheel",
            "calibreweb-0.6.27-py3-none-any.whl",
            "c6d4173d31a4495e09c615857f30f0d03d9f7eabc7bb50558164f67083d4f72d",
        ),
        "calibreweb/cps",
    ),
    Subject(
        Artefact(
            "apache-superset",
            "6.1.0",
            "wheel",
            "apache_superset-6.1.0-py3-none-any.whl",
            "4b5886b2d6389a32df790aeae2532ad72529bce1af93b6edf2d1b2a8bf658748",
        ),
        "superset",
    ),
)


class Run(msgspec.Struct, frozen=True):
    """One process."""

    wall: float
    """Seconds."""
    processor: float
    """Seconds of user and system time, of the process and its children."""


def main() -> int:
    """Measure and print."""
    options = _options()
    tools = _tools(options.work / "tools")
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {', '.join(RIVALS)}, {options.rounds} rounds, medians of wall time")
    for subject in SUBJECTS:
        name = subject.artefact.dist
        if options.only in (None, name):
            folder = unpacked(subject.artefact, options.work) / subject.root
            _one(name, folder, tools, options.rounds)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="pairs for each rival (default 5)")
    parser.add_argument("--only", metavar="NAME", choices=[subject.artefact.dist for subject in SUBJECTS], help="one application")
    parser.add_argument("--work", type=Path, default=WORK, help="where applications and tools are put")
    return parser.parse_args()


def _tools(folder: Path) -> Path:
    """Return the folder of the rivals' commands; install them on first use."""
    mark = folder / f".{'-'.join(RIVALS)}"
    if not mark.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *RIVALS], check=True)
        mark.touch()
    return folder / "bin"


def _one(name: str, folder: Path, tools: Path, rounds: int) -> None:
    lines = [file.read_bytes().count(b"\n") for file in folder.rglob("*.py")]
    print(f"\n{name}: {len(lines)} files, {sum(lines):,} lines")
    statelint = [sys.executable, "-m", "statelint", "check", "--isolated", "--no-progress", "--exit-zero", "--output-format", "json"]
    cold = [*statelint, "--no-cache", str(folder)]
    rivals = {
        "bandit -q -r": [str(tools / "bandit"), "-q", "-r"],
        "ruff check --no-cache --select ALL": [
            str(tools / "ruff"),
            "check",
            "-q",
            "--isolated",
            "--no-cache",
            "--select",
            "ALL",
            str(folder),
        ],
    }
    _timed(cold)  # the files come from the disk once
    for rival, command in rivals.items():
        ours, theirs = _pairs(cold, [*command, str(folder)], rounds)
        _show("statelint check --no-cache", ours)
        _show(rival, theirs)
        print(f"  {'statelint / ' + rival.split()[0]:40} {_median(ours) / _median(theirs):8.2f}")
    with tempfile.TemporaryDirectory() as cache:
        warm = [*statelint, "--cache-dir", cache, str(folder)]
        filling = _timed(warm)
        _show("statelint check, filling its cache", [filling])
        _show("statelint check, from its cache", [_timed(warm) for _ in range(rounds)])


def _pairs(one: list[str], other: list[str], rounds: int) -> tuple[list[Run], list[Run]]:
    runs = [(_timed(one), _timed(other)) for _ in range(rounds)]
    return [pair[0] for pair in runs], [pair[1] for pair in runs]


def _timed(command: list[str]) -> Run:
    """Run a command to its end.

    Raises:
        RuntimeError: it neither found anything nor nothing, but failed.
    """
    before = os.times()
    begin = time.perf_counter()
    run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    wall = time.perf_counter() - begin
    after = os.times()
    if run.returncode not in (0, 1):
        raise RuntimeError(f"{command[0]} failed with {run.returncode}: {run.stderr.strip()[-300:]}")
    return Run(wall, after.children_user + after.children_system - before.children_user - before.children_system)


def _median(runs: list[Run]) -> float:
    return statistics.median(run.wall for run in runs)


def _show(what: str, runs: list[Run]) -> None:
    processor = statistics.median(run.processor for run in runs)
    spread = f"{min(run.wall for run in runs):.2f}-{max(run.wall for run in runs):.2f}"
    print(f"  {what:40} {_median(runs):8.2f} s   {spread:>13}   {processor:6.2f} s of processor time", flush=True)


if __name__ == "__main__":
    sys.exit(main())
