"""What the deployment files of a project say: processes, how many of each, what they are given and what probes them.

Paths are POSIX strings relative to the project root, lines and columns count from 1, end columns are exclusive.
A project often describes the same program for several platforms; `Process.target` keeps those descriptions apart, because
they are alternatives and never add up.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from statelint.discover.files import Stage

ProcessKind = Literal["web", "worker", "beat", "scheduler", "release", "other", "unknown"]
ProbeKind = Literal["liveness", "readiness", "startup", "healthcheck"]
VolumeKind = Literal["emptyDir", "pvc-rwo", "pvc-rwop", "pvc-rwx", "pvc", "named", "bind", "host", "anonymous", "tmpfs", "disk", "shared"]

LOCAL_VOLUMES: Final[frozenset[str]] = frozenset({"emptyDir", "pvc-rwo", "pvc-rwop", "named", "bind", "host", "anonymous", "tmpfs", "disk"})
"""Volumes that not every instance of a process sees."""
ONE_HOST_VOLUMES: Final[frozenset[str]] = frozenset({"named", "bind", "host"})
"""Volumes that instances share as long as they run on one machine."""


class SourceRange(msgspec.Struct, frozen=True):
    """A line of a file and the columns on it that matter."""

    path: str
    line: int
    column: int = 1
    end_column: int = 1


class Factor(msgspec.Struct, frozen=True):
    """A number of processes, threads, instances or connections, and where it comes from.

    `value` is the number when it is known exactly. `min` and `max` bound it otherwise; None means that no bound is known.
    -1 as `value` means that the library sets no limit.
    """

    value: int | None
    min: int | None
    max: int | None
    path: str
    line: int
    text: str
    """How the file says it (`replicas: 3`, `gunicorn -w 4`), or why nobody knows."""
    column: int = 1
    end_column: int = 1

    @property
    def most(self) -> int:
        """The number that is surely reached: the maximum where it is known, else the minimum."""
        return self.max if self.max is not None else self.min or 1


class EnvValue(msgspec.Struct, frozen=True):
    """An environment variable of a process; `value` is None for secrets and for what is only known at run time."""

    value: str | None
    path: str
    line: int
    secret: bool = False


class Probe(msgspec.Struct, frozen=True):
    """A check that the platform makes; an HTTP check has a `path`, any other a `command` (`tcp` for a mere connection)."""

    kind: ProbeKind
    path: str | None
    command: str
    port: int | None
    place: SourceRange


class Volume(msgspec.Struct, frozen=True):
    """A directory of a process that is not part of its image."""

    mount: str
    kind: VolumeKind
    source: str
    place: SourceRange


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of process, as one platform file runs it."""

    name: str
    kind: ProcessKind
    target: str
    """The platform description that it belongs to: `compose compose.yaml`, `kubernetes k8s`, `procfile Procfile`."""
    place: SourceRange
    stage: Stage = "production"
    command: str = ""
    """As written, shell wrappers included."""
    argv: tuple[str, ...] = ()
    """The words of the program itself, wrappers and variables resolved as far as known."""
    server: str = ""
    """gunicorn, uvicorn, celery ...; "" when the command is not understood."""
    app: str = ""
    """`module:attribute`, dotted module or file that the server loads."""
    workers: Factor
    """Processes in one instance."""
    threads: Factor
    """Requests or tasks at once in one of those processes; unknown for asynchronous servers."""
    asynchronous: bool = False
    instances: Factor
    env: dict[str, EnvValue] = {}
    probes: tuple[Probe, ...] = ()
    volumes: tuple[Volume, ...] = ()
    ports: tuple[int, ...] = ()
    root_path: str = ""
    folder: str = ""
    """Where what the image is built from lies: the build context; "" where nothing says it, or for the root."""
    workdir: str = ""
    startup: tuple[str, ...] = ()
    """Commands that run before the server in every instance: `python manage.py migrate`."""
    embedded_beat: bool = False
    """A worker that also runs the schedule (`celery worker -B`)."""
    locked: bool = False
    """A scheduler whose store holds a lock, so that a second copy waits."""
    surge: Factor | None = None
    """Further instances during a rolling update, where the file says so (instances, not per cent)."""


class Database(msgspec.Struct, frozen=True):
    """A database server among the deployment files."""

    name: str
    kind: Literal["postgresql", "mysql"]
    max_connections: Factor | None
    """None: no file says it, so the server's default holds."""
    reserved: Factor | None
    target: str
    place: SourceRange


class Pooler(msgspec.Struct, frozen=True):
    """A connection pooler between the program and its database."""

    name: str
    mode: Literal["session", "transaction", "statement", ""]
    """"" when no file says it; PgBouncer's default is `session`."""
    pool_size: Factor | None
    """Connections to the database for each database and user (`default_pool_size`)."""
    max_clients: Factor | None
    prepared: Factor | None
    """`max_prepared_statements`; 0 switches the support off."""
    instances: Factor
    target: str
    place: SourceRange
    image: str = ""


class Job(msgspec.Struct, frozen=True):
    """Work that a platform starts by the clock: a CronJob, a timer, a cron service."""

    name: str
    schedule: str
    command: str
    target: str
    place: SourceRange


class Service(msgspec.Struct, frozen=True):
    """Something beside the program that the files start or name."""

    name: str
    kind: Literal["database", "cache", "queue", "proxy", "object-storage", "pooler", "search", "other"]
    image: str
    target: str
    place: SourceRange


class Affinity(msgspec.Struct, frozen=True):
    """A setting that sends a client to the same instance again."""

    text: str
    target: str
    place: SourceRange


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the deployment files say, in the order of their paths."""

    processes: tuple[Process, ...] = ()
    databases: tuple[Database, ...] = ()
    poolers: tuple[Pooler, ...] = ()
    jobs: tuple[Job, ...] = ()
    services: tuple[Service, ...] = ()
    affinities: tuple[Affinity, ...] = ()
    env: dict[str, dict[str, EnvValue]] = {}
    """Environment files by path: names, and the values of those that are not secret."""


def fixed(value: int, place: SourceRange, text: str) -> Factor:
    """Return a number that is known exactly."""
    return Factor(value, value, value, place.path, place.line, text, place.column, place.end_column)


def between(low: int | None, high: int | None, place: SourceRange, text: str) -> Factor:
    """Return a number of which bounds are known; equal bounds make it exact."""
    exact = low if low is not None and low == high else None
    return Factor(exact, low, high, place.path, place.line, text, place.column, place.end_column)


def unknown(place: SourceRange, text: str, low: int | None = 1) -> Factor:
    """Return a number that nothing says; `text` says why."""
    return Factor(None, low, None, place.path, place.line, text, place.column, place.end_column)
