"""What a program's words say: which server it is, what it loads, and how many processes and threads it starts."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands.shell import HIDDEN
from statelint.deploy.commands.wrappers import basename
from statelint.deploy.model import Factor, ProcessKind, SourceRange, between, fixed, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statelint.deploy.model import EnvValue

_APP: Final = re.compile(r"[A-Za-z_][\w./]*:[A-Za-z_][\w.]*(\(.*\))?")
_MODULE: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_PORT: Final = re.compile(r":([0-9]{1,5})$")
_DIGITS: Final = re.compile(r"[0-9]{1,6}")
_CORES: Final = "as many as the machine has cores"


@dataclass(frozen=True)
class Program:
    """A program that serves requests, works on tasks, keeps a schedule, or prepares a release."""

    kind: ProcessKind
    server: str
    workers: Factor
    threads: Factor
    app: str = ""
    asynchronous: bool = False
    ports: tuple[int, ...] = ()
    config: str = ""
    """The configuration file that the words name (`-c gunicorn.conf.py`, `--ini uwsgi.ini`)."""
    root_path: str = ""
    embedded_beat: bool = False
    locked: bool = False


@dataclass(frozen=True)
class Words:
    """A program's words, the environment it gets, and where that is written."""

    words: tuple[str, ...]
    env: Mapping[str, EnvValue]
    place: SourceRange

    def option(self, *names: str) -> str | None:
        """Return the last value given to an option (`-w 4`, `-w4`, `--workers 4`, `--workers=4`); None when it is absent."""
        found = None
        for index, word in enumerate(self.words[1:], start=1):
            if word in names:
                found = self.words[index + 1] if index + 1 < len(self.words) else ""
            for name in names:
                if name.startswith("--") and word.startswith(f"{name}="):
                    found = word[len(name) + 1 :]
                elif len(name) == 2 and word.startswith(name) and len(word) > 2 and word[2] in "0123456789=" + HIDDEN:
                    found = word[2:].removeprefix("=")
        return found

    def has(self, *names: str) -> bool:
        """Say whether a flag is there."""
        return any(word in names or word.partition("=")[0] in names for word in self.words[1:])

    def count(self, names: Sequence[str], default: Callable[[], Factor]) -> Factor:
        """Return the number that an option gives; what cannot be told is unknown, an absent option is the default."""
        value = self.option(*names)
        if value is None:
            return default()
        shown = f"{basename(self.words[0])} {names[-1]} {value.replace(HIDDEN, '$…')}"
        if _DIGITS.fullmatch(value):
            return fixed(int(value), self.place, shown)
        return unknown(self.place, f"{shown}: the value is known only at run time")

    def of_env(self, name: str, default: Callable[[], Factor]) -> Factor:
        """Return the number that a variable gives."""
        given = self.env.get(name)
        if given is None:
            return default()
        place = SourceRange(given.path, given.line)
        if given.value is not None and _DIGITS.fullmatch(given.value):
            return fixed(int(given.value), place, f"{name}={given.value}")
        return unknown(place, f"{name} is set at run time")

    def say(self, value: int, text: str) -> Factor:
        """Return a number that holds because nothing else is said."""
        return fixed(value, self.place, text)

    def cores(self, text: str, low: int = 1) -> Factor:
        """Return a number that depends on the machine."""
        return unknown(self.place, f"{text}: {_CORES}", low)

    def app(self) -> str:
        """Return the last word that looks like `module:attribute`, else the last dotted module name."""
        words = [word for word in self.words[1:] if not word.startswith("-")]
        return next((word for word in reversed(words) if _APP.fullmatch(word)), "") or next(
            (
                word
                for word in reversed(words)
                if _MODULE.fullmatch(word) and not word.endswith((".py", ".ini", ".sock", ".log", ".toml", ".sh"))
            ),
            "",
        )

    def ports(self, *names: str) -> tuple[int, ...]:
        """Return the port that an option or its address names."""
        value = self.option(*names) or ""
        match = _PORT.search(f":{value}") if _DIGITS.fullmatch(value) else _PORT.search(value)
        return (int(match[1]),) if match else ()


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


