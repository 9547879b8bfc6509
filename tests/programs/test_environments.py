"""The environment that a program has is that of its own service, not of all that a deployment starts."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from tests.cli.project_fixture import Outcome, environment, here

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIMITS = """
import os

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, storage_uri=os.environ.get("LIMITS_URL", "memory://"))
"""
APP = """
from flask import Flask

from net.limits import limiter

app = Flask(__name__)
limiter.init_app(app)


@app.get("/{name}")
@limiter.limit("5 per minute")
def {name}():
    return "ok"
"""
TASKS = """
from celery import Celery

celery = Celery("net", broker="redis://redis/0")


@celery.task
def work(number):
    return number
"""
SET = "    environment: {LIMITS_URL: 'redis://redis/1'}\n"
A, B = "  a:\n    command: gunicorn net.server:app\n", "  b:\n    command: gunicorn net.gateway:app\n"
WORKER = "  jobs:\n    command: celery -A net.tasks worker\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    for name in set(os.environ) - environment().keys():
        monkeypatch.delenv(name)
    return folder


@pytest.fixture
def run(root: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    assert root.is_dir()
    return here(capsys)


def write(root: Path, *programs: str, **files: str) -> None:
    (root / "net").mkdir()
    for name, text in (("__init__", ""), ("limits", LIMITS), *((name, APP.format(name=name)) for name in programs)):
        (root / "net" / f"{name}.py").write_text(text)
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def limits(run: Callable[..., Outcome]) -> dict[str, str]:
    """Return the verdict about limits, by program."""
    said = json.loads(run("check", "--no-cache", "--output-format", "json").out)
    of = {one["name"]: one["checklist"] for one in said.get("programs", [])} or {"": said["checklist"]}
    return {name: next(each["verdict"] for each in checklist if each["item"] == "rate-limit") for name, checklist in of.items()}


@pytest.mark.parametrize(
    ("services", "found"),
    [
        (A + SET + B, {"server": "pass", "gateway": "fail"}),
        (A + B + SET, {"server": "fail", "gateway": "pass"}),
        (A + SET + B + SET, {"server": "pass", "gateway": "pass"}),
        (A + B, {"server": "fail", "gateway": "fail"}),
    ],
    ids=["the one", "the other", "both", "neither"],
)
def test_a_service_of_compose(run: Callable[..., Outcome], root: Path, services: str, found: dict[str, str]) -> None:
    write(root, "server", "gateway", compose_yaml=f"services:\n{services}")
    assert limits(run) == found


@pytest.mark.parametrize(
    ("web", "worker", "found"),
    [(SET, "", "pass"), ("", SET, "fail"), (SET, SET, "pass"), ("", "", "fail")],
    ids=["the server's", "the worker's", "both", "neither"],
)
def test_what_a_worker_is_given_the_server_is_not(run: Callable[..., Outcome], root: Path, web: str, worker: str, found: str) -> None:
    write(root, "server", compose_yaml=f"services:\n{A}{web}{WORKER}{worker}", net__tasks_py=TASKS)
    assert limits(run) == {"": found}


@pytest.mark.parametrize(("kind", "found"), [("web", "pass"), ("worker", "fail")])
def test_a_line_of_a_procfile(run: Callable[..., Outcome], root: Path, kind: str, found: str) -> None:
    lines = {"web": "gunicorn net.server:app", "worker": "celery -A net.tasks worker"}
    lines[kind] = f"LIMITS_URL=redis://redis/1 {lines[kind]}"
    write(root, "server", Procfile="".join(f"{name}: {line}\n" for name, line in lines.items()), net__tasks_py=TASKS)
    assert limits(run) == {"": found}


KUBERNETES = """apiVersion: apps/v1
kind: Deployment
metadata: {{name: {0}}}
spec:
  replicas: 2
  template:
    spec:
      containers:
        - name: {0}
          image: net
          command: [gunicorn, "net.{1}:app"]
          env: [{2}]
"""


def test_a_container_of_kubernetes(run: Callable[..., Outcome], root: Path) -> None:
    write(root, "server", "gateway")
    (root / "k8s").mkdir()
    given = '{name: LIMITS_URL, value: "redis://redis/1"}'
    for name, module, env in (("a", "server", ""), ("b", "gateway", given)):
        (root / "k8s" / f"{name}.yaml").write_text(KUBERNETES.format(name, module, env))
    assert limits(run) == {"server": "fail", "gateway": "pass"}


@pytest.mark.parametrize(
    ("a", "b", "found"),
    [
        ("    env_file: a/.env.production\n", "    env_file: b/.env.production\n", {"server": "pass", "gateway": "fail"}),
        ("", "", {"server": "pass", "gateway": "pass"}),
    ],
    ids=["each its own", "no service names one"],
)
def test_a_file_of_variables(run: Callable[..., Outcome], root: Path, a: str, b: str, found: dict[str, str]) -> None:
    write(root, "server", "gateway", compose_yaml=f"services:\n{A}{a}{B}{b}")
    (root / "a").mkdir()
    (root / "b").mkdir()
    (root / "a/.env.production").write_text("LIMITS_URL=redis://redis/1\n")
    (root / "b/.env.production").write_text("OTHER=1\n")
    assert limits(run) == found
