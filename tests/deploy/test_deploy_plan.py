"""`statelint plan`: sizes worked out by hand, wrong numbers refused, and the command as its users call it."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from statelint.cli.plan import plan as command
from statelint.config import Scaling
from statelint.deploy.model import Deployment
from statelint.errors import StatelintError
from statelint.sizing.picture import picture
from statelint.sizing.plan import Input, Inputs, Plan, plan
from statelint.sizing.plan_text import plan_json, plan_text
from statelint.sizing.planning import Given, prefilled
from statelint.sizing.together import Member

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from click.testing import Result

    from statelint.model import Diagnostic

    Read = Callable[[Mapping[str, str]], tuple[Deployment, tuple[Diagnostic, ...]]]


def inputs(**values: float | None) -> Inputs:
    numbers: dict[str, float | None] = {
        "peak": None,
        "per_instance": None,
        "headroom": 25,
        "instances": None,
        "workers": 4,
        "max_connections": 100,
        "reserved": 3,
        "others": 0,
        "pools": 1,
        "memory": None,
    }
    return Inputs(**{name: Input(value, f"--{name.replace('_', '-')}") for name, value in (numbers | values).items()})


def chosen(**values: float | None) -> Plan:
    return plan(inputs(**values))


def test_the_sizing_of_the_article() -> None:
    # ceil(500 x 1.25 / 60) = ceil(10.4) = 11; floor(97 / 11) = 8; floor(97 / 11 / 4) = 2; 2 x 4 x 11 = 88
    found = chosen(peak=500, per_instance=60)
    assert found.needed == 11
    assert found.chosen is not None
    row = found.chosen
    assert (row.instances, row.per_instance, row.per_worker, row.used, row.with_surge, row.pooler) == (11, 8, 2, 88, 112, "consider")
    assert found.formula == (
        "instances = ceil(peak x (1 + headroom) / per instance) = ceil(500 x 1.25 / 60) = ceil(10.42) = 11",
        "connections per instance = floor((100 - 3 reserved) / 11) = 8",
        "pool per worker = floor((100 - 3 reserved) / 11 / 4 workers) = 2",
        "connections when all pools are full = 2 x 4 x 11 = 88 of 97",
    )


@pytest.mark.parametrize(
    ("peak", "per_instance", "headroom", "instances"),
    [(100, 125, 25, 1), (101, 125, 25, 2), (1, 1000, 0, 1), (0.3, 0.1, 0, 3), (1000, 50, 30, 26), (400, 100, 25, 5)],
)
def test_instances_needed(peak: float, per_instance: float, headroom: float, instances: int) -> None:
    assert chosen(peak=peak, per_instance=per_instance, headroom=headroom).needed == instances


def test_shares_of_pools_and_of_others() -> None:
    # (200 - 3 - 17) / 5 / 2 / 3 = 6; all full: 6 x 5 x 2 x 3 = 180
    found = chosen(instances=5, workers=2, pools=3, max_connections=200, others=17)
    assert found.chosen is not None
    assert (found.chosen.per_worker, found.chosen.used, found.needed) == (6, 180, None)
    assert "17 others" in found.formula[0]


@pytest.mark.parametrize(
    ("instances", "workers", "pooler"),
    [(10, 1, "no"), (11, 1, "consider"), (14, 1, "consider"), (15, 1, "advised"), (20, 1, "due"), (10, 8, "due")],
)
def test_when_a_pooler_is_due(instances: int, workers: int, pooler: str) -> None:
    found = chosen(instances=instances, workers=workers, max_connections=120)
    assert found.chosen is not None
    assert found.chosen.pooler == pooler
    assert any("pooler" in line for line in found.advice) == (pooler != "no")


def test_memory_and_load_for_other_counts() -> None:
    found = chosen(peak=100, per_instance=50, memory=200)
    rows = {row.instances: row for row in found.table}
    assert {1, 2, 3, 5, 10, 15, 20} <= rows.keys()
    assert (rows[10].memory, rows[10].holds) == (8000, 400)
    assert [row.instances for row in found.table] == sorted(rows)


def test_a_headroom_out_of_custom_is_said() -> None:
    assert any("headroom of 5 % is small" in line for line in chosen(instances=1, headroom=5).advice)
    assert any("headroom of 80 % is large" in line for line in chosen(instances=1, headroom=80).advice)
    assert not any("headroom" in line for line in chosen(instances=1, headroom=20).advice)


def test_without_a_number_of_instances_the_table_is_left() -> None:
    found = chosen()
    assert (found.chosen, found.formula) == (None, ())
    assert len(found.table) >= 5
    assert "give --peak and --per-instance" in found.advice[0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"peak": 0}, "--peak: 0"),
        ({"peak": -5}, "more than 0"),
        ({"per_instance": 0, "peak": 1}, "--per-instance"),
        ({"headroom": -1}, "--headroom"),
        ({"headroom": 5000}, "at most 500"),
        ({"instances": 0}, "at least 1"),
        ({"workers": 0}, "--workers"),
        ({"max_connections": 3}, "no more than the 3"),
        ({"max_connections": 50, "others": 60}, "no more than the 63"),
        ({"reserved": -1}, "--reserved"),
        ({"memory": 0}, "--memory-per-worker"),
        ({"peak": 1e9, "per_instance": 0.001}, "more than 100000 instances"),
        ({"peak": float("nan")}, "out of range"),
        ({"peak": float("inf")}, "out of range"),
    ],
)
def test_wrong_numbers_are_refused_with_what_would_do(values: dict[str, float], words: str) -> None:
    with pytest.raises(StatelintError, match=words.replace("(", "\\(")) as error:
        chosen(**values)
    assert error.value.help


@given(
    peak=st.floats(0.1, 1e6),
    per_instance=st.floats(0.5, 1e5),
    headroom=st.floats(0, 100),
    workers=st.integers(1, 64),
    limit=st.integers(10, 5000),
)
def test_a_plan_never_exceeds_what_there_is(peak: float, per_instance: float, headroom: float, workers: int, limit: int) -> None:
    try:
        found = chosen(peak=peak, per_instance=per_instance, headroom=headroom, workers=workers, max_connections=limit)
    except StatelintError as error:
        assert "more than 100000 instances" in str(error)  # noqa: PT017 - one of the outcomes
        return
    assert found.chosen is not None
    assert found.chosen.instances * per_instance >= peak * (1 + headroom / 100) * (1 - 1e-6)
    assert all(row.used <= limit - 3 and row.per_worker * workers * row.instances == row.used for row in found.table)
    assert json.loads(plan_json(found, None))["instances_needed"] == found.needed
    assert plan_text(found, None).count(">") >= 1
    assert ET.fromstring(picture(found, Deployment(), None, {}, "x")).tag.endswith("svg")  # noqa: S314 - made here


def test_numbers_are_taken_from_the_project(read: Read) -> None:
    deployment, _ = read(
        {
            "compose.yaml": """
                services:
                  web:
                    image: a/b
                    command: gunicorn -w 3 app:app
                    deploy: {replicas: 2}
                  db: {image: "postgres:17", command: postgres -c max_connections=400}
            """
        }
    )
    found = prefilled(Given(peak=10), Member("", "", deployment, ()), Scaling())
    assert (found.workers.value, found.workers.source) == (3, "compose.yaml:4  gunicorn --workers 3")
    assert (found.instances.value, found.max_connections.value) == (2, 400)
    assert (found.peak.source, found.per_instance.value) == ("--peak", None)
    stated = prefilled(Given(workers=8), Member("", "", deployment, ()), Scaling(instances=9, max_connections=50))
    assert (stated.workers.value, stated.instances.value, stated.max_connections.value) == (8, 9, 50)


APP = """
import os
from flask import Flask
from sqlalchemy import create_engine
app = Flask(__name__)
engine = create_engine(os.environ["DATABASE_URL"])
SESSIONS = {}


