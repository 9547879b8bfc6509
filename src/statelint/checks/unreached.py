"""Functions to which no entry point that was found leads, and what they would do: an item that this could speak against stays open.

What the rows of the rules know is left open where they are judged, and cells that nothing but such functions change by the check of state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.checks.common.background_work import BackgroundWork
from statelint.checks.state.kinds import KindClassifier
from statelint.inspect.context import evidence
from statelint.inspect.rows.judge import RowJudge
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

Does = Literal["writes files", "keeps state", "starts work", "opens connections"]
_BY_ITEM: Final[dict[str, Does]] = {"files": "writes files", "database": "opens connections"}
_BY_ROLE: Final[dict[str, Does]] = {
    "remove-file": "writes files",
    "task-start": "starts work",
    "child-process": "starts work",
    "connection-pool": "opens connections",
}


class Effect(NamedTuple):
    """What a function does that outlives a request, or reaches beyond the process."""

    does: Does
    line: int
    text: str
    """The library's name that is called, or the cell that is changed."""


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


def effects_of(context: Context) -> dict[Function, tuple[Effect, ...]]:
    """Return what each unreached function of the application does, for those that do anything of the kind, in the order of lines."""
    unreached = context.once(Unreached)
    found: dict[Function, set[Effect]] = {function: set() for function in unreached.functions}
    for function, effect in (*_of_rows(context), *_of_roles(context), *_of_cells(context)):
        if function in found:
            found[function].add(effect)
    return {function: tuple(sorted(made, key=lambda one: (one.line, one.does, one.text))) for function, made in found.items() if made}


def _of_rows(context: Context) -> Iterator[tuple[Function, Effect]]:
    # imported when it is needed: the registry lists this module's check, too
    from statelint.checks.registry import REFINEMENTS  # noqa: PLC0415

    judge = RowJudge(context, REFINEMENTS)
    for rule in context.book.rules:
        does = _BY_ITEM.get(rule.item)
        for row in rule.api if does is not None else ():
            for use in context.uses.of(row) if row.kind == "call" and row.violates else ():
                guards = use.site.guards if use.site is not None else ()
                if does is not None and context.context_of(use.function, guards) == "unreached" and judge.speaks_against(rule, row, use):
                    yield use.function, Effect(does, use.line, use.name)


def _of_roles(context: Context) -> Iterator[tuple[Function, Effect]]:
    vocabulary = context.program.vocabulary
    roles = [(vocabulary.role(name), does) for name, does in _BY_ROLE.items()]
    for name, calls in context.program.graph.library_calls.items():
        for does in {does for role, does in roles if role.calls(name)}:
            yield from ((call.function, Effect(does, call.site.call.line, name)) for call in calls)


def _of_cells(context: Context) -> Iterator[tuple[Function, Effect]]:
    for cell in context.program.cells:
        for access in cell.writes:
            yield access.function, Effect("keeps state", access.line, cell.location.shown)


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
