"""`statelint trace`: what is known of a name or a place, and why it is or is not a finding."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.project_fixture import Outcome, command, here

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STORES = """\
class JobStore:
    def __init__(self):
        self._jobs = {}

    def put(self, key, job):
        self._jobs[key] = job

    def get(self, key):
        return self._jobs.get(key)


class Draft:
    def __init__(self):
        self.lines = []

    def add(self, line):
        self.lines.append(line)


store = JobStore()
LIMITS = {"free": 10}
_model = None
"""
API = """\
import json

from fastapi import APIRouter, FastAPI

from app import stores
from app.stores import Draft, store

app = FastAPI()
router = APIRouter(prefix="/jobs")
app.state.seen = {}
HANDLERS = {}


def handler(name):
    def register(function):
        HANDLERS[name] = function
        return function

    return register


@handler("csv")
def as_csv(rows):
    return json.dumps(rows)


@router.put("/{key}")
def create(key: str, body: str):
    store.put(key, body)


@router.post("/import")
def bulk(bodies: list[str]):
    many(bodies)


def many(bodies):
    for body in bodies:
        store.put(body, body)


@router.get("/{key}")
def read(key: str):
    app.state.seen[key] = True
    return store.get(key)


@router.post("/drafts")
def draft(line: str, machine):
    draft = Draft()
    draft.add(line)
    machine.turn(line)
    return draft.lines


@router.post("/model")
def use_model():
    if stores._model is None:
        stores._model = load_model()
    return HANDLERS["csv"]([stores._model])


def load_model():
    return object()


app.include_router(router)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").write_text("")
    (tmp_path / "app" / "stores.py").write_text(STORES)
    (tmp_path / "app" / "api.py").write_text(API)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
    return tmp_path


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    monkeypatch.chdir(root)
    return here(capsys)


@pytest.fixture
def traced(run: Callable[..., Outcome]) -> Callable[..., list[dict[str, Any]]]:
    """Return a function that gives the subjects of a trace as data."""

    @cache
    def ask(query: str, *options: str) -> list[dict[str, Any]]:
        outcome = run("trace", query, "--output-format", "json", "--isolated", *options)
        assert outcome.status == 0, outcome.err
        data = json.loads(outcome.out)
        assert data["version"] == 1
        assert data["query"] == query
        subjects: list[dict[str, Any]] = data["subjects"]
        return subjects

    return ask


@pytest.mark.parametrize(
    "query",
    [
        "app.stores.JobStore._jobs",
        "stores.JobStore._jobs",
        "JobStore._jobs",
        "_jobs",
        "src.app.stores.JobStore._jobs",
        "app.stores:JobStore._jobs",
        "store._jobs",
        "app.stores.store._jobs",
        "app.api.store._jobs",
        "app/stores.py:3",
        "app/stores.py:6",
        "app/stores.py:9:16",
        "./app/stores.py:3",
    ],
)
def test_a_cell_is_found_by_all_its_names_and_places(query: str, traced: Callable[..., list[dict[str, Any]]]) -> None:
    assert [(subject["is"], subject["name"]) for subject in traced(query)] == [("cell", "app.stores.JobStore._jobs")]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("create", ["function app.api.create"]),
        ("JobStore.put", ["function app.stores.JobStore.put"]),
        ("put()", ["function app.stores.JobStore.put"]),
        ("JobStore", ["class app.stores.JobStore"]),
        ("app/stores.py:5", ["function app.stores.JobStore.put"]),
        ("app/api.py:37", ["function app.api.many"]),
        ("app/stores.py:12", ["class app.stores.Draft"]),
        ("store", ["cell app.stores.store"]),
        ("LIMITS", ["cell app.stores.LIMITS"]),
        ("app.state.seen", ["cell app.state.seen"]),
        ("seen", ["cell app.state.seen"]),
        ("app/api.py:10", ["cell app.state.seen"]),
        ("app/stores.py:20", ["cell app.stores.store"]),
        ("handler.register", ["function app.api.handler.register"]),
    ],
)
def test_what_is_found(query: str, expected: list[str], traced: Callable[..., list[dict[str, Any]]]) -> None:
    assert [f"{subject['is']} {subject['name']}" for subject in traced(query)] == expected