def _gunicorn(given: Words) -> Program:
    extra = given.env.get("GUNICORN_CMD_ARGS")
    more = tuple(extra.value.split()) if extra is not None and extra.value else ()
    # The command line wins over the variable, so the variable's words come first.
    now = replace(given, words=(given.words[0], *more, *given.words[1:]))
    if more and given.option("-w", "--workers") is None and extra is not None:
        now = replace(now, place=SourceRange(extra.path, extra.line))
    worker = now.option("-k", "--worker-class") or "sync"
    threads = now.count(("--threads",), lambda: now.say(1, "gunicorn: one thread in a worker unless --threads says more"))
    return Program(
        "web",
        "gunicorn",
        now.count(("-w", "--workers"), lambda: UNSAID),
        threads if now.option("--threads") is not None or worker == "sync" else UNSAID,
        app=given.app(),
        asynchronous=is_asynchronous(worker),
        ports=now.ports("-b", "--bind"),
        config=(now.option("-c", "--config") or "").removeprefix("file:"),
        root_path=_known(given.env, "SCRIPT_NAME"),
    )


UNSAID: Final = Factor(None, None, None, "", 0, "")
"""Stands for a number of gunicorn that its configuration file may still say."""


def is_asynchronous(worker_class: str) -> bool:
    """Say whether a gunicorn worker class serves many requests in one thread."""
    return any(word in worker_class.lower() for word in ("uvicorn", "gevent", "eventlet", "aiohttp", "tornado", "asgi", "async"))


def _asgi(name: str, options: tuple[str, ...], env: str = "", ports: tuple[str, ...] = ("--port",)) -> Callable[[Words], Program]:
    """Describe an asynchronous server by the options that say how many workers it starts."""

    def read(given: Words) -> Program:
        def default() -> Factor:
            return given.say(1, f"{name}: one worker" + (f" unless {options[-1]} says more" if options else ""))

        workers = given.count(options, lambda: given.of_env(env, default) if env else default()) if options else default()
        if given.has("--reload"):
            workers = given.say(1, f"{name} --reload runs one worker")
        app = given.app() or next((word for word in given.words[1:] if word.endswith(".py")), "")
        path = given.option("--root-path") or ""
        return Program("web", name, workers, _many(given, name), app=app, asynchronous=True, ports=given.ports(*ports), root_path=path)

    return read


def _many(given: Words, name: str) -> Factor:
    return unknown(given.place, f"{name} serves as many requests at once as arrive")


def _daphne(given: Words) -> Program:
    workers = given.say(1, "daphne runs one process")
    return Program("web", "daphne", workers, _many(given, "daphne"), app=given.app(), asynchronous=True, ports=given.ports("-p", "--port"))


def _waitress(given: Words) -> Program:
    threads = given.count(("--threads",), lambda: given.say(4, "waitress: four threads unless --threads says otherwise"))
    return Program(
        "web", "waitress", given.say(1, "waitress runs one process"), threads, app=given.app(), ports=given.ports("--listen", "--port")
    )


def _uwsgi(given: Words) -> Program:
    config = given.option("--ini", "--yaml", "--yml") or next((word for word in given.words[1:] if word.endswith((".ini", ".conf"))), "")
    names = ("-p", "--workers", "--processes")
    workers = (
        UNSAID if config and given.option(*names) is None else given.count(names, lambda: given.say(1, "uWSGI: one process by default"))
    )
    threads = (
        UNSAID
        if config and not given.has("--threads")
        else given.count(("--threads",), lambda: given.say(1, "uWSGI: one thread by default"))
    )
    lower = given.option("--cheaper") or ""
    if workers.value is not None and _DIGITS.fullmatch(lower) and int(lower) < workers.value:
        workers = between(int(lower), workers.value, given.place, f"{workers.text} --cheaper {lower}")
    app = given.option("-w", "--module", "--wsgi", "--wsgi-file") or given.app()
    return Program("web", "uwsgi", workers, threads, app=app, ports=given.ports("--http", "--http-socket", "--socket", "-s"), config=config)


