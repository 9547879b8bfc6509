"""The two short text formats: a line for each finding, plain or grouped by file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.report.tail import overview, statistics
from statelint.report.tail import tail as full_tail
from statelint.report.text import EMPHASIS, FAINT, GUTTER, Line, hanging, one_line, pad, paint
from statelint.report.words import SEVERITY_STYLES, counts_of, fixable_line, mark, next_steps, place, summary_line, untold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.model import Diagnostic, Finding, Result
    from statelint.report.context import Context


def render_concise(result: Result, context: Context) -> str:
    """Return `path:line:column: CODE [severity] message`, never wrapped, for `grep` and editors.

    `[*]` stands before the message of what `--fix` mends.
    """
    lines: list[Line] = statistics(result) if context.statistics else [_concise(finding, context) for finding in result.findings]
    for entry in untold(result):
        level = (f": [{entry.level}]", SEVERITY_STYLES[entry.level])
        lines.append(((place(entry.path, entry.line), EMPHASIS), level, (f" {one_line(entry.message)}", "")))
    if not context.quiet:
        if context.show_checklist and result.checklist:
            lines += [((line, ""),) for line in counts_of(result)]
        lines.append(((summary_line(result), EMPHASIS),))
        fixable = fixable_line(result, unsafe=context.unsafe_fixes)
        lines += [((fixable, ""),)] if fixable else []
        step = next_steps(result, context.book)
        lines += [((step, ""),)] if step else []
    return paint(lines, colour=context.colour)


def _concise(finding: Finding, context: Context) -> Line:
    return (
        (place(finding.path, finding.line, finding.column), EMPHASIS),
        (": ", GUTTER),
        (f"{one_line(finding.code)} [{finding.severity}]", SEVERITY_STYLES[finding.severity]),
        (f"{mark(finding, unsafe=context.unsafe_fixes)} {one_line(finding.message)}", ""),
    )


def render_grouped(result: Result, context: Context) -> str:
    """Return findings below the name of their file, in columns, then the checklist."""
    lines: list[Line] = []
    if context.statistics:
        lines += statistics(result)
    else:
        lines += overview(result, context)
        files: dict[str, list[Finding]] = {}
        for finding in result.findings:  # so the file with the heaviest finding comes first
            files.setdefault(finding.path, []).append(finding)
        for path, group in files.items():
            lines += [((place(path), "bold underline"),), *_rows(group, context), ()]
    lines += _unread(untold(result), context.width)
    lines += full_tail(result, context)
    while lines and not lines[-1]:
        lines.pop()
    return paint(lines, colour=context.colour)


def _rows(findings: list[Finding], context: Context) -> list[Line]:
    places = [f"{finding.line}:{finding.column}" if finding.line else "-" for finding in findings]
    widest = max(map(len, places))
    lines: list[Line] = []
    for where, finding in zip(places, findings, strict=True):
        head = f"  {where:>{widest}}  {finding.severity:<7}  {pad(one_line(finding.code), 6)}  "
        (_, first), *rest = hanging(head, f"{mark(finding, unsafe=context.unsafe_fixes)} {finding.message}".lstrip(), context.width)
        severity = (f"{finding.severity:<7}", SEVERITY_STYLES[finding.severity])
        lines.append(((f"  {where:>{widest}}  ", FAINT), severity, (f"  {pad(one_line(finding.code), 6)}  ", EMPHASIS), first))
        lines += rest
    return lines


def _unread(diagnostics: Iterable[Diagnostic], width: int) -> list[Line]:
    lines: list[Line] = []
    for entry in diagnostics:
        lines += hanging(f"{place(entry.path, entry.line)}: {entry.level}: ", entry.message, width, indent=4, style=FAINT)
    return [*lines, ()] if lines else []
