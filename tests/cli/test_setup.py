"""`init`, `clean`, `completion` and the progress bar."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import pytest
import tomli
from ruamel.yaml import YAML
from tests.cli.project_fixture import VIEWS, Outcome, environment, here, process, write_project

from statelint.cache.place import user_folder
from statelint.checked import Asked, check_programs, joined
from statelint.cli import progress as bar
from statelint.cli.fixing import State
from statelint.cli.fresh import with_offers
from statelint.cli.setup import HOOK_FILES, config_text
from statelint.configuration import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(write_project(tmp_path))
    return tmp_path


@pytest.fixture
def run(root: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    assert root.is_dir()
    return here(capsys)


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


# -- init


def test_a_new_project(run: Callable[..., Outcome], root: Path) -> None:
    (root / ".git").mkdir()
    before = files(root)
    shown = run("init")
    assert shown.status == 0
    assert re.match(r"A first look at 1 file: 1 finding, 1 of 12 items fail: [a-z-]+\.\n\nstatelint\.toml is new:\n", shown.out)
    assert "statelint-baseline.jsonl is new: what is found now, so that only new findings are reported:" in shown.out
    assert ".pre-commit-config.yaml is new:" in shown.out
    assert shown.err == "note: nothing was written; `statelint init --yes` writes it\n"
    assert files(root) == before
    assert run("init", "--dry-run", "--yes").err == "note: nothing was written\n"
    assert files(root) == before

    written = run("init", "--yes")
    assert written.out == shown.out
    assert written.err == "note: wrote statelint.toml, statelint-baseline.jsonl, .pre-commit-config.yaml; now try `statelint check`\n"
    assert tomli.loads((root / "statelint.toml").read_text()) == {"baseline": "statelint-baseline.jsonl"}
    assert run("check").status == 0
    assert run("check", "--isolated").status == 1
    again = run("init", "--yes")
    assert (again.status, again.err.splitlines()[0]) == (2, "error: statelint.toml configures this project already")


def test_no_findings_no_repository(run: Callable[..., Outcome], root: Path) -> None:
    (root / "app" / "views.py").write_text(VIEWS.replace("SESSIONS[", "dict()["))
    assert run("init", "--yes").err == "note: wrote statelint.toml; now try `statelint check`\n"
    assert tomli.loads((root / "statelint.toml").read_text()) == {}


def test_a_table_is_added_to_pyproject(run: Callable[..., Outcome], root: Path) -> None:
    old = b'[project]\r\nname = "x" # \xc3\xa4\r\n[tool.ruff]\r\nselect = ["E"]\r\n\r\n'
    (root / "pyproject.toml").write_bytes(old)
    assert "pyproject.toml gets a table:" in run("init", "--yes", "--no-baseline", "--no-hook").out
    new = (root / "pyproject.toml").read_bytes()
    assert new.startswith(old.rstrip())
    assert b"\n" not in new.replace(b"\r\n", b"")
    assert tomli.loads(new.decode()) == {**tomli.loads(old.decode()), "tool": {"ruff": {"select": ["E"]}, "statelint": {}}}
    assert "statelint.toml" not in files(root)


def test_a_pyproject_that_cannot_be_added_to(run: Callable[..., Outcome], root: Path) -> None:
    (root / "pyproject.toml").write_text('tool = { ruff = { select = ["E"] } }\n')
    assert "statelint.toml is new:" in run("init", "--yes", "--no-hook").out
    assert (root / "pyproject.toml").read_text() == 'tool = { ruff = { select = ["E"] } }\n'


@pytest.mark.parametrize(
    ("old", "added"),
    [
        ("repos:\n  - repo: https://example.com/a\n    rev: v1\n    hooks:\n      - id: a  # why\n", True),
        ("# top\nfail_fast: true\nrepos:\n- repo: local\n  hooks: []\n", True),
        ("repos: []\n", False),
        ("repos:\n- repo: local\n  hooks: []\nfail_fast: true\n", False),
        ("repos: [\n", False),
    ],
)
def test_hooks_that_are_there_stay(run: Callable[..., Outcome], root: Path, old: str, added: bool) -> None:
    (root / ".git").mkdir()
    path = root / ".pre-commit-config.yaml"
    path.write_text(old)
    outcome = run("init", "--yes")
    new = path.read_text()
    assert new.startswith(old)
    assert (new != old) is added
    if added:
        entry = YAML(typ="safe", pure=True).load(new)["repos"][-1]
        assert entry["hooks"][0] == {
            "id": "statelint",
            "name": "statelint",
            "entry": "statelint check --no-progress --output-format=concise",
            "language": "python",
            "additional_dependencies": entry["hooks"][0]["additional_dependencies"],
            "files": HOOK_FILES,
            "pass_filenames": False,
            "require_serial": True,
        }
        assert entry["hooks"][0]["additional_dependencies"][0].startswith("statelint-web==")
    else:
        assert ".pre-commit-config.yaml cannot be added to safely; write this below `repos:`:" in outcome.out


def test_a_baseline_that_is_there_stays(run: Callable[..., Outcome], root: Path) -> None:
    (root / "statelint-baseline.jsonl").write_text("")
    run("init", "--yes")
    assert (root / "statelint-baseline.jsonl").read_text() == ""
    assert load_settings(root).config.baseline == str(root / "statelint-baseline.jsonl")


def test_every_commented_setting_can_be_uncommented(tmp_path: Path) -> None:
    lines = config_text(with_baseline=False).splitlines()
    settings = [line.removeprefix("# ") for line in lines if " = " in line]
    assert len(settings) > 12
    (tmp_path / "statelint.toml").write_text("\n".join(settings))
    config = load_settings(tmp_path).config
    assert config.scaling.instances == 2
    assert config.per_file_ignores == {"scripts/*": ("ALL",)}
    (tmp_path / "statelint.toml").write_text("\n".join(lines))
    assert load_settings(tmp_path).origins == {}


# -- clean


def test_clean(run: Callable[..., Outcome], root: Path) -> None:
    cache = user_folder(os.environ)
    assert cache is not None
    assert run("clean").err.startswith(f"note: there is no cache at {cache}")
    run("check")
    (folder,) = (path for path in cache.iterdir() if path.name.startswith(root.name))
    (folder / "mine.txt").touch()
    outcome = run("clean")
    assert outcome.status == 0
    assert outcome.err.startswith("note: removed 3 files from ")
    assert "also holds files that are not statelint's; they stay" in outcome.err
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    (folder / "mine.txt").unlink()
    run("check")
    run("clean")
    assert not folder.exists()


def test_caches(run: Callable[..., Outcome], root: Path) -> None:
    before = {path.name for path in root.iterdir()}
    run("check")
    assert {path.name for path in root.iterdir()} == before
    run("check", "--cache-dir", "elsewhere")
    assert (root / "elsewhere" / "CACHEDIR.TAG").is_file()
    assert run("clean", "--cache-dir", "elsewhere").status == 0
    assert not (root / "elsewhere").exists()


# -- completion


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(run: Callable[..., Outcome], shell: str) -> None:
    outcome = run("completion", shell)
    assert outcome.status == 0
    assert f"_STATELINT_COMPLETE={shell}_complete" in outcome.out


@pytest.mark.parametrize(
    ("words", "word", "expected"),
    [
        ("statelint ch", "1", {"check"}),
        ("statelint check --output-format sar", "3", {"sarif"}),
        ("statelint check --fail-on w", "3", {"warning"}),
        ("statelint rule in-memory-s", "2", {"in-memory-session"}),
        ("statelint rule sl000", "2", {"SL0001", "SL0002", "SL0003", "SL0004"}),
        ("statelint check --select sess", "3", {"sessions", "session-store-in-process", "session-key-of-one-instance"}),
        ("statelint check --ignore state,SL000", "3", {"state,SL0001", "state,SL0002", "state,SL0003", "state,SL0004"}),
        ("statelint check ap", "2", {"ap"}),  # a file's name: the shell goes on from here
    ],
)
def test_completion_of_words(root: Path, words: str, word: str, expected: set[str]) -> None:
    variables = {"_STATELINT_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": word}
    program = [sys.executable, "-c", "from statelint.cli import main; main()"]
    done = subprocess.run(program, cwd=root, env=environment() | variables, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert {line.partition(",")[2] for line in done.stdout.splitlines()} == expected


# -- progress


class Terminal(io.StringIO):
    """Standard error where somebody watches."""

    def isatty(self) -> bool:
        return True


def test_progress_is_for_long_runs_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with bar.progress(wanted=True) as tell:
        assert tell is None
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with bar.progress(wanted=False) as tell:
        assert tell is None
    with bar.progress(wanted=True) as tell:
        assert tell is not None
        tell("survey", 1, 10)
    assert terminal.getvalue() == ""
    monkeypatch.setattr(bar, "PATIENCE", -1.0)
    monkeypatch.setenv("TERM", "xterm")
    with bar.progress(wanted=True) as tell:
        assert tell is not None
        tell("survey", 3, 10)
    assert "parsing files" in terminal.getvalue()
    assert "3/10" in terminal.getvalue()


def test_a_stage_that_says_nothing_is_shown_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(bar, "PATIENCE", 0.05)
    monkeypatch.setenv("TERM", "xterm")
    with bar.progress(wanted=True) as tell:
        assert tell is not None
        tell("link", 0, 0)
        waited = time.monotonic() + 20
        while "linking the program" not in terminal.getvalue() and time.monotonic() < waited:
            time.sleep(0.02)
    assert "linking the program" in terminal.getvalue()
    shown = terminal.getvalue()
    time.sleep(0.2)
    assert terminal.getvalue() == shown, "nothing is drawn when it is over"


def test_no_stage_lacks_words(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("x = 1\n")
    (tmp_path / "pyproject.toml").touch()
    told: list[str] = []
    settings = load_settings(tmp_path, isolated=True, keep=False)
    options = {"progress": lambda stage, *_: told.append(stage)}
    asked = Asked((tmp_path,), settings, lambda _: settings, options=options)
    parts = check_programs(asked)
    with_offers(State(parts, joined(parts)), asked)
    assert list(dict.fromkeys(told)) == list(bar.STAGES)


def test_the_command_is_the_module(root: Path) -> None:
    (command,) = entry_points(group="console_scripts", name="statelint")
    assert command.value == "statelint.__main__:main"
    assert process("--version", folder=root).out.startswith("statelint ")
