"""What an editor can do about a finding: its automatic fix, a comment that silences it, the rule's page.

Edits are those of the file as it was analysed, so nothing is offered that would change a file which is another one by now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lsprotocol import types

from statelint.fixes.source import text_of
from statelint.model import ANALYSIS_ITEM
from statelint.report.text import one_line
from statelint.server.diagnostics import diagnostic, place_of
from statelint.survey.comments import decode
from statelint.verdict.add_ignores import CannotComment, with_comments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statelint.model import Edit, Finding, Fix
    from statelint.server.places import Places
    from statelint.server.project import Fixes, Snapshot

SHOW_RULE: Final = "statelint.showRule"
"""The command that shows a rule's page; its argument is the rule's code."""


class Documents:
    """What the editor shows now: contents and versions by path below the root."""

    def __init__(self, contents: Mapping[str, bytes], versions: Mapping[str, int | None], *, versioned: bool) -> None:
        """Take the open documents; `versioned` is whether the editor takes edits for a version of a document."""
        self.contents = contents
        self.versions = versions
        self.versioned = versioned


def actions_at(fixes: Fixes, places: Places, documents: Documents, path: str, wanted: types.Range) -> list[types.CodeAction]:
    """Return what can be done about the findings that a range touches."""
    snapshot = fixes.snapshot
    found: list[types.CodeAction] = []
    for finding in map(fixes.of, findings_at(snapshot, places, path, wanted)):
        shown = [diagnostic(finding, snapshot, places, related=False)]
        fix = _fix(finding, snapshot, places, documents)
        if fix is not None:
            fix.diagnostics = shown
            found.append(fix)
        ignore = _ignore(finding, snapshot, places, documents)
        if ignore is not None:
            ignore.diagnostics = shown
            found.append(ignore)
        title = f"Show rule {finding.code} {finding.rule}"
        show = types.Command(title, SHOW_RULE, arguments=[finding.code])
        found.append(types.CodeAction(title, kind=types.CodeActionKind.QuickFix, diagnostics=shown, command=show))
    return found


def findings_at(snapshot: Snapshot, places: Places, path: str, wanted: types.Range) -> list[Finding]:
    """Return the findings of a file that a range touches."""
    found = []
    for finding in snapshot.findings:
        if place_of(finding, snapshot) == path:
            covered = places.range(finding) if finding.path else types.Range(types.Position(0, 0), types.Position(0, 0))
            if _at(covered.start) <= _at(wanted.end) and _at(wanted.start) <= _at(covered.end):
                found.append(finding)
    return found


def _at(position: types.Position) -> tuple[int, int]:
    return position.line, position.character


def _fix(finding: Finding, snapshot: Snapshot, places: Places, documents: Documents) -> types.CodeAction | None:
    fix = finding.fix
    if fix is None or not _all_unchanged({edit.span.path for edit in fix.edits}, snapshot, documents):
        return None
    changes: dict[str, list[types.TextEdit]] = {}
    for edit in _distinct(fix.edits):
        changes.setdefault(edit.span.path, []).append(types.TextEdit(places.exact(edit.span), edit.content))
    is_safe = fix.applicability == "safe"
    return types.CodeAction(
        f"{_title(fix)} ({finding.code})", kind=types.CodeActionKind.QuickFix, edit=_edit(changes, places, documents), is_preferred=is_safe
    )


def _title(fix: Fix) -> str:
    message = one_line(fix.message)
    needs = f"; needs {', '.join(map(one_line, fix.needs))}" if fix.needs else ""
    doubt = "" if fix.applicability == "safe" else "; unsafe: may change what one instance does"
    return f"{message[:1].upper()}{message[1:]}{needs}{doubt}"


def _distinct(edits: Iterable[Edit]) -> Sequence[Edit]:
    return tuple(dict.fromkeys(edits))


def _ignore(finding: Finding, snapshot: Snapshot, places: Places, documents: Documents) -> types.CodeAction | None:
    """Return the comment as `--add-ignores` writes it; where a reason is asked for, it is left to whoever takes the action."""
    path = finding.path
    if finding.item == ANALYSIS_ITEM or not path.endswith(".py") or not _all_unchanged({path}, snapshot, documents):
        return None
    content = documents.contents.get(path)
    before = content if content is not None else snapshot.content(path)
    try:
        after = with_comments(before, [finding], "", snapshot.settings.book)
    except CannotComment:
        return None
    old, new = (decode(one).removeprefix("\ufeff") for one in (before, after))
    edit = _difference(old, new, places)
    title = f"Ignore {finding.code} on this line"
    kind = types.CodeActionKind.QuickFix
    return types.CodeAction(title, kind=kind, edit=_edit({path: [edit]}, places, documents), is_preferred=False)


def _difference(old: str, new: str, places: Places) -> types.TextEdit:
    """Return the one edit that makes one text of another."""
    start = _alike(old, new)
    most = min(len(old), len(new)) - start
    same = _alike(old[: -most - 1 : -1], new[: -most - 1 : -1]) if most else 0
    text = text_of("", old)
    end = len(old) - same
    span = text.edit(start, end, "").span
    first = places.position(text, span.line, span.column)
    last = places.position(text, span.end_line, span.end_column)
    return types.TextEdit(types.Range(first, last), new[start : len(new) - same])


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    return next((index for index, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), min(len(one), len(other)))


def _all_unchanged(paths: Iterable[str], snapshot: Snapshot, documents: Documents) -> bool:
    return all(snapshot.is_unchanged(path, documents.contents.get(path)) for path in paths)


def _edit(changes: Mapping[str, Sequence[types.TextEdit]], places: Places, documents: Documents) -> types.WorkspaceEdit:
    if not documents.versioned:
        return types.WorkspaceEdit(changes={places.uri(path): list(edits) for path, edits in changes.items()})
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(places.uri(path), documents.versions.get(path)), list(edits)
            )
            for path, edits in changes.items()
        ]
    )
