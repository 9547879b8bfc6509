"""What calls what over tables, buses, threads, servers and routes that are made, each beside its nearest neighbour that leads nowhere."""

from __future__ import annotations

import pytest
from tests.program.project import cases, function, program
from tests.program.test_reach import shown

OUT_OF_TABLES = cases("""
## a bound method out of a registry, for a thread
from threading import Thread
from flask import Flask
app = Flask(__name__)
def target(): pass
class Worker:
    def __init__(self):
        self.actions = {"go": self.go}
    def go(self): target()
    def start(self, name):
        Thread(target=self.actions[name]).start()
worker = Worker()
@app.post("/<name>")
def index(name): worker.start(name)
=> serving POST /<name>: index -> Worker.start -> Worker.go -> target

## a bound method in another registry
from threading import Thread
from flask import Flask
app = Flask(__name__)
def target(): pass
class Worker:
    def __init__(self):
        self.actions = {"go": self.go}
        self.others = {}
    def go(self): target()
    def start(self, name):
        Thread(target=self.others[name]).start()
worker = Worker()
@app.post("/<name>")
def index(name): worker.start(name)
=> serving -

## a method of the project's own application class
import tornado.web
def target(): pass
class Shop(tornado.web.Application):
    def put(self): target()
class Index(tornado.web.RequestHandler):
    def get(self): self.application.put()
app = Shop([("/", Index)])
=> serving GET /: Index.get -> Shop.put -> target

## a method of the application that another library has at the moment
from celery import current_app
from flask import Flask
def target(): pass
class Shop(Flask):
    def put(self): target()
app = Shop(__name__)
@app.post("/")
def index(): current_app.put()
=> serving -

## methods that a decorator has marked, looked for by their mark
from flask import Flask
app = Flask(__name__)
def target(): pass
def command(name):
    def decorate(work):
        work.command = name
        return work
    return decorate
class Service:
    def __init__(self):
        self.commands = {}
        for name in dir(self):
            member = getattr(self, name)
            if hasattr(member, "command"):
                self.commands[member.command] = member
    @command("go")
    def go(self): target()
service = Service()
@app.post("/<name>")
def index(name): service.commands[name]()
=> serving POST /<name>: index -> Service.go -> target

## methods with another mark
from flask import Flask
app = Flask(__name__)
def target(): pass
def command(name):
    def decorate(work):
        work.command = name
        return work
    return decorate
class Service:
    def __init__(self):
        self.commands = {}
        for name in dir(self):
            member = getattr(self, name)
            if hasattr(member, "event"):
                self.commands[member.event] = member
    @command("go")
    def go(self): target()
service = Service()
@app.post("/<name>")
def index(name): service.commands[name]()
=> serving -

## marked members of an object, by inspect
import inspect
from flask import Flask
app = Flask(__name__)
def target(): pass
def command(work):
    setattr(work, "is_command", True)
    return work
class Service:
    @command
    def go(self): target()
    def all(self):
        return [member for name, member in inspect.getmembers(self, inspect.ismethod) if getattr(member, "is_command", False)]
service = Service()
@app.post("/")
def index():
    for member in service.all():
        member()
=> serving POST /: index -> Service.go -> target

## functions that a decorator puts into a registry
from concurrent.futures import ThreadPoolExecutor
from flask import Flask
app = Flask(__name__)
pool = ThreadPoolExecutor()
actions = {}
def action(name):
    def decorate(work):
        actions[name] = work
        return work
    return decorate
@action("go")
def target(): pass
@app.post("/<name>")
def index(name):
    pool.submit(actions[name])
=> serving POST /<name>: index -> target

## functions that a decorator puts into another registry
from concurrent.futures import ThreadPoolExecutor
from flask import Flask
app = Flask(__name__)
pool = ThreadPoolExecutor()
actions, others = {}, {}
def action(name):
    def decorate(work):
        actions[name] = work
        return work
    return decorate
@action("go")
def target(): pass
@app.post("/<name>")
def index(name):
    pool.submit(others[name])
=> serving -

## a coroutine out of a registry
import asyncio
from fastapi import FastAPI
app = FastAPI()
actions = []
def action(work):
    actions.append(work)
    return work
@action
async def target(): pass
@app.post("/")
async def index():
    for work in actions:
        asyncio.create_task(work())
=> serving POST /: index -> target

## a method out of a list, for later
import asyncio
from fastapi import FastAPI
app = FastAPI()
def target(): pass
class Worker:
    def go(self): target()
worker = Worker()
actions = [worker.go]
@app.post("/")
async def index():
    loop = asyncio.get_running_loop()
    for work in actions:
        loop.call_later(5, work)
=> serving POST /: index -> Worker.go -> target
""")

