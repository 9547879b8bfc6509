"""Ways from entry points: the shortest, always the same, and honest about guesses."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from tests.program.project import cases, function, label, program

from statelint.program.reachability.reach import routes_to

if TYPE_CHECKING:
    from statelint.program.program import Program
    from statelint.program.reachability.reach import Context, Route

HEAD = """
from flask import Flask
app = Flask(__name__)
"""


def shown(route: Route | None) -> str:
    """Return `entry: function -> function`, with `(guess)` where a call on the way is one."""
    if route is None:
        return "-"
    way = " -> ".join(label(one).partition(":")[2] for one in route.functions)
    return f"{route.entry.text}: {way}{' (guess)' if route.guessed else ''}"


def linked(source: str) -> Program:
    return program(HEAD + dedent(source))


ROUTES = cases("""
## itself
@app.post("/")
def target(): pass
=> serving POST /: target

## a chain
@app.post("/")
def index(): a()
def a(): b()
def b(): target()
def target(): pass
=> serving POST /: index -> a -> b -> target

## the shortest of several
@app.post("/long")
def long(): a()
def a(): b()
def b(): target()
@app.post("/short")
def short(): b()
def target(): pass
=> serving POST /short: short -> b -> target

## the first of equals
@app.post("/b")
def b(): target()
@app.post("/a")
def a(): target()
def target(): pass
=> serving POST /b: b -> target

## a cycle
@app.post("/")
def index(): a()
def a(): b()
def b():
    a()
    target()
def target(): pass
=> serving POST /: index -> a -> b -> target

## a request before what surrounds it
@app.before_request
def before(): target()
@app.post("/")
def index(): a()
def a(): target()
def target(): pass
=> serving POST /: index -> a -> target

## what surrounds a request
@app.before_request
def before(): target()
def target(): pass
=> serving flask middleware: before -> target

## nothing leads there
@app.post("/")
def index(): pass
def target(): pass
=> serving -
=> startup -

## at import
def target(): pass
target()
=> serving -
=> startup import: <module> -> target

## under __main__ it is no start-up of an instance
def target(): pass
if __name__ == "__main__":
    target()
=> startup -

## a task
from celery import Celery
celery = Celery()
@celery.task
def work(): target()
def target(): pass
=> serving -
=> worker celery task: work -> target

## a command
import click
@click.command()
def run(): target()
def target(): pass
=> command click command: run -> target
=> serving -

## handed to a thread
import threading
@app.post("/")
def index(): threading.Thread(target=target).start()
def target(): pass
=> serving POST /: index -> target

## through a decorator that wraps
def guarded(f):
    def inner(*args):
        target()
        return f(*args)
    return inner
@app.post("/")
@guarded
def index(): pass
def target(): pass
=> serving POST /: index -> guarded.inner -> target

## through a class-based view
from flask.views import MethodView
class Index(MethodView):
    def post(self): self.helper()
    def helper(self): target()
app.add_url_rule("/", view_func=Index.as_view("index"))
def target(): pass
=> serving POST /: Index.post -> Index.helper -> target

## through an inherited hook
from flask.views import MethodView
class Base(MethodView):
    def post(self): self.work()
    def work(self): pass
class Index(Base):
    def work(self): target()
app.add_url_rule("/", view_func=Index.as_view("index"))
def target(): pass
=> serving POST /: Base.post -> Index.work -> target

## through a generator
@app.get("/")
def index():
    for line in lines(): pass
def lines():
    target()
    yield 1
def target(): pass
=> serving GET /: index -> lines -> target

## only by a guess
@app.post("/")
def index(x): x.target_of_guess()
class C:
    def target_of_guess(self): target()
def target(): pass
=> serving POST /: index -> C.target_of_guess -> target (guess)

## certainty before a shorter guess
@app.post("/a")
def guess(x): x.target_of_guess()
class C:
    def target_of_guess(self): target()
@app.post("/b")
def index(): a()
def a(): b()
def b(): C().target_of_guess()
def target(): pass
=> serving POST /b: index -> a -> b -> C.target_of_guess -> target
""")


@pytest.mark.parametrize(("files", "expected"), ROUTES)
def test_routes(files: dict[str, str], expected: list[str]) -> None:
    found = program({"app.py": HEAD + files["app.py"]})
    contexts: list[Context] = [line.partition(" ")[0] for line in expected]  # type: ignore[misc]
    assert [f"{context} {shown(found.route_to(function(found, 'target'), context))}" for context in contexts] == expected


SEVERAL = """
@app.before_request
def before(): target()
@app.post("/a")
def a(): target()
@app.post("/b")
def b(): helper()
@app.post("/c")
def c(x): x.helper_of_guess()
@app.post("/d")
def d(): pass
def helper(): target()
class C:
    def helper_of_guess(self): helper()
def target(): pass
if __name__ == "__main__":
    helper()
"""


def test_several_entry_points_have_a_way_each() -> None:
    found = linked(SEVERAL)
    routes = routes_to(function(found, "target"), found.graph, found.entry_points.points)
    assert [shown(route) for route in routes] == [
        "POST /a: a -> target",
        "POST /b: b -> helper -> target",
        "flask middleware: before -> target",
        "POST /c: c -> C.helper_of_guess -> helper -> target (guess)",
    ]


def test_the_first_of_several_is_the_one_that_a_finding_shows() -> None:
    found = linked(SEVERAL)
    first = routes_to(function(found, "target"), found.graph, found.entry_points.points)[0]
    assert first == found.route_to(function(found, "target"))


def test_what_is_only_reached_by_a_guess_is_marked() -> None:
    found = linked(SEVERAL)
    reach = found.reach["serving"]
    assert reach.is_guessed(function(found, "C.helper_of_guess"))
    assert not reach.is_guessed(function(found, "helper"))
    assert function(found, "d") in reach


def test_routes_do_not_depend_on_the_order_of_files() -> None:
    files = {
        "a.py": HEAD + "from b import work\n@app.post('/a')\ndef a(): work()\n",
        "b.py": "from c import target\ndef work(): target()\n",
        "c.py": HEAD + "import b\ndef target(): pass\n@app.post('/c')\ndef c(): b.work()\n",
    }
    ways = []
    for order in (files, dict(reversed(files.items()))):
        found = program(order)
        ways.append([shown(route) for route in routes_to(function(found, "c:target"), found.graph, found.entry_points.points)])
        assert shown(found.route_to(function(found, "c:target"))) == "POST /a: a -> work -> target"
    assert ways[0] == ways[1] == ["POST /a: a -> work -> target", "POST /c: c -> work -> target"]


def test_tests_lead_nowhere() -> None:
    files = {
        "app.py": "def target(): pass\n",
        "tests/test_app.py": HEAD + "from app import target\n@app.post('/')\ndef index(): target()\n",
    }
    found = program(files, parts={"tests/test_app.py": "test"})
    assert found.route_to(function(found, "target")) is None
    assert not routes_to(function(found, "target"), found.graph, found.entry_points.points)


@pytest.mark.parametrize(
    ("condition", "reached"),
    [
        ('if __name__ == "__main__":', False),
        ('if __name__ != "__main__":', True),
        ('if __name__ == "__main__":\n    pass\nelse:', True),
        ('if __name__ != "__main__":\n    pass\nelse:', False),
        ('if __name__ == "__main__" or ready:', True),
        ('if target.__name__ == "target":', True),
    ],
)
def test_what_runs_when_a_module_is_imported(condition: str, reached: bool) -> None:
    found = program(f"def target(): pass\n{condition}\n    target()\n{HEAD}")
    assert (function(found, "target") in found.reach["startup"]) is reached
