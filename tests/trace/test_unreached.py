"""What no entry point reaches: how it is listed, and that the items that it could speak against stay open."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.checks.analysed import analysed
from tests.cli.project_fixture import Outcome, here

from statelint.config import Config
from statelint.rulebook.load import load_rulebook
from statelint.verdict.judge import judge

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEAD = """
import os, shutil, subprocess, threading, time
from fastapi import FastAPI
from elsewhere import on, registry
app = FastAPI()
JOBS = {}
TOTALS = {}
@app.get("/health")
def health(): return {}
@app.get("/jobs")
def jobs(): return JOBS
@app.get("/totals")
def totals(): return TOTALS
"""
LOST = {
    "writes a file": ("def lost(name):\n    with open('/var/data/' + name, 'w') as file:\n        file.write('x')\n", {"files"}),
    "removes a folder": ("def lost(name):\n    shutil.rmtree(name)\n", {"files"}),
    "keeps state": ("def lost(name):\n    TOTALS[name] = TOTALS.get(name, 0) + 1\n", {"state"}),
    "keeps the state of jobs": ("def lost(name):\n    JOBS[name] = 'running'\n", {"state", "jobs"}),
    "starts a loop": (
        "def work():\n    while True:\n        time.sleep(60)\n        os.sync()\ndef lost():\n    threading.Thread(target=work).start()\n",
        {"jobs"},
    ),
    "opens a pool": (
        "def lost():\n    from sqlalchemy import create_engine\n    return create_engine('postgresql://db/shop')\n",
        {"database"},
    ),
}
"""What a function does to which nothing leads, and the items that are open for it and hold, or are not used, without it."""
HARMLESS = {
    "computes": "def lost(number):\n    return number + 1\n",
    "reads a file": "def lost(name):\n    return open('/var/data/' + name).read()\n",
    "reads what is kept": "def lost(name):\n    return TOTALS.get(name)\n",
    "keeps what is its own": "def lost(name):\n    seen = {}\n    seen[name] = 1\n    return seen\n",
    "starts work that ends": "def work():\n    pass\ndef lost():\n    threading.Thread(target=work).start()\n",
    "is run by scripts alone": "def lost():\n    return 1\nif __name__ == '__main__':\n    TOTALS['x'] = lost()\n",
}
BUS = "def load():\n    return registry.all()\n\n"
NEAREST = {
    "a decorator": ("@on('sold')\ndef lost(name):\n    JOBS[name] = 1\n", "decorator", "@on", 14),
    "a decorator further up": (
        "def lost(name):\n    JOBS[name] = 1\n@on('sold')\ndef first(name):\n    lost(name)\n",
        "decorator",
        "@on",
        16,
    ),
    "a registry": (
        "def lost(name):\n    JOBS[name] = 1\nHANDLERS = {'lost': lost}\n",
        "named",
        "it is handed on or kept by module app",
        16,
    ),
    "a class in a registry": (
        "class Store:\n    def lost(self, name):\n        JOBS[name] = 1\nregistry.add(Store)\n",
        "named",
        "its class is handed on",
        17,
    ),
    "an object that is not known": (
        "class Store:\n    def lose(self, name):\n        JOBS[name] = 1\n@app.get('/x')\ndef x(store):\n    registry.get('x').lose('y')\n",
        "call",
        "lose()` in x",
        19,
    ),
    "a name": (
        "class A:\n    def do_lose(self, name):\n        JOBS[name] = 1\n    def run(self, x):\n        getattr(self, 'do_' + x)(x)\n",
        "name",
        "`getattr` in A.run",
        18,
    ),
    "a closure": (
        "@app.get('/x')\ndef x():\n    def lost(name):\n        JOBS[name] = 1\n    registry.last = [lost]\n    return {}\n",
        "named",
        "handed on or kept by x",
        18,
    ),
    "a base class of a library": (
        "from lib.plugins import Plugin\nclass Mine(Plugin):\n    def lost(self, name):\n        JOBS[name] = 1\n",
        "base",
        "which extends lib.plugins.Plugin",
        15,
    ),
    "a class that nothing makes": (
        "class Store:\n    def lost(self, name):\n        JOBS[name] = 1\n",
        "unmade",
        "an instance of Store",
        14,
    ),
    "the module as a program": (
        "def lost(name):\n    JOBS[name] = 1\nif __name__ == '__main__':\n    lost('x')\n",
        "outside",
        "only where app.py is run as a program",
        17,
    ),
    "nobody": ("def lost(name):\n    JOBS[name] = 1\n", "nobody", "nothing that was read names it", 14),
}
"""What stands between, as its kind, a part of its words, and the line of `app.py`."""


def items(folder: Path, source: str) -> dict[str, str]:
    analysis = analysed(folder, {"app.py": source})
    return {verdict.item: verdict.verdict for verdict in judge(analysis, Config(), load_rulebook()).result.checklist}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return items(tmp_path_factory.mktemp("plain"), HEAD)


@pytest.mark.parametrize(("source", "open_items"), LOST.values(), ids=LOST)
def test_an_item_stays_open(tmp_path: Path, plain: dict[str, str], source: str, open_items: set[str]) -> None:
    found = items(tmp_path, HEAD + source)
    assert {item for item in open_items if plain[item] not in ("pass", "not-used")} == set()
    assert {item for item, verdict in found.items() if verdict != plain[item]} == open_items
    assert {found[item] for item in open_items} == {"unknown"}


@pytest.mark.parametrize("source", HARMLESS.values(), ids=HARMLESS)
def test_what_is_harmless_changes_nothing(tmp_path: Path, plain: dict[str, str], source: str) -> None:
    assert items(tmp_path, HEAD + source) == plain


def test_the_reason_is_told(tmp_path: Path) -> None:
    analysis = analysed(tmp_path, {"app.py": HEAD + "@on('sold')\n" + LOST["writes a file"][0]})
    (said,) = (one for one in analysis.evidence if one.item == "files" and one.kind == "unknown")
    assert said.text == (
        "open is called in lost, to which no entry point that was found leads: decorated with `@on`, which is not known to call it"
    )


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    (tmp_path / ".git").mkdir()
    return here(capsys)


def listed(run: Callable[..., Outcome], folder: Path, source: str) -> dict[str, Any]:
    (folder / "app.py").write_text(HEAD + source)
    outcome = run("trace", "--unreached", "--no-cache", "--output-format", "json")
    assert (outcome.status, outcome.err) == (0, "")
    (program,) = json.loads(outcome.out)["programs"]
    assert isinstance(program, dict)
    return program


@pytest.mark.parametrize(("source", "told"), [(source, told) for source, *told in NEAREST.values()], ids=NEAREST)
def test_the_nearest_that_is_not_understood(run: Callable[..., Outcome], tmp_path: Path, source: str, told: tuple[str, str, int]) -> None:
    (one,) = listed(run, tmp_path, source)["unreached"]
    assert (one["why"], one["nearest"]["line"]) == (told[0], told[2])
    assert told[1] in one["nearest"]["text"]
    assert [effect["does"] for effect in one["effects"]] == ["keeps state"]


def test_a_module_that_nothing_imports(run: Callable[..., Outcome], tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text("import os\ndef setup(name):\n    os.remove(name)\n")
    (one,) = listed(run, tmp_path, "import importlib\n@app.get('/x')\ndef x(name):\n    importlib.import_module(name)\n")["unreached"]
    assert (one["name"], one["why"], one["nearest"]["path"], one["nearest"]["line"]) == ("plugin.setup", "import", "app.py", 17)


def test_the_share(run: Callable[..., Outcome], tmp_path: Path) -> None:
    program = listed(run, tmp_path, "def one():\n    two()\ndef two():\n    pass\nclass A:\n    def __len__(self):\n        return 1\n")
    assert (program["reached"], program["functions"], program["unreached"]) == (3, 5, [])
    assert listed(run, tmp_path, "@app.get('/one')\ndef one():\n    two()\ndef two():\n    pass\n")["reached"] == 5


def test_the_callers_between(run: Callable[..., Outcome], tmp_path: Path) -> None:
    (one,) = listed(run, tmp_path, "def lost():\n    JOBS[1] = 1\ndef by():\n    lost()\n@on('x')\ndef first():\n    by()\n")["unreached"]
    assert one["callers"] == ["app.first", "app.by"]


def test_what_people_read(run: Callable[..., Outcome], tmp_path: Path) -> None:
    source = (
        "@on('sold')\ndef lost(name):\n    JOBS[name] = 1\n    JOBS[name] += 1\n    os.remove(name)\ndef other():\n    os.remove('x')\n"
    )
    (tmp_path / "app.py").write_text(HEAD + source)
    shown = run("trace", "--unreached", "--limit", "1").out
    assert shown.splitlines() == [
        "3 of 5 functions of application modules are reached from an entry point (60 %).",
        "2 functions to which nothing leads would write files, keep state, start work or open connections:",
        "",
        "app.lost  app.py:15",
        "  would        keep state: JOBS (lines 16, 17)",
        "               write files: os.remove (line 18)",
        "  nearest      app.py:14: decorated with `@on`, which is not known to call it",
        "",
        "and 1 more; --limit shows more",
    ]


def test_nothing_to_list(run: Callable[..., Outcome], tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(HEAD)
    assert run("trace", "--unreached", ".").out.endswith(
        "None of the others writes files, keeps state, starts work or opens connections.\n"
    )


def test_usage(run: Callable[..., Outcome], tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(HEAD)
    assert run("trace").status == 2
    nowhere = run("trace", "--unreached", "nowhere")
    assert nowhere.status == 2
    assert "nowhere does not exist" in nowhere.err
    assert "functions of application modules are reached" in run("check", "--timing", "--no-cache").err
