"""The data about frameworks and about the roles of library names: complete, well-formed, and free of doubles."""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Final

import pytest

from statelint.rulebook.load import Rulebook, load_rulebook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.rulebook.schema import Framework

_NAME: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_PATTERN: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(\.\*)?|\.[A-Za-z_]\w*")
_SETTING: Final = re.compile(r"[A-Z][A-Z0-9_]*(\.([A-Za-z_]\w*|\*))*")

_FRAMEWORKS: Final = frozenset(
    [
        "aiohttp",
        "apscheduler",
        "blacksheep",
        "bottle",
        "celery",
        "chainlit",
        "channels",
        "cherrypy",
        "command-line",
        "connexion",
        "dash",
        "django",
        "django-ninja",
        "drf",
        "falcon",
        "fastapi",
        "flask",
        "flask-restful",
        "flask-smorest",
        "gradio",
        "graphql",
        "litestar",
        "mcp",
        "nicegui",
        "pyramid",
        "quart",
        "robyn",
        "sanic",
        "socketio",
        "standard-library",
        "starlette",
        "streamlit",
        "task-queues",
        "tornado",
    ]
)
_ROLES: Final = frozenset(
    [
        "bounded-cache",
        "buffer",
        "configuration",
        "connection-pool",
        "counter-object",
        "env-read",
        "host-shared",
        "lock",
        "mapping",
        "memoizer",
        "metrics",
        "migrate",
        "object-storage",
        "per-process",
        "publish",
        "queue",
        "random-secret",
        "remove-file",
        "request-local",
        "sequence",
        "set",
        "settings-model",
        "shared-lock",
        "shared-store",
        "sleep",
        "socket-send",
        "subscribe",
        "task-start",
        "ttl-cache",
        "volatile-clock",
        "volatile-file",
        "volatile-http",
        "volatile-random",
        "volatile-read",
        "websocket",
    ]
)


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


def test_every_framework_and_role_is_there(book: Rulebook) -> None:
    assert {framework.name for framework in book.frameworks} >= _FRAMEWORKS
    assert {roles.role for roles in book.roles} >= _ROLES


def test_every_framework_declares_an_entry_point(book: Rulebook) -> None:
    empty = [framework.name for framework in book.frameworks if not framework.register and not framework.base]
    assert empty == []


def test_frameworks_and_packages_are_declared_once(book: Rulebook) -> None:
    names = Counter(framework.name for framework in book.frameworks)
    packages = Counter(package for framework in book.frameworks for package in framework.packages)
    assert [name for name, count in chain(names.items(), packages.items()) if count > 1] == []


def test_no_role_names_anything_twice(book: Rulebook) -> None:
    roles = Counter(roles.role for roles in book.roles)
    assert [role for role, count in roles.items() if count > 1] == []
    doubled = {roles.role: [name for name, count in Counter(roles.names).items() if count > 1] for roles in book.roles}
    assert {role: names for role, names in doubled.items() if names} == {}


def test_no_name_of_a_role_is_covered_by_another(book: Rulebook) -> None:
    covered = [
        (roles.role, name, wide)
        for roles in book.roles
        for wide in roles.names
        if wide.endswith(".*")
        for name in roles.names
        if name != wide and name.startswith(wide[:-1])
    ]
    assert covered == []


def _named(framework: Framework) -> Iterator[tuple[str, ...]]:
    """Yield the names of each entry but the settings."""
    yield from (row.names for row in framework.routers)
    yield from (row.names for row in framework.register)
    yield from (row.names for row in framework.include)
    yield from (row.names for row in framework.base)


def test_names_are_qualified_names(book: Rulebook) -> None:
    exact = [name for framework in book.frameworks for names in _named(framework) for name in names]
    applications = chain.from_iterable(framework.applications for framework in book.frameworks)
    patterns = chain(
        chain.from_iterable(roles.names for roles in book.roles),
        chain.from_iterable(framework.request_local for framework in book.frameworks),
    )
    settings = chain.from_iterable(entry.names for framework in book.frameworks for entry in framework.setting)
    assert [name for name in chain(exact, applications) if not _NAME.fullmatch(name)] == []
    assert [name for name in patterns if not _PATTERN.fullmatch(name)] == []
    assert [name for name in settings if not _SETTING.fullmatch(name)] == []


def test_no_entry_names_anything_twice(book: Rulebook) -> None:
    entries = [(framework.name, names) for framework in book.frameworks for names in _named(framework)]
    entries += [(framework.name, row.names) for framework in book.frameworks for row in framework.setting]
    assert [(name, names) for name, names in entries if len(set(names)) < len(names) or not names] == []


def test_no_two_registrations_say_the_same(book: Rulebook) -> None:
    said = Counter(
        (name, row.role, row.form, row.path, row.handler, row.event)
        for framework in book.frameworks
        for row in framework.register
        for name in row.names
    )
    assert [key for key, count in said.items() if count > 1] == []


