"""Ways into a project and on through it that lead over libraries, each beside its nearest neighbour that leads nowhere."""

from __future__ import annotations

import pytest
from tests.program.project import cases, function, program
from tests.program.test_reach import shown

HANDED = cases("""
## what `__new__` is handed, and what it makes instead of an instance
from flask import Flask, current_app
class Store:
    def put(self): target()
def target(): pass
class Core:
    def __init__(self): self.store = Store()
class App:
    def __new__(cls, core):
        app = Flask(__name__)
        app.config["STORE"] = core.store
        app.add_url_rule("/", view_func=index)
        return app
def index():
    current_app.config["STORE"].put()
web = App(Core())
=> serving GET /: index -> Store.put -> target

## what `__new__` is handed for one that is not kept
from flask import Flask, current_app
class Store:
    def put(self): target()
def target(): pass
class Core:
    def __init__(self): self.store = Store()
class App:
    def __new__(cls, core):
        app = Flask(__name__)
        app.add_url_rule("/", view_func=index)
        return app
def index():
    current_app.config["STORE"].put()
web = App(Core())
=> serving -

## what a thread pool returns is gone on with
import asyncio
from fastapi import FastAPI
app = FastAPI()
class Store:
    def put(self): target()
def target(): pass
def store(): return Store()
@app.get("/")
async def index():
    found = await asyncio.get_running_loop().run_in_executor(None, store)
    found.put()
=> serving GET /: index -> Store.put -> target

## what a function handed to something else returns is its own affair
import lib
from fastapi import FastAPI
app = FastAPI()
class Store:
    def put(self): target()
def target(): pass
def store(): return Store()
@app.get("/")
async def index():
    found = await lib.remember(store)
    found.put()
=> serving -

## an argument of a thread
from threading import Thread
from fastapi import FastAPI
app = FastAPI()
class Store:
    def put(self): target()
def target(): pass
def work(store, *, times): store.put()
@app.get("/")
def index():
    Thread(target=work, args=(Store(),), kwargs={"times": 2}).start()
=> serving GET /: index -> work -> Store.put -> target

## an argument of a background task
from fastapi import BackgroundTasks, FastAPI
app = FastAPI()
class Store:
    def put(self): target()
class Other:
    def put(self): pass
class Third:
    def put(self): pass
def target(): pass
def work(key, store): store.put()
@app.get("/")
def index(tasks: BackgroundTasks):
    tasks.add_task(work, 1, Store())
=> serving GET /: index -> work -> Store.put -> target

## an exit stack enters what it is handed
from contextlib import AsyncExitStack
from fastapi import FastAPI
app = FastAPI()
class Sweeper:
    async def __aenter__(self): target()
    async def __aexit__(self, *error): pass
def target(): pass
@app.get("/")
async def index():
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(Sweeper())
=> serving GET /: index -> Sweeper.__aenter__ -> target

## an exit stack that only remembers it does not
from contextlib import AsyncExitStack
from fastapi import FastAPI
app = FastAPI()
class Sweeper:
    async def __aenter__(self): target()
    async def __aexit__(self, *error): pass
def target(): pass
@app.get("/")
async def index():
    async with AsyncExitStack() as stack:
        stack.push_async_exit(Sweeper())
=> serving -
""")

ROUTED = cases("""
## a module as resource of Falcon
-- app.py
def target(): pass
-- jobs.py
import app
def on_post(req, resp): app.target()
-- wsgi.py
import falcon
import jobs
application = falcon.App()
application.add_route("/jobs", jobs)
=> serving POST /jobs: on_post -> target

## a module with a suffix of its own is another resource
-- app.py
def target(): pass
-- jobs.py
import app
def on_get(req, resp): pass
def on_get_one(req, resp): app.target()
-- wsgi.py
import falcon
import jobs
application = falcon.App()
application.add_route("/jobs", jobs)
=> serving -

## a router of a library without rows
from nimrodel import EAPI
api = EAPI(delay=True)
def target(): pass
@api.post("jobs")
def add(): target()
=> serving POST /jobs: add -> target

## the same by a call
from nimrodel import EAPI
api = EAPI(delay=True)
def target(): pass
def add(): target()
api.get("{path}", pass_headers=True)(add)
=> serving GET /{path}: add -> target

## a name that is patched is no route
from unittest import mock
import lib
double = lib.Double()
def target(): pass
@double.patch("jobs.add")
@mock.patch("jobs.add")
def add(): target()
=> serving -

## a lookup in a container is no route
registry = dict()
def target(): pass
@registry.get("jobs")
def add(): target()
=> serving -

## the closure that a tween factory returns
from pyramid.config import Configurator
def target(): pass
def factory(handler, registry):
    def tween(request):
        target()
        return handler(request)
    def unused(request): pass
    return tween
def main(settings):
    config = Configurator(settings=settings)
    config.add_tween("app.factory")
    return config.make_wsgi_app()
=> serving pyramid middleware: factory.tween -> target

## a closure that the factory keeps to itself
from pyramid.config import Configurator
def target(): pass
def factory(handler, registry):
    def unused(request): target()
    return handler
def main(settings):
    config = Configurator(settings=settings)
    config.add_tween("app.factory")
    return config.make_wsgi_app()
=> serving -

## a view inside a wrapper of the project
from aiohttp import web
def target(): pass
def limited(handler):
    async def inner(request): return await handler(request)
    return inner
async def jobs(request): target()
app = web.Application()
add = lambda view: app.router.add_get("/jobs", limited(view))
add(jobs)
=> serving GET /jobs: jobs -> target

## a function handed to a wrapper that makes no view
from aiohttp import web
def target(): pass
def limited(handler):
    async def inner(request): return None
    return inner
async def jobs(request): target()
app = web.Application()
app.router.add_get("/jobs", limited("jobs"))
=> serving -
""")