def test_a_cell_that_is_a_finding(traced: Callable[..., list[dict[str, Any]]]) -> None:
    (cell,) = traced("_jobs")
    assert (cell["kind"], cell["container"]) == ("job-table", "mapping")
    assert cell["lifetime"] == "as long as the process: an instance of JobStore is kept by module-level name store"
    assert cell["holder"] == {"path": "app/stores.py", "line": 20, "text": "module-level name store"}
    assert cell["made"] == [{"path": "app/stores.py", "line": 3, "text": "self._jobs = {}"}]
    assert [(use["line"], use["how"], use["function"], use["contexts"]) for use in cell["writes"]] == [
        (6, "item", "JobStore.put", ["serving"])
    ]
    assert [(use["line"], use["how"], use["method"]) for use in cell["reads"]] == [(9, "get", "get")]
    assert {(told["code"], told["standing"]) for told in cell["findings"]} >= {("SL0703", "reported")}
    assert cell["reason"] == ""


def test_each_entry_point_has_its_shortest_route(traced: Callable[..., list[dict[str, Any]]]) -> None:
    (cell,) = traced("_jobs")
    ways = [[step["text"] for step in way["steps"]] for way in cell["routes"]["shown"]]
    assert ways == [
        ["PUT /jobs/{key} -> create", "JobStore.put", "writes JobStore._jobs"],
        ["POST /jobs/import -> bulk", "many", "JobStore.put", "writes JobStore._jobs"],
    ]
    assert not any(way["guessed"] for way in cell["routes"]["shown"])
    (limited,) = traced("_jobs", "--limit", "1")
    assert (len(limited["routes"]["shown"]), limited["routes"]["total"]) == (1, 2)


REASONS = (
    ("LIMITS", "nothing changes it after it is made"),
    ("HANDLERS", "no request reaches a write; written only in: startup"),
    ("_model", "derived from code wherever it is found missing: the same on every instance"),
    ("Draft.lines", "it lives as long as an instance of Draft; none is known that outlives a request"),
)


@pytest.mark.parametrize(("query", "reason"), REASONS)
def test_why_there_is_no_finding(query: str, reason: str, traced: Callable[..., list[dict[str, Any]]]) -> None:
    (cell,) = traced(query)
    assert (cell["reason"], cell["findings"]) == (reason, [])


def test_the_four_questions_are_answered(traced: Callable[..., list[dict[str, Any]]]) -> None:
    (model,), (jobs,) = traced("_model"), traced("_jobs")
    assert [answer["verdict"] for answer in model["answers"]] == ["yes", "no", "yes", "unknown"]
    assert [answer["verdict"] for answer in jobs["answers"]] == ["yes", "yes", "yes", "no"]
    (limits,) = traced("LIMITS")
    assert limits["answers"] == [], "no request writes it"


def test_an_object_names_the_cells_that_it_holds(traced: Callable[..., list[dict[str, Any]]]) -> None:
    (cell,) = traced("store")
    assert cell["holds"] == ["app.stores.JobStore._jobs"]


def test_a_function_knows_its_callers_callees_and_what_could_not_be_followed(traced: Callable[..., list[dict[str, Any]]]) -> None:
    (put,) = traced("JobStore.put")
    assert [(call["function"], call["line"], call["kind"]) for call in put["callers"]] == [
        ("app.api.create", 29, "call"),
        ("app.api.many", 39, "call"),
    ]
    assert [(use["function"], use["how"]) for use in put["writes"]] == [("app.stores.JobStore._jobs", "item")]
    assert [way["steps"][0]["text"] for way in put["routes"]["shown"]] == ["PUT /jobs/{key} -> create", "POST /jobs/import -> bulk"]
    (draft,) = traced("app.api.draft")
    assert draft["entry_points"] == ["request: POST /jobs/drafts"]
    assert [call["function"] for call in draft["callees"]] == ["app.stores.Draft.__init__", "app.stores.Draft.add"]
    assert [step["text"] for step in draft["unresolved"]] == ["machine.turn"]
    (csv,) = traced("as_csv")
    assert [step["text"] for step in csv["library_calls"]] == ["json.dumps"]
    assert csv["contexts"] == ["serving"], "through the dispatch table"


def test_a_class_knows_how_long_its_instances_live(traced: Callable[..., list[dict[str, Any]]]) -> None:
    (store,), (draft,) = traced("JobStore"), traced("Draft")
    assert store["holder"]["line"] == 20
    assert (store["cells"], store["methods"]) == (["app.stores.JobStore._jobs"], ["__init__", "put", "get"])
    assert draft["holder"] is None
    assert draft["made"] == [{"path": "app/api.py", "line": 50, "text": "draft = Draft()"}]


