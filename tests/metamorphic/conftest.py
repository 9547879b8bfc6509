"""What a thorough run says at its end: each difference, and what it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not config.getoption("--thorough"):
        return
    reports = [report for reports in terminalreporter.stats.values() for report in reports if hasattr(report, "user_properties")]
    for title in ("difference", "confidence"):
        lines = [
            f"{value}  [{getattr(report, 'wasxfail', '') or ('not known' if title == 'difference' else 'no fault')}]"
            for report in reports
            if report.when == "call"
            for name, value in report.user_properties
            if name == title
        ]
        terminalreporter.section(
            f"metamorphic tests: {len(lines)} times another {title}" if title == "confidence" else f"{len(lines)} differences"
        )
        for line in sorted(lines):
            terminalreporter.line(line)