BUSES = cases("""
## a bus of the project
from flask import Flask
app = Flask(__name__)
def target(): pass
class Bus:
    def __init__(self): self._listeners = {}
    def subscribe(self, name, listener):
        self._listeners.setdefault(name, []).append(listener)
    def publish(self, name):
        for listener in self._listeners.get(name, []):
            listener()
bus = Bus()
class Mail:
    def __init__(self):
        bus.subscribe("sent", self.on_sent)
    def on_sent(self): target()
mail = Mail()
@app.post("/")
def index(): bus.publish("sent")
=> serving POST /: index -> Bus.publish -> Mail.on_sent -> target

## a bus to which nothing listens
from flask import Flask
app = Flask(__name__)
def target(): pass
class Bus:
    def __init__(self):
        self._listeners = {}
        self._forgotten = {}
    def subscribe(self, name, listener):
        self._forgotten.setdefault(name, []).append(listener)
    def publish(self, name):
        for listener in self._listeners.get(name, []):
            listener()
bus = Bus()
class Mail:
    def __init__(self):
        bus.subscribe("sent", self.on_sent)
    def on_sent(self): target()
mail = Mail()
@app.post("/")
def index(): bus.publish("sent")
=> serving -

## a bus of CherryPy
import cherrypy
from cherrypy.process.plugins import SimplePlugin
def target(): pass
class Mail(SimplePlugin):
    def start(self):
        self.bus.subscribe("mail", self.send)
    def send(self, text): target()
class Root:
    @cherrypy.expose
    def index(self):
        cherrypy.engine.publish("mail", "text")
Mail(cherrypy.engine).subscribe()
cherrypy.quickstart(Root())
=> serving cherrypy request: Root.index -> Mail.send -> target

## another channel of a bus of CherryPy
import cherrypy
from cherrypy.process.plugins import SimplePlugin
def target(): pass
class Mail(SimplePlugin):
    def start(self):
        self.bus.subscribe("mail", self.send)
    def send(self, text): target()
class Root:
    @cherrypy.expose
    def index(self):
        cherrypy.engine.publish("other", "text")
Mail(cherrypy.engine).subscribe()
cherrypy.quickstart(Root())
=> serving -
""")

SERVERS = cases("""
## a callable class of WSGI for a server
from wsgiref.simple_server import make_server
def target(): pass
class App:
    def __call__(self, environ, start_response):
        target()
        return []
def main():
    make_server("", 8000, App()).serve_forever()
=> serving WSGI application: App.__call__ -> target

## a callable class that no server is handed
from wsgiref.simple_server import make_server
def target(): pass
class App:
    def __call__(self, environ):
        target()
        return []
def main():
    make_server("", 8000, None).serve_forever()
apps = [App()]
=> serving -

## a function of WSGI for a server
from waitress import serve
def target(): pass
def application(env, start):
    target()
    return []
serve(application, port=8000)
=> serving WSGI application: application -> target

## a function of WSGI that is handed to something else
from lib import remember
def target(): pass
def application(env, start):
    target()
    return []
remember(application, port=8000)
=> serving -

## a callable class of ASGI for a server
import uvicorn
def target(): pass
class App:
    async def __call__(self, scope, receive, send):
        await self.routes[scope["path"]](scope, receive, send)
    def __init__(self):
        self.routes = {"/": self.index}
    async def index(self, scope, receive, send): target()
app = App()
def main():
    uvicorn.run(app)
=> serving ASGI application: App.index -> target

## a function of ASGI that nothing names
import uvicorn
def target(): pass
async def app(scope, receive, send):
    target()
=> serving ASGI application: app -> target

## a server of the standard library with its handler
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
def target(): pass
class Handler(BaseHTTPRequestHandler):
    def do_POST(self): target()
def main():
    ThreadingHTTPServer(("", 80), Handler).serve_forever()
=> serving Handler.do_POST: Handler.do_POST -> target

## a handler by its name in a table of the request
from flask import Flask, request
app = Flask(__name__)
def target(): pass
def stop(): pass
ACTIONS = {"go": target, "stop": stop}
@app.post("/<name>")
def index(name):
    ACTIONS.get(name, stop)()
=> serving POST /<name>: index -> target

## what another table holds
from flask import Flask, request
app = Flask(__name__)
def target(): pass
def stop(): pass
ACTIONS = {"stop": stop}
OTHERS = {"go": target}
@app.post("/<name>")
def index(name):
    ACTIONS.get(name, stop)()
=> serving -
""")

