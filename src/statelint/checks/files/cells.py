"""Files as cells: one finding for all that is done to one file, or to the files of one folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from statelint.checks.files.handovers import given_back, handed_over
from statelint.checks.files.readers import identities
from statelint.checks.files.removals import judge_removal
from statelint.checks.files.temporary import names_of
from statelint.checks.files.writes import judge_write
from statelint.inspect.context import evidence
from statelint.model import Evidence, Finding, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.checks.files.call_sites import NamedFile
    from statelint.checks.files.identity import FileIdentities
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
    harmless = _Files(context)
    told_of = _Files(context)
    written: list[NamedFile] = []
    for candidate in candidates.writes:
        for told in judge_write(candidate, context):
            written.append(told.file)
            if isinstance(told.report, Evidence):
                harmless.enter(told)
                yield told.report
            else:
                told_of.enter(told)
    places = frozenset((candidate.use.function, candidate.use.line) for candidate in candidates.writes)
    for told in (*handed_over(written, context), *given_back(places, context)):
        told_of.enter(told)
    for candidate in candidates.removals:
        for told in judge_removal(candidate, context):
            if told_of.group_of(told) is None and harmless.group_of(told) is not None:
                text = "removes what each instance makes by itself, or for one call"
                yield evidence("files", "pass", told.file.function.module.path, candidate.use.line, text)
            else:
                told_of.enter(told)
    for group in _of_one_folder(told_of.groups, context.once(identities)):
        yield group.told()


def _of_one_folder(groups: list[_Group], identities: FileIdentities) -> list[_Group]:
    """Join what one class does below one folder: the files of a store are told as the store."""
    joined: dict[object, _Group] = {}
    kept: list[_Group] = []
    for group in groups:
        keys = [key for told in group.members for key in _folder_keys(told, identities)]
        known = next((joined[key] for key in keys if key in joined), None)
        if known is None:
            kept.append(group)
        else:
            known.members.extend(group.members)
        for key in keys:
            joined.setdefault(key, known or group)
    return kept


def _folder_keys(told: Told, identities: FileIdentities) -> Iterator[object]:
    function, path = told.file.function, told.file.path
    if function.owner is not None and isinstance(told.report, Finding):
        for anchor in sorted(identities.of(function, path).anchors, key=str):
            yield function.owner, told.report.code, anchor


class _Files:
    """Groups of what is done to one file, found by what names it."""

    def __init__(self, context: Context) -> None:
        self._identities = context.once(identities)
        self._by_key: dict[object, _Group] = {}
        self.groups: list[_Group] = []

    def group_of(self, told: Told) -> _Group | None:
        """Return the group that names the same file, None if there is none; of several the first."""
        found = (self._by_key.get(key) for key in self._keys(told, of_others=True))
        return next((group for group in found if group is not None), None)

    def enter(self, told: Told) -> None:
        """Add to the group of the same file, or to a new one."""
        group = self.group_of(told)
        if group is None:
            group = _Group([])
            self.groups.append(group)
        group.members.append(told)
        for key in self._keys(told):
            self._by_key.setdefault(key, group)

    def _keys(self, told: Told, *, of_others: bool = False) -> Iterator[object]:
        """Yield what a file is found by: its names in one function, a named file, and, a removal by a write, a folder and last part."""
        function, path = told.file.function, told.file.path
        yield from ((function, name) for name in sorted(names_of(function, path)) if name)
        identity = self._identities.of(function, path)
        if "." in (identity.tail or ""):  # a folder is no file, and may be written to for several reasons
            yield from ((anchor, identity.tail) for anchor in sorted(identity.itself, key=str))
        if identity.below:
            yield identity.below, identity.tail, told.is_removal != of_others


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
