"""A progress bar on standard error, for runs that last, where somebody watches."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE: Final = 1.0
"""Seconds before the bar appears."""


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
    """Imports rich, and draws, only once the run has taken longer than anybody's patience."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._drawn: Any = None
        self._task: Any = None

    def tell(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is."""
        if self._drawn is None:
            if time.monotonic() - self._began < PATIENCE:
                return
            self._draw()
        self._drawn.update(self._task, description=stage, completed=done, total=total or None)

    def _draw(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - 40 ms that short runs do not pay
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 - as above

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._drawn = Progress(*columns, console=Console(stderr=True), transient=True)
        self._drawn.start()
        self._task = self._drawn.add_task("")

    def close(self) -> None:
        """Take the bar away."""
        if self._drawn is not None:
            self._drawn.stop()
