"""Ways into a project through the frameworks' own shapes: views that are classes, hooks, signals, tasks, sockets."""

from __future__ import annotations

import pytest
from tests.program.project import cases, function, program
from tests.program.test_reach import shown

WAYS = cases("""
## Django view
-- app.py
def target(): pass
def view(request): target()
-- urls.py
from django.urls import path
import app
urlpatterns = [path("x/", app.view)]
=> serving /x/: view -> target

## Django class-based view, by an inherited hook
-- app.py
from django.views.generic import CreateView
def target(): pass
class Base(CreateView):
    def form_valid(self, form): target()
class New(Base):
    pass
-- urls.py
from django.urls import path
from app import New
urlpatterns = [path("new/", New.as_view())]
=> serving /new/: Base.form_valid -> target

## Django REST view set, by a hook
-- app.py
from rest_framework import viewsets
def target(): pass
class Jobs(viewsets.ModelViewSet):
    def perform_create(self, serializer): target()
-- urls.py
from rest_framework.routers import DefaultRouter
from app import Jobs
router = DefaultRouter()
router.register("jobs", Jobs)
urlpatterns = router.urls
=> serving /jobs: Jobs.perform_create -> target

## Django REST action
-- app.py
from rest_framework import viewsets
from rest_framework.decorators import action
def target(): pass
class Jobs(viewsets.ViewSet):
    @action(detail=True, methods=["post"])
    def run(self, request, pk=None): target()
-- urls.py
from rest_framework.routers import DefaultRouter
from app import Jobs
router = DefaultRouter()
router.register("jobs", Jobs, basename="job")
urlpatterns = router.urls
=> serving POST /jobs/{pk}/run/: Jobs.run -> target

## Django signal
-- app.py
from django.db.models.signals import post_save
from django.dispatch import receiver
def target(): pass
@receiver(post_save)
def saved(sender, **kwargs): target()
=> serving django signal: saved -> target

## Django middleware made by a function
-- app.py
def target(): pass
def middleware(get_response):
    def inner(request):
        target()
        return get_response(request)
    return inner
-- settings.py
MIDDLEWARE = ["app.middleware"]
=> serving MIDDLEWARE middleware: middleware.inner -> target

## Flask's MethodView by a decorator
from flask import Flask
from flask.views import MethodView
app = Flask(__name__)
def target(): pass
def checked(f):
    def inner(*args, **kwargs):
        target()
        return f(*args, **kwargs)
    return inner
class Index(MethodView):
    decorators = [checked]
    def get(self): pass
app.add_url_rule("/", view_func=Index.as_view("index"))
=> serving GET /: Index.get -> checked.inner -> target

## FastAPI dependency
from fastapi import Depends, FastAPI
app = FastAPI()
def target(): pass
def current(): target()
@app.get("/")
async def index(user=Depends(current)): pass
=> serving GET /: index -> current -> target

## FastAPI dependency of a router
from fastapi import APIRouter, Depends, FastAPI
app = FastAPI()
def target(): pass
def check(): target()
router = APIRouter(dependencies=[Depends(check)])
@router.get("/")
async def index(): pass
app.include_router(router)
=> serving fastapi dependency: check -> target

## FastAPI background task
from fastapi import BackgroundTasks, FastAPI
app = FastAPI()
def target(): pass
@app.post("/")
async def index(tasks: BackgroundTasks): tasks.add_task(target)
=> serving POST /: index -> target

## FastAPI lifespan
from contextlib import asynccontextmanager
from fastapi import FastAPI
def target(): pass
@asynccontextmanager
async def lifespan(app):
    target()
    yield
app = FastAPI(lifespan=lifespan)
=> startup fastapi startup: lifespan -> target

## Starlette endpoint that is a class
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.routing import Route
def target(): pass
class Index(HTTPEndpoint):
    async def post(self, request): target()
app = Starlette(routes=[Route("/", Index)])
=> serving POST /: Index.post -> target

## what a class of routes puts around their requests
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
app = FastAPI()
def target(): pass
class Timed(APIRoute):
    def get_route_handler(self):
        original = super().get_route_handler()
        async def handle(request):
            target()
            return await original(request)
        return handle
router = APIRouter(route_class=Timed)
@router.get("/")
async def index(): pass
app.include_router(router)
=> serving Timed.get_route_handler: Timed.get_route_handler.handle -> target

## a function of a class of routes that it does not return
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
app = FastAPI()
def target(): pass
class Timed(APIRoute):
    def get_route_handler(self):
        async def handle(request):
            target()
        return super().get_route_handler()
router = APIRouter(route_class=Timed)
@router.get("/")
async def index(): pass
app.include_router(router)
=> serving -

## a handler of the log
import logging
from flask import Flask
app = Flask(__name__)
def target(): pass
class Collector(logging.Handler):
    def emit(self, record): target()
collector = Collector()
logging.getLogger().addHandler(collector)
@app.get("/")
def index(): logging.info("asked")
=> serving logging middleware: Collector.emit -> target

## a handler of the log that nobody adds
import logging
from flask import Flask
app = Flask(__name__)
def target(): pass
class Collector(logging.Handler):
    def emit(self, record): target()
collector = Collector()
@app.get("/")
def index(): logging.info("asked")
=> serving -

## websocket
from fastapi import FastAPI, WebSocket
app = FastAPI()
def target(): pass
@app.websocket("/ws")
async def ws(websocket: WebSocket): target()
=> serving WS /ws: ws -> target

## streaming response of an async generator
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
app = FastAPI()
def target(): pass
async def lines():
    target()
    yield b""
@app.get("/")
async def index(): return StreamingResponse(lines())
=> serving GET /: index -> lines -> target

## executor
import asyncio
from fastapi import FastAPI
app = FastAPI()
def target(): pass
@app.get("/")
async def index(): await asyncio.get_running_loop().run_in_executor(None, target)
=> serving GET /: index -> target

## thread of asyncio
import asyncio
from fastapi import FastAPI
app = FastAPI()
def target(): pass
@app.get("/")
async def index(): await asyncio.to_thread(target)
=> serving GET /: index -> target

## aiohttp view that is a class
from aiohttp import web
def target(): pass
class Index(web.View):
    async def post(self): target()
app = web.Application()
app.router.add_view("/", Index)
=> serving POST /: Index.post -> target

## aiohttp middleware
from aiohttp import web
def target(): pass
@web.middleware
async def middleware(request, handler): target()
app = web.Application(middlewares=[middleware])
=> serving aiohttp middleware: middleware -> target

## Tornado handler
import tornado.web
def target(): pass
class Index(tornado.web.RequestHandler):
    def prepare(self): target()
    def get(self): pass
app = tornado.web.Application([("/", Index)])
=> serving /: Index.prepare -> target

## Litestar controller
from litestar import Controller, Litestar, post
def target(): pass
class Jobs(Controller):
    path = "/jobs"
    @post()
    async def create(self) -> None: target()
app = Litestar(route_handlers=[Jobs])
=> serving POST /jobs: Jobs.create -> target

## Channels consumer
from channels.generic.websocket import AsyncWebsocketConsumer
def target(): pass
class Chat(AsyncWebsocketConsumer):
    async def receive(self, text_data): target()
=> serving Chat.receive: Chat.receive -> target

## Socket.IO
import socketio
sio = socketio.AsyncServer()
def target(): pass
@sio.event
async def connect(sid, environ): target()
=> serving socketio event connect: connect -> target

## Celery task that a request sends off is the worker's
from celery import shared_task
from flask import Flask
app = Flask(__name__)
def target(): pass
@shared_task
def work(): target()
@app.post("/")
def index(): work.delay()
=> worker celery task: work -> target
=> serving -

## dispatch by name within a class
from flask import Flask, request
app = Flask(__name__)
def target(): pass
class Hooks:
    def dispatch(self, name): return getattr(self, f"on_{name}")()
    def on_push(self): target()
hooks = Hooks()
@app.post("/hook")
def hook(): return hooks.dispatch(request.headers["X-Event"])
=> serving POST /hook: hook -> Hooks.dispatch -> Hooks.on_push -> target

## an observer that is registered
from flask import Flask
app = Flask(__name__)
def target(): pass
class Bus:
    def __init__(self): self.listeners = []
    def on(self, f): self.listeners.append(f)
    def emit(self):
        for f in self.listeners: f()
bus = Bus()
bus.on(target)
@app.post("/")
def index(): bus.emit()
=> serving POST /: index -> Bus.emit -> target
""")


@pytest.mark.parametrize(("files", "expected"), WAYS)
def test_ways_in(files: dict[str, str], expected: list[str]) -> None:
    found = program(files, parts={"settings.py": "settings"} if "settings.py" in files else None)
    contexts = [line.partition(" ")[0] for line in expected]
    assert [f"{context} {shown(found.route_to(function(found, 'target'), context))}" for context in contexts] == expected  # type: ignore[arg-type]
