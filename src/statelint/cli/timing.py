"""`--timing`: how much processor time each room of a run takes, and each check."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from statelint.cli.say import say, say_below

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from statelint.engine import LinkedProject
    from statelint.inspect.context import Context, Report

START: Final = "start"
CHECK: Final = "check"
_ROWS: Final = "rows of the rules"


class Stopwatch:
    """Counts processor time, that of worker processes included, for one stage after the other."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._stage = START
        self._since = 0.0
        self._stages: dict[str, float] = {}
        self._checks: dict[str, float] = {}
        self._linked: list[LinkedProject] = []

    def tell(self, stage: str, _done: int = 0, _total: int = 0) -> None:
        """Begin a stage, which ends the one before."""
        if stage != self._stage:
            self._close()
            self._stage = stage

    def and_tell(self, other: Callable[[str, int, int], None] | None) -> Callable[[str, int, int], None]:
        """Return what tells this watch and somebody else."""
        if other is None:
            return self.tell

        def tell(stage: str, done: int, total: int) -> None:
            self.tell(stage)
            other(stage, done, total)

        return tell

    def link(self, linked: LinkedProject) -> None:
        """Keep what was linked, to tell how much of it is reached."""
        self._linked.append(linked)

    def add(self, check: str, seconds: float) -> None:
        """Count the time of a check."""
        self._checks[check] = self._checks.get(check, 0.0) + seconds

    def say(self) -> None:
        """Write the table on standard error."""
        self._close()
        total = sum(self._stages.values())
        say("note", f"{total:.2f} s of processor time, {time.perf_counter() - self._began:.2f} s by the clock from when options were read")
        for stage, seconds in self._stages.items():
            say_below(_line(stage, seconds, total))
            if stage == CHECK:
                rows = seconds - sum(self._checks.values())
                for check, part in sorted({**self._checks, _ROWS: rows}.items(), key=lambda pair: -pair[1]):
                    say_below(_line(f"  {check}", part, total))
        for linked in self._linked:
            from statelint.inspect.unreached import Unreached  # noqa: PLC0415 - slow, and seldom asked for

            say_below(str(linked.context.once(Unreached).share))

    def _close(self) -> None:
        now = _processor_time()
        self._stages[self._stage] = self._stages.get(self._stage, 0.0) + now - self._since
        self._since = now


def _line(what: str, seconds: float, total: float) -> str:
    return f"{seconds:8.3f} s {100 * seconds / total if total else 0:5.1f} %  {what}"


def _processor_time() -> float:
    children = os.times()  # in steps of a hundredth, so for them alone
    return time.process_time() + children.children_user + children.children_system


@contextmanager
def timed_checks(watch: Stopwatch | None) -> Iterator[None]:
    """Let a stopwatch count each check in the block."""
    if watch is None:
        yield
        return
    from statelint.checks.registry import CHECKS  # noqa: PLC0415 - slow, and seldom asked for

    before = dict(CHECKS)
    CHECKS.update({name: _timed(name, check, watch) for name, check in before.items()})
    try:
        yield
    finally:
        CHECKS.update(before)


def _timed(name: str, check: Callable[[Context], Iterator[Report]], watch: Stopwatch) -> Callable[[Context], Iterator[Report]]:
    def run(context: Context) -> Iterator[Report]:
        begin = time.process_time()
        try:
            yield from check(context)
        finally:
            watch.add(name, time.process_time() - begin)

    return run
