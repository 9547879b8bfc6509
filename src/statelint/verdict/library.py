"""Findings in a library: it keeps state only where somebody builds an application with it, and that is for them to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from statelint.model import ANALYSIS_ITEM

if TYPE_CHECKING:
    from statelint.model import Finding

DECIDES: Final = "this is a library: whoever uses it decides"
BY_DEFAULT: Final = "this is a library, and what it does by default: whoever uses it has to know"


def as_offered(finding: Finding) -> Finding:
    """Return the finding as one in a library: a warning where it is certain, and so the default for all users, else a note."""
    if finding.item == ANALYSIS_ITEM:
        return finding
    if finding.severity == "note" or finding.confidence != "high":
        return replace(finding, severity="note", notes=(*finding.notes, DECIDES))
    return replace(finding, severity="warning", notes=(*finding.notes, BY_DEFAULT))
