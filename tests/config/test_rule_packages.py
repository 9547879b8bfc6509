"""Rules that come in installed packages: found by entry points, never imported."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest
from tests.cli.project_fixture import command

from statelint.config import Config
from statelint.configuration import load_settings
from statelint.errors import StatelintError

IN_HOUSE = Path(__file__).parents[2] / "examples" / "in-house-rules"
RULE = (IN_HOUSE / "rules" / "sessions" / "acme-basket-in-process.toml").read_text()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder on the import path, with a distribution that offers rules."""
    folder = tmp_path / "site"
    offer(folder, "acme_rules", "acme = acme_rules")
    (folder / "acme_rules" / "sessions").mkdir(parents=True)
    (folder / "acme_rules" / "__init__.py").write_text("raise SystemExit('imported')\n")
    (folder / "acme_rules" / "sessions" / "acme-basket-in-process.toml").write_text(RULE)
    monkeypatch.syspath_prepend(str(folder))
    return folder


def offer(site: Path, distribution: str, line: str, version: str = "1.2") -> None:
    metadata = site / f"{distribution}-{version}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "entry_points.txt").write_text(f"[console_scripts]\nx = y:z\n\n[statelint.rules]\n{line}\n")


def test_rules_of_an_installed_package_count(site: Path, tmp_path: Path) -> None:
    settings = load_settings(tmp_path, isolated=True)
    assert settings.book.rule("SL0190") is not None
    assert [(one.name, one.distribution, one.folder) for one in settings.packages] == [("acme", "acme_rules 1.2", site / "acme_rules")]
    assert "SL0190" in settings.selected
    without = load_settings(tmp_path, isolated=True, options={"rule-packages": False}, like=settings)
    assert without.book.rule("SL0190") is None
    assert not without.packages


def test_a_project_is_checked_with_them(site: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    copytree(IN_HOUSE / "shop", project / "shop")
    asked = ("check", "--no-cache", "--output-format", "concise", "--select", "SL0190", ".")
    assert "SL0190 [error] `BasketExtension` keeps baskets" in command(*asked, folder=project).out
    assert "# packages of rules: acme (acme_rules 1.2)\n" in command("check", "--show-settings", ".", folder=project).out
    (site / "acme_rules" / "sessions" / "acme-basket-in-process.toml").write_text(RULE.replace("keeps baskets", "hides baskets"))
    assert "`BasketExtension` hides baskets" in command(*asked, folder=project).out
    (project / "statelint.toml").write_text("rule-packages = false\n")
    outcome = command(*asked, folder=project)
    assert (outcome.status, "SL0190" in outcome.err) == (2, True), "a rule that is not there cannot be selected"


def test_a_folder_within_the_package(site: Path, tmp_path: Path) -> None:
    offer(site, "other", "other = wide.house:for_statelint.v1")
    folder = site / "wide" / "house" / "for_statelint" / "v1"
    (folder / "sessions").mkdir(parents=True)
    (folder / "sessions" / "shelf-basket-in-process.toml").write_text(RULE.replace("SL0190", "SL0191").replace("acme-", "shelf-"))
    assert load_settings(tmp_path, isolated=True).packages[1].folder == folder


def test_the_first_on_the_path_wins(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = tmp_path / "later"
    offer(later, "Acme.Rules", "acme = elsewhere", "9.9")
    monkeypatch.syspath_prepend(str(later))
    monkeypatch.syspath_prepend(str(site))
    assert [one.distribution for one in load_settings(tmp_path, isolated=True).packages] == ["acme_rules 1.2"]


def test_other_entry_points_are_none_of_ours(site: Path, tmp_path: Path) -> None:
    metadata = site / "plain-1.dist-info"
    metadata.mkdir()
    (metadata / "entry_points.txt").write_text("[console_scripts]\nstatelint.rules = a:b\n")
    assert len(load_settings(tmp_path, isolated=True).packages) == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("bad = ../../etc", "entry point 'bad' of broken 1.2 in statelint.rules: '../../etc' names no package"),
        ("bad = nowhere", "entry point 'bad' of broken 1.2 in statelint.rules: there is no folder nowhere on the import path"),
        ("no value", "entry points of broken 1.2: cannot be read"),
    ],
)
def test_what_is_wrong_is_told_with_its_distribution(line: str, said: str, site: Path, tmp_path: Path) -> None:
    offer(site, "broken", line)
    with pytest.raises(StatelintError) as error:
        load_settings(tmp_path, isolated=True)
    assert str(error.value).startswith(said)


def test_packages_count_unless_the_configuration_says_otherwise() -> None:
    assert Config().rule_packages
