"""Several applications in one package: which are programs of their own, and that none is blamed for another."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.project_fixture import Outcome, environment, here

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SERVER = """
from fastapi import FastAPI

app = FastAPI()


@app.get("/healthz")
def healthz():
    return {}
"""
GATEWAY = """
from fastapi import FastAPI

TABLE = {}
app = FastAPI()


@app.put("/targets/{name}")
def put(name: str, address: str):
    TABLE[name] = address


@app.get("/targets/{name}")
def get(name: str):
    return TABLE[name]
"""
SERVE = "import uvicorn\n\n\ndef main():\n    uvicorn.run('net.server:app')\n"
BOTH = "services:\n  a:\n    command: uvicorn net.server:app\n  b:\n    command: uvicorn net.gateway:app\n"
UNIT = "[Service]\nExecStart=/usr/bin/uvicorn net.gateway:app\n"


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


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in {"net/__init__.py": "", "net/server.py": SERVER, "net/gateway.py": GATEWAY, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def report(run: Callable[..., Outcome], *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("check", "--no-cache", "--output-format", "json", *arguments).out)
    return found


def state(said: dict[str, Any]) -> dict[str, str]:
    """Return the verdict about state of each program."""
    return {one["name"]: next(each["verdict"] for each in one["checklist"] if each["item"] == "state") for one in said.get("programs", [])}


def listed(run: Callable[..., Outcome]) -> dict[str, str]:
    said = json.loads(run("programs", "--output-format", "json").out)["programs"]
    return {one["name"]: one["found_by"] for one in said}


# -- which are programs


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, ("`FastAPI(...)` in net/gateway.py, which nothing here starts", "`FastAPI(...)` in net/server.py, which nothing here starts")),
        ({"compose.yaml": BOTH}, ("uvicorn net.gateway:app in compose.yaml:4", "uvicorn net.server:app in compose.yaml:2")),
        (
            {"net/cli.py": SERVE},
            ("`FastAPI(...)` in net/gateway.py, which nothing here starts", "`uvicorn.run` in net/cli.py:5"),
        ),
        ({"net/units/gateway.service": UNIT, "net/cli.py": SERVE}, ("uvicorn net.gateway:app in net/units/gateway.service:2", None)),
        (
            {"compose.yaml": BOTH, "net/server.py": SERVER + "\nfrom net.gateway import TABLE\n"},
            ("uvicorn net.gateway:app in compose.yaml:4", "uvicorn net.server:app in compose.yaml:2"),
        ),
        (
            {"net/server.py": "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef index():\n    return ''\n"},
            (None, "`Flask(...)` in net/server.py, which nothing here starts"),
        ),
    ],
    ids=["nothing starts either", "two services", "a command starts one", "an agent", "one uses the other's module", "two frameworks"],
)
def test_applications_of_different_processes_are_programs(
    run: Callable[..., Outcome], root: Path, files: dict[str, str], found: tuple[str | None, str | None]
) -> None:
    write(root, files)
    said = listed(run)
    assert list(said) == ["gateway", "server"]
    for expected, text in zip(found, said.values(), strict=True):
        assert expected in (None, text)
    assert set(state(report(run))) == {"gateway", "server"}


@pytest.mark.parametrize(
    "files",
    [
        {"net/server.py": SERVER + "\nfrom net.gateway import app as gateway\n\napp.mount('/gateway', gateway)\n"},
        {"net/server.py": SERVER + "\nimport net.gateway\n"},
        {"net/server.py": SERVER + GATEWAY.replace("app", "gateway"), "net/gateway.py": ""},
        {
            "net/server.py": SERVER.replace("app = ", "from net.gateway import make\n\n\napp = ").replace(
                "\n\n@", "\nother = make()\n\n\n@"
            ),
            "net/gateway.py": GATEWAY.replace("app = FastAPI()", "").replace("@app", "    @app").replace("\ndef ", "\n    def ")
            + "\n\ndef make():\n    return FastAPI()\n",
        },
        {
            "net/main.py": "import asyncio\n\nimport uvicorn\n\nfrom net.gateway import app as gateway\nfrom net.server "
            "import app as server\n\n\n"
            "async def main():\n    one = uvicorn.Server(uvicorn.Config(server))\n    two = uvicorn.Server(uvicorn.Config(gateway))\n"
            "    await asyncio.gather(one.serve(), two.serve())\n"
        },
        {"net/gateway.py": "from fastapi import FastAPI\n\nTABLE = {}\napp = FastAPI()\n"},
        {"net/gateway.py": "", "tests/test_gateway.py": GATEWAY},
        {"statelint.toml": "[programs]\neverything = '.'\n"},
        {"statelint.toml": "[programs]\nserver = ['net.server:app', 'net.gateway:app']\n"},
    ],
    ids=[
        "mounted",
        "imported and served by nothing",
        "one module",
        "made together",
        "served together",
        "answers nothing",
        "in tests",
        "said",
        "named",
    ],
)
def test_what_one_process_serves_is_one_program(run: Callable[..., Outcome], root: Path, files: dict[str, str]) -> None:
    write(root, files)
    assert len(listed(run)) == 1


def test_blueprints_and_middleware_of_gateways_are_one_program(run: Callable[..., Outcome], root: Path) -> None:
    view = "\n\n@{0}.route('/{0}')\ndef {0}_view():\n    return ''\n"
    write(
        root,
        {
            "net/gateway.py": "from flask import Flask\n\ngateway = Flask(__name__)\n" + view.format("gateway"),
            "net/server.py": "from flask import Blueprint, Flask\nfrom werkzeug.middleware.dispatcher import DispatcherMiddleware\n\n"
            "from net.gateway import gateway\n\nshop = Blueprint('shop', __name__)\n"
            + view.format("shop")
            + "\n\nserver = Flask(__name__)\n"
            "server.register_blueprint(shop)\napplication = DispatcherMiddleware(server, {'/gateway': gateway})\n",
        },
    )
    assert list(listed(run)) == ["repository"]


# -- whose a finding is


def test_a_table_of_the_gateway_is_no_fault_of_the_server(run: Callable[..., Outcome], root: Path) -> None:
    write(root, {"compose.yaml": BOTH})
    said = report(run)
    assert state(said) == {"gateway": "fail", "server": "pass"}
    assert [one["symbol"] for one in said["findings"] if one["code"] == "SL0401"] == ["TABLE"]


def test_the_health_endpoint_of_one_is_none_of_the_other(run: Callable[..., Outcome], root: Path) -> None:
    write(root, {"compose.yaml": BOTH})
    health = {
        one["name"]: next(each["verdict"] for each in one["checklist"] if each["item"] == "health") for one in report(run)["programs"]
    }
    assert health == {"gateway": "fail", "server": "pass"}


@pytest.mark.parametrize(
    ("start", "verdict"), [({}, "unknown"), ({"net/units/gateway.service": UNIT}, "unknown"), ({"compose.yaml": BOTH}, "fail")]
)
def test_what_nothing_starts_and_an_agent_are_in_doubt(
    run: Callable[..., Outcome], root: Path, start: dict[str, str], verdict: str
) -> None:
    write(root, {"net/cli.py": SERVE, **start})
    said = report(run)
    assert state(said) == {"gateway": verdict, "server": "pass"}
    (table,) = [one for one in said["findings"] if one["symbol"] == "TABLE"]
    assert (table["severity"], table["confidence"]) == (("error", "medium") if verdict == "fail" else ("note", "low"))
    assert any("of the program gateway" in note for note in table["notes"]) == (verdict == "unknown")


def test_nothing_is_in_doubt_where_nothing_is_started(run: Callable[..., Outcome], root: Path) -> None:
    write(root, {})
    assert state(report(run)) == {"gateway": "fail", "server": "pass"}


def test_what_the_configuration_names_is_started(run: Callable[..., Outcome], root: Path) -> None:
    write(root, {"net/cli.py": SERVE, "statelint.toml": "[programs]\nedge = 'net.gateway:app'\nlost = 'net.absent:app'\n"})
    said = report(run)
    assert state(said) == {"edge": "fail", "server": "pass"}
    assert [one["message"] for one in said["diagnostics"]] == ["programs: lost: net.absent:app is no application that was found"]
    assert listed(run)["edge"] == "the configuration"


def test_what_both_load_is_judged_for_each(run: Callable[..., Outcome], root: Path) -> None:
    """Also where one names the class that the other alone makes: a call leads to no module that is not loaded."""
    shared = (
        "class Store:\n    def put(self, name):\n        pass\n\n\nSEEN = {}\n\n\n"
        "def note(name):\n    SEEN[name] = 1\n    return len(SEEN)\n"
    )
    local = "from net.shared import Store\n\nROWS = {}\n\n\nclass Local(Store):\n    def put(self, name):\n        ROWS[name] = 1\n"
    handler = (
        "\nfrom net.shared import Store, note\n\n\n@app.post('/{0}')\n"
        "def {0}(name: str, store: Store):\n    store.put(name)\n    return note(name)\n"
    )
    write(
        root,
        {
            "net/shared.py": shared,
            "net/local.py": local,
            "net/server.py": SERVER + handler.format("a"),
            "net/gateway.py": SERVER + handler.format("b") + "\nfrom net.local import Local\n\nstore = Local()\n",
            "compose.yaml": BOTH,
        },
    )
    said = report(run)
    findings = {one["fingerprint"]: one["symbol"] for one in said["findings"]}
    by_program = {
        one["name"]: sorted({findings[each] for verdict in one["checklist"] for each in verdict["findings"] if findings[each].isupper()})
        for one in said["programs"]
    }
    assert by_program == {"gateway": ["ROWS", "SEEN"], "server": ["SEEN"]}
    assert sorted(one["symbol"] for one in said["findings"] if one["symbol"].isupper()) == ["ROWS", "SEEN"], "each is told once"


def test_one_can_be_asked_for(run: Callable[..., Outcome], root: Path) -> None:
    write(root, {"compose.yaml": BOTH})
    assert "TABLE" not in run("check", "--program", "server").out
    assert "TABLE" in run("check", "--program", "gateway").out
    outcome = run("check", "--program", "gatewy")
    assert outcome.status == 2
    assert "did you mean 'gateway'?" in outcome.err


def test_a_folder_of_several_has_them_by_its_name(run: Callable[..., Outcome], root: Path) -> None:
    write(root / "one", {"compose.yaml": BOTH, "pyproject.toml": "[project]\nname = 'one'\n"})
    (root / "two" / "shop").mkdir(parents=True)
    (root / "two" / "pyproject.toml").write_text("[project]\nname = 'two'\n")
    (root / "two" / "shop" / "__init__.py").write_text("")
    (root / "two" / "shop" / "main.py").write_text(SERVER)
    assert list(listed(run)) == ["one:gateway", "one:server", "two"]
    assert state(report(run)) == {"one:gateway": "fail", "one:server": "pass", "two": "pass"}
    assert state(report(run, "--program", "one:server")) == {"one:server": "pass"}
    assert state(report(run, "--program", "one")) == {"one:gateway": "fail", "one:server": "pass"}


def test_a_baseline_holds_for_all(run: Callable[..., Outcome], root: Path) -> None:
    write(root, {"compose.yaml": BOTH})
    assert run("check", "--write-baseline", "known.json").status == 0
    outcome = run("check", "--baseline", "known.json")
    assert (outcome.status, "not found any more" in outcome.err) == (0, False)


POOL = """
from sqlalchemy import create_engine, text

