"""The index of a repository is read as git writes it, in all of its versions."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from statelint.cache.tracked import repository_above, tracks

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
NAMES = ("app/views.py", "kept/deep/file", "kept-not/x", "Upper/Case.txt", "a" * 300 + "/b", "z")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e@example.com", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    top = tmp_path / "top"
    top.mkdir()
    git(top, "init")
    for name in NAMES:
        file = top.joinpath(*[part[:250] for part in name.split("/")])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    git(top, "add", "-f", ".")
    return top


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_every_version(version: str, repository: Path) -> None:
    if version == "3":  # version 3 is written only where an entry needs its further flags
        (repository / "later").write_text("")
        git(repository, "add", "--intent-to-add", "later")
    else:
        git(repository, "update-index", "--index-version", version)
    assert (repository / ".git" / "index").read_bytes()[7] == int(version)
    top = str(repository)
    for folder in ("kept", "kept/deep", "app", "upper", "a" * 250, "z", "."):
        assert tracks(top, folder), folder
    for folder in ("kep", "kept/dee", "kept/deeper", "cache", "app/views", "zz"):
        assert not tracks(top, folder), folder


def test_before_the_first_file_nothing_is_tracked(tmp_path: Path) -> None:
    git(tmp_path, "init")
    assert not tracks(str(tmp_path), "cache")


def test_a_work_tree_has_an_index_of_its_own(repository: Path, tmp_path: Path) -> None:
    git(repository, "commit", "-m", "all")
    git(repository, "worktree", "add", "-b", "other", str(tmp_path / "tree"))
    (tmp_path / "tree" / "kept" / "new").mkdir()
    assert repository_above(str(tmp_path / "tree" / "kept" / "new")) == str(tmp_path / "tree")
    assert tracks(str(tmp_path / "tree"), "kept")
    assert not tracks(str(tmp_path / "tree"), "cache")


def test_an_index_in_two_files_is_taken_to_track_everything(repository: Path) -> None:
    git(repository, "update-index", "--split-index")
    assert tracks(str(repository), "cache")


def test_a_damaged_index_is_taken_to_track_everything(repository: Path) -> None:
    index = repository / ".git" / "index"
    whole = index.read_bytes()
    for length in range(0, len(whole), 11):
        index.write_bytes(whole[:length])
        assert tracks(str(repository), "cache"), length
    index.write_bytes(b"DIRC" + b"\0\0\0\2" + b"\xff" * 4 + whole[12:])
    assert tracks(str(repository), "cache")
