"""`statelint.check`: what programs import."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.cli.project_fixture import command, write_project

import statelint

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(statelint.__file__).parent


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(write_project(tmp_path))
    return tmp_path


def codes(result: statelint.Result) -> list[str]:
    return [finding.code for finding in result.findings]


def test_it_says_what_the_json_says(project: Path) -> None:
    reported = json.loads(command("check", "--output-format", "json", "--no-cache", folder=project).out)
    assert json.loads(msgspec.json.encode(statelint.check())) == reported
    assert reported["findings"]
    assert statelint.check(project).project.root == "."


def test_results_are_typed_and_frozen(project: Path) -> None:
    result = statelint.check(project)
    assert isinstance(result, statelint.Result)
    assert isinstance(result.findings[0], statelint.Finding)
    assert isinstance(result.checklist[0], statelint.Verdict)
    with pytest.raises(AttributeError):
        result.findings[0].code = "SL0000"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"select": ["sessions"]}, ["SL0103"]),
        ({"select": ["logs"]}, []),
        ({"ignore": ["ALL"]}, []),
        ({"per-file-ignores": {"app/*": ["SL0103"]}}, []),
    ],
)
def test_settings_are_those_of_the_configuration(config: Mapping[str, object], found: list[str], project: Path) -> None:
    assert codes(statelint.check(project, config=config)) == found


def test_the_nearest_file_counts_unless_settings_are_given(project: Path) -> None:
    (project / "statelint.toml").write_text('ignore = ["ALL"]\n')
    (project / "other.toml").write_text('select = ["sessions"]\n')
    assert codes(statelint.check(project)) == []
    assert codes(statelint.check(project, config={})) == ["SL0103"]
    assert codes(statelint.check([project / "app"], config=project / "other.toml")) == ["SL0103"]


def test_nothing_is_written_unless_a_cache_is_wanted(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    before = sorted(project.rglob("*"))
    statelint.check(project)
    assert (sorted(project.rglob("*")), list(home.iterdir())) == (before, [])
    statelint.check(project, cache=True)
    assert sorted(project.rglob("*")) == before
    assert list(home.rglob("survey-*"))


def test_a_baseline_counts(project: Path) -> None:
    assert command("check", "--write-baseline", "known.json", folder=project).status == 0
    result = statelint.check(project, config={"baseline": "known.json"})
    assert (result.findings, result.summary.baselined) == ((), 1)


def test_programs_have_a_checklist_each(project: Path) -> None:
    assert statelint.check(project).programs == ()
    for name in ("a", "b"):
        shutil.copytree(project, project / name, ignore=shutil.ignore_patterns("a", "b", ".git"))
        (project / name / "pyproject.toml").write_text(f'[project]\nname = "{name}"\n')
    found = statelint.check((project / "a", project / "b"))
    assert [program.name for program in found.programs] == ["a", "b"]
    assert all(len(program.checklist) == len(found.checklist) for program in found.programs)


def test_what_is_wrong_is_an_error_of_ours(project: Path) -> None:
    for path, config in (("nowhere", None), (project, {"selct": []}), (project, {"select": ["SL9999"]}), (project, "nowhere.toml")):
        with pytest.raises(statelint.StatelintError):
            statelint.check(path, config=config)


def test_a_wrong_setting_is_told_as_one(project: Path) -> None:
    for config, said in (
        ({"selct": []}, "config: selct: unknown key 'selct'"),
        ({"fail-on": "bad"}, "config: fail-on: fail-on: expected one of"),
        ({"severity": {"SL0103": "bad"}}, "config: severity: SL0103: expected one of 'error', 'warning', 'note', 'off', got 'bad'"),
    ):
        with pytest.raises(statelint.StatelintError, match=re.escape(said)):
            statelint.check(project, config=config)


def test_the_import_brings_nothing_along() -> None:
    code = "import sys; before = set(sys.modules); import statelint; print(sorted(set(sys.modules) - before - {'statelint'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(ast.literal_eval(done.stdout)) <= {"importlib", "importlib._bootstrap", "importlib._bootstrap_external", "warnings"}


def test_type_checkers_see_the_names_that_there_are() -> None:
    stub = ast.parse((ROOT / "__init__.pyi").read_text())
    imported = {alias.name for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    (listed,) = (ast.literal_eval(node.value) for node in stub.body if isinstance(node, ast.Assign))
    assert imported | {"__version__"} == set(statelint.__all__) == set(listed)
    assert all(hasattr(statelint, name) for name in statelint.__all__)
    assert set(statelint.__all__) <= set(dir(statelint))
    with pytest.raises(AttributeError, match="no attribute 'chek'"):
        statelint.chek  # type: ignore[attr-defined]  # noqa: B018


def test_the_page_about_it_runs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT.parents[1] / "docs" / "python.md").read_text()
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (project / "shop").mkdir()
    (project / "app").rename(project / "shop" / "app")
    exec(compile(code, "docs/python.md", "exec"), {})  # noqa: S102 - our own page
    assert "app/views.py:4 SL0103 " in capsys.readouterr().out
