"""Fixed programs in the real frameworks behave with one instance as they did before; `make fixes` installs these frameworks."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from tests.fixes.fix_fixture import fix, lay_out
from tests.fixes.test_fixers import DJANGO, ROUTE_FRAMEWORKS
from tests.fixes.test_shared_cache import OFTEN, project

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.frameworks
FLASK_LIMITER = """
from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

app = Flask(__name__)
limiter = Limiter(get_remote_address, app=app, default_limits=["2/minute"])


@app.get("/healthz")
@limiter.exempt
def healthz():
    return "ok"


@app.get("/x")
def x():
    return "x"
"""
SLOWAPI = """
from fastapi import FastAPI, Request
from slowapi import Limiter, _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded
from slowapi.util import get_remote_address

limiter = Limiter(key_func=get_remote_address)
app = FastAPI()
app.state.limiter = limiter
app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)


@app.get("/healthz")
def healthz():
    return "ok"


@app.get("/x")
@limiter.limit("2/minute")
def x(request: Request):
    return "x"
"""
ASK_FLASK = "from app import app\nclient = app.test_client()\nprint([client.get('/x').status_code for _ in range(4)])"
ASK_FASTAPI = (
    "from app import app\nfrom fastapi.testclient import TestClient\nclient = TestClient(app)\n"
    "print([client.get('/x').status_code for _ in range(4)])"
)
HEALTH = {
    "flask": "from app import app; print(app.test_client().get('/healthz').status_code)",
    "fastapi": "from app import app; from fastapi.testclient import TestClient; print(TestClient(app).get('/healthz').status_code)",
    "starlette": "from app import app; from starlette.testclient import TestClient; print(TestClient(app).get('/healthz').status_code)",
    "quart": "import asyncio; from app import app; print(asyncio.run(app.test_client().get('/healthz')).status_code)",
}
SET_UP = "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'\nimport django\ndjango.setup()\n"
PRICES = (
    SET_UP + "import httpx\nfrom types import SimpleNamespace\nasked = []\n"
    "httpx.get = lambda url: (asked.append(url), SimpleNamespace(json=lambda: len(asked)))[1]\n"
    "from shop.views import price_of\nprint([price_of(sku) for sku in ('a', 'b', 'a', 'b')], len(asked))\n"
)
LAYER = SET_UP + "from channels.layers import get_channel_layer\nprint(type(get_channel_layer()).__name__)\n"


def needs(*modules: str) -> None:
    for module in modules:
        if find_spec(module) is None:
            pytest.skip(f"{module} is not installed")


def said(folder: Path, code: str, **environment: str) -> str:
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "SYSTEMROOT", "HOME")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env={**kept, **environment}, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("modules", "source", "ask"),
    [(("flask", "flask_limiter"), FLASK_LIMITER, ASK_FLASK), (("fastapi", "httpx", "slowapi"), SLOWAPI, ASK_FASTAPI)],
    ids=["Flask-Limiter", "SlowAPI"],
)
def test_a_limit_holds_as_before(modules: tuple[str, ...], source: str, ask: str, tmp_path: Path) -> None:
    needs(*modules)
    folder = lay_out(tmp_path, {"app.py": source})
    before = said(folder, ask)
    outcome = fix(folder, unsafe=False)
    assert "SL0501" in outcome.codes(after=False)
    assert "SL0501" not in outcome.codes()
    assert 'os.environ.get("REDIS_URL")' in outcome.text()
    assert before == said(folder, ask) == "[200, 200, 429, 429]"


@pytest.mark.parametrize("name", HEALTH)
def test_the_health_endpoint_answers(name: str, tmp_path: Path) -> None:
    needs(name, *(("httpx",) if name in ("fastapi", "starlette") else ()))
    fix(lay_out(tmp_path, {"app.py": ROUTE_FRAMEWORKS[name]}))
    assert said(tmp_path, HEALTH[name]) == "200"


def test_django_answers_at_its_health_endpoint(tmp_path: Path) -> None:
    needs("django", "channels")
    fix(lay_out(tmp_path, DJANGO))
    ask = SET_UP + "from django.test import Client\nprint(Client(SERVER_NAME='localhost').get('/healthz').status_code)"
    assert said(tmp_path, ask, REDIS_URL="redis://localhost") == "200"


def test_a_dictionary_that_became_djangos_cache_asks_as_seldom(tmp_path: Path) -> None:
    needs("django", "httpx")
    folder = project(tmp_path, OFTEN)
    before = said(folder, PRICES)
    outcome = fix(folder)
    settings = folder / "shop" / "settings.py"
    settings.write_text(settings.read_text().replace("redis.RedisCache", "locmem.LocMemCache"))  # of one instance, as before
    assert "cache.get_or_set(" in outcome.text("shop/views.py")
    assert before == said(folder, PRICES) == "[1, 2, 1, 2] 2"


def test_a_channel_layer_stays_in_memory_until_the_variable_is_set(tmp_path: Path) -> None:
    needs("django", "channels", "channels_redis")
    compose = (
        "services:\n  web:\n    image: shop\n    command: uvicorn shop.asgi:application\n"
        "    environment:\n      REDIS_URL: redis://redis:6379/0\n"
    )
    folder = lay_out(tmp_path, {**DJANGO, "compose.yaml": compose})
    assert said(folder, LAYER) == "InMemoryChannelLayer"
    fix(folder, unsafe=False)
    assert said(folder, LAYER) == "InMemoryChannelLayer"
    assert said(folder, LAYER, REDIS_URL="redis://localhost") == "RedisChannelLayer"
