"""The finding about a cell that requests write, with the places that prove it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from statelint.inspect.context import finding
from statelint.inspect.spans import line_span
from statelint.model import Span, Step
from statelint.program.names.nodes import Class, Function, Module
from statelint.survey.summary import Const

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from statelint.inspect.context import Context
    from statelint.model import Confidence, Finding, Severity
    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.accesses import Access
    from statelint.program.names.nodes import Location
    from statelint.program.names.origins import Origin
    from statelint.rulebook.schema import Kind, Rule

_DOES: Final = {
    "item": "writes",
    "delete": "removes from",
    "mutate": "changes",
    "rebind": "re-binds",
    "augment": "adds to",
    "nested": "changes what is in",
}
_DONE: Final = {
    "item": "written",
    "delete": "emptied",
    "mutate": "changed",
    "rebind": "re-bound",
    "augment": "counted up",
    "nested": "changed",
}
_LISTED: Final = 6
_WHOLE: Final = ("rebind", "augment")


class Fault(NamedTuple):
    """A cell that breaks when there are several instances: how sure, how bad, and what is to be said beside it."""

    cell: Cell
    kind: Kind
    rule: Rule
    writes: list[Access]
    """Those that requests reach, the most telling first."""
    confidence: Confidence
    severity: Severity | None
    """None: the rule's own."""
    notes: tuple[str, ...]
    is_fallback: bool
    """A shared store takes the cell's place in another configuration."""
    case: str = ""
    """The rule's message that fits; "" where it follows from what the cell is."""
    parts: tuple[Cell, ...] = ()
    """Cells of what it holds that requests change, too."""


class Consequence(NamedTuple):
    """A further rule that a fault breaks: what its finding says of it, and the places that prove it."""

    code: str
    note: str
    spans: tuple[Span, ...]


def state_finding(fault: Fault, context: Context) -> Finding:
    """Make the finding of a fault."""
    cell, write = fault.cell, fault.writes[0]
    origin = _origin(cell)
    span = Span(origin.function.module.path, origin.line, origin.column, origin.end_line, origin.end_column, "made once per process")
    route = context.program.route_to(write.function)
    entry = route.entry.text if route is not None else ""
    last = Step(write.function.module.path, write.line, f"{_DOES[write.how]} {cell.location.shown}")
    return finding(
        fault.rule,
        span,
        symbol=cell.location.symbol,
        message=_message(fault, by_requests=not context.program.requested.isdisjoint(one.function for one in fault.writes)),
        severity=fault.severity,
        confidence=fault.confidence,
        route=context.route_steps(route, last),
        spans=_distinct(span, chain(_spans(cell, write, entry, context), _of_parts(fault, context))),
        notes=fault.notes,
        scope=_scope(cell),
        causes=_causes(fault),
    )


def _causes(fault: Fault) -> list[str]:
    """Attributes of an object that one of its methods changes together move to the same store; names of a class body are each their own."""
    cell = fault.cell
    owner = cell.location.owner
    if cell.location.kind != "attribute" or not isinstance(owner, Class) or cell.location.name in owner.bindings:
        return []
    own = (write.function for write in fault.writes if write.function.owner is not None and owner in write.function.owner.lineage)
    return sorted({f"object {owner.module.name}.{owner.name} {function.name}" for function in own})


def grouped(found: list[tuple[Cell, Finding]], consequences: Mapping[Location, Consequence]) -> Iterator[Finding]:
    """Report what is changed together as one fault: the re-bound attributes of one object, and the containers that the same functions fill.

    The finding tells the first consequence that one of its cells has, its own before those of the others.
    """
    groups: dict[tuple[object, str], list[tuple[Cell, Finding]]] = {}
    for cell, made in found:
        groups.setdefault((_group_key(cell), made.code), []).append((cell, made))
    for members in groups.values():
        first = min((made for _, made in members), key=lambda made: (made.path, made.line))
        others = sorted({cell.location.name for cell, made in members if made is not first})
        if others:
            listed = ", ".join(others[:_LISTED]) + (" ..." if len(others) > _LISTED else "")
            first = msgspec.structs.replace(first, notes=(*first.notes, f"changed together with {listed}"))
        ordered = sorted(members, key=lambda member: (member[1].path, member[1].line))
        told = next((consequences[cell.location] for cell, _ in ordered if cell.location in consequences), None)
        yield first if told is None else _with_consequence(first, told)


