"""Which settings are production's: what deployment files, commands and variables say decides; where nothing does, the item is open."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.project_fixture import Outcome, environment, here

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BASE = """SECRET_KEY = "x"
INSTALLED_APPS = ["shop"]
ROOT_URLCONF = "desk.urls"
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "x"}}
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
"""
MEMORY, REDIS = "django.core.cache.backends.locmem.LocMemCache", "django.core.cache.backends.redis.RedisCache"
OWN = 'from .base import *\n\nCACHES = {{"default": {{"BACKEND": "{0}", "LOCATION": "redis://redis/0"}}}}\n'
WSGI = """import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "desk.settings.{0}")
application = get_wsgi_application()
"""
DJANGO = {
    "manage.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "desk.settings.dev")\n',
    "desk/__init__.py": "",
    "desk/urls.py": "from django.urls import path\n\nfrom shop.views import index\n\nurlpatterns = [path('', index)]\n",
    "desk/wsgi.py": WSGI.format("dev"),
    "desk/settings/__init__.py": "",
    "desk/settings/base.py": BASE,
    "desk/settings/dev.py": OWN.format(MEMORY),
    "desk/settings/cloud.py": OWN.format(REDIS),
    "desk/settings/single.py": OWN.format(MEMORY),
    "shop/__init__.py": "",
    "shop/views.py": "from django.http import HttpResponse\n\n\n"
    "def index(request):\n    request.session['n'] = 1\n    return HttpResponse('')\n",
}
MODULE = "DJANGO_SETTINGS_MODULE=desk.settings.cloud"
SERVICE = "services:\n  web:\n    build: .\n    command: gunicorn desk.wsgi\n    env_file: {0}\n"
FLASK = {
    "app.py": """import os

from flask import Flask, session
from flask_session import Session

from config import configs


def create_app(name=None):
    app = Flask(__name__)
    app.config.from_object(configs[name or os.environ.get("APP_MODE", "default")])
    Session(app)

    @app.get("/")
    def index():
        session["n"] = 1
        return ""

    return app
""",
    "config.py": """class Config:
    SECRET_KEY = "x"


class DevelopmentConfig(Config):
    SESSION_TYPE = "filesystem"


class SingleConfig(Config):
    SESSION_TYPE = "filesystem"


class CloudConfig(Config):
    SESSION_TYPE = "redis"


configs = {"development": DevelopmentConfig, "single": SingleConfig, "cloud": CloudConfig, "default": DevelopmentConfig}
""",
}
DOCKER = "FROM python:3.12\nENV {0}\nCMD gunicorn 'app:create_app()'\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in set(os.environ) - environment().keys():
        monkeypatch.delenv(name)
    return here(capsys)


def sessions(run: Callable[..., Outcome], root: Path, files: dict[str, str]) -> tuple[str, str]:
    """Return the verdict about sessions, and what is said for it."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    said: dict[str, Any] = json.loads(run("check", "--no-cache", "--output-format", "json").out)
    verdict = next(one for one in said["checklist"] if one["item"] == "sessions")
    return verdict["verdict"], " ".join(one["text"] for one in verdict["evidence"])


@pytest.mark.parametrize(
    "files",
    [
        {"Procfile": f"web: gunicorn --env {MODULE} desk.wsgi\n"},
        {"Procfile": f"web: gunicorn desk.wsgi -e {MODULE}\n"},
        {"Procfile": f"web: {MODULE} gunicorn desk.wsgi\n"},
        {"Procfile": "web: python manage.py runserver 0.0.0.0:8000 --settings desk.settings.cloud\n"},
        {"Procfile": "release: python manage.py migrate --settings=desk.settings.cloud\nweb: gunicorn desk.wsgi\n"},
        {"compose.yaml": SERVICE.format("web.env"), "web.env": f"{MODULE}\n"},
        {".env.production": f"{MODULE}\n"},
        {"desk/wsgi.py": WSGI.format("cloud")},
        {"desk/settings/production.py": OWN.format(REDIS)},
    ],
    ids=["gunicorn --env", "gunicorn -e", "before the command", "runserver", "release", "compose", "file", "code's default", "by its name"],
)
def test_what_says_the_settings_module_decides(run: Callable[..., Outcome], tmp_path: Path, files: dict[str, str]) -> None:
    assert sessions(run, tmp_path, {**DJANGO, **files})[0] == "pass"


