"""What the functions do to which no entry point that was found leads: the effects that last, or that reach beyond the process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.checks.registry import REFINEMENTS
from statelint.inspect.rows.judge import RowJudge
from statelint.inspect.unreached import Unreached

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
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


def effects_of(context: Context) -> dict[Function, tuple[Effect, ...]]:
    """Return what each unreached function of the application does, for those that do anything of the kind, in the order of lines."""
    unreached = context.once(Unreached)
    found: dict[Function, set[Effect]] = {function: set() for function in unreached.functions}
    for function, effect in (*_of_rows(context), *_of_roles(context), *_of_cells(context)):
        if function in found:
            found[function].add(effect)
    return {function: tuple(sorted(made, key=lambda one: (one.line, one.does, one.text))) for function, made in found.items() if made}


def _of_rows(context: Context) -> Iterator[tuple[Function, Effect]]:
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