@app.get("/healthz")
def healthz():
    return "ok"


@app.post("/login/<name>")
def login(name):
    SESSIONS[name] = engine.pool.status()
    return "ok"
"""
COMPOSE = """services:
  web:
    image: registry.example.com/<shop>/web
    command: gunicorn -w 4 -b :8000 app:app
    healthcheck: {test: curl http://localhost:8000/healthz}
    deploy: {replicas: 3}
  "db & more": {image: "postgres:17"}
  redis: {image: "redis:7"}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    return tmp_path


def call(*words: str) -> Result:
    return CliRunner().invoke(command, list(words), catch_exceptions=True)


def test_the_command_fills_in_and_works_out(project: Path) -> None:
    done = call(str(project), "--peak", "300", "--per-instance", "100", "--headroom", "20%", "--isolated")
    assert done.exit_code == 0, done.output
    assert "ceil(300 x 1.2 / 100) = ceil(3.60) = 4" in done.output
    assert "compose.yaml:4  gunicorn --workers 4" in done.output
    assert "15 x 4 workers x 4 instances = 240 > 97 (max_connections 100 - 3 reserved): does not fit" in done.output
    assert "The peak needs 4 instances; compose.yaml:6 says 3." in done.output


def test_the_command_as_json_and_as_a_picture(project: Path, tmp_path: Path) -> None:
    image = tmp_path / "plan.svg"
    done = call(str(project), "--output-format", "json", "--svg", str(image), "--isolated")
    assert done.exit_code == 0, done.output
    data: dict[str, Any] = json.loads(done.stdout)
    assert data["version"] == 1
    assert data["inputs"]["instances"] == {"value": 3, "source": "compose.yaml:6  deploy.replicas: 3"}
    assert (data["result"]["per_worker"], data["today"]["verdict"], data["today"]["connections"]) == (8, "fail", 180)
    assert data["today"]["terms"][0]["workers"]["path"] == "compose.yaml"
    text = "".join(ET.parse(image).getroot().itertext())  # noqa: S314 - made here
    assert "Load balancer" in text
    assert "db & more" in text
    assert "180 of 97 connections" in text
    assert 'class="edge bad"' in image.read_text()


def test_a_stateless_picture_has_no_broken_edge(project: Path, tmp_path: Path) -> None:
    (project / "app.py").write_text(
        "from flask import Flask\napp = Flask(__name__)\n\n\n@app.get('/healthz')\ndef healthz():\n    return 'ok'\n"
    )
    image = tmp_path / "plan.svg"
    assert call(str(project), "--svg", str(image), "--isolated").exit_code == 0
    text = image.read_text()
    assert 'class="edge bad"' not in text
    assert "prefers-color-scheme: dark" in text


def test_a_folder_without_a_program_is_planned_with_what_is_given(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    done = call(str(tmp_path), "--peak", "100", "--per-instance", "10", "--isolated")
    assert done.exit_code == 0, done.output
    assert "= 13" in done.output
    assert "nothing is taken from" in done.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--peak", "many"], "'many' is not a number"),
        (["--peak", "nan"], "'nan' is not a number"),
        (["--workers", "1.5"], "is not a valid integer"),
        (["no-such-folder"], "no-such-folder does not exist"),
    ],
)
def test_wrong_words_are_one_line(words: list[str], message: str) -> None:
    done = call(*words)
    assert done.exit_code != 0
    assert message in done.output


def test_wrong_numbers_stop_before_anything_is_read(tmp_path: Path) -> None:
    done = call(str(tmp_path), "--instances", "0")
    assert isinstance(done.exception, StatelintError)
    assert str(done.exception).startswith("--instances: 0 is out of range")


def test_wrong_numbers_end_the_process_with_status_two(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "statelint", "plan", "--peak", "-4", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "error: --peak: -4 is out of range: it must be more than 0 and at most 1e+09",
        "  = help: requests a second at the peak, e.g. --peak 500",
    ]


def test_workers_that_are_known_above_are_known_below(project: Path) -> None:
    (project / "compose.yaml").unlink()
    unknown = call(str(project), "--peak", "300", "--per-instance", "100", "--isolated").output
    assert "because no deployment file says how many workers there are" in unknown
    (project / "contrib").mkdir()
    (project / "contrib" / "other.uwsgi.ini").write_text("[uwsgi]\nmodule = elsewhere:application\nworkers = 8\n")
    known = call(str(project), "--peak", "300", "--per-instance", "100", "--isolated").output
    assert "contrib/other.uwsgi.ini:3  workers = 8" in known
    assert "15 x 8 workers x 4 instances = 480 > 97" in known