STARTED = cases("""
## a command that starts a server
import argparse
import uvicorn
from fastapi import FastAPI
app = FastAPI()
def target(): pass
def main():
    target()
    uvicorn.run(app)
=> startup server start: main -> target

## a command that starts no server
import argparse
from fastapi import FastAPI
app = FastAPI()
def target(): pass
def main():
    target()
=> startup -

## a command of click that starts a server
import click
import uvicorn
from fastapi import FastAPI
app = FastAPI()
def target(): pass
@click.command()
def main():
    target()
    uvicorn.run(app)
=> startup server start: main -> target

## a command beside the one that starts a server
import click
import uvicorn
from fastapi import FastAPI
app = FastAPI()
def target(): pass
@click.group()
def cli(): pass
@cli.command()
def serve():
    uvicorn.run(app)
@cli.command()
def reset():
    target()
=> startup -
""")

MADE_ROUTES = cases("""
## a decorator that registers an inner function
from flask import Flask
app = Flask(__name__)
def target(): pass
def endpoint(path):
    def decorate(view):
        def inner(*args, **options): return view(*args, **options)
        app.add_url_rule(path, view.__name__, inner, methods=["POST"])
        return view
    return decorate
@endpoint("/jobs")
def jobs(): target()
=> serving POST /jobs: endpoint.decorate.inner -> jobs -> target

## a decorator that wraps with functools and registers
import functools
from flask import Flask
app = Flask(__name__)
def target(): pass
def endpoint(path):
    def decorate(view):
        @app.route(path, methods=["POST"])
        @functools.wraps(view)
        def inner(*args, **options): return view(*args, **options)
        return inner
    return decorate
@endpoint("/jobs")
def jobs(): target()
=> serving POST /jobs: endpoint.decorate.inner -> jobs -> target

## routes of a list of tuples
from flask import Flask
app = Flask(__name__)
def target(): pass
def jobs(): target()
def others(): pass
ROUTES = [("/jobs", jobs, ["POST"]), ("/others", others, ["POST"])]
for path, view, methods in ROUTES:
    app.add_url_rule(path, view_func=view, methods=methods)
=> serving GET /jobs: jobs -> target

## routes that are put into a list piece by piece, and handed over
from aiohttp import web
def target(): pass
class Server:
    def __init__(self):
        self.routes = None
    def setup(self, routes=None):
        self.routes = routes
        app = web.Application()
        for method, path, handler in self.routes:
            app.router.add_route(method, path, handler)
        return app
class Jobs:
    async def index(self, request): target()
    async def other(self, request): pass
def main():
    jobs, server = Jobs(), Server()
    routes = []
    routes.append(("GET", "/jobs", jobs.index))
    web.run_app(server.setup(routes=routes))
=> serving aiohttp request: Jobs.index -> target

## what is put into a list that is not handed over
from aiohttp import web
def target(): pass
class Server:
    def setup(self, routes=None):
        app = web.Application()
        for method, path, handler in routes:
            app.router.add_route(method, path, handler)
        return app
class Jobs:
    async def index(self, request): target()
    async def other(self, request): pass
def main():
    jobs, server = Jobs(), Server()
    routes, others = [], []
    others.append(("GET", "/jobs", jobs.index))
    routes.append(("GET", "/other", jobs.other))
    web.run_app(server.setup(routes=routes))
=> serving -

## a view of another list
from flask import Flask
app = Flask(__name__)
def target(): pass
def jobs(): target()
def others(): pass
ROUTES = [("/others", others, ["POST"])]
OTHERS = [("/jobs", jobs, ["POST"])]
for path, view, methods in ROUTES:
    app.add_url_rule(path, view_func=view, methods=methods)
=> serving -

## routes of a dict of handlers
from aiohttp import web
async def target(request): pass
HANDLERS = {"/jobs": target}
app = web.Application()
for path, view in HANDLERS.items():
    app.router.add_post(path, view)
=> serving POST /jobs: target

## routes of a comprehension
from aiohttp import web
async def target(request): pass
HANDLERS = {"/jobs": target}
app = web.Application()
app.add_routes([web.post(path, view) for path, view in HANDLERS.items()])
=> serving POST /jobs: target

## methods of a resource that are routed in a loop
from starlette.applications import Starlette
from starlette.routing import Route
def target(): pass
class Jobs:
    def list(self, request): target()
    def add(self, request): pass
jobs = Jobs()
app = Starlette(routes=[Route(path, view) for path, view in (("/", jobs.list), ("/add", jobs.add))])
=> serving /: Jobs.list -> target

## a view that a helper returns
from flask import Flask
app = Flask(__name__)
def target(): pass
def view_of(name):
    def view():
        target()
    return view
app.add_url_rule("/jobs", view_func=view_of("jobs"))
=> serving GET /jobs: view_of.view -> target

## a function beside the view that a helper returns
from flask import Flask
app = Flask(__name__)
def target(): pass
def view_of(name):
    def view(): pass
    def other(): target()
    return view
app.add_url_rule("/jobs", view_func=view_of("jobs"))
=> serving -

## a view with a part of its arguments
import functools
from flask import Flask
app = Flask(__name__)
def target(): pass
def view(name): target()
app.add_url_rule("/jobs", view_func=functools.partial(view, "jobs"))
=> serving GET /jobs: view -> target

## a class made by a factory as handler
from tornado.web import Application, RequestHandler
def target(): pass
class Base(RequestHandler):
    def post(self): target()
def handler_of(name):
    return type(name, (Base,), {"name": name})
app = Application([("/jobs", handler_of("Jobs"))])
=> serving POST /jobs: Base.post -> target

## a class defined in a factory as handler
from tornado.web import Application, RequestHandler
def target(): pass
def handler_of(name):
    class Handler(RequestHandler):
        def post(self): target()
    return Handler
app = Application([("/jobs", handler_of("Jobs"))])
=> serving POST /jobs: handler_of.Handler.post -> target

## a class made of another base
from tornado.web import Application, RequestHandler
def target(): pass
class Base:
    def post(self): target()
class Plain(RequestHandler):
    def post(self): pass
def handler_of(name):
    return type(name, (Plain,), {"name": name})
app = Application([("/jobs", handler_of("Jobs"))])
=> serving -
""")

