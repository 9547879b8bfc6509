"""What is called from outside the project, framework by framework, and how a person names it."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from tests.program.project import cells, function, program


class Case(NamedTuple):
    """A project, and all of its entry points: `role text -> function`."""

    name: str
    files: dict[str, str]
    points: list[str]


CASES = [
    Case(
        "flask",
        {
            "app.py": """
from flask import Flask, request_finished
from flask.views import MethodView

app = Flask(__name__)


@app.route("/")
@app.route("/home", methods=["GET", "HEAD"])
def home():
    return "hello"


class Orders(MethodView):
    def get(self, number):
        return self._load(number)

    def post(self):
        return {}

    def _load(self, number):
        return {}


app.add_url_rule("/orders/<int:number>", view_func=Orders.as_view("orders"))


@app.before_request
def load_user():
    pass


@app.errorhandler(404)
def missing(error):
    return "", 404


@app.cli.command("seed")
def seed():
    pass


@request_finished.connect
def count(sender, **kwargs):
    pass


def later():
    return ""


app.get("/later")(later)
""",
        },
        [
            "request GET / -> home",
            "request GET /orders/<int:number> -> Orders.get",
            "request POST /orders/<int:number> -> Orders.post",
            "request GET /later -> later",
            "middleware flask middleware -> load_user",
            "error flask error -> missing",
            "command flask command -> seed",
            "signal flask signal -> count",
        ],
    ),
    Case(
        "fastapi",
        {
            "app.py": """
from contextlib import asynccontextmanager

from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, WebSocket
from starlette.middleware.base import BaseHTTPMiddleware


@asynccontextmanager
async def lifespan(app):
    yield


class Timing(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        return await call_next(request)


def current_user():
    return "nobody"


def work(job):
    pass


app = FastAPI(lifespan=lifespan)
app.add_middleware(Timing)
router = APIRouter(prefix="/jobs", dependencies=[Depends(current_user)])


@router.post("/{id}")
async def create(id: str, tasks: BackgroundTasks):
    tasks.add_task(work, id)


@router.websocket("/live")
async def live(socket: WebSocket):
    await socket.accept()


@app.middleware("http")
async def log(request, call_next):
    return await call_next(request)


@app.exception_handler(KeyError)
async def missing(request, error):
    return None


@app.on_event("shutdown")
def stop():
    pass


app.include_router(router, prefix="/api")
""",
        },
        [
            "startup fastapi startup -> lifespan",
            "middleware fastapi middleware -> Timing.dispatch",
            "dependency fastapi dependency -> current_user",
            "background fastapi background -> work",
            "request POST /api/jobs/{id} -> create",
            "websocket WS /api/jobs/live -> live",
            "middleware fastapi middleware -> log",
            "error fastapi error -> missing",
            "shutdown fastapi shutdown shutdown -> stop",
        ],
    ),
    Case(
        "django, the rest framework and channels",
        {
            "shop/__init__.py": "",
            "shop/settings.py": """
ROOT_URLCONF = "shop.urls"
MIDDLEWARE = ["shop.middleware.Timing", "shop.middleware.tag"]
""",
            "shop/middleware.py": """
class Timing:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)


def tag(get_response):
    def inner(request):
        return get_response(request)

    return inner
""",
            "shop/urls.py": """
from django.urls import include, path
from rest_framework.routers import SimpleRouter

from shop import views

router = SimpleRouter()
router.register("orders", views.Orders, basename="orders")
urlpatterns = [
    path("questions/", views.Questions.as_view()),
    path("about/", views.about),
    path("api/", include(router.urls)),
]
websocket_urlpatterns = [path("ws/chat/", views.Chat.as_asgi())]
""",
            "shop/views.py": """
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpResponse
from django.views.generic import ListView
from rest_framework.viewsets import ViewSet


class Questions(ListView):
    def get(self, request):
        return super().get(request)

    def get_queryset(self):
        return []


def about(request):
    return HttpResponse("")


class Orders(ViewSet):
    def list(self, request):
        return None

    def destroy(self, request, pk):
        return None


class Chat(AsyncWebsocketConsumer):
    async def receive(self, text_data=None):
        pass


@receiver(post_save)
def saved(sender, **kwargs):
    pass
""",
            "shop/asgi.py": """
from channels.routing import ProtocolTypeRouter, URLRouter

from shop.urls import websocket_urlpatterns

application = ProtocolTypeRouter({"websocket": URLRouter(websocket_urlpatterns)})
""",
        },
        [
            "middleware MIDDLEWARE Timing -> Timing.__call__",
            "middleware MIDDLEWARE tag -> tag",
            "middleware MIDDLEWARE tag -> tag.inner",
            "request GET /questions/ -> Questions.get",
            "request /questions/ -> Questions.get_queryset",
            "request /about/ -> about",
            "request GET /api/orders -> Orders.list",
            "request DELETE /api/orders/{pk} -> Orders.destroy",
            "websocket WS /ws/chat/ -> Chat.receive",
            "signal django signal -> saved",
        ],
    ),
    Case(
        "aiohttp and tornado",
        {
            "a.py": """
from aiohttp import web

