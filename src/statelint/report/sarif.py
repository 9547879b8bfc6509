"""SARIF 2.1.0: one run with its rules, results, routes as code flows, verdicts and diagnostics.

Violations are results of kind `fail`. What else the checklist says are results of kind `pass`, `open` and `notApplicable`
at level `none`; readers that take every result for a violation want a report without the checklist. The verdicts are among
the run's properties in either case.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from statelint import __version__
from statelint.model import ITEMS
from statelint.report.links import DOCUMENTATION, rule_url
from statelint.report.snippet import primary_span
from statelint.report.text import harmless, one_line, split_hint
from statelint.report.words import checklists, how_to_decide, route_parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.model import Diagnostic, Finding, Fix, Result, Span, Step, Verdict, VerdictKind
    from statelint.report.context import Context
    from statelint.rulebook.schema import Rule

    Data = Mapping[str, Any]

_BASE: Final = "SRCROOT"
_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_KINDS: Final[Mapping[VerdictKind, str]] = {"pass": "pass", "unknown": "open", "offered": "informational", "not-used": "notApplicable"}
_PRECISION: Final = {"high": "high", "medium": "medium", "low": "low"}
_RANK: Final = {"high": 90.0, "medium": 50.0, "low": 10.0}


def render(result: Result, context: Context) -> str:
    """Return the SARIF log."""
    rules = _rules(result, context)
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    results = [_result(finding, index) for finding in result.findings]
    if context.show_checklist:
        results += [
            _verdict(verdict, index, name) for name, checklist in checklists(result) for verdict in checklist if verdict.verdict in _KINDS
        ]
    run = {
        "tool": {
            "driver": {
                "name": "statelint",
                "version": __version__,
                "semanticVersion": __version__,
                "informationUri": DOCUMENTATION,
                "rules": rules,
            }
        },
        "invocations": [
            {
                "executionSuccessful": True,  # there is a result; the notifications say what is missing from it
                "toolExecutionNotifications": [_notification(entry) for entry in result.diagnostics],
            }
        ],
        "originalUriBaseIds": {_BASE: {"description": {"text": "The root of the checkout, wherever it lies."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {
            "checklist": _by_item(result.checklist),
            **({"programs": {one_line(one.name): _by_item(one.checklist) for one in result.programs}} if result.programs else {}),
            "suppressed": result.summary.suppressed,
            "baselined": result.summary.baselined,
        },
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rules(result: Result, context: Context) -> list[dict[str, Any]]:
    """Return the descriptors of all rules, of rules found that the book lacks, and of the checklist's items."""
    rules = [_descriptor(rule, rule_url(rule.code, context.book)) for rule in context.book.rules]
    known = {rule["id"] for rule in rules}
    for finding in result.findings:
        if finding.code not in known:
            known.add(finding.code)
            rules.append({"id": finding.code, "name": finding.rule, "shortDescription": {"text": one_line(finding.rule)}})
    if context.show_checklist:
        titles = {item.key: item.title for item in ITEMS}
        rules += [
            {
                "id": _item_id(verdict),
                "name": verdict.item,
                "shortDescription": {"text": one_line(titles.get(verdict.item, verdict.title))},
                "defaultConfiguration": {"level": "none"},
                "properties": {"tags": ["checklist", verdict.item]},
            }
            for verdict in _spoken_of(result)
        ]
    return rules


def _by_item(checklist: Sequence[Verdict]) -> dict[str, str]:
    return {verdict.item: verdict.verdict for verdict in checklist}


def _spoken_of(result: Result) -> list[Verdict]:
    """Return one verdict of each item of which there is one other than FAIL."""
    wanted = {verdict.item for _, checklist in checklists(result) for verdict in checklist if verdict.verdict in _KINDS}
    return [verdict for verdict in result.checklist if verdict.item in wanted]


def _item_id(verdict: Verdict) -> str:
    return f"checklist/{verdict.item}"


def _descriptor(rule: Rule, url: str) -> dict[str, Any]:
    sections = [("Why", rule.why), ("How to repair it", rule.fix), ("What this rule does not see", rule.limits)]
    shown = [(title, harmless_prose(text)) for title, text in sections if text.strip()]
    references = [one_line(reference) for reference in rule.references]
    text = "\n\n".join([*(f"{title}: {body}" for title, body in shown), *references])
    markdown = "\n\n".join([*(f"### {title}\n\n{body}" for title, body in shown), *(f"- <{reference}>" for reference in references)])
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": _sentence(rule.summary)},
        "fullDescription": {"text": harmless_prose(rule.why) or _sentence(rule.summary)},
        "help": {"text": text or _sentence(rule.summary), "markdown": markdown or _sentence(rule.summary)},
        **({"helpUri": url} if url else {}),
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"tags": ["stateless", rule.item], "item": rule.item, "since": rule.since},
    }