def test_what_becomes_of_a_finding_is_told(root: Path, run: Callable[..., Outcome]) -> None:
    stores = root / "app" / "stores.py"
    stores.write_text(STORES.replace("self._jobs = {}", "self._jobs = {}  # statelint: ignore[SL0703] one instance only"))
    assert "SL0703 in-process-job-queue (error, confidence high, silenced)" in run("trace", "_jobs").out
    stores.write_text(STORES)
    (root / "pyproject.toml").write_text('[tool.statelint]\nignore = ["SL0703"]\n')
    assert "SL0703 in-process-job-queue (error, confidence high, not selected)" in run("trace", "_jobs").out
    (root / "pyproject.toml").write_text('[tool.statelint]\nbaseline = "known.json"\n')
    run("check", ".", "--write-baseline", "known.json")
    assert "SL0703 in-process-job-queue (error, confidence high, in the baseline)" in run("trace", "_jobs").out


def test_text_for_people(run: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert run("trace", "seen", "--isolated").out == SEEN
    assert run("trace", "many", "--isolated").out == MANY


SEEN = """\
app.state.seen  app/api.py:10
  kind         other
  container    mapping
  lives        as long as the application object
  made         app/api.py:10  app.state.seen = {}
  written      app/api.py:10  module app.api: binds it anew  import
               app/api.py:44  read: one item                 serving
  routes       GET /jobs/{key} -> read (app/api.py:43) -> writes app.state.seen (app/api.py:44)
  questions    does it outlive a request? yes: as long as the application object
               can instances differ in it? yes: which requests arrive at an instance decides what it
               holds
               does anything outside depend on it? unknown: nothing is seen to read it
               is the difference healed? no: who finds nothing does not derive it again
  finding      SL0401 process-state (error, confidence medium, reported) app/api.py:10
               `app.state.seen` collects what requests write, in the memory of one process
"""
MANY = """\
app.api.many  app/api.py:37
  runs in      serving
  called by    app/api.py:34  app.api.bulk
  calls        app/api.py:39  app.stores.JobStore.put
  routes       POST /jobs/import -> bulk (app/api.py:33) -> many (app/api.py:37)
  no finding   no finding stands here or leads through here
"""


def test_colour_on_demand(run: Callable[..., Outcome]) -> None:
    assert "\x1b[" not in run("trace", "seen").out
    coloured = run("trace", "seen", "--color", "always").out
    assert "\x1b[1mapp.state.seen\x1b[0m" in coloured


WRONG = (
    (["jbos"], "no cell, function or class is called 'jbos'; did you mean 'app.stores.JobStore._jobs'?"),
    (["JobStroe._jobs"], "no cell, function or class is called 'JobStroe._jobs'; did you mean 'app.stores.JobStore._jobs'?"),
    (["zzzzzz"], "no cell, function or class is called 'zzzzzz'"),
    (["app/stores.py:19"], "app/stores.py:19: no cell, function or class stands here"),
    (["app/stors.py:3"], "app/stors.py is not among the files that were read; did you mean 'app/stores.py'?"),
    (["_jobs", "nowhere"], "nowhere"),
)


@pytest.mark.parametrize(("arguments", "error"), WRONG)
def test_what_is_not_there_is_status_2(arguments: list[str], error: str, run: Callable[..., Outcome]) -> None:
    outcome = run("trace", *arguments)
    assert outcome.status == 2
    assert outcome.out == ""
    assert error in outcome.err.splitlines()[0]


def test_many_of_one_name(root: Path, run: Callable[..., Outcome]) -> None:
    for number in range(8):
        (root / f"m{number}.py").write_text("jobs = {}\n\ndef add(job):\n    jobs[job] = 1\n")
    outcome = run("trace", "jobs")
    assert outcome.status == 0
    assert outcome.out.count("\n  container ") == 5
    assert outcome.err == "note: 3 more have this name: m5.jobs, m6.jobs, m7.jobs; say more of it\n"


def test_a_place_in_another_project(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outcome = command("trace", f"{root}/app/stores.py:3", "--no-cache", folder=tmp_path_factory.mktemp("elsewhere"))
    assert outcome.status == 0
    assert outcome.out.startswith("app.stores.JobStore._jobs  app/stores.py:3\n")


def test_help_imports_nothing_slow(root: Path) -> None:
    code = "import sys; from statelint.cli import _run; _run(['trace', '--help']); print([n for n in sys.modules if n in sys.argv])"
    import subprocess  # noqa: PLC0415 - only here
    import sys  # noqa: PLC0415 - only here

    names = ("libcst", "rich", "tomli", "ruamel.yaml", "jinja2", "statelint.engine", "statelint.program.program")
    done = subprocess.run([sys.executable, "-c", code, *names], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
