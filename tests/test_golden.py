"""Whole small projects in, the reports that a person and a program get out.

A folder of `golden/` is a project; its `expected.txt` and `expected.json` are what `check` says of it. Refresh them with
`STATELINT_UPDATE_GOLDEN=1 pytest tests/test_golden.py` and read the difference.
"""

from __future__ import annotations

import os
import random
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from statelint import __version__, engine
from statelint.cache import Store
from statelint.checks.registry import CHECKS
from statelint.config import Config
from statelint.discover import discover
from statelint.report import Context, render
from statelint.rulebook.load import Rulebook, load_rulebook
from statelint.verdict.judge import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.discover.files import Discovery
    from statelint.inspect.context import Report
    from statelint.model import Result

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
    config = Config()
    store = Store(cache_dir, cache_dir, str(folder)) if cache_dir else None
    analysis = engine.analyse(engine.RunOptions([folder], config, book(), jobs=jobs, store=store))
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


def as_json(folder: Path, **how: Any) -> str:
    return reports(checked(folder, **how), folder)["expected.json"]


@pytest.mark.parametrize("name", PROJECTS)
def test_the_order_of_files_decides_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = laid_out(name, tmp_path / "project")

    def shuffled(*args: Any) -> Discovery:
        found = discover(*args)
        sources = list(found.sources)
        random.Random(7).shuffle(sources)
        return msgspec.structs.replace(found, sources=tuple(sources))

    monkeypatch.setattr(engine, "discover", shuffled)
    assert as_json(folder) == (GOLDEN / name / "expected.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["held-instance", "realtime", "syntax-error"])
def test_the_number_of_processes_and_the_cache_decide_nothing(name: str, tmp_path: Path) -> None:
    folder, cache_dir = laid_out(name, tmp_path / "project"), tmp_path / "cache"
    expected = (GOLDEN / name / "expected.json").read_text(encoding="utf-8")
    assert as_json(folder, jobs=2, cache_dir=cache_dir) == expected
    assert as_json(folder, jobs=1, cache_dir=cache_dir) == expected, "with a warm cache"
    assert any(path.name.startswith("survey-") for path in cache_dir.iterdir())
    (folder / "more.py").write_text("x = 1\n")
    checked(folder, cache_dir=cache_dir)
    (folder / "more.py").unlink()
    assert as_json(folder, cache_dir=cache_dir) == expected, "with a cache that knows more"


def test_a_rule_that_fails_is_a_diagnostic_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = laid_out("files", tmp_path / "project")
    before = checked(folder)

    def fails(_: object) -> Iterator[Report]:
        message = "no such thing"
        raise KeyError(message)
        yield

    monkeypatch.delenv("STATELINT_DEBUG", raising=False)
    monkeypatch.setitem(CHECKS, "state", fails)
    result = checked(folder)
    assert result.findings == before.findings
    assert [diagnostic.message for diagnostic in result.diagnostics] == [
        "the check state failed (KeyError: 'no such thing'); its findings are incomplete"
    ]
    verdicts = {verdict.item: verdict.verdict for verdict in result.checklist}
    assert verdicts["files"] == "fail"
    assert verdicts["state"] == "unknown", "what was not looked at is not passed"
