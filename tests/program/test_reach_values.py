"""What expressions can be, so that what is called on them is reached, each beside its nearest neighbour that leads nowhere."""

from __future__ import annotations

import pytest
from tests.program.project import cases, function, program
from tests.program.test_reach import shown

CHOSEN = cases("""
## a class among the members of a module
-- app.py
import inspect
from flask import Flask
import plugins
app = Flask(__name__)
def target(): pass
class Base: pass
def load():
    return [cls for name, cls in inspect.getmembers(plugins, inspect.isclass)]
@app.post("/")
def index():
    for cls in load():
        cls().put()
-- plugins.py
import app
class Mail(app.Base):
    def put(self): app.target()
=> serving POST /: index -> Mail.put -> target

## a class among the members of another module
-- app.py
import inspect
from flask import Flask
import plugins
app = Flask(__name__)
def target(): pass
def load():
    return [cls for name, cls in inspect.getmembers(plugins, inspect.isclass)]
@app.post("/")
def index():
    for cls in load():
        cls().put()
-- plugins.py
class Mail:
    def put(self): pass
-- others.py
import app
class Other:
    def put(self): app.target()
=> serving -

## a class in the namespace of a module
-- app.py
from flask import Flask
import plugins
app = Flask(__name__)
def target(): pass
@app.post("/")
def index(name):
    for cls in vars(plugins).values():
        cls().put()
-- plugins.py
import app
class Mail:
    def put(self): app.target()
=> serving POST /: index -> Mail.put -> target

## a class in the namespace of a module, by its key
-- app.py
from flask import Flask
import plugins
app = Flask(__name__)
def target(): pass
@app.post("/<name>")
def index(name):
    made = plugins.__dict__[name]()
    made.put()
-- plugins.py
import app
class Mail:
    def put(self): app.target()
=> serving POST /<name>: index -> Mail.put -> target

## what a namespace of another module holds
-- app.py
from flask import Flask
import plugins
app = Flask(__name__)
def target(): pass
@app.post("/<name>")
def index(name):
    made = plugins.__dict__[name]()
    made.put()
-- plugins.py
class Mail:
    def put(self): pass
-- others.py
import app
class Other:
    def put(self): app.target()
=> serving -

## the subclasses that a class knows
from flask import Flask
app = Flask(__name__)
def target(): pass
class Base:
    pass
class Mail(Base):
    def put(self): target()
@app.post("/")
def index():
    for cls in Base.__subclasses__():
        cls().put()
=> serving POST /: index -> Mail.put -> target

## the subclasses of another class
from flask import Flask
app = Flask(__name__)
def target(): pass
class Base: pass
class Other: pass
class Mail(Other):
    def put(self): target()
@app.post("/")
def index():
    for cls in Base.__subclasses__():
        cls().put()
=> serving -

## a class of a module that is chosen by a name
-- app.py
import importlib
from flask import Flask
app = Flask(__name__)
def target(): pass
@app.post("/<name>")
def index(name):
    module = importlib.import_module("plugins")
    cls = getattr(module, name)
    cls().put()
-- plugins.py
import app
class Mail:
    def put(self): app.target()
=> serving POST /<name>: index -> Mail.put -> target

## a name of another object
-- app.py
import importlib
from flask import Flask
app = Flask(__name__)
def target(): pass
@app.post("/<name>")
def index(name):
    module = importlib.import_module("plugins")
    cls = getattr(name, "Mail")
    cls().put()
-- plugins.py
import app
class Mail:
    def put(self): app.target()
=> serving -
""")

