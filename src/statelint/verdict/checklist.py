"""The twelve verdicts, from what was found and what speaks for the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from statelint.model import ITEMS, UNREAD, Evidence, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.model import Diagnostic, Finding, Item, Persona, VerdictKind

EVIDENCE_LIMIT: Final = 5
"""Of one verdict that is kept."""
_ABSENCE_IS_PASS: Final = {
    "files": "no request writes to the local disk",
    "caches": "no cache of the process was found",
    "state": "no object of the process that requests write was found",
    "logs": "no log file is configured",
    "config": "no secret is made at start-up",
    "ordering": "no read relies on what one instance wrote in its memory",
}
"""Items that hold when nothing speaks against them; for the others, nothing found means that the feature is not used."""


_NEVER_UNUSED: Final = {"health": "requests are answered, and no table of routes was found in which a health endpoint could stand"}
"""Items that every application that answers requests needs: nothing found means that it is not known."""
_DOUBTS: Final = {"high": "perhaps", "medium": "likely", "low": "perhaps"}
"""What stands before the message of a finding that leaves its item open."""


def verdicts(
    findings: Sequence[Finding],
    suppressed: Sequence[Finding],
    evidence: Sequence[Evidence],
    diagnostics: Sequence[Diagnostic],
    *,
    has_web: bool,
    facts: Mapping[str, str] | None = None,
    persona: Persona = "application",
) -> tuple[Verdict, ...]:
    """Judge each item: FAIL by an error or a certain warning, UNKNOWN by a likely warning or an open question, else PASS or NOT USED.

    A finding counts for each item of which it breaks a rule. A file that could not be read leaves what depends on absence open. `facts` are
    the reasons, by item, for which an item passes that would be UNKNOWN; they do not outweigh a finding. Of a library, an item is OFFERED
    where anything of the kind is there at all, and what speaks for or against it is told.
    """
    if persona == "library":
        return tuple(_offered(item, findings, suppressed, evidence) for item in ITEMS)
    judged = (_verdict(item, findings, suppressed, evidence, diagnostics, has_web=has_web) for item in ITEMS)
    return tuple(_stated(verdict, (facts or {}).get(verdict.item, "")) for verdict in judged)


def _offered(item: Item, findings: Sequence[Finding], suppressed: Sequence[Finding], evidence: Sequence[Evidence]) -> Verdict:
    own = [finding for finding in findings if item.key in finding.items]
    said = [Evidence(item.key, "used", one.path, one.line, one.message) for one in own]
    said += [entry for entry in evidence if entry.item == item.key]
    said += [Evidence(item.key, "pass", f.path, f.line, f"accepted: {f.message}") for f in suppressed if item.key in f.items]
    nothing = Evidence(item.key, "used", "", 0, "the library offers nothing of the kind")
    there = any(entry.kind != "unknown" for entry in said)  # an open question may be about what is not there at all
    kept = tuple(dict.fromkeys(said))[:EVIDENCE_LIMIT] if there else (nothing,)
    return Verdict(item.key, item.title, "offered" if there else "not-used", kept, tuple(finding.fingerprint for finding in own))


def _stated(verdict: Verdict, reason: str) -> Verdict:
    """Let a stated fact decide what is open; the questions that it answers stay below it."""
    if not reason or verdict.verdict != "unknown":
        return verdict
    said = Evidence(verdict.item, "pass", "", 0, f"stated: {reason}")
    return msgspec.structs.replace(verdict, verdict="pass", evidence=(said, *verdict.evidence)[:EVIDENCE_LIMIT], stated=reason)


def _decides(finding: Finding) -> bool:
    """Tell whether a finding fails its item: an error that is more than a guess, or a warning that is certain."""
    if finding.severity == "warning":
        return finding.confidence == "high"
    return finding.severity == "error" and finding.confidence != "low"


def _verdict(
    item: Item,
    findings: Sequence[Finding],
    suppressed: Sequence[Finding],
    evidence: Sequence[Evidence],
    diagnostics: Sequence[Diagnostic],
    *,
    has_web: bool,
) -> Verdict:
    own = [finding for finding in findings if item.key in finding.items]
    failing = [finding for finding in own if _decides(finding)]
    doubtful = [finding for finding in own if finding.confidence == "low" or (finding.severity == "warning" and not _decides(finding))]
    accepted = [finding for finding in suppressed if item.key in finding.items]
    spoken = [entry for entry in evidence if entry.item == item.key]
    for_pass = [entry for entry in spoken if entry.kind == "pass"]
    open_questions = [entry for entry in spoken if entry.kind == "unknown"]
    open_questions += [Evidence(item.key, "unknown", f.path, f.line, f"{_DOUBTS[f.confidence]}: {f.message}") for f in doubtful]
    unread = [Evidence(item.key, "unknown", d.path, d.line or 1, f"{UNREAD}: {d.message}") for d in diagnostics if d.level == "error"]
    verdict: VerdictKind
    if failing:
        verdict = "fail"
        shown = [Evidence(item.key, "used", f.path, f.line, f.message) for f in failing]
    elif open_questions:
        verdict, shown = "unknown", [*open_questions, *for_pass]
    elif for_pass or accepted:
        verdict = "pass"
        shown = for_pass + [Evidence(item.key, "pass", f.path, f.line, f"accepted: {f.message}") for f in accepted]
    elif not has_web:
        verdict, shown = "not-used", [Evidence(item.key, "used", "", 0, "no web application was found")]
    elif unread:
        verdict, shown = "unknown", unread
    elif (used := [entry for entry in spoken if entry.kind == "used"]) and item.key not in _ABSENCE_IS_PASS:
        verdict, shown = "unknown", used
    elif item.key in _ABSENCE_IS_PASS:
        verdict, shown = "pass", [Evidence(item.key, "pass", "", 0, _ABSENCE_IS_PASS[item.key])]
    elif item.key in _NEVER_UNUSED:
        verdict, shown = "unknown", [Evidence(item.key, "unknown", "", 0, _NEVER_UNUSED[item.key])]
    else:
        verdict, shown = "not-used", [Evidence(item.key, "used", "", 0, "nothing of the kind was found")]
    if verdict == "pass" and unread:
        verdict, shown = "unknown", [*unread, *shown]
    kept = tuple(dict.fromkeys(shown))[:EVIDENCE_LIMIT]
    return Verdict(item.key, item.title, verdict, kept, tuple(finding.fingerprint for finding in own))
