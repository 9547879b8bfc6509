"""What a wrong configuration is told: file, line, key and what may have been meant, word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from statelint.configuration import load_settings
from statelint.errors import StatelintError

if TYPE_CHECKING:
    from pathlib import Path

RULES = "`statelint rules` lists every code, name and item"
KEYS = "`statelint check --show-settings` lists every key"
FORMATS = "choose one of full, concise, grouped, json, jsonl, sarif, github, gitlab, junit, markdown, agent, html"

PYPROJECT = [
    (
        '[tool.ruff]\nselect = ["E"]\n\n[tool.statelint]\nslect = ["SL"]\n',
        "pyproject.toml:5: unknown key 'slect' in [tool.statelint]; did you mean 'select'?",
        KEYS,
    ),
    ("[tool.statelint]\nfail_on = 'error'\n", "pyproject.toml:2: unknown key 'fail_on' in [tool.statelint]; did you mean 'fail-on'?", KEYS),
    (
        "[tool.statelint]\n\n# how bad\nfail-on = 'errors'\n",
        "pyproject.toml:4: fail-on: expected one of 'error', 'warning', 'note', got 'errors'; did you mean 'error'?",
        "",
    ),
    (
        '[tool.statelint]\nselect = [\n  "SL00",\n  # a typing mistake\n  "unused-supression",\n]\n',
        "pyproject.toml:5: select: no rule, prefix or item is called 'unused-supression'; did you mean 'unused-suppression'?",
        RULES,
    ),
    (
        "[tool.statelint]\nignore = ['SL0001', 'staet']\n",
        "pyproject.toml:2: ignore: no rule, prefix or item is called 'staet'; did you mean 'state'?",
        RULES,
    ),
    (
        '[tool.statelint.per-file-ignores]\n"a.py" = ["SL0001"]\n"tests/*" = [\n  "SL00",\n  "sesions",\n]\n',
        "pyproject.toml:5: per-file-ignores: no rule, prefix or item is called 'sesions'; did you mean 'sessions'?",
        RULES,
    ),
    ('[tool.statelint]\nper-file-ignores = { "tests/*" = "SL00" }\n', "pyproject.toml:2: tests/*: expected a list, got a string", ""),
    ('[tool.statelint]\nselect = "SL"\n', "pyproject.toml:2: select: expected a list, got a string", ""),
    ("[tool.statelint]\nrequire-reason = 1\n", "pyproject.toml:2: require-reason: expected true or false, got a whole number", ""),
    ('[tool.statelint.scaling]\ninstances = "4"\n', "pyproject.toml:2: instances: expected a whole number, got a string", ""),
    ("[tool.statelint.scaling]\n\ninstances = 0\n", "pyproject.toml:3: instances: expected a whole number from 1, got 0", ""),
    (
        "[tool.statelint]\nscaling.instanzes = 3\n",
        "pyproject.toml:2: unknown key 'instanzes' in the table 'scaling'; did you mean 'instances'?",
        KEYS,
    ),
    (
        '[[tool.statelint.safe]]\nname = "a"\n\n[[tool.statelint.safe]]\nname = "b"\nbecause = "c"\n',
        "pyproject.toml:4: safe: unknown key 'because'; `name` and `reason` are known",
        "",
    ),
    ("[[tool.statelint.safe]]\nreason = 'a'\n", "pyproject.toml:1: safe: the key 'name' is missing", ""),
    (
        'x = 1\n[tool.statelint]\nrequire-reason = true\nsafe = [\n  "app.A",\n]\n',
        "pyproject.toml:5: safe: 'app.A' has no reason, and require-reason is on",
        'write { name = "app.A", reason = "..." }',
    ),
    (
        "[tool.statelint]\nentry-points = ['app.hooks.on_message']\n",
        "pyproject.toml:2: entry-points: 'app.hooks.on_message' is no function's name",
        "write module and function, divided by a colon: `app.hooks:on_message`",
    ),
    (
        "[tool.statelint]\noutput-format = 'serif'\n",
        "pyproject.toml:2: output-format: unknown format 'serif'; did you mean 'sarif'?",
        FORMATS,
    ),
    ("[tool]\nstatelint = 3\n", "pyproject.toml:2: expected a table, `[tool.statelint]`", ""),
    ("[tool.statelint]\nselect = ['SL'\nignore = []\n", "pyproject.toml:3: not valid TOML: Unclosed array", ""),
]


@pytest.mark.parametrize(("text", "message", "help_"), PYPROJECT)
def test_pyproject(text: str, message: str, help_: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(StatelintError) as caught:
        load_settings(tmp_path)
    assert (str(caught.value), caught.value.help) == (message, help_)


def test_the_line_is_found_behind_windows_line_ends_and_like_named_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = '[tool.a]\r\ndoc = """\r\n[tool.statelint]\r\nbogus = 1\r\n"""\r\nbogus = 2\r\n[tool.statelint]\r\nselect = []\r\nbogus = 3\r\n'
    (tmp_path / "pyproject.toml").write_bytes(text.encode())
    with pytest.raises(StatelintError, match=r"^pyproject\.toml:9: unknown key 'bogus'"):
        load_settings(tmp_path)


def test_own_file_with_the_table_of_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "statelint.toml").write_text("[tool]\nselect = []\n")
    with pytest.raises(StatelintError) as caught:
        load_settings(tmp_path)
    assert str(caught.value) == "statelint.toml:1: unknown key 'tool' in statelint.toml"
    assert caught.value.help == "in statelint.toml the keys stand at the top, without `[tool.statelint]`"


def test_explicit_file_problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\n")
    (tmp_path / "latin.toml").write_bytes("# \xe4\n".encode("latin-1"))
    for name, message in (
        ("missing.toml", "missing.toml: cannot be read: No such file or directory"),
        ("pyproject.toml", "pyproject.toml: has no [tool.statelint] table"),
        ("latin.toml", "latin.toml: not UTF-8, which TOML has to be"),
    ):
        with pytest.raises(StatelintError) as caught:
            load_settings(tmp_path, explicit=tmp_path / name)
        assert str(caught.value) == message


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"STATELINT_FAIL_ON": "worst"}, "STATELINT_FAIL_ON: fail-on: expected one of 'error', 'warning', 'note', got 'worst'"),
        ({"STATELINT_REQUIRE_REASON": "maybe"}, "STATELINT_REQUIRE_REASON: expected true or false, got 'maybe'"),
        ({"STATELINT_SCALING_INSTANCES": "many"}, "STATELINT_SCALING_INSTANCES: expected a whole number, got 'many'"),
        ({"STATELINT_SCALING_INSTANCES": "0"}, "STATELINT_SCALING_INSTANCES: instances: expected a whole number from 1, got 0"),
        ({"STATELINT_SELECT": "SL00,staet"}, "STATELINT_SELECT: select: no rule, prefix or item is called 'staet'; did you mean 'state'?"),
        ({"STATELINT_PER_FILE_IGNORES": "tests"}, "STATELINT_PER_FILE_IGNORES: expected PATTERN:RULE, got 'tests'"),
        (
            {"STATELINT_PER_FILE_IGNORES": "tests/*:staet"},
            "STATELINT_PER_FILE_IGNORES: per-file-ignores: no rule, prefix or item is called 'staet'; did you mean 'state'?",
        ),
        ({"STATELINT_OUTPUT_FORMAT": "jsn"}, "STATELINT_OUTPUT_FORMAT: output-format: unknown format 'jsn'; did you mean 'json'?"),
    ],
)
def test_environment(environ: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(StatelintError) as caught:
        load_settings(tmp_path, isolated=True, environ=environ)
    assert str(caught.value) == message


def test_options(tmp_path: Path) -> None:
    options: dict[str, Any] = {"select": ["SL00", "staet"]}
    with pytest.raises(StatelintError) as caught:
        load_settings(tmp_path, isolated=True, options=options)
    assert str(caught.value) == "--select: no rule, prefix or item is called 'staet'; did you mean 'state'?"


def test_missing_folder_of_rules(tmp_path: Path) -> None:
    (tmp_path / "statelint.toml").write_text("extend-rules = ['ours']\n")
    with pytest.raises(StatelintError) as caught:
        load_settings(tmp_path)
    assert str(caught.value) == f"extend-rules: {tmp_path / 'ours'} is not a folder"
