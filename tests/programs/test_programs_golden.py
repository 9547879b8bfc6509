"""Whole repositories of several programs in, the reports that a person and a program get out.

A folder of `golden/_repositories/` is a repository; its `expected.txt` and `expected.json` are what the command says of it. Refresh them
with `STATELINT_UPDATE_GOLDEN=1 pytest tests/programs/test_programs_golden.py` and read the difference.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.project_fixture import Outcome, environment, here

from statelint import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parents[1] / "golden" / "_repositories"
REPOSITORIES = sorted(folder.name for folder in GOLDEN.iterdir() if folder.is_dir())
UPDATE = bool(os.environ.get("STATELINT_UPDATE_GOLDEN"))
EXPECTED = {"expected.txt": "full", "expected.json": "json"}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    monkeypatch.chdir(tmp_path)
    for name in set(os.environ) - environment().keys():
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "100")
    return here(capsys)


def laid_out(name: str, folder: Path) -> Path:
    shutil.copytree(GOLDEN / name, folder, ignore=shutil.ignore_patterns(*EXPECTED, "__pycache__"))
    (folder / ".git").mkdir()
    return folder


@pytest.mark.parametrize("name", REPOSITORIES)
def test_reports(run: Callable[..., Outcome], name: str, tmp_path: Path) -> None:
    folder = laid_out(name, tmp_path / "project")
    for file, form in EXPECTED.items():
        text = run("check", "--no-cache", "--output-format", form, "project").out
        text = text.replace(f'"{__version__}"', '"VERSION"').replace(str(folder), "/project")
        if UPDATE:
            (GOLDEN / name / file).write_text(text, encoding="utf-8", newline="\n")
        assert text == (GOLDEN / name / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", REPOSITORIES)
def test_processes_and_the_cache_decide_nothing(run: Callable[..., Outcome], name: str, tmp_path: Path) -> None:
    folder = laid_out(name, tmp_path / "project")
    expected = (GOLDEN / name / "expected.json").read_text(encoding="utf-8")
    for options in (("--jobs", "2"), (), ("--cache-dir", "kept"), ("--cache-dir", "kept")):
        text = run("check", *options, "--output-format", "json", "project").out
        assert text.replace(f'"{__version__}"', '"VERSION"').replace(str(folder), "/project") == expected, options
