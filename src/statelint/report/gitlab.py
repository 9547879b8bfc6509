"""GitLab's Code Quality report."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from statelint.report.links import rule_url
from statelint.report.text import harmless, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.model import Finding, Result, Severity
    from statelint.report.context import Context

_SEVERITIES: Final[Mapping[Severity, str]] = {"error": "critical", "warning": "major", "note": "minor"}


def render(result: Result, context: Context) -> str:
    """Return a list of issues; each needs a fingerprint of its own, or GitLab shows but one of them."""
    seen: dict[str, int] = {}
    issues = []
    for finding in result.findings:
        own = finding.fingerprint or _digest(f"{finding.code}\0{finding.path}\0{finding.symbol}\0{finding.message}")
        times = seen[own] = seen.get(own, -1) + 1
        issues.append(_issue(finding, _digest(f"{own}\0{times}") if times else own, rule_url(finding.code, context.book)))
    return json.dumps(issues, indent=2) + "\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


def _issue(finding: Finding, fingerprint: str, url: str) -> dict[str, Any]:
    begin = max(finding.line, 1)
    return {
        "description": f"{finding.code} {finding.rule}: {one_line(finding.message)}" + (f" ({url})" if url else ""),
        "check_name": finding.rule,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": harmless(finding.path) or ".", "lines": {"begin": begin, "end": max(finding.end_line, begin)}},
    }
