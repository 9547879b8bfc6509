"""The shops under `examples/` say what `expected.toml` beside them promises."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tomli

from statelint.model import ITEM_KEYS
from statelint.rulebook.load import load_rulebook

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
FRAMEWORKS = ("django", "fastapi", "flask")
SHOPS = tuple(f"{framework}-{kind}" for framework in FRAMEWORKS for kind in ("stateful", "stateless"))
STATEFUL = tuple(shop for shop in SHOPS if shop.endswith("-stateful"))

LocationPath = tuple[str, str, int]
"""A finding's path, code and line."""


def expectation(shop: str) -> dict[str, Any]:
    return tomli.loads((EXAMPLES / shop / "expected.toml").read_text())


def line_of(shop: str, path: str, text: str) -> int:
    """Return the one line of the file that holds the text."""
    source = (EXAMPLES / shop / path).read_text().splitlines()
    lines = [number for number, line in enumerate(source, start=1) if text in line]
    assert len(lines) == 1, f"{shop}/{path}: {text!r} is on the lines {lines}, expected exactly one"
    return lines[0]


def place(shop: str, wanted: dict[str, str]) -> LocationPath:
    return wanted["path"], wanted["code"], line_of(shop, wanted["path"], wanted["contains"])


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run the command on a copy, so that no configuration and no cache of the checkout has a say; once for each shop."""
    reports: dict[str, dict[str, Any]] = {}

    def run(shop: str) -> dict[str, Any]:
        if shop not in reports:
            folder = tmp_path_factory.mktemp("shops")
            shutil.copytree(EXAMPLES / shop, folder / shop, ignore=shutil.ignore_patterns("expected.toml", "__pycache__"))
            done = run_check(folder / shop)
            assert done.returncode == (1 if shop in STATEFUL else 0), done.stderr + done.stdout
            reports[shop] = json.loads(done.stdout)
        return reports[shop]

    return run


def run_check(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check a folder as a process, from the folder above it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STATELINT_")}
    command = [sys.executable, "-m", "statelint", "check", "--output-format", "json", folder.name]
    return subprocess.run(command, cwd=folder.parent, env=environment, capture_output=True, text=True, check=False, timeout=60)


def differences(wanted: Sequence[LocationPath], found: Sequence[LocationPath]) -> list[str]:
    """Say what is missing and what is too much; a place that is found twice is too much once."""
    missing, surplus = list(wanted), []
    for each in found:
        if each in missing:
            missing.remove(each)
        else:
            surplus.append(each)
    return sorted(
        [f"missing {p}:{line} {code}" for p, code, line in missing] + [f"not expected {p}:{line} {code}" for p, code, line in surplus]
    )


@pytest.mark.parametrize("shop", SHOPS)
def test_the_findings_are_the_expected_ones(shop: str, check: Any) -> None:
    wanted = [place(shop, entry) for entry in expectation(shop).get("finding", [])]
    found = [(entry["path"], entry["code"], entry["line"]) for entry in check(shop)["findings"]]
    assert differences(wanted, found) == []


@pytest.mark.parametrize("shop", STATEFUL)
def test_the_findings_name_their_symbols(shop: str, check: Any) -> None:
    symbols = {(entry["path"], entry["code"], entry["line"]): entry["symbol"] for entry in check(shop)["findings"]}
    wanted = {place(shop, entry): entry["symbol"] for entry in expectation(shop)["finding"] if "symbol" in entry}
    assert {key: symbols.get(key) for key in wanted} == wanted


@pytest.mark.parametrize("shop", SHOPS)
def test_the_findings_break_what_else_they_should(shop: str, check: Any) -> None:
    found = {(entry["path"], entry["code"], entry["line"]): entry["also"] for entry in check(shop)["findings"] if entry["also"]}
    assert found == {place(shop, entry): entry["also"] for entry in expectation(shop).get("finding", []) if "also" in entry}


@pytest.mark.parametrize("shop", SHOPS)
def test_the_checklist_is_the_expected_one(shop: str, check: Any) -> None:
    verdicts = {entry["item"]: entry["verdict"] for entry in check(shop)["checklist"]}
    assert verdicts == expectation(shop)["checklist"]


@pytest.mark.parametrize("shop", SHOPS)
def test_everything_is_read(shop: str, check: Any) -> None:
    assert check(shop)["diagnostics"] == []
    assert check(shop)["project"]["frameworks"] != []


@pytest.mark.parametrize("shop", SHOPS)
def test_the_expectation_is_whole(shop: str) -> None:
    """All twelve items have a verdict, and a failed item has a finding that says why."""
    wanted = expectation(shop)
    assert tuple(wanted["checklist"]) == ITEM_KEYS
    prefixes = {code[:4] for entry in wanted.get("finding", []) for code in (entry["code"], *entry.get("also", []))}
    failed = {f"SL{number:02}" for number, item in enumerate(ITEM_KEYS, start=1) if wanted["checklist"][item] == "fail"}
    assert prefixes == failed
    assert len({place(shop, entry) for entry in wanted.get("finding", [])}) == len(wanted.get("finding", []))


def test_the_stateful_shops_break_every_item() -> None:
    for shop in STATEFUL:
        assert set(expectation(shop)["checklist"].values()) == {"fail"}


@pytest.mark.parametrize("shop", SHOPS)
def test_the_shop_is_valid_python(shop: str) -> None:
    sources = sorted((EXAMPLES / shop).rglob("*.py"))
    assert len(sources) > 5
    for source in sources:
        compile(source.read_text(), str(source), "exec")


def test_differences_tell_missing_from_surplus() -> None:
    one, other = ("a.py", "SL0401", 3), ("a.py", "SL0402", 3)
    assert differences([one, other], [other, one]) == []
    assert differences([one], [one, one]) == ["not expected a.py:3 SL0401"]
    assert differences([one], [other]) == ["missing a.py:3 SL0401", "not expected a.py:3 SL0402"]


@pytest.fixture
def in_house(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLES / "in-house-rules", tmp_path / "in-house-rules", ignore=shutil.ignore_patterns(".*")))


def test_a_rule_of_ones_own_reports(in_house: Path) -> None:
    done = run_check(in_house)
    assert done.returncode == 1, done.stderr
    findings = [(entry["code"], entry["rule"], entry["path"], entry["line"]) for entry in json.loads(done.stdout)["findings"]]
    line = line_of("in-house-rules", "shop/app.py", "baskets = BasketExtension(app)")
    assert findings == [("SL0190", "acme-basket-in-process", "shop/app.py", line)]


def test_a_rule_of_ones_own_is_silent_where_the_store_is_shared(in_house: Path) -> None:
    app = in_house / "shop" / "app.py"
    shared = 'BasketExtension(app, store="redis://baskets:6379/0")'
    app.write_text(app.read_text().replace("BasketExtension(app)", shared))
    done = run_check(in_house)
    assert (done.returncode, json.loads(done.stdout)["findings"]) == (0, []), done.stderr


def test_a_rule_of_ones_own_is_checked_when_read(in_house: Path) -> None:
    rule = in_house / "rules" / "sessions" / "acme-basket-in-process.toml"
    rule.write_text(rule.read_text().replace('severity = "error"', 'severity = "dreadful"'))
    done = run_check(in_house)
    assert done.returncode == 2
    assert "acme-basket-in-process.toml" in done.stderr
    assert "severity" in done.stderr


def test_the_rule_of_ones_own_loads_with_its_examples() -> None:
    book = load_rulebook([EXAMPLES / "in-house-rules" / "rules"])
    rule = book.rule("SL0190")
    assert rule is not None
    assert rule.name == "acme-basket-in-process"
    assert {example.bad for example in rule.example} == {True, False}
    assert {row for example in rule.example for row in example.api} == {row.id for row in rule.api}
