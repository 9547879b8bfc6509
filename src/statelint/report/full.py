"""The default format: each finding with its sources, then the checklist and a summary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.report.links import rule_url
from statelint.report.snippet import draw, gutter_of, primary_span, quotes
from statelint.report.sources import Sources
from statelint.report.tail import diagnostics, overview, statistics, tail
from statelint.report.text import EMPHASIS, GUTTER, Line, cells, hanging, one_line, paint, split_hint, wrap
from statelint.report.weight import to_begin_with
from statelint.report.words import SEVERITY_STYLES, folded, mark, notes_of, place, route_parts

if TYPE_CHECKING:
    from statelint.model import Finding, Result
    from statelint.report.context import Context

_WRAPPED_HEADER: Final = 4
_MOST_WHOLE: Final = 15
_TO_BEGIN_WITH: Final = 10


def render(result: Result, context: Context) -> str:
    """Return the report for a terminal."""
    sources = Sources(context.root)
    lines: list[Line] = []
    if context.statistics:
        lines += statistics(result)
    else:
        folds = context.fold and len(result.findings) > _MOST_WHOLE
        findings = to_begin_with(result.findings, _TO_BEGIN_WITH) if folds else result.findings
        lines += overview(result, context, folds=folds)
        told: dict[str, Finding] = {}
        explained: set[str] = set()
        for finding in findings:
            url = "" if finding.code in explained else rule_url(finding.code, context.book)
            lines += [*_finding(finding, sources, context, told.get(finding.hint), url), ()]
            told.setdefault(finding.hint, finding)
            explained.add(finding.code)
        if folds:
            lines += [*_rest(len(result.findings), len(findings), context.width), ()]
    lines += diagnostics(result, context.width)
    lines += tail(result, context)
    while lines and not lines[-1]:
        lines.pop()
    return paint(lines, colour=context.colour)


def _rest(total: int, shown: int, width: int) -> list[Line]:
    """Say how to see what was left out."""
    said = f"{shown} of {total:,} findings, to begin with. `--all` shows every one, `-o report.txt` writes them into a file."
    return hanging("", said, width, body=EMPHASIS)


def _finding(finding: Finding, sources: Sources, context: Context, told: Finding | None, url: str) -> list[Line]:
    """Return the block of a finding; `told` is the one above it that has the same repair, `url` the rule's page where it is new."""
    width = context.width
    quoted = quotes(primary_span(finding), finding.spans, sources)
    margin = " " * gutter_of(quoted)
    head = f"{finding.severity}[{one_line(finding.code)} {one_line(finding.rule)}]{mark(finding, unsafe=context.unsafe_fixes)}"
    lines = hanging(f"{head}: ", finding.message, width, indent=_WRAPPED_HEADER, style=SEVERITY_STYLES[finding.severity], body=EMPHASIS)
    lines += draw(finding, quoted, width)
    if finding.route:
        lines += _route(f"{margin} = ", folded(route_parts(finding.route)), width)
    for note in notes_of(finding):
        lines += _titled(margin, "note", note, width)
    if told is not None and finding.hint.strip():
        lines += _titled(margin, "help", f"as for {one_line(told.code)} at {place(told.path, told.line)}, above", width)
    elif finding.hint.strip():
        sentence, code = split_hint(finding.hint)
        lines += _titled(margin, "help", sentence, width)
        indent = " " * (len(margin) + len(" = help:   "))
        lines += [((f"{indent}{line}", "green"),) for line in code]
    if url:
        lines += _titled(margin, "see", url, width)
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
        if cells(unit) <= room:
            units.append(unit)
            continue
        text, divider, where = unit.rpartition(" (")  # the place goes to the next line before a name is torn from its verb
        if divider and cells(text) <= room:
            units += [text, f"({where}"]
        else:
            units += re.findall(r"-> \S+|\S+", unit)  # no arrow at the end of a line
    first, *rest = wrap(units, room, room)
    return [((head, GUTTER), ("route", EMPHASIS), (f": {first}", "")), *(((" " * indent + line, ""),) for line in rest)]
