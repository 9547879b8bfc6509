"""`rules`, `rule`: the pages come from the rule files, the project's own libraries first."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from tests.cli.project_fixture import Outcome, here, write_project

from statelint.report import rule_page as explain
from statelint.rulebook.load import Rulebook, load_rulebook
from statelint.rulebook.schema import Api, Example, Repair, Rule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REPAIR = Repair(text="Say redis.", install="zeta[redis]", code='Session("redis")\n\nrun()')
RULE = Rule(
    code="SL0101",
    name="in-memory-session",
    item="sessions",
    severity="error",
    summary="sessions are kept in the process",
    why="Instance A knows the login,\ninstance B does not.\n\nA restart loses it.",
    fix="Use a shared store.",
    limits="Stores from .ini files.",
    references=("https://12factor.net/processes",),
    api=(
        Api(id="a", package="zeta", names=("zeta.Session",), fix=REPAIR),
        Api(id="b", package="Alpha_Lib", names=("alpha.A", "alpha.B"), fix=Repair(switch="ALPHA=redis")),
        Api(id="c", package="zeta", names=("zeta.Other",), fix=REPAIR),
        Api(id="d", package="python", names=("shelve.open",)),
    ),
    example=(
        Example(title="a dictionary", bad=True, source="\nx = {}  # SL0101\n"),
        Example(title="a file", bad=False, files={"Dockerfile": "FROM x\n", "app.py": "y = 1\n"}),
    ),
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    monkeypatch.chdir(write_project(tmp_path))
    return here(capsys)


def test_markdown_page() -> None:
    assert explain.as_markdown(RULE, {"zeta"}) == (
        "# SL0101 in-memory-session\n\n"
        "error · sessions: Sessions live in a database, Redis or a signed cookie · no automatic fix\n\n"
        "Sessions are kept in the process.\n\n"
        "## Why\n\nInstance A knows the login,\ninstance B does not.\n\nA restart loses it.\n\n"
        "## How to repair it\n\nUse a shared store.\n\n"
        "### zeta (found in this project)\n\nSay redis.\n\n"
        "```console\n$ pip install 'zeta[redis]'\n```\n\n"
        '```python\nSession("redis")\n\nrun()\n```\n\n'
        "### Alpha_Lib\n\nWithout a change of code: `ALPHA=redis`.\n\n"
        "## Reported\n\nA dictionary.\n\n```python\nx = {}  # SL0101\n```\n\n"
        "## Not reported\n\nA file.\n\n```text\n# Dockerfile\nFROM x\n```\n\n```python\ny = 1\n```\n\n"
        "## What it does not see\n\nStores from .ini files.\n\n"
        "## References\n\n- <https://12factor.net/processes>\n"
    )


def test_text_page() -> None:
    text = explain.as_text(RULE, width=60)
    assert "Instance A knows the login, instance B does not.\n\nA restart loses it." in text
    assert '    Session("redis")' in text
    assert "```" not in text
    assert all(len(line) <= 60 for line in text.splitlines() if not line.startswith(" "))
    assert text.index("Alpha_Lib") < text.index("zeta")
    assert "\x1b[1mWhy\x1b[0m" in explain.as_text(RULE, colour=True)


@pytest.mark.parametrize("width", [80, 100])
def test_the_page_of_every_shipped_rule_fits_a_screen_or_two(width: int) -> None:
    for rule in load_rulebook().rules:
        text = explain.as_brief(rule, url="https://rules.example/x", width=width)
        assert len(text.splitlines()) <= explain.MOST_LINES, rule.code
        words = "".join(text.split())
        for part in (rule.why, rule.fix, rule.limits):
            assert re.sub(r"\s", "", part) in words, f"{rule.code} loses words of its own"
        assert text.endswith("https://rules.example/x\n")


def test_the_brief_page_counts_what_it_leaves_out(run: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    brief, whole = run("rule", "SL0401").out, run("rule", "SL0401", "--examples").out
    (rule,) = (rule for rule in load_rulebook().rules if rule.code == "SL0401")
    assert f"`statelint rule SL0401 --examples` shows {len(rule.example) - 2} more examples." in brief
    assert all(title in brief for title in ("\nReported\n", "\nNot reported\n", "\nWhat it does not see\n"))
    assert len(whole.splitlines()) > 10 * len(brief.splitlines())
    small = explain.as_brief(RULE, {"zeta"})
    assert "more" not in small
    assert small.index("zeta (found in this project)") < small.index("Alpha_Lib")


def test_a_brief_page_keeps_to_any_number_of_lines() -> None:
    lines = len(explain.as_brief(RULE, {"zeta"}, most=1).splitlines())
    for most in range(lines, 80):
        assert len(explain.as_brief(RULE, {"zeta"}, most=most).splitlines()) <= max(most, lines)


def test_data_page() -> None:
    page = explain.as_data(RULE, {"Alpha_Lib"})
    assert [(one["package"], one["found"]) for one in page["libraries"]] == [("Alpha_Lib", True), ("python", False), ("zeta", False)]
    assert page["libraries"][2]["names"] == ["zeta.Other", "zeta.Session"]
    assert len(page["libraries"][2]["repairs"]) == 1
    assert page["examples"][1]["files"] == {"Dockerfile": "FROM x\n", "app.py": "y = 1\n"}


def test_packages_of_a_project(tmp_path: Path) -> None:
    book = Rulebook((RULE,), (), (), "")
    (tmp_path / "requirements.txt").write_text("alpha-lib[x]>=2\nzetabase\n")
    assert explain.packages_named_in(tmp_path, book) == {"Alpha_Lib"}
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["Zeta>=1"]\n')
    assert explain.packages_named_in(tmp_path, book) == {"Alpha_Lib", "zeta"}


def test_every_shipped_rule_has_its_page(run: Callable[..., Outcome]) -> None:
    book = load_rulebook()
    outcome = run("rule", "--all")
    assert outcome.status == 0
    pages = json.loads(run("rule", "--all", "--output-format", "json").out)
    assert [page["code"] for page in pages] == [rule.code for rule in book.rules]
    for rule in book.rules:
        assert f"\n{rule.code} {rule.name}\n" in f"\n{outcome.out}"
        assert not re.search(r"^(?:```|#+ )", explain.as_text(rule).replace("\n    ", "\n    "), re.MULTILINE), rule.code


def test_one_rule_by_code_or_name(run: Callable[..., Outcome]) -> None:
    by_code, by_name = run("rule", "sl0101"), run("rule", "in-memory-session")
    assert by_code.status == 0
    assert by_code == by_name
    assert json.loads(run("rule", "SL0101", "--output-format", "json").out)["code"] == "SL0101"
    assert run("rule", "SL0101", "--output-format", "markdown").out.startswith("# SL0101 ")


def test_libraries_of_the_project_come_first(run: Callable[..., Outcome]) -> None:
    libraries = json.loads(run("rule", "SL0101", "--output-format", "json").out)["libraries"]
    assert [one["package"] for one in libraries if one["found"]] == ["flask", "flask-session"]
    assert [one["found"] for one in libraries] == sorted((one["found"] for one in libraries), reverse=True)


def test_table(run: Callable[..., Outcome]) -> None:
    book = load_rulebook()
    text, markdown = run("rules").out, run("rules", "--output-format", "markdown").out
    for rule in book.rules:
        assert re.search(rf"^  {rule.code}  {rule.name} +{rule.severity} +{re.escape(rule.summary)}$", text, re.MULTILINE)
        row = next(line for line in markdown.splitlines() if line.startswith(f"| {rule.code} |"))
        assert row.count(" | ") == 5 or "\\|" in row
        assert all(api.package in row for api in rule.api)
    assert len(markdown.splitlines()) == len(book.rules) + 2
    assert json.loads(run("rules", "--output-format", "json").out)[0]["code"] == book.rules[0].code


def test_further_rules_are_listed(run: Callable[..., Outcome], tmp_path: Path) -> None:
    folder = tmp_path / "ours" / "state"
    folder.mkdir(parents=True)
    (folder / "our-registry.toml").write_text(
        'code = "SL0490"\nname = "our-registry"\nitem = "state"\nseverity = "error"\nsummary = "s"\nwhy = "w"\nfix = "f"\n'
    )
    (tmp_path / "statelint.toml").write_text('extend-rules = ["ours"]\n')
    assert run("rule", "our-registry").out.startswith("SL0490 our-registry\n")
    assert run("rule", "our-registry", "--isolated").status == 2
