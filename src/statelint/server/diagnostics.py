"""Findings as diagnostics: where, what, the rule's page, and the places on the way from a request to the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lsprotocol import types
from msgspec.structs import replace

from statelint.report.links import rule_url
from statelint.report.text import one_line, split_hint
from statelint.report.words import notes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model import Finding
    from statelint.server.places import Places
    from statelint.server.project import Snapshot

SOURCE: Final = "statelint"
SEVERITIES: Final = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}


def diagnostics_of(snapshot: Snapshot, places: Places, *, related: bool) -> dict[str, list[types.Diagnostic]]:
    """Return the diagnostics of each file that has any, by URI; `related` is whether the editor shows related places."""
    found: dict[str, list[types.Diagnostic]] = {}
    for finding in snapshot.findings:
        found.setdefault(places.uri(place_of(finding, snapshot)), []).append(diagnostic(finding, snapshot, places, related=related))
    return found


def place_of(finding: Finding, snapshot: Snapshot) -> str:
    """Return the file that a finding is shown in; of one about the whole project, the first that was analysed."""
    return finding.path or min(snapshot.digests, default="")


def diagnostic(finding: Finding, snapshot: Snapshot, places: Places, *, related: bool) -> types.Diagnostic:
    """Return one finding."""
    url = rule_url(finding.code, snapshot.settings.book)
    sentence, _ = split_hint(finding.hint)
    lines = [one_line(finding.message), *(f"note: {note}" for note in _notes(finding))]
    if sentence:
        lines.append(f"help: {sentence}")
    return types.Diagnostic(
        range=places.range(finding) if finding.path else types.Range(types.Position(0, 0), types.Position(0, 0)),
        message="\n".join(lines),
        severity=SEVERITIES[finding.severity],
        code=finding.code,
        code_description=types.CodeDescription(url) if url else None,
        source=SOURCE,
        related_information=list(_related(finding, places)) if related else None,
        data={"fingerprint": finding.fingerprint},
    )


def _notes(finding: Finding) -> list[str]:
    """Return the notes but that on an automatic fix: the editor offers it."""
    return [one_line(note) for note in notes_of(replace(finding, fix=None))]


def _related(finding: Finding, places: Places) -> Iterator[types.DiagnosticRelatedInformation]:
    """Give the further labelled places, then the route, step by step."""
    for span in finding.spans:
        if span.path and span.label:
            yield types.DiagnosticRelatedInformation(types.Location(places.uri(span.path), places.range(span)), one_line(span.label))
    for number, step in enumerate(finding.route, start=1):
        if step.path:
            place = types.Location(places.uri(step.path), places.line(step.path, step.line))
            yield types.DiagnosticRelatedInformation(place, f"route {number}/{len(finding.route)}: {one_line(step.text)}")
