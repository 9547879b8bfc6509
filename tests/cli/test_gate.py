"""What makes the exit status other than 0: files that were not analysed, no application, items that have to be decided."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from tests.cli.project_fixture import VIEWS, Outcome, environment, here, write_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CLEAN = VIEWS.replace("SESSIONS[", "dict()[")
BROKEN = "ORDERS = {\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = write_project(tmp_path)
    (folder / "app" / "views.py").write_text(CLEAN)
    monkeypatch.chdir(folder)
    for name in set(os.environ) - environment().keys():
        monkeypatch.delenv(name)
    return folder


@pytest.fixture
def run(root: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    assert root.is_dir()
    return here(capsys)


def verdicts(outcome: Outcome) -> set[str]:
    return {entry["verdict"] for entry in json.loads(outcome.out)["checklist"]}


# -- files that were not analysed


def test_a_file_of_the_application_that_cannot_be_parsed_is_a_finding(run: Callable[..., Outcome], root: Path) -> None:
    (root / "app" / "orders.py").write_text(BROKEN)
    outcome = run("check", "--output-format", "json")
    (finding,) = json.loads(outcome.out)["findings"]
    assert outcome.status == 1
    assert (finding["code"], finding["severity"], finding["path"], finding["line"]) == ("SL0004", "warning", "app/orders.py", 1)
    assert "was never closed" in finding["message"]
    assert verdicts(outcome) == {"unknown"}


def test_a_file_of_the_application_that_cannot_be_read_is_a_finding(run: Callable[..., Outcome], root: Path) -> None:
    (root / "app" / "orders.py").symlink_to(root / "app" / "orders.py")
    (root / "app" / "tasks.py").write_bytes(b"# coding: no-such-encoding\nx = 1\n")
    found = json.loads(run("check", "--output-format", "json").out)["findings"]
    assert [(one["code"], one["path"]) for one in found] == [("SL0004", "app/tasks.py")]


@pytest.mark.parametrize("place", ["tests/data", "app/tests", "examples", "docs", "scripts"])
def test_a_broken_file_outside_the_application_decides_nothing(run: Callable[..., Outcome], root: Path, place: str) -> None:
    before = verdicts(run("check", "--output-format", "json"))
    (root / place).mkdir(parents=True)
    (root / place / "broken.py").write_text(BROKEN)
    outcome = run("check", "--output-format", "json")
    said = json.loads(outcome.out)
    assert (outcome.status, said["findings"], verdicts(outcome)) == (0, [], before)
    assert [(one["level"], one["path"]) for one in said["diagnostics"]] == [("warning", f"{place}/broken.py")]


def test_it_can_be_left_out_and_be_known(run: Callable[..., Outcome], root: Path) -> None:
    (root / "app" / "orders.py").write_text(BROKEN)
    assert run("check", "--ignore", "SL0004").status == 0
    assert run("check", "--per-file-ignores", "app/orders.py:unreadable-file").status == 0
    assert run("check", "--write-baseline", "known.jsonl").status == 0
    assert run("check", "--baseline", "known.jsonl").status == 0


def test_people_are_told_once(run: Callable[..., Outcome], root: Path) -> None:
    (root / "app" / "orders.py").write_text(BROKEN)
    for name in ("full", "concise", "grouped"):
        shown = run("check", "--output-format", name).out.partition("Checklist")[0]
        assert shown.count("was never closed") == 1, name


# -- no application


def test_no_web_application_is_status_2_and_one_line(run: Callable[..., Outcome], root: Path) -> None:
    (root / "app" / "views.py").write_text("TOTALS = {}\n\n\ndef add(name):\n    TOTALS[name] = 1\n")
    outcome = run("check")
    first, *rest = outcome.err.splitlines()
    assert outcome.status == 2
    assert first == "error: no web application was found in 1 file, so nothing was decided"
    assert len(rest) == 1
    assert "entry-points" in rest[0]
    assert "NOT USED" not in outcome.out
    assert run("check", "--exit-zero").status == 2, "there is nothing to be lenient about"


def test_an_application_that_is_named_is_one(run: Callable[..., Outcome], root: Path) -> None:
    (root / "app" / "views.py").write_text("TOTALS = {}\n\n\ndef add(name):\n    TOTALS[name] = TOTALS.get(name, 0) + 1\n")
    (root / "statelint.toml").write_text('entry-points = ["app.views:add"]\n')
    outcome = run("check")
    assert (outcome.status, outcome.err) == (0, "")
    assert "Followed 1 entry point through" in outcome.out


def test_that_there_is_none_may_be_right(run: Callable[..., Outcome], root: Path) -> None:
    (root / "app" / "views.py").write_text("X = 1\n")
    assert run("check", "--allow-no-app").status == 0
    (root / "statelint.toml").write_text("allow-no-app = true\n")
    outcome = run("check")
    assert (outcome.status, outcome.err) == (0, "")


# -- items that have to be decided


def test_an_open_item_fails_where_it_has_to_be_decided(run: Callable[..., Outcome]) -> None:
    undecided = ("--ignore", "SL10", "--ignore", "SL11")
    open_items = json.loads(run("check", "--output-format", "json").out)["checklist"]
    assert "unknown" not in {entry["verdict"] for entry in open_items}
    assert run("check", *undecided).status == 0
    assert run("check", "--fail-on-unknown").status == 0


def test_only_the_items_that_are_named_have_to_be(run: Callable[..., Outcome], root: Path) -> None:
    (root / "app" / "orders.py").write_text(BROKEN)
    left_out = ("--ignore", "SL0004")
    assert run("check", *left_out).status == 0
    outcome = run("check", *left_out, "--fail-on-unknown=logs,state", ".")
    assert outcome.status == 1
    assert "error: 2 items of those that have to be decided are UNKNOWN: state, logs" in outcome.err
    assert run("check", *left_out, "--fail-on-unknown", ".").status == 1
    assert run("check", *left_out, "--fail-on-unknown", "--exit-zero").status == 0
    (root / "statelint.toml").write_text('ignore = ["SL0004"]\nfail-on-unknown = ["sessions"]\n')
    assert "is UNKNOWN: sessions" in run("check").err
    (root / "statelint.toml").write_text('fail-on-unknown = ["sesions"]\n')
    outcome = run("check")
    assert outcome.status == 2
    assert outcome.err.startswith("error: statelint.toml:1: fail-on-unknown: no item of the checklist is called 'sesions'; did you mean")
