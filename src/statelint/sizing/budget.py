"""The connection budget: (pool + overflow) x workers x instances against what the database allows.

Each platform description of the project is worked out by itself, because they are alternatives; the verdict is that of the worst one
that can be known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from statelint.deploy.model import Database, Factor, Process, SourceRange, fixed
from statelint.sizing.engines import UNLIMITED, Engine, Per, counts, is_mysql
from statelint.sizing.poolers import PGBOUNCER_MAX_CLIENTS, InFront, in_front, server_side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.config import Scaling
    from statelint.deploy.model import Deployment

POSTGRESQL_LIMIT: Final = 100
POSTGRESQL_RESERVED: Final = 3
MYSQL_LIMIT: Final = 151
SURGE: Final = 25
"""Per cent of further instances during a rolling update, unless a file says otherwise."""
CONFIGURATION: Final = "[tool.statelint.scaling]"
_MAX_TERMS: Final = 4
"""Terms that the sum writes out; one line has room for no more."""


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

    @property
    def text(self) -> str:
        """`15 (5 + 10) x 4 workers x 3 instances = 180`."""
        result = "no limit" if self.high == UNLIMITED else "?" if self.high is None else str(self.high)
        parts = (shown(self.each), counted(self.workers, "worker"), counted(self.instances, "instance"))
        return f"{self.engine} in {self.process}: {' x '.join(parts)} = {result}"


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """The sum for one platform description and what it means."""

    verdict: Literal["pass", "fail", "unknown"]
    target: str
    """The description that decided; "" when there is none."""
    terms: tuple[Term, ...]
    low: int
    high: int | None
    limit: Factor
    reserved: Factor
    available: int
    """`limit` - `reserved`."""
    missing: tuple[Factor, ...] = ()
    """The factors that must be known for a verdict; each says why it is not."""
    fits: int | None = None
    """Connections of one process (pool and overflow together) that hold, all engines sharing evenly; 0: not even one."""
    fits_with_surge: int | None = None
    surge: int | None = None
    """Further connections during a rolling update."""
    instances_that_fit: int | None = None
    """With the pools and workers as they are."""
    pooler: InFront | None = None
    text: str = ""
    """The arithmetic in one line."""
    others: tuple[Budget, ...] = ()
    """The other descriptions."""


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


def budget(engines: Sequence[Engine], deployment: Deployment, scaling: Scaling, instances_override: int | None = None) -> Budget | None:
    """Return the budget of the description that is worst off; None when the program has no pool of a database server.

    `scaling` says what no file does; `instances_override` asks "what if there were that many instances".
    """
    pools = [engine for engine in engines if counts(engine)]
    if not pools:
        return None
    targets = dict.fromkeys(process.target for process in deployment.processes if process.stage == "production" and process.kind == "web")
    results = [_of_target(target, pools, deployment, scaling, instances_override) for target in targets]
    if not results:
        results = [_of_target("", pools, deployment, scaling, instances_override)]
    order = {"fail": 0, "pass": 1, "unknown": 2}
    # A failure outweighs what holds elsewhere; what nobody knows (a compose file for developers) does not outweigh what is known.
    results.sort(key=lambda result: (order[result.verdict], -(result.high or result.low), result.target))
    return msgspec.structs.replace(results[0], others=tuple(results[1:]))


def _of_target(target: str, engines: list[Engine], deployment: Deployment, scaling: Scaling, override: int | None) -> Budget:
    """Work out one description; without one, only what the configuration says."""
    processes = [process for process in deployment.processes if process.target == target and process.stage == "production"]
    web = [process for process in processes if process.kind == "web"]
    jobs = [process for process in processes if process.kind in ("worker", "scheduler", "beat")]
    terms = [_term(engine, process, scaling, override) for process in web for engine in engines if engine.is_opened_by(process)]
    terms = terms or [_without_process(engine, scaling, override) for engine in engines]
    terms += [_job_term(engine, process) for process in jobs for engine in engines if engine.is_opened_by(process)]
    database = next((item for item in deployment.databases if item.target == target), None) or next(iter(deployment.databases), None)
    mysql = all(is_mysql(engine) for engine in engines)
    limit, reserved = limits(database, engines[0].place, scaling, mysql=mysql)
    pooler = in_front(deployment, target, (*web, *jobs), engines)
    plain = _judged(target, terms, limit, reserved, web=web, override=override)
    return plain if pooler is None else _pooled(plain, pooler)


def _term(engine: Engine, process: Process, scaling: Scaling, override: int | None) -> Term:
    workers = _stated(process.workers, scaling.workers, "workers")
    instances = _overridden(_stated(process.instances, scaling.instances, "instances"), override)
    threads = _stated(process.threads, scaling.threads, "threads")
    return _product(engine.name, process.name, per_process(engine, threads), workers, instances)


def _job_term(engine: Engine, process: Process) -> Term:
    """A process that works on tasks holds a connection for each task at once, not more; a pool that opens at start holds them all."""
    each = per_process(engine, process.threads)
    tasks = process.threads
    if not engine.eager and tasks.value is not None and (each.value is None or each.value == UNLIMITED or each.value > tasks.value):
        each = fixed(tasks.value, SourceRange(tasks.path, tasks.line), f"one for each task at once: {tasks.value}")
    return _product(engine.name, process.name, *(_at_least(factor) for factor in (each, process.workers, process.instances)))


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
    instances = _overridden(_stated(nowhere("instances"), scaling.instances, "instances"), override)
    threads = _stated(nowhere("threads"), scaling.threads, "threads")
    return _product(engine.name, "web", per_process(engine, threads), workers, instances)


def _stated(found: Factor, stated: int | None, key: str) -> Factor:
    """Take the configuration's number where there is one: who writes it down, or gives it on the command line, knows better than a file."""
    return found if stated is None else Factor(stated, stated, stated, "", 0, f"{CONFIGURATION} {key} = {stated}")


