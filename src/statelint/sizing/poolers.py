"""Poolers in front of the database: which one the web processes really talk to, and what it does to sessions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from statelint.deploy.model import Factor, Pooler, SourceRange, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.deploy.model import Deployment, Process
    from statelint.sizing.engines import Engine

PGBOUNCER_POOL_SIZE: Final = 20
"""`default_pool_size` of PgBouncer when nothing sets it."""
PGBOUNCER_MAX_CLIENTS: Final = 100
"""`max_client_conn` of PgBouncer when nothing sets it."""
PREPARED_SINCE: Final = (1, 24)
"""From this PgBouncer on, `max_prepared_statements` is 200 unless set; before, it is 0 (or the setting does not exist)."""

_HOST: Final = re.compile(
    r"pgbouncer|pgcat|odyssey|supavisor|(^|[-_.@/])pooler([-_.:/]|$)|-pooler\.|pooler\.supabase|rds-proxy|\.proxy-|proxysql|maxscale",
    re.IGNORECASE,
)
_TRANSACTION_PORT: Final = re.compile(r":6543(?![0-9])")
_PORT: Final = re.compile(r":6432(?![0-9])")
URL_NAME: Final = re.compile(
    r"(DATABASE|DB|POSTGRES|PG|SQL)\w*(URL|URI|DSN|HOST|PORT|SERVER)?|\w*(DATABASE|POSTGRES|DB|SQL)_\w*(URL|URI|HOST|PORT)", re.IGNORECASE
)
"""Environment variables that say where the database is."""
_VERSION: Final = re.compile(r":v?([0-9]+)\.([0-9]+)")


class InFront(msgspec.Struct, frozen=True):
    """A pooler between web processes and database."""

    pooler: Pooler
    place: SourceRange
    """Where the connection to it is written: a variable, or the pooler itself."""
    certain: bool
    """False when a pooler is among the services but nothing shows that the program talks to it."""
    transaction: bool | None
    """Whether connections go back after each transaction; None when no file says it."""


def in_front(deployment: Deployment, target: str, processes: Sequence[Process], engines: Sequence[Engine]) -> InFront | None:
    """Return the pooler that the processes of a target talk to; None when there is none or they go past it."""
    poolers = [
        pooler for pooler in deployment.poolers if pooler.target in (target, "") or not pooler.target.startswith(("compose", "kubernetes"))
    ]
    hosts = [
        (value.value, SourceRange(value.path, value.line))
        for process in processes
        for name, value in process.env.items()
        if value.value and URL_NAME.fullmatch(name)
    ]
    hosts += [(engine.host, engine.place) for engine in engines if engine.host]
    for text, place in hosts:
        named = next((pooler for pooler in poolers if re.search(rf"(^|[@/]){re.escape(pooler.name)}([:/]|$)", text)), None)
        if named is not None:
            return InFront(named, place, certain=True, transaction=_transaction(named, text))
        if _HOST.search(text) or _PORT.search(text) or text == "6432" or _TRANSACTION_PORT.search(text):
            pooler = poolers[0] if poolers else _outside(text, place, target)
            return InFront(pooler, place, certain=True, transaction=_transaction(pooler, text))
    direct = any(text.startswith(("postgres", "mysql")) or "." in text or text.isalpha() for text, _ in hosts)
    if not poolers or direct:
        return None
    return InFront(poolers[0], poolers[0].place, certain=False, transaction=_transaction(poolers[0], ""))


def speaks_to_pooler(host: str, deployment: Deployment) -> bool:
    """Tell whether a host is that of a pooler."""
    return bool(_HOST.search(host) or _PORT.search(host) or _TRANSACTION_PORT.search(host)) or any(
        host.partition(":")[0] == pooler.name.lower() for pooler in deployment.poolers
    )


def _outside(text: str, place: SourceRange, target: str) -> Pooler:
    """Stand for a pooler that only a host name or port shows."""
    mode: Literal["transaction", ""] = "transaction" if _TRANSACTION_PORT.search(text) else ""
    nobody = unknown(place, "the pooler is not among the files")
    return Pooler(text.rpartition("@")[2].partition("/")[0], mode, None, None, None, nobody, target, place)


def _transaction(pooler: Pooler, text: str) -> bool | None:
    if pooler.mode:
        return pooler.mode != "session"
    if _TRANSACTION_PORT.search(text):
        return True
    # PgBouncer's own default is `session`; one that no file describes may be set up in any way.
    return False if pooler.image or pooler.target.startswith("pgbouncer") else None


def supports_prepared(pooler: Pooler) -> bool | None:
    """Say whether a pooler in transaction mode keeps prepared statements apart; None when its version is not known."""
    if pooler.prepared is not None and pooler.prepared.value is not None:
        return pooler.prepared.value > 0
    version = _VERSION.search(pooler.image)
    if version is None or "pgbouncer" not in pooler.image:
        return None
    return (int(version[1]), int(version[2])) >= PREPARED_SINCE


def server_side(pooler: Pooler) -> Factor:
    """Return how many connections one pooler opens to the database for each database and user."""
    return pooler.pool_size or Factor(
        PGBOUNCER_POOL_SIZE, PGBOUNCER_POOL_SIZE, PGBOUNCER_POOL_SIZE, pooler.place.path, pooler.place.line, "PgBouncer's default_pool_size"
    )
