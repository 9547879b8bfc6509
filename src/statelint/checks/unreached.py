"""Functions to which no entry point that was found leads, and what they would do: an item that this could speak against stays open.

What the rows of the rules know is left open where they are judged, and cells that nothing but such functions change by the check of state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.checks.common.background_work import BackgroundWork
from statelint.checks.state.kinds import KindClassifier
from statelint.inspect.context import evidence
from statelint.inspect.unreached import Unreached
from statelint.program.flow.filling import empties

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.checks.common.background_work import Started
    from statelint.inspect.context import Context
    from statelint.model import Evidence
    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.accesses import Access
    from statelint.program.names.nodes import Function


def check(context: Context) -> Iterator[Evidence]:
    """Leave open what loops that unreached functions start could be against, and what the state that they keep is."""
    if not context.has_entry_points:
        return
    unreached = context.once(Unreached)
    for started in _loops(context):
        text = f"{started.function.name} starts {started.target.name}, which goes on by itself; {_lost(unreached, started.function)}"
        yield evidence("jobs", "unknown", started.function.module.path, started.site.call.line, text)
    kinds = KindClassifier(context.program)
    rules = {kind: rule for rule in context.book.rules for kind in rule.kinds}
    for cell, writes in _lost_cells(context):
        rule = rules.get(kinds.kind(cell, writes))
        if rule is not None and rule.item != "state":
            text = f"{cell.location.shown} is changed by {writes[0].function.name}; {_lost(unreached, writes[0].function)}"
            yield evidence(rule.item, "unknown", writes[0].function.module.path, writes[0].line, text)


def _loops(context: Context) -> Iterator[Started]:
    work = context.once(BackgroundWork)
    for started in work.starts():
        if context.context_of(started.function, started.site.guards) == "unreached" and (
            started.looped or work.loops(started.target) or work.listens(started.target)
        ):
            yield started


def _lost_cells(context: Context) -> Iterator[tuple[Cell, list[Access]]]:
    """Yield the cells that requests do not change, and unreached functions perhaps do."""
    for cell in context.program.cells:
        writes = [access for access in cell.writes if not empties(access)]
        activities = {context.context_of(access.function, access.guards) for access in writes}
        if cell.origins and "unreached" in activities and "serving" not in activities:
            yield cell, [access for access in writes if context.context_of(access.function, access.guards) == "unreached"]


def _lost(unreached: Unreached, function: Function) -> str:
    return f"no entry point that was found leads there: {unreached.why(function).text}"