@pytest.mark.parametrize(
    "files",
    [
        {},
        {".env.dev": f"{MODULE}\n"},
        {"examples/Procfile": f"web: {MODULE} gunicorn desk.wsgi\n"},
        {
            "compose.override.yaml": "",
            "tests/test_settings.py": 'import os\n\nos.environ["DJANGO_SETTINGS_MODULE"] = "desk.settings.cloud"\n',
        },
    ],
    ids=["nothing", "a file for development", "an example", "a test"],
)
def test_where_nothing_says_the_settings_module_the_item_is_open(
    run: Callable[..., Outcome], tmp_path: Path, files: dict[str, str]
) -> None:
    verdict, said = sessions(run, tmp_path, {**DJANGO, **files})
    assert verdict == "unknown"
    assert "it depends on `DJANGO_SETTINGS_MODULE`" in said


def test_what_is_wrong_in_every_module_is_wrong(run: Callable[..., Outcome], tmp_path: Path) -> None:
    assert sessions(run, tmp_path, {**DJANGO, "desk/settings/cloud.py": OWN.format(MEMORY)})[0] == "fail"


def test_a_module_that_others_build_on_is_no_alternative(run: Callable[..., Outcome], tmp_path: Path) -> None:
    common = {"desk/settings/cloud.py": "from .single import *\n\nDEBUG = False\n"}
    assert sessions(run, tmp_path, {**DJANGO, **common})[0] == "fail"


VARIABLE = 'import os\n\nfrom .base import *\n\nCACHES = {{"default": {{"BACKEND": os.environ.get("CACHE", "{0}"), "LOCATION": "r"}}}}\n'


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        (".env.production", "pass"),
        ("prod.env", "pass"),
        (".envs/.production/.django", "fail"),
        (".env.example", "fail"),
        (".env.production.sample", "fail"),
        (".env.local", "fail"),
        (".env.test", "fail"),
        (".env.staging", "fail"),
    ],
)
def test_an_environment_file_counts_where_it_is_productions(run: Callable[..., Outcome], tmp_path: Path, name: str, verdict: str) -> None:
    files = {"desk/settings/production.py": VARIABLE.format(MEMORY), name: f"CACHE={REDIS}\n"}
    assert sessions(run, tmp_path, {**DJANGO, **files})[0] == verdict


@pytest.mark.parametrize(
    ("files", "verdict"),
    [
        ({"Dockerfile": DOCKER.format("APP_MODE=cloud")}, "pass"),
        ({"Dockerfile": DOCKER.format("APP_MODE=single")}, "fail"),
        ({"Procfile": "web: APP_MODE=cloud gunicorn 'app:create_app()'\n"}, "pass"),
        ({".env.production": "APP_MODE=cloud\n"}, "pass"),
        ({"Dockerfile": DOCKER.format("OTHER=cloud")}, "unknown"),
        ({".env.dev": "APP_MODE=cloud\n"}, "unknown"),
        ({"wsgi.py": "from app import create_app\n\napp = create_app('cloud')\n"}, "pass"),
    ],
    ids=["variable", "the other", "before the command", "file", "another variable", "a file for development", "an argument"],
)
def test_the_configuration_class_that_is_chosen_counts(
    run: Callable[..., Outcome], tmp_path: Path, files: dict[str, str], verdict: str
) -> None:
    found, said = sessions(run, tmp_path, {**FLASK, **files})
    assert found == verdict
    assert ("it depends on `APP_MODE`" in said) == (verdict == "unknown")
