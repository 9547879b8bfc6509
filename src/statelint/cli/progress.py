"""A progress bar on standard error, for runs that last, where somebody watches."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE: Final = 2.0
"""Seconds before the bar appears."""
STAGES: Final = {
    "programs": "looking for programs",
    "discover": "looking for files",
    "deploy": "reading deployment files",
    "read": "reading files",
    "survey": "parsing files",
    "link": "linking the program",
    "check": "checking",
    "judge": "weighing findings",
    "fix": "looking for fixes",
}
"""The stages of a run, and what they do in words."""


@contextmanager
def progress(*, wanted: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """Give the function that the analysis tells how far it is, (stage, done, total); None where nobody watches."""
    if not (wanted and sys.stderr.isatty()):
        yield None
        return
    bar = _Bar()
    try:
        yield bar.tell
    finally:
        bar.close()


class _Bar:
    """Imports rich, and draws, only once the run has taken longer than anybody's patience.

    A stage that says nothing until it is over is waited for by a thread. While files are parsed there is none yet: the
    worker processes are forked, which does not go well with threads.
    """

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._stage: tuple[str, int, int] = ("", 0, 0)
        self._drawn: Any = None
        self._task: Any = None
        self._closed = False

    def tell(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is; a `total` of 0 is not known."""
        with self._lock:
            if self._closed:  # --fix analyses again behind the bar
                return
            self._stage = (stage, done, total)
            left = PATIENCE - (time.monotonic() - self._began)
            if self._drawn is not None or left <= 0:
                self._show()
            elif self._timer is None and stage not in ("programs", "discover", "deploy", "read", "survey"):
                self._timer = threading.Timer(left, self._late)
                self._timer.daemon = True
                self._timer.start()

    def _late(self) -> None:
        with self._lock:
            if not self._closed:
                self._show()

    def _show(self) -> None:
        if self._drawn is None:
            self._draw()
        stage, done, total = self._stage
        self._drawn.update(self._task, description=STAGES.get(stage, stage), completed=done, total=total or None)

    def _draw(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - 40 ms that short runs do not pay
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - as above

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._drawn = Progress(*columns, console=Console(stderr=True), transient=True)
        self._drawn.start()
        self._task = self._drawn.add_task("")

    def close(self) -> None:
        """Take the bar away."""
        with self._lock:
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()
            if self._drawn is not None:
                self._drawn.stop()