def _overridden(found: Factor, override: int | None) -> Factor:
    return found if override is None else Factor(override, override, override, "", 0, f"--instances {override}")


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


def _product(engine: str, process: str, each: Factor, workers: Factor, instances: Factor) -> Term:
    factors = (each, workers, instances)
    low = 1
    for factor in factors:
        low *= factor.min if factor.min is not None else 1 if factor is not instances else 0
    high: int | None = 1
    for factor in factors:
        high = None if high is None or factor.max is None else high * factor.max
    if each.value == UNLIMITED:
        high = UNLIMITED
    return Term(engine, process, each, workers, instances, low, high)


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


def _judged(target: str, terms: list[Term], limit: Factor, reserved: Factor, *, web: list[Process], override: int | None) -> Budget:
    """Compare the sum with the limit."""
    available = max((limit.value or 0) - (reserved.value or 0), 0)
    low = sum(term.low for term in terms)
    unlimited = any(term.high == UNLIMITED for term in terms)
    known = [term.high for term in terms if term.high is not None]
    high = None if len(known) < len(terms) else UNLIMITED if unlimited else sum(known)
    fails = low > available or high == UNLIMITED or (high is not None and high > available)
    missing = () if fails or high is not None else _missing(terms)
    verdict: Literal["pass", "fail", "unknown"] = "fail" if fails else "pass" if high is not None else "unknown"
    mine = [term for term in terms if any(term.process == process.name for process in web)] or terms
    other = sum(term.high or term.low for term in terms if term not in mine)
    surge = _surge(mine, web, override)
    extra = -(-high * SURGE // 100) if surge is None and high is not None and high > 0 else surge
    return Budget(
        verdict=verdict,
        target=target,
        terms=tuple(terms),
        low=low,
        high=high,
        limit=limit,
        reserved=reserved,
        available=available,
        missing=missing,
        fits=_fits(mine, available - other, 0),
        fits_with_surge=_fits(mine, available - other, SURGE),
        surge=extra if high is not None and high > 0 else None,
        instances_that_fit=_instances_that_fit(mine, available - other),
        text=_arithmetic(terms, low, high, limit=limit, reserved=reserved),
    )


def _missing(terms: list[Term]) -> tuple[Factor, ...]:
    return tuple(dict.fromkeys(factor for term in terms for factor in (term.each, term.workers, term.instances) if factor.max is None))


def _surge(terms: list[Term], web: list[Process], override: int | None) -> int | None:
    """Return how many further connections a rolling update may open where the files say it."""
    extra = 0
    for term in terms:
        process = next((process for process in web if process.name == term.process), None)
        if process is None or process.surge is None or override is not None or term.each.max is None or term.workers.max is None:
            return None
        extra += term.each.max * term.workers.max * (process.surge.value or 0)
    return extra


def _fits(terms: list[Term], available: int, surge: int) -> int | None:
    """Return the connections of one process that hold with every engine and every process at its peak."""
    processes = 0
    for term in terms:
        if term.workers.max is None or term.instances.max is None:
            return None
        processes += term.workers.max * -(-term.instances.max * (100 + surge) // 100)
    return max(available, 0) // processes if processes else None


def _instances_that_fit(terms: list[Term], available: int) -> int | None:
    """Return how many instances the pools and workers allow as they are; None when those are not known."""
    one = 0
    for term in terms:
        if term.each.max is None or term.each.max < 0 or term.workers.max is None:
            return None
        one += term.each.max * term.workers.max
    return max(available, 0) // one if one else None


def _arithmetic(terms: Sequence[Term], low: int, high: int | None, *, limit: Factor, reserved: Factor) -> str:
    """`15 x 4 workers x 3 instances = 180 > 97 (max_connections 100 - 3 reserved)`."""
    available = max((limit.value or 0) - (reserved.value or 0), 0)
    parts = [
        f"{shown(term.each)} x {counted(term.workers, 'worker')} x {counted(term.instances, 'instance')}" for term in terms[:_MAX_TERMS]
    ]
    parts += [f"{len(terms) - _MAX_TERMS} more"] if len(terms) > _MAX_TERMS else []
    if high == UNLIMITED:
        total, sign = "no limit", ">"
    elif high is None:
        total, sign = f"at least {low}", ">" if low > available else "of"
    else:
        total, sign = str(high), ">" if high > available else "<="
    held = f"max_connections {limit.value} - {reserved.value} reserved" if reserved.value else f"max_connections {limit.value}"
    return f"{' + '.join(parts)} = {total} {sign} {available} ({held})"


def _pooled(plain: Budget, pooler: InFront) -> Budget:
    """Count what the pooler opens instead, and whether it takes in all the program's connections."""
    if not pooler.certain:
        return msgspec.structs.replace(plain, pooler=pooler)
    each, count = server_side(pooler.pooler), pooler.pooler.instances
    number = count.max if count.max is not None else 1
    size = each.value
    known_outside = (
        pooler.pooler.image or pooler.pooler.pool_size is not None or not pooler.pooler.target.startswith(("compose", "kubernetes"))
    )
    clients = pooler.pooler.max_clients
    most = clients.value if clients is not None else PGBOUNCER_MAX_CLIENTS if pooler.pooler.image else None
    full = most is not None and (plain.high == UNLIMITED or (plain.high if plain.high is not None else plain.low) > most)
    if not known_outside or size is None:
        verdict: Literal["pass", "fail", "unknown"] = "unknown"
        missing: tuple[Factor, ...] = (
            Factor(None, None, None, pooler.place.path, pooler.place.line, "the pooler's pool size is in no file"),
        )
    else:
        verdict = "fail" if size * number > plain.available or full else "pass"
        missing = ()
    text = f"{pooler.pooler.name}: {size} x {number} = {(size or 0) * number} of {plain.available} connections to the database"
    if most is not None:
        total = "no limit" if plain.high == UNLIMITED else plain.high if plain.high is not None else f"at least {plain.low}"
        text += f"; {total} of {most} clients"
    return msgspec.structs.replace(
        plain, verdict=verdict, missing=missing, pooler=pooler, text=text if verdict != "unknown" else plain.text
    )
