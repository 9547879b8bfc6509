"""Of several applications, the one that a missing health endpoint is told of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from tests.checks.analysed import found

if TYPE_CHECKING:
    from pathlib import Path


def _application(*paths: str) -> str:
    routes = "".join(f"\n\n@app.get('{path}')\ndef route{number}():\n    return {{}}\n" for number, path in enumerate(paths))
    return f"from fastapi import FastAPI\n\napp = FastAPI()\n{routes}"


_FACTORY: Final = """
from flask import Flask


def create_app():
    app = Flask(__name__)
    app.add_url_rule("/cart", view_func=cart)
    return app


def cart():
    return {}
"""
_TWO: Final = {"admin.py": _application("/a"), "shop.py": _application("/a", "/b"), "third.py": _application("/a")}
_EQUAL: Final = {"_first.py": _application("/a"), "second.py": _application("/a")}
_MOUNTED: Final = {"api.py": _application("/a", "/b"), "main.py": f"from api import app as api\n{_application()}\napp.mount('/api', api)\n"}
_MADE: Final = {"shop.py": _FACTORY, "wsgi.py": "from shop import create_app\n\napp = create_app()\n", "admin.py": _application("/a", "/b")}


@pytest.mark.parametrize(
    ("files", "place"),
    [
        pytest.param(_TWO, "admin.py:3", id="the first by name, however many routes another has"),
        pytest.param(_TWO | {"Procfile": "web: uvicorn shop:app\n"}, "shop.py:3", id="the one that is deployed"),
        pytest.param(_TWO | {"Procfile": "web: uvicorn elsewhere:app\n"}, "admin.py:3", id="what is deployed is not here"),
        pytest.param(_MOUNTED, "main.py:4", id="the one that others are mounted on"),
        pytest.param(_MADE, "admin.py:3", id="the name before the factory"),
        pytest.param(_MADE | {"Procfile": "web: gunicorn wsgi:app\n"}, "shop.py:6", id="what the deployed module calls"),
        pytest.param(_MADE | {"Procfile": "web: gunicorn 'shop:create_app()'\n"}, "shop.py:6", id="the deployed factory"),
        pytest.param(_EQUAL, "second.py:3", id="the one with a public name"),
        pytest.param(_EQUAL | {"first.py": "from _first import app\n"}, "_first.py:3", id="a public name by which another module knows it"),
        pytest.param(_EQUAL | {"third.py": "from _first import app\n"}, "second.py:3", id="the first of the public names"),
    ],
)
def test_the_main_application(files: dict[str, str], place: str, tmp_path: Path) -> None:
    assert [f"{one.path}:{one.line}" for one in found(tmp_path, files, "SL0601")] == [place]
