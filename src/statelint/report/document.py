"""A result as the data that other programs rely on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from statelint import __version__, results
from statelint.report.links import rule_url
from statelint.report.snippet import primary_span

if TYPE_CHECKING:
    from statelint.model import Edit, Finding, Fix, Persona, Program, Result, Span, Verdict
    from statelint.report.context import Context
    from statelint.rulebook.load import Rulebook


def document(result: Result, context: Context) -> results.Result:
    """Return the whole result."""
    project, summary = result.project, result.summary
    persona: Persona = "library" if result.persona == "library" else "application"  # the default itself is not told
    return results.Result(
        version=1,
        tool=results.Tool("statelint", __version__),
        project=results.Project(
            _relative(project.root, context.start), project.frameworks, project.files, project.lines, project.entry_points, persona
        ),
        findings=findings(result, context.book),
        checklist=tuple(map(_verdict, result.checklist)),
        diagnostics=tuple(results.Diagnostic(one.level, one.path, one.line, one.message) for one in result.diagnostics),
        summary=results.Summary(summary.findings, summary.suppressed, summary.baselined, summary.earlier),
        programs=tuple(map(_program, result.programs)),
    )


def findings(result: Result, book: Rulebook) -> tuple[results.Finding, ...]:
    """Return the findings alone."""
    return tuple(_finding(finding, rule_url(finding.code, book)) for finding in result.findings)


def _relative(root: str, start: Path | None) -> str:
    """Return the root as seen from the folder that the run was started in, so that two checkouts give the same bytes."""
    if start is None or not Path(root).is_absolute():
        return root
    try:
        return Path(os.path.relpath(root, start)).as_posix()
    except ValueError:  # another drive
        return Path(root).as_posix()


def _finding(finding: Finding, url: str) -> results.Finding:
    return results.Finding(
        code=finding.code,
        rule=finding.rule,
        item=finding.item,
        severity=finding.severity,
        confidence=finding.confidence,
        path=finding.path,
        line=finding.line,
        column=finding.column,
        end_line=finding.end_line,
        end_column=finding.end_column,
        symbol=finding.symbol,
        message=finding.message,
        hint=finding.hint,
        fix=None if finding.fix is None else _fix(finding.fix),
        route=tuple(results.Step(step.path, step.line, step.text) for step in finding.route),
        fingerprint=finding.fingerprint,
        also=finding.also,
        related=tuple(results.Related(span.path, span.line, span.column, span.label) for span in finding.spans),
        spans=(_span(primary_span(finding), primary=True), *(_span(span, primary=False) for span in finding.spans)),
        notes=finding.notes,
        url=url,
        programs=finding.programs,
    )


def _fix(fix: Fix) -> results.Fix:
    return results.Fix(fix.applicability, fix.message, tuple(map(_edit, fix.edits)), fix.needs)


def _edit(edit: Edit) -> results.Edit:
    span = edit.span
    return results.Edit(span.path, results.Range(span.line, span.column, span.end_line, span.end_column), edit.content)


def _span(span: Span, *, primary: bool) -> results.Span:
    return results.Span(span.path, span.line, span.column, span.end_line, span.end_column, span.label, primary)


def _verdict(verdict: Verdict) -> results.Verdict:
    evidence = tuple(results.Evidence(entry.path, entry.line, entry.text) for entry in verdict.evidence)
    return results.Verdict(verdict.item, verdict.title, verdict.verdict, evidence, verdict.findings, verdict.stated or "")


def _program(program: Program) -> results.Program:
    return results.Program(program.name, program.root, program.found_by, tuple(map(_verdict, program.checklist)))
