"""`--new-since`: what a branch adds, told by two analyses and fingerprints."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.cli.project_fixture import Outcome, command, here, write_project

from statelint.errors import StatelintError
from statelint.history import checked_out, version_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOGINS = """
LAST = {}


@app.post("/seen")
def seen():
    LAST[request.form["user"]] = request.form["at"]
    return "ok"


@app.get("/seen")
def last():
    return LAST[request.args["user"]]
"""
UNREACHED = """from flask import request

from app.views import app

BASKETS = {}


def put(user, item):
    BASKETS[user] = item


def get(user):
    return BASKETS.get(user)
"""
ROUTES = """
@app.post("/basket")
def add():
    put(request.form["user"], request.form["item"])
    return "ok"


@app.get("/basket")
def show():
    return get(request.args["user"])
"""


def git(folder: Path, *arguments: str) -> str:
    names = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(["git", *arguments], cwd=folder, env=os.environ | names | quiet, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path) -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "x")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    write_project(folder)
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    assert project
    return here(capsys)


def symbols(outcome: Outcome) -> list[str]:
    return [finding["symbol"] for finding in json.loads(outcome.out)["findings"]]


def since(run: Callable[..., Outcome], ref: str, *options: str) -> Outcome:
    return run("check", "--output-format", "json", "--no-progress", f"--new-since={ref}", *options)


def test_only_what_is_new_is_reported(run: Callable[..., Outcome], project: Path) -> None:
    unchanged = since(run, "HEAD")
    assert (unchanged.status, symbols(unchanged)) == (0, [])
    assert json.loads(unchanged.out)["summary"] == {"findings": 0, "suppressed": 0, "baselined": 0, "earlier": 1}
    views = project / "app" / "views.py"
    views.write_text("import os\n\n" + views.read_text() + LOGINS)
    changed = since(run, "HEAD")
    assert (changed.status, symbols(changed)) == (1, ["LAST"])
    assert {one["item"]: one["verdict"] for one in json.loads(changed.out)["checklist"]}["sessions"] == "fail", "the project is as it is"
    text = run("check", "--new-since", "HEAD", "--no-progress").out
    assert "1 finding (1 there before)" in text
    assert "SESSIONS" not in text


def test_a_new_route_to_old_state_is_new(run: Callable[..., Outcome], project: Path) -> None:
    (project / "app" / "baskets.py").write_text(UNREACHED)
    commit(project)
    (project / "app" / "baskets.py").write_text(UNREACHED + ROUTES)
    outcome = since(run, "HEAD")
    assert symbols(outcome) == ["BASKETS"], "the line of the finding is an old one"


def test_a_renamed_file_is_not_new(run: Callable[..., Outcome], project: Path) -> None:
    git(project, "mv", "app/views.py", "app/accounts.py")
    assert symbols(since(run, "HEAD")) == []


def test_a_comment_that_is_taken_away_shows_what_it_silenced(run: Callable[..., Outcome], project: Path) -> None:
    views = project / "app" / "views.py"
    before = views.read_text()
    views.write_text(before.replace("SESSIONS = {}", "SESSIONS = {}  # statelint: ignore[SL0103] one instance for now"))
    commit(project)
    assert symbols(since(run, "HEAD")) == []
    views.write_text(before)
    assert symbols(since(run, "HEAD")) == ["SESSIONS"]


def test_a_branch_is_compared_with_what_it_began_from(run: Callable[..., Outcome], project: Path) -> None:
    git(project, "switch", "-q", "-c", "topic")
    git(project, "switch", "-q", "main")
    views = project / "app" / "views.py"
    old = views.read_text()
    views.write_text(old.replace('SESSIONS[request.form["token"]] = request.form["user"]', "pass"))
    commit(project)
    git(project, "switch", "-q", "topic")
    assert symbols(since(run, "main")) == [], "main repaired it after the branch began; the branch did not add it"


def test_histories_without_a_common_beginning(run: Callable[..., Outcome], project: Path) -> None:
    git(project, "switch", "-q", "--orphan", "other")
    git(project, "commit", "-q", "--allow-empty", "-m", "empty")
    git(project, "checkout", "-q", "main")
    outcome = since(run, "other")
    assert symbols(outcome) == ["SESSIONS"]
    assert "no common history" in outcome.err


def test_a_folder_of_the_repository(run: Callable[..., Outcome], project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = project / "services" / "shop"
    (service / "app").mkdir(parents=True)
    (service / "pyproject.toml").write_text('[tool.statelint]\nper-file-ignores = {"app/old.py" = ["ALL"]}\n')
    (service / "app" / "views.py").write_text((project / "app" / "views.py").read_text())
    (service / "app" / "old.py").write_text((project / "app" / "views.py").read_text())
    monkeypatch.chdir(service)
    assert symbols(since(run, "HEAD")) == ["SESSIONS"], "the folder is new"
    commit(project)
    assert symbols(since(run, "HEAD")) == []
    (service / "app" / "views.py").write_text((service / "app" / "views.py").read_text() + LOGINS)
    assert symbols(since(run, "HEAD")) == ["LAST"]
    monkeypatch.chdir(project)
    assert symbols(since(run, "HEAD", "services/shop/app")) == ["LAST"]


def test_nothing_is_touched_and_nothing_is_run(run: Callable[..., Outcome], project: Path, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    (project / ".gitattributes").write_text("*.py filter=evil export-subst\n")
    for key in ("clean", "smudge"):
        git(project, "config", f"filter.evil.{key}", "cat")
    commit(project)
    for key in ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "core.fsmonitor", "core.sshCommand", "diff.external"):
        git(project, "config", key, f"touch {witness}; cat")
    hooks = project / ".git" / "hooks"
    for name in ("post-checkout", "post-index-change", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {witness}\n")
        (hooks / name).chmod(0o755)
    (project / "app" / "views.py").write_text((project / "app" / "views.py").read_text() + LOGINS)

    def state() -> dict[str, tuple[int, int]]:
        return {str(path): (path.lstat().st_mtime_ns, path.lstat().st_size) for path in sorted(project.rglob("*"))}

    before = state()
    assert symbols(since(run, "HEAD", "--no-cache")) == ["LAST"]
    assert state() == before
    assert not witness.exists()


def test_an_earlier_version_is_what_was_stored(project: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    (project / "app" / "windows.py").write_bytes(b"x = 1\r\n")
    (project / "big.png").write_bytes(b"\x89PNG")
    (project / "app" / "within.py").symlink_to("windows.py")
    (project / "app" / "outside.py").symlink_to(tmp_path / "secret")
    (project / "app" / "climbs.py").symlink_to("../../secret")
    (project / "app" / "w\u00e4re \n.py").write_text("y = 2\n")
    git(project, "config", "core.autocrlf", "true")
    git(project, "config", "core.safecrlf", "false")
    git(project, "-c", "core.autocrlf=false", "add", "-A")
    git(project, "commit", "-q", "-m", "x")
    with checked_out(version_of(project, "HEAD"), project) as top:
        assert not top.is_relative_to(project)
        assert (top / "app" / "windows.py").read_bytes() == b"x = 1\r\n"
        assert (top / "app" / "within.py").read_bytes() == b"x = 1\r\n"
        assert (top / "app" / "w\u00e4re \n.py").read_text() == "y = 2\n"
        assert (top / "big.png").read_bytes() == b"", "its name is enough"
        assert not (top / "app" / "outside.py").is_symlink()
        assert not (top / "app" / "climbs.py").is_symlink()
    assert not top.exists()


@pytest.mark.parametrize("ref", ["nowhere", "--upload-pack=touch", "", "HEAD:app", "-h"])
def test_what_is_no_commit_is_refused(ref: str, run: Callable[..., Outcome]) -> None:
    outcome = since(run, ref)
    assert outcome.status == 2
    assert "there is no commit" in outcome.err
    assert "fetch" in outcome.err


def test_without_a_repository_or_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StatelintError, match="needs a git checkout: not a git repository"):
        version_of(tmp_path, "HEAD")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StatelintError, match="git cannot be run"):
        version_of(tmp_path, "HEAD")


def test_a_hook_may_have_set_its_own_folder(project: Path) -> None:
    outcome = command("check", "--new-since", "HEAD", "app", folder=project, GIT_DIR=".git", GIT_INDEX_FILE=".git/index.lock")
    assert (outcome.status, outcome.err) == (0, "")
    assert "No new findings" in outcome.out


def test_a_baseline_holds_everything(run: Callable[..., Outcome]) -> None:
    outcome = run("check", "--new-since", "HEAD", "--write-baseline", "b.json")
    assert outcome.status == 2
    assert "cannot be combined" in outcome.err
