"""A trace for people: a block for each subject, its facts under one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.report.text import EMPHASIS, FAINT, GUTTER, Line, hanging, one_line, paint
from statelint.report.words import SEVERITY_STYLES, count, place, route_parts
from statelint.trace.model import CellTrace, ClassTrace, FunctionTrace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.model import Step
    from statelint.trace.model import Call, Told, Trace, Use, Ways

_COLUMN: Final = 13
_MAX_ROWS: Final = 20
"""Lines shown of one kind of fact; JSON has them all."""
_HOW: Final = {
    "item": "one item",
    "delete": "removes",
    "mutate": "changes it",
    "rebind": "binds it anew",
    "augment": "adds to it",
    "nested": "changes what is in it",
    "in": "asks for a key",
    "iter": "goes through it",
    "get": "reads it",
    "load": "reads it",
}


def render(traces: Sequence[Trace], *, colour: bool, width: int) -> str:
    """Return every trace, an empty line between them."""
    lines: list[Line] = []
    for trace in traces:
        lines += [*_trace(trace, width), ()]
    return paint(lines[:-1], colour=colour)


def _trace(trace: Trace, width: int) -> Iterator[Line]:
    yield ((one_line(trace.name), EMPHASIS), (f"  {place(trace.path, trace.line)}" if trace.path else "", FAINT))
    if isinstance(trace, CellTrace):
        yield from _cell(trace, width)
    elif isinstance(trace, FunctionTrace):
        yield from _function(trace, width)
    else:
        yield from _class(trace, width)


def _cell(trace: CellTrace, width: int) -> Iterator[Line]:
    if trace.kind is not None:
        yield from _fact("kind", trace.kind, width)
    yield from _fact("container", trace.container, width)
    yield from _fact("lives", trace.lifetime, width)
    if trace.holder is not None:
        yield from _steps("held at", [trace.holder], width)
    yield from _steps("made", trace.made, width)
    if trace.holds:
        yield from _fact("holds", ", ".join(trace.holds), width)
    yield from _uses("written", trace.writes)
    yield from _uses("read", trace.reads)
    if trace.writes:
        yield from _ways(trace.routes, width)
    for index, answer in enumerate(trace.answers):
        yield from _fact("questions" if index == 0 else "", f"{answer.question} {answer.verdict}: {answer.text}", width)
    yield from _verdict(trace.findings, trace.reason, width)


def _function(trace: FunctionTrace, width: int) -> Iterator[Line]:
    for text in trace.entry_points:
        yield from _fact("entry point", text, width)
    yield from _fact("runs in", ", ".join(trace.contexts), width)
    yield from _calls("called by", trace.callers)
    yield from _calls("calls", trace.callees)
    yield from _steps("libraries", trace.library_calls, width)
    yield from _steps("not followed", trace.unresolved, width)
    yield from _uses("writes", trace.writes)
    yield from _uses("reads", trace.reads)
    yield from _ways(trace.routes, width)
    yield from _verdict(trace.findings, "no finding stands here or leads through here", width)


def _class(trace: ClassTrace, width: int) -> Iterator[Line]:
    yield from _fact("lives", trace.lifetime, width)
    if trace.holder is not None:
        yield from _steps("held at", [trace.holder], width)
    for title, names in (("bases", trace.bases), ("cells", trace.cells), ("methods", trace.methods)):
        if names:
            yield from _fact(title, ", ".join(names), width)
    yield from _steps("made", trace.made, width)
    yield from _verdict(trace.findings, "no finding stands in this class", width)


def _title(title: str) -> tuple[str, str]:
    return f"  {title:<{_COLUMN}}", GUTTER


def _fact(title: str, text: str, width: int) -> Iterator[Line]:
    head, style = _title(title)
    yield from hanging(head, text, width, style=style)


def _rows(title: str, rows: Sequence[Line]) -> Iterator[Line]:
    """Write the title before the first row, and count what is left out."""
    for number, row in enumerate(rows[:_MAX_ROWS]):
        yield (_title(title if number == 0 else ""), *row)
    if len(rows) > _MAX_ROWS:
        yield (_title(""), (f"and {count(len(rows) - _MAX_ROWS, 'more', 'more')}", FAINT))


def _aligned(rows: Iterable[tuple[str, str, str, str]]) -> list[Line]:
    """Lay out place, text, remark and its style in columns."""
    listed = list(rows)
    first = max((len(row[0]) for row in listed), default=0)
    second = max((len(row[1]) for row in listed), default=0)
    return [
        ((f"{where:<{first}}  ", ""), (f"{text:<{second}}", ""), (f"  {remark}" if remark else "", style))
        for where, text, remark, style in listed
    ]


def _steps(title: str, steps: Sequence[Step], width: int) -> Iterator[Line]:
    room = max(width - 40, 30)
    yield from _rows(title, _aligned((place(step.path, step.line), one_line(step.text)[:room], "", "") for step in steps))


def _uses(title: str, uses: Sequence[Use]) -> Iterator[Line]:
    """Write accesses: of a cell with the function that makes them, of a function with the cell."""
    yield from _rows(title, _aligned((place(use.path, use.line), _use(use), ", ".join(use.contexts), _style(use.contexts)) for use in uses))


def _use(use: Use) -> str:
    return f"{one_line(use.function)}: {_HOW.get(use.how, use.how)}{f' by .{use.method}()' if use.method else ''}"


def _style(contexts: Sequence[str]) -> str:
    return EMPHASIS if "serving" in contexts else FAINT if contexts == ("unreached",) else ""


def _calls(title: str, calls: Sequence[Call]) -> Iterator[Line]:
    rows = [(place(call.path, call.line), one_line(call.function), "" if call.kind == "call" else call.kind, FAINT) for call in calls]
    yield from _rows(title, _aligned(rows))


def _ways(ways: Ways, width: int) -> Iterator[Line]:
    if not ways.shown:
        yield from _fact("routes", "none: nothing from outside leads here", width)
        return
    room = max(width - _COLUMN - 2, 30)
    for number, way in enumerate(ways.shown):
        parts = [part if index == 0 else f"-> {part}" for index, part in enumerate(route_parts(way.steps))]
        parts += ["(a call on the way is a guess by name)"] if way.guessed else []
        for index, text in enumerate(_joined(parts, room)):
            yield (_title("routes" if number == 0 and index == 0 else ""), (text if index == 0 else f"  {text}", ""))
    if ways.total > len(ways.shown):
        yield (_title(""), (f"and {ways.total - len(ways.shown)} more; --limit shows more", FAINT))


def _joined(parts: Sequence[str], room: int) -> Iterator[str]:
    line = ""
    for part in parts:
        if line and len(line) + 1 + len(part) > room:
            yield line
            line = part
        else:
            line = f"{line} {part}" if line else part
    yield line


def _verdict(findings: Sequence[Told], reason: str, width: int) -> Iterator[Line]:
    for finding in findings:
        head = f"{finding.code} {finding.rule}"
        tail = ", ".join((finding.severity, f"confidence {finding.confidence}", finding.standing))
        yield (_title("finding"), (head, SEVERITY_STYLES[finding.severity]), (f" ({tail}) {place(finding.path, finding.line)}", ""))  # type: ignore[index]
        yield from hanging(" " * (_COLUMN + 2), finding.message, width)
    if not findings or (reason and reason[:2] != "no"):
        yield from _fact("no finding", reason, width)
