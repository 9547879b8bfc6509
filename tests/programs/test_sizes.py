"""Instances, pools and the connection budget by program, added up at each database server."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.project_fixture import Outcome, environment, here

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

APP = """
import os

from fastapi import FastAPI
from sqlalchemy import create_engine, text

app = FastAPI()
engine = create_engine({url}, pool_size=20, max_overflow=0)


@app.get("/{name}")
def {name}():
    with engine.connect() as connection:
        return connection.execute(text("select 1")).scalar()
"""
COMPOSE = """services:
  db:
    image: postgres:16
  a:
    command: uvicorn net.server:app
    environment: {{DATABASE_URL: "postgresql://{0}/net"}}
    deploy: {{replicas: 3}}
  b:
    command: uvicorn net.gateway:app
    environment: {{DATABASE_URL: "postgresql://{1}/net"}}
    deploy: {{replicas: 2}}
{2}"""


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


def one_package(root: Path, hosts: tuple[str, str] = ("db", "db"), more: str = "") -> None:
    (root / "net").mkdir()
    (root / "net" / "__init__.py").write_text("")
    for name in ("server", "gateway"):
        (root / "net" / f"{name}.py").write_text(APP.format(name=name, url='os.environ["DATABASE_URL"]'))
    (root / "compose.yaml").write_text(COMPOSE.format(*hosts, more))


def two_folders(root: Path, hosts: tuple[str, str]) -> None:
    for folder, host in zip(("a", "b"), hosts, strict=True):
        (root / folder / "app").mkdir(parents=True)
        (root / folder / "app" / "__init__.py").write_text("")
        (root / folder / "app" / "main.py").write_text(APP.format(name=folder, url=f'"postgresql://{host}/net"'))
        (root / folder / "pyproject.toml").write_text(f"[project]\nname = '{folder}'\n")
        (root / folder / "Procfile").write_text("web: uvicorn app.main:app\n")


def planned(run: Callable[..., Outcome], *arguments: str) -> dict[str, Any]:
    outcome = run("plan", "--output-format", "json", *arguments)
    assert outcome.status == 0, outcome.err
    found: dict[str, Any] = json.loads(outcome.out)
    return found


def servers(said: dict[str, Any]) -> dict[str, tuple[str, int | None]]:
    return {one["server"]: (one["verdict"], one["connections"]) for one in said["servers"]}


def test_each_program_has_its_own_number_and_the_sum_is_the_servers(run: Callable[..., Outcome], root: Path) -> None:
    """20 x 3 of one and 20 x 2 of the other are 100 of 97; what the other holds is not there to be shared out."""
    one_package(root)
    said = planned(run)
    inputs = {one["name"]: (one["inputs"]["instances"]["value"], one["inputs"]["others"]["value"]) for one in said["programs"]}
    assert inputs == {"gateway": (2, 60), "server": (3, 40)}
    assert servers(said) == {"db": ("fail", 100)}
    assert {(term["process"], term["program"]) for term in said["servers"][0]["terms"]} == {("a", "server"), ("b", "gateway")}
    text = run("plan").out
    assert "== server: uvicorn net.server:app in compose.yaml:4" in text
    assert "engine in b of gateway: 20 x 1 worker x 2 instances = 40" in text


@pytest.mark.parametrize(
    ("asked", "connections"),
    [("4", 160), ("server=1", 60), ("gateway=1,server=1", 40), ("1,gateway=3", 80), ("a=2,b=1", 60)],
    ids=["of all that serve", "of one", "of both", "of all but one", "of processes"],
)
def test_instances_by_name(run: Callable[..., Outcome], root: Path, asked: str, connections: int) -> None:
    one_package(root)
    assert servers(planned(run, "--instances", asked))["db"][1] == connections


def test_one_of_several_is_planned_with_what_the_others_hold(run: Callable[..., Outcome], root: Path) -> None:
    """(97 - 40) / 6 is 9."""
    one_package(root)
    said = planned(run, "--program", "server", "--peak", "600", "--per-instance", "125")
    assert (said["instances_needed"], said["result"]["per_worker"]) == (6, 9)
    assert said["today"]["connections"] == 20 * 6 + 40
    assert "gateway" not in run("plan", "--program", "server").out.partition("As the program is")[0].replace("b of gateway", "")


@pytest.mark.parametrize(
    ("arguments", "error", "help_text"),
    [
        (("--program", "sever"), "no program is called 'sever'; did you mean 'server'?", "the programs are gateway, server"),
        (("--instances", "gatewy=2"), "no program is called 'gatewy'; did you mean 'gateway'?", "gateway, server, b, a"),
        (("--instances", "server=x"), "neither a number nor NAME=NUMBER", "--help"),
        (("--instances", "server=0"), "--instances: 0 is out of range", "a whole number"),
        (("--peak", "5"), "--peak is that of one program: name it with --program, one of gateway, server", "--help"),
    ],
)
def test_wrong_names_are_told_with_those_there_are(
    run: Callable[..., Outcome], root: Path, arguments: tuple[str, ...], error: str, help_text: str
) -> None:
    one_package(root)
    outcome = run("plan", *arguments)
    assert outcome.status == 2
    assert error in outcome.err
    assert outcome.err.count("\n") == 2
    assert help_text in outcome.err


OTHER = "  archive:\n    image: postgres:16\n"
POOLER = "  bouncer:\n    image: pgbouncer/pgbouncer:1.22\n"


@pytest.mark.parametrize(
    ("hosts", "more", "found"),
    [
        (("db", "db"), "", {"db": 100}),
        (("db", "db:5432"), "", {"db": 100}),
        (("db", "archive"), OTHER, {"db": 60, "archive": 40}),
        (("one.example.com", "two.example.com"), "", {"one.example.com": 60, "two.example.com": 40}),
        (("one.example.com", "one.example.com"), "", {"one.example.com": 100}),
        (("db", "bouncer"), POOLER, {"db": 100}),
        (("db", "localhost"), "", {"db": 100}),
    ],
    ids=["one", "its port", "two databases", "two hosts", "one host", "a pooler before it", "no host that says anything"],
)
def test_which_server_a_program_speaks_to(
    run: Callable[..., Outcome], root: Path, hosts: tuple[str, str], more: str, found: dict[str, int]
) -> None:
    one_package(root, hosts, more)
    assert {server: connections for server, (_, connections) in servers(planned(run)).items()} == found


@pytest.mark.parametrize(("hosts", "more", "over"), [(("db", "db"), "", True), (("db", "archive"), OTHER, False)], ids=["one", "two"])
def test_check_adds_up_what_one_server_has(
    run: Callable[..., Outcome], root: Path, hosts: tuple[str, str], more: str, *, over: bool
) -> None:
    one_package(root, hosts, more)
    said = json.loads(run("check", "--no-cache", "--output-format", "json").out)
    assert any(one["code"] == "SL0903" for one in said["findings"]) == over


@pytest.mark.parametrize(
    ("hosts", "found"),
    [(("pg.example.com", "pg.example.com"), [140]), (("db", "db"), [40, 100])],
    ids=["outside of both", "a name that each has for itself"],
)
def test_folders_share_a_server_that_is_outside_of_both(
    run: Callable[..., Outcome], root: Path, hosts: tuple[str, str], found: list[int]
) -> None:
    two_folders(root, hosts)
    said = planned(run, "--instances", "a=2,b=5")
    assert sorted(one["connections"] for one in said["servers"]) == found
    places = {term["workers"]["path"] for one in said["servers"] for term in one["terms"]}
    assert places == {"a/Procfile", "b/Procfile"}


@pytest.mark.parametrize(
    ("hosts", "instances", "over"),
    [
        (("pg.example.com", "pg.example.com"), 3, True),
        (("pg.example.com", "pg.example.com"), 2, False),
        (("pg.example.com", "other.example.com"), 3, False),
        (("db", "db"), 3, False),
    ],
    ids=["one server", "few enough", "two servers", "each its own"],
)
def test_check_adds_up_what_folders_open_at_one_server(
    run: Callable[..., Outcome], root: Path, hosts: tuple[str, str], instances: int, *, over: bool
) -> None:
    """20 x 3 of each are 120 of 97, which each alone would be far from."""
    two_folders(root, hosts)
    for folder in ("a", "b"):
        (root / folder / "app.json").write_text(json.dumps({"formation": {"web": {"quantity": instances}}}))
    said = json.loads(run("check", "--no-cache", "--output-format", "json").out)
    found = [one for one in said["findings"] if one["code"] == "SL0903"]
    assert {one["path"] for one in found} == ({"a/app/main.py", "b/app/main.py"} if over else set())
    codes = {one["fingerprint"] for one in found}
    blamed = {one["name"] for one in said["programs"] for each in one["checklist"] if codes & {*each["findings"]}}
    assert blamed == ({"a", "b"} if over else set())
    alone = json.loads(run("check", "--no-cache", "--program", "a", "--output-format", "json").out)
    assert not [one for one in alone["findings"] if one["code"] == "SL0903"]


def test_what_two_folders_might_run_is_counted_for_neither(run: Callable[..., Outcome], root: Path) -> None:
    two_folders(root, ("pg.example.com", "pg.example.com"))
    for folder in ("a", "b"):
        (root / folder / "Procfile").unlink()
    services = "".join(f"  {name}:\n    build: ./{name}\n    command: uvicorn app.main:app\n    deploy: {{replicas: 1}}\n" for name in "ab")
    (root / "compose.yaml").write_text(f"services:\n{services}  jobs:\n    image: elsewhere\n    command: celery -A x worker -c 9\n")
    assert servers(planned(run)) == {"pg.example.com": ("pass", 40)}


def test_one_program_is_planned_as_before(run: Callable[..., Outcome], root: Path) -> None:
    (root / "app.py").write_text(APP.format(name="one", url='"postgresql://db/net"'))
    (root / "compose.yaml").write_text(
        "services:\n  web:\n    command: uvicorn app:app\n    deploy: {replicas: 3}\n"
        "  jobs:\n    command: celery -A app worker -c 2\n    deploy: {replicas: 1}\n"
    )
    said = planned(run)
    assert (said["version"], said["inputs"]["others"], said["today"]["connections"]) == (1, {"value": 2, "source": "jobs"}, 62)
    assert planned(run, "--instances", "web=5,jobs=4")["today"]["connections"] == 108
    assert planned(run, "--instances", "4")["today"]["connections"] == 82
    assert run("plan", "--instances", "wbe=2").err.splitlines()[0].endswith("no program is called 'wbe'; did you mean 'web'?")
