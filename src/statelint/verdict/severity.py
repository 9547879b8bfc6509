"""Severities that the configuration gives to rules: for the project, and for files that match a pattern."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from statelint.configuration.select import expand
from statelint.model import SEVERITIES
from statelint.verdict.patterns import matching

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from statelint.config import Config, RuleSeverity
    from statelint.model import Finding, Severity
    from statelint.rulebook.load import Rulebook

OFF: Final = "off"


def turned_off(config: Config, book: Rulebook) -> frozenset[str]:
    """Return the codes of the rules that are off in the whole project."""
    return frozenset(code for code, severity in _by_code(config.severity, book).items() if severity == OFF)


def severity_of(config: Config, book: Rulebook, root: Path, base: Path) -> Callable[[str, str], RuleSeverity | None]:
    """Return what tells the severity that is configured for a rule's code in a file; None where nothing is said.

    A file's own entry wins over the project's, and of several patterns the last.
    """
    everywhere = _by_code(config.severity, book)
    by_pattern = {pattern: _by_code(table, book) for pattern, table in config.per_file_severity.items()}
    matched = matching("per-file-severity", config.per_file_severity, root, base)

    @cache
    def severity(code: str, path: str) -> RuleSeverity | None:
        here = [by_pattern[pattern][code] for pattern in matched(path) if code in by_pattern[pattern]]
        return here[-1] if here else everywhere.get(code)

    return severity


def weighed(finding: Finding, severity: RuleSeverity | None, book: Rulebook) -> Finding:
    """Return the finding with the severity that is configured for its rule; one that is off stays as it is.

    What the analysis itself takes for less than its rule does, being unsure or since little breaks, stays at most that.
    """
    if severity is None or severity == OFF:
        return finding
    rule = book.rule(finding.code)
    is_weaker = finding.confidence == "low" or (rule is not None and _rank(finding.severity) > _rank(rule.severity))
    return replace(finding, severity=max(severity, finding.severity, key=_rank) if is_weaker else severity)


def _rank(severity: Severity) -> int:
    return SEVERITIES.index(severity)


def _by_code(table: Mapping[str, RuleSeverity], book: Rulebook) -> dict[str, RuleSeverity]:
    """Return the severity of each rule that a table names; the more specific entry wins, the later of two equals."""
    entries = [(*(expand(selector, book) or (0, frozenset[str]())), severity) for selector, severity in table.items()]
    return {code: severity for _, codes, severity in sorted(entries, key=lambda entry: entry[0]) for code in codes}
