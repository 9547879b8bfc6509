"""Workflow commands: GitHub shows them as annotations beside the lines of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.report.links import rule_url
from statelint.report.text import harmless, indented, one_line, split_hint
from statelint.report.words import counts_of, folded, route_parts, summary_line, untold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.model import Finding, Result, Severity
    from statelint.report.context import Context
    from statelint.rulebook.load import Rulebook

_COMMANDS: Final[Mapping[Severity, str]] = {"error": "error", "warning": "warning", "note": "notice"}


def render(result: Result, context: Context) -> str:
    """Return a command for each finding and diagnostic, and one that sums up."""
    lines = [_finding(finding, context.book) for finding in result.findings]
    for entry in untold(result):
        where = {"file": entry.path, "line": str(entry.line or "")}
        lines.append(_command(entry.level, {**where, "title": "statelint could not read or do this"}, one_line(entry.message)))
    if not context.quiet:
        checklist = "".join(f"\n{line}" for line in counts_of(result)) if context.show_checklist and result.checklist else ""
        lines.append(_command("notice", {"title": "statelint"}, summary_line(result) + checklist))
    return "".join(f"{line}\n" for line in lines)


def _finding(finding: Finding, book: Rulebook) -> str:
    sentence, code = split_hint(finding.hint)
    body = [one_line(finding.message)]
    if finding.route:
        body.append(f"Route: {' -> '.join(folded(route_parts(finding.route)))}")
    if finding.also:
        body.append(f"Also: {', '.join(finding.also)}")
    if finding.confidence != "high":
        body.append(f"Confidence: {finding.confidence}")
    if sentence:
        body.append(f"Help: {sentence}")
    body += indented(code)
    url = rule_url(finding.code, book)
    if url:
        body.append(f"See: {url}")
    where = {"file": finding.path, "line": str(finding.line or "")}
    if finding.path and finding.line:
        where["endLine"] = str(finding.end_line)
        if finding.end_line == finding.line:  # columns are understood on one line only, and the end is inclusive
            where |= {"col": str(finding.column), "endColumn": str(max(finding.end_column - 1, finding.column))}
    return _command(_COMMANDS[finding.severity], {**where, "title": f"{finding.code} {finding.rule}"}, "\n".join(body))


def _command(name: str, properties: Mapping[str, str], message: str) -> str:
    shown = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{name} {shown}::{_data(message)}"


def _data(text: str) -> str:
    kept = "\n".join(harmless(line) for line in text.split("\n"))
    return kept.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return harmless(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