BELOW = cases("""
## a method that a base leaves to the classes below
from flask import Flask
app = Flask(__name__)
def target(): pass
class Base:
    def run(self): self.hook()
class Mail(Base):
    def hook(self): target()
job: Base = None
@app.post("/")
def index(): job.run()
=> serving POST /: index -> Base.run -> Mail.hook -> target

## a method of a class that stands beside it
from flask import Flask
app = Flask(__name__)
def target(): pass
class Base:
    def run(self): self.hook()
class Mail:
    def hook(self): target()
    def other(self): pass
class Sub(Base):
    def hook(self): pass
job: Base = None
@app.post("/")
def index(): job.run()
=> serving -

## an abstract base behind a factory
from abc import ABC, abstractmethod
from flask import Flask
app = Flask(__name__)
def target(): pass
class Base(ABC):
    def run(self): self.hook()
    @abstractmethod
    def hook(self): ...
class Mail(Base):
    def hook(self): target()
def job() -> Base: return load("mail")
@app.post("/")
def index(): job().run()
=> serving POST /: index -> Base.run -> Mail.hook -> target

## a factory method of a base called on a class below
from flask import Flask
app = Flask(__name__)
def target(): pass
class Base:
    @classmethod
    def create(cls, **options): return cls(**options)
class Mail(Base):
    def put(self): target()
@app.post("/")
def index(): Mail.create().put()
=> serving POST /: index -> Mail.put -> target

## a factory method of a base called on another class below
from flask import Flask
app = Flask(__name__)
def target(): pass
class Base:
    @classmethod
    def create(cls, **options): return cls(**options)
class Mail(Base):
    def put(self): target()
class Other(Base):
    def put(self): pass
@app.post("/")
def index(): Other.create().put()
=> serving -
""")

LATER = cases("""
## what a pool returns
from concurrent.futures import ThreadPoolExecutor
from flask import Flask
app = Flask(__name__)
pool = ThreadPoolExecutor()
def target(): pass
class Store:
    def put(self): target()
def store(): return Store()
@app.post("/")
def index(): pool.submit(store).result().put()
=> serving POST /: index -> Store.put -> target

## what a pool returns, by name
from concurrent.futures import ThreadPoolExecutor
from flask import Flask
app = Flask(__name__)
pool = ThreadPoolExecutor()
def target(): pass
class Store:
    def put(self): target()
def store(): return Store()
@app.post("/")
def index():
    future = pool.submit(store)
    found = future.result()
    found.put()
=> serving POST /: index -> Store.put -> target

## what a pool maps
from concurrent.futures import ThreadPoolExecutor
from flask import Flask
app = Flask(__name__)
pool = ThreadPoolExecutor()
def target(): pass
class Store:
    def put(self): target()
def store(name): return Store()
@app.post("/")
def index():
    for found in pool.map(store, ["a"]):
        found.put()
=> serving POST /: index -> Store.put -> target

## an exception of a future is no result
from concurrent.futures import ThreadPoolExecutor
from flask import Flask
app = Flask(__name__)
pool = ThreadPoolExecutor()
def target(): pass
class Store:
    def put(self): target()
def store(): return Store()
@app.post("/")
def index():
    pool.submit(store).exception().put()
=> serving -

## what two tasks gather
import asyncio
from fastapi import FastAPI
app = FastAPI()
def target(): pass
class Store:
    def put(self): target()
async def name(): return "a"
async def store(): return Store()
@app.post("/")
async def index():
    said, found = await asyncio.gather(name(), store())
    found.put()
=> serving POST /: index -> Store.put -> target

## the other one of two tasks that are gathered
import asyncio
from fastapi import FastAPI
app = FastAPI()
def target(): pass
class Store:
    def put(self): target()
async def name(): return "a"
async def store(): return Store()
@app.post("/")
async def index():
    said, found = await asyncio.gather(name(), store())
    said.put()
=> serving -

## what a thread of anyio returns
import anyio
from fastapi import FastAPI
app = FastAPI()
def target(): pass
class Store:
    def put(self): target()
def store(): return Store()
@app.post("/")
async def index():
    found = await anyio.to_thread.run_sync(store)
    found.put()
=> serving POST /: index -> Store.put -> target

## what an adapter of asgiref returns
from asgiref.sync import async_to_sync, sync_to_async
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
async def store(): return Store()
@app.post("/")
def index():
    found = async_to_sync(store)()
    found.put()
=> serving POST /: index -> Store.put -> target

## what an adapter of asgiref wraps is not called yet
from asgiref.sync import async_to_sync, sync_to_async
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
async def store(): return Store()
@app.post("/")
def index():
    found = async_to_sync(store)
    found.put()
=> serving -

## what a task gives when it is awaited
import asyncio
from fastapi import FastAPI
app = FastAPI()
def target(): pass
class Store:
    def put(self): target()
async def store(): return Store()
@app.post("/")
async def index():
    task = asyncio.create_task(store())
    found = await task
    found.put()
=> serving POST /: index -> Store.put -> target

## what a task gives as its result
import asyncio
from fastapi import FastAPI
app = FastAPI()
def target(): pass
class Store:
    def put(self): target()
async def store(): return Store()
@app.post("/")
async def index():
    task = asyncio.create_task(store())
    await asyncio.wait([task])
    task.result().put()
=> serving POST /: index -> Store.put -> target
""")

