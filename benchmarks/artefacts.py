"""Pinned artefacts from PyPI: downloaded with pip, checked by their sha256, unpacked once."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Literal

import msgspec

WORK = Path(__file__).parent / "work"


class Artefact(msgspec.Struct, frozen=True):
    """One file of one release."""

    dist: str
    version: str
    kind: Literal["wheel", "sdist"]
    file: str
    sha256: str


class ArtefactError(Exception):
    """The artefact could not be had; the message says why."""


def unpacked(artefact: Artefact, work: Path = WORK) -> Path:
    """Return the folder that the artefact is unpacked in; download it on first use."""
    home = work / f"{artefact.dist}-{artefact.version}"
    source = home / "src"
    done = home / ".done"
    if done.exists():
        return source
    home.mkdir(parents=True, exist_ok=True)
    archive = _downloaded(artefact, home)
    if artefact.kind == "wheel":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(source)  # noqa: S202 - zipfile keeps names inside the folder, and the sha256 is known
    else:
        with tarfile.open(archive) as sdist:
            sdist.extractall(source, filter="data")
    # marks the folder as a project of its own: nothing of this repository is taken for its configuration
    (source / "pyproject.toml").touch()
    archive.unlink()
    done.touch()
    return source


def _downloaded(artefact: Artefact, folder: Path) -> Path:
    archive = folder / artefact.file
    base = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", str(folder)]
    wanted = f"{artefact.dist}=={artefact.version}"
    kinds = [["--only-binary", ":all:", "--python-version", "3.11"], []] if artefact.kind == "wheel" else [["--no-binary", ":all:"], []]
    said = ""
    for options in kinds:
        if not archive.exists():
            said = subprocess.run([*base, *options, wanted], capture_output=True, text=True, check=False).stderr.strip()
    if not archive.exists():
        raise ArtefactError(f"pip did not bring {artefact.file}: {said.splitlines()[-1] if said else 'it brought another file'}")
    if hashlib.sha256(archive.read_bytes()).hexdigest() != artefact.sha256:
        archive.unlink()
        raise ArtefactError(f"{artefact.file}: not the file that was pinned, its sha256 differs")
    return archive
