"""What is a library, and what becomes of findings in one."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.project_fixture import Outcome, environment, here

if TYPE_CHECKING:
    from collections.abc import Callable

LIBRARY = Path(__file__).parents[1] / "golden" / "library-offered"
APPLICATION = "from flask import Flask\n\nfrom flask_votes import votes\n\napp = Flask(__name__)\napp.register_blueprint(votes)\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "votes"
    shutil.copytree(LIBRARY, folder, ignore=shutil.ignore_patterns("expected.*", "__pycache__"))
    (folder / ".git").mkdir()
    monkeypatch.chdir(folder)
    for name in set(os.environ) - environment().keys():
        monkeypatch.delenv(name)
    return folder


@pytest.fixture
def run(root: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    assert root.is_dir()
    return here(capsys)


def report(run: Callable[..., Outcome]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("check", "--output-format", "json").out)
    return found


def persona(run: Callable[..., Outcome]) -> str:
    return str(report(run)["project"].get("persona", "application"))


def test_a_library_decides_nothing_for_those_who_use_it(run: Callable[..., Outcome]) -> None:
    said = report(run)
    assert {(one["symbol"], one["severity"], one["confidence"]) for one in said["findings"]} == {
        ("COUNTS", "warning", "high"),
        ("_TAKEN", "note", "medium"),
    }
    assert {one["verdict"] for one in said["checklist"]} == {"offered", "not-used"}
    outcome = run("check", "--fail-on", "note")
    assert (outcome.status, outcome.err) == (0, "")
    assert "OFFERED" in outcome.out
    assert "whoever uses it decides" in outcome.out


def test_without_a_build_back_end_it_is_an_application(run: Callable[..., Outcome], root: Path) -> None:
    text = (root / "pyproject.toml").read_text()
    (root / "pyproject.toml").write_text(text[text.index("[project]") :])
    assert persona(run) == "application"
    assert run("check").status == 1
    (root / "setup.cfg").write_text("[flake8]\n")
    assert persona(run) == "application"
    (root / "setup.cfg").write_text("[metadata]\nname = votes\n")
    assert persona(run) == "library"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/flask_votes/site.py", APPLICATION),
        ("src/flask_votes/wsgi.py", "from flask_votes import votes\n"),
        ("src/flask_votes/serve.py", "import waitress\n\n\ndef main(app):\n    waitress.serve(app)\n"),
        ("src/flask_votes/own.py", "from flask import Flask\n\n\nclass Site(Flask):\n    pass\n"),
        ("Dockerfile", "FROM python\n"),
        ("Procfile", "web: gunicorn site:app\n"),
    ],
)
def test_an_application_or_a_deployment_makes_it_one(run: Callable[..., Outcome], root: Path, path: str, text: str) -> None:
    (root / path).write_text(text)
    assert persona(run) == "application"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests/site/wsgi.py", APPLICATION),
        ("examples/other.py", APPLICATION),
        ("docs/conf.py", "project = 'votes'\n"),
        ("src/flask_votes/typing.py", "from flask import Flask\n\n\ndef init(app: Flask) -> None:\n    app.extensions['votes'] = 1\n"),
        ("examples/Dockerfile", "FROM python\n"),
        ("Dockerfile.dev", "FROM python\n"),
    ],
)
def test_what_tests_and_examples_make_does_not(run: Callable[..., Outcome], root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    assert persona(run) == "library"


def test_the_configuration_decides(run: Callable[..., Outcome], root: Path) -> None:
    (root / "statelint.toml").write_text('persona = "application"\n')
    assert persona(run) == "application"
    assert run("check").status == 1
    (root / "Procfile").write_text("web: gunicorn site:app\n")
    (root / "statelint.toml").write_text('persona = "library"\n')
    assert persona(run) == "library"
    (root / "statelint.toml").write_text('persona = "libary"\n')
    outcome = run("check")
    assert outcome.status == 2
    assert "did you mean 'library'?" in outcome.err


def test_what_is_wrong_with_the_analysis_fails_all_the_same(run: Callable[..., Outcome], root: Path) -> None:
    (root / "src" / "flask_votes" / "broken.py").write_text("X = {\n")
    outcome = run("check", "--output-format", "concise")
    assert outcome.status == 1
    assert "SL0004 [warning]" in outcome.out


def test_a_library_without_web_code_is_no_error(run: Callable[..., Outcome], root: Path) -> None:
    for path in ("tests", "examples", "src/flask_votes"):
        shutil.rmtree(root / path)
    (root / "src" / "votes.py").write_text("X = 1\n")
    outcome = run("check")
    assert (outcome.status, outcome.err) == (0, "")
    assert "this is a library" in outcome.out


@pytest.mark.parametrize("name", ["grouped", "sarif", "junit", "markdown", "html", "concise"])
def test_every_format_knows_the_word(run: Callable[..., Outcome], name: str) -> None:
    shown = run("check", "--output-format", name).out
    assert ("informational" if name == "sarif" else "OFFERED") in shown.replace("&nbsp;", " ")
