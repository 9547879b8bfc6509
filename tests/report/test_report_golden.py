"""Every text format against the file that holds its expected output.

Refresh the files with `STATELINT_UPDATE_GOLDEN=1 pytest tests/report/test_report_golden.py` and read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.report.report_fixture import CLEAN, RESULT, context

from statelint import __version__
from statelint.model import Result
from statelint.report import FORMATS, render

EXPECTED = Path(__file__).parent / "expected"


class Case(msgspec.Struct, frozen=True):
    file: str
    format: str
    result: Result = RESULT
    fields: dict[str, Any] = {}


CASES = (
    Case("full.txt", "full"),
    Case("full-narrow.txt", "full", fields={"width": 60}),
    Case("full-colour.txt", "full", fields={"colour": True}),
    Case("full-quiet.txt", "full", fields={"quiet": True}),
    Case("full-statistics.txt", "full", fields={"statistics": True, "show_checklist": False}),
    Case("full-clean.txt", "full", CLEAN),
    Case("concise.txt", "concise"),
    Case("concise-clean.txt", "concise", CLEAN),
    Case("grouped.txt", "grouped"),
    Case("result.json", "json"),
    Case("result.jsonl", "jsonl"),
    Case("result.sarif", "sarif"),
    Case("github.txt", "github"),
    Case("gitlab.json", "gitlab"),
    Case("junit.xml", "junit"),
    Case("agent.txt", "agent"),
    Case("markdown.md", "markdown"),
    Case("markdown-clean.md", "markdown", CLEAN),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_output_is_the_expected_one(case: Case, tmp_path: Path) -> None:
    text = render(case.format, case.result, context(tmp_path, **case.fields))
    text = text.replace(tmp_path.resolve().as_uri(), "file:///project").replace(f'"{__version__}"', '"VERSION"')
    expected = EXPECTED / case.file
    if os.environ.get("STATELINT_UPDATE_GOLDEN"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(text, encoding="utf-8", newline="\n")
    assert text == expected.read_text(encoding="utf-8")


def test_every_format_but_the_page_has_an_expected_output() -> None:
    assert {case.format for case in CASES} == set(FORMATS) - {"html"}


def test_no_expected_output_is_left_over() -> None:
    assert {path.name for path in EXPECTED.iterdir()} == {case.file for case in CASES}
