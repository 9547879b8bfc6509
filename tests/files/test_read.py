"""Every file is read by one reader, which refuses whatever is no file of a limited size below the root."""

from __future__ import annotations

import ast
import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import statelint
from statelint.files import Reader, UnreadableError, read_bounded

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCES = Path(statelint.__file__).parent


def fifo(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        here = os.open(".", os.O_RDONLY)
        os.chdir(path.parent)  # the name of a socket is short
        try:
            one.bind(path.name)
        finally:
            os.fchdir(here)
            os.close(here)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(3_000_000_000)


MADE: dict[str, tuple[Callable[[Path], object], str]] = {
    "fifo": (fifo, "regular file"),
    "socket": (a_socket, "regular file"),
    "folder": (lambda path: path.mkdir(), "regular file"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "regular file"),
    "sparse": (sparse, "larger than 1 KiB"),
    "large": (lambda path: path.write_bytes(b"x" * 1025), "larger than 1 KiB"),
    "absent": (lambda _: None, "No such file"),
    "dangling": (lambda path: path.symlink_to("nowhere"), "No such file"),
    "circle": (lambda path: path.symlink_to(path.name), "symbolic links|No such file"),
}


@pytest.mark.parametrize("made", MADE)
def test_what_is_refused(made: str, tmp_path: Path) -> None:
    make, reason = MADE[made]
    make(tmp_path / "x")
    began = time.monotonic()
    for is_below in (True, False):
        with pytest.raises(UnreadableError, match=reason) as caught:
            Reader(tmp_path).read("x", 1024) if is_below else read_bounded(tmp_path / "x", 1024)
        assert str(tmp_path) not in str(caught.value)
        assert caught.value.missing == (made in ("absent", "dangling"))
    assert time.monotonic() - began < 1
    assert Reader(tmp_path).is_file("x") == (made in ("sparse", "large"))


def test_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_bytes(b"x" * 1024)
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "a" / "other").symlink_to("x")
    reader = Reader(tmp_path)
    for path in ("a/x", "link/x", "a/other", "link/../a/x", "./a/x"):
        assert len(reader.read(path, 1024)) == 1024
        assert reader.is_file(path)
    assert reader.head("a/x", 3) == b"xxx"
    assert Reader(tmp_path / "link").read("x", 1024)


@pytest.mark.parametrize("path", ["../x", "/etc/hosts", "out/x", "file", "in/out/x", "a\0b", ""])
def test_nothing_outside_is_read(path: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "in").mkdir(parents=True)
    (tmp_path / "x").write_text("secret")
    (tmp_path / "root-beside").mkdir()
    (root / "out").symlink_to("..")
    (root / "in" / "out").symlink_to(tmp_path)
    (root / "file").symlink_to("../x")
    with pytest.raises(UnreadableError):
        Reader(root).read(path, 1024)
    assert not Reader(root).is_file(path)


def test_a_file_that_grows_while_it_is_read_is_cut_off() -> None:
    with pytest.raises(UnreadableError, match="regular file"):
        read_bounded("/dev/zero", 1024)
    if os.path.exists("/proc/self/maps"):  # noqa: PTH110 - a file that says it has no bytes
        with pytest.raises(UnreadableError, match="larger"):
            read_bounded("/proc/self/maps", 1024)


OWN: dict[str, set[str]] = {
    "files": {"fdopen", "open", "write_bytes"},
    "cache": {"fdopen", "open"},
    "rulebook/load.py": {"open", "read_bytes"},  # the shipped rule set
    "rulebook/packages.py": {"read_bytes"},  # what installed packages offer
    "sizing/engines.py": {"read_text"},  # a table of the installation
    "report/html/__init__.py": {"read_text"},  # its template
    "cli/streams.py": {"open"},  # the null device
    "server/serve.py": {"fdopen"},  # a copy of standard output
}
"""What opens files itself, and how."""


OPENING = {"open", "fdopen", "read_bytes", "read_text", "write_bytes", "write_text"}


def test_nothing_else_opens_a_file() -> None:
    for path in sorted(SOURCES.rglob("*.py")):
        name = path.relative_to(SOURCES).as_posix()
        allowed = OWN.get(name, OWN.get(name.partition("/")[0], set()))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func).rpartition(".")[2]
                assert called not in OPENING - allowed, f"{name}:{node.lineno}"
