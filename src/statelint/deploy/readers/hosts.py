"""Plain hosts: systemd units, supervisord, uWSGI and gunicorn files that nothing else starts, nginx, HAProxy, PgBouncer and PostgreSQL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands.shell import split
from statelint.deploy.commands.supervisor import programs
from statelint.deploy.formats.ini import Entry, entries, last, unquoted
from statelint.deploy.formats.sources import beside, env_value
from statelint.deploy.model import Affinity, Database, Factor, Job, Pooler, fixed, unknown
from statelint.deploy.readers.common import Container, Found, ReadContext
from statelint.deploy.readers.dockerfile import Line
from statelint.deploy.readers.images import pool_mode
from statelint.discover.deploy_files import stage

if TYPE_CHECKING:
    from statelint.deploy.formats.sources import Source
    from statelint.deploy.model import EnvValue, SourceRange

_IP_HASH: Final = re.compile(
    r"[ \t]*(ip_hash|sticky\b[^;]{0,200}|hash[ \t]+\$(?:remote_addr|binary_remote_addr|cookie_\w+)[^;]{0,100})[ \t]*;"
)
_BALANCE: Final = re.compile(r"[ \t]+(balance[ \t]+source|cookie[ \t]+\S+[ \t]+(?:insert|prefix|rewrite)\b.*|stick[ \t]+on[ \t]+src)")
_PREFIX: Final = re.compile(r"^[-@:+!|]+")
_MAX_CONNECTIONS: Final = re.compile(r"[ \t]*(max_connections|superuser_reserved_connections)[ \t]*[= \t][ \t]*'?([0-9]{1,6})'?")


def read_systemd(source: Source, kit: ReadContext, sources: dict[str, Source]) -> Found:
    """Return the process of a unit, or the job of a timer with the unit it starts."""
    found = entries(source, kit.shelf)
    target = f"systemd {source.path}"
    start = last(found, "Service", "ExecStart")
    if source.path.endswith(".timer"):
        calendar = last(found, "Timer", "OnCalendar", "OnUnitActiveSec", "OnBootSec")
        unit = last(found, "Timer", "Unit")
        name = unit.value if unit is not None else source.path.rpartition("/")[2].removesuffix(".timer") + ".service"
        other = sources.get(beside(source.path, name))
        command = last(entries(other, kit.shelf), "Service", "ExecStart") if other is not None else None
        if calendar is None:
            return Found()
        return Found(jobs=[Job(name, calendar.value, command.value if command else "", target, source.place(calendar.line))])
    timer = source.path.removesuffix(".service") + ".timer"
    if start is None or timer in sources:
        return Found()
    place = source.place(start.line)
    workdir = last(found, "Service", "WorkingDirectory")
    before = tuple(_PREFIX.sub("", entry.value) for entry in found if entry.section == "Service" and entry.key == "ExecStartPre")
    container = Container(
        source.path.rpartition("/")[2].removesuffix(".service"),
        target,
        stage(source.path),
        place,
        unknown(place, "a systemd unit does not say on how many hosts it runs"),
        command=Line(_PREFIX.sub("", start.value), place),
        env=_unit_environment(found, source, kit),
        workdir=workdir.value if workdir is not None else "",
        startup=before,
        folder=source.path.rpartition("/")[0],
    )
    return Found(containers=[container])


def _unit_environment(found: list[Entry], source: Source, kit: ReadContext) -> dict[str, EnvValue]:
    env: dict[str, EnvValue] = {}
    for entry in found:
        if entry.section == "Service" and entry.key == "EnvironmentFile":
            name = entry.value.lstrip("-").rpartition("/")[2]
            env |= kit.env.get(beside(source.path, name), {})
        elif entry.section == "Service" and entry.key == "Environment":
            for word in (split(entry.value) or [[]])[0]:
                key, equals, value = word.partition("=")
                if equals:
                    env[key] = env_value(key, value, source.place(entry.line))
    return env


def read_supervisord(path: str, kit: ReadContext) -> Found:
    """Return the programs of a configuration that no container starts."""
    source = kit.shelf.read(path)
    found = Found()
    for program in programs(kit.supervisord[path], source) if source is not None else []:
        env = {name: env_value(name, value, program.place) for name, value in program.env.items()}
        copies = {"NUMPROCS": env_value("NUMPROCS", str(program.copies), program.place)}
        found.containers.append(
            Container(
                program.name,
                f"supervisord {path}",
                stage(path),
                program.place,
                unknown(program.place, "supervisord does not say on how many hosts it runs"),
                command=Line(program.command, program.place),
                env=env | copies,
                folder=path.rpartition("/")[0],
            )
        )
    return found


def read_server_file(path: str, server: str, kit: ReadContext) -> Found:
    """Return the process that a gunicorn or uWSGI file configures when no command that is known names it."""
    source = kit.shelf.read(path)
    if source is None or (server == "uwsgi" and not any(entry.section == "uwsgi" for entry in kit.uwsgi[path])):
        return Found()
    place = source.place(1)
    command = Line("", place, ("gunicorn", "-c", path) if server == "gunicorn" else ("uwsgi", "--ini", path))
    instances = unknown(place, f"{path} does not say how many instances run")
    return Found(containers=[Container(server, f"{server} {path}", stage(path), place, instances, "web", command=command)])


def read_nginx(source: Source) -> Found:
    """Return what makes nginx send a client to the same upstream again."""
    return _sticky(source, "nginx", _IP_HASH)


def read_haproxy(source: Source) -> Found:
    """Return what makes HAProxy send a client to the same server again."""
    return _sticky(source, "haproxy", _BALANCE)


def _sticky(source: Source, target: str, pattern: re.Pattern[str]) -> Found:
    found = Found()
    for number, line in enumerate(source.lines, start=1):
        match = pattern.match(line)
        if match:
            found.affinities.append(Affinity(match[1].strip(), f"{target} {source.path}", source.place(number)))
    return found


def read_pgbouncer(source: Source, kit: ReadContext) -> Found:
    """Return the pooler that a `pgbouncer.ini` sets up."""
    found = entries(source, kit.shelf)

    def setting(key: str) -> Factor | None:
        entry = last(found, "pgbouncer", key)
        digits = unquoted(entry.value).partition(";")[0].strip() if entry is not None else ""
        return (
            fixed(int(digits), source.place(entry.line), f"{key} = {digits}") if entry and digits.isdecimal() and len(digits) < 7 else None
        )

    mode = last(found, "pgbouncer", "pool_mode")
    place: SourceRange = source.place(mode.line if mode is not None else 1)
    pooler = Pooler(
        "pgbouncer",
        pool_mode(mode.value) if mode is not None else "",
        setting("default_pool_size"),
        setting("max_client_conn"),
        setting("max_prepared_statements"),
        unknown(place, f"{source.path} does not say how many poolers run"),
        f"pgbouncer {source.path}",
        place,
    )
    return Found(poolers=[pooler])


def read_postgresql(source: Source) -> Found:
    """Return the limits of a `postgresql.conf`."""
    numbers: dict[str, Factor] = {}
    for number, line in enumerate(source.lines, start=1):
        match = _MAX_CONNECTIONS.match(line)
        if match:
            numbers[match[1]] = fixed(int(match[2]), source.place(number), f"{match[1]} = {match[2]}")
    limit = numbers.get("max_connections")
    if limit is None:
        return Found()
    reserved = numbers.get("superuser_reserved_connections")
    return Found(databases=[Database("postgresql", "postgresql", limit, reserved, f"postgresql {source.path}", source.place(limit.line))])
