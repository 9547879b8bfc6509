"""Code that nobody wrote for statelint: `make corpus` runs it on the standard library, with its tests, and on pinned releases from PyPI.

No traceback, no failed check, nothing over a minute. Wheels are downloaded by pip and unpacked; none of their code is run.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from benchmarks.artefacts import WORK, ArtefactError

RELEASES: Final = Path(__file__).with_name("corpus.toml")
STANDARD: Final = "standard-library"
_FAULT: Final = re.compile(r"fault of statelint|the check .* failed|Traceback|\w+Warning: ")
_PYTHONS: Final[tuple[tuple[str, ...], ...]] = ((), ("--python-version", "3.13"), ("--python-version", "3.14"))
"""What pip is told, one after the other: a release may need a newer Python than this one, and is only read."""

_PATIENCE: Final = 10
"""How many times its limit a run may take by the clock, beside other work."""


class _Project(msgspec.Struct):
    files: int
    lines: int


class _Report(msgspec.Struct):
    """What is of interest here of the JSON report."""

    project: _Project
    findings: list[dict[str, object]]


class Outcome(NamedTuple):
    """How a run ended."""

    name: str
    seconds: float
    fault: str
    """What must not be, "" where all is well."""
    files: int = 0
    lines: int = 0
    findings: int = 0

    def line(self) -> str:
        """Return the outcome as a line of a table."""
        told = f"{self.name:40} {self.seconds:6.1f} s {self.files:7,} files {self.lines:10,} lines {self.findings:5,} findings"
        return f"{told}  FAULT: {self.fault}" if self.fault else told


def main() -> int:
    """Run; return 1 where something fell, 2 where a release could not be had."""
    options = _options()
    releases: dict[str, str] = tomllib.loads(RELEASES.read_text())["releases"]
    wanted = {name: releases.get(name, "") for name in options.only or (STANDARD, *releases)}
    outcomes, missing = [], []
    for name, version in wanted.items():
        try:
            source = Path(sysconfig.get_path("stdlib")) if name == STANDARD else wheel(name, version, options.work)
        except ArtefactError as error:
            missing.append(name)
            print(f"{name} {version}: not run: {error}", flush=True)
            continue
        outcomes.append(run(f"{name} {version or sys.version.partition(' ')[0]}", source, options.limit))
        print(outcomes[-1].line(), flush=True)
    fell = [outcome for outcome in outcomes if outcome.fault]
    lines, seconds = sum(outcome.lines for outcome in outcomes), sum(outcome.seconds for outcome in outcomes)
    print(f"{len(outcomes)} projects, {lines:,} lines, {seconds:.0f} s of processor time, {len(fell)} with a fault, {len(missing)} not run")
    return 1 if fell else 2 if missing else 0


def run(name: str, source: Path, limit: float) -> Outcome:
    """Run the command on a folder, with no configuration but its own defaults; the limit is in seconds of processor time."""
    flags = ["--isolated", "--no-cache", "--no-progress", "--exit-zero", "--allow-no-app"]
    before = _processor_time()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-P", "-m", "statelint", "check", *flags, f"--output-format=json:{report}", os.fspath(source)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=limit * _PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            return Outcome(name, _processor_time() - before, f"not over after {limit * _PATIENCE:.0f} s")
        seconds = _processor_time() - before
        found = _FAULT.search(done.stderr)
        if found or done.returncode:
            told = next((line for line in done.stderr.splitlines() if _FAULT.search(line) or line.startswith("error")), "")
            return Outcome(name, seconds, f"exit status {done.returncode}: {told}")
        read = msgspec.json.decode(report.read_bytes(), type=_Report)
    fault = f"took {seconds:.0f} s" if seconds > limit else ""
    return Outcome(name, seconds, fault, read.project.files, read.project.lines, len(read.findings))


def _processor_time() -> float:
    """Return the seconds of processor time of all processes that have ended, which other work on the machine does not lengthen."""
    times = os.times()
    return times.children_user + times.children_system


def wheel(name: str, version: str, work: Path) -> Path:
    """Return the folder that a wheel is unpacked in; download it on first use.

    Raises:
        ArtefactError: it is not in the list, or pip does not bring it; the message says why.
    """
    if not version:
        raise ArtefactError(f"not in {RELEASES.name}")
    source = work / f"{name}-{version}"
    if (source / "pyproject.toml").exists():
        return source
    with tempfile.TemporaryDirectory() as folder:
        archive = _downloaded(f"{name}=={version}", Path(folder))
        with zipfile.ZipFile(archive) as held:
            held.extractall(source)  # zipfile keeps names inside the folder
    (source / "pyproject.toml").touch()  # a project of its own, and all of it is there
    return source


def _downloaded(requirement: str, folder: Path) -> Path:
    base = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
    said = ""
    for python in _PYTHONS:
        done = subprocess.run([*base, *python, "--dest", str(folder), requirement], capture_output=True, text=True, check=False)
        found = sorted(folder.glob("*.whl"))
        if found:
            return found[0]
        said = said or done.stderr.strip()
    raise ArtefactError(f"pip did not bring it: {said.splitlines()[-1] if said else 'it brought no wheel'}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make corpus", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", action="append", metavar="NAME", help=f"a release of {RELEASES.name}, or {STANDARD}; may be repeated")
    parser.add_argument("--limit", type=float, default=60, metavar="SECONDS", help="of processor time, for one project (60)")
    parser.add_argument("--work", type=Path, default=WORK / "corpus", help="where wheels are unpacked")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
