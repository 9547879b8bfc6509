"""Fixes of a whole run put into the texts of the files: as many as fit beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from statelint.fixes.source import NotEditable, applied, decoded_text, overlaps, parsed
from statelint.model import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from statelint.model import Edit


class Applied(msgspec.Struct, frozen=True):
    """New contents by path, and the findings whose fixes are in them."""

    contents: dict[str, bytes]
    fixed: tuple[Finding, ...]


def apply(findings: Iterable[Finding], read: Callable[[str], bytes]) -> Applied:
    """Return the contents after the fixes of the findings, each wholly or not at all.

    A fix whose edits touch those of one before it waits: what it would change is no longer what it was computed for. So does every fix
    of a file that would not parse afterwards.
    """
    chosen: dict[str, list[Edit]] = {}
    taken: list[Finding] = []
    for finding in findings:
        wanted = _edits(finding)
        if wanted and not any(overlaps(edit, chosen.get(edit.span.path, ())) for edit in wanted):
            for edit in wanted:
                chosen.setdefault(edit.span.path, []).append(edit)
            taken.append(finding)
    contents, broken = {}, set()
    for path, edits in chosen.items():
        content = _changed(path, edits, read)
        if content is None:
            broken.add(path)
        else:
            contents[path] = content
    while True:  # a fix of several files is not made by halves
        lost = {edit.span.path for one in taken for edit in _edits(one) if broken & {edit.span.path for edit in _edits(one)}} - broken
        if not lost:
            break
        broken |= lost
    kept = tuple(one for one in taken if not broken & {edit.span.path for edit in _edits(one)})
    return Applied({path: content for path, content in contents.items() if path not in broken}, kept)


def _edits(finding: Finding) -> Sequence[Edit]:
    return finding.fix.edits if finding.fix is not None else ()


def _changed(path: str, edits: Sequence[Edit], read: Callable[[str], bytes]) -> bytes | None:
    """Return a file's content with the edits; None where it would be no Python, or cannot be written in its encoding."""
    try:
        text = decoded_text(path, read(path))
        changed = applied(text, edits)
        return changed.encode(text.encoding) if parsed(changed) is not None else None
    except (NotEditable, UnicodeEncodeError):
        return None