TRAITS = cases("""
## the default class of a trait, by its name
-- app.py
from traitlets import Type
from traitlets.config import Configurable
from tornado.web import Application, RequestHandler
def target(): pass
class Server(Configurable):
    store_class = Type(default_value="stores.Store", config=True)
    def make(self): return self.store_class()
server = Server()
class Handler(RequestHandler):
    def post(self): server.make().put()
app = Application([("/", Handler)])
-- stores.py
import app
class Store:
    def put(self): app.target()
=> serving POST /: Handler.post -> Store.put -> target

## the default class of a trait
from traitlets import Type
from traitlets.config import Configurable
from tornado.web import Application, RequestHandler
def target(): pass
class Store:
    def put(self): target()
class Server(Configurable):
    store_class = Type(Store, config=True)
    def make(self): return self.store_class()
server = Server()
class Handler(RequestHandler):
    def post(self): server.make().put()
app = Application([("/", Handler)])
=> serving POST /: Handler.post -> Store.put -> target

## the class that bounds a trait
from traitlets import Type
from traitlets.config import Configurable
from tornado.web import Application, RequestHandler
def target(): pass
class Store:
    def put(self): pass
class Other:
    def put(self): target()
class Server(Configurable):
    store_class = Type(Store, config=True)
    other_class = Type(Other, config=True)
    def make(self): return self.store_class()
server = Server()
class Handler(RequestHandler):
    def post(self): server.make().put()
app = Application([("/", Handler)])
=> serving -

## a trait that a method gives its default
from traitlets import Any, default
from traitlets.config import Configurable
from tornado.web import Application, RequestHandler
def target(): pass
class Store:
    def put(self): target()
class Server(Configurable):
    store = Any()
    @default("store")
    def _store_default(self): return Store()
server = Server()
class Handler(RequestHandler):
    def post(self): server.store.put()
app = Application([("/", Handler)])
=> serving POST /: Handler.post -> Store.put -> target

## a method that gives another trait its default
from traitlets import Any, default
from traitlets.config import Configurable
from tornado.web import Application, RequestHandler
def target(): pass
class Store:
    def put(self): target()
class Server(Configurable):
    store = Any()
    other = Any()
    @default("other")
    def _other_default(self): return Store()
server = Server()
class Handler(RequestHandler):
    def post(self): server.store.put()
app = Application([("/", Handler)])
=> serving -

## a trait that is marked as an option
from traitlets import Instance
from traitlets.config import Configurable
from tornado.web import Application, RequestHandler
def target(): pass
class Store:
    def put(self): target()
class Server(Configurable):
    store = Instance(Store, args=()).tag(config=True)
server = Server()
class Handler(RequestHandler):
    def post(self): server.store.put()
app = Application([("/", Handler)])
=> serving POST /: Handler.post -> Store.put -> target
""")

