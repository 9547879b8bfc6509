"""Files of the application that were not analysed are findings, so that a run which saw half of a program is not green."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.model import UNREADABLE, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from statelint.model import Diagnostic
    from statelint.rulebook.load import Rulebook

_CASES: Final = {"not analysed": "parse", "not read": "read"}
"""The rule's message by the words that a diagnostic begins with."""


def unread_files(
    diagnostics: Iterable[Diagnostic], sources: Container[str], lines_of: Callable[[str], tuple[str, ...]], book: Rulebook
) -> Iterator[Finding]:
    """Yield a finding for each Python file of the application, one of `sources`, that a diagnostic at level `error` is about."""
    rule = book.rule(UNREADABLE)
    for diagnostic in diagnostics:
        head, _, problem = diagnostic.message.partition(": ")
        if rule is None or diagnostic.level != "error" or diagnostic.path not in sources or head not in _CASES:
            continue
        lines = lines_of(diagnostic.path)
        line = min(diagnostic.line or 1, max(len(lines), 1))
        text = lines[line - 1] if lines else ""
        yield Finding(
            code=rule.code,
            rule=rule.name,
            item=rule.item,
            severity=rule.severity,
            confidence="high",
            path=diagnostic.path,
            line=line,
            column=len(text) - len(text.lstrip()) + 1,
            end_line=line,
            end_column=len(text) + 1,
            symbol="",
            message=rule.messages[_CASES[head]].format(problem=problem),
            hint=rule.fix.strip(),
            label="not understood" if _CASES[head] == "parse" else "",
        )