def _with_consequence(made: Finding, consequence: Consequence) -> Finding:
    primary = Span(made.path, made.line, made.column, made.end_line, made.end_column)
    return msgspec.structs.replace(
        made,
        severity="error" if made.severity == "warning" else made.severity,  # somebody is seen to look for what is not there
        also=(*made.also, consequence.code),
        notes=(*made.notes, consequence.note),
        spans=tuple(_distinct(primary, chain(made.spans, consequence.spans))),
    )


def _group_key(cell: Cell) -> object:
    """What the cells that are reported together have in common."""
    owner = cell.location.owner
    scalar = all(access.how in _WHOLE for access in cell.writes)
    if scalar and isinstance(owner, Class):
        return owner
    if isinstance(owner, (Class, Module)):  # `_data, _read_at` are re-bound by one function; a table and its index are filled by one
        return owner, frozenset(access.function for access in cell.writes)
    return cell.location


def _message(fault: Fault, *, by_requests: bool) -> str:
    """The rule's clause for the kind, for a fallback, or for a value or a container, which requests or background work writes."""
    cell, messages = fault.cell, fault.rule.messages
    scalar = cell.container in ("scalar", "unknown", "object") and all(access.how in _WHOLE for access in fault.writes)
    scalar = scalar or all(access.method in ("next", "anext") for access in fault.writes)  # `itertools.count()`
    what = "scalar" if scalar else "container"
    beside = f"background-{what}"
    case = fault.case if fault.case in messages else beside if beside in messages and not by_requests else what
    if fault.is_fallback and "fallback" in messages:
        case = "fallback"
    return messages.get(fault.kind if fault.kind in messages else case, fault.rule.summary).replace("{symbol}", cell.location.shown)


def _spans(cell: Cell, write: Access, entry: str, context: Context) -> Iterator[Span]:
    """Yield where the cell is written, where another function reads it, and who holds it."""
    path = write.function.module.path
    on_entry = (f", on {entry}" if {"/", "…"} & set(entry) else f" ({entry})") if entry else ""
    yield line_span(context, path, write.line, f"{_DONE[write.how]} by {write.function.name}{on_entry}")
    others = [read for read in cell.reads if read.function is not write.function and read.how != "load"]
    writers = {access.function for access in cell.writes}
    reader = min(others, key=lambda read: (read.function in writers, read.function.module.path, read.line), default=None)
    if reader is not None:
        text = f"read by {reader.function.name}: another instance does not have it"
        yield line_span(context, reader.function.module.path, reader.line, text)
    if cell.holder is not None and cell.holder.text:
        yield line_span(context, cell.holder.module.path, cell.holder.line, f"held for as long as the process: {cell.holder.text}")


def _of_parts(fault: Fault, context: Context) -> Iterator[Span]:
    """Yield where the attributes of what a container holds are made that requests change."""
    for part in fault.parts[:_LISTED]:
        made = _origin(part)
        yield line_span(context, made.function.module.path, made.line, f"`{part.location.symbol}`, which requests change, is a part of it")


def _distinct(primary: Span, spans: Iterable[Span]) -> list[Span]:
    """Keep one span for each line."""
    kept: dict[tuple[str, int], Span] = {}
    for span in spans:
        if (span.path, span.line) != (primary.path, primary.line):
            kept.setdefault((span.path, span.line), span)
    return list(kept.values())


def _origin(cell: Cell) -> Origin:
    """Where the value that is kept in the process is made: the container before a placeholder."""
    if cell.container == "scalar":
        return cell.origins[0]
    plain = [origin for origin in cell.origins if not (isinstance(origin.expr, Const) and origin.expr.value is None)]
    return (plain or cell.origins)[0]


def _scope(cell: Cell) -> str:
    owner = cell.location.owner
    return owner.name if isinstance(owner, (Class, Function, Module)) else "application"
