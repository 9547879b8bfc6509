"""The joined route table, framework by framework: prefixes, mounts, includes, blueprints, controllers, handler lists."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from tests.program.project import program

from statelint.program.routing.paths import path_for_people


class Case(NamedTuple):
    """A project, and the lines of its route table: verbs and path."""

    name: str
    files: dict[str, str]
    routes: list[str]
    complete: bool = True


CASES = [
    Case(
        "flask: nested blueprints, the prefix of the registration wins",
        {
            "shop/__init__.py": """
from flask import Flask

from shop.api import api
from shop.pages import make_pages


def create_app():
    app = Flask(__name__)
    app.register_blueprint(api, url_prefix="/v2")
    app.register_blueprint(make_pages("/pages"))
    return app
""",
            "shop/api.py": """
from flask import Blueprint

from shop.orders import bp as orders

api = Blueprint("api", __name__, url_prefix="/v1")
api.register_blueprint(orders)


@api.get("/ping")
@api.post("/pong")
def ping():
    return "pong"
""",
            "shop/orders.py": """
from flask import Blueprint
from flask.views import MethodView

bp = Blueprint("orders", __name__, url_prefix="/orders")


class Orders(MethodView):
    def get(self):
        return []

    def post(self):
        return {}


bp.add_url_rule("/", view_func=Orders.as_view("orders"))


@bp.route("/<int:number>", methods=["GET", "DELETE"])
def order(number):
    return {}
""",
            "shop/pages.py": """
from flask import Blueprint


def make_pages(prefix):
    pages = Blueprint("pages", __name__, url_prefix=prefix)

    @pages.route("/")
    def home():
        return "hello"

    return pages
""",
            "shop/unused.py": """
from flask import Blueprint

unused = Blueprint("unused", __name__)


@unused.get("/unused")
def nothing():
    return ""
""",
        },
        ["GET /pages/", "GET /v2/ping", "POST /v2/pong", "GET|POST /v2/orders/", "GET|DELETE /v2/orders/<int:number>"],
    ),
    Case(
        "flask: call form, constants, helpers, and blueprints in a loop",
        {
            "shop/__init__.py": """
from flask import Blueprint, Flask

PREFIX = "/shop"
first = Blueprint("first", __name__)
second = Blueprint("second", __name__, url_prefix="/second")
app = Flask(__name__)


def below(path):
    return PREFIX + path


def health():
    return "ok"


app.route(below("/health"))(health)
app.add_url_rule(f"{PREFIX}/stock", "stock", health, methods=["GET"])


@first.get("/one")
def one():
    return "1"


@second.get("/two")
def two():
    return "2"


for blueprint in (first, second):
    app.register_blueprint(blueprint)
""",
        },
        ["GET /one", "GET /second/two", "GET /shop/health", "GET /shop/stock"],
    ),
    Case(
        "flask-restful: resources on an Api of a blueprint",
        {
            "app.py": """
from flask import Blueprint, Flask
from flask_restful import Api, Resource

blueprint = Blueprint("api", __name__, url_prefix="/api")
api = Api(blueprint)
later = Api(prefix="/later")


class Order(Resource):
    def get(self, number=0):
        return {}


class Health(Resource):
    def get(self):
        return "ok"


api.add_resource(Order, "/orders", "/orders/<int:number>")
later.add_resource(Health, "/healthz")
app = Flask(__name__)
app.register_blueprint(blueprint)
later.init_app(app)
""",
        },
        ["GET /api/orders", "GET /api/orders/<int:number>", "GET /later/healthz"],
    ),
    Case(
        "flask-restx: namespaces",
        {
            "app.py": """
from flask import Flask
from flask_restx import Api, Namespace, Resource

app = Flask(__name__)
api = Api(app, prefix="/v1")
stock = api.namespace("stock", path="/stock")
orders = Namespace("orders", path="/ignored")


@stock.route("/<int:article>")
class Article(Resource):
    def get(self, article):
        return {}

    def put(self, article):
        return {}


@orders.route("/")
class Orders(Resource):
    def post(self):
        return {}


api.add_namespace(orders, path="/orders")
""",
        },
        ["POST /v1/orders/", "GET|PUT /v1/stock/<int:article>"],
    ),
    Case(
        "flask-smorest",
        {
            "app.py": """
from flask import Flask
from flask.views import MethodView
from flask_smorest import Api, Blueprint

app = Flask(__name__)
api = Api(app)
pets = Blueprint("pets", "pets", url_prefix="/pets")


