"""Survey one file: `ast.parse`, one traversal, a `ModuleSummary`."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from typing import TYPE_CHECKING

from statelint.survey.comments import directives
from statelint.survey.nesting import ENOUGH_FRAMES, FEW_FRAMES, PARSER_FRAMES, TOO_DEEP, NestedTooDeeplyError, is_too_deep, room_for
from statelint.survey.newer_syntax import brought_down
from statelint.survey.statements import Surveyor
from statelint.survey.summary import UNKNOWN, ModuleSummary

if TYPE_CHECKING:
    from statelint.survey.summary import Expr


def survey(content: bytes) -> ModuleSummary:
    """Summarise one Python file; what cannot be parsed becomes a summary with `error` set."""
    lines = len(content.splitlines()) if b"\r" in content else content.count(b"\n") + (not content.endswith(b"\n") and bool(content))
    try:
        with warnings.catch_warnings(), room_for(PARSER_FRAMES):
            warnings.simplefilter("ignore")  # invalid escapes in the analysed code are its own business
            tree = ast.parse(content, type_comments=False)
        return _summary(content, tree, lines)
    except SyntaxError as error:
        older = _brought_down(content)
        if older is not None:
            return survey(older)
        return ModuleSummary(lines=lines, functions=(), error=error.msg or "invalid syntax", error_line=error.lineno or None)
    except ValueError as error:
        return ModuleSummary(lines=lines, functions=(), error=str(error) or "not Python source")
    except (RecursionError, MemoryError, NestedTooDeeplyError):
        return ModuleSummary(lines=lines, functions=(), error=TOO_DEEP)


def _brought_down(content: bytes) -> bytes | None:
    """Return a file without syntax that is newer than the running Python; None where there is none, or nothing would come of it."""
    try:
        older = brought_down(content.decode(_declared_encoding(content)))
        if older is not None:
            ast.parse(older, type_comments=False)
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
        return None
    return older.encode(_declared_encoding(content)) if older is not None else None


def _summary(content: bytes, tree: ast.Module, lines: int) -> ModuleSummary:
    try:
        with room_for(FEW_FRAMES):
            return _surveyed(content, tree, lines)
    except RecursionError:
        if is_too_deep(tree):
            raise
    with room_for(ENOUGH_FRAMES):
        return _surveyed(content, tree, lines)


def _surveyed(content: bytes, tree: ast.Module, lines: int) -> ModuleSummary:
    encoding = _declared_encoding(content)
    # `ast` counts bytes of UTF-8, whatever the file is written in
    surveyor = Surveyor(content if encoding == "utf-8" else content.decode(encoding).encode())
    surveyor.run(tree, lines)
    return ModuleSummary(lines=lines, functions=tuple(surveyor.functions), classes=tuple(surveyor.classes), directives=directives(content))


def condition(text: str) -> Expr:
    """Convert the source of one condition; unknown where it cannot be parsed."""
    found = survey(f"if (\n{text}\n): pass\n".encode())
    return found.functions[0].guards[0].test if not found.error else UNKNOWN


def _declared_encoding(content: bytes) -> str:
    """Return the normalised encoding, reading no more than the first two lines; `utf-8-sig` where a byte-order mark comes first."""
    if content.isascii() and b"coding" not in content[:200]:
        return "utf-8"
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return encoding