NAMED = cases("""
## a name that a package imports when it is asked for
-- app.py
from flask import Flask
from shop import Store
app = Flask(__name__)
def target(): pass
@app.post("/")
def index(): Store().put()
-- shop/__init__.py
import importlib
_NAMES = {"Store": ".stores", "Other": ".others"}
def __getattr__(name):
    module = importlib.import_module(_NAMES[name], __name__)
    return getattr(module, name)
-- shop/stores.py
import app
class Store:
    def put(self): app.target()
-- shop/others.py
class Other: pass
=> serving POST /: index -> Store.put -> target

## lists of names that a package imports when it is asked for
-- app.py
from flask import Flask
import shop
app = Flask(__name__)
def target(): pass
@app.post("/")
def index(): shop.Store().put()
-- shop/__init__.py
import importlib
_MODULES = {"stores": ["Store", "Shelf"], "others": ["Other"]}
_WHERE = {name: module for module, names in _MODULES.items() for name in names}
def __getattr__(name):
    return getattr(importlib.import_module("." + _WHERE[name], __name__), name)
-- shop/stores.py
import app
class Store:
    def put(self): app.target()
-- shop/others.py
class Other: pass
=> serving POST /: index -> Store.put -> target

## a function that gives a module its further names
-- app.py
from flask import Flask
from shop import store
app = Flask(__name__)
def target(): pass
@app.post("/")
def index(): store.put()
-- shop.py
import app
class Store:
    def put(self): app.target()
def __getattr__(name):
    if name == "store":
        return Store()
    raise AttributeError(name)
=> serving POST /: index -> Store.put -> target

## a name that the module has itself
-- app.py
from flask import Flask
from shop import store
app = Flask(__name__)
def target(): pass
@app.post("/")
def index(): store.put()
-- shop.py
import app
class Store:
    def put(self): app.target()
class Plain:
    def put(self): pass
store = Plain()
def __getattr__(name):
    return Store()
=> serving -

## a module that is read again
-- app.py
import importlib
from flask import Flask
import shop
app = Flask(__name__)
def target(): pass
@app.post("/")
def index():
    fresh = importlib.reload(shop)
    fresh.put()
-- shop.py
import app
def put(): app.target()
=> serving POST /: index -> put -> target

## a module by the name of a constant
-- app.py
import importlib
from flask import Flask
app = Flask(__name__)
BACKEND = "shop"
def target(): pass
@app.post("/")
def index(): importlib.import_module(BACKEND).put()
-- shop.py
import app
def put(): app.target()
=> serving POST /: index -> put -> target

## an attribute by the name of a constant
-- app.py
from flask import Flask
import shop
app = Flask(__name__)
NAME = "Store"
def target(): pass
@app.post("/")
def index(): getattr(shop, NAME)().put()
-- shop.py
import app
class Store:
    def put(self): app.target()
class Other:
    def put(self): pass
=> serving POST /: index -> Store.put -> target

## an attribute by the name of another constant
-- app.py
from flask import Flask
import shop
app = Flask(__name__)
NAME = "Other"
def target(): pass
@app.post("/")
def index(): getattr(shop, NAME)().put()
-- shop.py
import app
class Store:
    def put(self): app.target()
class Other:
    def put(self): pass
=> serving -

## a class named in the settings, with a default
-- app.py
from django.conf import settings
from django.utils.module_loading import import_string
def target(): pass
def store():
    return import_string(getattr(settings, "SHOP_STORE", "shop.Store"))()
-- shop.py
import app
class Store:
    def put(self): app.target()
-- urls.py
from django.urls import path
import app
def index(request): app.store().put()
urlpatterns = [path("", index)]
-- settings.py
ROOT_URLCONF = "urls"
=> serving /: index -> Store.put -> target

## a class that another setting names
-- app.py
from django.conf import settings
from django.utils.module_loading import import_string
def target(): pass
def store():
    return import_string(getattr(settings, "SHOP_STORE", "shop.Plain"))()
-- shop.py
import app
class Store:
    def put(self): app.target()
class Plain:
    def put(self): pass
-- urls.py
from django.urls import path
import app
def index(request): app.store().put()
urlpatterns = [path("", index)]
-- settings.py
ROOT_URLCONF = "urls"
SHOP_QUEUE = "shop.Store"
=> serving -
""")

