"""`--new-since`: what an earlier version had already is counted and not shown.

A finding stands where its state is made, while the line that makes it one may be a new route far away. So changed lines decide
nothing; the earlier version is analysed as well, and findings are compared by fingerprint.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from statelint import engine
from statelint.cli.say import say
from statelint.errors import StatelintError
from statelint.history import checked_out, version_of
from statelint.verdict.baseline import Entry, entries_for, match
from statelint.verdict.judge import Judgement, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.configuration import Settings


def found_before(ref: str, paths: Sequence[Path], root: Path, settings: Settings, *, jobs: int | None, cache: bool) -> tuple[Entry, ...]:
    """Return an entry for each finding of the version where the history of `ref` and that of the work tree part.

    Both versions are judged by the same rules and settings; comments count as they stand in each.

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

        present = [then(path) for path in paths if then(path).exists()]
        if not present:
            return ()
        config = replace(settings.config, cache_dir=str(root / settings.config.cache_dir))  # summaries of unchanged files are known
        try:
            analysis = engine.analyse(engine.RunOptions(present, config, settings.book, jobs=jobs, cache=cache))
        except StatelintError:  # no Python file was there then
            return ()
        base = then(settings.base) if settings.base.resolve().is_relative_to(real) else settings.base
        judgement = judge(analysis, config, settings.book, chosen=settings.selected, base=base)
    return entries_for(judgement.result.findings)


def only_new(judgement: Judgement, before: Sequence[Entry], root: Path) -> Judgement:
    """Return the judgement without the findings that were there before; the checklist stays the whole project's."""
    result = judgement.result
    known = match(result.findings, before, lambda path: (root / path).exists()).known
    shown = tuple(finding for finding in result.findings if finding.fingerprint not in known)
    summary = replace(result.summary, findings=len(shown), earlier=len(result.findings) - len(shown))
    return replace(judgement, result=replace(result, findings=shown, summary=summary))
