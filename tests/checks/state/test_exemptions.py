"""State that requests write and that is harmless for a reason, beside its nearest faults. `# here` marks what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import state_lines

if TYPE_CHECKING:
    from pathlib import Path

SAFE = {
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

        @app.get("/cars")
        def cars():
            return registered_cars
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

        @app.get("/clients/{key}")
        def read(key: str):
            return store._clients.get(key)
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
