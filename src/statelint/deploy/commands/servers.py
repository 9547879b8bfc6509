"""What a program's words say: which server it is, what it loads, and how many processes and threads it starts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands.shell import HIDDEN
from statelint.deploy.commands.task_queues import TASK_QUEUES
from statelint.deploy.commands.web_servers import WEB_SERVERS
from statelint.deploy.commands.words import Program, many, release
from statelint.deploy.commands.wrappers import basename
from statelint.deploy.model import unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from statelint.deploy.commands.words import Words
    from statelint.deploy.model import ProcessKind


def understand(given: Words) -> Program | None:
    """Return what the words run; None when no server, worker or release step is recognised."""
    words = _python(given.words)
    if words is None:
        return None
    now = replace(given, words=words)
    name = basename(words[0])
    read = _PROGRAMS.get(name)
    if read is not None:
        return read(now)
    if name in ("manage.py", "django-admin"):
        return _manage(now)
    if name == "python":
        return _script(now)
    return None


def _python(words: tuple[str, ...]) -> tuple[str, ...] | None:
    """Turn `python -m gunicorn ...` and `python manage.py ...` into the program's own words."""
    if not words:
        return None
    if basename(words[0]) != "python":
        return words
    index = 1
    while index < len(words) and words[index].startswith("-") and words[index] not in ("-m", "-c"):
        index += 2 if words[index] in ("-X", "-W") else 1
    if index >= len(words) or words[index] == "-c":
        return None
    if words[index] == "-m":
        return words[index + 1 :] if index + 1 < len(words) and words[index + 1] in _PROGRAMS else ("python", *words[index:])
    head = basename(words[index])
    if head in _PROGRAMS or head == "manage.py":
        return (head, *words[index + 1 :])
    return ("python", *words[index:])


_WITHIN_MANAGE: Final = ("celery", "rq", "db", "gunicorn")
"""Commands that hand the rest of their words to another program."""
_DEVELOPMENT_SERVERS: Final = ("runserver", "runserver_plus", "testserver")
_MANAGE: Final[dict[str, ProcessKind]] = {
    "rqworker": "worker", "run_huey": "worker", "qcluster": "worker", "process_tasks": "worker", "runworker": "worker",
    "db_worker": "worker", "rundramatiq": "worker", "procrastinate": "worker", "rqscheduler": "scheduler", "runapscheduler": "scheduler",
    "runjobs": "scheduler", "migrate": "release", "collectstatic": "release", "createcachetable": "release", "compress": "release",
    "compilemessages": "release", "loaddata": "release", "check": "release", "ensure_superuser": "release", "createsuperuser": "release",
}  # fmt: skip


def _manage(given: Words) -> Program | None:
    """Recognise a management command."""
    command = next((word for word in given.words[1:] if not word.startswith("-")), "")
    one = given.say(1, f"manage.py {command}: one process")
    if command in _DEVELOPMENT_SERVERS:
        return Program("web", "runserver", one, many(given, command))
    if command == "run_huey":
        return _PROGRAMS["huey_consumer"](given)
    if command in _WITHIN_MANAGE:
        return _PROGRAMS[command](replace(given, words=given.words[given.words.index(command) :]))
    kind = _MANAGE.get(command)
    if kind is None:
        return Program("other", "manage.py", one, one) if command else None
    if command == "qcluster":
        return Program(kind, "qcluster", given.cores("qcluster without Q_CLUSTER['workers']"), one)
    return Program(kind, command, one, one)


def _script(given: Words) -> Program | None:
    """Recognise `python app.py` and `python -m package` as a program of unknown kind."""
    target = next((word for word in given.words[1:] if not word.startswith("-")), "")
    if not target or HIDDEN in target:
        return None
    one = unknown(given.place, f"python {target} may start further processes itself")
    return Program("unknown", "python", one, one, app=target)


_PROGRAMS: Final[dict[str, Callable[[Words], Program | None]]] = {
    **WEB_SERVERS,
    **TASK_QUEUES,
    "db": lambda given: release(given, "upgrade"),
    "alembic": lambda given: release(given, "upgrade"),
    "aerich": lambda given: release(given, "upgrade"),
}