@pets.route("/")
class Pets(MethodView):
    def get(self):
        return []


api.register_blueprint(pets)
""",
        },
        ["GET /pets/"],
    ),
    Case(
        "fastapi: chains of routers, a mount, class-based views",
        {
            "shop/__init__.py": "",
            "shop/main.py": """
from fastapi import FastAPI

from shop import orders
from shop.probes import router as probes
from shop.settings import settings

api = FastAPI()
api.include_router(orders.router, prefix=settings.prefix)
app = FastAPI()
app.include_router(probes)
app.mount("/api", api)


@app.api_route("/any", methods=["GET", "PUT"])
def anything() -> str:
    return ""


def later() -> str:
    return ""


app.add_api_route("/later", later, methods=["POST"])
""",
            "shop/settings.py": """
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    prefix: str = "/v1"


settings = Settings()
""",
            "shop/probes.py": """
from fastapi import APIRouter

router = APIRouter(prefix="/health")


@router.get("")
def health() -> str:
    return "ok"


@router.get("/ready")
def ready() -> str:
    return "ok"
""",
            "shop/orders.py": """
from fastapi import APIRouter, WebSocket
from fastapi_utils.cbv import cbv

from shop.items import router as items

router = APIRouter(prefix="/orders")
router.include_router(items, prefix="/{order}")


@router.websocket("/live")
async def live(socket: WebSocket) -> None: ...


@cbv(router)
class Orders:
    @router.post("/")
    def create(self) -> str:
        return ""
""",
            "shop/items.py": """
from fastapi import APIRouter

router = APIRouter()


@router.delete("/items/{item}")
def remove(order: str, item: str) -> str:
    return ""
""",
            "shop/admin.py": """
from fastapi import APIRouter

router = APIRouter(prefix="/admin")


@router.get("/health")
def health() -> str:
    return "not served"
""",
        },
        [
            "GET|PUT /any",
            "WS /api/v1/orders/live",
            "POST /api/v1/orders/",
            "DELETE /api/v1/orders/{order}/items/{item}",
            "GET /health",
            "GET /health/ready",
            "POST /later",
        ],
    ),
    Case(
        "fastapi: routers and prefixes in a table, and an application in a parameter",
        {
            "shop/__init__.py": "",
            "shop/main.py": """
from fastapi import FastAPI

from shop import routes


def create_app() -> FastAPI:
    app = FastAPI()
    routes.install(app)
    return app


app = create_app()
""",
            "shop/routes.py": """
from fastapi import APIRouter

one, two, three = APIRouter(), APIRouter(), APIRouter()


@one.get("/one")
def first() -> str:
    return ""


@two.get("/two")
def second() -> str:
    return ""


@three.get("/three")
def third() -> str:
    return ""


ROUTERS = [(one, "/a"), (two, "/b")]


def install(app):
    for router, prefix in ROUTERS:
        app.include_router(router, prefix=prefix)
    for router, prefix in [(three, "/c")]:
        app.include_router(router, prefix=prefix)
""",
        },
        ["GET /a/one", "GET /b/two", "GET /c/three"],
    ),
    Case(
        "fastapi: routers of plug-ins leave the table open",
        {
            "app.py": """
from importlib.metadata import entry_points

from fastapi import APIRouter, FastAPI

app = FastAPI()
own = APIRouter()
for point in entry_points(group="shop.routers"):
    app.include_router(point.load())


@own.get("/own")
def home() -> str:
    return ""
""",
        },
        ["GET /own"],
        complete=False,
    ),
    Case(
        "starlette: route lists and mounts",
        {
            "app.py": """
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles


async def home(request):
    return PlainTextResponse("hello")


async def live(socket):
    await socket.accept()


class Health(HTTPEndpoint):
    async def get(self, request):
        return PlainTextResponse("ok")


inner = [Route("/", Health), WebSocketRoute("/live", live)]
unused = [Route("/nowhere", home)]
routes = [
    Route("/", home, methods=["GET"]),
    Mount("/health", routes=inner),
    Mount("/static", app=StaticFiles(directory="static")),
    Mount("/sub", app=Starlette(routes=[Route("/page", home)])),
]
app = Starlette(routes=routes)
""",
        },
        ["GET /", "GET /health/", "WS /health/live", "/sub/page"],
    ),
    Case(
        "django: includes, regular expressions, languages, class-based views, lists in lists",
        {
            "shop/__init__.py": "",
            "shop/settings.py": 'ROOT_URLCONF = "shop.urls"\n',
            "shop/urls.py": """
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path, re_path

