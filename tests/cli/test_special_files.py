"""Whatever lies where a file is expected, a run ends soon, with a report that says what was not read."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from tests.cli.project_fixture import command, write_project

from statelint.discover import ignore

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.project_fixture import Outcome

SECONDS = 10
"""Of processor time; a run that waits is ended as one that never does."""
NAMES = (
    *("x.py", "tasks.py", "gunicorn.conf.py", "deploy.yaml", "app.ini", "Dockerfile", "fly.toml", ".env"),
    *(".gitignore", "requirements-x.txt", "pyproject.toml", "setup.py", "Pipfile.lock", "statelint.toml"),
)


def check(root: Path, *arguments: str) -> Outcome:
    began = time.process_time()
    outcome = command("check", "--no-progress", "--output-format", "concise", *arguments, folder=root)
    assert time.process_time() - began < SECONDS
    assert "fault of statelint" not in outcome.err
    assert "Traceback" not in outcome.err
    return outcome


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / ".git").mkdir()
    return write_project(tmp_path / "project")


def test_pipes(root: Path) -> None:
    for name in NAMES:
        os.mkfifo(root / name)
    outcome = check(root)
    assert outcome.status == 1
    assert "SL0103" in outcome.out
    for name in ("x.py", "tasks.py", ".gitignore", "requirements-x.txt", "setup.py", "Dockerfile"):
        assert f"{name}: [" in outcome.out or f"{name}:1:1: SL0004 [" in outcome.out
    assert "it is not a regular file" in outcome.out
    assert str(root) not in outcome.out


def test_links_to_devices_and_out_of_the_project(root: Path) -> None:
    (root.parent / "secret").write_text("*.py\n")
    for name in NAMES:
        if name != "statelint.toml":
            (root / name).symlink_to("/dev/zero" if name != ".gitignore" else "../secret")
    outcome = check(root)
    assert outcome.status == 1
    assert "SL0103" in outcome.out, "the ignore file outside is not honoured"
    assert ".gitignore: [warning] ignore file not honoured: it is not a regular file below the project root" in outcome.out


def test_folders(root: Path) -> None:
    for name in NAMES:
        (root / name).mkdir()
    outcome = check(root)
    assert outcome.status == 1
    assert ".gitignore: [warning] ignore file not honoured: it is not a regular file" in outcome.out
    assert str(root) not in outcome.out + outcome.err


def test_sparse_gigabytes(root: Path) -> None:
    for name in NAMES:
        with (root / name).open("wb") as file:
            file.truncate(3_000_000_000)
    (root / "statelint.toml").unlink()
    outcome = check(root)
    assert outcome.status == 1
    assert "x.py:1:1: SL0004 [warning] the file cannot be read: larger than 16 MiB" in outcome.out
    assert ".gitignore: [warning] ignore file not honoured: larger than 1 MiB" in outcome.out
    assert "requirements-x.txt: [warning] versions not read: larger than 16 MiB" in outcome.out


@pytest.mark.parametrize("option", ["--baseline", "--config"])
@pytest.mark.parametrize("made", ["fifo", "device", "sparse", "folder"])
def test_files_that_options_name(option: str, made: str, root: Path) -> None:
    named = root / "named.toml"
    if made == "fifo":
        os.mkfifo(named)
    elif made == "device":
        named.symlink_to("/dev/zero")
    elif made == "folder":
        named.mkdir()
    else:
        with named.open("wb") as file:
            file.truncate(3_000_000_000)
    outcome = check(root, option, "named.toml")
    assert outcome.status == 2
    assert outcome.err.startswith("error: named.toml: cannot be read: ")


def test_a_configuration_that_is_too_large(root: Path) -> None:
    with (root / "statelint.toml").open("wb") as file:
        file.truncate(3_000_000_000)
    assert check(root).err.startswith("error: statelint.toml: cannot be read: larger than 1 MiB")


@pytest.mark.parametrize("made", ["fifo", "device", "folder"])
def test_rule_files(made: str, root: Path) -> None:
    (root / "statelint.toml").write_text('extend-rules = ["rules"]\n')
    (root / "rules" / "state").mkdir(parents=True)
    file = root / "rules" / "state" / "x.toml"
    if made == "fifo":
        os.mkfifo(file)
    elif made == "device":
        file.symlink_to("/dev/zero")
    else:
        file.mkdir()
    outcome = check(root)
    assert outcome.status == 2
    assert outcome.err.startswith("error: extend-rules: ")
    assert "x.toml: cannot be read: it is not a regular file" in outcome.err


MANIFESTS = {
    "digits": ("requirements.txt", "flask==" + "1" * 5000),
    "hexadecimal": ("fly.toml", "x = 0x" + "f" * 6000),
    "decimal": ("Pipfile", "x = " + "9" * 6000),
    "large": ("fly.toml", "x = 99999999999999999999"),
    "brackets": ("Pipfile", "x = " + "[" * 3000),
    "keys": ("Pipfile", "a." * 3000 + "a = 1"),
    "json": ("Pipfile.lock", "[" * 100_000),
    "objects": ("Pipfile.lock", '{"a":' * 100_000),
    "python": ("setup.py", "(" * 5000),
    "null": ("setup.py", "x = '\0'"),
}


def test_numbers_and_depth_in_manifests(root: Path) -> None:
    for case, (name, content) in MANIFESTS.items():
        (root / case).mkdir()
        (root / case / name).write_text(content)
    outcome = check(root, "--isolated")
    assert outcome.status == 1
    for case in ("hexadecimal", "decimal", "large", "brackets", "keys", "json", "objects", "python", "null"):
        assert f"{case}/{MANIFESTS[case][0]}: [" in outcome.out or f"{case}/{MANIFESTS[case][0]}:1: [" in outcome.out, case


CONFIGURATIONS = {
    "digits": ("x = " + "9" * 6000, "a number is too large"),
    "hexadecimal": ("scaling.instances = 0x" + "f" * 6000, "a number is too large"),
    "brackets": ("x = " + "[" * 3000, "nested too deeply"),
    "keys": ("a." * 3000 + "a = 1", "nested too deeply"),
}


@pytest.mark.parametrize("case", CONFIGURATIONS)
def test_numbers_and_depth_in_a_configuration(case: str, root: Path) -> None:
    text, reason = CONFIGURATIONS[case]
    (root / "pyproject.toml").write_text(f"[tool.statelint]\n{text}\n")
    outcome = check(root)
    assert outcome.status == 2
    assert outcome.err.startswith("error: pyproject.toml: not valid TOML: ")
    assert reason in outcome.err


def test_a_configuration_whose_lines_all_look_right_is_refused_soon(root: Path) -> None:
    (root / "statelint.toml").write_text('# "selct"\n' * 50_000 + "selct = []\n")
    outcome = check(root)
    assert outcome.status == 2
    assert "unknown key 'selct'" in outcome.err


def test_patterns_of_the_project_take_no_time(root: Path) -> None:
    hard = "*a" * 13 + "*b"
    (root / ".gitignore").write_text(f"{hard}\n[z-a]\n[[x]\n**/{hard}/x\n")
    (root / "statelint.toml").write_text(f'extend-exclude = ["{hard}"]\n[per-file-ignores]\n"{hard}" = ["SL01"]\n')
    (root / ("a" * 200 + ".py")).write_text("x = 1\n")
    (root / ("a" * 200)).mkdir()
    outcome = check(root)
    assert outcome.status == 1
    assert ".gitignore:2: [warning] not a pattern, so it leaves nothing out" in outcome.out
    assert "FutureWarning" not in outcome.err


@pytest.mark.parametrize("line", ['extend-exclude = ["[z-a]"]', '[per-file-ignores]\n"[z-a]" = ["SL01"]'])
def test_a_configured_pattern_that_is_none_is_refused(line: str, root: Path) -> None:
    (root / "statelint.toml").write_text(line)
    outcome = check(root)
    assert outcome.status == 2
    assert "'[z-a]' is no pattern" in outcome.err


def test_an_ignore_file_of_too_many_lines(root: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.config.getoption("--thorough"):
        monkeypatch.setattr(ignore, "MOST_PATTERNS", 500)
    (root / ".gitignore").write_text("".join(f"x{number}\n" for number in range(ignore.MOST_PATTERNS + 1)))
    assert f".gitignore: [warning] ignore file not honoured beyond line {ignore.MOST_PATTERNS}" in check(root).out
