"""A thread that does one thing after the other, and is not waited for when the server ends."""

from __future__ import annotations

import asyncio
import queue
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
_STACK: Final = 64 * 1024 * 1024
"""Bytes; some systems give a thread half a megabyte, and the parser of Python takes more for nested code. Only what is used is taken."""


class Worker:
    """Runs functions in a thread of its own, in the order in which they come."""

    def __init__(self, name: str) -> None:
        self._tasks: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        before = threading.stack_size(_STACK)
        try:
            threading.Thread(target=self._work, name=name, daemon=True).start()
        finally:
            threading.stack_size(before)

    async def run(self, function: Callable[..., _T], *arguments: Any) -> _T:
        """Run a function and return what it returns, or raise what it raises."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[_T] = loop.create_future()

        def tell(set_it: Callable[[Any], None], what: object) -> None:
            if not done.done():  # nobody waits for what was cancelled
                set_it(what)

        def task() -> None:
            outcome: tuple[Callable[[Any], None], object]
            try:
                outcome = (done.set_result, function(*arguments))
            except Exception as error:  # noqa: BLE001 - whoever waits gets it
                outcome = (done.set_exception, error)
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(tell, *outcome)

        self._tasks.put(task)
        return await done

    def _work(self) -> None:
        while True:
            self._tasks.get()()