def _sanic(given: Words) -> Program:
    read = _asgi("sanic", ("-w", "--workers"), ports=("-p", "--port"))
    program = read(given)
    return replace(program, workers=given.cores("sanic --fast")) if given.has("--fast") else program


def _robyn(given: Words) -> Program:
    program = _asgi("robyn", ("--processes",))(given)
    return replace(program, workers=given.cores("robyn --fast")) if given.has("--fast") else program


def _mod_wsgi(given: Words) -> Program:
    workers = given.count(("--processes",), lambda: given.say(1, "mod_wsgi-express: one process by default"))
    threads = given.count(("--threads",), lambda: given.say(5, "mod_wsgi-express: five threads by default"))
    return Program("web", "mod_wsgi", workers, threads, app=given.app(), ports=given.ports("--port"))


def _flask(given: Words) -> Program | None:
    if "run" not in given.words:
        return _release(given, ("db", "upgrade"), "init-db")
    name = basename(given.words[0])
    app = given.option("--app", "-A") or _known(given.env, "FLASK_APP")
    threads = _many(given, f"{name} run")
    return Program("web", name, given.say(1, f"{name} run: one process"), threads, app=app, ports=given.ports("-p", "--port"))


def _litestar(given: Words) -> Program | None:
    if "run" not in given.words:
        return _release(given, ("database", "upgrade"))
    program = _asgi("litestar", ("-W", "--wc", "--web-concurrency"), "WEB_CONCURRENCY", ("-p", "--port"))(given)
    return replace(program, app=given.option("--app") or _known(given.env, "LITESTAR_APP"))


def _fastapi(given: Words) -> Program | None:
    if "dev" in given.words:
        return replace(_asgi("fastapi", ())(given), workers=given.say(1, "fastapi dev runs one worker"))
    return _asgi("fastapi", ("--workers",), "WEB_CONCURRENCY")(given) if "run" in given.words else None


def _single(name: str) -> Callable[[Words], Program]:
    """Describe a server that is one process with any number of sessions."""

    def read(given: Words) -> Program:
        app = next((word for word in given.words[1:] if word.endswith(".py")), "")
        ports = given.ports("--server.port", "--port", "-p")
        return Program("web", name, given.say(1, f"{name} runs one process"), _many(given, name), app=app, asynchronous=True, ports=ports)

    return read


def _celery(given: Words) -> Program | None:
    words = given.words
    app = given.option("-A", "--app") or ""
    scheduler = given.option("-S", "--scheduler") or ""
    one = given.say(1, "one process")
    locked = "redbeat" in scheduler.lower()
    if "beat" in words[1:]:
        return Program("beat", "celery", one, one, app=app, locked=locked)
    if "worker" not in words[1:]:
        return Program("other", "celery", one, one, app=app)
    number = given.count(("-c", "--concurrency"), lambda: given.cores("celery worker without --concurrency"))
    scale = (given.option("--autoscale") or "").split(",")
    if len(scale) > 1 and all(_DIGITS.fullmatch(part) for part in scale[:2]):
        number = between(int(scale[1]), int(scale[0]), given.place, f"celery --autoscale={','.join(scale[:2])}")
    pool = given.option("-P", "--pool") or "prefork"
    flags = {letter for word in words[1:] if re.fullmatch(r"-[A-Z]+", word) for letter in word[1:]}
    beat = given.has("-B", "--beat") or "B" in flags
    if pool in ("solo", "threads", "gevent", "eventlet"):
        number = one if pool == "solo" else number
        return Program("worker", "celery", one, number, app=app, embedded_beat=beat, locked=locked)
    return Program("worker", "celery", number, one, app=app, embedded_beat=beat, locked=locked)


