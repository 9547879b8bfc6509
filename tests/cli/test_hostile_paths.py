"""A checkout writes, reads and removes nothing outside of itself, and brings no results with it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.cli.project_fixture import VIEWS, command, write_project

from statelint.cache.place import user_folder
from statelint.survey.module import survey

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.project_fixture import Outcome


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "outside" / "project"
    folder.mkdir(parents=True)
    (folder.parent / "precious").write_text("precious")
    return write_project(folder)


def everything(folder: Path) -> dict[str, bytes | None]:
    """Return what lies below a folder, links as what they say."""
    found: dict[str, bytes | None] = {}
    for path in sorted(folder.rglob("*")):
        content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[path.relative_to(folder).as_posix()] = content
    return found


def check(root: Path, *arguments: str, **variables: str) -> Outcome:
    return command("check", "--no-progress", "--output-format", "concise", *arguments, folder=root, given=b"", **variables)


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e@example.com", *arguments], cwd=folder, check=True, capture_output=True)


# -- what a configuration file names


OUTSIDE = {
    "above": ("output-format", '"concise:../.bashrc"'),
    "absolute": ("output-format", '"concise:{outside}/authorized_keys"'),
    "sideways": ("output-format", '"concise:app/../../x"'),
    "link": ("output-format", '"concise:link/x"'),
    "link-at-the-end": ("output-format", '"concise:report"'),
    "repository": ("output-format", '"concise:.git/config"'),
    "environment": ("output-format", '"concise:env/lib/x.pth"'),
    "hidden": ("output-format", '"concise:.venv/x.pth"'),
    "cache": ("cache-dir", '".."'),
    "cache-link": ("cache-dir", '"link"'),
    "cache-here": ("cache-dir", '"."'),
    "baseline": ("baseline", '"../precious"'),
    "baseline-link": ("baseline", '"report"'),
    "device": ("baseline", '"/dev/zero"'),
    "rules": ("extend-rules", '["app", "../rules"]'),
    "rules-link": ("extend-rules", '["link"]'),
}


@pytest.mark.parametrize(("case", "file"), [*((case, "statelint.toml") for case in OUTSIDE), ("above", "pyproject.toml")])
def test_a_path_of_a_configuration_file_stays_in_its_folder(case: str, file: str, root: Path) -> None:
    key, value = OUTSIDE[case]
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("[core]\n")
    (root / "env" / "lib").mkdir(parents=True)
    (root / "env" / "pyvenv.cfg").touch()
    (root / ".venv").mkdir()
    (root / "link").symlink_to("..")
    (root / "report").symlink_to("../precious")
    head = "[tool.statelint]\n" if file == "pyproject.toml" else ""
    (root / file).write_text(f"{head}{key} = {value.replace('{outside}', str(root.parent))}\n")
    before = everything(root.parent)
    outcome = command("check", "--no-progress", folder=root)
    assert outcome.status == 2
    assert outcome.out == ""
    line, help_, *rest = outcome.err.splitlines()
    assert line.startswith(f"error: {file}:{2 if head else 1}: {key}: ")
    assert help_.startswith("  = help: ")
    assert rest == []
    assert everything(root.parent) == before


def test_paths_in_the_folder_of_the_configuration_file_serve(root: Path) -> None:
    (root / "reports").mkdir()
    (root / "statelint.toml").write_text('output-format = "json:reports/now.json"\nbaseline = "known.jsonl"\nextend-rules = ["rules"]\n')
    (root / "known.jsonl").touch()
    (root / "rules").mkdir()
    outcome = command("check", "--no-progress", folder=root / "app")
    assert outcome.status == 1
    assert len(json.loads((root / "reports" / "now.json").read_text())["findings"]) > 0


def test_an_absolute_path_in_the_folder_serves(root: Path) -> None:
    (root / "statelint.toml").write_text(f'baseline = "{root}/known.jsonl"\n')
    (root / "known.jsonl").touch()
    assert check(root).status == 1


def test_the_command_line_names_any_path(root: Path) -> None:
    (root.parent / "known.jsonl").touch()
    outcome = check(root, "--baseline", "../known.jsonl", "-o", "../report.txt")
    assert (outcome.status, outcome.out) == (1, "")
    assert "SL0103" in (root.parent / "report.txt").read_text()


@pytest.mark.parametrize("arguments", [("check", "-o", "named"), ("check", "--write-baseline", "named"), ("plan", "--svg", "named")])
def test_a_link_of_the_checkout_leads_no_report_out(arguments: tuple[str, ...], root: Path) -> None:
    (root / "named").symlink_to("../precious")
    outcome = command(*arguments, folder=root)
    assert outcome.status == 2
    assert "error: named: a link leads out of the project" in outcome.err
    assert (root.parent / "precious").read_text() == "precious"


def test_a_link_within_the_checkout_is_followed(root: Path) -> None:
    (root / "reports").mkdir()
    (root / "reports" / "now.txt").touch()
    (root / "named").symlink_to("reports/now.txt")
    assert check(root, "-o", "named").status == 1
    assert "SL0103" in (root / "reports" / "now.txt").read_text()


def test_a_configuration_file_that_is_a_link_out_of_the_project_is_refused(root: Path) -> None:
    (root.parent / "theirs.toml").write_text('select = ["ALL"]\n')
    (root / "statelint.toml").symlink_to("../theirs.toml")
    outcome = check(root)
    assert outcome.status == 2
    assert outcome.err.startswith("error: statelint.toml: is a link that leads out of the project\n")
    (root.parent / ".git").mkdir()
    assert check(root).status == 1, "within one repository a link is a way to share a file"


# -- the cache


def forge(file: Path) -> None:
    """Put a summary of an empty file in the place of every file's, in whatever head the file has."""
    file.parent.mkdir(parents=True, exist_ok=True)
    old = file.read_bytes() if file.exists() else b""
    empty = msgspec.msgpack.encode(survey(b""))
    start = old.find(b"\n") + 1 + 32
    entries = msgspec.msgpack.decode(old[start:], type=dict[bytes, msgspec.Raw]) if len(old) > start else {}
    file.write_bytes(old[:start] + msgspec.msgpack.encode(dict.fromkeys(entries, msgspec.Raw(empty))))


