"""Sizing: how many instances a peak needs, how large their pools may be, and when a pooler is due.

instances     = ceil(peak x (1 + headroom) / requests per second that one instance holds)
pool/instance = floor((max_connections - reserved - others) / instances)
pool/worker   = floor((max_connections - reserved - others) / instances / workers / pools)
"""

from __future__ import annotations

import math
from typing import Final, Literal

import msgspec

from statelint.errors import StatelintError

HEADROOM: Final = 25.0
"""Per cent; 20 to 30 is customary."""
POOLER_ADVISED: Final = 11
"""More than ten instances: a pooler is worth it; from fifteen on it is advised."""
POOLER_STRONGLY: Final = 15
POOLER_DUE: Final = 20
LEAST_POOL: Final = 2
"""Below two connections a worker cannot even overlap two requests."""
SURGE: Final = 25
OTHER_COUNTS: Final = (1, 2, 3, 5, 10, 15, 20, 30, 50)
MAX_INSTANCES: Final = 100_000
_MAX: Final = 1e9

Pooler = Literal["no", "consider", "advised", "due"]


class Input(msgspec.Struct, frozen=True):
    """A number that the plan starts from, and who says it."""

    value: float | int | None
    source: str
    """`--peak`, `compose.yaml:14`, `default` ...; why it is not known where it is not."""
    is_assumed: bool = False
    """Nobody says it; the plan needs a number all the same."""


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the plan starts from."""

    peak: Input
    """Requests a second at the peak."""
    per_instance: Input
    """Requests a second that one instance holds."""
    headroom: Input
    """Per cent."""
    instances: Input
    """Instances asked for or found; used where peak and capacity do not say how many are needed."""
    workers: Input
    max_connections: Input
    reserved: Input
    others: Input
    """Connections of other processes: workers of queues, schedulers."""
    pools: Input
    """Pools in each worker that share the database."""
    memory: Input
    """MiB of one worker."""


class Row(msgspec.Struct, frozen=True):
    """The plan for one number of instances."""

    instances: int
    holds: float | None
    """Requests a second, headroom kept free."""
    per_instance: int
    """Connections."""
    per_worker: int
    """Connections of one pool in one worker, overflow included."""
    used: int
    """Connections when every pool is full."""
    with_surge: int
    """The same while a rolling update runs a quarter more instances."""
    memory: int | None
    """MiB."""
    pooler: Pooler


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The answer."""

    inputs: Inputs
    needed: int | None
    """Instances that the peak needs; None where peak or capacity is not given."""
    chosen: Row | None
    """The row for the instances needed, else asked for or found."""
    formula: tuple[str, ...]
    """Each step with its numbers."""
    advice: tuple[str, ...]
    table: tuple[Row, ...]


def plan(inputs: Inputs) -> Plan:
    """Work out the plan.

    Raises:
        StatelintError: a number is out of its range, or two contradict each other.
    """
    checked(inputs)
    needed = _needed(inputs)
    stated = int(inputs.instances.value) if inputs.instances.value is not None else None
    count = needed if needed is not None else stated
    chosen = _row(count, inputs) if count is not None else None
    counts = sorted({*OTHER_COUNTS, *((count,) if count is not None else ()), *((stated,) if stated is not None else ())})
    counts = [number for number in counts if number <= max(2 * (count or 50), 20) or number == stated]
    return Plan(
        inputs=inputs,
        needed=needed,
        chosen=chosen,
        formula=tuple(_formula(inputs, needed, chosen)),
        advice=tuple(_advice(inputs, needed, chosen)),
        table=tuple(_row(number, inputs) for number in counts),
    )


def checked(inputs: Inputs) -> None:
    """Refuse numbers that make no sense, each with what would; those that are not known pass.

    Raises:
        StatelintError: a number is out of its range, or two contradict each other.
    """
    _ranged("--peak", inputs.peak, 0, "requests a second at the peak, e.g. --peak 500", exclusive=True)
    _ranged("--per-instance", inputs.per_instance, 0, "requests a second that one instance holds, e.g. --per-instance 60", exclusive=True)
    _ranged("--headroom", inputs.headroom, 0, "per cent, 20 to 30 is customary", most=500)
    _ranged("--instances", inputs.instances, 1, "a whole number", most=MAX_INSTANCES)
    _ranged("--workers", inputs.workers, 1, "worker processes in one instance", most=10_000)
    _ranged("--max-connections", inputs.max_connections, 1, "what the database accepts, e.g. 100", most=1_000_000)
    _ranged("--reserved", inputs.reserved, 0, "connections kept for administration", most=1_000_000)
    _ranged("--others", inputs.others, 0, "connections of other processes", most=1_000_000)
    _ranged("--memory-per-worker", inputs.memory, 0, "MiB", exclusive=True)
    stated = inputs.others.source.startswith("-")  # that the others found leave nothing is an answer, and no contradiction
    kept = int(inputs.reserved.value or 0) + (int(inputs.others.value or 0) if stated else 0)
    if inputs.max_connections.value is not None and kept >= inputs.max_connections.value:
        message = f"{inputs.max_connections.value} connections are no more than the {kept} that are reserved or used by others"
        raise StatelintError(message, help="raise --max-connections, or lower --reserved and --others")


def _ranged(name: str, given: Input, least: float, hint: str, *, most: float = _MAX, exclusive: bool = False) -> None:
    value = given.value
    if value is None:
        return
    if not math.isfinite(value) or value < least or (exclusive and value <= least) or value > most:
        bound = f"more than {least:g}" if exclusive else f"at least {least:g}"
        where = f" (from {given.source})" if not given.source.startswith("-") else ""
        raise StatelintError(f"{name}: {value:g}{where} is out of range: it must be {bound} and at most {most:g}", help=hint)


