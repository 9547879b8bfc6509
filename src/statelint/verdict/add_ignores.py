"""Write the comments that silence findings into source, and change nothing else.

A comment goes to the end of the line that the finding begins on; where that line cannot carry one (it ends inside a string
or before a continuation) to another line of the statement, and where none can, on a line of its own above it. A comment that is
there already gets the further codes. What is inserted is all that changes: encoding, line ends and everything else stay.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING, Final

from statelint.survey.comments import directives
from statelint.survey.parse import parsed
from statelint.verdict.layout import layout
from statelint.verdict.suppress import Suppression, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statelint.model import Finding
    from statelint.rulebook.load import Rulebook
    from statelint.verdict.layout import Layout

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_LIST: Final = re.compile(r"\[[^\]]*\]")


class CannotComment(Exception):  # noqa: N818 - a state of the file, said in a sentence
    """Why no comments can be written into a file."""


def with_comments(content: bytes, findings: Iterable[Finding], reason: str, book: Rulebook) -> bytes:
    """Return the content of one file with comments for these findings of it.

    Raises:
        CannotComment: the file is not what its encoding says, or would not mean the same afterwards.
    """
    text, encoding = _decoded(content)
    plan = layout(text)
    lines = [line for line in _LINE.findall(text) if line]
    present = [outcome for comment in directives(content, text) if isinstance(outcome := parse(comment, book, plan), Suppression)]
    ours = {comment.line: comment for comment in present if comment.target and "statelint" in _words(lines, comment)}
    inserts: dict[tuple[int, bool], set[str]] = {}
    for finding in findings:
        inserts.setdefault(_place(finding, plan), set()).add(finding.code)
    for (line, above), codes in sorted(inserts.items(), reverse=True):
        known = _present(ours, line, above=above)
        if known is not None:
            lines[known.line - 1] = _merged(lines[known.line - 1], known, codes)
        elif above:
            lines.insert(line - 1, _indent(lines[line - 1]) + _comment(codes, reason) + _end(lines))
        else:
            lines[line - 1] = _appended(lines[line - 1], _comment(codes, reason))
    try:
        changed = "".join(lines).encode(encoding)
    except UnicodeEncodeError as error:
        raise CannotComment(f"the reason cannot be written in the file's encoding, {encoding}") from error
    if _meaning(content) != _meaning(changed):
        raise CannotComment("a comment would change what the file means")
    return changed


def _decoded(content: bytes) -> tuple[str, str]:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
        if text.encode(encoding) == content:
            return text, encoding
    except (SyntaxError, LookupError, UnicodeError) as error:
        raise CannotComment(f"it cannot be decoded: {error}") from error
    raise CannotComment(f"it would not stay the same in its encoding, {encoding}")


def _place(finding: Finding, plan: Layout) -> tuple[int, bool]:
    """Return the line for a finding's comment, and whether it goes on a line of its own above that line."""
    first, last = plan.statement(finding.line)
    for line in (finding.line, first, last):
        if line in plan.carriers:
            return line, False
    return first, True


def _present(ours: dict[int, Suppression], line: int, *, above: bool) -> Suppression | None:
    """Return the comment that speaks about this place already."""
    if above:
        return next((comment for comment in ours.values() if comment.target == line != comment.line), None)
    comment = ours.get(line)
    return comment if comment is not None and comment.target == line else None


def _words(lines: Sequence[str], comment: Suppression) -> str:
    return lines[comment.line - 1][comment.column - 1 : comment.end_column - 1]


def _merged(line: str, comment: Suppression, codes: set[str]) -> str:
    """Add codes to the list of a comment; its own words, codes or names, stay."""
    missing = sorted(codes.difference(comment.codes))
    found = _LIST.search(line, comment.column - 1)
    if not missing or found is None:
        return line
    end = found.end() - 1
    return f"{line[:end]}, {', '.join(missing)}{line[end:]}"


def _comment(codes: Iterable[str], reason: str) -> str:
    return f"# statelint: ignore[{', '.join(sorted(codes))}]" + (f" {reason}" if reason else "")


def _appended(line: str, comment: str) -> str:
    code = line.rstrip("\r\n")
    return f"{code}{'' if code.endswith('  ') else '  '}{comment}{line[len(code) :]}"


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t\f"))]


def _end(lines: Sequence[str]) -> str:
    """Return the file's own line end."""
    return next((line[len(line.rstrip("\r\n")) :] for line in lines if line.endswith(("\r", "\n"))), "\n")


def _meaning(content: bytes) -> str:
    """Return the syntax tree as text, without places."""
    try:
        return ast.dump(parsed(content))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise CannotComment(f"it cannot be parsed: {error}") from error
