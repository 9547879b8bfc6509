"""What the page shows, as plain data: every text is still raw and becomes HTML in the template alone."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from itertools import count as count_from
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.model import ANALYSIS_ITEM, ITEMS, SEVERITIES
from statelint.report.links import rule_url, source_url
from statelint.report.snippet import Mark, clip, lay_out, marks_of, primary_span, quotes
from statelint.report.sources import Sources
from statelint.report.text import code_lines, graphemes, one_line, split_hint
from statelint.report.words import (
    FIRST_STEPS,
    LAST_STEPS,
    MOST_STEPS,
    VERDICTS,
    besides,
    by_fingerprint,
    checklists,
    fix_of,
    grounds,
    how_to_decide,
    item_order,
    place,
    program_title,
    summary_line,
    untold,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statelint.model import Diagnostic, Finding, Project, Result, Span, Step, Summary, Verdict, VerdictKind
    from statelint.report.context import Context
    from statelint.report.snippet import Quote
    from statelint.rulebook.load import Rulebook
    from statelint.rulebook.schema import Rule

    Linked = Callable[[str, int | None], str]

_WIDEST_LINE: Final = 180
_MOST_OPEN: Final = 12
_ANALYSIS_TITLE: Final = "The analysis itself"


class Label(NamedTuple):
    """A label below a line: the text that stands above it to the left, and what it says."""

    before: str
    text: str
    kind: Literal["primary", "further"]


class Row(NamedTuple):
    """A line of source in stretches of (text, kind of mark), or a gap when there is no number."""

    number: int | None
    pieces: Sequence[tuple[str, str]]
    labels: Sequence[Label]


class Block(NamedTuple):
    """The quotation of one file."""

    place: str
    url: str
    """Of the source, "" where nobody said where it is; so everywhere on the page."""
    rows: Sequence[Row]
    unreadable: Sequence[tuple[str, str]]


class Node(NamedTuple):
    """A station on the way from a request to the state."""

    kind: Literal["entry", "call", "state"]
    text: str
    place: str
    url: str


class Paragraph(NamedTuple):
    """A paragraph of a rule's text, or a piece of code in it."""

    kind: Literal["text", "code"]
    text: str


class Help(NamedTuple):
    """What the rulebook says of a rule."""

    summary: str
    sections: Sequence[tuple[str, Sequence[Paragraph]]]
    references: Sequence[tuple[str, bool]]
    """Text, and whether it may be a link."""


class Card(NamedTuple):
    """One item of the checklist."""

    number: int
    item: str
    title: str
    verdict: VerdictKind
    word: str
    grounds: Sequence[tuple[str, str, str]]
    """Text, place and its URL."""
    findings: int


class Checklist(NamedTuple):
    """The twelve items of a program."""

    title: str
    cards: Sequence[Card]
    tally: Sequence[tuple[VerdictKind, str, int]]


class Entry(NamedTuple):
    """One finding."""

    anchor: str
    finding: Finding
    place: str
    notes: Sequence[str]
    blocks: Sequence[Block]
    route: Sequence[Node]
    middle: tuple[int, int]
    """The stations, from the first to before the second, that are folded; none of a short route."""
    hint: str
    code: str
    help: Help | None
    haystack: str
    """What the text filter searches, in lower case."""


class Group(NamedTuple):
    """The findings of one item."""

    item: str
    title: str
    entries: Sequence[Entry]


class Page(NamedTuple):
    """Everything on the page."""

    name: str
    project: Project
    summary: Summary
    sentence: str
    checklists: Sequence[Checklist]
    undecided: bool
    """Whether the checklist leaves an item open."""
    groups: Sequence[Group]
    total: int
    blocking: int
    """Errors and warnings; a note stands in nobody's way."""
    severities: Sequence[tuple[str, int]]
    files: Sequence[tuple[str, int]]
    diagnostics: Sequence[tuple[Diagnostic, str, str]]
    """With its place and the URL of that."""
    open: bool
    """Few enough findings to show them unfolded."""


