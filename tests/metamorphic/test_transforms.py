"""The transformations themselves: a program prints the same after them, and what would change it is left alone."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.metamorphic.cases import TRANSFORMATIONS
from tests.metamorphic.identifiers import rename_identifiers
from tests.metamorphic.project import Changed, Files, LocationPath, Places, added, marked
from tests.metamorphic.rename import rename_package
from tests.metamorphic.split import split_modules
from tests.metamorphic.wrap import wrap_calls

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM: Files = {
    "main.py": """\
import asyncio

import shop
import shop.prices
from shop import web
from shop.prices import TABLE as prices

print(sorted(prices), shop.prices.TOTAL, shop.VERSION)
for path, handler in sorted(web.app.routes.items()):
    if "bettong" not in path:
        print(path, handler("/".join(path.split("{")[1:])))
print(asyncio.run(web.waits(3)))
print(web.numbers.next(), web.numbers.next(), web.Big.name, web.Big().size, web.Big().twice(), web.OVER)
""",
    "shop/__init__.py": 'VERSION = "1"\n',
    "shop/base.py": """\
class App:
    def __init__(self):
        self.routes = {}

    def get(self, path):
        def register(function):
            self.routes.setdefault(path.partition("{")[0], function)
            return function

        return register
""",
    "shop/numbers.py": """\
last = 0


def next():
    global last
    last += 1
    return last
""",
    "shop/prices.py": """\
from functools import lru_cache


def vat(price):
    return price * RATE // 100


RATE = 120


def known(names):
    return {name: vat(len(name)) for name in names}


TABLE = known(["tea", "coffee"])


@lru_cache
def total():
    return sum(TABLE.values())


TOTAL = total()


def reads(key):
    return TABLE.get(key)
""",
    "shop/web.py": """\
import importlib

from shop import numbers
from shop.base import App
from shop.prices import TABLE, reads, total, vat

app = App()


def twice(function):
    def inner(*given):
        return function(*given), function(*given)

    return inner


@app.get("/a{x}")
@twice
def over(x):
    return "first", x


@app.get("/a{y}")
def under(y):
    return "second", y


OVER = over("z")


@app.get("/tea")
def tea(kind="tea"):
    if not kind:
        return None
    found = reads(key=kind)
    return found, total(), [vat(price=TABLE[name]) for name in sorted(TABLE)], importlib.import_module("shop.prices").RATE


async def later(number, *, step=1):
    return number + step


async def waits(number):
    total = await later(number, step=2)
    return await later(total), (lambda vat: vat)(number)


class Small:
    name = "small"

    @property
    def size(self):
        return self._size

    @size.setter
    def size(self, value):
        self._size = value

    def __init__(self):
        self.size = vat(10)

    def twice(self):
        return self.size * 2


class Big(Small):
    name = Small.name.upper()
    length = len(name)

    def twice(self):
        return super().twice() + self.length
""",
}


_RUNS = """\
import contextlib, io, json, runpy, sys

printed = []
for folder in sys.argv[1:]:
    sys.path[0] = folder
    with contextlib.redirect_stdout(io.StringIO()) as caught:
        runpy.run_path(folder + "/main.py", run_name="__main__")
    printed.append(caught.getvalue())
    for name in [name for name, module in sys.modules.items() if (getattr(module, "__file__", "") or "").startswith(folder)]:
        del sys.modules[name]
