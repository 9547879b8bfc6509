"""What a process keeps of itself, beside what is everybody's. `# here` marks what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import state_lines

if TYPE_CHECKING:
    from pathlib import Path

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
            if _appends >= 100:
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
    "the id of the process, through names": """
        class State:
            def __init__(self):
                self.last = None

        state = State()

        @app.post("/claims")
        def claim():
            mine = os.getpid()
            a = mine
            b = a
            a = b
            state.last = a
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
    "what a class has made, kept from being collected": """
        class Worker:
            alive = set()

            def __init__(self):
                Worker.alive.add(self)

        @app.post("/workers")
        def start():
            Worker()
        """,
}

SHARED = {
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
    "names that stand for nothing but each other": """
        class State:
            def __init__(self):
                self.last = None  # here

        state = State()

        @app.post("/claims")
        def claim(b):
            a = b
            b = a
            state.last = a

        @app.get("/claims")
        def last():
            return state.last
        """,
    "names of which one stands for something else": """
        class State:
            def __init__(self):
                self.last = None  # here

        state = State()

        @app.post("/claims")
        def claim(name: str):
            a = os.getpid()
            b = a
            a = b
            b = name
            state.last = a

        @app.get("/claims")
        def last():
            return state.last
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
}


@pytest.mark.parametrize("body", SAFE.values(), ids=SAFE)
def test_what_belongs_to_the_process(tmp_path: Path, body: str) -> None:
    lines, expected = state_lines(tmp_path, body)
    assert lines == expected == []


@pytest.mark.parametrize("body", SHARED.values(), ids=SHARED)
def test_what_requests_share(tmp_path: Path, body: str) -> None:
    lines, expected = state_lines(tmp_path, body)
    assert expected
    assert lines == expected
