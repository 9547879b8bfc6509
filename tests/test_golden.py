"""Whole small projects in, the reports that a person and a program get out.

A folder of `golden/` is a project; its `expected.txt` and `expected.json` are what `check` says of it. Refresh them with
`STATELINT_UPDATE_GOLDEN=1 pytest tests/test_golden.py` and read the difference.
"""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path

import pytest

from statelint import __version__, engine
from statelint.config import Config
from statelint.judge import judge
from statelint.model import Result
from statelint.report import Context, render
from statelint.rulebook.load import Rulebook, load_rulebook

GOLDEN = Path(__file__).parent / "golden"
PROJECTS = sorted(folder.name for folder in GOLDEN.iterdir() if folder.is_dir() and folder.name[0] not in "._")
EXPECTED = ("expected.txt", "expected.json")


@cache
def book() -> Rulebook:
    return load_rulebook()


def laid_out(name: str, folder: Path) -> Path:
    """Copy a project without what is expected of it; its root is the folder."""
    shutil.copytree(GOLDEN / name, folder, ignore=shutil.ignore_patterns(*EXPECTED, "__pycache__"))
    (folder / ".git").mkdir()
    return folder


def checked(folder: Path, *, jobs: int = 1, cache_dir: Path | None = None) -> Result:
    config = Config(cache_dir=str(cache_dir) if cache_dir else ".statelint_cache")
    analysis = engine.analyse([folder], config, book(), jobs=jobs, cache=cache_dir is not None)
    return judge(analysis, config, book()).result


def reports(result: Result, folder: Path) -> dict[str, str]:
    context = Context(root=folder, book=book(), width=100)
    found = {"expected.txt": render("full", result, context), "expected.json": render("json", result, context)}
    return {name: text.replace(f'"{__version__}"', '"VERSION"').replace(str(folder), "/project") for name, text in found.items()}


@pytest.mark.parametrize("name", PROJECTS)
def test_reports(name: str, tmp_path: Path) -> None:
    folder = laid_out(name, tmp_path / "project")
    for file, text in reports(checked(folder), folder).items():
        if os.environ.get("STATELINT_UPDATE_GOLDEN"):
            (GOLDEN / name / file).write_text(text, encoding="utf-8", newline="\n")
        assert text == (GOLDEN / name / file).read_text(encoding="utf-8")
