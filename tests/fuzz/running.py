"""The command in this process, on a case in a folder of its own, with bounds on time; a fault is told by where it happens."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from unittest import mock

from statelint.cli import _run as run_arguments

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

LIMIT: Final = 5.0
"""Seconds of processor time for one run of a small project, which takes a tenth of one."""
_PATIENCE: Final = 30
"""How many times its limit a run may take by the clock."""
_FAULT: Final = re.compile(r"this is a fault of statelint|the check .* failed|Traceback|\w+Warning: ")
_FAILED: Final = re.compile(r"(statelint \S+ failed: .*|the check \S+ failed \(.*?\)|\w+Warning: .*)")


class Fault(NamedTuple):
    """What must not be."""

    signature: str
    """The same for the same cause, as far as that can be told."""
    told: str
    """All that is known."""


class FaultError(Exception):
    """Ends an oracle with a fault."""

    def __init__(self, signature: str, told: str = "") -> None:
        super().__init__(signature)
        self.fault = Fault(signature, told or signature)


class Ran(NamedTuple):
    """How a run ended."""

    status: int
    out: bytes
    err: str


class _SlowError(BaseException):
    """The run takes longer than it may; no handler of the program takes it for an error of its own."""


@contextlib.contextmanager
def place() -> Iterator[Path]:
    """Give an empty folder that ends a project, two levels below one that nobody else uses; the user's folders are in it, too."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as top:
        root = Path(top) / "work" / "project"
        (root / ".git").mkdir(parents=True)
        with mock.patch.dict(os.environ, {"HOME": top, "XDG_CACHE_HOME": f"{top}/kept", "COLUMNS": "100"}):
            yield root


def run(root: Path, *arguments: str, given: bytes = b"") -> Ran:
    """Run the command in a folder.

    Raises:
        FaultError: it ended in a way in which no run may end.
    """
    streams = [io.TextIOWrapper(io.BytesIO(content), "utf-8", newline="", write_through=True) for content in (given, b"", b"")]
    try:
        with (
            contextlib.chdir(root),
            mock.patch.multiple(sys, stdin=streams[0], stdout=streams[1], stderr=streams[2]),
            warnings.catch_warnings(),
            _limited(),
        ):
            warnings.simplefilter("default")
            status = run_arguments(arguments)
    except _SlowError as error:
        told = traceback.format_exception(error)
        raise FaultError(f"slow: {_where(error)}", "".join(told[-12:])) from None
    except BaseException as error:
        raise FaultError(f"escaped: {type(error).__name__} {_where(error)}", "".join(traceback.format_exception(error)[-12:])) from error
    out, err = (stream.buffer.getvalue() for stream in streams[1:] if isinstance(stream.buffer, io.BytesIO))
    told_there = err.decode(errors="replace")
    if _FAULT.search(told_there):
        found = _FAILED.search(told_there)
        raise FaultError(re.sub(r"\d{3,}|'[^']*'|/\S+", "N", found[1] if found else told_there[-200:]), told_there[-3000:])
    if status not in (0, 1, 2) or (status == 2 and not told_there.strip()):
        raise FaultError(f"ended with {status}", told_there[-3000:])
    return Ran(status, out, told_there)


def _where(error: BaseException) -> str:
    """Return the innermost functions of statelint that were at work."""
    frames = [f"{Path(one.filename).stem}.{one.name}" for one in traceback.extract_tb(error.__traceback__) if "statelint" in one.filename]
    return " < ".join(reversed(frames[-2:]))


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    """Bound the processor time, which other work on the machine does not lengthen, and, for what waits, the time by the clock."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def over(_: int, __: FrameType | None) -> None:
        raise _SlowError

    timers = ((signal.SIGVTALRM, signal.ITIMER_VIRTUAL, LIMIT), (signal.SIGALRM, signal.ITIMER_REAL, LIMIT * _PATIENCE))
    before = [signal.signal(number, over) for number, _, _ in timers]
    for _, timer, seconds in timers:
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for (number, timer, _), handler in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)