from shop import views

api = [path("stock/", views.stock)]
urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include((api, "api"))),
    path("orders/", include("shop.orders.urls", namespace="orders")),
    re_path(r"^healthz/?$", views.health),
]
urlpatterns += i18n_patterns(path("about/", views.About.as_view()))
urlpatterns.append(path("late/", views.stock))
""",
            "shop/views.py": """
from django.http import HttpResponse
from django.views import View


def stock(request):
    return HttpResponse("")


def health(request):
    return HttpResponse("ok")


class About(View):
    def get(self, request):
        return HttpResponse("")
""",
            "shop/orders/__init__.py": "",
            "shop/orders/urls.py": """
from django.urls import path

from shop.views import stock

urlpatterns = [path("", stock), path("<int:pk>/", stock)]
""",
            "shop/old/__init__.py": "",
            "shop/old/urls.py": """
from django.urls import path

from shop.views import health

urlpatterns = [path("health/", health)]
""",
        },
        ["/api/stock/", "/healthz", "/late/", "/orders/", "/orders/<int:pk>/", "GET /{language}/about/"],
    ),
    Case(
        "django: lists of URLs that are imported, by name, by another name, by star with more put in",
        {
            "shop/__init__.py": "",
            "shop/settings.py": 'ROOT_URLCONF = "shop.urls"\n',
            "shop/urls.py": "from shop.all_urls import urlpatterns\n",
            "shop/all_urls.py": """
from django.urls import include, path

from shop import cart

urlpatterns = [path("orders/", include("shop.orders")), path("cart/", include(cart)), path("users/", include("shop.users"))]
""",
            "shop/orders.py": "from shop.order_urls import patterns as urlpatterns\n",
            "shop/order_urls.py": """
from django.urls import path

from shop.views import stock

patterns = [path("open/", stock)]
""",
            "shop/cart.py": """
from django.urls import path

from shop.cart_urls import *
from shop.views import stock

urlpatterns += [path("more/", stock)]
""",
            "shop/cart_urls.py": """
from django.urls import path

from shop.views import stock

urlpatterns = [path("first/", stock)]
""",
            "shop/users.py": """
from django.urls import path

from shop.user_urls import *

urlpatterns = [path("all/", stock)]
""",
            "shop/user_urls.py": """
from django.urls import path

from shop.views import stock

urlpatterns = [path("replaced/", stock)]
""",
            "shop/views.py": """
from django.http import HttpResponse


def stock(request):
    return HttpResponse("")
""",
        },
        ["/cart/first/", "/cart/more/", "/orders/open/", "/users/all/"],
    ),
    Case(
        "django rest framework: routers, view sets, actions",
        {
            "shop/__init__.py": "",
            "shop/settings.py": 'ROOT_URLCONF = "shop.urls"\n',
            "shop/urls.py": """
from django.urls import include, path
from rest_framework import routers

from shop.views import Health, OrderViewSet

router = routers.DefaultRouter()
router.register(r"orders", OrderViewSet)
urlpatterns = [path("api/", include(router.urls)), path("health/", Health.as_view())]
""",
            "shop/views.py": """
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.views import APIView


class Health(APIView):
    def get(self, request):
        return None


class OrderViewSet(viewsets.ViewSet):
    def list(self, request):
        return None

    def create(self, request):
        return None

    def retrieve(self, request, pk=None):
        return None

    @action(detail=True, methods=["post"])
    def ship(self, request, pk=None):
        return None

    @action(detail=False, url_path="open")
    def still_open(self, request):
        return None
""",
        },
        ["GET|POST /api/orders/", "GET /api/orders/{pk}/", "POST /api/orders/{pk}/ship/", "GET /api/orders/open/", "GET /health/"],
    ),
    Case(
        "django ninja",
        {
            "shop/__init__.py": "",
            "shop/settings.py": 'ROOT_URLCONF = "shop.urls"\n',
            "shop/urls.py": """
from django.urls import path

from shop.api import api

urlpatterns = [path("api/", api.urls)]
""",
            "shop/api.py": """
from ninja import NinjaAPI, Router

api = NinjaAPI()
orders = Router()


@api.get("/healthz")
def healthz(request):
    return "ok"


@orders.post("/{number}")
def create(request, number: int):
    return number


api.add_router("/orders", orders)
""",
        },
        ["GET /api/healthz", "POST /api/orders/{number}"],
    ),
    Case(
        "aiohttp: tables, sub-applications, resources, views",
        {
            "app.py": """