ASKED_FOR = cases("""
## a container that is asked for a class
import punq
from flask import Flask
app = Flask(__name__)
container = punq.Container()
def target(): pass
class Store:
    def put(self): target()
container.register(Store)
@app.post("/")
def index():
    store = container.resolve(Store)
    store.put()
=> serving POST /: index -> Store.put -> target

## a container that is asked for another class
import punq
from flask import Flask
app = Flask(__name__)
container = punq.Container()
def target(): pass
class Store:
    def put(self): target()
class Plain:
    def put(self): pass
container.register(Store)
@app.post("/")
def index():
    store = container.resolve(Plain)
    store.put()
=> serving -

## an injector that is asked for a class
from injector import Injector
from flask import Flask
app = Flask(__name__)
injector = Injector()
def target(): pass
class Base: pass
class Store(Base):
    def put(self): target()
@app.post("/")
def index():
    injector.get(Base).put()
=> serving POST /: index -> Store.put -> target

## a mapping that is asked for a class
from flask import Flask
app = Flask(__name__)
known = {}
def target(): pass
class Store:
    def put(self): target()
@app.post("/")
def index():
    known.get(Store).put()
=> serving -

## the one instance of a class
from traitlets.config import SingletonConfigurable
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store(SingletonConfigurable):
    def put(self): target()
@app.post("/")
def index():
    Store.instance().put()
=> serving POST /: index -> Store.put -> target

## the one instance of a class, kept by a base of the project
from flask import Flask
app = Flask(__name__)
def target(): pass
class Single:
    _made = None
    @classmethod
    def instance(cls):
        if cls._made is None:
            cls._made = cls()
        return cls._made
class Store(Single):
    def put(self): target()
@app.post("/")
def index():
    Store.instance().put()
=> serving POST /: index -> Store.put -> target

## a utility that is registered for an interface
from zope.component import getUtility, provideUtility
from zope.interface import Interface
from flask import Flask
app = Flask(__name__)
def target(): pass
class IStore(Interface): pass
class Store:
    def put(self): target()
provideUtility(Store(), IStore)
@app.post("/")
def index():
    getUtility(IStore).put()
=> serving POST /: index -> Store.put -> target

## a utility that is registered for another interface
from zope.component import getUtility, provideUtility
from zope.interface import Interface
from flask import Flask
app = Flask(__name__)
def target(): pass
class IStore(Interface): pass
class IOther(Interface): pass
class Store:
    def put(self): target()
provideUtility(Store(), IOther)
@app.post("/")
def index():
    getUtility(IStore).put()
=> serving -

## a utility of Pyramid's registry
from pyramid.config import Configurator
from zope.interface import Interface
def target(): pass
class IStore(Interface): pass
class Store:
    def put(self): target()
def index(request):
    request.registry.getUtility(IStore).put()
def main(settings):
    config = Configurator(settings=settings)
    config.registry.registerUtility(Store(), IStore)
    config.add_route("index", "/")
    config.add_view(index, route_name="index")
    return config.make_wsgi_app()
=> serving /: index -> Store.put -> target

## a provider that makes an object
from dependency_injector import containers, providers
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
class Container(containers.DeclarativeContainer):
    store = providers.Singleton(Store)
container = Container()
@app.post("/")
def index():
    container.store().put()
=> serving POST /: index -> Store.put -> target

## a provider of another object
from dependency_injector import containers, providers
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
class Plain:
    def put(self): pass
class Container(containers.DeclarativeContainer):
    store = providers.Singleton(Store)
    plain = providers.Factory(Plain)
container = Container()
@app.post("/")
def index():
    container.plain().put()
=> serving -
""")

