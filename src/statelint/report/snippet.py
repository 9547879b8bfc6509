"""Quote source lines and underline labelled spans in them.

Everything is laid out in terminal cells: tabs are expanded, wide characters count two, and a line that is wider than the
terminal is clipped around what is marked in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.model import Span
from statelint.report.text import GUTTER, TAB, Line, Piece, cells, graphemes, harmless, one_line, wrap
from statelint.report.words import SEVERITY_STYLES, place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statelint.model import Finding
    from statelint.report.sources import Sources

_MOST_LINES_OF_SPAN: Final = 5
_LEAST_LABEL: Final = 30
_LEAST_ROOM: Final = 30


class Mark(NamedTuple):
    """An underlined stretch of one line, in cells from 0; `end` is exclusive."""

    start: int
    end: int
    label: str
    primary: bool
    style: str


class Quote(NamedTuple):
    """What is shown of one file: the first place, its lines by number, and the marks of each."""

    path: str
    line: int
    column: int
    lines: Mapping[int, str]
    spans: Mapping[int, Sequence[tuple[Span, bool]]]
    unreadable: Sequence[Span]


def quotes(primary: Span, others: Iterable[Span], sources: Sources) -> list[Quote]:
    """Return a quotation for each file, the primary span's first."""
    grouped: dict[str, list[tuple[Span, bool]]] = {primary.path: [(primary, True)]}
    for span in others:
        grouped.setdefault(span.path, []).append((span, False))
    return [_quote(spans, sources) for spans in grouped.values()]


def _quote(spans: Sequence[tuple[Span, bool]], sources: Sources) -> Quote:
    path = spans[0][0].path
    head = spans[0][0] if spans[0][1] else min((span for span, _ in spans), key=lambda span: (span.line, span.column))
    shown: dict[int, str] = {}
    marked: dict[int, list[tuple[Span, bool]]] = {}
    unreadable: list[Span] = []
    for span, is_primary in spans:
        if sources.line(path, span.line) is None:
            unreadable.append(span)
            continue
        marked.setdefault(span.line, []).append((span, is_primary))
        for number in range(span.line, min(span.end_line, span.line + _MOST_LINES_OF_SPAN - 1) + 1):
            text = sources.line(path, number)
            if text is not None:
                shown[number] = text
    for number in list(shown):
        between = sources.line(path, number + 1)
        if number + 2 in shown and between is not None:
            shown[number + 1] = between
    return Quote(path, head.line, head.column, dict(sorted(shown.items())), marked, unreadable)


def gutter_of(quoted: Iterable[Quote]) -> int:
    """Return the width of the greatest line number."""
    return max((len(str(number)) for quote in quoted for number in quote.lines), default=1)


def draw(finding: Finding, quoted: Sequence[Quote], width: int) -> list[Line]:
    """Return the blocks of a finding's quotations."""
    gutter = gutter_of(quoted)
    margin = " " * gutter
    lines: list[Line] = []
    for index, quote in enumerate(quoted):
        arrow = ":::" if index else "-->"
        lines.append(((f"{margin}{arrow} ", GUTTER), (place(quote.path, quote.line, quote.column), "")))
        if quote.lines:
            lines.append(((f"{margin} |", GUTTER),))
            lines += _body(finding, quote, gutter, max(width - gutter - 3, _LEAST_ROOM))
            lines.append(((f"{margin} |", GUTTER),))
        for span in quote.unreadable:
            if span.label:
                lines.append(((f"{margin} = ", GUTTER), (f"{place(span.path, span.line)}: {one_line(span.label)}", "")))
    return lines


def _body(finding: Finding, quote: Quote, gutter: int, room: int) -> list[Line]:
    lines: list[Line] = []
    before = None
    for number, source in quote.lines.items():
        if before is not None and number > before + 1:
            lines.append((("...", GUTTER),))
        before = number
        text, offsets = lay_out(source)
        text, marks = clip(text, marks_of(quote.spans.get(number, ()), offsets, text, finding), room)
        lines.append(((f"{number:>{gutter}} | ", GUTTER), (text, "")))
        lines += [((f"{' ' * gutter} | ", GUTTER), *row) for row in underline(marks, room)]
    return lines


def lay_out(source: str) -> tuple[str, list[int]]:
    """Return the line as shown and, for each index of the source and its end, the cell where it stands."""
    text, at = "", 0
    offsets: list[int] = []
    for index, segment in enumerate(source.split("\t")):
        if index:
            offsets.append(at)
            fill = TAB - at % TAB
            text, at = text + " " * fill, at + fill
        shown = harmless(segment)
        for start, end, width in graphemes(shown):
            offsets += [at] * (end - start)
            at += width
        text += shown
    return text.rstrip(), [*offsets, at]