from aiohttp import web

routes = web.RouteTableDef()


@routes.get("/health")
async def health(request):
    return web.Response(text="ok")


class Article(web.View):
    async def get(self):
        return web.Response()

    async def delete(self):
        return web.Response()


async def stock(request):
    return web.Response()


def make_admin():
    admin = web.Application()
    admin.add_routes([web.post("/flush", stock), web.view("/articles/{number}", Article)])
    return admin


app = web.Application()
app.add_routes(routes)
app.router.add_route("PUT", "/stock", stock)
resource = app.router.add_resource("/orders/{number}")
resource.add_route("GET", stock)
app.add_subapp("/admin", make_admin())
""",
        },
        ["GET|DELETE /admin/articles/{number}", "POST /admin/flush", "GET /health", "GET /orders/{number}", "PUT /stock"],
    ),
    Case(
        "tornado: lists of handlers, concatenated, of other modules",
        {
            "shop/__init__.py": "",
            "shop/handlers.py": """
import tornado.web
import tornado.websocket

PREFIX = r"/hub"


class Health(tornado.web.RequestHandler):
    def get(self):
        self.write("ok")

    head = get


class Chat(tornado.websocket.WebSocketHandler):
    def on_message(self, message):
        self.write_message(message)


default_handlers = [(r"^/health$", Health), (PREFIX + "/chat", Chat, {"limit": 3})]
""",
            "shop/more.py": """
import tornado.web


class Stock(tornado.web.RequestHandler):
    def get(self, article):
        self.write(article)

    def put(self, article):
        self.write(article)


class Unused(tornado.web.RequestHandler):
    def get(self):
        self.write("")


handlers = [tornado.web.url(r"/stock/(\\d+)", Stock, name="stock")]
""",
            "shop/main.py": """
import tornado.web

from shop import handlers, more


class Shop(tornado.web.Application):
    def __init__(self):
        table = []
        for module in (handlers,):
            table.extend(module.default_handlers)
        super().__init__(table + more.handlers)


def make():
    return Shop()
""",
        },
        ["GET /health", "/hub/chat", r"GET|PUT /stock/(\d+)"],
    ),
    Case(
        "sanic: blueprints, groups and versions",
        {
            "app.py": """
from sanic import Blueprint, Sanic, text
from sanic.views import HTTPMethodView

app = Sanic("shop")
orders = Blueprint("orders", url_prefix="/orders", version=1)
stock = Blueprint("stock", "/stock")


@app.get("/livez")
async def live(request):
    return text("ok")


@orders.post("/<number:int>")
async def create(request, number):
    return text("")


@stock.get("/", version=2)
async def show(request):
    return text("")


class Article(HTTPMethodView):
    async def get(self, request):
        return text("")


app.add_route(Article.as_view(), "/article")
api = Blueprint.group(orders, stock, url_prefix="/api")
app.blueprint(api)
""",
        },
        ["GET /article", "GET /livez", "POST /v1/api/orders/<number:int>", "GET /v2/api/stock/"],
    ),
    Case(
        "litestar: routers, controllers, lists of paths; what no list names is not served",
        {
            "app.py": """
from litestar import Controller, Litestar, Router, get, post, websocket


class Orders(Controller):
    path = "/orders"

    @get("/{number:int}")
    async def show(self, number: int) -> str:
        return ""

    @post()
    async def create(self) -> str:
        return ""


@get(["/health", "/healthz"])
async def health() -> str:
    return "ok"


@get("/forgotten")
async def forgotten() -> str:
    return ""


@websocket("/live")
async def live(socket) -> None: ...


api = Router(path="/api", route_handlers=[Orders, live])
app = Litestar([health, api])
""",
        },
        ["POST /api/orders", "GET /api/orders/{number:int}", "WS /api/live", "GET /health", "GET /healthz"],
    ),
    Case(
        "pyramid: named routes, includes with a prefix, cornice",
        {
            "shop/__init__.py": """
from pyramid.config import Configurator


def main(global_config, **settings):
    config = Configurator(settings=settings)
    config.add_route("home", "/")
    config.include("shop.api", route_prefix="/api")
    config.include("pyramid_jinja2")
    config.scan()
    return config.make_wsgi_app()
""",
            "shop/api.py": """
from shop import deeper


def includeme(config):
    config.add_route("order", "/orders/{number}", request_method="DELETE")
    config.add_route("health", "/health")
    config.include(deeper.install, route_prefix="deep")