def _needed(inputs: Inputs) -> int | None:
    peak, capacity = inputs.peak.value, inputs.per_instance.value
    if peak is None or capacity is None:
        return None
    # Decimal input such as 0.1 x 1.25 must not tip over the next whole number by a rounding error.
    exact = round(peak * (100 + float(inputs.headroom.value or 0)) / 100 / capacity, 9)
    if exact > MAX_INSTANCES:
        raise StatelintError(
            f"{peak:g} requests a second at {capacity:g} for each instance need more than {MAX_INSTANCES} instances",
            help="check --peak and --per-instance",
        )
    return max(math.ceil(exact), 1)


def _row(count: int, inputs: Inputs) -> Row:
    """Work out the plan for one number of instances."""
    available = _available(inputs)
    workers = int(inputs.workers.value or 1)
    pools = int(inputs.pools.value or 1)
    per_worker = available // (count * workers * pools)
    used = per_worker * count * workers * pools
    surged = -(-count * (100 + SURGE) // 100)
    capacity = inputs.per_instance.value
    return Row(
        instances=count,
        holds=round(count * capacity / (1 + float(inputs.headroom.value or 0) / 100), 1) if capacity is not None else None,
        per_instance=available // count,
        per_worker=per_worker,
        used=used,
        with_surge=per_worker * surged * workers * pools,
        memory=math.ceil(inputs.memory.value * workers * count) if inputs.memory.value is not None else None,
        pooler=_pooler(count, per_worker),
    )


def _available(inputs: Inputs) -> int:
    return max(int(inputs.max_connections.value or 0) - int(inputs.reserved.value or 0) - int(inputs.others.value or 0), 0)


def _pooler(count: int, per_worker: int) -> Pooler:
    """Say whether a pooler is due: from twenty instances on, or when the workers' pools become too small to use."""
    if count >= POOLER_DUE or per_worker < LEAST_POOL:
        return "due"
    if count >= POOLER_STRONGLY:
        return "advised"
    return "consider" if count >= POOLER_ADVISED else "no"


def _formula(inputs: Inputs, needed: int | None, chosen: Row | None) -> list[str]:
    """Write each step with its numbers."""
    lines = []
    if needed is not None:
        share = float(inputs.headroom.value or 0) / 100
        peak, capacity = inputs.peak.value or 0, inputs.per_instance.value or 1
        lines.append(
            f"instances = ceil(peak x (1 + headroom) / per instance) = ceil({peak:g} x {1 + share:g} / {capacity:g})"
            f" = ceil({peak * (1 + share) / capacity:.2f}) = {needed}"
        )
    if chosen is None:
        return lines
    kept = [f"{int(inputs.reserved.value or 0)} reserved"]
    kept += [f"{int(inputs.others.value)} others"] if inputs.others.value else []
    free = f"({int(inputs.max_connections.value or 0)} - {' - '.join(kept)})"
    workers, pools = int(inputs.workers.value or 1), int(inputs.pools.value or 1)
    lines.append(f"connections per instance = floor({free} / {chosen.instances}) = {chosen.per_instance}")
    shared = f" / {pools} pools" if pools > 1 else ""
    name = "pool per worker" if pools == 1 else "each pool in a worker"
    lines.append(f"{name} = floor({free} / {chosen.instances} / {workers} workers{shared}) = {chosen.per_worker}")
    product = f"{chosen.per_worker} x {workers} x {chosen.instances}" + (f" x {pools}" if pools > 1 else "")
    lines.append(f"connections when all pools are full = {product} = {chosen.used} of {_available(inputs)}")
    return lines


def _advice(inputs: Inputs, needed: int | None, chosen: Row | None) -> list[str]:
    """Say what follows from the numbers."""
    lines: list[str] = []
    headroom = float(inputs.headroom.value or 0)
    if not 20 <= headroom <= 30:
        lines.append(f"A headroom of {headroom:g} % is {'small' if headroom < 20 else 'large'}; 20 to 30 % is customary.")
    if chosen is None:
        lines.append("How many instances run is not known: give --peak and --per-instance, or --instances.")
        return lines
    if chosen.per_worker < 1:
        lines.append(
            "Not even one connection is left for each worker: a pooler must be in front, or fewer workers must share the database."
        )
    else:
        lines.append(f"Set pool_size to {chosen.per_worker} and max_overflow to 0 in each worker, both from the environment.")
    stated = inputs.instances.value
    if needed is not None and stated is not None and needed > stated:
        lines.append(f"The peak needs {needed} instances; {inputs.instances.source.partition('  ')[0]} says {int(stated)}.")
    if chosen.per_worker >= 1 and chosen.with_surge > _available(inputs):
        fits = _available(inputs) // (
            -(-chosen.instances * (100 + SURGE) // 100) * int(inputs.workers.value or 1) * int(inputs.pools.value or 1)
        )
        lines.append(
            f"During a rolling update with {SURGE} % more instances the pools may open {chosen.with_surge} of {_available(inputs)}: "
            f"{fits or 'no pool'} would fit then too."
        )
    lines += _pooler_advice(chosen)
    return lines


def _pooler_advice(chosen: Row) -> list[str]:
    if chosen.pooler == "no":
        return []
    if chosen.pooler == "due":
        why = (
            f"{chosen.instances} instances"
            if chosen.instances >= POOLER_DUE
            else f"fewer than {LEAST_POOL} connections are left for each worker"
        )
        return [f"A pooler such as PgBouncer is due: {why}."]
    word = "advised" if chosen.pooler == "advised" else "worth considering"
    return [f"A pooler such as PgBouncer is {word}: {chosen.instances} instances; from {POOLER_DUE} on it is due."]