HELD = cases("""
## an annotation beside a value of a library
from typing import Optional
from aiohttp import web
def target(): pass
class Room:
    def put(self): target()
async def index(request):
    room: Optional[Room] = request.get("room")
    room.put()
app = web.Application()
app.router.add_post("/", index)
=> serving POST /: index -> Room.put -> target

## an element of an annotated list
from flask import Flask
app = Flask(__name__)
def target(): pass
class Base:
    def put(self): ...
class Mail(Base):
    def put(self): target()
jobs: list[Base] = load()
@app.post("/")
def index():
    for job in jobs:
        job.put()
=> serving POST /: index -> Mail.put -> target

## an element of a list in a container
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
class Hub:
    def __init__(self):
        self.rooms: dict[str, list[Store]] = {}
    def all(self, name):
        for one in self.rooms[name]:
            one.put()
hub = Hub()
@app.post("/")
def index(): hub.all("a")
=> serving POST /: index -> Hub.all -> Store.put -> target

## a key of such a container
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
class Hub:
    def __init__(self):
        self.rooms: dict[Store, list[str]] = {}
    def all(self, name):
        for one in self.rooms[name]:
            one.put()
hub = Hub()
@app.post("/")
def index(): hub.all("a")
=> serving -

## a container in a container
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
rooms = {}
def fill(i, k):
    rooms.setdefault(i, {})[k] = Store()
@app.post("/")
def index():
    rooms["a"]["b"].put()
=> serving POST /: index -> Store.put -> target

## a container in a container, gone through
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
rooms = {}
def fill(i, k):
    rooms.setdefault(i, []).append(Store())
@app.post("/")
def index():
    for name, stores in rooms.items():
        for store in stores:
            store.put()
=> serving POST /: index -> Store.put -> target

## another container in a container
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
rooms, others = {}, {}
def fill(i, k):
    rooms.setdefault(i, {})[k] = Store()
@app.post("/")
def index():
    others["a"]["b"].put()
=> serving -

## a field that holds a function
from dataclasses import dataclass
from typing import Callable, NamedTuple
from flask import Flask
app = Flask(__name__)
def target(): pass
class Row(NamedTuple):
    name: str
    run: Callable
rows = [Row("a", target)]
@app.post("/")
def index():
    for row in rows:
        row.run()
=> serving POST /: index -> target

## a field of a data class that holds a function
from dataclasses import dataclass
from typing import Callable, NamedTuple
from flask import Flask
app = Flask(__name__)
def target(): pass
@dataclass
class Row:
    name: str
    run: Callable
rows = {"a": Row(name="a", run=target)}
@app.post("/")
def index():
    rows["a"].run()
=> serving POST /: index -> target

## another field of such a row
from dataclasses import dataclass
from typing import Callable, NamedTuple
from flask import Flask
app = Flask(__name__)
def target(): pass
def other(): pass
@dataclass
class Row:
    name: str
    run: Callable
    stop: Callable
rows = {"a": Row("a", other, target)}
@app.post("/")
def index():
    rows["a"].run()
=> serving -
""")

MADE_OF = cases("""
## a value that is told its type
from typing import cast
from flask import Flask, g
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
@app.post("/")
def index():
    cast(Store, g.store).put()
=> serving POST /: index -> Store.put -> target

## a value that is told its type by a text
from typing import cast
from flask import Flask, g
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
@app.post("/")
def index():
    store = cast("Store", g.store)
    store.put()
=> serving POST /: index -> Store.put -> target

## a copy of an object
import copy
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
store = Store()
@app.post("/")
def index():
    copy.deepcopy(store).put()
=> serving POST /: index -> Store.put -> target

## what a weak reference leads to
import weakref
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
store = Store()
ref = weakref.ref(store)
@app.post("/")
def index():
    found = ref()
    found.put()
=> serving POST /: index -> Store.put -> target

## the first of several
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
stores = {"a": Store()}
@app.post("/")
def index():
    next(iter(stores.values())).put()
=> serving POST /: index -> Store.put -> target

## the smallest of several
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
stores = [Store()]
@app.post("/")
def index():
    min(stores, key=len).put()
=> serving POST /: index -> Store.put -> target

## how many there are
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
stores = [Store()]
@app.post("/")
def index():
    sum(stores).put()
=> serving -

## the first in an order
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
stores = [Store()]
@app.post("/")
def index():
    sorted(stores, key=str)[0].put()
=> serving POST /: index -> Store.put -> target

## a mapping made of pairs
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
stores = dict(zip(["a"], [Store()]))
@app.post("/")
def index():
    stores["a"].put()
=> serving POST /: index -> Store.put -> target

## several lists behind each other
import itertools
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
stores = [Store()]
@app.post("/")
def index():
    for store in itertools.chain([], stores):
        store.put()
=> serving POST /: index -> Store.put -> target

## lists beside each other
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
stores = [Store()]
@app.post("/")
def index():
    for name, store in zip(["a"], stores):
        store.put()
=> serving POST /: index -> Store.put -> target

## the other one of lists beside each other
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
stores = [Store()]
@app.post("/")
def index():
    for name, store in zip(["a"], stores):
        name.put()
=> serving -
""")

