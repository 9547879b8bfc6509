"""The checks whose reasoning is Python, by name; what is data stands in `rules/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.checks import caches, health, imported_libraries, locks, log_files, unreached
from statelint.checks.cache_entries import check as cache_entries
from statelint.checks.config import environment_writes, host_identity, own_host, secrets
from statelint.checks.database import connections, default_url, engines
from statelint.checks.deployment import check as deployment
from statelint.checks.deployment import server_logs
from statelint.checks.files import cells as file_cells
from statelint.checks.jobs import schedulers
from statelint.checks.startup import clearing, migrations, seeding
from statelint.checks.state import cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from statelint.inspect.context import Context, Report
    from statelint.inspect.rows.judge import Candidate

CHECKS: Final[dict[str, Callable[[Context], Iterator[Report]]]] = {
    "state": cells.check,
    "files": file_cells.check,
    "locks": locks.check,
    "health": health.check,
    "secrets": secrets.check,
    "start-up": migrations.check,
    "rows at start-up": seeding.check,
    "rows deleted at start-up": clearing.check,
    "names of the machine": host_identity.check,
    "environment variables": environment_writes.check,
    "services on the own host": own_host.check,
    "connections": connections.check,
    "default database": default_url.check,
    "background loops": schedulers.check,
    "deployment": deployment.check,
    "server logs": server_logs.check,
    "cache entries": cache_entries.check,
    "log files": log_files.check,
    "imported libraries": imported_libraries.check,
    "unreached functions": unreached.check,
}
"""Checks over the whole program, by the name a diagnostic gives them."""

REFINEMENTS: Final[dict[str, Callable[[Candidate, Context], Iterator[Report]]]] = {
    "local-file-write": file_cells.collect_write,
    "local-file-removal": file_cells.collect_removal,
    "cached-changing-data": caches.refine_memoizer,
    "scheduler-in-every-instance": schedulers.refine_scheduler,
    "background-loop-at-start-up": schedulers.refine_bot,
}
"""By rule: what looks further at a use that its `[[api]]` row finds violating, or cannot decide."""

FILTERS: Final[dict[str, Callable[[Candidate, Context], bool]]] = {
    "secret-made-at-start": secrets.stands_alone,
    "pool-per-request": engines.makes_pool_per_request,
}
"""By rule: whether a use that its row finds violating is to be told at all."""
