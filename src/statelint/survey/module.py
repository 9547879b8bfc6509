"""Survey one file: a tree, one traversal, a `ModuleSummary`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.survey.comments import directives
from statelint.survey.nesting import ENOUGH_FRAMES, FEW_FRAMES, PARSER_FRAMES, TOO_DEEP, NestedTooDeeplyError, is_too_deep, room_for
from statelint.survey.parse import declared_encoding, parsed
from statelint.survey.statements import Surveyor
from statelint.survey.summary import UNKNOWN, ModuleSummary

if TYPE_CHECKING:
    import ast

    from statelint.survey.summary import Expr


def survey(content: bytes) -> ModuleSummary:
    """Summarise one Python file; what cannot be parsed becomes a summary with `error` set."""
    lines = len(content.splitlines()) if b"\r" in content else content.count(b"\n") + (not content.endswith(b"\n") and bool(content))
    try:
        with room_for(PARSER_FRAMES):
            tree = parsed(content)
        return _summary(content, tree, lines)
    except SyntaxError as error:
        return ModuleSummary(lines=lines, functions=(), error=_problem(error, content), error_line=error.lineno or None)
    except ValueError as error:
        return ModuleSummary(lines=lines, functions=(), error=str(error) or "not Python source")
    except (RecursionError, MemoryError, NestedTooDeeplyError):
        return ModuleSummary(lines=lines, functions=(), error=TOO_DEEP)


def _problem(error: SyntaxError, content: bytes) -> str:
    from statelint.survey.newer_syntax import reader_of  # noqa: PLC0415 - for files that cannot be parsed

    problem = error.msg or "invalid syntax"
    lines = content.splitlines()
    line = lines[error.lineno - 1] if error.lineno and error.lineno <= len(lines) else b""
    reader = reader_of(line.decode("utf-8", "replace"), problem)
    return f"{problem}; {reader}" if reader else problem


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
    encoding = declared_encoding(content)
    # `ast` counts bytes of UTF-8, whatever the file is written in
    surveyor = Surveyor(content if encoding == "utf-8" else content.decode(encoding).encode())
    surveyor.run(tree, lines)
    return ModuleSummary(lines=lines, functions=tuple(surveyor.functions), classes=tuple(surveyor.classes), directives=directives(content))


def condition(text: str) -> Expr:
    """Convert the source of one condition; unknown where it cannot be parsed."""
    found = survey(f"if (\n{text}\n): pass\n".encode())
    return found.functions[0].guards[0].test if not found.error else UNKNOWN