engine = create_engine("postgresql://db/net", pool_size={0}, max_overflow=0)


@app.get("/rows")
def rows():
    with engine.connect() as connection:
        return connection.execute(text("select 1")).scalar()
"""
SCALED = """services:
  db:
    image: postgres:16
  a:
    command: uvicorn net.server:app
    deploy: {{replicas: {0}}}
  b:
    command: uvicorn net.gateway:app
    deploy: {{replicas: {1}}}
"""


@pytest.mark.parametrize(
    ("pools", "replicas", "verdict"),
    [((20, 20), (3, 3), "fail"), ((20, 20), (2, 2), "pass"), ((20, None), (4, 9), "pass"), ((20, None), (5, 1), "fail")],
    ids=["together too many", "together few enough", "one has none", "one alone has too many"],
)
def test_the_connections_of_all_programs_add_up(
    run: Callable[..., Outcome], root: Path, pools: tuple[int, int | None], replicas: tuple[int, int], verdict: str
) -> None:
    """60 of 97 connections fit for each, 120 do not for both."""
    own, other = (POOL.format(size) if size else "" for size in pools)
    write(root, {"net/server.py": SERVER + own, "net/gateway.py": GATEWAY + other, "compose.yaml": SCALED.format(*replicas)})
    said = report(run)
    over = {one["fingerprint"] for one in said["findings"] if one["code"] == "SL0903"}
    assert bool(over) == (verdict == "fail")
    blamed = {one["name"] for one in said["programs"] for each in one["checklist"] if over & {*each["findings"]}}
    assert blamed == ({"server", *(["gateway"] if other else [])} if over else set())
    total = sum(size * count for size, count in zip(pools, replicas, strict=True) if size)
    assert ("fail" if total > 97 else "pass") == verdict
    plan = json.loads(run("plan", "--output-format", "json").out)
    assert f"= {total} " in json.dumps(plan)


def test_trace_tells_what_check_tells(run: Callable[..., Outcome], root: Path) -> None:
    write(root, {"net/cli.py": SERVE})
    traced = [json.loads(run("trace", "TABLE", "--output-format", "json").out)["subjects"][0]["findings"]]
    (root / "compose.yaml").write_text(BOTH)
    traced.append(json.loads(run("trace", "TABLE", "--output-format", "json").out)["subjects"][0]["findings"])
    assert [[(one["code"], one["severity"], one["confidence"]) for one in found] for found in traced] == [
        [("SL0401", "note", "low")],
        [("SL0401", "error", "medium")],
    ]
