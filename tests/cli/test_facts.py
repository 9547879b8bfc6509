"""What a verdict rests on: errors and certain warnings, values that are no placeholders, and facts that the configuration states."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from tests.cli.cli_fixture import finding
from tests.cli.project_fixture import Outcome, environment, here

from statelint.verdict.checklist import verdicts

if TYPE_CHECKING:
    from collections.abc import Callable

    from statelint.model import Confidence, Severity, VerdictKind

VIEWS = """\
import os

from flask import Flask, session

app = Flask(__name__)
app.config["SECRET_KEY"] = {secret}


@app.get("/healthz")
def healthz():
    session["seen"] = True
    return "ok"
"""
REASON = "drawn by the platform: a Kubernetes secret"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    for name in set(os.environ) - environment().keys():
        monkeypatch.delenv(name)
    return here(capsys)


def written(secret: str, *facts: str) -> None:
    Path("app.py").write_text(VIEWS.format(secret=secret))
    Path("statelint.toml").write_text("[facts]\n" + "".join(f"{fact}\n" for fact in facts))


def item(run: Callable[..., Outcome], key: str) -> dict[str, object]:
    checklist = json.loads(run("check", "--output-format", "json").out)["checklist"]
    found: dict[str, object] = next(entry for entry in checklist if entry["item"] == key)
    return found


# -- findings


@pytest.mark.parametrize(
    ("severity", "confidence", "verdict"),
    [
        ("error", "high", "fail"),
        ("error", "medium", "fail"),
        ("error", "low", "unknown"),
        ("warning", "high", "fail"),
        ("warning", "medium", "unknown"),
        ("warning", "low", "unknown"),
        ("note", "high", "pass"),
        ("note", "low", "unknown"),
    ],
)
def test_a_verdict_rests_on_what_is_certain(severity: Severity, confidence: Confidence, verdict: VerdictKind) -> None:
    one = finding(1, severity=severity, confidence=confidence, message="it grows")
    found = next(each for each in verdicts([one], [], [], [], has_web=True) if each.item == "state")
    assert found.verdict == verdict
    if verdict == "unknown":
        said = "likely: it grows" if confidence == "medium" else "perhaps: it grows"
        assert [(entry.path, entry.line, entry.text) for entry in found.evidence] == [("app.py", 1, said)]


# -- placeholders


@pytest.mark.parametrize(
    "text",
    [
        "CHANGE_ME",
        "changeme",
        "CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET",
        "please change",
        "secret",
        "super-secret-key",
        "dev",
        "development",
        "test",
        "django-insecure-h6&x",
        "your-secret-key-here",
        "replace this",
        "SECRET_KEY",
    ],
)
def test_a_placeholder_is_no_proof(run: Callable[..., Outcome], text: str) -> None:
    written(repr(text))
    found = item(run, "config")
    assert found["verdict"] == "unknown"
    assert "is a placeholder" in json.dumps(found)
    assert repr(text) not in json.dumps(found["evidence"]), "a secret's value is not told"


@pytest.mark.parametrize(
    "secret",
    [
        '"k2j3h4kj2h3kj4secret9"',
        '"devil-may-care-92"',
        '"exchange-rate-7121"',
        'os.environ["KEY"]',
        'os.environ.get("KEY", "k2j3h4")',
    ],
)
def test_a_value_is(run: Callable[..., Outcome], secret: str) -> None:
    written(secret)
    assert item(run, "config")["verdict"] == "pass"


def test_a_placeholder_that_a_variable_replaces_is_told_with_the_variable(run: Callable[..., Outcome]) -> None:
    written('os.environ.get("APP_KEY", "dev")')
    assert "is a placeholder where APP_KEY is not set" in json.dumps(item(run, "config"))


# -- facts


def test_a_fact_decides_what_is_open(run: Callable[..., Outcome]) -> None:
    written('"changeme"', f'config = "{REASON}"')
    found = item(run, "config")
    assert (found["verdict"], found["stated"]) == ("pass", REASON)
    assert run("check", "--fail-on-unknown").status == 0
    written('"changeme"')
    assert "stated" not in item(run, "config")
    assert run("check", "--fail-on-unknown").status == 1


def test_a_fact_does_not_outweigh_a_finding(run: Callable[..., Outcome]) -> None:
    written("os.urandom(24)", f'config = "{REASON}"')
    found = item(run, "config")
    assert found["verdict"] == "fail"
    assert "stated" not in found


def test_a_fact_about_what_is_decided_changes_nothing(run: Callable[..., Outcome]) -> None:
    written('os.environ["KEY"]', f'config = "{REASON}"', f'jobs = "{REASON}"')
    assert (item(run, "config")["verdict"], item(run, "jobs")["verdict"]) == ("pass", "not-used")


@pytest.mark.parametrize("name", ["full", "grouped", "json", "sarif", "markdown", "html", "junit"])
def test_every_format_shows_it_as_stated(run: Callable[..., Outcome], name: str) -> None:
    written('"changeme"', f'config = "{REASON}"')
    shown = run("check", "--output-format", name).out
    assert f"stated: {REASON}" in " ".join(shown.replace("&quot;", '"').split())
    if name == "junit":
        cases = ET.fromstring(shown).iter("testcase")  # noqa: S314 - our own report
        assert sum(case.find("skipped") is not None for case in cases if case.get("classname") == "statelint.config") == 0


def test_the_short_formats_count_it(run: Callable[..., Outcome]) -> None:
    written('"changeme"', f'config = "{REASON}"')
    for name in ("concise", "github"):
        assert "PASS (1 stated)" in run("check", "--output-format", name).out


@pytest.mark.parametrize("name", ["full", "grouped", "sarif", "markdown", "html", "junit"])
def test_what_is_open_says_how_to_decide_it(run: Callable[..., Outcome], name: str) -> None:
    written('"changeme"')
    assert "facts.config = " in run("check", "--output-format", name).out


@pytest.mark.parametrize(
    ("fact", "error"),
    [
        ('rate-limits = "x"', "statelint.toml:2: facts: no item of the checklist is called 'rate-limits'; did you mean 'rate-limit'?"),
        ('config = " "', "statelint.toml:2: facts: config has no reason"),
        ("config = true", "statelint.toml:2: config: expected a string, got true or false"),
    ],
)
def test_what_is_no_fact_is_refused(run: Callable[..., Outcome], fact: str, error: str) -> None:
    written('"changeme"', fact)
    outcome = run("check")
    assert outcome.status == 2
    assert outcome.err.startswith(f"error: {error}")