def page_of(result: Result, context: Context) -> Page:
    """Return the page's data."""
    sources = Sources(context.root)
    titles = {item.key: f"{item.breaks[:1].upper()}{item.breaks[1:]}" for item in ITEMS} | {ANALYSIS_ITEM: _ANALYSIS_TITLE}
    linked = partial(source_url, context.source_url)
    numbers = {id(finding): number for number, finding in enumerate(result.findings, start=1)}
    groups = [
        Group(item, titles.get(item, item), [_entry(finding, numbers[id(finding)], sources, context.book, linked) for finding in findings])
        for item, findings in item_order(result.findings).items()
    ]
    levels = Counter(finding.severity for finding in result.findings)
    return Page(
        name=PurePosixPath(one_line(result.project.root).replace("\\", "/")).name or "project",
        project=result.project,
        summary=result.summary,
        sentence=summary_line(result),
        checklists=_checklists(result, linked) if context.show_checklist and not context.quiet and result.checklist else [],
        undecided=any(verdict.verdict == "unknown" for verdict in result.checklist),
        groups=groups,
        total=len(result.findings),
        blocking=len(result.findings) - levels["note"],
        severities=[(level, levels[level]) for level in SEVERITIES if levels[level]],
        files=sorted(Counter(place(finding.path) for finding in result.findings).items()),
        diagnostics=[(entry, place(entry.path, entry.line), linked(entry.path, entry.line)) for entry in untold(result)],
        open=len(result.findings) <= _MOST_OPEN,
    )


def _checklists(result: Result, linked: Linked) -> list[Checklist]:
    findings = by_fingerprint(result.findings)
    numbers = count_from(1)
    shown = []
    for name, checklist in checklists(result):
        verdicts = Counter(verdict.verdict for verdict in checklist)
        tally = [(kind, word, verdicts[kind]) for kind, word in VERDICTS.items() if verdicts[kind]]
        cards = [_card(next(numbers), verdict, findings, linked) for verdict in checklist]
        shown.append(Checklist(f"Checklist of {program_title(result, name)}" if name else "Checklist", cards, tally))
    return shown


def _card(number: int, verdict: Verdict, findings: Mapping[str, Finding], linked: Linked) -> Card:
    reasons = [(text, place(path, line) if path else "", linked(path, line)) for text, path, line in grounds(verdict, findings)]
    reasons += [(hint, "", "") for hint in (how_to_decide(verdict),) if hint]
    found = sum(one in findings for one in verdict.findings)
    return Card(number, verdict.item, verdict.title, verdict.verdict, VERDICTS[verdict.verdict], reasons, found)


def _entry(finding: Finding, number: int, sources: Sources, book: Rulebook, linked: Linked) -> Entry:
    sentence, code = split_hint(finding.hint)
    where = place(finding.path, finding.line, finding.column)
    nodes = _route(finding.route, linked)
    rule = book.rule(finding.code)
    own = (finding.code, finding.rule, *finding.also, *finding.items)
    words = (*own, finding.symbol, finding.message, where, finding.hint, *(node.text for node in nodes))
    return Entry(
        anchor=f"finding-{number}",
        finding=finding,
        place=where,
        notes=[*finding.notes, *besides(finding), *fix_of(finding)],
        blocks=[_block(finding, quote, linked) for quote in quotes(primary_span(finding), finding.spans, sources)] if finding.line else [],
        route=nodes,
        middle=(FIRST_STEPS + 1, len(nodes) - LAST_STEPS) if len(finding.route) > MOST_STEPS else (len(nodes), len(nodes)),
        hint=sentence,
        code="\n".join(code),
        help=_help(rule, rule_url(rule.code, book)) if rule else None,
        haystack=one_line(" ".join(words)).lower(),
    )