def _rq(given: Words) -> Program | None:
    one = given.say(1, "one job at a time")
    if "worker-pool" in given.words:
        return Program("worker", "rq", given.count(("-n", "--num-workers"), lambda: given.say(1, "rq worker-pool: one by default")), one)
    if "scheduler" in given.words:
        return Program("scheduler", "rq", one, one)
    return Program("worker", "rq", one, one) if basename(given.words[0]) == "rqworker" or "worker" in given.words else None


def _huey(given: Words) -> Program:
    number = given.count(("-w", "--workers"), lambda: given.say(1, "huey: one worker by default"))
    one = given.say(1, "one process")
    if (given.option("-k", "--worker-type") or "thread") == "process":
        return Program("worker", "huey", number, one, app=given.app())
    return Program("worker", "huey", one, number, app=given.app())


def _dramatiq(given: Words) -> Program:
    workers = given.count(("-p", "--processes"), lambda: given.cores("dramatiq without --processes"))
    threads = given.count(("-t", "--threads"), lambda: given.say(8, "dramatiq: eight threads by default"))
    return Program("worker", "dramatiq", workers, threads, app=given.app())


def _taskiq(given: Words) -> Program:
    one = given.say(1, "one process")
    if "scheduler" in given.words:
        return Program("scheduler", "taskiq", one, one, app=given.app())
    workers = given.count(("-w", "--workers"), lambda: given.say(2, "taskiq: two workers by default"))
    return Program("worker", "taskiq", workers, _many(given, "taskiq"), app=given.app(), asynchronous=True)


def _simple(kind: ProcessKind, server: str, *, asynchronous: bool = False) -> Callable[[Words], Program]:
    """Describe a program that is one process."""

    def read(given: Words) -> Program:
        one = given.say(1, f"{server}: one process")
        return Program(kind, server, one, _many(given, server) if asynchronous else one, app=given.app(), asynchronous=asynchronous)

    return read


def _release(given: Words, *steps: str | tuple[str, ...]) -> Program | None:
    """Recognise work that belongs to a release: migrations, collected files."""
    for step in steps:
        wanted = (step,) if isinstance(step, str) else step
        if all(word in given.words for word in wanted):
            one = given.say(1, "runs once")
            return Program("release", basename(given.words[0]), one, one)
    return None


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
        return Program("web", "runserver", one, _many(given, command))
    if command == "run_huey":
        return _huey(given)
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


def _known(env: Mapping[str, EnvValue], name: str) -> str:
    value = env.get(name)
    return value.value or "" if value is not None else ""


_PROGRAMS: Final[dict[str, Callable[[Words], Program | None]]] = {
    "gunicorn": _gunicorn,
    "uvicorn": _asgi("uvicorn", ("--workers",), "WEB_CONCURRENCY"),
    "hypercorn": _asgi("hypercorn", ("-w", "--workers"), ports=("-b", "--bind")),
    "granian": _asgi("granian", ("--workers",), "GRANIAN_WORKERS"),
    "daphne": _daphne,
    "waitress-serve": _waitress,
    "waitress": _waitress,
    "uwsgi": _uwsgi,
    "sanic": _sanic,
    "robyn": _robyn,
    "mod_wsgi-express": _mod_wsgi,
    "flask": _flask,
    "quart": _flask,
    "litestar": _litestar,
    "fastapi": _fastapi,
    "streamlit": _single("streamlit"),
    "chainlit": _single("chainlit"),
    "celery": _celery,
    "rq": _rq,
    "rqworker": _rq,
    "rqscheduler": _simple("scheduler", "rqscheduler"),
    "huey_consumer": _huey,
    "huey_consumer.py": _huey,
    "dramatiq": _dramatiq,
    "dramatiq-gevent": _dramatiq,
    "taskiq": _taskiq,
    "arq": _simple("worker", "arq", asynchronous=True),
    "procrastinate": _simple("worker", "procrastinate", asynchronous=True),
    "faust": _simple("worker", "faust", asynchronous=True),
    "db": lambda given: _release(given, "upgrade"),
    "alembic": lambda given: _release(given, "upgrade"),
    "aerich": lambda given: _release(given, "upgrade"),
    "pserve": _waitress,
}
