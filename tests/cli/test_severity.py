"""Severities by rule and path: what is shown, what the exit status is, what the checklist says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.cli_fixture import COUNTER, ORDER, STATE, finding, small_book
from tests.cli.project_fixture import Outcome, here, write_project

from statelint.config import Config
from statelint.discover.files import SourceFile
from statelint.engine import Analysis
from statelint.model import Project
from statelint.verdict.judge import Judgement, fails, judge

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from statelint.model import Finding

BOOK = small_book()
FINDINGS = (finding(1), finding(2, COUNTER, symbol="COUNT"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text("SESSIONS = {}\nCOUNT = 0\n")
    return tmp_path


def judged(root: Path, *findings: Finding, base: Path | None = None, **config: Any) -> Judgement:
    sources = (SourceFile("app.py", "app", "app", is_package=False),)
    analysis = Analysis(str(root), Project(str(root), (), 1, 2, 1), findings or FINDINGS, (), (), {}, sources, (), has_web=True)
    return judge(analysis, Config(**config), BOOK, base=base)


def levels(judgement: Judgement) -> dict[str, str]:
    return {one.code: one.severity for one in judgement.result.findings}


def verdict(judgement: Judgement, item: str = "state") -> tuple[str, str]:
    (one,) = (one for one in judgement.result.checklist if one.item == item)
    return one.verdict, one.evidence[0].text


@pytest.mark.parametrize(
    ("severity", "wanted"),
    [
        ({}, {STATE: "error", COUNTER: "error"}),
        ({"SL0401": "warning"}, {STATE: "warning", COUNTER: "error"}),
        ({"state": "note"}, {STATE: "note", COUNTER: "note"}),
        ({"SL0402": "error", "SL": "note"}, {STATE: "note", COUNTER: "error"}),
        ({"ALL": "warning", "process-state": "off"}, {COUNTER: "warning"}),
        ({"SL04": "off", "SL0401": "warning"}, {STATE: "warning"}),
    ],
)
def test_the_more_specific_entry_wins(severity: dict[str, str], wanted: dict[str, str], root: Path) -> None:
    assert levels(judged(root, severity=severity)) == wanted


@pytest.mark.parametrize(
    ("by_file", "wanted"),
    [
        ({"app.py": {"SL0401": "note"}}, {STATE: "note", COUNTER: "warning"}),
        ({"other.py": {"SL0401": "note"}}, {STATE: "warning", COUNTER: "warning"}),
        ({"!other.py": {"SL0401": "note"}}, {STATE: "note", COUNTER: "warning"}),
        ({"*.py": {"SL0401": "note"}, "app.py": {"state": "error"}}, {STATE: "error", COUNTER: "error"}),
        ({"app.py": {"ALL": "off", "SL0402": "error"}}, {COUNTER: "error"}),
    ],
)
def test_a_file_has_its_own(by_file: dict[str, dict[str, str]], wanted: dict[str, str], root: Path) -> None:
    assert levels(judged(root, severity={"ALL": "warning"}, per_file_severity=by_file)) == wanted


def test_a_file_may_turn_a_rule_on_only_where_the_project_does(root: Path) -> None:
    assert levels(judged(root, severity={"SL0401": "off"}, per_file_severity={"app.py": {"SL0401": "error"}})) == {COUNTER: "error"}


def test_patterns_start_from_the_folder_of_the_configuration(root: Path) -> None:
    table = {f"{root.name}/app.py": {"ALL": "note"}}
    assert set(levels(judged(root, per_file_severity=table, base=root.parent)).values()) == {"note"}
    assert set(levels(judged(root, per_file_severity=table, base=root / "elsewhere")).values()) == {"error"}


def test_what_the_analysis_itself_takes_for_less_stays_less(root: Path) -> None:
    unsure, weak = finding(1, confidence="low", severity="note"), finding(2, COUNTER, severity="note")
    assert levels(judged(root, unsure, weak, severity={"ALL": "error"})) == {STATE: "note", COUNTER: "note"}
    assert levels(judged(root, finding(1), finding(2, COUNTER), severity={"ALL": "error"})) == {STATE: "error", COUNTER: "error"}
    assert levels(judged(root, finding(1, severity="warning"), severity={"ALL": "note"})) == {STATE: "note"}


def test_the_checklist_and_the_exit_status_follow(root: Path) -> None:
    assert verdict(judged(root))[0] == "fail"
    assert verdict(judged(root, severity={"ALL": "warning"}))[0] == "fail"
    note = judged(root, severity={"ALL": "note"})
    assert verdict(note) == ("pass", "accepted: m")
    assert not fails(note.result, "warning")
    assert fails(note.result, "note")
    assert fails(judged(root, severity={"ALL": "warning"}).result, "warning")
    off = judged(root, severity={"ALL": "off"})
    assert (levels(off), verdict(off)[0]) == ({}, "unknown"), "as with `ignore`: an open question"
    here_off = judged(root, per_file_severity={"app.py": {"ALL": "off"}})
    assert (levels(here_off), verdict(here_off)) == ({}, ("pass", "accepted: m")), "as with `per-file-ignores`: accepted"
    assert here_off.result.summary.suppressed == 2


def test_what_a_finding_breaks_besides_can_be_off(root: Path) -> None:
    both = finding(1, also=(ORDER,))
    assert verdict(judged(root, both, severity={ORDER: "off"}), "ordering")[0] == "unknown"
    assert verdict(judged(root, both, per_file_severity={"app.py": {ORDER: "off"}}), "ordering")[0] == "pass"
    as_other = judged(root, both, severity={STATE: "off", ORDER: "warning"})
    assert levels(as_other) == {ORDER: "warning"}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    monkeypatch.chdir(write_project(tmp_path))
    return here(capsys)


def test_files_variables_and_options(run: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(*options: str) -> tuple[int, list[str]]:
        outcome = run("check", "-q", "--no-progress", "--output-format", "concise", *options)
        return outcome.status, [line.split(" ")[2] for line in outcome.out.splitlines()]

    assert found() == (1, ["[error]"])
    assert found("--severity", "SL0103:warning,logs:off") == (1, ["[warning]"])
    monkeypatch.setenv("STATELINT_SEVERITY", "SL0103:note, logs:off")
    assert found() == (0, ["[note]"])
    monkeypatch.delenv("STATELINT_SEVERITY")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.statelint.severity]\n"SL0103" = "warning"\n[tool.statelint.per-file-severity]\n"app/*" = { sessions = "note" }\n'
    )
    assert found() == (0, ["[note]"])
    shown = run("check", "--show-settings").out
    assert '[severity]  # pyproject.toml:1\nSL0103 = "warning"' in shown.replace('"SL0103"', "SL0103")
    assert '"app/*" = { "sessions" = "note" }' in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[severity]\n"SL0103" = "warn"\n', "statelint.toml:2: SL0103: expected one of 'error', 'warning', 'note', 'off', got 'warn'"),
        ('[severity]\n"SL01O3" = "off"\n', "statelint.toml:2: severity: no rule, prefix or item is called 'SL01O3'"),
        ('[per-file-severity]\n"a/*" = "off"\n', "statelint.toml:2: a/*: expected a table, got a string"),
        ('[per-file-severity."a/*"]\n\nstaet = "off"\n', "statelint.toml:3: per-file-severity: no rule, prefix or item is called 'staet'"),
        ('severity = "error"\n', "statelint.toml:1: severity: expected a table, got a string"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, said: str, run: Callable[..., Outcome], tmp_path: Path) -> None:
    (tmp_path / "statelint.toml").write_text(text)
    outcome = run("check")
    assert outcome.status == 2
    assert said in outcome.err


def test_an_option_without_a_severity(run: Callable[..., Outcome]) -> None:
    outcome = run("check", "--severity", "SL0103")
    assert outcome.status == 2
    assert "--severity: expected RULE:SEVERITY, got 'SL0103'" in outcome.err
