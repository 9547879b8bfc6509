"""The order in which somebody reads findings: what breaks most comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.model import ANALYSIS_ITEM, CONFIDENCES, ITEM_KEYS, SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statelint.model import Finding

_ITEMS: Final = (*ITEM_KEYS, ANALYSIS_ITEM)


def by_weight(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings by severity, then item in the checklist's order, confidence and place."""
    return tuple(sorted(findings, key=_weight))


def to_begin_with(findings: Sequence[Finding], most: int) -> tuple[Finding, ...]:
    """Choose up to `most` findings, in their order: the first of each rule, since ten of one kind say little more than one.

    Where there are fewer rules, the heaviest of the rest fill up; where there are more, the heaviest rules are told.
    """
    first = {finding.code: index for index, finding in reversed(list(enumerate(findings)))}
    ones = sorted(first.values())
    chosen = (ones + [index for index in range(len(findings)) if index not in ones])[:most]
    return tuple(findings[index] for index in sorted(chosen))


def _weight(finding: Finding) -> tuple[int, int, int, str, int, int, str]:
    return (
        SEVERITIES.index(finding.severity),
        _ITEMS.index(finding.item) if finding.item in _ITEMS else len(_ITEMS),
        CONFIDENCES.index(finding.confidence),
        finding.path,
        finding.line,
        finding.column,
        finding.code,
    )