""",
            "shop/deeper.py": """
def install(config):
    config.add_route("stock", "/stock")
    config.add_view("shop.views.Stock", route_name="stock", attr="show")
""",
            "shop/views.py": """
from cornice import Service
from pyramid.view import view_config, view_defaults

heartbeat = Service(name="heartbeat", path="/__heartbeat__")


@heartbeat.get()
def get_heartbeat(request):
    return {}


@view_config(route_name="home", renderer="string")
def home(request):
    return "hello"


@view_config(route_name="health", request_method="GET")
def health(request):
    return "ok"


@view_defaults(route_name="order")
class Order:
    def __init__(self, request):
        self.request = request

    @view_config(request_method="GET")
    def show(self):
        return {}


class Stock:
    def __init__(self, request):
        self.request = request

    def show(self):
        return {}
""",
        },
        ["/", "GET /__heartbeat__", "/api/deep/stock", "GET /api/health", "/api/orders/{number}", "GET /api/orders/{number}"],
    ),
    Case(
        "falcon: responders and suffixes",
        {
            "app.py": """
import falcon


class Orders:
    def on_get(self, req, resp):
        resp.text = ""

    def on_post(self, req, resp):
        resp.text = ""

    def on_get_one(self, req, resp, number):
        resp.text = ""


app = falcon.App()
orders = Orders()
app.add_route("/orders", orders)
app.add_route("/orders/{number}", orders, suffix="one")
""",
        },
        ["GET|POST /orders", "GET /orders/{number}"],
    ),
    Case(
        "bottle: the default application, mounts and merges",
        {
            "app.py": """
import bottle
from bottle import Bottle, route

admin = Bottle()
more = Bottle()
app = Bottle()


@route("/default", method="POST")
def default():
    return ""


@admin.get("/flush")
def flush():
    return ""


@more.route("/more")
def other():
    return ""


app.mount("/admin", admin)
app.merge(more)
bottle.mount("/shop", app)
""",
        },
        ["POST /default", "GET /shop/admin/flush", "GET /shop/more"],
    ),
    Case(
        "cherrypy: a tree of objects",
        {
            "app.py": """
import cherrypy


@cherrypy.expose
class Api:
    def GET(self):
        return ""

    def POST(self):
        return ""


class Stock:
    @cherrypy.expose
    def index(self):
        return ""

    def hidden(self):
        return ""


class Root:
    stock = Stock()

    def __init__(self):
        self.api = Api()

    @cherrypy.expose
    def health(self):
        return "ok"


cherrypy.tree.mount(Root(), "/shop")
""",
        },
        ["GET /shop/api", "POST /shop/api", "/shop/health", "/shop/stock/"],
    ),
    Case(
        "quart",
        {
            "app.py": """
from quart import Blueprint, Quart

app = Quart(__name__)
chat = Blueprint("chat", __name__, url_prefix="/chat")


@app.route("/")
async def home():
    return "hello"


@chat.websocket("/ws")
async def ws():
    pass


app.register_blueprint(chat)
""",
        },
        ["GET /", "WS /chat/ws"],
    ),
    Case(
        "a library without an application: what its routers have counts",
        {
            "plugin/__init__.py": """
from fastapi import APIRouter

router = APIRouter(prefix="/plugin")


@router.get("/health")
def health() -> str:
    return "ok"
""",
        },
        ["GET /plugin/health"],
    ),
    Case(
        "a path that only the running program knows leaves the table open",
        {
            "app.py": """
import os

from flask import Flask

app = Flask(__name__)


def show():
    return ""


for name in os.listdir("pages"):
    app.add_url_rule(name, name, show)


@app.get(f"{os.environ['PREFIX']}/stock")
def stock():
    return ""
""",
        },
        ["GET {}/stock"],
        complete=False,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_table(case: Case) -> None:
    found = program(case.files, parts={name: "settings" for name in case.files if name.endswith("settings.py")}).entry_points
    table = sorted(f"{'|'.join(route.verbs)} {route.path}".strip() for route in found.routes)
    assert table == sorted(case.routes)
    assert found.routes_complete == case.complete


@pytest.mark.parametrize(
    ("path", "shown"), [("{}/users", "…/users"), ("/{}{}/x", "/…/x"), ("/users/{id}", "/users/{id}"), ("/", "/"), ("{}", "…")]
)
def test_an_unknown_part_of_a_path_is_shown_as_an_ellipsis(path: str, shown: str) -> None:
    assert path_for_people(path) == shown
