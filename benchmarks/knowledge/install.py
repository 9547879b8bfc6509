"""Throw-away installations: each distribution in a folder of its own, without its dependencies, and with them on demand."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

_TIMEOUT = 1200
_PROBE = Path(__file__).resolve().with_name("probe.py")


class Release(msgspec.Struct, frozen=True, order=True):
    """A release of a distribution; version "" asks for the newest."""

    dist: str
    version: str

    def __str__(self) -> str:
        # `1.4` asks for the newest 1.4.x
        wildcard = ".*" if self.version.count(".") < 2 and not re.search("[a-z]", self.version) else ""
        return f"{self.dist}=={self.version}{wildcard}" if self.version else self.dist


class Site(msgspec.Struct, frozen=True):
    """An installed release, or why there is none."""

    release: Release
    folder: Path | None
    version: str
    """What was installed."""
    problem: str = ""


def install(release: Release, work: Path) -> Site:
    """Install a release without its dependencies, once."""
    folder = work / f"{release.dist}-{release.version or 'newest'}"
    failed = folder.with_suffix(f"{folder.suffix}.failed")
    if failed.exists():
        return Site(release, None, release.version, failed.read_text())
    if not (folder / ".done").exists():
        problem = _pip(release, folder, "--no-deps")
        for python in ("3.13", "3.10"):
            # only its source is read: it need not run here
            problem = problem and _pip(release, folder, "--no-deps", "--only-binary", ":all:", "--python-version", python)
        if problem:
            failed.write_text(problem)
            return Site(release, None, release.version, problem)
        (folder / ".done").touch()
    return Site(release, folder, _version(folder, release))


def probe(site: Site, names: list[str], work: Path) -> dict[str, dict[str, Any]]:
    """Import names of a release with its dependencies; answers are kept, the installation is not."""
    kept = work / f"{site.release.dist}-{site.version}.probe.json"
    answers: dict[str, dict[str, Any]] = json.loads(kept.read_text()) if kept.exists() else {}
    missing = sorted(set(names) - set(answers))
    if missing:
        folder = work / "with-dependencies" / f"{site.release.dist}-{site.version}"
        problem = _pip(Release(site.release.dist, site.version), folder)
        fresh = {name: {"exists": "unknown", "how": problem} for name in missing} if problem else run_probe(folder, missing)
        answers |= fresh
        kept.write_text(json.dumps(answers, indent=1, sort_keys=True))
        subprocess.run(["rm", "-rf", folder], check=True)
    return {name: answers[name] for name in names}


def run_probe(folder: Path | None, names: list[str]) -> dict[str, dict[str, Any]]:
    """Import names in a process of its own; without a folder those of the standard library."""
    command = [sys.executable, "-S", "-s", str(_PROBE), *([str(folder.resolve())] if folder else [])]
    try:
        # some libraries write files when they are imported: into a folder that is thrown away
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            run = subprocess.run(
                command,
                input=json.dumps(names),
                capture_output=True,
                text=True,
                timeout=_TIMEOUT,
                check=False,
                cwd=home,
                env=os.environ | {"HOME": home},
            )
    except subprocess.TimeoutExpired:
        return {name: {"exists": "unknown", "how": "importing took too long"} for name in names}
    try:
        answers: dict[str, dict[str, Any]] = json.loads(run.stdout)
    except ValueError:
        said = run.stderr.strip().splitlines() or ["nothing"]
        return {name: {"exists": "unknown", "how": f"the import ended the process: {said[-1][:150]}"} for name in names}
    return answers


def _pip(release: Release, folder: Path, *options: str) -> str:
    """Install into a folder; return "" or what went wrong."""
    base = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "--no-warn-conflicts"]
    command = [*base, *options, "--upgrade", "--target", str(folder), str(release)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        return "pip took too long"
    if run.returncode == 0:
        return ""
    errors = [line for line in run.stderr.splitlines() if line.startswith("ERROR")] or run.stderr.splitlines() or ["pip failed"]
    return f"pip: {errors[-1].removeprefix('ERROR: ')[:200]}"


def _version(folder: Path, release: Release) -> str:
    wanted = release.dist.lower().replace("-", "_").replace(".", "_")
    for info in folder.glob("*.dist-info"):
        name, _, version = info.name.removesuffix(".dist-info").rpartition("-")
        if name.lower().replace(".", "_").replace("-", "_") == wanted:
            return version
    return release.version
