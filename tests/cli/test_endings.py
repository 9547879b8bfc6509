"""How a run ends: by signals, with streams that are closed or full, in a folder that is gone, with a check that failed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from tests.cli.project_fixture import VIEWS, Outcome, command, environment, here, process, write_project

from statelint.checks.registry import CHECKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from statelint.inspect.context import Report

COMMAND = f'"{sys.executable}" -m statelint'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return write_project(tmp_path / "project")


@pytest.fixture(scope="module")
def same(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out a project for tests that leave it as it is: what a run keeps serves the next one."""
    (folder := tmp_path_factory.mktemp("same") / "project").mkdir()
    return write_project(folder)


def shell(line: str, folder: Path) -> Outcome:
    """Run a line of the shell, in which STATELINT stands for the command."""
    done = subprocess.run(
        ["sh", "-c", line.replace("STATELINT", COMMAND)], cwd=folder, env=environment(), capture_output=True, timeout=60, check=False
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


# -- python -m


def test_python_m_imports_nothing_of_the_current_folder(root: Path) -> None:
    names = ("click", "msgspec", "libcst", "pathspec", "rich", "tomli", "jinja2", "ruamel", "platformdirs", "json", "hashlib", "tempfile")
    for name in (*names, "concurrent", "multiprocessing", "sitecustomize", "colorsys", "shutil", "__future__", "typing", "ast"):
        (root / name).mkdir()
        (root / name / "__init__.py").write_text(f"open({str(root.parent / 'marker')!r}, 'a').write('{name} ')\n")
    for file in ("conftest.py", "setup.py", "usercustomize.py", "gunicorn.conf.py"):
        (root / file).write_text(f"open({str(root.parent / 'marker')!r}, 'a').write('{file} ')\n")
    outcome = process("check", "--no-progress", "-j2", folder=root)
    assert outcome.status == 1
    assert not (root.parent / "marker").exists(), (root.parent / "marker").read_text()


def test_a_worker_that_is_not_forked_imports_nothing_of_the_current_folder(root: Path) -> None:
    (root / "multiprocessing").mkdir()
    (root / "multiprocessing" / "__init__.py").write_text(f"open({str(root.parent / 'marker')!r}, 'w')\n")
    code = (
        "import multiprocessing, sys; from pathlib import Path; from statelint.survey.survey import survey_files\n"
        "if __name__ == '__main__':\n"
        "    multiprocessing.set_start_method('spawn')\n"
        "    print(len(survey_files({'a.py': b'x = 1', 'b.py': b'y = 1'}, store=None, jobs=2)))\n"
    )
    (root.parent / "spawned.py").write_text(code)
    done = subprocess.run([sys.executable, "../spawned.py"], cwd=root, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, b"2\n"), done.stderr.decode()
    assert not (root.parent / "marker").exists()


# -- signals


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out a project that keeps two workers busy for some seconds."""
    folder = write_project(tmp_path_factory.mktemp("large"))
    for number in range(60):
        (folder / "app" / f"m{number}.py").write_text(VIEWS * 400)
    return folder


def alive(group: int) -> list[int]:
    """Return the processes of a group that are no zombies."""
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - names alone
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8") as file:  # noqa: PTH123 - it may go at any time
                    state, _, of_group = file.read().rpartition(")")[2].split()[:3]
            except OSError:
                continue
            if int(of_group) == group and state != "Z":
                found.append(int(name))
    return found


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks at processes")  # noqa: PTH112 - a mark
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_leaves_no_worker_and_no_half_file(number: signal.Signals, large: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    report.write_text("old")
    variables = environment() | {"XDG_CACHE_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "statelint", "check", "-j2", "--no-progress", "-o", str(report)]
    run = subprocess.Popen(command, cwd=large, env=variables, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        began = time.monotonic()
        while len(alive(run.pid)) < 3:
            assert run.poll() is None, "it was over before a worker was seen"
            assert time.monotonic() - began < 40
            time.sleep(0.02)
        run.send_signal(number)
        out, _ = run.communicate(timeout=20)  # the end of the pipe is seen only when nobody holds it any more
        assert run.returncode == -number
        assert out == b""
        ended = time.monotonic()
        while alive(run.pid):  # a process closes its files a little before it is gone
            assert time.monotonic() - ended < 10
            time.sleep(0.02)
    finally:
        for left in alive(run.pid):
            os.kill(left, signal.SIGKILL)
    assert report.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".report")] == []
    assert list(tmp_path.rglob(".tmp-*")) == []


def test_a_worker_that_is_killed_costs_only_time(large: Path) -> None:
    """As by a machine that is short of memory."""
    code = (
        "import os, signal, sys; from statelint.survey import survey as room; real = room._survey_batch\n"
        "def dies(contents):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "room._survey_batch = dies\n"
        "print(len(room.survey_files({f'{n}.py': b'x = %d' % n for n in range(9)}, store=None, jobs=2)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=large.parent, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, b"9\n"), done.stderr.decode()


# -- streams


@pytest.mark.parametrize(
    ("line", "status", "err"),
    [
        ("STATELINT check nowhere 2>&-", 2, ""),
        ("STATELINT check nowhere 2>/dev/full", 2, ""),
        ("STATELINT check --no-progress 2>&-", 1, ""),
        ("STATELINT check --no-progress >&-", 2, "error: standard output is closed"),
        ("STATELINT check --no-progress -o ../report.txt >&-", 1, ""),
        ("STATELINT check --no-progress >/dev/full", 2, "error: standard output: cannot be written: No space left on device\n"),
        ("STATELINT --version >/dev/full", 2, "error: standard output: cannot be written: No space left on device\n"),
        ("STATELINT --help >/dev/full", 2, "error: standard output: cannot be written: No space left on device\n"),
        ("STATELINT --help >&-", 2, "error: standard output is closed"),
        ("STATELINT check --stdin-filename x.py - <&-", 2, "error: `-`: standard input is closed\n"),
        ("STATELINT check --no-progress <&- >&- 2>&-", 2, ""),
    ],
)
def test_streams(line: str, status: int, err: str, same: Path) -> None:
    outcome = shell(line, same)
    assert outcome.status == status
    assert outcome.err.startswith(err)
    assert len(outcome.err.splitlines()) == (1 if err else 0)


def test_a_current_folder_that_is_gone(same: Path) -> None:
    gone = same.parent / "gone"
    for arguments, status in ((f"{same}", 1), (f"{same} --baseline x", 2), ("", 2), ("app", 2)):
        gone.mkdir()
        outcome = shell(f'cd "{gone}"; rmdir "{gone}"; STATELINT check --no-progress --output-format concise {arguments}', same)
        assert outcome.status == status, arguments
        assert ("SL0103" in outcome.out) == (status == 1)
        assert "fault of statelint" not in outcome.err
        assert status == 1 or outcome.err.startswith("error: ")
    shutil.rmtree(gone, ignore_errors=True)


# -- terminals


NAME = "a\x1b]0;PWNED\x07\x1b[31m\u202ex"


def test_names_obey_no_terminal(root: Path) -> None:
    (root / f"{NAME}.py").write_text("def (:\n")
    (root / f"{NAME}.service").write_bytes(b"[Service]\n\0")
    (root / "x\n::error file=z::pwn.py").write_text("")
    (root / "statelint.toml").write_text('baseline = "\\u001b[31m\\u009bknown"\n')
    for arguments in (("check",), ("check", "--show-settings"), ("check", "--isolated"), ("check", "--isolated", "--show-files")):
        outcome = command(*arguments, folder=root)
        for text in (outcome.out, outcome.err):
            assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text), arguments
            assert "\n::error" not in text
    assert "PWNED" in outcome.out


# -- a check that fails


def test_a_check_that_failed_is_status_2_behind_the_whole_report(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: object) -> Iterator[Report]:
        message = "no such thing"
        raise KeyError(message)
        yield

    monkeypatch.delenv("STATELINT_DEBUG", raising=False)
    monkeypatch.setitem(CHECKS, next(name for name in CHECKS if name != "state"), fails)
    monkeypatch.chdir(root)
    run: Callable[..., Outcome] = here(capsys)
    for arguments in ((), ("--exit-zero",), ("--output-format", "json"), ("--write-baseline", "known.jsonl")):
        outcome = run("check", "--no-progress", *arguments)
        assert outcome.status == 2, arguments
        assert "failed (KeyError: 'no such thing'); its findings are incomplete" in outcome.err
        assert "error: the report is incomplete" in outcome.err
        assert "SL0103" in outcome.out or arguments[:1] == ("--write-baseline",)