BACKGROUND = cases("""
## a thread class of the project
from threading import Thread
from flask import Flask
app = Flask(__name__)
def target(): pass
class Loop(Thread):
    def run(self): target()
@app.post("/")
def index(): Loop().start()
=> serving POST /: index -> Loop.run -> target

## a thread class that is only made
from threading import Thread
from flask import Flask
app = Flask(__name__)
def target(): pass
class Loop(Thread):
    def run(self): target()
@app.post("/")
def index(): Loop()
=> serving -

## a thread class that starts itself
from threading import Thread
def target(): pass
class Loop(Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.start()
    def run(self): target()
loop = Loop()
=> startup import: <module> -> Loop.__init__ -> Loop.run -> target

## a base of threads that starts itself
from threading import Thread
def target(): pass
class Base(Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.start()
    def run(self): self.step()
class Loop(Base):
    def step(self): target()
loop = Loop()
=> startup import: <module> -> Base.__init__ -> Base.run -> Loop.step -> target

## a timer
from threading import Timer
from flask import Flask
app = Flask(__name__)
def target(): pass
@app.post("/")
def index(): Timer(5, target).start()
=> serving POST /: index -> target

## a callback that comes again and again
from tornado.ioloop import PeriodicCallback
def target(): pass
class Loop:
    def __init__(self):
        PeriodicCallback(self.step, 1000).start()
    def step(self): target()
loop = Loop()
=> startup tornado startup: Loop.step -> target

## a callback beside it
from tornado.ioloop import PeriodicCallback
def target(): pass
class Loop:
    def __init__(self):
        PeriodicCallback(self.step, 1000).start()
    def step(self): pass
    def other(self): target()
loop = Loop()
=> startup -

## a greenlet
import gevent
from flask import Flask
app = Flask(__name__)
def target(): pass
class Loop:
    def step(self): target()
loop = Loop()
@app.post("/")
def index(): gevent.spawn(loop.step)
=> serving POST /: index -> Loop.step -> target

## a scheduler of the standard library
import sched
def target(): pass
timer = sched.scheduler()
timer.enter(5, 1, target)
=> startup import: <module> -> target
""")

