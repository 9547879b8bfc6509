"""State of a process: what requests share by mistake, and the look-alikes that belong to the process. `# here` marks what is told."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import analysed, marked

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = """
import asyncio, collections, datetime, os, threading, time, uuid
from contextlib import asynccontextmanager
from fastapi import FastAPI, Request, WebSocket
app = FastAPI()
@app.get("/health")
def health(): return {}
"""
_STATE = ("SL0103", "SL0302", "SL0401", "SL0402", "SL0502", "SL0703", "SL0802", "SL1103")


def told(folder: Path, body: str) -> tuple[list[int], list[int]]:
    """Return the lines that are told as state with more than low confidence, and those that are marked."""
    source = f"{_HEAD.strip()}\n{dedent(body)}"
    findings = [finding for finding in analysed(folder, source).findings if finding.code in _STATE and finding.confidence != "low"]
    return sorted({finding.line for finding in findings}), marked(source)


SAFE = {
    "the one object that a module holds": """
        class Settings:
            def __init__(self):
                self.title = "Shop"

        settings = Settings()

        class Database:
            settings = None

            @classmethod
            def use(cls, given):
                cls.settings = given

        @app.post("/reload")
        def reload():
            Database.use(settings)
        """,
    "handles beside a status that all instances see": """
        import redis.asyncio as redis
        store = redis.from_url(os.environ["REDIS_URL"])
        tasks = {}

        async def work(): ...

        @app.post("/start")
        async def start(sid: str):
            await store.hset("jobs", sid, "running")
            tasks[sid] = asyncio.create_task(work())
        """,
    "every hundredth call tidies up": """
        class Counter:
            def __init__(self):
                self.calls = 0

            def hit(self):
                self.calls += 1
                if self.calls % 100 == 0:
                    print("tidy")

        counter = Counter()

        @app.get("/hit")
        def hit():
            counter.hit()
        """,
    "a gauge goes up and down": """
        class Gate:
            def __init__(self):
                self.active = 0

            def acquire(self):
                self.active += 1

            def release(self):
                self.active -= 1

        gate = Gate()

        @app.post("/work")
        def work():
            gate.acquire()
            try:
                return {}
            finally:
                gate.release()
        """,
    "calls are counted until it is time to tidy up": """
        _appends = 0

        @app.post("/lines")
        def add():
            global _appends
            _appends += 1
            if _appends < 100:
                return {}
            _appends = 0
            return {}
        """,
    "the time of the last clean-up": """
        class Store:
            def __init__(self):
                self._last_cleanup = time.monotonic()

            def put(self):
                if time.monotonic() - self._last_cleanup > 60:
                    self._last_cleanup = time.monotonic()

        store = Store()

        @app.post("/rows")
        def put():
            store.put()
        """,
    "the id of the process": """
        _owner = None

        @app.post("/claims")
        def claim():
            global _owner
            _owner = os.getpid()
        """,
    "an object that is opened and closed": """
        class Backend:
            def __init__(self):
                self.flag = None

            async def initialize(self):
                self.flag = make_flag()

        backend = Backend()

        @app.delete("/rows")
        async def drop():
            await backend.initialize()
        """,
    "a flag that is put back": """
        _silent = False

        class silence:
            def __enter__(self):
                global _silent
                _silent = True

            def __exit__(self, *error):
                global _silent
                _silent = False

        @app.post("/import")
        def load():
            with silence():
                return {}
        """,
    "a value that is kept with its key": """
        from transformers import AutoTokenizer

        @app.post("/split")
        def split(request: Request, model: str):
            key = (model, "cache")
            kept = getattr(request.app.state, "tokenizer", None)
            if kept and kept[0] == key:
                return kept[1]
            tokenizer = AutoTokenizer.from_pretrained(model)
            request.app.state.tokenizer = (key, tokenizer)
            return tokenizer
        """,
    "what a class has made, kept from being collected": """
        class Worker:
            alive = set()

            def __init__(self):
                Worker.alive.add(self)

        @app.post("/workers")
        def start():
            Worker()
        """,
    "a memo with the time of the file it was made from": """
        shell = {"mtime": 0, "text": ""}

        @app.get("/shell")
        def read():
            mtime = os.stat("dist/index.html").st_mtime
            if mtime != shell["mtime"]:
                shell["mtime"] = mtime
                shell["text"] = open("dist/index.html").read()
            return shell["text"]
        """,
    "a copy is changed, not the original": """
        DEFAULTS = {"size": 10}

        @app.post("/search")
        def search(size: int):
            options = DEFAULTS.copy()
            options["size"] = size
            return options
        """,
    "made once, on first use": """
        class Registry:
            def __init__(self):
                self.parts = {}

            def load(self):
                self.parts["a"] = 1

        _registry = None

        def registry():
            global _registry
            if _registry is None:
                _registry = Registry()
                _registry.load()
            return _registry

        @app.get("/parts")
        def parts():
            return registry().parts
        """,
    "a script's own names hold nothing": """
        class Token:
            def __init__(self):
                self.details = {}

            def add(self, key, value):
                self.details[key] = value

        @app.post("/tokens")
        def make(name: str):
            token = Token()
            token.add("name", name)
            return token.details

        if __name__ == "__main__":
            text = Token()
        """,
    "a callback's result is no content": """
        from typing import Callable

        class Report:
            def __init__(self):
                self.rows = []

        class Project:
            make: Callable[[], Report]

            def __init__(self, make):
                self.make = make

        PROJECTS = [Project(Report)]

        @app.post("/reports")
        def run(row: str):
            report = PROJECTS[0].make()
            report.rows.append(row)
            return report.rows
        """,
    "a default that every caller replaces": """
        def collect(row, rows=[]):
            rows.append(row)
            return rows

        @app.post("/rows")
        def add(row: str):
            return collect(row, [])
        """,
}

SHARED = {
    "subscribers, while they are there": """
        class Bus:
            def __init__(self):
                self._subs = set()  # here

            @asynccontextmanager
            async def subscribe(self):
                queue = asyncio.Queue()
                self._subs.add(queue)
                try:
                    yield queue
                finally:
                    self._subs.discard(queue)

            async def publish(self, message):
                for queue in self._subs:
                    queue.put_nowait(message)

        bus = Bus()

        @app.get("/listen")
        async def listen():
            async with bus.subscribe() as queue:
                return await queue.get()

        @app.post("/publish")
        async def publish(message: str):
            await bus.publish(message)
        """,
    "a table that is called registered": """
        registered_cars = []  # here

        @app.post("/cars")
        def add(request: Request, name: str):
            car = {"name": name}
            registered_cars.append(car)
        """,
    "a cool-down": """
        last_sent = {}  # here

        @app.post("/alerts/{key}")
        def alert(key: str):
            now = datetime.datetime.now()
            if key in last_sent and (now - last_sent[key]).total_seconds() < 60:
                return {}
            last_sent[key] = now
            return {}
        """,
    "records of clients": """
        from pydantic import BaseModel

        class RegisteredClient(BaseModel):
            name: str

        class Store:
            def __init__(self):
                self._clients = {}  # here

            def add(self, key, name):
                self._clients[key] = RegisteredClient(name=name)

        store = Store()

        @app.post("/clients/{key}")
        def add(key: str, name: str):
            store.add(key, name)
        """,
    "a statement that mentions the key keeps no copy": """
        import asyncpg
        tasks = {}  # here

        async def work(): ...

        @app.post("/start")
        async def start(sid: str):
            async with asyncpg.create_pool(os.environ["DSN"], max_size=2) as pool:
                await pool.execute("UPDATE users SET seen = now() WHERE sid = $1", sid)
            tasks[sid] = asyncio.create_task(work())

        @app.post("/cancel")
        async def cancel(sid: str):
            tasks.pop(sid).cancel()
        """,
    "a number that only goes up": """
        class Gate:
            def __init__(self):
                self.total = 0  # here

            def acquire(self):
                self.total += 1

        gate = Gate()

        @app.post("/work")
        def work():
            gate.acquire()
            return {"n": gate.total}
        """,
    "people who are connected over sockets are counted for everybody": """
        class Room:
            def __init__(self):
                self.online = 0  # here

        room = Room()

        @app.websocket("/ws")
        async def talk(socket: WebSocket):
            await socket.accept()
            room.online += 1
            try:
                await socket.receive_text()
            finally:
                room.online -= 1

        @app.get("/online")
        def online():
            return room.online
        """,
    "an attribute that a request chooses": """
        class Backend:
            def __init__(self):
                self.mode = None  # here

            def start(self, mode):
                self.mode = mode

        backend = Backend()

        @app.post("/mode")
        def choose(mode: str):
            backend.start(mode)

        @app.get("/mode")
        def read():
            return backend.mode
        """,
    "an annotated mapping, asked by get": """
        from typing import Dict, Optional

        class Job:
            def __init__(self):
                self.log = []  # here

            def add(self, line):
                self.log.append(line)

        jobs: Optional[Dict[str, Job]] = None

        @app.on_event("startup")
        def init():
            global jobs
            jobs = {"main": Job()}

        @app.post("/jobs/{key}/log")
        def add(key: str, line: str):
            jobs.get(key).add(line)
        """,
    "held through a protocol": """
        from typing import Protocol

        class Store(Protocol):
            def put(self, key, value): ...
            def get(self, key): ...

        class Memory:
            def __init__(self):
                self.rows = {}  # here

            def put(self, key, value):
                self.rows[key] = value

            def get(self, key):
                return self.rows.get(key)

        store: Store | None = None

        def configure(made: Store) -> None:
            global store
            store = made

        @app.put("/rows/{key}")
        def put(key: str, value: str):
            store.put(key, value)
        """,
    "a default that a caller leaves out": """
        def collect(row, rows=[]):  # here
            rows.append(row)
            return rows

        @app.post("/rows")
        def add(row: str):
            return collect(row)
        """,
    "a class of rate limiters": """
        class LoginRateLimiter:
            def __init__(self):
                self._entries = {}  # here

            def reserve(self, name):
                self._entries[name] = self._entries.get(name, 0) + 1

        limiter = LoginRateLimiter()

        @app.post("/login")
        def login(name: str):
            limiter.reserve(name)
        """,
}


@pytest.mark.parametrize("body", SAFE.values(), ids=SAFE)
def test_what_belongs_to_the_process(tmp_path: Path, body: str) -> None:
    lines, expected = told(tmp_path, body)
    assert lines == expected == []


@pytest.mark.parametrize("body", SHARED.values(), ids=SHARED)
def test_what_requests_share(tmp_path: Path, body: str) -> None:
    lines, expected = told(tmp_path, body)
    assert expected
    assert lines == expected
