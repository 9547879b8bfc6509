"""A process in which the command is imported and the rules are read, and whose copies run it, each with limits of its own.

To start a process, to import and to read the rules takes longer than most hard shapes do. Run as a script, it takes an order on
each line of its input, and says on a line of its output how the copy that ran it ended.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from typing import NoReturn


class Order(msgspec.Struct, frozen=True):
    """A run that is wanted."""

    arguments: list[str]
    out: str
    """The file that takes standard output."""
    errors: str
    """The file that takes standard error."""
    seconds: int
    """Processor time after which it is ended."""
    wall: int
    """Seconds after which it is ended, whatever it has done."""
    address_space: int
    """Bytes."""


class Ended(msgspec.Struct, frozen=True):
    """How a run ended."""

    status: int
    """The exit status, negative for the signal that ended the process."""
    seconds: float
    """Processor time, of user and system together."""
    most: int
    """The most memory in use at once, in the unit of this system."""


def serve() -> None:
    """Run what is ordered until the input ends."""
    _warm()
    for line in sys.stdin:
        order = msgspec.json.decode(line, type=Order)
        pid = os.fork()
        if not pid:
            _run(order)
        _, status, usage = os.wait4(pid, 0)
        ended = Ended(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
        sys.stdout.write(msgspec.json.encode(ended).decode() + "\n")
        sys.stdout.flush()


def _warm() -> None:
    """Import whatever a run imports, and read the rules."""
    from tests.once import share  # noqa: PLC0415 - what is ordered is imported where it is run

    from statelint.cli import _run as run_arguments  # noqa: PLC0415

    share()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "app.py").write_text("from flask import Flask\napp = Flask(__name__)\nX = {}\n@app.get('/')\ndef f():\n    X[1] = 1\n")
        run_arguments(["check", "--isolated", "--no-cache", "-q", "-j1", "--output-format", f"json:{folder}/report", folder])


def _run(order: Order) -> NoReturn:
    """Be the command, within limits, and end the process."""
    import resource  # noqa: PLC0415 - POSIX alone has it

    from statelint.cli import main  # noqa: PLC0415 - as above

    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (order.seconds, order.seconds + 1))
        resource.setrlimit(resource.RLIMIT_AS, (order.address_space, order.address_space))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.alarm(order.wall)
        for number, path in ((1, order.out), (2, order.errors)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        main(order.arguments)
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else status
        with contextlib.suppress(OSError):
            sys.stdout.flush()
    except BaseException:  # noqa: BLE001 - nothing of a copy may return to the original
        traceback.print_exc()
    os._exit(status)


if __name__ == "__main__":
    serve()
