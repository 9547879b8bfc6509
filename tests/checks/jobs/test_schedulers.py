"""Work that every instance does, and work that is its own. `# here` marks what is told."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import analysed, marked

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = """
import asyncio, threading, time
from contextlib import asynccontextmanager
import httpx
from fastapi import FastAPI
"""
_TAIL = """
app = FastAPI(lifespan=lifespan)
"""
_UNREAD = "a library's work that is stopped at the end"
LOOPS = {
    "a timer that sets itself again calls what it was made with": """
        class Timer:
            def __init__(self, callback):
                self.callback = callback

            def start(self, delay):
                self.handle = asyncio.get_running_loop().call_later(delay, self.fire)

            def fire(self):
                asyncio.create_task(self.run())

            async def run(self):
                await self.callback()
                self.start(60)

        def every(callback):
            return Timer(callback)

        class Feeds:
            def __init__(self):
                self.known = 0
                self.timer = every(self.refresh)  # here
                self.other = every(self.count)

            async def refresh(self):
                httpx.post("https://example.org/feeds")

            async def count(self):
                self.known += 1

        @asynccontextmanager
        async def lifespan(app):
            feeds = Feeds()
            feeds.timer.start(1)
            feeds.other.start(1)
            yield
        """,
    "jobs of one scheduler are told once": """
        class Job:
            def __init__(self, work, interval):
                self.work = work
                self.interval = interval

        class Scheduler:
            def register(self, work, interval):
                self.plan(Job(work, interval))

            def plan(self, job):
                asyncio.get_running_loop().call_later(job.interval, self.run, job)

            def run(self, job):
                job.work()
                self.plan(job)

        def one():
            httpx.post("https://example.org/one")

        def two():
            httpx.post("https://example.org/two")

        def three():
            httpx.post("https://example.org/three")

        @asynccontextmanager
        async def lifespan(app):
            scheduler = Scheduler()
            scheduler.register(one, 60)  # here
            scheduler.register(two, 60)
            scheduler.register(three, 60)
            yield
        """,
    "a timer of the project is what it was handed": """
        class Timer(threading.Thread):
            def __init__(self, interval, function):
                super().__init__(daemon=True)
                self.interval = interval
                self.function = function

            def run(self):
                while True:
                    time.sleep(self.interval)
                    self.function()

        class Line:
            def __init__(self):
                self.beats = 0

            def beat(self):
                self.beats += 1

        def report():
            httpx.post("https://example.org/alive")

        line = Line()

        @asynccontextmanager
        async def lifespan(app):
            quiet = Timer(5, line.beat)
            quiet.start()
            loud = Timer(60, report)
            loud.start()  # here
            yield
        """,
    "called again and again by a helper": """
        class Manager:
            def permanent(self, func, interval):
                async def wrapper():
                    while True:
                        await func()
                        await asyncio.sleep(interval)

                asyncio.create_task(wrapper())

        manager = Manager()
        mails = asyncio.Queue()

        async def remind():
            async with httpx.AsyncClient() as client:
                await client.post("https://mail.example/send")

        async def send_next():
            mail = await mails.get()
            async with httpx.AsyncClient() as client:
                await client.post("https://mail.example/send", json=mail)

        @asynccontextmanager
        async def lifespan(app):
            manager.permanent(remind, 60)  # here
            manager.permanent(send_next, 0)
            yield
        """,
    "started by a helper that is handed the function": """
        async def remind():
            while True:
                await asyncio.sleep(60)
                async with httpx.AsyncClient() as client:
                    await client.post("https://mail.example/send")

        def supervised(target):
            return asyncio.create_task(target())

        @asynccontextmanager
        async def lifespan(app):
            supervised(remind)  # here
            yield
        """,
    _UNREAD: """
        from engines import make_engine

        engine = make_engine()

        @asynccontextmanager
        async def lifespan(app):
            task = asyncio.create_task(engine.drain_queue())  # here
            yield
            task.cancel()
        """,
    "a library's work that an object stops": """
        from engines import make_engine

        engine = make_engine()

        class Runner:
            def start(self):
                self.task = asyncio.create_task(engine.poll())  # here

            def stop(self):
                self.task.cancel()

        runner = Runner()

        @asynccontextmanager
        async def lifespan(app):
            runner.start()
            yield
            runner.stop()
        """,
}
ASSIGNED = """
    app = FastAPI()

    async def remind():
        while True:
            await asyncio.sleep(60)
            httpx.post("https://mail.example/send")

    @asynccontextmanager
    async def lifespan(app):
        asyncio.create_task(remind())  # here
        yield

    app.router.lifespan_context = lifespan
    """
WATCHDOG = """
    def watchdog_loop():
        while True:
            time.sleep(60)
            httpx.post("https://mail.example/send")

    @asynccontextmanager
    async def lifespan(app):
        threading.Thread(target=watchdog_loop).start()  # here
        yield
    """
CLAIMED_BY_NAME = """
    is_leader = True

    def claim_leadership():
        return is_leader

    async def remind():
        while True:
            await asyncio.sleep(60)
            if claim_leadership():
                httpx.post("https://mail.example/send")

    @asynccontextmanager
    async def lifespan(app):
        asyncio.create_task(remind())  # here
        yield
    """
OWN = {
    "a timer that is set once calls what it was made with once": """
        class Timer:
            def __init__(self, callback):
                self.callback = callback

            def start(self, delay):
                self.handle = asyncio.get_running_loop().call_later(delay, self.fire)

            def fire(self):
                asyncio.create_task(self.run())

            async def run(self):
                await self.callback()

        async def refresh():
            httpx.post("https://example.org/feeds")

        @asynccontextmanager
        async def lifespan(app):
            timer = Timer(refresh)
            timer.start(1)
            yield
        """,
    "what nobody stops may end by itself": """
        from engines import make_engine

        engine = make_engine()

        @asynccontextmanager
        async def lifespan(app):
            task = asyncio.create_task(engine.drain_queue())
            yield
        """,
    "a listener": """
        from engines import make_engine

        engine = make_engine()

        @asynccontextmanager
        async def lifespan(app):
            task = asyncio.create_task(engine.listen())
            yield
            task.cancel()
        """,
    "handed over, and claimed in the database": """
        from sqlalchemy import create_engine, text

        engine = create_engine("postgresql://db/app", pool_size=2)

        async def remind():
            while True:
                await asyncio.sleep(60)
                with engine.begin() as connection:
                    rows = connection.execute(text("select id from mails for update skip locked")).all()
                    httpx.post("https://mail.example/send", json=len(rows))

        def supervised(target):
            return asyncio.create_task(target())

        @asynccontextmanager
        async def lifespan(app):
            supervised(remind)
            yield
        """,
    "claimed far down": """
        from sqlalchemy import create_engine, text

        engine = create_engine("postgresql://db/app", pool_size=2)

        def fifth():
            with engine.begin() as connection:
                return connection.execute(text("select id from mails for update skip locked")).all()

        def fourth(): return fifth()
        def third(): return fourth()
        def second(): return third()
        def first(): return second()

        async def remind():
            while True:
                await asyncio.sleep(60)
                httpx.post("https://mail.example/send", json=len(first()))

        @asynccontextmanager
        async def lifespan(app):
            task = asyncio.create_task(remind())
            yield
        """,
}


DEEP = """
    def send():
        httpx.post("https://mail.example/send")

    {loop}

    def fifth(): work()
    def fourth(): fifth()
    def third(): fourth()
    def second(): third()
    def first(): second()

    @asynccontextmanager
    async def lifespan(app):
        threading.Thread(target=first).start(){mark}
        yield
    """
ENDLESS = {
    "a loop far down": """
        def work():
            while True:
                send()
                time.sleep(60)
        """,
    "a loop far down that a flag ends": """
        stopped = threading.Event()
        def work():
            while not stopped.is_set():
                send()
                time.sleep(60)
        """,
    "a loop far down that a flag leaves": """
        class State: closing = False
        state = State()
        def work():
            while True:
                if state.closing:
                    return
                send()
                time.sleep(60)
        """,
    "a loop far down that an exception ends": """
        def work():
            while True:
                try:
                    send()
                    for _ in range(3):
                        break
                except KeyboardInterrupt:
                    break
                time.sleep(60)
        """,
    "a timer far down": """
        def work():
            send()
            threading.Timer(60, work).start()  # here
        """,
}
ENDING = {
    "far down, tried until it works": """
        def work():
            while True:
                try:
                    return send()
                except httpx.HTTPError:
                    time.sleep(1)
        """,
    "far down, waits until it is done": """
        def work():
            send()
            done = False
            while not done:
                done = httpx.get("https://mail.example/sent").is_success
                time.sleep(1)
        """,
    "far down, asks until it is done": """
        def is_sent(): return httpx.get("https://mail.example/sent").is_success
        def work():
            send()
            while not is_sent():
                time.sleep(1)
        """,
    "far down, left when it is done": """
        def work():
            send()
            while True:
                answer = httpx.get("https://mail.example/sent")
                if answer.is_success:
                    break
                time.sleep(1)
        """,
    "far down, nothing again": "def work(): send()",
}


def _deep(loop: str, mark: str) -> str:
    return dedent(DEEP).replace("{loop}", dedent(loop).strip()).replace("{mark}", mark)


LOOPS |= {name: _deep(loop, "  # here") for name, loop in ENDLESS.items()}
OWN |= {name: _deep(loop, "") for name, loop in ENDING.items()}
LOOPS |= {"a lifespan that is assigned": ASSIGNED, "a name that is no excuse": WATCHDOG, "a claim by name": CLAIMED_BY_NAME}


def told(folder: Path, body: str) -> tuple[list[int], list[int]]:
    source = f"{_HEAD.strip()}\n{dedent(body)}{_TAIL}"
    return sorted({finding.line for finding in analysed(folder, source).findings if finding.code == "SL0702"}), marked(source)


@pytest.mark.parametrize("body", LOOPS.values(), ids=LOOPS)
def test_loops_in_every_instance(tmp_path: Path, body: str) -> None:
    lines, expected = told(tmp_path, body)
    assert expected
    assert lines == expected


@pytest.mark.parametrize("body", OWN.values(), ids=OWN)
def test_work_of_its_own(tmp_path: Path, body: str) -> None:
    assert told(tmp_path, body) == ([], [])


def test_work_that_cannot_be_read_leaves_the_verdict_open(tmp_path: Path) -> None:
    spoken = analysed(tmp_path, f"{_HEAD.strip()}\n{dedent(LOOPS[_UNREAD])}{_TAIL}").evidence
    assert [one.kind for one in spoken if one.item == "jobs"] == ["unknown"]
