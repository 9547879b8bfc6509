"""Every example of every rule is a small project that is really analysed: bad lines are reported, all others are silent."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec
import pytest
import tomli

from statelint.config import Config
from statelint.engine import RunOptions, analyse
from statelint.rulebook.load import load_rulebook
from statelint.verdict.judge import judge

if TYPE_CHECKING:
    from statelint.rulebook.load import Rulebook
    from statelint.rulebook.schema import Example, Rule

BOOK = load_rulebook()
_MARK = re.compile(r"#\s*((?:SL\d{4}\s*)+)$")


def _cases() -> list[object]:
    return [
        pytest.param(rule, example, id=f"{rule.code}-{index}-{'bad' if example.bad else 'good'}")
        for rule in BOOK.rules
        for index, example in enumerate(rule.example)
    ]


def _write(example: Example, folder: Path) -> dict[str, str]:
    files = dict(example.files) or {"app.py": example.source}
    if example.source and example.files:
        files["app.py"] = example.source
    for name, text in files.items():
        assert not PurePosixPath(name).is_absolute()
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.removeprefix("\n"))
    (folder / ".git").mkdir(exist_ok=True)  # the project ends here
    return {name: text.removeprefix("\n") for name, text in files.items()}


def _expected(files: dict[str, str], example: Example, code: str) -> set[tuple[str, int]]:
    marked = {
        (name, number)
        for name, text in files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if (match := _MARK.search(line)) and code in match.group(1).split()
    }
    for entry in example.expect:
        place, _, expected_code = entry.rpartition(" ")
        name, _, line = place.rpartition(":")
        if expected_code == code:
            marked.add((name, int(line)))
    return marked


def _reported(folder: Path, book: Rulebook, code: str) -> tuple[set[tuple[str, int]], dict[str, str]]:
    settings = folder / "statelint.toml"
    config = msgspec.convert(tomli.loads(settings.read_text()), Config) if settings.exists() else Config()
    analysis = analyse(RunOptions([folder], config, book, jobs=1))
    assert not [diagnostic for diagnostic in analysis.diagnostics if "failed" in diagnostic.message]
    result = judge(analysis, config, book).result
    found = {(finding.path, finding.line) for finding in result.findings if code in (finding.code, *finding.also)}
    return found, {verdict.item: verdict.verdict for verdict in result.checklist}


@pytest.mark.parametrize(("rule", "example"), _cases())
def test_example(rule: Rule, example: Example, tmp_path: Path) -> None:
    files = _write(example, tmp_path)
    expected = _expected(files, example, rule.code)
    reported, checklist = _reported(tmp_path, BOOK, rule.code)
    assert example.bad == bool(expected), "a bad example marks its lines, a good one has no marks"
    assert reported == expected, example.title
    if example.passes:
        assert checklist[rule.item] == "pass"
