"""What processes open at database servers: each pool in each kind of process, by platform description and host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from statelint.deploy.model import Database, Factor, Process, SourceRange, fixed
from statelint.sizing.engines import UNLIMITED, Engine, Per, is_mysql
from statelint.sizing.engines import counts as is_of_server
from statelint.sizing.poolers import InFront, in_front
from statelint.sizing.servers import server_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.config import Scaling
    from statelint.deploy.model import Deployment

POSTGRESQL_LIMIT: Final = 100
POSTGRESQL_RESERVED: Final = 3
MYSQL_LIMIT: Final = 151
CONFIGURATION: Final = "[tool.statelint.scaling]"


class Term(msgspec.Struct, frozen=True):
    """What one engine may open in one kind of process: `each` x `workers` x `instances`."""

    engine: str
    process: str
    each: Factor
    """Connections of one process."""
    workers: Factor
    instances: Factor
    low: int
    """Connections that are certain."""
    high: int | None
    """Connections at the peak; None when a factor is not known, -1 when nothing limits them."""
    place: SourceRange
    """Where the pool is made."""
    program: str = ""
    """Whose process it is, where several programs are added up."""

    @property
    def text(self) -> str:
        """`15 (5 + 10) x 4 workers x 3 instances = 180`."""
        result = "no limit" if self.high == UNLIMITED else "?" if self.high is None else str(self.high)
        parts = (shown(self.each), counted(self.workers, "worker"), counted(self.instances, "instance"))
        whose = f" of {self.program}" if self.program else ""
        return f"{self.engine} in {self.process}{whose}: {' x '.join(parts)} = {result}"


class Counts(msgspec.Struct, frozen=True):
    """How many instances somebody asks about."""

    every: int | None = None
    """Of each process that serves requests."""
    of: dict[tuple[str, str], int] = {}
    """By target and name of a process."""
    said: str = "--instances"

    def of_process(self, process: Process, found: Factor) -> Factor:
        """Return the number of instances of a process: the one asked about, else the one found."""
        number = self.of.get((process.target, process.name))
        if number is not None:
            return _asked(number, f"{self.said} {process.name}={number}")
        return _asked(self.every, f"{self.said} {self.every}") if self.every is not None and process.kind == "web" else found


class _Opened(NamedTuple):
    """What an engine opens in a process; None stands for one that no file describes."""

    term: Term
    engine: Engine
    process: Process | None


class Share(msgspec.Struct, frozen=True):
    """What the processes of one description open at one database server."""

    target: str
    server: str
    """The host of the database; "" where no file tells it."""
    terms: tuple[Term, ...]
    web: tuple[Process, ...]
    """The processes among them that serve requests."""
    limit: Factor
    reserved: Factor
    pooler: InFront | None
    asked: bool
    """Whether the number of instances is one that somebody asks about."""


def shown(factor: Factor) -> str:
    """Write a number, its range, or a question mark."""
    if factor.value == UNLIMITED:
        return "no limit"
    if factor.value is not None:
        return str(factor.value)
    if factor.max is not None:
        return f"{factor.min if factor.min is not None else '?'}-{factor.max}"
    return f"at least {factor.min}" if factor.min is not None and factor.min > 1 else "?"


def counted(factor: Factor, noun: str) -> str:
    """Write a number with what it counts: `1 worker`, `2-12 instances`."""
    return f"{shown(factor)} {noun}{'' if factor.value == 1 else 's'}"


def shares(engines: Sequence[Engine], deployment: Deployment, scaling: Scaling, counts: Counts) -> tuple[Share, ...]:
    """Return what is opened at each database server, by description; nothing where there is no pool of one."""
    pools = [engine for engine in engines if is_of_server(engine)]
    if not pools:
        return ()
    targets = dict.fromkeys(process.target for process in deployment.processes if process.stage == "production" and process.kind == "web")
    found = tuple(share for target in targets for share in _of_target(target, pools, deployment, scaling, counts))
    return found or tuple(_of_target("", pools, deployment, scaling, counts))


def _of_target(target: str, engines: list[Engine], deployment: Deployment, scaling: Scaling, counts: Counts) -> Iterator[Share]:
    """Work out one description; without one, only what the configuration says."""
    processes = [process for process in deployment.processes if process.target == target and process.stage == "production"]
    web = [process for process in processes if process.kind == "web"]
    jobs = [process for process in processes if process.kind in ("worker", "scheduler", "beat")]
    opened = [_Opened(_term(engine, one, scaling, counts), engine, one) for one in web for engine in engines if engine.is_opened_by(one)]
    opened = opened or [_Opened(_without_process(engine, scaling, counts.every), engine, None) for engine in engines]
    opened += [_Opened(_job_term(engine, one, counts), engine, one) for one in jobs for engine in engines if engine.is_opened_by(one)]
    databases = [database for database in deployment.databases if database.target == target]
    by_server = _by_server(opened, deployment, databases)
    for server, held in by_server.items():
        database = next((item for item in databases if item.name.lower() == server), None)
        if database is None and len(by_server) == 1:
            database = next(iter(databases or deployment.databases), None)
        used = [one.engine for one in held]
        mine = list({one.process.name: one.process for one in held if one.process is not None}.values())
        limit, reserved = limits(database, used[0].place, scaling, mysql=all(is_mysql(engine) for engine in used))
        yield Share(
            target,
            server,
            tuple(one.term for one in held),
            tuple(one for one in mine if one.kind == "web"),
            limit,
            reserved,
            in_front(deployment, target, mine, used),
            counts.every is not None or any((process.target, process.name) in counts.of for process in mine),
        )


def _by_server(opened: Sequence[_Opened], deployment: Deployment, databases: Sequence[Database]) -> dict[str, list[_Opened]]:
    """Tell apart what is opened at which host; what no file tells is opened at the description's own database."""
    first = databases[0].name.lower() if databases else ""
    found: dict[str, list[_Opened]] = {}
    for one in opened:
        host = server_of(one.engine, one.process, deployment) if one.process is not None else ""
        found.setdefault(host or first, []).append(one)
    if len(found) > 1 and "" in found:  # it may be any of them
        return {"": list(opened)}
    return found


