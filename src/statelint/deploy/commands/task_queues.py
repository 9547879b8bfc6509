"""Workers and schedulers of task queues: how many tasks each works on at a time, and whether it keeps a schedule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands.words import DIGITS, Program, many
from statelint.deploy.commands.wrappers import basename
from statelint.deploy.model import between

if TYPE_CHECKING:
    from collections.abc import Callable

    from statelint.deploy.commands.words import Words
    from statelint.deploy.model import ProcessKind


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
    if len(scale) > 1 and all(DIGITS.fullmatch(part) for part in scale[:2]):
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
    return Program("worker", "taskiq", workers, many(given, "taskiq"), app=given.app(), asynchronous=True)


def _one_process(kind: ProcessKind, server: str, *, asynchronous: bool = False) -> Callable[[Words], Program]:
    """Describe a program that is one process."""

    def read(given: Words) -> Program:
        one = given.say(1, f"{server}: one process")
        return Program(kind, server, one, many(given, server) if asynchronous else one, app=given.app(), asynchronous=asynchronous)

    return read


TASK_QUEUES: Final[dict[str, Callable[[Words], Program | None]]] = {
    "celery": _celery,
    "rq": _rq,
    "rqworker": _rq,
    "rqscheduler": _one_process("scheduler", "rqscheduler"),
    "huey_consumer": _huey,
    "huey_consumer.py": _huey,
    "dramatiq": _dramatiq,
    "dramatiq-gevent": _dramatiq,
    "taskiq": _taskiq,
    "arq": _one_process("worker", "arq", asynchronous=True),
    "procrastinate": _one_process("worker", "procrastinate", asynchronous=True),
    "faust": _one_process("worker", "faust", asynchronous=True),
}
"""What the words of each worker and scheduler mean, by the program's name."""