print(json.dumps(printed))
"""


def outputs(folder: Path, *programs: Files) -> list[str]:
    """Run programs and return what each prints."""
    roots = [folder / str(number) for number in range(len(programs))]
    for root, files in zip(roots, programs, strict=True):
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
    done = subprocess.run([sys.executable, "-B", "-c", _RUNS, *map(str, roots)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    printed: list[str] = json.loads(done.stdout)
    return printed


@pytest.mark.parametrize("transformation", TRANSFORMATIONS)
def test_a_program_prints_the_same(transformation: str, tmp_path: Path) -> None:
    files = marked(PROGRAM)
    changed = [TRANSFORMATIONS[transformation](files, seed) for seed in range(3)]
    texts = {(tuple(one.files.items()), one.order) for one in changed if one is not None}
    assert (tuple(files.items()), None) not in texts
    assert len(texts) > 1 or transformation == "add-handler", "a seed decides, where there is more than one place"
    expected, *printed = outputs(tmp_path, PROGRAM, *(one.files for one in changed if one is not None))
    assert "first" in expected
    assert "second" not in expected, "of two routes that fit the same path the first one answers"
    assert printed == [expected] * 3


def test_a_module_whose_names_are_rebound_is_not_split() -> None:
    rebinding = {"a.py": "x = 1\n\ndef f():\n    global x\n    x = 2\n", "b.py": "import c\nc.y = 3\n", "c.py": "y = 1\n"}
    for seed in range(8):
        changed = split_modules(rebinding, seed)
        assert changed is None or set(changed.moved.values()) <= {"b.py"}


def test_a_name_that_is_local_is_not_wrapped() -> None:
    local = {"a.py": "def f():\n    pass\n\ndef g(f):\n    return f()\n\ndef h():\n    f = len\n    return f('')\n"}
    assert all(wrap_calls(local, seed) is None for seed in range(8))


def test_a_package_whose_name_means_other_things_is_not_renamed() -> None:
    meant = {"shop/__init__.py": "", "shop/a.py": "x = 1\n", "b.py": "from shop import a\nshop = a.x\n"}
    assert rename_package(meant, 0) is None
    plain = {"shop/__init__.py": "", "shop/a.py": "x = 1\n", "b.py": 'import shop.a\ny = shop.a.x, "shop.a", "shop", "a shop.a"\n'}
    changed = rename_package(plain | {"Procfile": "web: gunicorn shop.a:x --name shop\n"}, 0)
    assert changed is not None
    ((new, _),) = changed.renamed
    assert changed.files["b.py"] == f'import {new}.a\ny = {new}.a.x, "{new}.a", "shop", "a shop.a"\n'
    assert changed.files["Procfile"] == f"web: gunicorn {new}.a:x --name shop\n"
    assert changed.moved == {f"{new}/__init__.py": "shop/__init__.py", f"{new}/a.py": "shop/a.py"}


def test_what_others_look_up_keeps_its_name() -> None:
    source = """\
from flask import Flask, render_template
from flask.views import View

app = Flask(__name__)
STORE = {}


class Page(View):
    methods = ["GET"]

    def dispatch_request(self, page_id):
        kept = STORE.setdefault(page_id, Entry(size=1))
        return render_template("page.html", page=kept, size=kept.size, rows=kept.rows)


class Entry:
    def __init__(self, size):
        self.size = size
        self.rows = []


app.add_url_rule("/<page_id>", view_func=Page.as_view("page"))
"""
    changed = rename_identifiers({"web.py": source}, 0)
    assert changed is not None
    old = {old: new for new, old in changed.renamed}
    assert old.keys() >= {"STORE", "Page", "Entry", "kept"}
    text = changed.files["web.py"]
    for name in ("STORE", "Page", "Entry", "kept"):
        assert name not in text.replace("page", "")
    for name in ("app", "methods", "dispatch_request", "page_id", "size"):
        assert text.count(name) == source.count(name)


def test_places_are_told_by_marks() -> None:
    files = marked({"a.py": "x = 1\n\n\ndef f():\n    return x\n", "b.py": 'y = """\n  text"""\nz = 1  # noqa: E501\n'})
    a, b = files["a.py"].split("\n\n\n")
    changed = {"other.py": b + a + added("w = 1\n"), "b.py": files["b.py"]}
    places = Places(files, Changed(changed, moved={"other.py": "a.py"}))
    lines = changed["other.py"].split("\n")
    assert places.of("other.py", 1) == LocationPath("a.py", 4)
    assert places.of("other.py", 3) == LocationPath("a.py", 1)
    assert places.of("other.py", lines.index("w = 1") + 1).line == 0
    assert [places.of("b.py", line) for line in (1, 2, 3)] == [LocationPath("b.py", 1), LocationPath("b.py", 2), LocationPath("b.py", 3)]
