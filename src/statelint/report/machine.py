"""The project's own JSON, version 1, and its findings one a line.

The keys and their order are a contract with other programs: within a version keys are added at the end of an object (`also` and
`related` of a finding came so), all else changes only together with the version. Everything beyond ASCII is escaped, so that the
text survives any encoding and holds no control character.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from statelint import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.model import Diagnostic, Edit, Finding, Program, Result, Verdict
    from statelint.report.context import Context

VERSION: Final = 1


def render_json(result: Result, _context: Context) -> str:
    """Return the whole result as one JSON document."""
    return json.dumps(as_data(result), indent=2) + "\n"


def render_jsonl(result: Result, _context: Context) -> str:
    """Return one finding a line."""
    return "".join(json.dumps(_finding(finding)) + "\n" for finding in result.findings)


def as_data(result: Result) -> Mapping[str, Any]:
    """Return the document as plain data."""
    project, summary = result.project, result.summary
    return {
        "version": VERSION,
        "tool": {"name": "statelint", "version": __version__},
        "project": {
            "root": project.root,
            "frameworks": list(project.frameworks),
            "files": project.files,
            "lines": project.lines,
            "entry_points": project.entry_points,
            **({"persona": result.persona} if result.persona != "application" else {}),
        },
        "findings": [_finding(finding) for finding in result.findings],
        "checklist": [_verdict(verdict) for verdict in result.checklist],
        "diagnostics": [_diagnostic(entry) for entry in result.diagnostics],
        "summary": {"findings": summary.findings, "suppressed": summary.suppressed, "baselined": summary.baselined},
        **({"programs": [_program(program) for program in result.programs]} if result.programs else {}),
    }


def _finding(finding: Finding) -> Mapping[str, Any]:
    return {
        "code": finding.code,
        "rule": finding.rule,
        "item": finding.item,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "symbol": finding.symbol,
        "message": finding.message,
        "hint": finding.hint,
        "fix": None if finding.fix is None else [_edit(edit) for edit in finding.fix],
        "route": [{"path": step.path, "line": step.line, "text": step.text} for step in finding.route],
        "fingerprint": finding.fingerprint,
        "also": list(finding.also),
        "related": [{"path": span.path, "line": span.line, "column": span.column, "text": span.label} for span in finding.spans],
    }


def _edit(edit: Edit) -> Mapping[str, Any]:
    span = edit.span
    return {
        "path": span.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "content": edit.content,
    }


def _verdict(verdict: Verdict) -> Mapping[str, Any]:
    return {
        "item": verdict.item,
        "title": verdict.title,
        "verdict": verdict.verdict,
        "evidence": [{"path": entry.path, "line": entry.line, "text": entry.text} for entry in verdict.evidence],
        "findings": list(verdict.findings),
        **({"stated": verdict.stated} if verdict.stated else {}),
    }


def _program(program: Program) -> Mapping[str, Any]:
    return {
        "name": program.name,
        "root": program.root,
        "found_by": program.found_by,
        "checklist": [_verdict(verdict) for verdict in program.checklist],
    }


def _diagnostic(entry: Diagnostic) -> Mapping[str, Any]:
    return {"level": entry.level, "path": entry.path, "line": entry.line, "message": entry.message}
