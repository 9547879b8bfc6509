"""Findings for a coding assistant: in few words, always in the same shape, one thing a line.

Each finding is a block: what and where, then `why`, `proof` (the way from a request to the state), `places`, `notes` and `repair`.
A line that does not begin a block is indented; a repair that was told before is referred to by the finding that told it. Where there are
several programs, a line `program` stands above the items of each. The shape changes with the number in the first line only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.report.text import harmless, indented, one_line, split_hint
from statelint.report.words import checklists, folded, is_judged, place, program_title, route_parts, severities, untold, verdict_counts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model import Finding, Result
    from statelint.report.context import Context

VERSION: Final = 1


def render(result: Result, context: Context) -> str:
    """Return the findings by weight, then what is undecided and what could not be read."""
    lines = [
        f"statelint agent {VERSION}: {len(result.findings)} findings" + (f", {severities(result.findings)}" if result.findings else "")
    ]
    told: dict[str, Finding] = {}
    for finding in result.findings:
        lines += _finding(finding, told.get(finding.hint))
        told.setdefault(finding.hint, finding)
    if not context.quiet and context.show_checklist:
        lines += _verdicts(result)
    lines += [f"unread {place(entry.path, entry.line)}: {one_line(entry.message)}" for entry in untold(result)]
    return "".join(f"{line}\n" for line in lines)


def _finding(finding: Finding, told: Finding | None) -> Iterator[str]:
    doubt = "" if finding.confidence == "high" else f" confidence={finding.confidence}"
    also = f" also={','.join(map(one_line, finding.also))}" if finding.also else ""
    symbol = f" {one_line(finding.symbol)}" if finding.symbol else ""
    yield f"{finding.severity} {one_line(finding.code)} {place(finding.path, finding.line, finding.column)}{symbol}{doubt}{also}"
    yield f" why: {one_line(finding.message)}"
    if finding.route:
        yield f" proof: {' > '.join(folded(route_parts(finding.route)))}"
    if finding.spans:
        yield f" places: {'; '.join(f'{place(span.path, span.line)} {one_line(span.label)}'.rstrip() for span in finding.spans)}"
    if finding.notes:
        yield f" notes: {'; '.join(map(one_line, finding.notes))}"
    if told is not None:
        yield f" repair: as {one_line(told.code)} {place(told.path, told.line, told.column)}"
        return
    sentence, code = split_hint(finding.hint)
    if sentence or code:
        yield f" repair: {sentence}".rstrip()
        yield from (harmless(line) for line in indented(code, "  ") if line)


def _verdicts(result: Result) -> Iterator[str]:
    for name, checklist in checklists(result):
        if name:
            yield f"program {program_title(result, name)}: {verdict_counts(checklist) if is_judged(checklist) else 'no web application'}"
        for kind in ("fail", "unknown"):
            items = [verdict.item for verdict in checklist if verdict.verdict == kind]
            if items:
                yield f"items {kind}: {' '.join(map(one_line, items))}"
