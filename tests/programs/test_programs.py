"""The command on repositories of several programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from tests.cli.project_fixture import VIEWS, Outcome, environment, here

from statelint.report import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = Path(__file__).parents[2] / "examples"
CLEAN = VIEWS.replace("SESSIONS[", "dict()[")


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


def program(folder: Path, text: str = VIEWS, **files: str) -> None:
    """Write an application of equal module names into a folder."""
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "__init__.py").write_text("")
    (folder / "app" / "views.py").write_text(text)
    (folder / "Procfile").write_text("web: gunicorn app.views:app\n")
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content)


def report(run: Callable[..., Outcome], *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("check", "--output-format", "json", *arguments).out)
    return found


def verdicts(checklist: list[dict[str, Any]]) -> dict[str, str]:
    return {entry["item"]: entry["verdict"] for entry in checklist}


def of(said: dict[str, Any], name: str) -> dict[str, str]:
    return verdicts(next(one["checklist"] for one in said["programs"] if one["name"] == name))


# -- several programs are as many times one


def test_copies_have_the_findings_of_one_each(run: Callable[..., Outcome], root: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    for place in (alone, *(root / f"shop{number}" for number in range(3))):
        shutil.copytree(EXAMPLES / "flask-stateful", place, ignore=shutil.ignore_patterns("__pycache__"))
    (alone / ".git").mkdir()
    one, all_of_them = report(run, str(alone)), report(run)
    assert one["findings"]

    def plain(data: Any, prefix: str = "") -> str:
        """Leave out what names the place: fingerprints, and the folder in front of paths."""
        for entry in data:
            entry.pop("fingerprint", None)
            entry.pop("findings", None)
        return json.dumps(data, sort_keys=True).replace(prefix, "") if prefix else json.dumps(data, sort_keys=True)

    expected = plain(one["findings"]), plain(one["checklist"])
    for entry in all_of_them["programs"]:
        prefix = f"{entry['root']}/"
        mine = [finding for finding in all_of_them["findings"] if finding["path"].startswith(prefix)]
        assert (plain(mine, prefix), plain(entry["checklist"], prefix)) == expected
    assert len(all_of_them["findings"]) == 3 * len(one["findings"])


@pytest.mark.parametrize("paths", [(), (".",), ("a", "b"), ("b", "a"), ("a/app", "b/app")])
def test_a_clean_program_and_a_stateful_one_do_not_speak_for_each_other(
    run: Callable[..., Outcome], root: Path, paths: tuple[str, ...]
) -> None:
    program(root / "a")
    program(root / "b", CLEAN)
    said = report(run, *paths)
    assert {finding["path"] for finding in said["findings"]} == {"a/app/views.py"}
    assert "fail" in of(said, "a").values()
    assert "fail" not in of(said, "b").values()
    assert verdicts(said["checklist"])["sessions"] == "fail", "the worst of all stands at the top"
    assert said["project"]["files"] == 4


def test_a_route_of_one_is_no_health_endpoint_of_the_other(run: Callable[..., Outcome], root: Path) -> None:
    program(root / "a", CLEAN.replace("/healthz", "/hello").replace("def healthz", "def hello"))
    program(root / "b", CLEAN)
    assert (of(report(run), "a")["health"], of(report(run), "b")["health"]) == ("fail", "pass")


# -- one of them


def test_one_program_can_be_asked_for(run: Callable[..., Outcome], root: Path) -> None:
    program(root / "a")
    program(root / "b", CLEAN)
    assert run("check", "--program", "a").status == 1
    outcome = run("check", "--program", "b")
    assert (outcome.status, "SESSIONS" in outcome.out) == (0, False)
    outcome = run("check", "--program", "bb")
    assert outcome.status == 2
    assert outcome.err.splitlines() == [
        "error: --program: no program is called 'bb'; did you mean 'b'?",
        "  = help: the programs are a, b",
    ]


def test_a_tree_of_one_program_has_no_names(run: Callable[..., Outcome], root: Path) -> None:
    program(root, CLEAN)
    outcome = run("check", "--program", "a")
    assert outcome.status == 2
    assert "everything under the path is one program" in outcome.err
    assert "programs" not in report(run)


def test_the_content_of_a_file_is_seen_within_its_program(run: Callable[..., Outcome], root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(root / "a", CLEAN)
    program(root / "b", CLEAN)

    class Given:
        class buffer:  # noqa: N801 - as sys.stdin calls it
            @staticmethod
            def read(_: int) -> bytes:
                return VIEWS.encode()

    monkeypatch.setattr("sys.stdin", Given)
    outcome = run("check", "--output-format", "json", "--stdin-filename", "b/app/views.py", "-")
    said = json.loads(outcome.out)
    assert outcome.status == 1
    assert [one["name"] for one in said["programs"]] == ["b"]
    assert {finding["path"] for finding in said["findings"]} == {"b/app/views.py"}


# -- configurations


def test_a_nested_configuration_governs_its_program_alone(run: Callable[..., Outcome], root: Path) -> None:
    program(root / "a", statelint_toml='ignore = ["ALL"]\nfail-on = "error"\n')
    program(root / "b")
    for paths in ((), ("a", "b"), ("b", "a")):
        said = report(run, *paths)
        assert {finding["path"] for finding in said["findings"]} == {"b/app/views.py"}, paths
    assert run("check", "--program", "a").status == 0


def test_the_repositorys_configuration_holds_where_there_is_no_other(run: Callable[..., Outcome], root: Path) -> None:
    program(root / "a")
    program(root / "b", statelint_toml="")
    (root / "statelint.toml").write_text('ignore = ["ALL"]\n')
    assert {finding["path"] for finding in report(run)["findings"]} == {"b/app/views.py"}


def test_a_configuration_in_a_package_governs_the_package(run: Callable[..., Outcome], root: Path) -> None:
    legacy = 'from flask import Blueprint, request\n\nold = Blueprint("old", __name__)\nSEEN = {}\n\n\n@old.post("/seen")\ndef seen():\n'
    legacy += '    SEEN[request.form["name"]] = request.form["value"]\n    return SEEN[request.form["name"]]\n'
    program(
        root,
        CLEAN.replace(
            "app = Flask(__name__)\n", "from app.legacy.views import old\n\napp = Flask(__name__)\napp.register_blueprint(old)\n"
        ),
    )
    (root / "app" / "legacy").mkdir()
    (root / "app" / "legacy" / "__init__.py").write_text("")
    (root / "app" / "legacy" / "views.py").write_text(legacy)
    assert [finding["symbol"] for finding in report(run)["findings"]] == ["SEEN"]
    (root / "app" / "legacy" / "statelint.toml").write_text('ignore = ["state"]\nfacts = { jobs = "none" }\n')
    outcome = run("check", "--output-format", "json")
    assert json.loads(outcome.out)["findings"] == []
    assert outcome.err.startswith("warning: app/legacy/statelint.toml: facts of a folder within a program does not count")
    (root / "app" / "legacy" / "statelint.toml").write_text('[[safe]]\nname = "app.legacy.views.SEEN"\nreason = "old"\n')
    assert report(run)["summary"]["suppressed"] == 1


def test_the_configuration_names_and_corrects(run: Callable[..., Outcome], root: Path) -> None:
    program(root / "a")
    program(root / "b", CLEAN)
    (root / "statelint.toml").write_text('[programs]\nshop = "a"\n')
    assert [one["name"] for one in report(run)["programs"]] == ["shop", "b"]
    (root / "statelint.toml").write_text('[programs]\nall = "."\n')
    assert [(one["name"], one["root"]) for one in report(run)["programs"]] == [("all", ".")]
    (root / "statelint.toml").write_text('[programs]\nshop = ["a", "b"]\n')
    assert [(one["name"], one["root"]) for one in report(run)["programs"]] == [("shop", "a")]
    (root / "statelint.toml").write_text('[programs]\nshop = "c"\n')
    outcome = run("check")
    assert outcome.status == 2
    assert outcome.err.startswith("error: programs: shop:")


def test_facts_and_items_that_have_to_be_decided_are_a_programs(run: Callable[..., Outcome], root: Path) -> None:
    text = CLEAN.replace("app = Flask(__name__)\n", 'app = Flask(__name__)\napp.config["SECRET_KEY"] = "changeme"\n')
    program(root / "a", text, statelint_toml='fail-on-unknown = ["ALL"]\nfacts = { config = "from a vault" }\n')
    program(root / "b", text, statelint_toml='fail-on-unknown = ["ALL"]\n')
    outcome = run("check")
    assert outcome.status == 1
    assert "are UNKNOWN" not in outcome.err
    assert "error: 1 item of those that have to be decided is UNKNOWN: b: config" in outcome.err
    assert "PASS (1 stated)" in outcome.out


# -- the gate


def test_no_application_anywhere_is_status_2(run: Callable[..., Outcome], root: Path) -> None:
    program(root / "a", "X = 1\n")
    program(root / "b", "X = 2\n")
    outcome = run("check")
    assert outcome.status == 2
    assert "no web application was found in 4 files" in outcome.err
    program(root / "c", CLEAN)
    outcome = run("check")
    assert (outcome.status, outcome.err) == (0, "")
    assert "Checklist of a: no web application was found" in outcome.out


def test_a_broken_file_is_its_programs_affair(run: Callable[..., Outcome], root: Path) -> None:
    program(root / "a", CLEAN)
    program(root / "b", CLEAN)
    (root / "a" / "app" / "broken.py").write_text("X = {\n")
    said = report(run)
    assert [(one["code"], one["path"]) for one in said["findings"]] == [("SL0004", "a/app/broken.py")]
    assert set(of(said, "a").values()) == {"unknown"}
    assert "unknown" not in of(said, "b").values()


# -- what programs share


def shared(root: Path) -> None:
    """Write two programs with one package, which only the first fills by requests."""
    (root / "common").mkdir()
    (root / "common" / "__init__.py").write_text("")
    (root / "common" / "store.py").write_text(
        "STORE = {}\n\n\ndef put(key, value):\n    STORE[key] = value\n\n\ndef get(key):\n    return STORE[key]\n"
    )
    writes = CLEAN.replace("from flask", "from common.store import get, put\nfrom flask").replace(
        '    return "ok"\n\n\n@app.get("/me")',
        '    put(request.form["token"], request.form["user"])\n    return get(request.form["user"])\n\n\n@app.get("/me")',
    )
    program(root / "a", writes)
    program(root / "b", CLEAN.replace("from flask", "from common.store import get\nfrom flask"))


def test_a_shared_package_is_analysed_for_each(run: Callable[..., Outcome], root: Path) -> None:
    shared(root)
    said = report(run)
    assert [(finding["symbol"], finding["path"]) for finding in said["findings"]] == [("STORE", "common/store.py")]
    assert (of(said, "a")["state"], of(said, "b")["state"]) == ("fail", "unknown")
    assert said["project"]["files"] == 6, "those that are shared count once"


def test_a_comment_in_a_shared_package_is_idle_where_nobody_has_a_use_for_it(run: Callable[..., Outcome], root: Path) -> None:
    shared(root)
    assert run("check", "--add-ignores=one instance").status == 0
    said = report(run)
    assert said["findings"] == []
    assert said["summary"]["suppressed"] == 1
    (root / "a" / "app" / "views.py").write_text(CLEAN.replace("from flask", "from common.store import get\nfrom flask"))
    assert [finding["code"] for finding in report(run)["findings"]] == ["SL0001"]


def test_a_baseline_of_all(run: Callable[..., Outcome], root: Path) -> None:
    program(root / "a")
    program(root / "b")
    assert "wrote 2 findings" in run("check", "--write-baseline", "known.jsonl").err
    outcome = run("check", "--baseline", "known.jsonl")
    assert (outcome.status, outcome.err) == (0, "")
    assert report(run, "--baseline", "known.jsonl")["summary"] == {"findings": 0, "suppressed": 0, "baselined": 2, "earlier": 0}
    (root / "a" / "app").rename(root / "a" / "moved")
    assert run("check", "--baseline", "known.jsonl").status == 0, "a renamed folder brings nothing back"
    (root / "b" / "app" / "views.py").write_text(CLEAN)
    outcome = run("check", "--baseline", "known.jsonl")
    assert outcome.status == 1
    assert "known.jsonl: 1 entry not found any more: SL0103 SESSIONS in b/app/views.py" in outcome.err
    assert "removed 1 entry" in run("check", "--baseline", "known.jsonl", "--prune-baseline").err
    assert run("check", "--baseline", "known.jsonl").status == 0


# -- how it is started


COMPOSE = """\
services:
  {a}:
    build: ./a
    deploy: {{replicas: 3}}
  {b}:
    build: ./b
    deploy: {{replicas: 5}}