LED = cases("""
## a decorator that registers its inner wrapper
from flask import Flask
app = Flask(__name__)
def endpoint(path):
    def decorate(view):
        @app.route(path)
        def inner(): return view()
        return view
    return decorate
@endpoint("/jobs")
def target(): pass
=> serving GET /jobs: endpoint.decorate.inner -> target

## a decorator that keeps what it decorates to itself
from flask import Flask
app = Flask(__name__)
known = []
def endpoint(path):
    def decorate(view):
        @app.route(path)
        def inner(): return path
        known.append(view)
        return view
    return decorate
@endpoint("/jobs")
def target(): pass
=> serving -

## a decorator that starts a thread
from threading import Thread
def background(work):
    Thread(target=work, daemon=True).start()
    return work
@background
def target(): pass
=> startup import: <module> -> background -> target

## a wrapper is called for its own function alone
def traced(work):
    def inner(): return work()
    return inner
@traced
def target(): pass
@traced
def other(): pass
other()
=> startup -

## the next class in the order of the object
class Base:
    def __init__(self): super().__init__()
class Loop:
    def __init__(self): target()
class Both(Base, Loop): pass
def target(): pass
both = Both()
=> startup import: <module> -> Base.__init__ -> Loop.__init__ -> target

## a class beside which nothing stands
class Base:
    def __init__(self): super().__init__()
class Loop:
    def __init__(self): target()
class One(Base): pass
def target(): pass
one = One()
=> startup -

## a metaclass makes the instance
class Single(type):
    def __call__(cls): return target()
class Store(metaclass=Single): pass
def target(): pass
store = Store()
=> startup import: <module> -> Single.__call__ -> target

## a metaclass of another class
class Single(type):
    def __call__(cls): return target()
class Store(metaclass=Single): pass
class Plain: pass
def target(): pass
store = Plain()
=> startup -
""")

CHOSEN = cases("""
## a module that is included by name
-- app.py
def target(): pass
-- shop.py
import app
def includeme(config): app.target()
-- wsgi.py
from pyramid.config import Configurator
def main(settings):
    config = Configurator(settings=settings)
    config.include("shop")
    return config.make_wsgi_app()
=> startup application factory: main -> includeme -> target

## a module that is only scanned
-- app.py
def target(): pass
-- shop.py
import app
def includeme(config): app.target()
-- wsgi.py
from pyramid.config import Configurator
def main(settings):
    config = Configurator(settings=settings)
    config.scan("shop")
    return config.make_wsgi_app()
=> startup -

## an attribute that the application gives to requests
from pyramid.config import Configurator
from pyramid.view import view_config
def target(): pass
class Store:
    def put(self): target()
def store(request): return Store()
def main(settings):
    config = Configurator(settings=settings)
    config.add_request_method(store, reify=True)
    config.scan()
    return config.make_wsgi_app()
@view_config(name="jobs")
def jobs(request): request.store.put()
=> serving pyramid request: jobs -> Store.put -> target

## another attribute of the same request
from pyramid.config import Configurator
from pyramid.view import view_config
def target(): pass
class Store:
    def put(self): target()
def store(request): return Store()
def main(settings):
    config = Configurator(settings=settings)
    config.add_request_method(store, reify=True)
    config.scan()
    return config.make_wsgi_app()
@view_config(name="jobs")
def jobs(request): request.other.put()
=> serving -

## keywords from a mapping, handed on by a class below
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
class Base:
    def __init__(self, store=None): self.store = store
class Jobs(Base):
    def __init__(self, name, **options): super().__init__(**options)
def settings(): return {"name": "a", "store": Store()}
jobs = Jobs(**settings())
@app.post("/")
def index(): jobs.store.put()
=> serving POST /: index -> Store.put -> target

## keywords from a mapping, of another name
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
class Base:
    def __init__(self, store=None, other=None): self.store = store
class Jobs(Base):
    def __init__(self, name, **options): super().__init__(**options)
def settings(): return {"name": "a", "other": Store()}
jobs = Jobs(**settings())
@app.post("/")
def index(): jobs.store.put()
=> serving -

## a module of a package, chosen by the request
-- app.py
from flask import Flask
import importlib
app = Flask(__name__)
def target(): pass
@app.post("/<name>")
def index(name):
    module = importlib.import_module(f"actions.{name}")
    return module.run()
-- actions/__init__.py
-- actions/mail.py
import app
def run(): app.target()
=> serving POST /<name>: index -> run -> target

## a module of another package
-- app.py
from flask import Flask
import importlib
app = Flask(__name__)
def target(): pass
@app.post("/<name>")
def index(name):
    module = importlib.import_module(f"actions.{name}")
    return module.run()
-- actions/__init__.py
-- others/__init__.py
-- others/mail.py
import app
def run(): app.target()
=> serving -
""")


@pytest.mark.parametrize(("files", "expected"), [*HANDED, *ROUTED, *LED, *CHOSEN])
def test_ways(files: dict[str, str], expected: list[str]) -> None:
    found = program(files)
    contexts = [line.partition(" ")[0] for line in expected]
    assert [f"{context} {shown(found.route_to(function(found, 'target'), context))}" for context in contexts] == expected  # type: ignore[arg-type]
