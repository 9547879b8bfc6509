"""Each fix on the code that it is for, and on the nearest code that it leaves alone."""
# ruff: noqa: E501 - a program is one string

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.fixes.fix_fixture import fix, lay_out

if TYPE_CHECKING:
    from pathlib import Path

FLASK = '''
"""The shop."""

from flask import Flask
{imports}

app = Flask(__name__)  # one per process
{code}

@app.get("/healthz")
def healthz():
    return "ok"
'''
FASTAPI = FLASK.replace("flask import Flask", "fastapi import FastAPI").replace("Flask(__name__)", "FastAPI()")


class Case(NamedTuple):
    name: str
    code: str
    """The rule whose findings are gone afterwards."""
    before: str
    after: str
    """What stands in the file afterwards, in this order; a line that begins with `-` is gone."""
    safe: bool


def _app(template: str, imports: str, code: str) -> str:
    return template.replace("{imports}", imports).replace("{code}", code)


def _request(code: str) -> str:
    return f'\n@app.get("/rows")\n{code}\n'


CASES = (
    Case(
        "limiter",
        "SL0501",
        _app(FLASK, "from flask_limiter import Limiter", "limiter = Limiter(lambda: '', app=app)  # by address\n"),
        """import os\n\nfrom flask import Flask
limiter = Limiter(lambda: '', app=app, storage_uri=os.environ.get("REDIS_URL"))  # by address""",
        safe=True,
    ),
    Case(
        "limiter-lines",
        "SL0501",
        _app(FLASK, "from flask_limiter import Limiter", "limiter = Limiter(\n    lambda: '',\n    app=app,  # ours\n    storage_uri='memory://',\n)\n"),
        """    app=app,  # ours\n    storage_uri=os.environ.get("REDIS_URL"),\n)""",
        safe=True,
    ),
    Case(
        "socketio",
        "SL0801",
        _app(FLASK, "from flask_socketio import SocketIO", "io = SocketIO(app)\n\n@io.on('x')\ndef on_x(data):\n    io.emit('y', data)\n"),
        'io = SocketIO(app, message_queue=os.environ.get("REDIS_URL"))',
        safe=True,
    ),
    Case(
        "pool",
        "SL0901",
        _app(FASTAPI, "import asyncpg", "async def start():\n    app.state.pool = await asyncpg.create_pool('postgresql://db/x', max_size=20)\n\napp.add_event_handler('startup', start)\n"),
        """max_size=int(os.environ.get("DB_POOL_SIZE", "20")))""",
        safe=True,
    ),
    Case(
        "pool-added",
        "SL0901",
        _app(FASTAPI, "from sqlalchemy import create_engine", "engine = create_engine('postgresql://db/x')\n" + _request("def rows():\n    with engine.connect() as c:\n        return c.execute('x').all()")),
        """pool_size=int(os.environ.get("DB_POOL_SIZE", "5")))""",
        safe=False,
    ),
    Case(
        "log-handler",
        "SL1001",
        _app(FLASK, "import logging", "app.logger.addHandler(logging.FileHandler('shop.log', delay=True))\n"),
        "import logging\nimport sys\napp.logger.addHandler(logging.StreamHandler(sys.stdout))",
        safe=False,
    ),
    Case(
        "log-config",
        "SL1001",
        _app(FLASK, "import logging.config", 'logging.config.dictConfig({\n    "version": 1,\n    "handlers": {\n        "file": {\n            "class": "logging.FileHandler",  # for us\n            "filename": "shop.log",\n            "level": "INFO",\n        },\n    },\n    "root": {"handlers": ["file"]},\n})\n'),
        '"class": "logging.StreamHandler",  # for us\n            "stream": "ext://sys.stdout",\n            "level": "INFO",\n-"filename"',
        safe=False,
    ),
    Case(
        "log-basic",
        "SL1001",
        _app(FLASK, "import logging", "logging.basicConfig(filename='shop.log', filemode='a', level=logging.INFO)\n"),
        "logging.basicConfig(level=logging.INFO, stream=sys.stdout)",
        safe=False,
    ),
    Case(
        "secret",
        "SL1101",
        _app(FLASK, "import os\nimport secrets", 'app.config["SECRET_KEY"] = os.environ.get("SHOP_KEY") or secrets.token_hex(32)  # signs\n'),
        'app.config["SECRET_KEY"] = os.environ["SHOP_KEY"]  # signs',
        safe=False,
    ),
    Case(
        "secret-bytes",
        "SL1101",
        _app(FLASK, "import os", 'app.config["SECRET_KEY"] = os.urandom(24)\n'),
        'app.config["SECRET_KEY"] = os.environ["SECRET_KEY"].encode()',
        safe=False,
    ),
    Case(
        "cache",
        "SL0301",
        _app(FLASK, "from flask_caching import Cache", 'cache = Cache(app, config={"CACHE_TYPE": "SimpleCache"})\n\n@app.get("/x")\n@cache.cached()\ndef x():\n    return "x"\n'),
        'config={"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": os.environ["REDIS_URL"]})',
        safe=False,
    ),
    Case(
        "session",
        "SL0102",
        _app(FLASK, "from flask_session import Session", 'app.config["SESSION_TYPE"] = "filesystem"\nSession(app)\n'),
        """import os\n\nfrom flask import Flask\nfrom flask_session import Session
app.config["SESSION_TYPE"] = "redis"\napp.config["SESSION_REDIS"] = redis.from_url(os.environ["REDIS_URL"])\nSession(app)""",
        safe=False,
    ),
    Case(
        "release",
        "SL0904",
        _app(FLASK, "import psycopg2.pool", "pool = psycopg2.pool.ThreadedConnectionPool(1, 5, 'x')\n" + _request('def rows():\n    connection = pool.getconn()\n    # the newest\n    found = connection.cursor().execute("""select\n  1""")\n    pool.putconn(connection)\n    return found')),
        '    connection = pool.getconn()\n    # the newest\n    try:\n        found = connection.cursor().execute("""select\n  1""")\n    finally:\n        pool.putconn(connection)\n    return found',
        safe=True,
    ),
    Case(
        "release-never",
        "SL0904",
        _app(FASTAPI, "import asyncpg", "pool = asyncpg.create_pool('postgresql://db/x', max_size=5)\n" + _request("async def rows():\n    connection = await pool.acquire()\n    return await connection.fetch('x')")),
        "    try:\n        return await connection.fetch('x')\n    finally:\n        await pool.release(connection)",
        safe=False,
    ),
    Case(
        "memoize",
        "SL0303",
        _app(FLASK, "from functools import lru_cache\n\nimport httpx\nfrom flask_caching import Cache", 'cache = Cache(app, config={"CACHE_TYPE": "RedisCache"})\n\n@lru_cache(maxsize=1)\ndef rates():\n    return httpx.get("https://rates").json()\n\n@app.get("/x")\ndef x():\n    return rates()\n'),
        "@cache.memoize()\ndef rates():",
        safe=False,
    ),
    Case(
        "memoize-region",
        "SL0303",
        _app(FLASK, "from functools import lru_cache\n\nimport httpx\nfrom dogpile.cache import make_region", 'region = make_region().configure("dogpile.cache.redis", arguments={"url": "redis://r"})\n\n@lru_cache(maxsize=1)\ndef rates():\n    return httpx.get("https://rates").json()\n\n@app.get("/x")\ndef x():\n    return rates()\n'),
        "@region.cache_on_arguments()\ndef rates():",
        safe=False,
    ),
)  # fmt: skip

