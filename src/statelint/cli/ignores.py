"""`check --add-ignores`: silence what is there now, file by file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.cli.say import say
from statelint.errors import StatelintError
from statelint.files import Reader, UnreadableError, write_whole
from statelint.files.read import MOST_SOURCE
from statelint.model import ANALYSIS_ITEM, Finding
from statelint.verdict.add_ignores import CannotComment, with_comments

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from statelint.configuration import Settings


def add(findings: Sequence[Finding], root: Path, settings: Settings, reason: str) -> int:
    """Write the comments; return 0 when every finding has one now, 1 when some could not be given one.

    Raises:
        StatelintError: the reason is missing where one is asked for, or cannot stand in a comment.
    """
    reason = reason.strip()
    if settings.config.require_reason and not reason:
        raise StatelintError("--add-ignores needs a reason here, because require-reason is on", help='--add-ignores="why it is fine"')
    if "#" in reason or len(reason.splitlines()) > 1:
        raise StatelintError("--add-ignores: a reason is one line without `#`")
    by_file: dict[str, list[Finding]] = {}
    for finding in findings:
        by_file.setdefault(finding.path, []).append(finding)
    silenced = changed = 0
    for path, here in by_file.items():
        wanted = [finding for finding in here if finding.item != ANALYSIS_ITEM]
        if wanted and _change(root, path, wanted, reason, settings):
            silenced += len(wanted)
            changed += 1
    places = f"{silenced} finding{'' if silenced == 1 else 's'} in {changed} file{'' if changed == 1 else 's'}"
    say("note", f"wrote comments for {places}" if silenced else "there is nothing to silence")
    rest = [finding for finding in findings if finding.item == ANALYSIS_ITEM]
    if rest:
        places = ", ".join(f"{one.path}:{one.line}" for one in rest)
        left = "finding that no comment silences is" if len(rest) == 1 else "findings that no comment silences are"
        say("warning", f"{len(rest)} {left} left to you: {places}")
    return 0 if silenced == len(findings) else 1


def _change(root: Path, path: str, findings: Sequence[Finding], reason: str, settings: Settings) -> bool:
    """Change one file; say why when it cannot be done."""
    file = root / path
    if file.suffix != ".py":
        say("warning", f"{path}:{findings[0].line}: comments are written into Python files only; write it by hand, or use a baseline")
        return False
    try:
        content = Reader(root).read(path, MOST_SOURCE)
        write_whole(file, with_comments(content, findings, reason, settings.book), root=root)
    except CannotComment as error:
        say("warning", f"{path}: no comments written: {error}")
        return False
    except UnreadableError as error:
        say("warning", f"{path}: no comments written: {error}")
        return False
    return True