CONSUMERS = cases("""
## what a consumer of a broker calls
import pika
def target(): pass
class Consumer:
    def __init__(self, channel):
        channel.basic_consume("jobs", self.on_message)
    def on_message(self, channel, method, properties, body): target()
consumer = Consumer(pika.BlockingConnection().channel())
=> startup import: <module> -> Consumer.__init__ -> Consumer.on_message -> target

## a function as an attribute of a client
import paho.mqtt.client as mqtt
def target(): pass
def on_message(client, data, message): target()
client = mqtt.Client()
client.on_message = on_message
client.loop_start()
=> startup import: <module> -> on_message -> target

## a method as an attribute of a client
import paho.mqtt.client as mqtt
def target(): pass
class Mail:
    def __init__(self):
        self.client = mqtt.Client()
        self.client.on_message = self._on_message
    def _on_message(self, client, data, message): target()
mail = Mail()
=> startup import: <module> -> Mail.__init__ -> Mail._on_message -> target

## a function as an attribute of an object of the project
def target(): pass
def on_message(client, data, message): target()
class Client: pass
client = Client()
client.on_message = on_message
=> startup -

## a function as an attribute of an object of the project that calls it
def target(): pass
def on_message(message): target()
class Client:
    on_message = None
    def loop(self): self.on_message("text")
client = Client()
client.on_message = on_message
client.loop()
=> startup import: <module> -> Client.loop -> on_message -> target

## what a subscriber calls
from google.cloud import pubsub_v1
def target(): pass
def on_message(message): target()
subscriber = pubsub_v1.SubscriberClient()
subscriber.subscribe("path", callback=on_message)
=> startup import: <module> -> on_message -> target

## a handler of a watcher of files
from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer
def target(): pass
class Handler(FileSystemEventHandler):
    def on_modified(self, event): target()
observer = Observer()
observer.schedule(Handler(), ".", recursive=True)
observer.start()
=> startup import: <module> -> Handler.on_modified -> target

## a handler that no watcher gets
from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer
def target(): pass
class Handler(FileSystemEventHandler):
    def on_modified(self, event): target()
handler = Handler()
observer = Observer()
observer.start()
=> startup -

## a method of a class that a queue in process calls
from huey import MemoryHuey
huey = MemoryHuey()
@huey.periodic_task(lambda now: True)
def target(): pass
=> worker huey job: target

## a thread that is kept in a list before it starts
from threading import Thread
def target(): pass
class Loop(Thread):
    def run(self): target()
threads = []
for number in range(2):
    threads.append(Loop())
for thread in threads:
    thread.start()
=> startup import: <module> -> Loop.run -> target

## a partial of a method for a pool
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from flask import Flask
app = Flask(__name__)
pool = ThreadPoolExecutor()
def target(): pass
class Store:
    def put(self, name): target()
store = Store()
@app.post("/")
def index():
    pool.submit(partial(store.put, "a"))
=> serving POST /: index -> Store.put -> target

## a callback of a future
from concurrent.futures import ThreadPoolExecutor
from flask import Flask
app = Flask(__name__)
pool = ThreadPoolExecutor()
def target(): pass
def work(): pass
def done(future): target()
@app.post("/")
def index():
    pool.submit(work).add_done_callback(done)
=> serving POST /: index -> done -> target

## a process that goes on
from multiprocessing import Process
def target(): pass
class Loop(Process):
    def run(self): target()
Loop().start()
=> startup import: <module> -> Loop.run -> target

## callbacks that a base keeps for whoever asks
from flask import Flask
app = Flask(__name__)
def target(): pass
class Base:
    def __init__(self, done=None): self.done = done
    def run(self):
        if self.done: self.done()
@app.post("/")
def index():
    Base(done=target).run()
=> serving POST /: index -> target
""")


