"""The result for a repository of several programs, from the results for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from statelint.engine import Analysis
from statelint.model import CONFIDENCES, ITEMS, SEVERITIES, Program, Project, Result, Summary
from statelint.verdict.checklist import EVIDENCE_LIMIT
from statelint.verdict.fingerprint import content_of, position
from statelint.verdict.judge import Judgement
from statelint.verdict.suppress import UNUSED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statelint.model import Diagnostic, Finding, Verdict, VerdictKind
    from statelint.verdict.baseline import Entry

_WORST_FIRST: Final[tuple[VerdictKind, ...]] = ("fail", "unknown", "pass", "offered", "not-used")


class Part(msgspec.Struct, frozen=True):
    """What was found in one program."""

    name: str
    folder: str
    """Relative to the repository's root, "" for the root itself."""
    found_by: str
    analysis: Analysis
    judgement: Judgement
    baseline: str | None
    """The file of known findings that it was held against."""


def join(parts: Sequence[Part]) -> Judgement:
    """Return the judgement on all programs together; what several of them share is told once.

    That a comment silences nothing is told only where no program that has its file has a use for it.
    """
    idle = _idle_everywhere(parts)

    def told(findings: Iterable[Finding]) -> tuple[Finding, ...]:
        distinct: dict[tuple[str, str, int], Finding] = {}
        for one in findings:
            if one.code != UNUSED or _key(one) in idle:
                key = (one.fingerprint, one.path, one.line)
                distinct[key] = min(distinct.get(key, one), one, key=_weight)
        return tuple(sorted(distinct.values(), key=position))

    findings = told(one for part in parts for one in part.judgement.result.findings)
    suppressed = told(one for part in parts for one in part.judgement.suppressed)
    baselined = told(one for part in parts for one in part.judgement.baselined)
    stale = _stale(parts)
    programs = tuple(Program(part.name, part.folder or ".", part.found_by, part.judgement.result.checklist) for part in parts)
    return Judgement(
        result=Result(
            project=_project(parts),
            findings=findings,
            checklist=_worst(programs),
            diagnostics=(*dict.fromkeys(one for part in parts for one in part.analysis.diagnostics), *stale.values()),
            summary=Summary(findings=len(findings), suppressed=len(suppressed), baselined=len(baselined)),
            persona="library" if all(part.analysis.persona == "library" for part in parts) else "application",
            programs=programs,
        ),
        suppressed=suppressed,
        left_out=told(one for part in parts for one in part.judgement.left_out),
        baselined=baselined,
        stale=tuple(stale),
    )


def _weight(finding: Finding) -> tuple[int, int]:
    """Order findings by how bad and how sure they are: what two programs share may be in doubt for one of them."""
    return SEVERITIES.index(finding.severity), CONFIDENCES.index(finding.confidence)


def _key(finding: Finding) -> tuple[str, int, int]:
    return finding.path, finding.line, finding.column


def _idle_everywhere(parts: Sequence[Part]) -> set[tuple[str, int, int]]:
    """Return the places of the comments that no program which has their file has a use for."""
    told = [{_key(one) for one in (*part.judgement.result.findings, *part.judgement.baselined) if one.code == UNUSED} for part in parts]
    having = [{source.path for source in part.analysis.sources} for part in parts]
    every = set[tuple[str, int, int]]().union(*told)
    return {key for key in every if all(key in keys or key[0] not in paths for keys, paths in zip(told, having, strict=True))}


def _stale(parts: Sequence[Part]) -> dict[Entry, Diagnostic]:
    """Return the entries of baselines that are out of date, with what is said of them.

    Each program judges those of its own files, and those of files that are gone: what moved into another program is known there.
    """
    found: dict[Entry, Diagnostic] = {}
    for part in parts:
        judged = part.judgement
        said = judged.result.diagnostics[len(judged.result.diagnostics) - len(judged.stale) :]
        others = [other for other in parts if other is not part and other.baseline == part.baseline]
        for entry, diagnostic in zip(judged.stale, said, strict=True):
            if any(one.fingerprint == entry.fingerprint for other in others for one in other.judgement.baselined):
                continue  # of a file that both have, and found in the other alone
            if _is_of(part, entry) or not any(_knows(other, entry) for other in others):
                found.setdefault(entry, diagnostic)
    return found


def _is_of(part: Part, entry: Entry) -> bool:
    return entry.path in {*(one.path for one in part.analysis.sources), *(one.path for one in part.analysis.deploy_files)}


def _knows(part: Part, entry: Entry) -> bool:
    return any(content_of(one.fingerprint) == content_of(entry.fingerprint) for one in part.judgement.baselined)


def _project(parts: Sequence[Part]) -> Project:
    lengths = {path: lines for part in parts for path, lines in part.analysis.lengths.items()}
    return Project(
        root=parts[0].analysis.root,
        frameworks=tuple(sorted({name for part in parts for name in part.analysis.project.frameworks})),
        files=len({source.path for part in parts for source in part.analysis.sources}),
        lines=sum(lengths.values()),
        entry_points=sum(part.analysis.project.entry_points for part in parts),
    )


def _worst(programs: Sequence[Program]) -> tuple[Verdict, ...]:
    """Return for each item the worst verdict that a program has, with what speaks for that one."""
    checklist = []
    for number, item in enumerate(ITEMS):
        each = [program.checklist[number] for program in programs]
        worst = min((verdict.verdict for verdict in each), key=_WORST_FIRST.index)
        same = [verdict for verdict in each if verdict.verdict == worst]
        evidence = tuple(dict.fromkeys(entry for verdict in same for entry in verdict.evidence))[:EVIDENCE_LIMIT]
        findings = tuple(dict.fromkeys(one for verdict in each for one in verdict.findings))
        stated = "; ".join(dict.fromkeys(verdict.stated for verdict in same if verdict.stated))
        checklist.append(replace(each[0], verdict=worst, evidence=evidence, findings=findings, stated=stated, title=item.title))
    return tuple(checklist)
