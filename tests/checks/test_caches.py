"""Memoized functions: what they remember may be read at any distance. `# here` marks what is told."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import found, marked

if TYPE_CHECKING:
    from pathlib import Path

_HELPERS = 12
SOURCE = """\
import functools, os
import requests
from flask import Flask

app = Flask(__name__)

{read}

{helpers}

@functools.cache{mark}
def prices():
    return f0()

@app.get("/prices")
def show():
    return prices()
"""
CHANGING = {
    "another service": "def last(): return requests.get('https://prices').json()",
    "in a circle": "def last(): return f0() or requests.get('https://prices').json()",
    "behind a question for a file": (
        "def last(): return os.path.exists('prices') and nearly()\ndef nearly(): return requests.get('https://prices').text"
    ),
}
SAME = {
    "a file that is installed with the program": "def last(): return open('prices').read()",
    "nothing": "def last(): return 1",
    "nothing, in a circle": "def last(): return f0()",
    "whether a file is there": "def last(): return os.path.exists('prices')",
}


def _source(read: str, mark: str) -> str:
    chain = [f"def f{number}(): return f{number + 1}()" for number in range(_HELPERS)]
    helpers = "\n".join([*chain, f"def f{_HELPERS}(): return last()"])
    return dedent(SOURCE).replace("{helpers}", helpers).replace("{read}", read).replace("{mark}", mark)


@pytest.mark.parametrize("read", CHANGING.values(), ids=CHANGING)
def test_a_read_at_any_distance_is_remembered(tmp_path: Path, read: str) -> None:
    source = _source(read, "  # here")
    assert [finding.line for finding in found(tmp_path, source, "SL0303")] == marked(source)


@pytest.mark.parametrize("read", SAME.values(), ids=SAME)
def test_what_stays_the_same_may_be_remembered(tmp_path: Path, read: str) -> None:
    assert found(tmp_path, _source(read, ""), "SL0303") == []