def _term(engine: Engine, process: Process, scaling: Scaling, counts: Counts) -> Term:
    workers = _stated(process.workers, scaling.workers, "workers")
    instances = counts.of_process(process, _stated(process.instances, scaling.instances, "instances"))
    threads = _stated(process.threads, scaling.threads, "threads")
    return _product(engine, process.name, per_process(engine, threads), workers, instances)


def _job_term(engine: Engine, process: Process, counts: Counts) -> Term:
    """A process that works on tasks holds a connection for each task at once, not more; a pool that opens at start holds them all."""
    each = per_process(engine, process.threads)
    tasks = process.threads
    if not engine.eager and tasks.value is not None and (each.value is None or each.value == UNLIMITED or each.value > tasks.value):
        each = fixed(tasks.value, SourceRange(tasks.path, tasks.line), f"one for each task at once: {tasks.value}")
    instances = counts.of_process(process, process.instances)
    return _product(engine, process.name, *(_at_least(factor) for factor in (each, process.workers, instances)))


def _at_least(factor: Factor) -> Factor:
    """Count a number of a background process that no file says as its least, and say so: web processes alone decide on UNKNOWN."""
    if factor.max is not None:
        return factor
    least = max(factor.min or 1, 1)
    return msgspec.structs.replace(factor, value=least, min=least, max=least, text=f"counted as {least}: {factor.text}")


def _without_process(engine: Engine, scaling: Scaling, override: int | None) -> Term:
    """Use what the configuration says where no file describes a web process."""

    def nowhere(what: str) -> Factor:
        return Factor(None, 1, None, engine.place.path, engine.place.line, f"no deployment file says how many {what} there are")

    workers = _stated(nowhere("workers"), scaling.workers, "workers")
    instances = _stated(nowhere("instances"), scaling.instances, "instances")
    instances = instances if override is None else _asked(override, f"--instances {override}")
    threads = _stated(nowhere("threads"), scaling.threads, "threads")
    return _product(engine, "web", per_process(engine, threads), workers, instances)