def marks_of(spans: Iterable[tuple[Span, bool]], offsets: Sequence[int], text: str, finding: Finding) -> list[Mark]:
    """Place spans on the line where they begin; one of several lines is underlined to the end of the first."""
    last = len(offsets) - 1
    marks: list[Mark] = []
    for span, is_primary in spans:
        start = offsets[min(max(span.column - 1, 0), last)]
        end = offsets[min(max(span.end_column - 1, 0), last)] if span.end_line <= span.line else cells(text)
        style = SEVERITY_STYLES[finding.severity] if is_primary else GUTTER
        marks.append(Mark(start, max(end, start + 1), one_line(span.label), is_primary, style))
    return marks


def clip(text: str, marks: Sequence[Mark], room: int) -> tuple[str, list[Mark]]:
    """Cut a line that is wider than `room` to a window around its marks, an ellipsis at each cut."""
    length = cells(text)
    if length <= room:
        return text, list(marks)
    focus = next((mark for mark in marks if mark.primary), marks[0] if marks else Mark(0, 1, "", primary=False, style=""))
    low = 0
    if any(mark.end >= room for mark in marks):
        low = max(0, min(focus.start - room // 4, length - room))
    high = low + room
    body = _window(text, low + bool(low), high - (length > high))
    shown = ("…" if low else "") + body + ("…" if length > high else "")
    moved = [mark._replace(start=min(max(mark.start - low, 0), room - 1), end=min(max(mark.end - low, 1), room)) for mark in marks]
    return shown, moved


def _window(text: str, low: int, high: int) -> str:
    """Return the cells from `low` to `high`; a wide character cut in two leaves a blank."""
    shown, at = "", 0
    for start, end, width in graphemes(text):
        if at >= low and at + width <= high:
            shown += text[start:end]
        elif at < high and at + width > low:
            shown += " " * (min(at + width, high) - max(at, low))
        at += width
    return shown


def underline(marks: Sequence[Mark], room: int) -> list[Line]:
    """Return the rows below a line: the underlines with the rightmost label, then the other labels, right to left."""
    if not marks:
        return []
    ordered = sorted(marks, key=lambda mark: (mark.start, mark.end))
    end = max(mark.end for mark in ordered)
    row = [(" ", "")] * end
    for mark in sorted(ordered, key=lambda mark: mark.primary):
        row[mark.start : mark.end] = [("^" if mark.primary else "-", mark.style)] * (mark.end - mark.start)
    pending = [mark for mark in ordered if mark.label]
    rows: list[Line] = [_joined(row)]
    if pending and pending[-1].end == end and _fits_beside(pending[-1], room - end - 1):
        last = pending.pop()
        first, *more = wrap(last.label.split(" "), room - end - 1, room - end - 1)
        rows = [(*rows[0], (f" {first}", last.style))]
        rows += [(*_bars(pending, end + 1), (line, last.style)) for line in more]
    if pending:
        rows.append(_bars(pending, pending[-1].start + 1))
    while pending:
        mark = pending.pop()
        left = [other for other in pending if other.start < mark.start]
        bars_end = max((other.start + 2 for other in left), default=0)
        start = min(mark.start, max(room - cells(mark.label), bars_end))  # a label near the right edge moves to the left
        room_below = max(room - start, _LEAST_LABEL)
        rows += [(*_bars(left, start), (line, mark.style)) for line in wrap(mark.label.split(" "), room_below, room_below)]
    return rows


def _fits_beside(mark: Mark, room: int) -> bool:
    return cells(mark.label) <= room or (room >= _LEAST_LABEL and room >= cells(mark.label) // 3)


def _bars(marks: Iterable[Mark], width: int) -> Line:
    """Return a row of the given width with a bar below the start of each mark."""
    row = [(" ", "")] * width
    for mark in marks:
        if mark.start < width:
            row[mark.start] = ("|", mark.style)
    return _joined(row)


def _joined(row: Iterable[Piece]) -> Line:
    """Join neighbouring characters of one style."""
    pieces: list[Piece] = []
    for char, style in row:
        if pieces and pieces[-1][1] == style:
            pieces[-1] = (pieces[-1][0] + char, style)
        else:
            pieces.append((char, style))
    return tuple(pieces)


def excerpt(finding: Finding, sources: Sources, width: int) -> str:
    """Return the plain quotation of a finding's spans, for formats that hold text in a box of their own."""
    quoted = quotes(primary_span(finding), finding.spans, sources)
    return "\n".join("".join(text for text, _ in line).rstrip() for line in draw(finding, quoted, width))


def primary_span(finding: Finding) -> Span:
    """Return where the finding stands, with its label."""
    return Span(finding.path, finding.line, finding.column, finding.end_line, finding.end_column, finding.label)
