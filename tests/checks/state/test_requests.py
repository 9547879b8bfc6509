"""Which requests lead to a function: through helpers, through circles, and not through another handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.checks.analysed import contextual

from statelint.checks.state.requests import requests_leading_to

if TYPE_CHECKING:
    from pathlib import Path

_SOURCE = """
from flask import Flask
app = Flask(__name__)

def alone(): ...
def shared(): alone()
def ping(): pong()
def pong():
    ping()
    shared()

@app.get("/a")
def a(): ping()

@app.get("/b")
def b():
    shared()
    c()

@app.get("/c")
def c(): inner()

def inner(): ...
def unused(): ...
"""


def test_requests(tmp_path: Path) -> None:
    program = contextual(tmp_path, _SOURCE).program
    functions = {function.name: function for function in program.functions if not function.is_body}
    found = requests_leading_to(functions.values(), program)
    handlers = [point.function.name for point in program.entry_points.points]
    leading = {name: {handler for bit, handler in enumerate(handlers) if found[one] >> bit & 1} for name, one in functions.items()}
    assert leading == {
        "alone": {"a", "b"},
        "shared": {"a", "b"},
        "ping": {"a"},
        "pong": {"a"},
        "a": {"a"},
        "b": {"b"},
        "c": {"c"},
        "inner": {"c"},
        "unused": set(),
    }


def test_the_order_of_questions_decides_nothing(tmp_path: Path) -> None:
    program = contextual(tmp_path, _SOURCE).program
    found = requests_leading_to(program.functions, program)
    assert requests_leading_to(reversed(program.functions), program) == found
    for function in program.functions:
        assert requests_leading_to([function], program)[function] == found[function]
