"""All fixes over all golden projects and shops: every file still parses, nothing worse is reported, and a second run changes nothing."""

from __future__ import annotations

import ast
import shutil
from collections import Counter
from pathlib import Path

import pytest
from tests.fixes.fix_fixture import fix

from statelint.fixes.registry import FIXERS
from statelint.rulebook.load import load_rulebook

TESTS = Path(__file__).parents[1]
FOLDERS = sorted(
    [folder for folder in (TESTS / "golden").iterdir() if folder.is_dir() and folder.name[0] not in "._"]
    + [folder for folder in (TESTS.parent / "examples").iterdir() if folder.is_dir() and folder.name.endswith(("-stateful", "-stateless"))]
)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_fixes_do_no_harm(folder: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(folder, project, ignore=shutil.ignore_patterns("__pycache__", "expected.*"))
    (project / ".git").mkdir(exist_ok=True)
    parsed = {path for path in project.rglob("*.py") if _parses(path)}
    outcome = fix(project)
    assert {path for path in project.rglob("*.py") if _parses(path)} == parsed
    errors = Counter(one.code for one in outcome.after if one.severity == "error")
    assert not errors - Counter(one.code for one in outcome.before if one.severity == "error")
    if any(one.fix is not None for one in outcome.before):
        assert len(outcome.after) < len(outcome.before)
    once = outcome.contents()
    assert fix(project).contents() == once


def _parses(path: Path) -> bool:
    try:
        ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return False
    return True


def test_every_kind_of_the_rule_set_has_a_fixer() -> None:
    book = load_rulebook()
    kinds = {one.kind for rule in book.rules for row in rule.api for one in row.autofix}
    kinds |= {one.kind for rule in book.rules for one in rule.autofix}
    assert kinds == set(FIXERS)
