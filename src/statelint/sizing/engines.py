"""Connection pools of the program, and what each driver opens by default."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final, Literal

import msgspec

from statelint.deploy.model import Factor, Process, SourceRange

Per = Literal["process", "thread", "request"]
UNLIMITED: Final = -1
"""A pool or overflow without a limit."""


class DriverDefault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a driver does when the program says nothing."""

    id: str
    package: str
    version: str
    """The version whose source was read."""
    names: tuple[str, ...]
    """Calls, classes or settings that make such a pool."""
    kind: str
    pool: int | None = None
    """Connections; None: the argument has no default."""
    overflow: int = 0
    per: Per = "process"
    settings: tuple[str, ...] = ()
    """What sets the pool's size, and then what sets its overflow."""
    eager: bool = False
    prepares: bool = False
    source: str = ""


class _Defaults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    driver: tuple[DriverDefault, ...]


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """A pool that the program makes, as found in its code or settings."""

    name: str
    driver: str
    """The library that speaks to the server (`asyncpg`, `psycopg`, `pymysql` ...), "" when the URL does not say it."""
    kind: str
    """sqlalchemy, asyncpg, psycopg, psycopg2, django, peewee, mysql ...: `DriverDefault.kind`."""
    pool_size: Factor
    max_overflow: Factor | None = None
    per: Per = "process"
    place: SourceRange
    eager: bool = False
    """Opens its connections at start."""
    prepares: bool | None = None
    """Prepares statements on the server (asyncpg without `statement_cache_size=0`, psycopg 3 without `prepare_threshold=None`)."""
    session_features: tuple[Factor | SourceRange, ...] = ()
    """Places that need the same connection twice: LISTEN, session locks, SET, temporary tables."""
    from_env: bool = False
    """Its size comes from the environment."""
    host: str = ""
    """Host and port of its URL where they are known: `pgbouncer:6432`."""
    url_from: str = ""
    """The environment variable that its URL is read from."""
    processes: frozenset[tuple[str, str]] | None = None
    """Target and name of the processes that open it; None for every process."""

    def is_opened_by(self, process: Process) -> bool:
        """Say whether a process runs a program that makes the pool."""
        return self.processes is None or (process.target, process.name) in self.processes


@cache
def driver_defaults() -> tuple[DriverDefault, ...]:
    """Return the defaults of every known driver."""
    import tomli  # noqa: PLC0415 - only needed when a project uses a database

    text = (files("statelint.sizing") / "engine_defaults.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomli.loads(text), _Defaults).driver


def default_for(qualified_name: str) -> DriverDefault | None:
    """Return the defaults of the pool that a call or class of this name makes."""
    return next((driver for driver in driver_defaults() if qualified_name in driver.names), None)


def is_mysql(engine: Engine) -> bool:
    """Say whether an engine speaks to MySQL or MariaDB."""
    return any(word in f"{engine.driver} {engine.kind}".lower() for word in ("mysql", "mariadb", "asyncmy"))


def counts(engine: Engine) -> bool:
    """Say whether an engine holds connections of a database server: SQLite and stores of other kinds do not."""
    return not any(word in f"{engine.driver} {engine.kind}".lower() for word in ("sqlite", "redis", "mongo", "neo4j", "oracle", "duckdb"))
