"""Migrations in start scripts: what each container runs before its server."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from tests.cli.project_fixture import Outcome, environment, here

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

APP = "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/healthz')\ndef healthz():\n    return 'ok'\n"
DOCKER = 'FROM python:3.12\nCOPY start /opt/start/\nENTRYPOINT ["/opt/start/run.sh"]\nCMD ["gunicorn", "app:app"]\n'
SCRIPT = '#!/bin/sh\nset -e\n{0}\nexec "$@"\n'
COMPOSE = "services:\n  web:\n    build: .\n    deploy: {{replicas: {0}}}\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in set(os.environ) - environment().keys():
        monkeypatch.delenv(name)
    return here(capsys)


def judged(run: Callable[..., Outcome], root: Path, files: dict[str, str]) -> tuple[str, list[str]]:
    """Return the verdict about the configuration, and the messages of findings about it."""
    for name, text in {"app.py": APP, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    said = json.loads(run("check", "--no-cache", "--output-format", "json").out)
    verdict = next(one["verdict"] for one in said["checklist"] if one["item"] == "config")
    return verdict, [one["message"] for one in said["findings"] if one["code"] == "SL1102"]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("flask db upgrade", True),
        ("python manage.py migrate --noinput", True),
        ("alembic -c alembic.ini upgrade head", True),
        ("python manage.py migrate --plan", False),
        ("python manage.py collectstatic", False),
        ("alembic current", False),
    ],
)
def test_a_migration_in_a_folder_that_was_copied(run: Callable[..., Outcome], tmp_path: Path, step: str, *, told: bool) -> None:
    verdict, messages = judged(run, tmp_path, {"Dockerfile": DOCKER, "start/run.sh": SCRIPT.format(step)})
    assert messages == ([f"the command `{step}` runs in every instance that starts"] if told else [])
    assert verdict == ("unknown" if told else "pass")


@pytest.mark.parametrize(("replicas", "told"), [(1, False), (2, True)])
def test_where_there_is_one_instance_nobody_races(run: Callable[..., Outcome], tmp_path: Path, replicas: int, *, told: bool) -> None:
    files = {"Dockerfile": DOCKER, "start/run.sh": SCRIPT.format("flask db upgrade"), "compose.yaml": COMPOSE.format(replicas)}
    assert bool(judged(run, tmp_path, files)[1]) == told


def test_a_release_step_is_made_once(run: Callable[..., Outcome], tmp_path: Path) -> None:
    assert judged(run, tmp_path, {"Procfile": "release: flask db upgrade\nweb: gunicorn app:app\n"}) == ("pass", [])


def test_the_same_line_before_the_server_is_not(run: Callable[..., Outcome], tmp_path: Path) -> None:
    assert judged(run, tmp_path, {"Procfile": "web: flask db upgrade && gunicorn app:app\n"})[0] == "unknown"


def test_under_a_lock_it_is_open(run: Callable[..., Outcome], tmp_path: Path) -> None:
    files = {"Dockerfile": DOCKER, "start/run.sh": SCRIPT.format("s6-setlock -n /data/lock flask db upgrade")}
    assert judged(run, tmp_path, files) == ("unknown", [])


@pytest.mark.parametrize(("argument", "told"), [("live", True), ("other", False)])
def test_a_folder_that_an_argument_of_the_build_names(run: Callable[..., Outcome], tmp_path: Path, argument: str, *, told: bool) -> None:
    docker = DOCKER.replace("COPY start", "ARG SCENARIO\nCOPY start/$SCENARIO")
    compose = f"services:\n  web:\n    build:\n      context: .\n      args: {{SCENARIO: {argument}}}\n"
    scripts = {"start/live/run.sh": SCRIPT.format("flask db upgrade"), "start/other/run.sh": SCRIPT.format("true")}
    assert bool(judged(run, tmp_path, {"Dockerfile": docker, "compose.yaml": compose, **scripts})[1]) == told
