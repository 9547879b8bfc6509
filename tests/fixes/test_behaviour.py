"""One instance behaves after a safe fix as it did before, and as it is said after an unsafe one: the fixed code is run."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.fixes.fix_fixture import fix, lay_out
from tests.fixes.test_fixers import CASES, ROUTE_FRAMEWORKS

if TYPE_CHECKING:
    from pathlib import Path

FAKE_FLASK = """
class Flask:
    def __init__(self, name):
        self.config = {}
    def get(self, path):
        return lambda function: function
"""
FAKE_POOL = """
class Cursor:
    def execute(self, text):
        if Pool.fails:
            raise RuntimeError("lost")
        return text
class Connection:
    def cursor(self):
        return Cursor()
class Pool:
    fails, out = False, 0
    def __init__(self, *given):
        pass
    def getconn(self):
        Pool.out += 1
        return Connection()
    def putconn(self, connection):
        Pool.out -= 1
ThreadedConnectionPool = Pool
"""
FAKE_LIMITER = (
    "class Limiter:\n    def __init__(self, key, app=None, storage_uri=None):\n        self.storage = storage_uri or 'memory://'\n"
)


def _run(folder: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "SYSTEMROOT", "HOME")}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env={**kept, **environment}, capture_output=True, text=True, check=False, timeout=60
    )


def _case(name: str) -> str:
    return next(case.before for case in CASES if case.name == name)


def _project(tmp_path: Path, name: str, fakes: dict[str, str]) -> Path:
    fix(lay_out(tmp_path, {"app.py": _case(name)}))
    return lay_out(tmp_path, {"flask.py": FAKE_FLASK, **fakes})


def test_a_limiter_counts_in_memory_until_the_variable_is_set(tmp_path: Path) -> None:
    folder = _project(tmp_path, "limiter", {"flask_limiter.py": FAKE_LIMITER})
    assert _run(folder, "import app; print(app.limiter.storage)").stdout == "memory://\n"
    assert _run(folder, "import app; print(app.limiter.storage)", REDIS_URL="redis://r").stdout == "redis://r\n"


def test_a_secret_that_is_not_set_is_a_clear_failure(tmp_path: Path) -> None:
    folder = _project(tmp_path, "secret", {})
    assert "KeyError: 'SHOP_KEY'" in _run(folder, "import app").stderr
    assert _run(folder, "import app; print(app.app.config['SECRET_KEY'])", SHOP_KEY="k").stdout == "k\n"


def test_a_connection_is_given_back_with_and_without_an_error(tmp_path: Path) -> None:
    folder = _project(tmp_path, "release", {"psycopg2/__init__.py": "", "psycopg2/pool.py": FAKE_POOL})
    good = _run(folder, "import app\nprint(repr(app.rows()), app.pool.out)")
    assert good.stdout == "'select\\n  1' 0\n", good.stderr
    code = (
        "import app\napp.pool.__class__.fails = True\ntry:\n    app.rows()\nexcept RuntimeError as error:\n    print(error, app.pool.out)"
    )
    assert _run(folder, code).stdout == "lost 0\n"


def test_log_records_go_to_standard_output(tmp_path: Path) -> None:
    fix(lay_out(tmp_path, {"app.py": _case("log-basic")}))
    folder = lay_out(tmp_path, {"flask.py": FAKE_FLASK})
    assert "told" in _run(folder, "import app, logging; logging.info('told')").stdout
    assert not (folder / "shop.log").exists()


@pytest.mark.parametrize("name", ["flask", "quart", "bottle"])
def test_the_health_endpoint_answers(name: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    fix(lay_out(tmp_path, {"app.py": ROUTE_FRAMEWORKS[name]}))
    ask = {
        "flask": "from app import app; print(app.test_client().get('/healthz').status_code)",
        "quart": "import asyncio; from app import app\nprint(asyncio.run(app.test_client().get('/healthz')).status_code)",
        "bottle": "from app import app; print(app._handle({'PATH_INFO': '/healthz', 'REQUEST_METHOD': 'GET'}))",
    }
    done = _run(tmp_path, ask[name], PYTHONPATH=os.pathsep.join(sys.path))
    assert done.stdout.strip() in ("200", "ok"), done.stderr
