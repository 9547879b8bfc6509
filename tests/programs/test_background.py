"""Workers and schedulers as programs: what starts them, and what is theirs alone."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.project_fixture import Outcome, environment, here

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WEB = """
from flask import Flask

from net.tasks import keep

app = Flask(__name__)


@app.post("/keep/<name>")
def accept(name):
    keep.delay(name)
    return "ok"


@app.get("/healthz")
def healthz():
    return "ok"
"""
TASKS = """
from pathlib import Path

from celery import Celery

celery = Celery("net", broker="redis://redis/0")


@celery.task
def keep(name):
    Path("/srv/kept").joinpath(name).write_text(name)


@celery.task
def show(name):
    return Path("/srv/kept").joinpath(name).read_text()
"""
COMPOSE = "services:\n  web:\n    command: gunicorn net.web:app\n{0}"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    (folder / "net").mkdir()
    for name, text in (("__init__", ""), ("web", WEB), ("tasks", TASKS)):
        (folder / "net" / f"{name}.py").write_text(text)
    monkeypatch.chdir(folder)
    for name in set(os.environ) - environment().keys():
        monkeypatch.delenv(name)
    return folder


@pytest.fixture
def run(root: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    assert root.is_dir()
    return here(capsys)


def listed(run: Callable[..., Outcome]) -> dict[str, tuple[str, str]]:
    said = json.loads(run("programs", "--output-format", "json").out)["programs"]
    return {one["name"]: (one["kind"], one["found_by"]) for one in said}


def report(run: Callable[..., Outcome], *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("check", "--no-cache", "--output-format", "json", *arguments).out)
    return found


# -- which there are


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("celery -A net.tasks worker", "worker"),
        ("celery -A net.tasks beat", "scheduler"),
        ("rq worker high", "worker"),
        ("dramatiq net.tasks", "worker"),
        ("arq net.tasks.Settings", "worker"),
        ("huey_consumer net.tasks.huey", "worker"),
        ("taskiq worker net.tasks:broker", "worker"),
        ("taskiq scheduler net.tasks:scheduler", "scheduler"),
    ],
)
def test_what_a_service_starts(run: Callable[..., Outcome], root: Path, command: str, kind: str) -> None:
    (root / "compose.yaml").write_text(COMPOSE.format(f"  jobs:\n    command: {command}\n"))
    found = listed(run)
    assert found["jobs"] == (kind, f"{command} in compose.yaml:4")
    assert found["repository"] == ("server", "gunicorn net.web:app in compose.yaml:2")


def test_lines_of_a_procfile(run: Callable[..., Outcome], root: Path) -> None:
    (root / "Procfile").write_text("web: gunicorn net.web:app\nqueue: celery -A net.tasks worker\nclock: celery -A net.tasks beat\n")
    assert {name: kind for name, (kind, _) in listed(run).items()} == {"repository": "server", "queue": "worker", "clock": "scheduler"}


def test_one_that_two_descriptions_start_is_one(run: Callable[..., Outcome], root: Path) -> None:
    (root / "compose.yaml").write_text(COMPOSE.format("  jobs:\n    command: celery -A net.tasks worker\n"))
    (root / "Procfile").write_text("web: gunicorn net.web:app\nqueue: celery -A net.tasks worker\n")
    found = listed(run)
    assert list(found) == ["repository", "jobs"]
    assert found["jobs"][1] == "celery -A net.tasks worker in compose.yaml:4, Procfile:2"


def test_two_workers_of_one_description_are_two(run: Callable[..., Outcome], root: Path) -> None:
    services = "".join(f"  {name}:\n    command: celery -A net.tasks worker -Q {name}\n" for name in ("slow", "fast"))
    (root / "compose.yaml").write_text(COMPOSE.format(services))
    assert list(listed(run)) == ["repository", "slow", "fast"]


def test_tasks_without_a_worker_are_told(run: Callable[..., Outcome]) -> None:
    assert listed(run)["worker"] == ("worker", "2 tasks from net/tasks.py:10 on, and nothing here starts a worker")


BLOCKING = "from apscheduler.schedulers.blocking import BlockingScheduler\n"
WORKING = "from rq import Worker\n\n\ndef main():\n    Worker(['a']).work()\n\n\nif __name__ == '__main__':\n    main()\n"
RUN = {
    "a schedule": (BLOCKING + "\nBlockingScheduler().start()\n", "scheduler"),
    "a worker": (WORKING, "worker"),
    "a schedule beside": (f"{BLOCKING}\nBlockingScheduler().start()\n".replace("locking", "ackground"), None),
    "a server with a schedule": (BLOCKING + "from net.web import app\n\nBlockingScheduler().start()\napp.run()\n", None),
    "a script": ("print('once')\n", None),
}


@pytest.mark.parametrize("name", RUN)
def test_a_module_that_starts_one_where_it_is_run(run: Callable[..., Outcome], root: Path, name: str) -> None:
    text, kind = RUN[name]
    (root / "net" / "other.py").write_text(text)
    (root / "compose.yaml").write_text(COMPOSE.format("  other:\n    command: python -m net.other\n"))
    found = listed(run).get("other")
    assert (found and found[0]) == kind


def test_a_management_command_that_starts_one(run: Callable[..., Outcome], root: Path) -> None:
    folder = root / "net" / "management" / "commands"
    folder.mkdir(parents=True)
    handle = "from rq import Worker\n\n\nclass Command:\n    def handle(self, *args):\n        {0}\n"
    for name, statement in (("work_on", "Worker(['a']).work()"), ("work_off", "print(Worker)")):
        (folder / f"{name}.py").write_text(handle.format(statement))
    services = "".join(f"  {name}:\n    command: python manage.py work_{name}\n" for name in ("on", "off"))
    (root / "compose.yaml").write_text(COMPOSE.format(services))
    assert {name: kind for name, (kind, _) in listed(run).items() if name in ("on", "off")} == {"on": "worker"}


def test_those_of_a_folder_have_the_repositorys_paths(run: Callable[..., Outcome], root: Path) -> None:
    for name in ("one", "two"):
        (root / name / "net").mkdir(parents=True)
        (root / name / "pyproject.toml").write_text(f"[project]\nname = '{name}'\n")
        for file, text in (("__init__", ""), ("web", WEB), ("tasks", TASKS)):
            (root / name / "net" / f"{file}.py").write_text(text)
    (root / "one" / "Procfile").write_text("web: gunicorn net.web:app\nqueue: celery -A net.tasks worker\n")
    for file in ("__init__", "web", "tasks"):
        (root / "net" / f"{file}.py").unlink()
    found = listed(run)
    assert found["one:queue"] == ("worker", "celery -A net.tasks worker in one/Procfile:2")
    assert "two:worker" in found
    said = json.loads(run("programs", "--output-format", "json").out)["programs"]
    assert said[0]["processes"][0]["declared_by"] == "procfile one/Procfile"


# -- what is theirs


def owners(said: dict[str, Any]) -> dict[str, list[str]]:
    return {one["symbol"]: one.get("programs", []) for one in said["findings"] if one["item"] == "files"}


def test_what_only_tasks_write_is_the_workers(run: Callable[..., Outcome], root: Path) -> None:
    (root / "compose.yaml").write_text(COMPOSE.format("  jobs:\n    command: celery -A net.tasks worker\n"))
    found = owners(report(run))
    assert found
    assert set(map(tuple, found.values())) == {("jobs",)}
    assert "Only jobs comes here, no request does." in run("check", "--no-cache").out


def test_what_a_request_writes_as_well_is_not(run: Callable[..., Outcome], root: Path) -> None:
    (root / "compose.yaml").write_text(COMPOSE.format("  jobs:\n    command: celery -A net.tasks worker\n"))
    (root / "net" / "web.py").write_text(WEB.replace("keep.delay(name)", "keep(name)"))
    found = owners(report(run))
    assert found
    assert set(map(tuple, found.values())) == {()}


def test_without_a_worker_nobody_is_named(run: Callable[..., Outcome], root: Path) -> None:
    (root / "compose.yaml").write_text(COMPOSE.format(""))
    found = owners(report(run))
    assert found
    assert set(map(tuple, found.values())) == {()}


def test_one_can_be_asked_about_alone(run: Callable[..., Outcome], root: Path) -> None:
    (root / "compose.yaml").write_text(COMPOSE.format("  jobs:\n    command: celery -A net.tasks worker\n"))
    said = report(run, "--program", "jobs")
    assert {one["item"] for one in said["findings"]} == {"files"}
    assert [one["name"] for one in said["programs"]] == ["jobs"]
    assert len(report(run, "--program", "repository")["findings"]) == len(report(run)["findings"])
    outcome = run("check", "--program", "job")
    assert (outcome.status, "did you mean 'jobs'?" in outcome.err) == (2, True)


QUEUE = """
import os

from celery import Celery

celery = Celery("net", broker=os.environ.get("BROKER", "memory://"))


@celery.task
def keep(name):
    return name
"""


@pytest.mark.parametrize(("service", "is_set"), [("jobs", True), ("web", False)])
def test_what_is_theirs_is_judged_in_their_environment(run: Callable[..., Outcome], root: Path, service: str, *, is_set: bool) -> None:
    (root / "net" / "tasks.py").write_text(QUEUE)
    given = "    environment: {BROKER: 'redis://redis/0'}\n"
    services = "".join(
        f"  {name}:\n    command: {command}\n{given if name == service else ''}"
        for name, command in (("web", "gunicorn net.web:app"), ("jobs", "celery -A net.tasks worker"))
    )
    (root / "compose.yaml").write_text(f"services:\n{services}")
    codes = [one["code"] for one in report(run)["findings"] if one["item"] == "jobs"]
    assert bool(codes) != is_set