def test_nothing_is_written_into_the_checkout(root: Path) -> None:
    before = everything(root.parent)
    first = check(root)
    assert first.status == 1
    assert everything(root.parent) == before
    assert check(root).out == first.out


@pytest.mark.parametrize("name", [".statelint_cache", "statelint-cache", "cache"])
def test_a_cache_that_comes_with_the_checkout_is_not_read(name: str, root: Path) -> None:
    expected = check(root, "--no-cache")
    made = check(root, "--cache-dir", name)
    assert made.out == expected.out
    for file in (root / name).glob("*.msgpack"):
        forge(file) if file.name.startswith("survey") else file.write_bytes(b"")
    assert check(root).out == expected.out
    assert check(root, "--cache-dir", name).out == expected.out, "forged entries are a miss"


def test_only_the_command_line_names_a_cache_inside_the_checkout(root: Path) -> None:
    (root / "statelint.toml").write_text('cache-dir = "kept"\n')
    outcome = check(root)
    assert outcome.status == 1
    assert "warning: statelint.toml:1: a cache inside the project is used only where the command line names it" in outcome.err
    (root / "statelint.toml").unlink()
    outcome = check(root, STATELINT_CACHE_DIR="kept")
    assert "warning: STATELINT_CACHE_DIR: a cache inside the project is used only" in outcome.err
    assert not (root / "kept").exists()
    assert check(root, "--cache-dir", "kept").err == ""
    assert (root / "kept" / "CACHEDIR.TAG").is_file()


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_cache_that_git_tracks_is_not_used(root: Path) -> None:
    expected = check(root, "--no-cache")
    check(root, "--cache-dir", "kept")
    git(root, "init")
    git(root, "add", "-f", "kept/CACHEDIR.TAG")
    before = everything(root)
    outcome = check(root, "--cache-dir", "kept")
    assert outcome.out == expected.out
    assert "warning: --cache-dir: git tracks files in this folder" in outcome.err
    assert everything(root) == before


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_cache_home_that_git_tracks_is_not_used(root: Path) -> None:
    """As where a job's home lies in its checkout, beside the project that is checked."""
    home = root.parent / "home"
    check(root, XDG_CACHE_HOME=str(home))
    assert (home / "statelint" / "key").is_file()
    git(root.parent, "init")
    git(root.parent, "add", "-f", "home")
    before = everything(root.parent)
    (root / "app" / "new.py").write_text("x = 1\n")
    check(root, XDG_CACHE_HOME=str(home))
    (root / "app" / "new.py").unlink()
    assert everything(root.parent) == before


def test_a_cache_home_inside_the_project_is_not_used(root: Path) -> None:
    assert check(root, XDG_CACHE_HOME=str(root / "home")).status == 1
    assert not (root / "home").exists()


@pytest.mark.parametrize("target", ["..", "../elsewhere", "app"])
def test_a_link_is_no_cache(target: str, root: Path) -> None:
    (root.parent / "elsewhere").mkdir()
    (root / "kept").symlink_to(target)
    before = everything(root.parent)
    for name in ("check", "clean"):
        outcome = command(name, "--cache-dir", "kept", folder=root)
        assert outcome.status == 2
        assert outcome.err.startswith("error: --cache-dir: ")
    assert everything(root.parent) == before


@pytest.mark.parametrize("named", ["app", ".", "../elsewhere"])
def test_a_folder_of_other_things_is_no_cache(named: str, root: Path) -> None:
    (root.parent / "elsewhere").mkdir()
    (root.parent / "elsewhere" / "model.tmp").write_text("precious")
    before = everything(root.parent)
    for name in ("check", "clean"):
        outcome = command(name, "--cache-dir", named, folder=root)
        assert outcome.status == 2
        assert "is no cache of statelint" in outcome.err
    assert everything(root.parent) == before


