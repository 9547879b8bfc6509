"""A fault that breaks several rules is one finding; each rule that it breaks may be silenced or left out by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from statelint.model import Evidence, Finding, item_of

if TYPE_CHECKING:
    from collections.abc import Container

    from statelint.model import EvidenceKind
    from statelint.rulebook.load import Rulebook
    from statelint.rulebook.schema import Rule


class Part(NamedTuple):
    """One of the rules that a finding breaks, by its code."""

    finding: Finding
    code: str

    def evidence(self, kind: EvidenceKind, text: str) -> Evidence:
        """Return what the part says about the item of its rule; `text` stands before the finding's message."""
        return Evidence(item_of(self.code), kind, self.finding.path, self.finding.line, f"{text}: {self.finding.message}")


def without(finding: Finding, codes: Container[str]) -> Finding:
    """Return the finding without what it breaks besides its own rule, as far as `codes` name it."""
    left = tuple(code for code in finding.also if code not in codes)
    return finding if left == finding.also else msgspec.structs.replace(finding, also=left)


def parts(finding: Finding) -> list[Part]:
    """Return every rule that the finding breaks, its own first."""
    return [Part(finding, code) for code in (finding.code, *finding.also)]


def as_selected(finding: Finding, codes: Container[str], book: Rulebook) -> Finding | None:
    """Return the finding as far as the rules that it breaks are on, None where none of them is.

    Where its own rule is off, it is a finding of the first other that is on; its place and its fingerprint stay.
    """
    also = tuple(code for code in finding.also if code in codes)
    if finding.code in codes:
        return msgspec.structs.replace(finding, also=also)
    rule = book.rule(also[0]) if also else None
    return _as_finding_of(rule, msgspec.structs.replace(finding, also=also[1:])) if rule is not None else None


def _as_finding_of(rule: Rule, finding: Finding) -> Finding:
    return msgspec.structs.replace(
        finding,
        code=rule.code,
        rule=rule.name,
        item=rule.item,
        severity="note" if finding.confidence == "low" else rule.severity,
        message=rule.summary,
        hint=rule.fix.strip(),
    )