def _stated(found: Factor, stated: int | None, key: str) -> Factor:
    """Take the configuration's number where there is one: who writes it down, or gives it on the command line, knows better than a file."""
    return found if stated is None else Factor(stated, stated, stated, "", 0, f"{CONFIGURATION} {key} = {stated}")


def _asked(number: int, text: str) -> Factor:
    return Factor(number, number, number, "", 0, text)


def per_process(engine: Engine, threads: Factor) -> Factor:
    """Return the connections that an engine may open in one process."""
    pool, overflow = engine.pool_size, engine.max_overflow
    unlimited = pool.value == UNLIMITED or (overflow is not None and overflow.value == UNLIMITED)
    if unlimited or engine.per == "request" or (engine.kind == "sqlalchemy" and pool.value == 0):
        return msgspec.structs.replace(pool, value=UNLIMITED, min=1, max=UNLIMITED)
    parts = [pool] if overflow is None else [pool, overflow]
    if engine.per == "thread":
        return _sum_or_product(engine.per, [*parts, threads])
    return _sum_or_product(engine.per, parts)


def _sum_or_product(per: Per, parts: list[Factor]) -> Factor:
    """Add pool and overflow, or multiply the connections of a thread with the threads."""

    def work(numbers: list[int | None]) -> int | None:
        known = [number for number in numbers if number is not None]
        if len(known) < len(numbers):
            return None
        result = known[0] * known[-1] if per == "thread" else sum(known)
        return result if per != "thread" or len(known) < 3 else (known[0] + known[1]) * known[2]

    missing = next((part for part in parts if part.value is None and part.max is None), None)
    low = work([part.min for part in parts])
    first = missing or parts[0]
    sign = " x " if per == "thread" else " + "
    text = sign.join(shown(part) for part in parts) if len(parts) > 1 else parts[0].text
    return Factor(
        work([part.value for part in parts]),
        low,
        work([part.max for part in parts]),
        first.path,
        first.line,
        missing.text if missing else text,
    )


def _product(engine: Engine, process: str, each: Factor, workers: Factor, instances: Factor) -> Term:
    factors = (each, workers, instances)
    low = 1
    for factor in factors:
        low *= factor.min if factor.min is not None else 1 if factor is not instances else 0
    high: int | None = 1
    for factor in factors:
        high = None if high is None or factor.max is None else high * factor.max
    if each.value == UNLIMITED:
        high = UNLIMITED
    return Term(engine.name, process, each, workers, instances, low, high, engine.place)


def limits(database: Database | None, place: SourceRange, scaling: Scaling, *, mysql: bool) -> tuple[Factor, Factor]:
    """Return `max_connections` and how many of them are set aside; a default says that it is one."""
    at = database.place if database is not None else place
    default = MYSQL_LIMIT if mysql else POSTGRESQL_LIMIT
    name = "MySQL" if mysql else "PostgreSQL"
    limit = database.max_connections if database is not None else None
    if scaling.max_connections is not None:
        stated = scaling.max_connections
        limit = Factor(stated, stated, stated, "", 0, f"{CONFIGURATION} max-connections = {stated}")
    if limit is None or limit.value is None:
        limit = Factor(default, default, default, at.path, at.line, f"{name}'s default max_connections: no file says otherwise")
    kept = 0 if mysql else POSTGRESQL_RESERVED
    reserved = database.reserved if database is not None else None
    if scaling.reserved_connections is not None:
        kept = scaling.reserved_connections
        reserved = Factor(kept, kept, kept, "", 0, f"{CONFIGURATION} reserved-connections = {kept}")
    return limit, reserved or Factor(kept, kept, kept, at.path, at.line, f"{name}'s default superuser_reserved_connections" if kept else "")
