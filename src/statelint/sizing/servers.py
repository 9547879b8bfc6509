"""Which database server the pools of a process speak to: programs of one server share what it accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.sizing.poolers import URL_NAME, speaks_to_pooler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.model import Deployment, Process
    from statelint.sizing.engines import Engine

_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1", "[::1]", "0.0.0.0"})  # noqa: S104 - compared, never listened at
_PORTS: Final = ("5432", "3306")


def server_of(engine: Engine, process: Process, deployment: Deployment) -> str:
    """Return the host of the database that an engine speaks to in a process; "" where no file tells it.

    A name that a database of the same description has stands for that one, whatever the domain behind it. A pooler is no server: what it
    stands before is not known.
    """
    hosts = {host for host in _hosts(engine, process) if host and host not in _HERE}
    if len(hosts) != 1:
        return ""
    host = hosts.pop()
    if speaks_to_pooler(host, deployment):
        return ""
    beside = {database.name.lower() for database in deployment.databases if database.target == process.target}
    first = host.partition(":")[0].partition(".")[0]
    return first if first in beside else host


def is_outside(server: str) -> bool:
    """Tell whether a host is the same one from every description: its name has a domain, or it is an address."""
    return "." in server


def _hosts(engine: Engine, process: Process) -> Iterator[str]:
    given = process.env.get(engine.url_from)
    if engine.url_from:
        yield host_in(given.value) if given is not None and given.value else ""
    elif engine.host:
        yield host_in(engine.host)
    else:
        for name, value in process.env.items():
            if value.value and URL_NAME.fullmatch(name) and not value.value.isdecimal() and _is_of_host(name, value.value):
                yield host_in(value.value)


def _is_of_host(name: str, value: str) -> bool:
    return "://" in value or name.upper().endswith(("HOST", "SERVER"))


def host_in(text: str) -> str:
    """Return the host of a URL, or of `user@host:port/name`, in lower case; a database's usual port says nothing more."""
    host = text.partition("://")[2] or text
    host = host.partition("/")[0].partition("?")[0].rpartition("@")[2].lower()
    name, _, port = host.rpartition(":")
    return name if name and port in _PORTS else host
