"""Files as cells: one finding for all that is done to one file, or to the files of one folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from statelint.checks.files.handovers import handed_over
from statelint.checks.files.readers import identities
from statelint.checks.files.removals import judge_removal
from statelint.checks.files.temporary import names_of
from statelint.checks.files.writes import judge_write
from statelint.inspect.context import evidence
from statelint.model import Evidence, Finding, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.checks.files.told import Told
    from statelint.inspect.context import Context, Report
    from statelint.inspect.rows.judge import Candidate

_MOST_RELATED: Final = 12
"""Further places of one file that a finding names; more would fill the screen."""
_RANK: Final = {"high": 0, "medium": 1, "low": 2}


@dataclass
class FileCandidates:
    """What the rows have found so far: the uses that write files, and those that remove some."""

    writes: list[Candidate] = field(default_factory=list)
    removals: list[Candidate] = field(default_factory=list)

    @classmethod
    def of(cls, context: Context) -> FileCandidates:
        """Return those of a context; the rows add to them, and the check over the whole program judges them."""
        return context.once(_no_candidates)


def _no_candidates(_: Context) -> FileCandidates:
    return FileCandidates()


def collect_write(candidate: Candidate, context: Context) -> Iterator[Report]:
    """Keep a write until all are known."""
    FileCandidates.of(context).writes.append(candidate)
    yield from ()


def collect_removal(candidate: Candidate, context: Context) -> Iterator[Report]:
    """Keep a removal until all are known."""
    FileCandidates.of(context).removals.append(candidate)
    yield from ()


def check(context: Context) -> Iterator[Report]:
    """Report files that requests or workers write and others need, each once."""
    candidates = FileCandidates.of(context)
    harmless: list[Told] = []
    groups: list[_Group] = []
    for candidate in candidates.writes:
        for told in judge_write(candidate, context):
            if isinstance(told.report, Evidence):
                harmless.append(told)
                yield told.report
            else:
                _enter(told, groups, context)
    written = [told.file for told in (*harmless, *(told for group in groups for told in group.members))]
    for told in handed_over(written, context):
        _enter(told, groups, context)
    for candidate in candidates.removals:
        for told in judge_removal(candidate, context):
            if isinstance(told.report, Evidence):
                yield told.report
            elif not any(_is_same(told, group, context) for group in groups) and any(
                _is_one_file(told, other, context) for other in harmless
            ):
                yield evidence(
                    "files", "pass", told.report.path, told.report.line, "removes what each instance makes by itself, or for one call"
                )
            else:
                _enter(told, groups, context)
    for group in groups:
        yield group.told()


class _Group(NamedTuple):
    """All that is done to one file."""

    members: list[Told]

    def told(self) -> Finding:
        """Return the finding of the place that says most, with the others beside it."""
        copied = any(told.is_copy for told in self.members)
        told = [one for one in self.members if not (copied and one.is_removal)]
        found = [(one.report, one) for one in told if isinstance(one.report, Finding)]
        first, _ = min(found, key=_rank)
        others = [one for one, _ in found if (one.path, one.line) != (first.path, first.line)]
        spans = [Span(one.path, one.line, one.column, one.end_line, one.end_column, one.label or "and here") for one in others]
        seen = {(span.path, span.line) for span in first.spans} | {(first.path, first.line)}
        fresh = [span for span in {(span.path, span.line): span for span in spans}.values() if (span.path, span.line) not in seen]
        return msgspec.structs.replace(first, spans=(*first.spans, *fresh[:_MOST_RELATED]))


def _rank(one: tuple[Finding, Told]) -> tuple[bool, bool, int, bool]:
    report, told = one
    return report.severity == "note", told.is_removal, _RANK[report.confidence], not told.is_handed


def _enter(told: Told, groups: list[_Group], context: Context) -> None:
    for group in groups:
        if _is_same(told, group, context):
            group.members.append(told)
            return
    groups.append(_Group([told]))


def _is_same(told: Told, group: _Group, context: Context) -> bool:
    return any(_is_one_file(told, other, context) for other in group.members)


def _is_one_file(one: Told, other: Told, context: Context) -> bool:
    """Whether two places name one file; what removes files of a folder belongs to what writes such files there."""
    if one.file.function is other.file.function and _have_name_in_common(one, other):
        return True
    first = context.once(identities).of(one.file.function, one.file.path)
    second = context.once(identities).of(other.file.function, other.file.path)
    if not first.itself.isdisjoint(second.itself) and first.tail == second.tail and "." in (first.tail or ""):
        return True  # a folder is no file, and may be written to for several reasons
    is_mixed = one.is_removal != other.is_removal
    return is_mixed and bool(first.below) and first.below == second.below and first.tail == second.tail


def _have_name_in_common(one: Told, other: Told) -> bool:
    return not _names(one).isdisjoint(_names(other))


def _names(told: Told) -> set[str]:
    """Return the names and texts that are the path itself."""
    return {name for name in names_of(told.file.function, told.file.path) if name}
