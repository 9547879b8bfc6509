"""The documentation site: links out of `docs/`, and the build."""

from __future__ import annotations

import logging
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from docs.site import REPOSITORY, ROOT, VERSION, rewritten

if TYPE_CHECKING:
    from pathlib import Path

HOST = {REPOSITORY: "https://example.org/o/n/", VERSION: "v1"}


@pytest.mark.parametrize(
    ("text", "page", "expected"),
    [
        ("see [rules](../rules).", "own-rules.md", "see [rules](https://example.org/o/n/tree/v1/rules)."),
        ("[a [b]](../README.md#limits)", "index.md", "[a [b]](https://example.org/o/n/blob/v1/README.md#limits)"),
        ("[all](../rules.md) [x](report.md)", "rules/SL0401.md", "[all](../rules.md) [x](report.md)"),
        ("[x](../../README.md)", "rules/SL0401.md", "[x](https://example.org/o/n/blob/v1/README.md)"),
    ],
)
def test_links_out_of_the_documentation(text: str, page: str, expected: str) -> None:
    assert rewritten(text, page, HOST) == expected


def test_without_a_repository_the_text_is_left() -> None:
    assert rewritten("see [`rules`](../rules).", "own-rules.md", {}) == "see `rules`."
    clone = {"READTHEDOCS_GIT_CLONE_URL": "https://example.org/o/n.git", "READTHEDOCS_GIT_COMMIT_HASH": "0a1b"}
    assert rewritten("[r](../rules)", "own-rules.md", clone) == "[r](https://example.org/o/n/tree/0a1b/rules)"


def test_what_is_not_there_is_a_warning_and_so_an_error_of_the_build(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "mkdocs"):
        rewritten("[x](../rules) [y](../nowhere.md)", "index.md", HOST)
    assert [record.getMessage() for record in caplog.records] == ["index.md links to nowhere.md, which is not there"]


def test_every_link_out_of_the_pages_leads_somewhere(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "mkdocs"):
        for page in sorted((ROOT / "docs").glob("*.md")):
            rewritten(page.read_text(encoding="utf-8"), page.name, HOST)
    assert not caplog.records


@pytest.mark.skipif(find_spec("mkdocs") is None, reason="mkdocs is not installed; `make site` installs it")
def test_the_site_builds(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "<h1" in (tmp_path / "site" / "configuration" / "index.html").read_text(encoding="utf-8")