routes = web.RouteTableDef()


@routes.put("/stock/{article}")
async def stock(request):
    return web.Response()


@web.middleware
async def log(request, handler):
    return await handler(request)


async def start(app):
    pass


app = web.Application(middlewares=[log])
app.on_startup.append(start)
app.add_routes(routes)
""",
            "b.py": """
import tornado.web
import tornado.websocket


class Stock(tornado.web.RequestHandler):
    def prepare(self):
        pass

    def get(self, article):
        self.write(article)


class Chat(tornado.websocket.WebSocketHandler):
    def on_message(self, message):
        self.write_message(message)


app = tornado.web.Application([(r"/stock/(\\d+)", Stock), (r"/chat", Chat)])
""",
        },
        [
            "request PUT /stock/{article} -> stock",
            "middleware aiohttp middleware -> log",
            "startup aiohttp startup -> start",
            r"request /stock/(\d+) -> Stock.prepare",
            r"request GET /stock/(\d+) -> Stock.get",
            "websocket WS /chat -> Chat.on_message",
        ],
    ),
    Case(
        "falcon, sanic and litestar",
        {
            "a.py": """
import falcon


class Orders:
    def on_get(self, req, resp):
        resp.text = self.load()

    def on_delete_one(self, req, resp, number):
        resp.text = ""

    def load(self):
        return ""


class Timing:
    def process_request(self, req, resp):
        pass


app = falcon.App(middleware=[Timing()])
app.add_route("/orders", Orders())
app.add_route("/orders/{number}", Orders(), suffix="one")
""",
            "b.py": """
from sanic import Sanic, text

app = Sanic("shop")


@app.post("/stock")
async def stock(request):
    return text("")


@app.listener("before_server_start")
async def start(app):
    pass
""",
            "c.py": """
from litestar import Controller, Litestar, get


class Orders(Controller):
    path = "/orders"

    @get("/{number:int}")
    async def show(self, number: int) -> str:
        return ""


app = Litestar([Orders])
""",
        },
        [
            "request GET /orders -> Orders.on_get",
            "request DELETE /orders/{number} -> Orders.on_delete_one",
            "middleware falcon middleware -> Timing.process_request",
            "request POST /stock -> stock",
            "startup sanic startup before_server_start -> start",
            "request GET /orders/{number:int} -> Orders.show",
        ],
    ),
    Case(
        "pyramid and cherrypy",
        {
            "a.py": """
from pyramid.config import Configurator
from pyramid.view import view_config


@view_config(route_name="job", request_method="POST")
def job(request):
    return {}


def tween(handler, registry):
    return handler


def main(config, **settings):
    config = Configurator()
    config.add_route("job", "/jobs/{id}")
    config.add_tween("a.tween")
    config.scan()
    return config.make_wsgi_app()
""",
            "b.py": """
import cherrypy


class Root:
    @cherrypy.expose
    def stock(self, article):
        return ""


cherrypy.quickstart(Root(), "/shop")
""",
        },
        [
            "request POST /jobs/{id} -> job",
            "middleware pyramid middleware -> tween",
            "request /shop/stock -> Root.stock",
        ],
    ),
    Case(
        "sockets, tasks, schedulers, raw gateways, gunicorn's hooks, objects that cannot be followed",
        {
            "a.py": """
import socketio
from apscheduler.schedulers.background import BackgroundScheduler
from celery import shared_task
from elsewhere import api

sio = socketio.AsyncServer()
scheduler = BackgroundScheduler()


@sio.on("message")
async def message(sid, data):
    pass


@sio.event
async def connect(sid, environ):
    pass


@shared_task
def convert(name):
    pass


@scheduler.scheduled_job("interval", minutes=5)
def remind():
    pass


@api.delete("/things/{id}")
def remove(id):
    pass


async def app(scope, receive, send):
    pass
""",
            "gunicorn.conf.py": """
def post_fork(server, worker):
    pass


def pre_request(worker, req):
    pass
""",
        },
        [
            "websocket socketio event message -> message",
            "websocket socketio event connect -> connect",
            "task celery task -> convert",
            "job apscheduler job -> remind",
            "request DELETE /things/{id} -> remove",
            "middleware ASGI application -> app",
            "startup gunicorn -> post_fork",
            "middleware gunicorn -> pre_request",
        ],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_points(case: Case) -> None:
    found = program(case.files, parts={name: "settings" for name in case.files if name.endswith("settings.py")}).entry_points.points
    assert sorted(f"{point.role} {point.text} -> {point.function.name}" for point in found) == sorted(case.points)


def test_a_handler_of_a_router_that_nothing_includes_is_still_reached() -> None:
    files = {
        "app.py": """
from flask import Blueprint, Flask

app = Flask(__name__)
forgotten = Blueprint("forgotten", __name__, url_prefix="/forgotten")


@forgotten.get("/page")
def page():
    return ""
""",
    }
    found = program(files).entry_points
    assert [point.text for point in found.points] == ["GET /forgotten/page"]
    assert found.routes == ()


def test_classes_live_as_long_as_the_framework_says() -> None:
    files = {
        "app.py": """
