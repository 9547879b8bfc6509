"""State that requests write and that is harmless for a reason, beside its nearest faults. `# here` marks what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import state_lines

if TYPE_CHECKING:
    from pathlib import Path

SAFE = {
    "what only a line of the log depends on, tidied by a helper": """
        import logging

        seen: dict[str, float] = {}

        def tidy():
            now = time.time()
            expired = [name for name, until in seen.items() if until <= now]
            for name in expired:
                del seen[name]

        @app.get("/me")
        def me(name: str):
            tidy()
            if name not in seen:
                seen[name] = time.time() + 60
                logging.info("first visit of %s", name)
            return {}
        """,
    "callbacks of objects that each process has": """
        class Bus:
            def __init__(self):
                self.listeners = {}

            def on(self, event, callback):
                self.listeners.setdefault(event, []).append(callback)

            def fire(self, event, what):
                return [callback(what) for callback in self.listeners.get(event, ())]

        class Stock:
            def changed(self, what):
                return {"changed": what}

        bus = Bus()
        stock = Stock()

        @app.post("/watch")
        def watch():
            bus.on("sold", stock.changed)

        @app.post("/fire/{event}")
        def fire(event: str, what: str):
            return bus.fire(event, what)
        """,
    "what is there from the beginning": """
        LIMITS = {"size": 100, "strict": True}

        @app.get("/rows")
        def rows():
            LIMITS["size"] = 100
            return select(LIMITS["size"])
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

