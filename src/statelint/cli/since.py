"""`--new-since`: what an earlier version had already is counted and not shown.

A finding stands where its state is made, while the line that makes it one may be a new route far away. So changed lines decide
nothing; the earlier version is analysed as well, and findings are compared by fingerprint.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from statelint.checked import Asked, Checked, check_programs, joined
from statelint.cli.say import say
from statelint.config import is_target
from statelint.errors import StatelintError
from statelint.history import checked_out, version_of
from statelint.verdict.baseline import Entry, entries_for, match

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from statelint.configuration import Settings
    from statelint.verdict.judge import Judgement


def found_before(ref: str, asked: Asked, root: Path) -> tuple[Entry, ...]:
    """Return an entry for each finding of the version where the history of `ref` and that of the work tree part.

    Both versions are judged by the same rules and settings, program by program; comments count as they stand in each.

    Raises:
        StatelintError: there is no such version, or git cannot be asked.
    """
    version = version_of(root, ref)
    if not version.is_merge_base:
        say("note", f"--new-since: {ref} and HEAD have no common history here, so findings are compared with {ref} itself")
    real = version.top.resolve()
    with checked_out(version, root) as top:

        def then(path: Path) -> Path:
            return top / Path(os.path.realpath(path)).relative_to(real)

        def settled(settings: Settings) -> Settings:
            """Return settings of today for the earlier version; by today's cache summaries of unchanged files are known."""
            config = replace(settings.config, programs=_then(settings.config.programs, then))
            base = then(settings.base) if settings.base.resolve().is_relative_to(real) else settings.base
            return replace(settings, config=config, base=base)

        def load(folder: Path) -> Settings:
            today = real / Path(os.path.realpath(folder)).relative_to(top)
            return settled(asked.load(today) if today.is_dir() else asked.settings)

        present = tuple(then(path) for path in asked.paths if then(path).exists())
        if not present:
            return ()
        options = {"jobs": asked.options.get("jobs")}
        try:
            parts = check_programs(Asked(present, settled(asked.settings), load, options=options))
        except StatelintError:  # no Python file was there then
            return ()
    return entries_for(joined(parts).result.findings)


def _then(programs: Mapping[str, str | tuple[str, ...]], then: Callable[[Path], Path]) -> dict[str, tuple[str, ...]]:
    """Return the programs that the configuration names, by their folders of the earlier version as far as these were there."""
    there = {}
    for name, where in programs.items():
        given = (where,) if isinstance(where, str) else where
        settled = tuple(one if is_target(one) else str(then(Path(one))) for one in given)
        there[name] = tuple(one for one in settled if is_target(one) or Path(one).is_dir())
    return {name: found for name, found in there.items() if found}


def only_new(parts: Sequence[Checked], before: Sequence[Entry], root: Path) -> tuple[Checked, ...]:
    """Return the programs without the findings that were there before; the checklists stay whole."""
    findings = tuple({one.fingerprint: one for part in parts for one in part.part.judgement.result.findings}.values())
    known = match(findings, before, lambda path: (root / path).exists()).known
    return tuple(_without(one, known) for one in parts)


def _without(one: Checked, known: Container[str]) -> Checked:
    judgement = one.part.judgement
    shown = tuple(finding for finding in judgement.result.findings if finding.fingerprint not in known)
    left = counted(replace(judgement, result=replace(judgement.result, findings=shown)), judgement)
    return replace(one, part=replace(one.part, judgement=left))


def counted(judgement: Judgement, whole: Judgement) -> Judgement:
    """Return what is left of the whole judgement, with the number of what was there before."""
    shown = len(judgement.result.findings)
    summary = replace(judgement.result.summary, findings=shown, earlier=len(whole.result.findings) - shown)
    return replace(judgement, result=replace(judgement.result, summary=summary))