def test_clean_removes_what_runs_have_kept(root: Path) -> None:
    home = root.parent / "home"
    check(root, XDG_CACHE_HOME=str(home))
    (folder,) = (path for path in (home / "statelint").iterdir() if path.is_dir())
    outcome = command("clean", folder=root, XDG_CACHE_HOME=str(home))
    assert (outcome.status, outcome.err.partition(" from ")[0]) == (0, "note: removed 3 files")
    assert not folder.exists()
    check(root, "--cache-dir", "../shared")
    assert command("clean", "--cache-dir", "../shared", folder=root).status == 0
    assert [path.name for path in (root.parent / "shared").iterdir()] == ["key"], "the secret serves other projects as well"


def test_clean_enters_no_folder_and_no_link(root: Path) -> None:
    check(root, "--cache-dir", "kept")
    (root / "kept" / "inner").mkdir()
    (root / "kept" / "inner" / "x.msgpack").write_text("precious")
    (root / "kept" / "out").symlink_to("../..")
    outcome = command("clean", "--cache-dir", "kept", folder=root)
    assert outcome.status == 0
    assert "also holds files that are not statelint's; they stay" in outcome.err
    assert sorted(everything(root / "kept")) == ["inner", "inner/x.msgpack", "out"]
    assert (root.parent / "precious").exists()


DAMAGE = {"empty": b"", "deep": b"\x91" * 10_000_000, "foreign": b"statelint cache 1\n" + b"\0" * 64, "text": b"hello"}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_cache_changes_nothing(damage: str, root: Path) -> None:
    home = root.parent / "home"
    expected = check(root, XDG_CACHE_HOME=str(home))
    files = [*(home / "statelint").glob("*/*.msgpack"), *(home / "statelint").glob("*/*.json")]
    assert len(files) == 4
    for file in files:
        file.write_bytes(DAMAGE[damage])
    again = check(root, XDG_CACHE_HOME=str(home))
    assert (again.status, again.out, again.err) == (expected.status, expected.out, expected.err)


@pytest.mark.parametrize("kind", ["survey", "result"])
def test_one_flipped_bit_anywhere_changes_nothing(kind: str, root: Path) -> None:
    home = root.parent / "home"
    expected = check(root, XDG_CACHE_HOME=str(home))
    (file,) = (home / "statelint").glob(f"*/{kind}-*.msgpack")
    whole = file.read_bytes()
    for place in range(3, len(whole), len(whole) // 7):
        for result in (home / "statelint").glob("*/result-*.msgpack"):
            result.unlink()
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :])
        assert check(root, XDG_CACHE_HOME=str(home)).out == expected.out


def test_special_files_in_the_cache_home(root: Path) -> None:
    home = root.parent / "home"
    expected = check(root, XDG_CACHE_HOME=str(home))
    for file in (home / "statelint").glob("*/*.msgpack"):
        file.unlink()
        os.mkfifo(file)
    key = home / "statelint" / "key"
    assert check(root, XDG_CACHE_HOME=str(home)).out == expected.out
    key.unlink()
    key.symlink_to("/dev/zero")
    assert check(root, XDG_CACHE_HOME=str(home)).out == expected.out


@pytest.mark.parametrize("home", ["/dev/null", "/proc/nowhere", "file"])
def test_a_home_that_cannot_be_written(home: str, root: Path) -> None:
    expected = check(root, "--no-cache")
    (root.parent / "file").touch()
    outcome = check(root, XDG_CACHE_HOME=str(root.parent / home))
    assert (outcome.status, outcome.out, outcome.err) == (expected.status, expected.out, expected.err)


def test_no_home_at_all(root: Path) -> None:
    outcome = check(root, HOME="", XDG_CACHE_HOME="")
    assert outcome.status == 1
    assert sorted(path.name for path in root.iterdir()) == ["app", "requirements.txt"]


def test_runs_at_the_same_time_say_the_same(root: Path) -> None:
    for number in range(10):
        (root / "app" / f"m{number}.py").write_text(VIEWS)
    expected = check(root, "--no-cache").out
    home = root.parent / "home"
    environ = {**os.environ, "XDG_CACHE_HOME": str(home)}
    line = [sys.executable, "-m", "statelint", "check", "--no-progress", "--output-format", "concise"]

    runs = [subprocess.Popen(line, cwd=root, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    for run in runs:
        out, err = run.communicate(timeout=60)
        assert (run.returncode, out.decode(), err.decode()) == (1, expected, "")
    assert list(home.rglob(".tmp-*")) == []
    assert check(root, XDG_CACHE_HOME=str(home)).out == expected


def test_the_user_folder_follows_the_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert user_folder({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "statelint"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    for variables in ({}, {"XDG_CACHE_HOME": "relative"}):
        folder = user_folder(variables)
        assert folder is not None
        assert folder.is_relative_to(tmp_path)
