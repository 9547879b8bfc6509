"""What an editor shows of a finding: the rule, the repair, the route as links, and of state what `statelint trace` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.errors import StatelintError
from statelint.report.links import rule_url
from statelint.report.text import code_lines, split_hint
from statelint.report.words import count, notes_of, place
from statelint.several import programs_in
from statelint.trace.collect import Known, judgements_of, trace_of
from statelint.trace.lookup import subjects_at
from statelint.trace.model import CellTrace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.engine import LinkedProject
    from statelint.model import Finding
    from statelint.server.markup import Markup
    from statelint.server.places import Places
    from statelint.server.project import Snapshot

_MOST_FINDINGS: Final = 3
"""At one place; the editor's list has the others."""
_MOST_ROUTES: Final = 1


class Tracer:
    """Traces the cells of one snapshot; what the state rules think of them is worked out at the first question."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._known: dict[int, Known] = {}

    def of(self, finding: Finding) -> CellTrace | None:
        """Return what is known of the cell that requests write and a finding is about; None where it is about none."""
        for number, linked in enumerate(self._snapshot.linked):
            path = self._inside(finding.path, linked)
            if path is None:
                continue
            if number not in self._known:
                self._known[number] = _known(linked, self._snapshot)
            try:
                subjects = subjects_at(path, finding.line, linked.context.program)
            except StatelintError:  # nothing that can be traced stands there
                continue
            for subject in subjects:
                traced = trace_of(subject, self._known[number])
                if isinstance(traced, CellTrace) and traced.kind and any(told.code == finding.code for told in traced.findings):
                    return traced
        return None

    def _inside(self, path: str, linked: LinkedProject) -> str | None:
        """Return a path below the root of the repository as the program tells it; None where it has no such file."""
        real = self._snapshot.root / path
        root = linked.context.discovery.root
        inside = real.relative_to(root).as_posix() if real.is_relative_to(root) else ""
        return inside if any(module.path == inside for module in linked.context.program.modules.values()) else None


def _known(linked: LinkedProject, snapshot: Snapshot) -> Known:
    judgements = judgements_of(one.linked.context for one in programs_in(linked))
    return Known(linked.context, judgements, snapshot.judgement.standings(), _MOST_ROUTES)


def hover_of(findings: list[Finding], snapshot: Snapshot, places: Places, tracer: Tracer, markup: Markup) -> str:
    """Return the page of some findings at one place."""
    pages = ["\n\n".join(_page(finding, snapshot, places, tracer, markup)) for finding in findings[:_MOST_FINDINGS]]
    return ("\n\n---\n\n" if markup.is_markdown else "\n\n").join(pages)


def _page(finding: Finding, snapshot: Snapshot, places: Places, tracer: Tracer, markup: Markup) -> Iterator[str]:
    book = snapshot.settings.book
    rule, url = book.rule(finding.code), rule_url(finding.code, book)
    head = markup.bold(f"{finding.code} {finding.rule}")
    yield f"{head} ({finding.severity}, confidence {finding.confidence})"
    yield markup.words(finding.message)
    if rule is not None:
        yield f"{markup.bold('Why')}: {markup.words(rule.why)}"
    sentence, lines = split_hint(finding.hint)
    if sentence or lines:
        yield f"{markup.bold('Repair')}: {markup.words(sentence)}"
    if lines:
        yield markup.block([line for text in lines for line in code_lines(text)])
    notes = notes_of(finding)
    if notes:
        yield "\n".join(f"- {markup.words(note)}" for note in notes)
    if finding.route:
        yield "\n".join([f"{markup.bold('Route')}:", "", *_route(finding, places, markup)])
    cell = tracer.of(finding)
    if cell is not None:
        yield "\n".join([f"{markup.bold('Trace')} of {markup.code(cell.name)}:", "", *_trace(cell, markup)])
    if url:
        yield markup.link(f"The page of {finding.code}", url) if markup.is_markdown else url


def _route(finding: Finding, places: Places, markup: Markup) -> Iterator[str]:
    for number, step in enumerate(finding.route, start=1):
        where = f" ({markup.link(place(step.path, step.line), f'{places.uri(step.path)}#L{step.line}')})" if step.path else ""
        yield f"{number}. {markup.words(step.text)}{where}"


def _trace(cell: CellTrace, markup: Markup) -> Iterator[str]:
    if cell.kind is not None:
        yield f"- {cell.kind} in a {cell.container}"
    yield f"- lives {markup.words(cell.lifetime)}"
    places = f"{count(len(cell.writes), 'place')} and read at {count(len(cell.reads), 'place')}"
    yield f"- written at {places}, reached from {count(cell.routes.total, 'entry point')}"
    for answer in cell.answers:
        yield f"- {answer.question} {answer.verdict}: {markup.words(answer.text)}"