def harmless_prose(text: str) -> str:
    """Return paragraphs without control characters, their line ends kept."""
    return "\n".join(harmless(line) for line in text.strip().splitlines())


def _sentence(clause: str) -> str:
    text = one_line(clause)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _result(finding: Finding, index: Mapping[str, int]) -> dict[str, Any]:
    sentence, code = split_hint(finding.hint)
    repair = f" Repair: {sentence}" if sentence else ""
    data: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "kind": "fail",
        "level": finding.severity,
        "rank": _RANK[finding.confidence],
        "message": {"text": _sentence(finding.message) + repair + "".join(f"\n{line}" for line in code)},
        "locations": [_location(primary_span(finding))],
        "partialFingerprints": {"statelint/v1": finding.fingerprint},
        "properties": {
            "item": finding.item,
            "symbol": harmless(finding.symbol),
            "confidence": finding.confidence,
            "precision": _PRECISION[finding.confidence],
            "notes": [one_line(note) for note in finding.notes],
            "also": [harmless(code) for code in finding.also],
        },
    }
    if finding.spans:
        data["relatedLocations"] = [{"id": number, **_location(span)} for number, span in enumerate(finding.spans, start=1)]
    if finding.route:
        data["codeFlows"] = [_flow(finding.route)]
    if finding.fix is not None:
        data["fixes"] = [_fix(finding.fix)]
    return data


def _artifact(path: str) -> Data:
    """Return the artifact's relative URI; what concerns the project as a whole stands at its root."""
    return {"uri": quote(harmless(path)) or ".", "uriBaseId": _BASE}


def _location(span: Span) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(span.path)}
    if span.path and span.line > 0:
        physical["region"] = _region(span)
    location: dict[str, Any] = {"physicalLocation": physical}
    if span.label:
        location["message"] = {"text": one_line(span.label)}
    return location


def _region(span: Span) -> Data:
    return {
        "startLine": span.line,
        "startColumn": max(span.column, 1),
        "endLine": max(span.end_line, span.line),
        "endColumn": max(span.end_column, 1),
    }


def _at_line(path: str, line: int | None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(path)}
    if path and line:
        physical["region"] = {"startLine": line}
    return {"physicalLocation": physical}


def _flow(route: Sequence[Step]) -> Data:
    steps = [{"location": {**_at_line(step.path, step.line), "message": {"text": one_line(step.text)}}} for step in route]
    return {"message": {"text": " -> ".join(route_parts(route))}, "threadFlows": [{"locations": steps}]}


def _fix(fix: Fix) -> Data:
    """Return the edits, gathered by file in their order; SARIF has no field of its own for whether a fix is safe."""
    changes: dict[str, list[Data]] = {}
    for edit in fix.edits:
        changes.setdefault(edit.span.path, []).append({"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.content}})
    needs = f" It needs {', '.join(map(one_line, fix.needs))}." if fix.needs else ""
    return {
        "description": {"text": _sentence(fix.message) + needs},
        "artifactChanges": [{"artifactLocation": _artifact(path), "replacements": edits} for path, edits in changes.items()],
        "properties": {"applicability": fix.applicability, "needs": [one_line(need) for need in fix.needs]},
    }


def _verdict(verdict: Verdict, index: Mapping[str, int], program: str = "") -> dict[str, Any]:
    """Return a verdict other than FAIL on a program; some readers refuse a result without a location, so the root stands in."""
    texts = [one_line(text) for text in (*(entry.text for entry in verdict.evidence), how_to_decide(verdict)) if text]
    places = [{**_at_line(entry.path, entry.line), "message": {"text": one_line(entry.text)}} for entry in verdict.evidence]
    return {
        "ruleId": _item_id(verdict),
        "ruleIndex": index[_item_id(verdict)],
        "kind": _KINDS[verdict.verdict],
        "level": "none",
        "message": {"text": (f"{program}: " if program else "") + ("; ".join(dict.fromkeys(texts)) or _sentence(verdict.title))},
        "locations": places[:1] or [_at_line("", None)],
        **({"relatedLocations": places[1:]} if places[1:] else {}),
        "partialFingerprints": {"statelint/v1": _item_id(verdict) + (f"/{program}" if program else "")},
    }


def _notification(entry: Diagnostic) -> Data:
    located = {"locations": [_at_line(entry.path, entry.line)]} if entry.path else {}
    return {"level": entry.level, "message": {"text": one_line(entry.message)}, **located}