BOUND = cases("""
## a part of a returned tuple
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
def both(): return "a", Store()
@app.post("/")
def index():
    name, store = both()
    store.put()
=> serving POST /: index -> Store.put -> target

## the other part of a returned tuple
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
def both(): return "a", Store()
@app.post("/")
def index():
    name, store = both()
    name.put()
=> serving -

## a part of a tuple of a method, kept by name
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
class Hub:
    def both(self):
        result = ("a", Store())
        return result
hub = Hub()
@app.post("/")
def index():
    name, store = hub.both()
    store.put()
=> serving POST /: index -> Store.put -> target

## a name bound inside an expression
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
def store(): return Store()
@app.post("/")
def index():
    if (found := store()) is not None:
        found.put()
=> serving POST /: index -> Store.put -> target

## a name that a pattern binds
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
@app.post("/")
def index(value):
    match value:
        case Store() as found:
            found.put()
=> serving POST /: index -> Store.put -> target

## a name that a pattern of another class binds
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
class Plain:
    def put(self): pass
@app.post("/")
def index(value):
    match value:
        case Plain() as found:
            found.put()
=> serving -

## a subject that a pattern narrows
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
@app.post("/")
def index(value):
    if isinstance(value, Store):
        value.put()
=> serving POST /: index -> Store.put -> target

## the rest behind a star
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
stores = ["a", Store()]
@app.post("/")
def index():
    first, *rest = stores
    for store in rest:
        store.put()
=> serving POST /: index -> Store.put -> target

## further arguments
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
def work(name, *given):
    for one in given: one.put()
@app.post("/")
def index():
    work("a", Store())
=> serving POST /: index -> work -> Store.put -> target
""")

FILLED = cases("""
## elements of a list that a function fills and returns
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
def stores():
    found = []
    for name in "ab":
        found.append(Store())
    return found
@app.post("/")
def index():
    for store in stores():
        store.put()
=> serving POST /: index -> Store.put -> target

## elements of a list that another function returns
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
def stores():
    found, others = [], []
    for name in "ab":
        found.append(Store())
    return others
@app.post("/")
def index():
    for store in stores():
        store.put()
=> serving -

## elements of a list that is filled and gone through
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
@app.post("/")
def index():
    found = []
    found.append(Store())
    for store in found:
        store.put()
=> serving POST /: index -> Store.put -> target

## elements of what is promised to be returned
from typing import Iterator
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
def stores() -> Iterator[Store]: return load()
@app.post("/")
def index():
    for store in stores():
        store.put()
=> serving POST /: index -> Store.put -> target

## elements of a parameter that nobody is seen to hand in
from fastapi import FastAPI
app = FastAPI()
def target(): pass
class Store:
    def put(self): target()
@app.post("/")
def index(stores: list[Store]):
    for store in stores:
        store.put()
=> serving POST /: index -> Store.put -> target

## what a default of a mapping makes
from collections import defaultdict
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
stores = defaultdict(Store)
@app.post("/")
def index():
    stores["a"].put()
=> serving POST /: index -> Store.put -> target

## an attribute of an element is no element
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
class Job: pass
jobs = {}
def fill(name):
    jobs[name] = Job()
    jobs[name].store = Store()
@app.post("/")
def index():
    for job in jobs.values():
        job.put()
=> serving -

## rows of functions beside their names
from flask import Flask
app = Flask(__name__)
def target(): pass
def other(): pass
ROWS = [("a", target, other), ("b", target, other)]
@app.post("/")
def index():
    for name, work, stop in ROWS:
        work()
=> serving POST /: index -> target

## another column of such rows
from flask import Flask
app = Flask(__name__)
def target(): pass
def other(): pass
ROWS = [("a", target, other), ("b", target, other)]
@app.post("/")
def index():
    for name, work, stop in ROWS:
        stop()
=> serving -

## what a mapping holds under a key
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
class Plain:
    def put(self): pass
known = {"store": Store(), "plain": Plain()}
@app.post("/")
def index(): known["store"].put()
=> serving POST /: index -> Store.put -> target

## what a mapping holds under another key
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
class Plain:
    def put(self): pass
known = {"store": Store(), "plain": Plain()}
@app.post("/")
def index(): known["plain"].put()
=> serving -

## a default that is a constant of the project
from django.conf import settings
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
def store():
    kind = getattr(settings, "SHOP_STORE", Store)
    return kind()
@app.post("/")
def index(): store().put()
=> serving POST /: index -> Store.put -> target

## what a look-up gives where nothing is held
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
known = {}
@app.post("/")
def index():
    store = known.get("store", Store())
    store.put()
=> serving POST /: index -> Store.put -> target

## what a look-up of one key gives
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
class Plain:
    def put(self): pass
known = {"store": Store(), "plain": Plain()}
@app.post("/")
def index():
    plain = known.get("plain")
    plain.put()
=> serving -
""")