HELPERS = cases("""
## an implementation of a generic function
from functools import singledispatch
from flask import Flask
app = Flask(__name__)
def target(): pass
class Order: pass
@singledispatch
def show(value): pass
@show.register
def _(value: Order): target()
@app.post("/")
def index(): show(Order())
=> serving POST /: index -> _ -> target

## an implementation of another generic function
from functools import singledispatch
from flask import Flask
app = Flask(__name__)
def target(): pass
class Order: pass
@singledispatch
def show(value): pass
@singledispatch
def hide(value): pass
@hide.register(Order)
def hide_order(value): target()
@app.post("/")
def index(): show(Order())
=> serving -

## the arguments after a function that a helper calls with them
import threading
from flask import Flask
app = Flask(__name__)
def target(): pass
def repeat(interval, function, *args, **kwargs):
    def run():
        function(*args, **kwargs)
        threading.Timer(interval, run).start()
    run()
class Store:
    def put(self): target()
def work(store): store.put()
repeat(5, work, Store())
=> startup import: <module> -> work -> Store.put -> target

## the arguments after a function that a helper calls without them
import threading
from flask import Flask
app = Flask(__name__)
def target(): pass
def repeat(interval, function, *args):
    def run():
        function()
        threading.Timer(interval, run).start()
    run()
class Store:
    def put(self): target()
def work(store=None): store.put()
repeat(5, work, Store())
=> startup -

## the arguments after a function that a helper hands to a pool
from concurrent.futures import ThreadPoolExecutor
from flask import Flask
app = Flask(__name__)
pool = ThreadPoolExecutor()
def target(): pass
def spawn(function, *args): return pool.submit(function, *args)
class Store:
    def put(self): target()
def work(name, store): store.put()
@app.post("/")
def index(): spawn(work, "a", Store())
=> serving POST /: index -> work -> Store.put -> target

## the arguments after a method that a helper makes a thread of
from threading import Thread
from flask import Flask
app = Flask(__name__)
def target(): pass
def spawn(function, *args):
    Thread(target=function, args=args, daemon=True).start()
class Store:
    def put(self): target()
class Worker:
    def work(self, store): store.put()
@app.post("/")
def index(): spawn(Worker().work, Store())
=> serving POST /: index -> Worker.work -> Store.put -> target

## the arguments after a class that a helper makes
from flask import Flask
app = Flask(__name__)
def target(): pass
def made(cls, *args): return cls(*args)
class Store:
    def put(self): target()
class Worker:
    def __init__(self, store): self.store = store
    def work(self): self.store.put()
worker = made(Worker, Store())
@app.post("/")
def index(): worker.work()
=> serving POST /: index -> Worker.work -> Store.put -> target
""")


@pytest.mark.parametrize(
    ("files", "expected"), [*OUT_OF_TABLES, *BUSES, *SERVERS, *STARTED, *MADE_ROUTES, *BACKGROUND, *CONSUMERS, *HELPERS]
)
def test_ways(files: dict[str, str], expected: list[str]) -> None:
    found = program(files)
    contexts = [line.partition(" ")[0] for line in expected]
    assert [f"{context} {shown(found.route_to(function(found, 'target'), context))}" for context in contexts] == expected  # type: ignore[arg-type]
