"""Links from places to the sources, where somebody says where these are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.cli.project_fixture import command, write_project
from tests.report.report_fixture import RESULT, context

from statelint.errors import StatelintError
from statelint.report import render
from statelint.report.links import source_template, source_url

if TYPE_CHECKING:
    from pathlib import Path

BLOB = "https://example.org/o/n/blob/v1"


@pytest.mark.parametrize(
    ("base", "folder", "expected"),
    [
        (BLOB, ".", f"{BLOB}/a/b%20c.py#L7"),
        (f"{BLOB}/", ".", f"{BLOB}/a/b%20c.py#L7"),
        (BLOB, "services/shop", f"{BLOB}/services/shop/a/b%20c.py#L7"),
        ("https://example.org/{path}?at=v1#lines-{line}", ".", "https://example.org/a/b%20c.py?at=v1#lines-7"),
        ("vscode://file/home/me/{path}:{line}", "shop", "vscode://file/home/me/shop/a/b%20c.py:7"),
        ("", "shop", ""),
    ],
)
def test_urls_of_sources(base: str, folder: str, expected: str) -> None:
    assert source_url(source_template(base, folder), "a/b c.py", 7) == expected


def test_a_place_without_a_path_has_no_url() -> None:
    assert source_url(source_template(BLOB, "."), "", 1) == ""
    assert source_url(source_template(BLOB, "."), "compose.yaml", None) == f"{BLOB}/compose.yaml#L1"


@pytest.mark.parametrize("base", ["javascript://x", "file:///etc", "example.org/o", "https://a b", 'https://a"onclick', "https://a)b"])
def test_what_is_no_url_of_sources_is_refused(base: str) -> None:
    with pytest.raises(StatelintError, match="is no URL of sources"):
        source_template(base, ".")


def test_places_of_the_page_and_of_markdown_are_links(tmp_path: Path) -> None:
    linked = msgspec.structs.replace(context(tmp_path), source_url=source_template(BLOB, "."))
    finding = RESULT.findings[0]
    place = f"{BLOB}/{finding.path}#L{finding.line}"
    assert f'<figcaption><a href="{place}" rel="noreferrer noopener"><code>' in render("html", RESULT, linked)
    assert f"]({place})" in render("markdown", RESULT, linked)
    for name in ("html", "markdown"):
        assert BLOB not in render(name, RESULT, context(tmp_path))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository" / "shop"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "shop"\n')
    return write_project(folder)


def test_paths_are_those_within_the_repository(root: Path) -> None:
    asked = ("check", "--no-cache", "--exit-zero", "--output-format", "markdown", ".")
    assert f"({BLOB}/app/views.py#L4)" in command(*asked, "--source-url", BLOB, folder=root).out
    (root.parent / ".git").mkdir()
    assert f"({BLOB}/shop/app/views.py#L4)" in command(*asked, "--source-url", BLOB, folder=root).out
    assert BLOB not in command(*asked, folder=root).out


def test_a_wrong_url_is_refused_where_it_is_written(root: Path) -> None:
    outcome = command("check", "--source-url", "nowhere", ".", folder=root)
    assert (outcome.status, outcome.err.startswith("error: --source-url: 'nowhere' is no URL of sources\n")) == (2, True)
    (root / "statelint.toml").write_text('source-url = "javascript:alert(1)"\n')
    outcome = command("check", ".", folder=root)
    assert outcome.status == 2
    assert outcome.err.startswith("error: statelint.toml:1: 'javascript:alert(1)' is no URL of sources\n")