DECLARED = cases("""
## a function inside of the second definition of a name
from flask import Flask
app = Flask(__name__)
def target(): pass
try:
    import fast
    def index(): return "fast"
except ImportError:
    def index():
        def inner(): target()
        inner()
app.add_url_rule("/", view_func=index)
=> serving GET /: index -> index.inner -> target

## a function inside of another definition than the one that is called
from flask import Flask
app = Flask(__name__)
def target(): pass
class Shown:
    def index(self):
        def inner(): target()
        inner()
def index(): pass
app.add_url_rule("/", view_func=index)
=> serving -

## a module whose name was put together before, and what its loader makes
-- app.py
import importlib
from flask import Flask
app = Flask(__name__)
def target(): pass
def load(name):
    full = f"parts.{name}"
    module = importlib.import_module(full)
    return getattr(module, "make")()
@app.post("/<name>")
def index(name): load(name).put()
-- parts/__init__.py
-- parts/store.py
import app
class Store:
    def put(self): app.target()
def make(): return Store()
=> serving POST /<name>: index -> Store.put -> target

## a module of another package, whose name was put together before
-- app.py
import importlib
from flask import Flask
app = Flask(__name__)
def target(): pass
def load(name):
    full = f"other.{name}"
    module = importlib.import_module(full)
    return getattr(module, "make")()
@app.post("/<name>")
def index(name): load(name).put()
-- parts/__init__.py
-- parts/store.py
import app
class Store:
    def put(self): app.target()
def make(): return Store()
=> serving -

## what a locator gives is of the declared class
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
class Mail:
    def put(self): pass
parts = {"mail": Mail()}
def part(name): return parts[name]
@app.post("/")
def index():
    store: Store = part("store")
    store.put()
=> serving POST /: index -> Store.put -> target

## what a locator gives is not what another class is declared to be
from flask import Flask
app = Flask(__name__)
def target(): pass
class Store:
    def put(self): target()
class Mail:
    def put(self): pass
parts = {"mail": Mail(), "store": Store()}
def part(name): return parts[name]
@app.post("/")
def index():
    mail: Mail = part("mail")
    mail.put()
=> serving -

## what a declared base may be is what is known to be below it
from flask import Flask
app = Flask(__name__)
def target(): pass
class Part:
    def put(self): pass
class Store(Part):
    def put(self): target()
parts = {"store": Store()}
@app.post("/")
def index():
    part: Part = parts["store"]
    part.put()
=> serving POST /: index -> Store.put -> target
""")


@pytest.mark.parametrize(
    ("files", "expected"), [*CHOSEN, *BELOW, *LATER, *TRAITS, *NAMED, *ASKED_FOR, *HELD, *MADE_OF, *BOUND, *FILLED, *DECLARED]
)
def test_ways(files: dict[str, str], expected: list[str]) -> None:
    found = program(files)
    contexts = [line.partition(" ")[0] for line in expected]
    assert [f"{context} {shown(found.route_to(function(found, 'target'), context))}" for context in contexts] == expected  # type: ignore[arg-type]
