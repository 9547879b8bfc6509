"""The pools that all programs of a package hold together, each in the processes of the programs that make it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from statelint.checks.database.pools import engines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.inspect.context import Context
    from statelint.sizing.engines import Engine


def held_by(programs: Sequence[Context]) -> tuple[Engine, ...]:
    """Return the pools of all programs; one that two of them make is one pool, in the processes of both."""
    if len(programs) == 1:
        return engines(programs[0])
    found: dict[Engine, set[tuple[str, str]]] = {}
    for context in programs:
        processes = context.deployment.processes if context.deployment is not None else ()
        for engine in engines(context):
            found.setdefault(engine, set()).update((process.target, process.name) for process in processes)
    return tuple(replace(engine, processes=frozenset(where)) for engine, where in found.items())
