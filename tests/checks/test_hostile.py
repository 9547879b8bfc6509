"""Code that leads back to itself, or to itself a thousand times over: each check ends, and still tells what there is to tell."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from textwrap import dedent
from typing import TYPE_CHECKING, Final

import pytest
from tests.checks.analysed import analysed, marked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

HEAD: Final = """
import asyncio, os, secrets, socket, subprocess, threading
from functools import partial
import psycopg2, redis
from autogen_core.memory import ListMemory
from flask import Flask, request
from sqlalchemy import create_engine
app = Flask(__name__)
store = redis.Redis()
@app.get("/healthz")
def healthz(): return {}
"""
SECONDS: Final = 10
"""Of processor time for one project, which takes one or two; without a memory of what was seen some take years."""
WIDE: Final = 300


@contextmanager
def limited() -> Iterator[None]:
    """Raise TimeoutError where the body takes too much processor time."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        message = f"not done after {SECONDS} seconds"
        raise TimeoutError(message)

    before = signal.signal(signal.SIGVTALRM, stop)
    is_traced = sys.gettrace() is not None  # each line is counted, too
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS * (4 if is_traced else 1))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def told(folder: Path, source: str, code: str) -> list[int]:
    with limited():
        return sorted({finding.line for finding in analysed(folder, source).findings if finding.code == code})


LOOPS: Final = {
    "a command that is a list of itself": (
        "SL1102",
        """
        def run(command):
            command = ["alembic", "upgrade", command]
            subprocess.check_call(command)  # here
        run("head")
        """,
    ),
    "two names that are each other's text": (
        "SL0201",
        """
        @app.post("/files")
        def save():
            a = str(b)
            b = str(a)
            open(a, "w").write(request.data)  # here
        """,
    ),
    "three names in a circle": (
        "SL0201",
        """
        @app.post("/files")
        def save():
            a = str(c)
            b = str(a)
            c = str(b)
            open(a, "w").write(request.data)  # here
        """,
    ),
    "a helper that calls itself": (
        "SL0201",
        """
        def save(path, times):
            open(path, "w").write("x")
            save(path, times - 1)
        @app.post("/files/<name>")
        def post(name):
            save("/srv/" + name, 3)  # here
        """,
    ),
    "strings that hold each other, and a secret": (
        "SL1101",
        """
        a = f"{b}"
        b = f"{a}{secrets.token_hex()}"
        SECRET_KEY = a  # here
        """,
    ),
    "an address that holds itself": (
        "SL0906",
        """
        @app.get("/rows")
        def rows():
            a = f"{b}"
            b = f"{a}"
            return create_engine(a).connect().execute("select")  # here
        """,
    ),
    "a pool of a handler that calls itself": (
        "SL0906",
        """
        @app.get("/rows")
        def rows():
            engine = create_engine("postgresql://db/shop")  # here
            return rows() if engine is None else {}
        """,
    ),
    "a pool that a retry makes again when the process starts": (
        "SL0906",
        """
        def connect(times):
            engine = create_engine("postgresql://db/shop")
            return engine if times else connect(times - 1)
        class Store:
            def __init__(self):
                self.engine = connect(3)
        store = Store()
        """,
    ),
    "a key that the name of the machine is a part of": (
        "SL1105",
        """
        @app.get("/jobs")
        def jobs():
            a = f"{b}"
            b = f"{a}:{socket.gethostname()}"  # here
            return store.get(a)
        """,
    ),
    "a thread of a partial of itself": (
        "SL0703",
        """
        def send(order): store.rpush("mail", order); os.system("mail")
        @app.post("/orders")
        def order():
            work = partial(other)
            other = partial(work)
            threading.Thread(target=work).start()
            threading.Thread(target=partial(partial(send))).start()
        """,
    ),
}


@pytest.mark.parametrize("title", LOOPS)
def test_what_leads_back_to_itself(title: str, tmp_path: Path) -> None:
    code, body = LOOPS[title]
    source = f"{HEAD.strip()}\n{dedent(body)}"
    assert told(tmp_path, source, code) == marked(source)


# -- the same name many times, each time made of many more


def chain(item: Callable[[str], str], first: str, indent: str = "") -> str:
    """Return bindings of `a0` to `a4`, each made of the one before, `WIDE` times."""
    names = [f"{indent}a{number} = {item(f'a{number - 1}')}" for number in range(1, 5)]
    return "\n".join([f"{indent}a0 = {first}", *names]) + "\n"


