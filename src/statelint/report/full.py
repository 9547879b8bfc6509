"""The default format: each finding with its sources, then the checklist and a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.report.snippet import draw, gutter_of, primary_span, quotes
from statelint.report.sources import Sources
from statelint.report.tail import diagnostics, statistics, tail
from statelint.report.text import EMPHASIS, GUTTER, Line, cells, hanging, one_line, paint, split_hint, wrap
from statelint.report.words import SEVERITY_STYLES, notes_of, route_parts

if TYPE_CHECKING:
    from statelint.model import Finding, Result
    from statelint.report.context import Context

_WRAPPED_HEADER: Final = 4


def render(result: Result, context: Context) -> str:
    """Return the report for a terminal."""
    sources = Sources(context.root)
    lines: list[Line] = []
    if context.statistics:
        lines += statistics(result)
    else:
        for finding in result.findings:
            lines += [*_finding(finding, sources, context.width), ()]
    lines += diagnostics(result, context.width)
    lines += tail(result, context)
    while lines and not lines[-1]:
        lines.pop()
    return paint(lines, colour=context.colour)


def _finding(finding: Finding, sources: Sources, width: int) -> list[Line]:
    quoted = quotes(primary_span(finding), finding.spans, sources)
    margin = " " * gutter_of(quoted)
    head = f"{finding.severity}[{one_line(finding.code)} {one_line(finding.rule)}]"
    lines = hanging(f"{head}: ", finding.message, width, indent=_WRAPPED_HEADER, style=SEVERITY_STYLES[finding.severity], body=EMPHASIS)
    lines += draw(finding, quoted, width)
    if finding.route:
        lines += _route(f"{margin} = ", route_parts(finding.route), width)
    for note in notes_of(finding):
        lines += _titled(margin, "note", note, width)
    if finding.hint.strip():
        sentence, code = split_hint(finding.hint)
        lines += _titled(margin, "help", sentence, width)
        indent = " " * (len(margin) + len(" = help:   "))
        lines += [((f"{indent}{line}", "green"),) for line in code]
    return lines


def _titled(margin: str, title: str, text: str, width: int) -> list[Line]:
    first, *rest = hanging(f"{margin} = {title}: ", text, width)
    return [((f"{margin} = ", GUTTER), (title, EMPHASIS), (": ", ""), *first[1:]), *rest]


def _route(head: str, parts: list[str], width: int) -> list[Line]:
    """Return the chain, broken before an arrow where it must be."""
    indent = len(head) + len("route: ")
    room = max(width - indent, 30)
    units: list[str] = []
    for index, part in enumerate(parts):
        unit = f"-> {part}" if index else part
        units += [unit] if cells(unit) <= room else unit.split(" ")
    first, *rest = wrap(units, room, room)
    return [((head, GUTTER), ("route", EMPHASIS), (f": {first}", "")), *(((" " * indent + line, ""),) for line in rest)]
