"""Which objects live as long as the process, and who holds them; `-` stands for those that do not."""

from __future__ import annotations

import pytest
from tests.program.project import cases, program

STORE = """
class Store:
    def __init__(self):
        self.items = {}
    def put(self, key):
        self.items[key] = 1
"""

HELD = cases("""
## module-level name
store = Store()
=> Store: module-level name store

## module-level name of another module
-- app.py
from stores import Store
-- keep.py
from app import Store
store = Store()
=> Store: module-level name store

## bound under a condition
if DEBUG:
    store = None
else:
    store = Store()
=> Store: module-level name store

## wrapped by a function that returns it
def traced(x):
    return x
store = traced(Store())
=> Store: module-level name store

## made by a factory function
def make():
    return Store()
store = make()
=> Store: module-level name store

## inside a dict of the module
stores = {"a": Store()}
=> Store: module-level name stores, which contains it

## put into a dict of the module later
stores = {}
def f(name):
    stores[name] = Store()
=> Store: module-level name stores, which contains it

## appended to a list of the module later
stores = []
def f(name):
    stores.append(Store())
=> Store: module-level name stores, which contains it

## bound anew by an initialiser
store = None
def init():
    global store
    store = Store()
=> Store: module-level name store

## bound by an initialiser alone
def init():
    global store
    store = Store()
=> Store: global name store

## class attribute
class Service:
    store = Store()
=> Store: class attribute Service.store

## attribute of a held object
class Service:
    def __init__(self):
        self.store = Store()
service = Service()
=> Service: module-level name service
=> Store: Service.store (module-level name service)

## attribute of an attribute of a held object
class Inner:
    def __init__(self):
        self.store = Store()
class Outer:
    def __init__(self):
        self.inner = Inner()
class Outermost:
    def __init__(self):
        self.outer = Outer()
app = Outermost()
=> Inner: Outer.inner (Outermost.outer (module-level name app))
=> Store: Inner.store (Outer.inner (Outermost.outer (module-level name app)))

## handed to the constructor of a held object
class Service:
    def __init__(self, store):
        self.store = store
service = Service(Store())
=> Store: Service.store (module-level name service)

## field of a held dataclass
@dataclass
class Service:
    store: Store = field(default_factory=Store)
service = Service()
=> Store: Service.store (module-level name service)

## handed to a held dataclass
@dataclass
class Service:
    store: Store
service = Service(Store())
=> Store: Service.store (module-level name service)

## created lazily by a held object
class Service:
    def __init__(self):
        self._store = None
    @property
    def store(self):
        if self._store is None:
            self._store = Store()
        return self._store
service = Service()
=> Store: Service._store (module-level name service)

## in a dict of a held object
class Service:
    def __init__(self):
        self.stores = {}
    def get(self, key):
        return self.stores.setdefault(key, Store())
service = Service()
=> Store: Service.stores, which contains it

## a subclass that is held
class Special(Store):
    pass
store = Special()
=> Store: module-level name store

## app.state
from fastapi import FastAPI
app = FastAPI()
app.state.store = Store()
=> Store: app.state.store

## app.state in a lifespan
from fastapi import FastAPI
async def lifespan(app: FastAPI):
    app.state.store = Store()
    yield
app = FastAPI(lifespan=lifespan)
=> Store: app.state.store

## state of the request's application
from fastapi import FastAPI, Request
app = FastAPI()
@app.on_event("startup")
def start():
    app.state.store = Store()
=> Store: app.state.store

## app["x"]
from aiohttp import web
app = web.Application()
app["store"] = Store()
=> Store: app[store]

## app by a key object
from aiohttp import web
STORE = web.AppKey("store", Store)
app = web.Application()
app[STORE] = Store()
=> Store: app[STORE]

## app.config
from flask import Flask
app = Flask(__name__)
app.config["STORE"] = Store()
=> Store: app.config[STORE]

## app.extensions
from flask import Flask
def init_app(app: Flask):
    app.extensions["store"] = Store()
=> Store: app.extensions[store]

## attribute of the application
from flask import Flask
app = Flask(__name__)
app.store = Store()
=> Store: app.store

## application of Tornado
import tornado.web
class App(tornado.web.Application):
    def __init__(self):
        super().__init__([])
        self.store = Store()
=> Store: app.store

## lru_cache
from functools import lru_cache
@lru_cache
def get_store():
    return Store()
=> Store: the lru_cache of get_store

## lru_cache with arguments
from functools import lru_cache
@lru_cache(maxsize=1)
def get_store() -> Store:
    return Store()
=> Store: the lru_cache of get_store

## cache
import functools
@functools.cache
def get_store():
    return Store()
=> Store: the cache of get_store

## _instance with __new__
class One:
    _instance = None
    def __new__(cls):
        if cls._instance is None:
            cls._instance = super().__new__(cls)
            cls._instance.store = Store()
        return cls._instance
=> One: class attribute One._instance
=> Store: One.store (class attribute One._instance)

## instance by a class method
class One:
    _instance: "One | None" = None
    @classmethod
    def get(cls):
        if cls._instance is None:
            cls._instance = cls()
        return cls._instance
=> One: class attribute One._instance

## instance by a static method
class One:
    _instance = None
    @staticmethod
    def get():
        if One._instance is None:
            One._instance = One()
        return One._instance
=> One: class attribute One._instance

## instance that keeps itself
class One:
    _instance = None
    def __init__(self):
        type(self)._instance = self
class Two:
    _instance = None
    def __init__(self):
        self.__class__._instance = self
=> One: class attribute One._instance
=> Two: class attribute Two._instance

## instance with a class of another name
class One:
    _instance = None
    def __new__(this):
        this._instance = super().__new__(this)
        return this._instance
=> One: class attribute One._instance

## whatever the attribute is called, and never bound in the class body
class One:
    @staticmethod
    def get():
        if not hasattr(One, "shared"):
            One.shared = One()
        return One.shared
=> One: class attribute One.shared

## one for each class below
class Base:
    @classmethod
    def get(cls):
        if not hasattr(cls, "_it"):
            cls._it = cls()
        return cls._it
class Below(Base):
    pass
=> Base: class attribute Base._it
=> Below: class attribute Base._it

## a container of the class
class Room:
    pass
class Rooms:
    by_name = {}
    @classmethod
    def enter(cls, name):
        cls.by_name[name] = Room()
=> Room: class attribute Rooms.by_name, which contains it

## a container that each object of a model is given a copy of
from pydantic import BaseModel
class Room:
    pass
class Rooms(BaseModel):
    by_name: dict = {}
def enter(rooms: Rooms, name):
    rooms.by_name[name] = Room()
=>

## fields of the object that is kept
from dataclasses import dataclass
@dataclass
class Image:
    path: object
class Draft:
    pass
class Logo:
    pass
LOGO = Image(path=Logo())
def draft():
    return Image(path=Draft())
=> Image: module-level name LOGO
=> Logo: Image.path (module-level name LOGO)

## fields of an object that comes from elsewhere
from dataclasses import dataclass
@dataclass
class Image:
    path: object
class Draft:
    pass
def draft():
    return Image(path=Draft())
LOGO = draft()
=> Draft: Image.path (module-level name LOGO)
=> Image: module-level name LOGO

## a container that each object has of its own
class Room:
    pass
class Rooms:
    by_name = {}
    def __init__(self):
        self.by_name = {}
    def enter(self, name):
        self.by_name[name] = Room()
=>

## an instance that each object has of its own
class Form:
    instance = None
    def __init__(self, instance):
        self.instance = instance
class Event:
    instance: "Form"
def fill(form, event):
    form.instance = event
=> Form: -
=> Event: -

## metaclass
class Singleton(type):
    _instances = {}
    def __call__(cls, *args):
        if cls not in cls._instances:
            cls._instances[cls] = super().__call__(*args)
        return cls._instances[cls]
class One(metaclass=Singleton):
    pass
=> One: metaclass Singleton

## Borg
class Borg:
    _shared_state = {}
    def __init__(self):
        self.__dict__ = self._shared_state
=> Borg: state that all instances of Borg share

## singleton decorator
def singleton(cls):
    made = {}
    def get(*args):
        if cls not in made:
            made[cls] = cls(*args)
        return made[cls]
    return get
@singleton
class One:
    pass
=> One: decorator singleton

## dependency-injector
from dependency_injector import containers, providers
class Container(containers.DeclarativeContainer):
    store = providers.Singleton(Store)
=> Store: dependency container (Singleton)

## punq
import punq
container = punq.Container()
container.register(Store, scope=punq.Scope.singleton)
=> Store: dependency container (register)

## punq with an instance
import punq
container = punq.Container()
container.register(Store, instance=Store())
=> Store: dependency container (register)

## svcs
import svcs
registry = svcs.Registry()
registry.register_value(Store, Store())
=> Store: dependency container (register_value)

## dishka
from dishka import Provider, Scope, provide
class MyProvider(Provider):
    store = provide(Store, scope=Scope.APP)
=> Store: dependency container (provide)

## injector
import injector
class Module(injector.Module):
    @injector.singleton
    @injector.provider
    def store(self) -> Store:
        return Store()
=> Store: dependency container (singleton Module.store)

## closure of an application factory
from flask import Flask
def create_app():
    app = Flask(__name__)
    store = Store()
    @app.post("/")
    def index():
        store.put(1)
    return app
=> Store: local name store of create_app

## the object whose method is a handler
from aiohttp import web
class Jobs:
    def __init__(self):
        self.store = Store()
    async def index(self, request): return web.Response()
def main():
    jobs = Jobs()
    app = web.Application()
    app.router.add_get("/jobs", jobs.index)
    web.run_app(app)
=> Jobs: GET /jobs
=> Store: Jobs.store (GET /jobs)

## a view class, which is made for each request
from flask import Flask
from flask.views import MethodView
app = Flask(__name__)
class Jobs(MethodView):
    def __init__(self):
        self.store = Store()
    def get(self): return ""
app.add_url_rule("/jobs", view_func=Jobs.as_view("jobs"))
=>

## closure of a factory of a router
from fastapi import APIRouter
def make_router():
    router = APIRouter()
    store = Store()
    async def index():
        store.put(1)
    router.add_api_route("/", index)
    return router
=> Store: local name store of make_router

## middleware
from starlette.middleware.base import BaseHTTPMiddleware
from fastapi import FastAPI
class Limit(BaseHTTPMiddleware):
    def __init__(self, app):
        super().__init__(app)
        self.store = Store()
    async def dispatch(self, request, call_next):
        return await call_next(request)
app = FastAPI()
app.add_middleware(Limit)
=> Limit: fastapi middleware
=> Store: Limit.store (fastapi middleware)

## plain ASGI middleware
from fastapi import FastAPI
class Limit:
    def __init__(self, app):
        self.app = app
        self.store = Store()
    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)
app = FastAPI()
app.add_middleware(Limit)
=> Store: Limit.store (fastapi middleware)

## middleware of Django, by name in the settings
-- app.py
class Limit:
    def __init__(self, get_response):
        self.store = Store()
    def __call__(self, request):
        self.store.put(1)
-- settings.py
MIDDLEWARE = ["app.Limit"]
=> Limit: MIDDLEWARE Limit
=> Store: Limit.store (MIDDLEWARE Limit)

## dependency that returns a held object
from fastapi import Depends, FastAPI
app = FastAPI()
_store = Store()
def get_store() -> Store:
    return _store
@app.post("/")
def index(store: Store = Depends(get_store)):
    store.put(1)
=> Store: module-level name _store

## dependency that is an instance
from fastapi import Depends, FastAPI
app = FastAPI()
class Checker:
    def __init__(self):
        self.seen = {}
    def __call__(self):
        self.seen[1] = 1
@app.post("/", dependencies=[Depends(Checker())])
def index(): pass
=> Checker: fastapi dependency

## attribute of a function
def get():
    return get.store
get.store = Store()
=> Store: attribute get.store

## default of a parameter
def get(store=Store()):
    return store
=> Store: default store of get

## default factory of a contextvar is not per process
from contextvars import ContextVar
current = ContextVar("current")
def f():
    current.set(Store())
=> Store: -

## made in each request
from fastapi import FastAPI
app = FastAPI()
@app.post("/")
def index():
    store = Store()
    store.put(1)
=> Store: -

## made anew by Depends
from fastapi import Depends, FastAPI
app = FastAPI()
@app.post("/")
def index(store: Store = Depends(Store)):
    store.put(1)
=> Store: -

## made anew by a bare Depends
from typing import Annotated
from fastapi import Depends, FastAPI
app = FastAPI()
@app.post("/")
def index(store: Annotated[Store, Depends()]):
    store.put(1)
=> Store: -

## made anew by a dependency function
from fastapi import Depends, FastAPI
app = FastAPI()
def get_store():
    return Store()
@app.post("/")
def index(store=Depends(get_store)):
    store.put(1)
=> Store: -

## on g
from flask import g
def get_store():
    if "store" not in g:
        g.store = Store()
    return g.store
=> Store: -

## on the request
from fastapi import FastAPI, Request
app = FastAPI()
@app.post("/")
def index(request: Request):
    request.state.store = Store()
=> Store: -

## in a thread-local
import threading
local = threading.local()
def f():
    local.store = Store()
=> Store: -

## view that is made anew in each request
from django.views import View
class Index(View):
    def post(self, request):
        self.store = Store()
        self.store.put(1)
=> Index: -
=> Store: -

## dependency-injector's factory
from dependency_injector import containers, providers
class Container(containers.DeclarativeContainer):
    store = providers.Factory(Store)
=> Store: -

## held by a test alone
-- app.py
x = 1
-- tests/test_store.py
from app import Store
store = Store()
=> Store: -

## held by a script alone
-- app.py
x = 1
-- scripts/run.py
from app import Store
store = Store()
=> Store: -
""")


@pytest.mark.parametrize(("files", "expected"), HELD)
def test_who_holds_it(files: dict[str, str], expected: list[str]) -> None:
    files = {**files, "app.py": STORE + files.get("app.py", "")}
    parts = {path: path.partition("s/")[0] for path in files if path.startswith(("tests/", "scripts/"))}
    parts |= {"settings.py": "settings"} if "settings.py" in files else {}
    found = program(files, parts=parts)  # type: ignore[arg-type]
    classes = {cls.name: cls for cls in found.classes}
    said = []
    for line in expected:
        name = line.partition(":")[0]
        holder = found.lifetimes.holder(classes[name])
        said.append(f"{name}: {holder.text if holder is not None else '-'}")
    assert said == expected
