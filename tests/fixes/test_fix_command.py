"""`check --fix` and `--diff` as users run them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.fixes.fix_fixture import lay_out, offers, wish
from tests.fixes.test_fixers import CASES

from statelint.cli import cli
from statelint.cli.fixing import fixed
from statelint.fixes.apply import apply
from statelint.fixes.requirements import with_requirements

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

LIMITER = next(case.before for case in CASES if case.name == "limiter")
SECRET = next(case.before for case in CASES if case.name == "secret")


def _run(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["check", str(folder), "--isolated", "--no-cache", "--no-progress", *options], standalone_mode=False)


def test_diff_shows_and_changes_nothing(tmp_path: Path) -> None:
    lay_out(tmp_path, {"app.py": LIMITER})
    before = (tmp_path / "app.py").read_bytes()
    result = _run(tmp_path, "--diff")
    assert "+limiter = Limiter(lambda: '', app=app, storage_uri=os.environ.get(\"REDIS_URL\"))" in result.stdout
    assert result.return_value == 1
    assert (tmp_path / "app.py").read_bytes() == before


def test_diff_of_nothing_is_empty(tmp_path: Path) -> None:
    lay_out(tmp_path, {"app.py": SECRET})
    result = _run(tmp_path, "--diff")
    assert result.stdout == ""
    assert result.return_value == 0


def test_fix_reports_what_remains(tmp_path: Path) -> None:
    lay_out(
        tmp_path, {"app.py": LIMITER, "other.py": "import secrets\nfrom app import app\napp.config['SECRET_KEY'] = secrets.token_hex()\n"}
    )
    result = _run(tmp_path, "--fix", "--output-format", "concise")
    assert "fixed 1 finding in 1 file" in result.stderr
    assert "SL0501" not in result.stdout
    assert "SL1101" in result.stdout
    assert "1 fixable with `--fix --unsafe-fixes`." in result.stdout


def test_the_mark_and_the_count(tmp_path: Path) -> None:
    lay_out(tmp_path, {"app.py": LIMITER})
    result = _run(tmp_path, "--output-format", "concise")
    assert "SL0501 [error] [*] " in result.stdout
    assert "[*] 1 fixable with `--fix`." in result.stdout


def test_json_and_sarif_tell_the_edits(tmp_path: Path) -> None:
    lay_out(tmp_path, {"app.py": LIMITER})
    found = json.loads(_run(tmp_path, "--output-format", "json").stdout)["findings"]
    fix = next(one["fix"] for one in found if one["code"] == "SL0501")
    assert (fix["applicability"], fix["needs"]) == ("safe", ["limits[redis]"])
    assert {edit["path"] for edit in fix["edits"]} == {"app.py"}
    run = json.loads(_run(tmp_path, "--output-format", "sarif").stdout)["runs"][0]
    (told,) = [one["fixes"] for one in run["results"] if one["ruleId"] == "SL0501"]
    assert told[0]["properties"]["applicability"] == "safe"
    assert len(told[0]["artifactChanges"][0]["replacements"]) == len(fix["edits"])


def test_a_file_that_changed_since_it_was_read_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay_out(tmp_path, {"app.py": LIMITER})
    state, wanted = wish(tmp_path, unsafe=True)
    (tmp_path / "app.py").write_text(LIMITER + "# later\n")
    fixed(state, wanted)
    assert (tmp_path / "app.py").read_text() == LIMITER + "# later\n"
    assert "app.py: nothing is fixed here: it has changed since it was read" in capsys.readouterr().err


def test_a_link_is_left_alone(tmp_path: Path) -> None:
    lay_out(tmp_path / "project", {"real/app.py": LIMITER})
    (tmp_path / "project" / "app.py").symlink_to("real/app.py")
    _run(tmp_path / "project", "--fix")
    assert (tmp_path / "project" / "app.py").is_symlink()


def test_a_silenced_finding_is_not_fixed(tmp_path: Path) -> None:
    silenced = LIMITER.replace("# by address", "# statelint: ignore[SL0501] one instance")
    lay_out(tmp_path, {"app.py": silenced})
    _run(tmp_path, "--fix")
    assert (tmp_path / "app.py").read_text() == silenced.removeprefix("\n")


def test_a_fixer_that_fails_costs_its_fix_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise IndexError

    monkeypatch.setattr("statelint.fixes.registry.FIXERS", {"value": fail})
    lay_out(tmp_path, {"app.py": LIMITER})
    assert {one.code: one.fix for one in offers(tmp_path)}["SL0501"] is None
    assert "app.py: nothing is fixed here: a fault of statelint: IndexError" in _run(tmp_path, "--fix").stderr
    monkeypatch.setenv("STATELINT_DEBUG", "1")
    with pytest.raises(IndexError):
        offers(tmp_path)


@pytest.mark.parametrize("other", ["--add-ignores=x", "--write-baseline=b.json"])
def test_two_ways_to_write_are_refused(other: str, tmp_path: Path) -> None:
    lay_out(tmp_path, {"app.py": LIMITER})
    result = _run(tmp_path, "--fix", other)
    assert "cannot be combined" in str(result.exception)


def test_a_fix_after_which_a_file_does_not_parse_is_not_made(tmp_path: Path) -> None:
    lay_out(tmp_path, {"app.py": LIMITER})
    found = [one for one in offers(tmp_path) if one.fix is not None]
    assert found
    assert apply(found, lambda _: LIMITER.encode().replace(b"app = Flask", b"app = = Flask")).fixed == ()


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("requirements.txt", "flask\r\n", "flask\r\nlimits[redis]\r\n"),
        (
            "pyproject.toml",
            '[project]\nname = "x"\ndependencies = ["flask"]\n',
            '[project]\nname = "x"\ndependencies = ["flask", "limits[redis]"]\n',
        ),
        ("pyproject.toml", "[project]\ndependencies = []\n", '[project]\ndependencies = ["limits[redis]"]\n'),
        (
            "pyproject.toml",
            '[project]\ndependencies = [\n  "flask[async]" # ours, [not] theirs\n]\n',
            '[project]\ndependencies = [\n  "flask[async]", # ours, [not] theirs\n  "limits[redis]",\n]\n',
        ),
        ("requirements.txt", "Limits[Redis]>=3\n", None),
    ],
)
def test_what_a_fix_needs_is_entered(path: str, before: str, after: str | None) -> None:
    texts, missing = with_requirements(["limits[redis]"], lambda name: before if name == path else None)
    assert texts == ({} if after is None else {path: after})
    assert missing == ()


def test_what_nothing_names_is_told() -> None:
    assert with_requirements(["redis"], lambda _: None) == ({}, ("redis",))