def test_call_forms_say_which_argument_is_the_handler(book: Rulebook) -> None:
    silent = [row.names[0] for framework in book.frameworks for row in framework.register if row.form == "call" and row.handler is None]
    assert silent == []


def test_arguments_are_given_by_position_or_keyword(book: Rulebook) -> None:
    rows = [row for framework in book.frameworks for row in framework.register]
    arguments = [(row.names[0], arg) for row in rows for arg in (row.path, row.methods, row.handler, row.event) if arg is not None]
    includes = [row for framework in book.frameworks for row in framework.include]
    arguments += [(row.names[0], arg) for row in includes for arg in (row.child, row.prefix) if arg is not None]
    assert [name for name, arg in arguments if arg.position is None and not arg.keyword] == []
    assert [name for name, arg in arguments if arg.position is not None and arg.position < 0] == []


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("flask.Flask.get", "request"),
        ("flask.Blueprint.before_app_request", "middleware"),
        ("fastapi.APIRouter.websocket", "websocket"),
        ("fastapi.Depends", "dependency"),
        ("fastapi.BackgroundTasks.add_task", "background"),
        ("fastapi.FastAPI.on_event", "startup"),
        ("starlette.routing.Route", "request"),
        ("django.urls.path", "request"),
        ("django.dispatch.receiver", "signal"),
        ("rest_framework.decorators.api_view", "request"),
        ("rest_framework.routers.DefaultRouter.register", "request"),
        ("aiohttp.web.Application.on_startup.append", "startup"),
        ("sanic.Sanic.websocket", "websocket"),
        ("falcon.asgi.App.add_route", "request"),
        ("celery.shared_task", "task"),
        ("apscheduler.schedulers.background.BackgroundScheduler.add_job", "job"),
        ("click.command", "command"),
        ("socketio.AsyncServer.event", "websocket"),
        ("chainlit.on_message", "websocket"),
        ("litestar.Litestar", "startup"),
    ],
)
def test_names_that_users_write_are_registered(book: Rulebook, name: str, role: str) -> None:
    roles = {row.role for framework in book.frameworks for row in framework.register if name in row.names}
    assert role in roles


@pytest.mark.parametrize(
    ("base", "method", "lifetime"),
    [
        ("flask.views.MethodView", "post", "request"),
        ("django.views.generic.ListView", "get_queryset", "request"),
        ("django.utils.deprecation.MiddlewareMixin", "process_request", "process"),
        ("django.apps.AppConfig", "ready", "process"),
        ("django.db.models.Model", "save", "request"),
        ("rest_framework.viewsets.ModelViewSet", "perform_create", "request"),
        ("starlette.endpoints.HTTPEndpoint", "get", "request"),
        ("starlette.middleware.base.BaseHTTPMiddleware", "dispatch", "process"),
        ("tornado.web.RequestHandler", "prepare", "request"),
        ("tornado.websocket.WebSocketHandler", "on_message", "connection"),
        ("channels.generic.websocket.AsyncWebsocketConsumer", "", "connection"),
        ("aiohttp.web.View", "get", "request"),
        ("litestar.Controller", "", "process"),
        ("flask_socketio.Namespace", "", "process"),
    ],
)
def test_classes_live_as_long_as_their_framework_keeps_them(book: Rulebook, base: str, method: str, lifetime: str) -> None:
    rows = [row for framework in book.frameworks for row in framework.base if base in row.names]
    assert [row.lifetime for row in rows] == [lifetime]
    assert method in rows[0].methods if method else not rows[0].methods


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("mapping", "collections.defaultdict"),
        ("ttl-cache", "cachetools.TTLCache"),
        ("memoizer", "functools.lru_cache"),
        ("request-local", "contextvars.ContextVar"),
        ("per-process", "redis.Redis"),
        ("shared-store", "redis.Redis.*"),
        ("subscribe", ".pubsub"),
        ("volatile-clock", "datetime.datetime.utcnow"),
        ("random-secret", "secrets.token_urlsafe"),
        ("host-shared", "multiprocessing.Manager"),
        ("shared-lock", ".select_for_update"),
        ("env-read", "os.getenv"),
        ("settings-model", "pydantic_settings.BaseSettings"),
    ],
)
def test_roles_hold_what_the_analysis_asks_for(book: Rulebook, role: str, name: str) -> None:
    assert name in book.names_of(role)


def test_cached_properties_are_no_memoizers(book: Rulebook) -> None:
    assert [name for name in book.names_of("memoizer") if "cached_property" in name] == []


def test_a_lock_of_one_machine_is_no_shared_lock(book: Rulebook) -> None:
    assert set(book.names_of("shared-lock")) & (set(book.names_of("lock")) | set(book.names_of("host-shared"))) == set()