ITEMS: Final[dict[str, Callable[[str], str]]] = {
    "an f-string": lambda name: "f'" + f"{{{name}}}" * WIDE + "'",
    "a call": lambda name: f"join({', '.join([name] * WIDE)})",
    "alternatives": lambda name: " or ".join([name] * WIDE),
}


@pytest.mark.parametrize("kind", ITEMS)
def test_wide_values(kind: str, tmp_path: Path) -> None:
    inside = chain(ITEMS[kind], "request.args['name']", "    ")
    source = (
        f"{HEAD.strip()}\n{chain(ITEMS[kind], 'secrets.token_hex()')}SECRET_KEY = a4  # here\n"
        f"@app.post('/files')\ndef save():\n{inside}    open(a4, 'w').write('x')\n    os.remove(a4)\n    store.set(a4, 1)\n    return a4\n"
        f"@app.post('/rows')\ndef rows():\n{inside}    threading.Thread(target=a4).start()\n    return create_engine(a4).connect()\n"
    )
    assert told(tmp_path, source, "SL1101") == marked(source)


def test_a_command_of_lists_of_lists(tmp_path: Path) -> None:
    lists = "\n".join(f"a{number} = [{', '.join([f'a{number - 1}'] * 12)}]" for number in range(1, 9))
    source = f"{HEAD.strip()}\na0 = ['alembic', 'upgrade', 'head']\n{lists}\nsubprocess.check_call(a8)  # here\n"
    assert told(tmp_path, source, "SL1102") == marked(source)


def test_names_that_are_bound_many_times(tmp_path: Path) -> None:
    bindings = "".join(f"    a{number + 1} = a{number}\n" * 60 for number in range(6))
    source = f"{HEAD.strip()}\n@app.post('/orders')\ndef order(a0):\n{bindings}    threading.Thread(target=a6).start()\n"
    assert told(tmp_path, source, "SL0703") == []


# -- layers of functions, each of which calls all of the layer below


def layers(bottom: str, call: str, top: str) -> str:
    """Return handlers above four layers of 25 functions: `{below}` in `call` is a function of the layer below, `bottom` the lowest."""
    text = "".join(f"def layer0_{number}(given):\n    {bottom}\n" for number in range(25))
    for layer in range(1, 5):
        body = "".join("    " + call.format(below=f"layer{layer - 1}_{number}") + "\n" for number in range(25))
        text += "".join(f"def layer{layer}_{number}(given):\n{body}" for number in range(25))
    body = "".join("    " + top.format(below=f"layer4_{number}") + "\n" for number in range(25))
    return text + "".join(f"@app.post('/{number}/<name>')\ndef handler{number}(name):\n{body}" for number in range(25))


LAYERS: Final = {
    "SL0201": ("open(given, 'w').write('x')", "{below}(given)", "{below}(name)", 1),  # told once for all 25
    "SL0204": ("os.remove(given)", "{below}(given)", "{below}('/srv/' + name)", 0),
    "SL0904": ("return psycopg2.connect('')", "if given: return {below}(given)", "{below}(name).cursor()", 1),  # told once for all 25
    "SL0406": ("return ListMemory()", "if given: return {below}(given)", "{below}(name).clear()", 0),
    "SL0703": ("threading.Thread(target=given).start()", "{below}(given)", "{below}(name)", 0),
}


@pytest.mark.parametrize("code", LAYERS)
def test_ways_through_layers_of_functions(code: str, tmp_path: Path) -> None:
    bottom, call, top, expected = LAYERS[code]
    assert len(told(tmp_path, f"{HEAD.strip()}\n{layers(bottom, call, top)}", code)) == expected


def test_mappings_of_one_key(tmp_path: Path) -> None:
    deep = "{'OPTIONS': " * 40 + "{'NAME': 'x'}" + "}" * 40
    source = f"DATABASES = {{'default': {{'ENGINE': 'django.db.backends.sqlite3', 'OPTIONS': {deep}}}}}  # here\nROOT_URLCONF = 'urls'\n"
    with limited():
        found = analysed(tmp_path, {"settings.py": source, "urls.py": "from django.urls import path\nurlpatterns = []\n"}).findings
    assert [finding.line for finding in found if finding.code == "SL0902"] == marked(source)