import falcon
from flask import Flask
from flask.views import MethodView

app = Flask(__name__)
api = falcon.App()


class Fresh(MethodView):
    def get(self):
        return ""


class Kept(MethodView):
    init_every_request = False

    def get(self):
        return ""


class Shared:
    def on_get(self, req, resp):
        resp.text = ""


app.add_url_rule("/fresh", view_func=Fresh.as_view("fresh"))
app.add_url_rule("/kept", view_func=Kept.as_view("kept"))
api.add_route("/shared", Shared())
""",
    }
    found = program(files).entry_points
    assert {cls.name for cls in found.request_classes} == {"Fresh"}
    assert {cls.name for cls, *_ in found.held_classes} == {"Kept", "Shared"}


def test_the_place_of_what_could_not_be_followed_is_kept() -> None:
    files = {
        "app.py": """
import plugins
from flask import Flask

app = Flask(__name__)
for one in plugins.load():
    app.register_blueprint(one)
""",
        "plugins.py": """
import importlib


def load():
    return importlib.import_module("x").all
""",
    }
    found = program(files).entry_points
    assert not found.routes_complete
    assert [(module.path, line) for module, line in found.unfollowed] == [("app.py", 7)]


HANDED = """
from fastapi import FastAPI
from store_kit import StoreKit
from store_kit.backends import Backend

class Memory(Backend):
    def __init__(self): self.rows = {}
    def set(self, key, value): self.rows[key] = value
    def _own(self): pass

class Settings(Backend):
    def set(self, key, value): pass

app = FastAPI()

@app.on_event("startup")
def start():
    StoreKit.init(Memory())
"""


def test_what_a_library_is_handed_may_be_called_by_it() -> None:
    found = program(HANDED)
    reach = found.reach["serving"]
    assert function(found, "Memory.set") in reach
    assert reach.is_guessed(function(found, "Memory.set"))
    assert function(found, "Memory._own") not in reach
    assert function(found, "Settings.set") not in reach
    assert list(cells(found)) == ["app.Memory.rows"]


def test_a_factory_of_a_factory_starts_the_application() -> None:
    source = (
        "from flask import Flask\ndef build():\n    app = Flask(__name__)\n    prepare()\n    return app\ndef prepare(): pass\n"
        "def make_app(): return build()\n"
        'if __name__ == "__main__":\n    make_app().run()\n'
    )
    found = program(source)
    assert [function(found, name) in found.reach["startup"] for name in ("make_app", "build", "prepare")] == [True, True, True]


RPC = """
import tornado.web

class Scheduler:
    def __init__(self): self.tasks = {}
    def add(self, name): self.tasks[name] = 1
    def _prune(self): pass

class Rpc(tornado.web.RequestHandler):
    def initialize(self, scheduler): self.scheduler = scheduler
    def get(self, method): return getattr(self.scheduler, method)(name="a")

def make_app(scheduler=None):
    scheduler = scheduler or Scheduler()
    return tornado.web.Application([(r"/api/(.*)", Rpc, {"scheduler": scheduler})])
"""


def test_what_a_route_hands_to_its_handler_is_kept_and_called_by_name() -> None:
    found = program(RPC)
    reach = found.reach["serving"]
    assert function(found, "Scheduler.add") in reach
    assert not reach.is_guessed(function(found, "Scheduler.add"))
    assert function(found, "Scheduler._prune") not in reach
    (cell,) = found.cells
    assert (cell.qualified, cell.holder is not None) == ("app.Scheduler.tasks", True)


def test_a_name_from_outside_may_mean_any_public_method_however_many() -> None:
    others = "".join(f"    def job{n}(self): pass\n" for n in range(120))
    found = program(RPC.replace("    def _prune", f"{others}    def _prune"))
    assert all(function(found, f"Scheduler.job{n}") in found.reach["serving"] for n in range(120))
    assert function(found, "Scheduler._prune") not in found.reach["serving"]


def test_the_head_of_a_name_may_mean_any_method_that_begins_so() -> None:
    hooks = "".join(f"    def on_{n}(self): pass\n" for n in range(60))
    source = (
        "from flask import Flask, request\napp = Flask(__name__)\nclass Hooks:\n"
        '    def dispatch(self, name): return getattr(self, f"on_{name}")()\n'
        f"{hooks}    def off(self): pass\nhooks = Hooks()\n"
        '@app.post("/")\ndef hook(): return hooks.dispatch(request.args["name"])\n'
    )
    found = program(source)
    assert all(function(found, f"Hooks.on_{n}") in found.reach["serving"] for n in range(60))
    assert function(found, "Hooks.off") not in found.reach["serving"]


def test_a_decorator_of_the_project_may_register_all_that_it_decorates() -> None:
    views = "".join(f'@api("/v{n}")\ndef view{n}(): pass\n' for n in range(30))
    source = (
        "from flask import Flask\napp = Flask(__name__)\n"
        "def api(rule):\n    def decorator(func):\n        app.add_url_rule(rule, view_func=func)\n        return func\n"
        "    return decorator\n"
    )
    found = program(source + views)
    assert all(function(found, f"view{n}") in found.reach["serving"] for n in range(30))
