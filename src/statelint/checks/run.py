"""Run every check over the linked program; a check that fails is a diagnostic, not the end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import msgspec

from statelint.checks.config.session_keys import with_sessions
from statelint.checks.database.default_url import without_followed
from statelint.checks.registry import CHECKS, FILTERS, REFINEMENTS
from statelint.inspect.context import evidence
from statelint.inspect.folding import fold
from statelint.inspect.rows.judge import RowJudge
from statelint.model import Diagnostic, Evidence, FailedCheck, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context, Report


_REACHED: Final = ("sessions", "files", "caches", "state", "rate-limit", "jobs", "realtime", "database", "ordering")
"""Items that what functions call and write speaks against: they are open where that is not known to the end."""


def run_checks(context: Context) -> tuple[list[Finding], list[Evidence], list[Diagnostic]]:
    """Return findings and evidence in a fixed order, and what could not be judged."""
    findings: dict[tuple[str | int, ...], Finding] = {}
    spoken: dict[Evidence, None] = {}
    diagnostics: list[Diagnostic] = []
    for name, reports in _sources(context):
        try:
            for report in reports:
                if isinstance(report, Evidence):
                    spoken[report] = None
                else:
                    key: tuple[str | int, ...] = (report.code, report.path, report.line, report.column, report.symbol)
                    findings[key] = _joined(findings.get(key), report)
        except Exception as error:
            if os.environ.get("STATELINT_DEBUG"):
                raise
            message = f"the check {name} failed ({type(error).__name__}: {error}); its findings are incomplete"
            diagnostics.append(FailedCheck("error", "", None, message))
    for reached in context.program.resolver.limits:
        diagnostics.append(Diagnostic("warning", reached.path, reached.line, reached.message))
        spoken |= {evidence(item, "unknown", reached.path, reached.line, reached.message): None for item in _REACHED}
    for path, reason in sorted(context.concrete.failures.items()):
        diagnostics.append(Diagnostic("warning", path, None, f"libcst cannot parse a part of it ({reason}); ranges are less exact"))
    found, further = with_sessions(fold(without_followed(findings.values())), [*spoken], context)
    spoken |= dict.fromkeys(further)
    return found, sorted(spoken, key=lambda e: (e.item, e.kind, e.path, e.line, e.text)), diagnostics


def _joined(known: Finding | None, report: Finding) -> Finding:
    """Tell a place once for each rule; where one setting decides for several libraries, what it means for the others is a note."""
    if known is None:
        return report
    if not known.api or report.api in ("", known.api) or report.message in known.notes:
        return known
    further = tuple(step for step in report.route if step not in known.route)  # what else relies on the setting
    return msgspec.structs.replace(known, notes=(*known.notes, report.message), route=(*known.route, *further))


def _sources(context: Context) -> Iterator[tuple[str, Iterator[Report]]]:
    judge = RowJudge(context, REFINEMENTS, FILTERS)
    for rule in context.book.rules:
        yield rule.name, judge.run_rule(rule)
    for name, check in CHECKS.items():
        yield name, check(context)
