"""Compare one report with the labels of its application.

A fault is *hit* when a finding, or a step of its route, stands within two lines of one of its places, or when a finding stands in
the fault's file and names its symbol; *exact* when the item agrees as well. A look-alike is *reported* when a finding of
severity error or warning and more than low confidence stands within a line of it, or in its file with its symbol, and hits
no fault. A verdict is right when it is the reader's (PASS and NOT USED count as one), undecided when either is UNKNOWN.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from benchmarks.labelled import Labels, Negative, Positive

_NEAR, _BESIDE = 2, 1


class LocationPath(msgspec.Struct, frozen=True):
    """A path below the unpacked artefact, and a line."""

    path: str
    line: int

    def is_near(self, path: str, line: int, distance: int) -> bool:
        return self.path == path and abs(self.line - line) <= distance


class Reported(msgspec.Struct, frozen=True):
    """One finding of the report."""

    code: str
    item: str
    severity: str
    confidence: str
    symbol: str
    message: str
    place: LocationPath
    route: tuple[LocationPath, ...]

    @property
    def is_loud(self) -> bool:
        return self.severity in ("error", "warning") and self.confidence != "low"


class Hit(msgspec.Struct, frozen=True):
    """How well a fault was found."""

    positive: Positive
    found: bool
    exact: bool


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the comparison of one application says."""

    name: str
    hits: tuple[Hit, ...]
    negatives: tuple[Negative, ...]
    reported: tuple[tuple[Negative, Reported], ...]
    """Look-alikes that were reported, with the finding."""
    unlabelled: tuple[Reported, ...]
    findings: int
    verdicts: tuple[tuple[str, str, str, str], ...]
    """(item, the reader's verdict, the report's, `right`, `wrong` or `undecided`)."""
    seconds: float


def read_report(report: dict[str, Any], source: Path, analysed: Path) -> tuple[list[Reported], dict[str, str]]:
    """Return the findings, their paths below `source`, and the verdicts by item."""
    bases = (Path(report["project"]["root"]), analysed)

    def place(entry: dict[str, Any]) -> LocationPath:
        for base in bases:
            file = (base / entry["path"]).resolve()
            if file.exists() and file.is_relative_to(source.resolve()):
                return LocationPath(file.relative_to(source.resolve()).as_posix(), entry["line"])
        return LocationPath(entry["path"], entry["line"])

    findings = [
        Reported(
            finding["code"],
            finding["item"],
            finding["severity"],
            finding["confidence"],
            finding["symbol"],
            finding["message"],
            place(finding),
            tuple(place(step) for step in finding.get("route") or ()),
        )
        for finding in report["findings"]
    ]
    return findings, {verdict["item"]: verdict["verdict"] for verdict in report["checklist"]}


def compare(labels: Labels, findings: list[Reported], verdicts: dict[str, str], seconds: float) -> Outcome:
    """Count what was found, what was missed and what was reported wrongly."""
    used: set[int] = set()
    hits = [_hit(positive, findings, used) for positive in labels.positive]
    reported = []
    for negative in labels.negative:
        index = next((index for index, finding in enumerate(findings) if index not in used and _mistakes(finding, negative)), None)
        if index is not None:
            used.add(index)
            reported.append((negative, findings[index]))
    return Outcome(
        name=labels.app.name,
        hits=tuple(hits),
        negatives=labels.negative,
        reported=tuple(reported),
        unlabelled=tuple(finding for index, finding in enumerate(findings) if index not in used),
        findings=len(findings),
        verdicts=tuple(
            (item, status.answer, got, _agreement(status.answer, got))
            for item, status in labels.checklist.items()
            for got in (verdicts.get(item, "unknown"),)
        ),
        seconds=seconds,
    )


def _hit(positive: Positive, findings: list[Reported], used: set[int]) -> Hit:
    found = [index for index, finding in enumerate(findings) if _speaks_of(finding, positive)]
    used.update(found)
    items = (positive.item, *positive.item_alt)
    return Hit(positive, bool(found), any(findings[index].item in items for index in found))


def _speaks_of(finding: Reported, positive: Positive) -> bool:
    if any(place.is_near(path, line, _NEAR) for place in (finding.place, *finding.route) for path, line in positive.places()):
        return True
    return finding.place.path == positive.path and _same_symbol(finding.symbol, positive.symbol)


def _mistakes(finding: Reported, negative: Negative) -> bool:
    if not finding.is_loud or finding.place.path != negative.path:
        return False
    return finding.place.is_near(negative.path, negative.line, _BESIDE) or _same_symbol(finding.symbol, negative.symbol)


def _same_symbol(one: str, other: str) -> bool:
    last = _last(one)
    return bool(last) and last == _last(other)


def _last(symbol: str) -> str:
    return symbol.replace("()", "").rpartition(".")[2].strip()


def _agreement(wanted: str, got: str) -> str:
    if wanted == got or {wanted, got} == {"pass", "not-used"}:
        return "right"
    return "undecided" if "unknown" in (wanted, got) else "wrong"
