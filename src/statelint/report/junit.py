"""JUnit XML: a test suite for each item of the checklist, a failure for each error and warning; a note is told, and passes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from statelint.model import ANALYSIS_ITEM
from statelint.report.links import rule_url
from statelint.report.snippet import excerpt
from statelint.report.sources import Sources
from statelint.report.text import harmless, indented, one_line, split_hint
from statelint.report.words import VERDICTS, by_fingerprint, grounds, how_to_decide, item_order, notes_of, place, route_parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.model import Diagnostic, Finding, Result, Verdict
    from statelint.report.context import Context
    from statelint.rulebook.load import Rulebook

_QUOTE_WIDTH = 120


def render(result: Result, context: Context) -> str:
    """Return the document; its counts are those that its cases add up to."""
    sources = Sources(context.root)
    groups, named = item_order(result.findings), by_fingerprint(result.findings)
    root = ET.Element("testsuites", {"name": "statelint"})
    for verdict in result.checklist:
        findings = groups.pop(verdict.item, [])
        if findings or context.show_checklist:
            cases = [_finding(finding, sources, context.book) for finding in findings]
            others = _of_programs(verdict, result, named) if result.programs else [] if cases else [_verdict(verdict, named)]
            _suite(root, verdict.item, [*cases, *others])
    for item, findings in groups.items():
        _suite(root, item, [_finding(finding, sources, context.book) for finding in findings])
    if result.diagnostics:
        _suite(root, f"{ANALYSIS_ITEM} diagnostics", [_diagnostic(entry) for entry in result.diagnostics])
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(root: ET.Element, name: str, cases: Sequence[ET.Element]) -> None:
    suite = ET.SubElement(root, "testsuite", {"name": one_line(name), "tests": str(len(cases))})
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(sum(case.find(tag) is not None for case in cases)))
    suite.extend(cases)


def _case(name: str, group: str, path: str = "", line: int | None = None) -> ET.Element:
    case = ET.Element("testcase", {"name": one_line(name), "classname": f"statelint.{one_line(group)}"})
    if path:
        case.set("file", harmless(path))
    if path and line:
        case.set("line", str(line))
    return case


def _finding(finding: Finding, sources: Sources, book: Rulebook) -> ET.Element:
    where = place(finding.path, finding.line, finding.column)
    case = _case(f"{finding.code} {finding.rule} {where}", finding.item, finding.path, finding.line)
    sentence, code = split_hint(finding.hint)
    body = [where, one_line(finding.message), excerpt(finding, sources, _QUOTE_WIDTH)]
    if finding.route:
        body.append(f"route: {' -> '.join(route_parts(finding.route))}")
    body += [f"note: {one_line(note)}" for note in notes_of(finding)]
    if sentence:
        body.append(f"help: {sentence}")
    body += indented(code)
    url = rule_url(finding.code, book)
    if url:
        body.append(f"see: {url}")
    if finding.severity == "note":
        told = ET.SubElement(case, "system-out")
    else:
        told = ET.SubElement(case, "failure", {"type": finding.severity, "message": one_line(finding.message)})
    told.text = "\n".join(body)
    return case


def _of_programs(verdict: Verdict, result: Result, named: Mapping[str, Finding]) -> list[ET.Element]:
    """Return a case for each program that does not fail the item."""
    own = [(program.name, one) for program in result.programs for one in program.checklist if one.item == verdict.item]
    return [_verdict(one, named, f"{name}: {one.title}") for name, one in own if one.verdict != "fail"]


def _verdict(verdict: Verdict, named: Mapping[str, Finding], name: str = "") -> ET.Element:
    """Return the case of an item without findings of its own to show: passed, or skipped with the reason."""
    case = _case(name or verdict.title, verdict.item)
    if verdict.verdict == "pass":
        if verdict.stated:
            ET.SubElement(case, "system-out").text = f"stated: {one_line(verdict.stated)}"
        return case
    reasons = [f"{one_line(text)} ({place(path, line)})" if path else one_line(text) for text, path, line in grounds(verdict, named)]
    reasons += [hint for hint in (how_to_decide(verdict),) if hint]
    ET.SubElement(case, "skipped", {"message": f"{VERDICTS[verdict.verdict]}: {'; '.join(reasons)}"})
    return case


def _diagnostic(entry: Diagnostic) -> ET.Element:
    case = _case(place(entry.path, entry.line), ANALYSIS_ITEM, entry.path, entry.line)
    tag = "error" if entry.level == "error" else "skipped"
    ET.SubElement(case, tag, {"message": one_line(entry.message)} | ({"type": entry.level} if tag == "error" else {}))
    return case
