"""Where the configuration is found, how its layers are merged, and which rules are on in the end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped]  # its stubs are a package of their own
import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from statelint.cli.settings import settings_text
from statelint.config import Config, Safe, Scaling
from statelint.configuration import load_settings
from statelint.configuration.environment import misspelt
from statelint.configuration.files import nearest_file
from statelint.configuration.places import line_of
from statelint.configuration.schema import schema, schema_text
from statelint.configuration.select import selected
from statelint.rulebook.load import Rulebook
from statelint.rulebook.schema import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]


def rule(code: str, name: str, item: str) -> Rule:
    return Rule(code=code, name=name, item=item, severity="error", summary="", why="", fix="")


BOOK = Rulebook(
    (
        rule("SL0001", "unused-suppression", "analysis"),
        rule("SL0401", "process-state", "state"),
        rule("SL0402", "counter", "state"),
        rule("SL0701", "scheduler", "jobs"),
    ),
    (),
    (),
    "",
)


@pytest.mark.parametrize(
    ("layers", "on"),
    [
        ([{}], "SL0001 SL0401 SL0402 SL0701"),
        ([{"select": ["ALL"]}], "SL0001 SL0401 SL0402 SL0701"),
        ([{"select": ["SL04"]}], "SL0401 SL0402"),
        ([{"select": ["sl04"]}], "SL0401 SL0402"),
        ([{"select": ["state"]}], "SL0401 SL0402"),
        ([{"select": ["counter", "SL0701"]}], "SL0402 SL0701"),
        ([{"select": ["Counter"]}], "SL0402"),
        ([{"ignore": ["SL"]}], ""),
        ([{"ignore": ["analysis", "jobs"]}], "SL0401 SL0402"),
        # the more specific one wins, in either direction, and `ignore` between equals
        ([{"select": ["SL0401"], "ignore": ["SL04"]}], "SL0401"),
        ([{"select": ["SL04"], "ignore": ["SL0401"]}], "SL0402"),
        ([{"select": ["SL0401"], "ignore": ["SL0401"]}], ""),
        ([{"ignore": ["state"], "extend-select": ["counter"]}], "SL0001 SL0402 SL0701"),
        # a later layer adds to what is on, or starts afresh with `select`
        ([{"select": ["SL0401"]}, {"ignore": ["SL04"]}], ""),
        ([{"ignore": ["SL0401"]}, {"extend-select": ["SL04"]}], "SL0001 SL0401 SL0402 SL0701"),
        ([{"ignore": ["SL0401"]}, {"select": ["SL04"]}], "SL0401 SL0402"),
        ([{"select": ["SL0701"]}, {"extend-select": ["SL0401"]}], "SL0401 SL0701"),
        ([{"select": ["SL0701"]}, {"select": []}], "SL0701"),
    ],
)
def test_selection(layers: list[Mapping[str, Any]], on: str) -> None:
    assert " ".join(sorted(selected(layers, BOOK))) == on


def test_nearest_ancestor(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "views.py").touch()
    assert nearest_file(inner) is None
    (tmp_path / "pyproject.toml").write_text("[tool.statelint]\n")
    assert nearest_file(inner) == tmp_path / "pyproject.toml"
    # another tool's file is passed by, even where it is broken
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.ruff\n")
    assert nearest_file(inner / "views.py") == tmp_path / "pyproject.toml"
    (tmp_path / "a" / "statelint.toml").touch()
    assert nearest_file(inner) == tmp_path / "a" / "statelint.toml"
    (inner / "pyproject.toml").write_text("[tool.statelint]\n")
    assert nearest_file(inner) == inner / "pyproject.toml"
    (inner / "statelint.toml").touch()
    assert nearest_file(inner) == inner / "statelint.toml"


def test_precedence(tmp_path: Path) -> None:
    (tmp_path / "statelint.toml").write_text(
        'fail-on = "note"\nmin-confidence = "high"\nrequire-reason = true\nignore = ["SL0001"]\n[scaling]\ninstances = 2\nworkers = 8\n'
    )
    environ = {"STATELINT_MIN_CONFIDENCE": "medium", "STATELINT_SCALING_INSTANCES": "3", "STATELINT_FAIL_ON": "", "HOME": "x"}
    settings = load_settings(tmp_path, environ=environ, options={"fail-on": "error", "ignore": ["SL0002"]})
    assert settings.config.fail_on == "error"
    assert settings.config.min_confidence == "medium"
    assert settings.config.require_reason is True
    assert settings.config.ignore == ("SL0001", "SL0002")
    assert settings.config.scaling == Scaling(instances=3, workers=8)
    assert not {"SL0001", "SL0002"} & settings.selected
    assert settings.origins["fail-on"] == "--fail-on"
    assert settings.origins["min-confidence"] == "STATELINT_MIN_CONFIDENCE"
    assert load_settings(tmp_path, isolated=True).config == Config()


def test_every_kind_of_variable(tmp_path: Path) -> None:
    environ = {
        "STATELINT_SELECT": "SL00, state",
        "STATELINT_PER_FILE_IGNORES": "tests/*:SL00,a:b/*.py:state",
        "STATELINT_RESPECT_GITIGNORE": "No",
        "STATELINT_SAFE": "app.A,app.B",
        "STATELINT_SCALING_MAX_CONNECTIONS": "100",
        "STATELINT_CACHE_DIR": "/var/cache/statelint",
        "STATELINT_OUTPUT_FORMAT": "json:out.json",
    }
    config = load_settings(tmp_path, isolated=True, environ=environ).config
    assert config == Config(
        select=("SL00", "state"),
        per_file_ignores={"tests/*": ("SL00",), "a:b/*.py": ("state",)},
        respect_gitignore=False,
        safe=("app.A", "app.B"),
        scaling=Scaling(max_connections=100),
        cache_dir="/var/cache/statelint",
        output_format=f"json:{Path.cwd() / 'out.json'}",
    )


def test_variables_that_are_nearly_ours() -> None:
    environ = {"STATELINT_FAILON": "x", "STATELINT_DEBUG": "1", "STATELINT_VERSION": "1", "STATELINT_SELECT": "SL"}
    assert list(misspelt(environ)) == [("STATELINT_FAILON", "STATELINT_FAIL_ON")]


def test_paths_start_from_the_file_or_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ci").mkdir()
    (tmp_path / "app").mkdir()
    monkeypatch.chdir(tmp_path / "app")
    (tmp_path / "statelint.toml").write_text('baseline = "known.jsonl"\n')
    (tmp_path / "ci" / "strict.toml").write_text('baseline = "known.jsonl"\n')
    assert load_settings(Path()).config.baseline == str(tmp_path / "known.jsonl")
    assert load_settings(Path(), explicit=tmp_path / "ci" / "strict.toml").config.baseline == str(tmp_path / "app" / "known.jsonl")
    assert load_settings(Path(), options={"baseline": "mine.jsonl"}).config.baseline == str(tmp_path / "app" / "mine.jsonl")


def test_further_rules_are_known_to_selectors(tmp_path: Path) -> None:
    folder = tmp_path / "ours" / "state"
    folder.mkdir(parents=True)
    (folder / "our-registry.toml").write_text(
        'code = "SL0490"\nname = "our-registry"\nitem = "state"\nseverity = "error"\nsummary = "s"\nwhy = "w"\nfix = "f"\n'
    )
    (tmp_path / "statelint.toml").write_text('extend-rules = ["ours"]\nselect = ["our-registry"]\n')
    assert load_settings(tmp_path).selected == {"SL0490"}


def test_settings_that_are_shown_can_be_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "statelint.toml").write_text(
        'select = ["state"]\nsafe = [{ name = "a.B", reason = "say \\"why\\"" }]\n'
        '[per-file-ignores]\n"tests/*" = ["SL00"]\n[severity]\n"SL04" = "note"\n'
        '[per-file-severity]\n"a/*" = { state = "off", "SL0103" = "note" }\n[scaling]\ninstances = 2\n'
    )
    first = load_settings(tmp_path, options={"fail-on": "note"})
    text = settings_text(first)
    assert 'select = ["state"]  # statelint.toml:1' in text
    assert 'fail-on = "note"  # --fail-on' in text
    assert 'min-confidence = "low"  # default' in text
    assert "# baseline is not set" in text
    (tmp_path / "statelint.toml").write_text(text)
    again = load_settings(tmp_path)
    assert again.config == first.config
    assert again.config.safe == (Safe("a.B", 'say "why"'),)


def test_schema_is_the_one_in_the_repository() -> None:
    assert (ROOT / "statelint.schema.json").read_text() == schema_text(), "python -m statelint.configuration.schema writes it"


def test_schema_describes_and_decides() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    validator = jsonschema.Draft202012Validator(schema())
    assert all("description" in entry for entry in schema()["properties"].values())
    good = tomli.loads('select = ["SL"]\nsafe = ["a.b", { name = "c", reason = "d" }]\nfail-on = "note"\n[scaling]\ninstances = 2\n')
    assert validator.is_valid(good)
    for bad in ("slect = []", 'fail-on = "x"', "select = [1]", "[scaling]\ninstances = 0", "safe = [{ nam = 'x' }]"):
        assert not validator.is_valid(tomli.loads(bad)), bad


KEY = st.sampled_from(["alpha", "beta", "gamma-delta", "'quoted key'"])
VALUE = st.sampled_from(["1", '"text"', "[\n  1,\n  2,\n]", '"""\nbeta = 3\n"""', "{ x = 1 }"])


NOISE = st.lists(st.sampled_from(["", "# alpha = 2"]), max_size=3)


@given(st.lists(st.tuples(KEY, VALUE), unique_by=lambda pair: pair[0], min_size=1), NOISE)
def test_line_of_every_key(pairs: list[tuple[str, str]], noise: list[str]) -> None:
    lines = ["[tool.other]", "alpha = 0", *noise, "[tool.statelint]"]
    expected = {}
    for key, value in pairs:
        lines += noise
        expected[key.strip("'")] = len(lines) + 1
        lines += f"{key} = {value}".split("\n")
    found = {key: line_of("\n".join(lines), ("tool", "statelint", key)) for key in expected}
    assert found == expected


def test_schema_is_json() -> None:
    assert json.loads(schema_text())["title"] == "statelint"
