"""The connection budget: (pool + overflow) x workers x instances against what the database allows.

Each platform description of the project is worked out by itself, because they are alternatives; the verdict is that of the worst one
that can be known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from statelint.deploy.model import Factor
from statelint.sizing.engines import UNLIMITED
from statelint.sizing.poolers import PGBOUNCER_MAX_CLIENTS, InFront, server_side
from statelint.sizing.shares import Counts, Share, Term, counted, shares, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statelint.config import Scaling
    from statelint.deploy.model import Deployment, Process
    from statelint.sizing.engines import Engine

SURGE: Final = 25
"""Per cent of further instances during a rolling update, unless a file says otherwise."""
_MAX_TERMS: Final = 4
"""Terms that the sum writes out; one line has room for no more."""


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """The sum for one platform description and what it means."""

    verdict: Literal["pass", "fail", "unknown"]
    target: str
    """The description that decided; "" when there is none."""
    server: str = ""
    """The host of the database; "" where no file tells it."""
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


def budget(
    engines: Sequence[Engine], deployment: Deployment, scaling: Scaling, instances_override: int | Counts | None = None
) -> Budget | None:
    """Return the budget of the description that is worst off; None when the program has no pool of a database server.

    `scaling` says what no file does; `instances_override` asks "what if there were that many instances".
    """
    counts = instances_override if isinstance(instances_override, Counts) else Counts(instances_override)
    results = worst_first(judged(share) for share in shares(engines, deployment, scaling, counts))
    return msgspec.structs.replace(results[0], others=tuple(results[1:])) if results else None


def worst_first(results: Iterable[Budget]) -> list[Budget]:
    """Order budgets.

    A failure outweighs what holds elsewhere; what nobody knows (a compose file for developers) does not outweigh what is known.
    """
    order = {"fail": 0, "pass": 1, "unknown": 2}
    return sorted(results, key=lambda result: (order[result.verdict], -(result.high or result.low), result.target, result.server))


def judged(share: Share) -> Budget:
    """Compare the sum with the limit."""
    plain = _judged(share)
    return plain if share.pooler is None else _pooled(plain, share.pooler)


def _judged(share: Share) -> Budget:
    terms, web, limit, reserved = share.terms, share.web, share.limit, share.reserved
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
    surge = None if share.asked else _surge(mine, web)
    extra = -(-high * SURGE // 100) if surge is None and high is not None and high > 0 else surge
    return Budget(
        verdict=verdict,
        target=share.target,
        server=share.server,
        terms=terms,
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


def _missing(terms: Sequence[Term]) -> tuple[Factor, ...]:
    return tuple(dict.fromkeys(factor for term in terms for factor in (term.each, term.workers, term.instances) if factor.max is None))


def _surge(terms: Sequence[Term], web: Sequence[Process]) -> int | None:
    """Return how many further connections a rolling update may open where the files say it."""
    extra = 0
    for term in terms:
        process = next((process for process in web if process.name == term.process), None)
        if process is None or process.surge is None or term.each.max is None or term.workers.max is None:
            return None
        extra += term.each.max * term.workers.max * (process.surge.value or 0)
    return extra


def _fits(terms: Sequence[Term], available: int, surge: int) -> int | None:
    """Return the connections of one process that hold with every engine and every process at its peak."""
    processes = 0
    for term in terms:
        if term.workers.max is None or term.instances.max is None:
            return None
        processes += term.workers.max * -(-term.instances.max * (100 + surge) // 100)
    return max(available, 0) // processes if processes else None


def _instances_that_fit(terms: Sequence[Term], available: int) -> int | None:
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
