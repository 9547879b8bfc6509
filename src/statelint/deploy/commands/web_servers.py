"""Servers that answer requests: how many processes and threads each starts, by its words and its own defaults."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands.words import DIGITS, UNSAID, Program, known_value, many, release
from statelint.deploy.commands.wrappers import basename
from statelint.deploy.model import SourceRange, between

if TYPE_CHECKING:
    from collections.abc import Callable

    from statelint.deploy.commands.words import Words
    from statelint.deploy.model import Factor


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
        root_path=known_value(given.env, "SCRIPT_NAME"),
    )


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
        return Program("web", name, workers, many(given, name), app=app, asynchronous=True, ports=given.ports(*ports), root_path=path)

    return read


def _daphne(given: Words) -> Program:
    workers = given.say(1, "daphne runs one process")
    return Program("web", "daphne", workers, many(given, "daphne"), app=given.app(), asynchronous=True, ports=given.ports("-p", "--port"))


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
    if workers.value is not None and DIGITS.fullmatch(lower) and int(lower) < workers.value:
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
        return release(given, ("db", "upgrade"), "init-db")
    name = basename(given.words[0])
    app = given.option("--app", "-A") or known_value(given.env, "FLASK_APP")
    threads = many(given, f"{name} run")
    return Program("web", name, given.say(1, f"{name} run: one process"), threads, app=app, ports=given.ports("-p", "--port"))


def _litestar(given: Words) -> Program | None:
    if "run" not in given.words:
        return release(given, ("database", "upgrade"))
    program = _asgi("litestar", ("-W", "--wc", "--web-concurrency"), "WEB_CONCURRENCY", ("-p", "--port"))(given)
    return replace(program, app=given.option("--app") or known_value(given.env, "LITESTAR_APP"))


def _fastapi(given: Words) -> Program | None:
    if "dev" in given.words:
        return replace(_asgi("fastapi", ())(given), workers=given.say(1, "fastapi dev runs one worker"))
    return _asgi("fastapi", ("--workers",), "WEB_CONCURRENCY")(given) if "run" in given.words else None


def _single_process(name: str) -> Callable[[Words], Program]:
    """Describe a server that is one process with any number of sessions."""

    def read(given: Words) -> Program:
        app = next((word for word in given.words[1:] if word.endswith(".py")), "")
        ports = given.ports("--server.port", "--port", "-p")
        return Program("web", name, given.say(1, f"{name} runs one process"), many(given, name), app=app, asynchronous=True, ports=ports)

    return read


WEB_SERVERS: Final[dict[str, Callable[[Words], Program | None]]] = {
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
    "streamlit": _single_process("streamlit"),
    "chainlit": _single_process("chainlit"),
    "pserve": _waitress,
}
"""What the words of each server mean, by the program's name."""
