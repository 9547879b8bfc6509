"""A small Flask project on disk, and the command tried on it: as a process where the process matters, else in this one."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING
from unittest import mock

import msgspec
import pytest

from statelint.cli import _run as run_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

VIEWS = """\
from flask import Flask, request

app = Flask(__name__)
SESSIONS = {}


@app.post("/login")
def login():
    SESSIONS[request.form["token"]] = request.form["user"]
    return "ok"


@app.get("/me")
def me():
    return SESSIONS[request.args["token"]]


@app.get("/healthz")
def healthz():
    return "ok"
"""


class Outcome(msgspec.Struct, frozen=True):
    """How a command ended."""

    status: int
    out: str
    err: str


def write_project(folder: Path) -> Path:
    """Write the project and return its root."""
    (folder / "app").mkdir()
    (folder / "app" / "views.py").write_text(VIEWS)
    (folder / "requirements.txt").write_text("flask\nFlask-Session\n")
    return folder


def environment() -> dict[str, str]:
    """Return this environment without what would change colours or settings."""
    ours = ("STATELINT_", "NO_COLOR", "FORCE_COLOR", "CLICOLOR")
    return {key: value for key, value in os.environ.items() if not key.startswith(ours)}


def process(*arguments: str, folder: Path, given: bytes = b"", **variables: str) -> Outcome:
    """Run the command as a process."""
    done = subprocess.run(
        [sys.executable, "-m", "statelint", *arguments],
        cwd=folder,
        input=given,
        capture_output=True,
        env=environment() | variables,
        timeout=60,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def command(*arguments: str, folder: Path, given: bytes = b"", **variables: str) -> Outcome:
    """Run the command in this process, with streams, a current folder and an environment as a process of its own would have them."""
    streams = [io.TextIOWrapper(io.BytesIO(content), "utf-8", newline="", write_through=True) for content in (given, b"", b"")]
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, environment() | variables, clear=True),
        mock.patch.multiple(sys, stdin=streams[0], stdout=streams[1], stderr=streams[2]),
        _limited(120),
    ):
        status = run_arguments(arguments)
    out, err = (stream.buffer.getvalue().decode() for stream in streams[1:] if isinstance(stream.buffer, io.BytesIO))
    return Outcome(status, out, err)


@contextlib.contextmanager
def _limited(seconds: int) -> Iterator[None]:
    """Let a test fail where a run does not end, as one does that waits for a pipe."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def over(*_: object) -> None:
        pytest.fail(f"not over after {seconds} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def here(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Return a function that runs the command in this process, in the current folder."""

    def run(*arguments: str) -> Outcome:
        capsys.readouterr()
        status = run_arguments(arguments)
        caught = capsys.readouterr()
        return Outcome(status, caught.out, caught.err)

    return run