SAFE |= {
    "the request itself": """
        class Page:
            def show(self, request: Request):
                self.request = request
                return self.title()

            def title(self):
                return self.request.url.path

        page = Page()

        @app.get("/page")
        def read(request: Request):
            return page.show(request)
        """,
    "addresses taken in turn": """
        import itertools

        ADDRESSES = itertools.cycle(["10.0.0.1", "10.0.0.2"])

        @app.get("/fetch")
        def fetch():
            return requests.get("http://" + next(ADDRESSES))
        """,
    "addresses that a generator goes round": """
        class Network:
            def __init__(self):
                self.cycle = self.addresses()

            def addresses(self):
                while True:
                    for address in ("10.0.0.1", "10.0.0.2"):
                        yield address

            def next(self):
                return next(self.cycle)

        network = Network()

        @app.get("/fetch")
        def fetch():
            return requests.get("http://" + network.next())
        """,
    "set for a while and put back": """
        class Mail:
            timeout = 60

        @app.post("/test")
        def test(request: Request):
            before = Mail.timeout
            Mail.timeout = 10
            try_to_send(request)
            Mail.timeout = before
        """,
    "keys of a default that each call sets anew": """
        def page(user, options={}):
            options["user"] = user
            return options

        @app.get("/page")
        def read(user: str):
            return page(user)
        """,
    "what is in a deep copy": """
        from copy import deepcopy

        RULES = {"host": [{"name": "ip", "values": []}]}

        @app.get("/rules")
        def read(owner: str):
            rules = deepcopy(RULES)
            for rule in rules["host"]:
                rule["values"].append(owner)
            return rules
        """,
    "a copy of an entry": """
        TYPES = {"int": {"type": "integer"}}

        def schema(name):
            return TYPES[name].copy()

        @app.get("/types/{name}")
        def read(name: str, nullable: bool):
            found = schema(name)
            found["nullable"] = nullable
            return found
        """,
    "a method that lists do not have": """
        COMMON = [(640, 480)]

        @app.get("/sizes/{device}")
        def sizes(device: str):
            found = set()
            for size in ask(device):
                found.add(size)
            if not found:
                found = COMMON
            return list(found)
        """,
    "a name that only a comprehension shares": """
        TEAMS = {"admin": "Administration", "review": "Review"}

        @app.post("/teams")
        def create(request: Request):
            names = set(TEAMS.keys())
            names = {team for team in names if team != "admin"}
            for name in names:
                team, created = Team.objects.get_or_create(name=name)
                team.roles.add(TEAMS[name])
        """,
    "a branch that no request takes": """
        class Link:
            known = {}

            def __init__(self, text, name=None):
                self.text = text
                if name:
                    Link.known[name] = self

        home = Link("Home", name="home")

        @app.get("/links")
        def links(text: str):
            return Link(text).text
        """,
    "a cache of a row": """
        from django.db import models

        class User(models.Model):
            def __init__(self, *args, **kwargs):
                self.agreed = {}
                super().__init__(*args, **kwargs)

        class Repository:
            def __init__(self, owner: User):
                self.owner = owner

        REPOSITORY = Repository(User(name="system"))

        @app.post("/agree/{name}")
        def agree(name: str, component: str):
            user = User.objects.get(name=name)
            user.agreed[component] = True
            return user.agreed
        """,
}
SHARED = {
    "what an answer depends on, tidied by a helper": """
        seen: dict[str, float] = {}  # here

        def tidy():
            now = time.time()
            expired = [name for name, until in seen.items() if until <= now]
            for name in expired:
                del seen[name]

        @app.get("/me")
        def me(name: str):
            tidy()
            if name not in seen:
                seen[name] = time.time() + 60
                return {"first": True}
            return {}
        """,
    "callbacks of the clients that asked": """
        class Bus:
            def __init__(self):
                self.listeners = {}  # here

            def on(self, event, callback):
                self.listeners.setdefault(event, []).append(callback)

            def fire(self, event, what):
                return [callback(what) for callback in self.listeners.get(event, ())]

        bus = Bus()

        @app.post("/watch/{event}")
        def watch(event: str, url: str):
            def call(what):
                return {"url": url, "what": what}
            bus.on(event, call)

        @app.post("/fire/{event}")
        def fire(event: str, what: str):
            return bus.fire(event, what)
        """,
    "another value than there was": """
        LIMITS = {"size": 100, "strict": True}  # here

        @app.post("/more")
        def more():
            LIMITS["size"] = 200

        @app.get("/rows")
        def rows():
            return {"size": LIMITS["size"]}
        """,
    "an attribute of a function that it fills where it finds nothing that it can use": """
        import requests
        import time

        def keys():
            kept = keys.kept.get("current")
            if kept:
                if time.time() < kept["until"]:
                    return kept["keys"]
            found = requests.get("https://id.example/keys").json()
            keys.kept = {"current": {"until": time.time() + 600, "keys": found}}
            return found

        keys.kept = {}  # here

        @app.get("/check/{name}")
        def check(name: str):
            return keys()[name]
        """,
    "what the request carries": """
        class Page:
            def __init__(self):
                self.language = "en"  # here

            def show(self, request: Request):
                if "lang" in request.query_params:
                    self.language = request.query_params["lang"]
                return self.language

        page = Page()

        @app.get("/page")
        def read(request: Request):
            return page.show(request)
        """,
    "numbers taken one after the other": """
        import itertools

        NUMBERS = itertools.count()  # here

        @app.post("/orders")
        def order():
            return {"id": next(NUMBERS)}
        """,
    "set to what the client sends, whatever was there before": """
        class Mail:
            timeout = 60  # here

        @app.post("/test")
        def test(request: Request, seconds: int):
            before = Mail.timeout
            Mail.timeout = seconds
            return {"before": before, "now": Mail.timeout}
        """,
    "keys of a default that calls add": """
        def page(user, options={}):  # here
            options[user] = True
            return options

        @app.get("/page")
        def read(user: str):
            return page(user)
        """,
    "what is in a shallow copy": """
        from copy import copy

        RULES = {"host": [{"name": "ip", "values": []}]}  # here

        @app.get("/rules")
        def read(owner: str):
            rules = copy(RULES)
            for rule in rules["host"]:
                rule["values"].append(owner)
            return rules
        """,
    "an entry": """
        TYPES = {"int": {"type": "integer"}}  # here

        def schema(name):
            return TYPES[name]

        @app.get("/types/{name}")
        def read(name: str, nullable: bool):
            found = schema(name)
            found["nullable"] = nullable
            return found
        """,
    "a list by another name": """
        COMMON = [(640, 480)]  # here

        @app.get("/sizes/{device}")
        def sizes(device: str):
            found = COMMON
            for size in ask(device):
                found.append(size)
            return list(found)
        """,
    "a name that a comprehension goes through": """
        TEAMS = {"admin": ["Administration"], "review": ["Review"]}  # here

        @app.post("/teams/{name}")
        def create(name: str, role: str):
            for team in TEAMS.values():
                team.append(role)
            return [team for team in TEAMS.values()]
        """,
    "a branch that one request takes": """
        class Link:
            known = {}  # here

            def __init__(self, text, name=None):
                self.text = text
                if name:
                    Link.known[name] = self

        home = Link("Home", name="home")

        @app.get("/links")
        def links(text: str):
            return Link(text).text

        @app.post("/links/{name}")
        def add(text: str, name: str):
            Link(text, name=name)
            return sorted(Link.known)
        """,
    "a container that all rows share": """
        from django.db import models

        class User(models.Model):
            agreed = {}  # here

        @app.post("/agree/{name}")
        def agree(name: str, component: str):
            user = User.objects.get(name=name)
            user.agreed[component] = True
            return user.agreed
        """,
}
SHARED |= {
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