"""


@pytest.mark.parametrize("names", [("a", "b"), ("front", "back")])
def test_a_compose_file_beside_the_programs_starts_each(run: Callable[..., Outcome], root: Path, names: tuple[str, str]) -> None:
    for name in "ab":
        program(root / name, CLEAN)
        (root / name / "Procfile").unlink()
        (root / name / "Dockerfile").write_text("FROM python\nCOPY . .\nCMD gunicorn app.views:app\n")
    (root / "compose.yaml").write_text(COMPOSE.format(a=names[0], b=names[1]))
    told = {(finding["path"], finding["message"].partition(" ")[0]) for finding in report(run)["findings"]}
    assert told == {("compose.yaml", "3"), ("compose.yaml", "5")}
    for name, instances in zip("ab", "35", strict=True):
        messages = [finding["message"] for finding in report(run, "--program", name)["findings"]]
        assert len(messages) == 1
        assert messages[0].startswith(f"{instances} instances of ")


# -- formats


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("jsonl", "gitlab")])
def test_every_format_has_a_checklist_for_each(run: Callable[..., Outcome], root: Path, name: str) -> None:
    program(root / "services" / "front")
    program(root / "services" / "back", CLEAN)
    shown = run("check", "--output-format", name).out
    if name == "json":
        assert [(one["name"], one["root"]) for one in json.loads(shown)["programs"]] == [
            ("back", "services/back"),
            ("front", "services/front"),
        ]
    elif name == "sarif":
        (log,) = json.loads(shown)["runs"]
        assert log["properties"]["programs"]["front"]["sessions"] == "fail"
        assert log["properties"]["programs"]["back"]["sessions"] != "fail"
        texts = [entry["message"]["text"] for entry in log["results"] if entry["kind"] != "fail"]
        assert {text.partition(": ")[0] for text in texts} == {"back", "front"}
        rules = [rule["id"] for rule in log["tool"]["driver"]["rules"]]
        assert all(rules[entry["ruleIndex"]] == entry["ruleId"] for entry in log["results"])
    elif name == "junit":
        names = [str(case.get("name")) for case in ET.fromstring(shown).iter("testcase")]  # noqa: S314 - our own report
        assert sum(name.startswith("back: ") for name in names) == 12
        assert 0 < sum(name.startswith("front: ") for name in names) < 12
    else:
        for title in ("front (services/front)", "back (services/back)"):
            assert title in shown.replace("\\", "")


# -- other commands


def test_the_first_baseline_is_that_of_all(run: Callable[..., Outcome], root: Path) -> None:
    program(root / "a")
    program(root / "b")
    outcome = run("init", "--yes")
    assert outcome.status == 0
    assert {json.loads(line)["path"] for line in (root / "statelint-baseline.jsonl").read_text().splitlines()} == {
        "a/app/views.py",
        "b/app/views.py",
    }
    assert run("check").status == 0


def test_clean_removes_the_cache_of_every_program(run: Callable[..., Outcome], root: Path) -> None:
    program(root / "a", CLEAN)
    program(root / "b", CLEAN)
    assert run("check", "--cache-dir", "kept").status == 0
    assert sum(path.name.startswith("survey-") for path in (root / "kept").iterdir()) == 2, (
        "what one program does not use stays for the other"
    )
    assert sorted(path.name for path in root.iterdir()) == [".git", "a", "b", "kept"]
    assert run("clean", "--cache-dir", "kept").status == 0
    assert not (root / "kept").exists()


def test_programs_lists_them(run: Callable[..., Outcome], root: Path) -> None:
    shared(root)
    (root / "a" / "statelint.toml").write_text("")
    outcome = run("programs")
    assert outcome.status == 0
    assert outcome.out.splitlines() == [
        "a  a  statelint.toml; shares common; configured by a/statelint.toml",
        "b  b  Procfile; shares common",
    ]
    said = json.loads(run("programs", "--output-format", "json", ".").out)
    assert [(one["name"], one["found_by"], one["shared"]) for one in said["programs"]] == [
        ("a", "statelint.toml", ["common"]),
        ("b", "Procfile", ["common"]),
    ]


def test_programs_of_a_tree_that_is_one(run: Callable[..., Outcome], root: Path) -> None:
    program(root)
    assert run("programs").out == "repository  .  everything is one program\n"


def test_what_an_earlier_version_had_is_found_program_by_program(run: Callable[..., Outcome], root: Path) -> None:
    program(root / "a")
    program(root / "b", CLEAN)
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-q", "-m", "first")
    outcome = run("check", "--new-since", "HEAD")
    assert outcome.status == 0
    assert "1 there before" in outcome.out
    (root / "b" / "app" / "views.py").write_text(VIEWS)
    said = json.loads(run("check", "--new-since", "HEAD", "--output-format", "json").out)
    assert [finding["path"] for finding in said["findings"]] == ["b/app/views.py"]
    assert said["summary"]["earlier"] == 1
    assert (of(said, "a")["sessions"], of(said, "b")["sessions"]) == ("fail", "fail"), "the checklists stay whole"
    assert run("check", "--new-since", "HEAD").status == 1
    assert run("check", "--new-since", "HEAD", "--program", "a").status == 0


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