def _block(finding: Finding, quote: Quote, linked: Linked) -> Block:
    rows: list[Row] = []
    before = None
    for number, source in quote.lines.items():
        if before is not None and number > before + 1:
            rows.append(Row(None, (), ()))
        before = number
        rows.append(_row(number, source, quote.spans.get(number, ()), finding))
    unreadable = [(place(span.path, span.line), one_line(span.label)) for span in quote.unreadable if span.label]
    return Block(place(quote.path, quote.line, quote.column), linked(quote.path, quote.line), rows, unreadable)


def _row(number: int, source: str, spans: Sequence[tuple[Span, bool]], finding: Finding) -> Row:
    text, offsets = lay_out(source)
    text, marks = clip(text, marks_of(spans, offsets, text, finding), _WIDEST_LINE)
    labels = [Label(_until(text, mark.start), mark.label, _kind(mark)) for mark in sorted(marks) if mark.label]
    return Row(number, _pieces(text, marks), labels)


def _kind(mark: Mark) -> Literal["primary", "further"]:
    return "primary" if mark.primary else "further"


def _until(text: str, cell: int) -> str:
    """Return the text before a cell."""
    shown, at = "", 0
    for start, end, width in graphemes(text):
        if at >= cell:
            break
        shown, at = shown + text[start:end], at + width
    return shown


def _pieces(text: str, marks: Sequence[Mark]) -> list[tuple[str, str]]:
    """Divide a line where marks begin and end; the primary mark wins where two overlap."""
    pieces: list[tuple[str, str]] = []
    at = 0
    for start, end, width in graphemes(text):
        over = [mark for mark in marks if mark.start < at + max(width, 1) and at < mark.end]
        kind = _kind(max(over, key=lambda mark: mark.primary)) if over else ""
        if pieces and pieces[-1][1] == kind:
            pieces[-1] = (pieces[-1][0] + text[start:end], kind)
        else:
            pieces.append((text[start:end], kind))
        at += width
    return pieces


def _route(route: Sequence[Step], linked: Linked) -> list[Node]:
    """Return the stations; `POST /login -> login` is two of them, the last step is the state itself."""
    nodes: list[Node] = []
    for index, step in enumerate(route):
        where = place(step.path, step.line) if step.path else ""
        *entry, text = one_line(step.text).split(" -> ", 1)
        if entry:
            nodes.append(Node("entry", entry[0], "", ""))
        last = index and index == len(route) - 1
        nodes.append(Node("state" if last else "call" if index or entry else "entry", text, where, linked(step.path, step.line)))
    return nodes


def _help(rule: Rule, url: str) -> Help:
    sections = [("Why it breaks", rule.why), ("How to repair it", rule.fix), ("What the rule does not see", rule.limits)]
    references = dict.fromkeys(([url] if url else []) + list(rule.references))
    return Help(
        summary=one_line(rule.summary),
        sections=[(title, _paragraphs(text)) for title, text in sections if text.strip()],
        references=[(one_line(reference), bool(re.match(r"https?://", reference))) for reference in references],
    )


def _paragraphs(text: str) -> list[Paragraph]:
    """Divide text at blank lines; indented and fenced paragraphs are code."""
    paragraphs: list[Paragraph] = []
    for fenced, part in _fenced_parts(text.strip("\n")):
        for paragraph in [part] if fenced else re.split(r"\n[ \t]*\n", part):
            if not paragraph.strip():
                continue
            if fenced or paragraph.startswith(("    ", "\t")):
                lines = code_lines(paragraph.strip("\n"))
                margin = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
                paragraphs.append(Paragraph("code", "\n".join(line[margin:] for line in lines)))
            else:
                paragraphs.append(Paragraph("text", one_line(paragraph)))
    return paragraphs


def _fenced_parts(text: str) -> list[tuple[bool, str]]:
    """Return the text's parts outside and inside of ``` fences."""
    parts = re.split(r"^```[^\n]*\n?", text, flags=re.MULTILINE)
    return [(bool(index % 2), part) for index, part in enumerate(parts)]
