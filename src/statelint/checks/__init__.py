"""Checks whose reasoning is Python: one module a checklist item; what is data stands in `rules/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.checks import (
    caches,
    connections,
    database,
    database_default,
    deployment,
    environment,
    files,
    health,
    identity,
    jobs,
    locks,
    logs,
    removals,
    secrets,
    seeding,
    startup,
    state,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from statelint.inspect.context import Context, Report
    from statelint.inspect.rows import Candidate

CHECKS: Final[dict[str, Callable[[Context], Iterator[Report]]]] = {
    "state": state.check,
    "locks": locks.check,
    "health": health.check,
    "secrets": secrets.check,
    "start-up": startup.check,
    "rows at start-up": seeding.check,
    "names of the machine": identity.check,
    "environment variables": environment.check,
    "connections": connections.check,
    "default database": database_default.check,
    "background loops": jobs.check,
    "deployment": deployment.check,
    "server logs": logs.check,
}
"""Checks over the whole program, by the name a diagnostic gives them."""

REFINEMENTS: Final[dict[str, Callable[[Candidate, Context], Iterator[Report]]]] = {
    "local-file-write": files.refine_write,
    "local-file-removal": removals.refine_removal,
    "cached-changing-data": caches.refine_memoizer,
    "scheduler-in-every-instance": jobs.refine_scheduler,
    "background-loop-at-start-up": jobs.refine_bot,
}
"""By rule: what looks further at a use that its `[[api]]` row finds violating, or cannot decide."""

FILTERS: Final[dict[str, Callable[[Candidate, Context], bool]]] = {
    "secret-made-at-start": secrets.stands_alone,
    "pool-per-request": database.makes_pool_per_request,
}
"""By rule: whether a use that its row finds violating is to be told at all."""
