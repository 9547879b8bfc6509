"""Programs made from a seed: a Flask, FastAPI or Django project of several modules that keep state in several ways."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from tests.metamorphic import effects, parts
from tests.metamorphic.parts import Names, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.metamorphic.project import Files

FAULTY: Final[tuple[Callable[[Names], Part], ...]] = (
    parts.plain_dict,
    parts.plain_list,
    parts.class_attribute,
    parts.module_instance,
    parts.memoized_instance,
    parts.late_instance,
    parts.nested,
    parts.chosen,
    parts.swapped,
    parts.mutual,
    effects.memo_of_changing,
    effects.cache,
    effects.filled_once,
    effects.file,
    effects.counter,
    effects.thread,
    effects.lock,
    effects.queue,
    effects.secret,
    effects.by_name,
)
HARMLESS: Final[tuple[Callable[[Names], Part], ...]] = (effects.registry, effects.memo_of_key, effects.shared, effects.of_the_request)
_FRAMEWORKS: Final = ("flask", "fastapi", "django")


def generated(seed: int) -> Files:
    """Return the project of a seed: three to six ways to keep state that are wrong, and one or two that are not."""
    pick = random.Random(seed)
    new = Names(pick)
    package, framework = new(), _FRAMEWORKS[seed % len(_FRAMEWORKS)]
    made = [make(new) for make in (*pick.sample(FAULTY, pick.randrange(3, 7)), *pick.sample(HARMLESS, pick.randrange(1, 3)))]
    pick.shuffle(made)
    modules = {new(): part for part in made}
    files = {
        f"{package}/__init__.py": "",
        f"{package}/links.py": 'import os\n\nimport redis\n\nlink = redis.Redis.from_url(os.environ["REDIS_URL"])\n',
        "requirements.txt": f"{framework}\nredis\nrequests\n",
    }
    files |= {f"{package}/{name}.py": part.source.replace("{p}", package) for name, part in modules.items()}
    files |= {"flask": _flask, "fastapi": _fastapi, "django": _django}[framework](package, modules, new)
    return dict(sorted(files.items()))


def _bodies(modules: dict[str, Part], new: Names) -> Iterator[tuple[str, str, str]]:
    """Yield the name, the statements and the answer of each handler."""
    for module, part in modules.items():
        for handler in part.handlers:
            *statements, answer = handler.replace("{m}", module).split("\n")
            yield new(), "".join(f"    {statement}\n" for statement in statements), answer


def _starts(modules: dict[str, Part]) -> str:
    return "".join(part.start.replace("{m}", module) + "\n" for module, part in modules.items() if part.start)


def _flask(package: str, modules: dict[str, Part], new: Names) -> Files:
    views, names = new(), ", ".join(sorted(modules))
    handlers = "".join(
        f"""

@bp.post("/{name}")
def {name}():
    key, text = request.form["key"], request.form["text"]
{body}    return {{"answer": {answer}}}
"""
        for name, body, answer in _bodies(modules, new)
    )
    return {
        f"{package}/{views}.py": f"""\
from flask import Blueprint, request

from {package} import {names}

bp = Blueprint("{views}", __name__)
{handlers}""",
        f"{package}/app.py": f"""\
from flask import Flask

from {package} import {names}
from {package}.{views} import bp

app = Flask(__name__)
app.register_blueprint(bp)
{_starts(modules)}

@app.get("/healthz")
def healthz():
    return "ok"
""",
        "Procfile": f"web: gunicorn --workers 4 {package}.app:app\n",
    }


def _fastapi(package: str, modules: dict[str, Part], new: Names) -> Files:
    views, names = new(), ", ".join(sorted(modules))
    handlers = "".join(
        f"""

@router.post("/{name}")
def {name}(key: str, text: str):
{body}    return {{"answer": {answer}}}
"""
        for name, body, answer in _bodies(modules, new)
    )
    return {
        f"{package}/{views}.py": f"from fastapi import APIRouter\n\nfrom {package} import {names}\n\nrouter = APIRouter()\n{handlers}",
        f"{package}/app.py": f"""\
from fastapi import FastAPI

from {package} import {names}
from {package}.{views} import router

app = FastAPI()
app.include_router(router)
{_starts(modules)}

@app.get("/healthz")
def healthz():
    return "ok"
""",
        "Procfile": f"web: uvicorn --workers 4 {package}.app:app\n",
    }


def _django(package: str, modules: dict[str, Part], new: Names) -> Files:
    names = ", ".join(sorted(modules))
    bodies = list(_bodies(modules, new))
    views = "".join(
        f"""

def {name}(request):
    key, text = request.POST["key"], request.POST["text"]
{body}    return JsonResponse({{"answer": {answer}}})
"""
        for name, body, answer in bodies
    )
    urls = "".join(f'    path("{name}/", views.{name}),\n' for name, _, _ in bodies)
    return {
        f"{package}/views.py": f"""\
from django.http import HttpResponse, JsonResponse

from {package} import {names}
{views}

def healthz(request):
    return HttpResponse("ok")
""",
        f"{package}/urls.py": f"""\
from django.urls import path

from {package} import views

urlpatterns = [
{urls}    path("healthz", views.healthz),
]
""",
        f"{package}/settings.py": f"""\
import os

SECRET_KEY = os.environ["SECRET_KEY"]
INSTALLED_APPS = ["{package}"]
ROOT_URLCONF = "{package}.urls"
WSGI_APPLICATION = "{package}.wsgi.application"
""",
        f"{package}/wsgi.py": f"""\
import os

from django.core.wsgi import get_wsgi_application

from {package} import {names}

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{package}.settings")
application = get_wsgi_application()
{_starts(modules)}""",
        "manage.py": f"""\
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{package}.settings")
    execute_from_command_line(sys.argv)
""",
        "Procfile": f"web: gunicorn --workers 4 {package}.wsgi\n",
    }