LEFT_ALONE = {
    "options that cannot be seen": (
        "SL0501",
        _app(FLASK, "from flask_limiter import Limiter", "import os\nOPTIONS = dict(os.environ)\nlimiter = Limiter(lambda: '', app=app, **OPTIONS)\n"),
    ),
    "a name that means something else": (
        "SL0501",
        _app(FLASK, "from flask_limiter import Limiter", "os = 'linux'\nlimiter = Limiter(lambda: '', app=app)\n"),
    ),
    "a connection that leaves": (
        "SL0904",
        _app(FLASK, "import psycopg2.pool", "pool = psycopg2.pool.ThreadedConnectionPool(1, 5, 'x')\n" + _request("def rows():\n    connection = pool.getconn()\n    app.last = connection\n    return 'x'")),
    ),
    "a memory that is emptied by name": (
        "SL0303",
        _app(FLASK, "from functools import lru_cache\n\nimport httpx\nfrom flask_caching import Cache", 'cache = Cache(app, config={"CACHE_TYPE": "RedisCache"})\n\n@lru_cache\ndef rates():\n    return httpx.get("https://rates").json()\n\n@app.get("/x")\ndef x():\n    rates.cache_clear()\n    return rates()\n'),
    ),
    "a region in the memory of the process": (
        "SL0303",
        _app(FLASK, "from functools import lru_cache\n\nimport httpx\nfrom dogpile.cache import make_region", 'region = make_region().configure("dogpile.cache.memory")\n\n@lru_cache\ndef rates():\n    return httpx.get("https://rates").json()\n\n@app.get("/x")\ndef x():\n    return rates()\n'),
    ),
    "a generated file": (
        "SL0501",
        "# Code generated by a tool. DO NOT EDIT.\n" + _app(FLASK, "from flask_limiter import Limiter", "limiter = Limiter(lambda: '', app=app)\n"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fix(case: Case, tmp_path: Path) -> None:
    outcome = fix(lay_out(tmp_path, {"app.py": case.before}))
    offered = [one.fix for one in outcome.before if one.code == case.code and one.fix is not None]
    assert {one.applicability for one in offered} == {"safe" if case.safe else "unsafe"}
    text = outcome.text()
    ast.parse(text)
    wanted = [line for line in case.after.splitlines() if not line.startswith("-")]
    at = 0
    for line in wanted:
        assert line in text[at:], text
        at = text.index(line, at) + len(line)
    assert not [line for line in case.after.splitlines() if line.startswith("-") and line[1:] in text]
    assert case.code not in outcome.codes()
    assert set(outcome.codes()) <= set(outcome.codes(after=False))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_lines_that_no_fix_is_about_stay(case: Case, tmp_path: Path) -> None:
    outcome = fix(lay_out(tmp_path, {"app.py": case.before}))
    kept = {line.strip() for line in outcome.text().splitlines()}
    for line in ('"""The shop."""', "app = Flask(__name__)  # one per process", '@app.get("/healthz")'):
        assert line in kept or line not in case.before


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fixing_twice_is_fixing_once(case: Case, tmp_path: Path) -> None:
    once = fix(lay_out(tmp_path, {"app.py": case.before.replace("\n", "\r\n")})).contents()
    assert b"\r\n" in once["app.py"]
    assert b"\n" not in once["app.py"].replace(b"\r\n", b"")
    assert fix(tmp_path).contents() == once


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_last_line_without_an_end_is_one_too(case: Case, tmp_path: Path) -> None:
    outcome = fix(lay_out(tmp_path, {"app.py": case.before.rstrip("\n")}))
    ast.parse(outcome.text())
    assert case.code not in outcome.codes()
    assert not outcome.text().endswith("\n")


@pytest.mark.parametrize("case", [case for case in CASES if not case.safe], ids=lambda case: case.name)
def test_unsafe_fixes_are_made_when_asked_for(case: Case, tmp_path: Path) -> None:
    outcome = fix(lay_out(tmp_path, {"app.py": case.before}), unsafe=False)
    assert case.code in outcome.codes()


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_what_is_not_plain_is_left_alone(name: str, tmp_path: Path) -> None:
    code, before = LEFT_ALONE[name]
    outcome = fix(lay_out(tmp_path, {"app.py": before}))
    assert not [one for one in outcome.before if one.code == code and one.fix is not None]
    if code in outcome.codes(after=False):
        assert code in outcome.codes()


ROUTE_FRAMEWORKS = {
    "flask": "from flask import Flask\n\n\ndef make():\n    app = Flask(__name__)\n\n    @app.route('/')\n    def home():\n        return 'x'\n\n    return app\n\n\napp = make()\n",
    "quart": "from quart import Quart\n\napp = Quart(__name__)\n\n\n@app.route('/')\nasync def home():\n    return 'x'\n",
    "fastapi": "from fastapi import FastAPI\n\napp = FastAPI(\n    title='x',\n)\n\n\n@app.get('/')\ndef home():\n    return 'x'\n",
    "starlette": "from starlette.applications import Starlette\nfrom starlette.responses import Response\nfrom starlette.routing import Route\n\n\nasync def home(request):\n    return Response('x')\n\n\napp = Starlette(routes=[Route('/', home)])\n",
    "sanic": "from sanic import Sanic\nfrom sanic.response import html\n\napp = Sanic('x')\n\n\n@app.get('/')\nasync def home(request):\n    return html('x')\n",
    "aiohttp": "from aiohttp import web\n\n\nasync def home(request):\n    return web.Response()\n\n\napp = web.Application()\napp.router.add_get('/', home)\n",
    "bottle": "from bottle import Bottle\n\napp = Bottle()\n\n\n@app.get('/')\ndef home():\n    return 'x'\n",
    "falcon": "import falcon\n\n\nclass Home:\n    def on_get(self, request, response):\n        response.text = 'x'\n\n\napp = falcon.App()\napp.add_route('/', Home())\n",
    "litestar": "from litestar import Litestar, get\n\n\n@get('/')\nasync def home() -> str:\n    return 'x'\n\n\napp = Litestar([home])\n",
    "tornado": "import tornado.web\n\n\nclass Home(tornado.web.RequestHandler):\n    def get(self):\n        self.write('x')\n\n\napp = tornado.web.Application([(r'/', Home)])\n",
}  # fmt: skip


@pytest.mark.parametrize("name", ROUTE_FRAMEWORKS)
def test_a_health_endpoint_for_each_framework(name: str, tmp_path: Path) -> None:
    outcome = fix(lay_out(tmp_path, {"app.py": ROUTE_FRAMEWORKS[name]}))
    assert "SL0601" in outcome.codes(after=False)
    assert "SL0601" not in outcome.codes()
    text = outcome.text()
    ast.parse(text)
    assert "/healthz" in text
    assert "\n\n\n\n" not in text


DJANGO = {
    "shop/settings.py": "import os\n\nSECRET_KEY = 'x'\nROOT_URLCONF = 'shop.urls'\nCACHES = {'default': {'BACKEND': 'django.core.cache.backends.locmem.LocMemCache'}}\nCHANNEL_LAYERS = {'default': {'BACKEND': 'channels.layers.InMemoryChannelLayer'}}\n",
    "shop/urls.py": "from django.urls import path\n\nfrom . import views\n\nurlpatterns = [\n    path('', views.index),\n]\n",
    "shop/views.py": "from asgiref.sync import async_to_sync\nfrom channels.layers import get_channel_layer\nfrom django.core.cache import cache\nfrom django.http import HttpResponse\n\n\ndef index(request):\n    async_to_sync(get_channel_layer().group_send)('all', {})\n    return HttpResponse(cache.get_or_set('n', 1, 60))\n",
    "shop/asgi.py": "import os\n\nfrom django.core.asgi import get_asgi_application\n\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\napplication = get_asgi_application()\n",
    "requirements.txt": "django>=5\nchannels",
}  # fmt: skip


def test_django_settings_and_urls(tmp_path: Path) -> None:
    outcome = fix(lay_out(tmp_path, DJANGO))
    assert {"SL0301", "SL0601", "SL0801"} <= set(outcome.codes(after=False))
    assert not {"SL0301", "SL0601", "SL0801"} & set(outcome.codes())
    assert '"BACKEND"' not in outcome.text("shop/settings.py").split("CACHES")[0]
    assert outcome.text("shop/urls.py").index('path("healthz"') < outcome.text("shop/urls.py").index("views.index")
    assert outcome.text("requirements.txt") == "django>=5\nchannels\nredis\nchannels-redis\n"


def test_a_value_that_falls_back_is_safe_where_the_deployment_sets_the_variable(tmp_path: Path) -> None:
    compose = "services:\n  web:\n    image: shop\n    command: uvicorn shop.asgi:application\n    environment:\n      REDIS_URL: redis://redis:6379/0\n"
    outcome = fix(lay_out(tmp_path, {**DJANGO, "compose.yaml": compose}), unsafe=False)
    settings = outcome.text("shop/settings.py")
    assert "if \"REDIS_URL\" in os.environ else 'channels.layers.InMemoryChannelLayer'" in settings
    assert "SL0801" not in outcome.codes()
    assert "redis" not in outcome.text("requirements.txt")
