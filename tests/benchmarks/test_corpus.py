"""`make corpus` tells a run that ends well from one that does not."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from benchmarks import corpus
from benchmarks.artefacts import ArtefactError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_hundred_releases_are_pinned() -> None:
    releases = tomllib.loads(corpus.RELEASES.read_text())["releases"]
    assert len(releases) == 100
    assert all(version[0].isdigit() for version in releases.values())


def test_a_project_is_counted(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "a.py").write_text("import flask\napp = flask.Flask('a')\n")
    outcome = corpus.run("a 1", tmp_path, 60)
    assert (outcome.fault, outcome.files, outcome.lines) == ("", 1, 2)


def test_what_is_no_project_and_what_takes_too_long_are_faults(tmp_path: Path) -> None:
    assert corpus.run("a 1", tmp_path / "missing", 60).fault.startswith("exit status 2: error")
    assert corpus.run("a 1", tmp_path, 0.001).fault == "not over after 0 s"
    (tmp_path / "a.py").write_text("import flask\napp = flask.Flask('a')\n")
    assert corpus.run("a 1", tmp_path, 0.08).fault.startswith(("took", "not over"))


def test_only_what_is_pinned_is_downloaded(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="not in corpus"):
        corpus.wheel("a", "", tmp_path)
