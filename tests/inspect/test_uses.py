"""Where the project uses what the rows know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.inspect.opened import analysed

if TYPE_CHECKING:
    from pathlib import Path


def test_a_bare_decorator_stands_on_its_own_line_whatever_it_is_called(tmp_path: Path) -> None:
    source = """
        import functools
        import requests
        from functools import cache as remembered, wraps
        from flask import Flask
        app = Flask(__name__)

        def traced(function):
            @wraps(function)
            def inner(*args):
                return function(*args)
            return inner

        @traced
        @remembered  # for ever
        @traced
        def rates():
            return requests.get("https://rates").json()

        @functools.cache
        def names():
            return requests.get("https://names").json()

        @app.get("/rates")
        def show():
            return rates() | names()
        """
    lines = source.strip().splitlines()
    found = [finding.line for finding in analysed(tmp_path, {"app.py": source}).findings if finding.code == "SL0303"]
    assert [lines[line - 1].strip() for line in sorted(found)] == ["@remembered  # for ever", "@functools.cache"]
