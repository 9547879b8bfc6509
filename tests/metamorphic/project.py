"""Projects as plain text, with marks by which a line is known wherever it goes.

A mark is a comment behind a line that says which file and line of the original project it is. Comments mean nothing to
Python, and a transformation that moves, copies or wraps a statement takes them along, so a finding's place in the original
can be told from the line that it stands on.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Files = dict[str, str]
"""The text of each file by its path below the root; bytes that are no UTF-8 are surrogates."""

ROOT: Final = Path(__file__).resolve().parents[2]
_LEFT_OUT: Final = frozenset({"expected.txt", "expected.json", "expected.toml"})
_MARK: Final = re.compile(r"#@(\d+):(\d+)@")
_UNMARKED: Final = re.compile("statelint|type: *ignore|noqa|fmt:")
"""Comments that say something to a tool, and would say something else with a mark at their end."""


class LocationPath(NamedTuple):
    """A line of the original project; line 0 is none, for code that was added."""

    path: str
    line: int


class Changed(NamedTuple):
    """A project after a transformation."""

    files: Files
    moved: dict[str, str] = {}  # noqa: RUF012 - a default of a named tuple is never written
    """The old path of files that have a new one."""
    renamed: tuple[tuple[str, str], ...] = ()
    """Pairs of a new name and the old one, for what a finding's symbol says."""
    order: int | None = None
    """A seed that shuffles the order in which the analysis is given the sources."""
    copied: bool = False
    """Code is there twice, so that what is found in it may be found twice."""
    faulty: frozenset[str] = frozenset()
    """Items of the checklist that the added code may break; what is found in that code is not looked at."""
    retold: bool = False
    """Names are others, by which a rule is chosen and a finding worded: only the severities at the places must be the same."""


def load(folder: Path) -> Files:
    """Read a project from disk, without what is expected of it."""
    files = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if (
            path.is_file()
            and path.name not in _LEFT_OUT
            and not any(part.startswith(".") or part == "__pycache__" for part in relative.parts)
        ):
            files[relative.as_posix()] = path.read_bytes().decode(errors="surrogateescape")
    return files


@cache
def tree_of(text: str) -> ast.Module:
    """Return a module's tree, which nobody changes. Raises SyntaxError, or ValueError for what is no text."""
    text.encode()
    return ast.parse(text)


@cache
def concrete(text: str) -> cst.Module:
    """Return a module's concrete tree."""
    return cst.parse_module(text)


@cache
def parses(text: str) -> bool:
    """Tell whether a text is a module of Python."""
    try:
        tree_of(text)
    except (SyntaxError, ValueError):
        return False
    return True


def pairs(statements: Sequence[cst.BaseStatement], nodes: Sequence[ast.stmt]) -> Iterator[tuple[cst.BaseStatement, list[ast.stmt]]]:
    """Yield each line of a body in a concrete tree with its statements in the other one."""
    waiting = iter(nodes)
    for statement in statements:
        small = len(statement.body) if isinstance(statement, cst.SimpleStatementLine) else 1
        yield statement, [next(waiting) for _ in range(small)]


def paired(text: str) -> Iterator[tuple[cst.BaseStatement, list[ast.stmt]]]:
    """Yield the lines of a module with their statements."""
    return pairs(concrete(text).body, tree_of(text).body)


def modules(files: Files) -> list[str]:
    """Return the paths of the Python files that can be read."""
    return [path for path, text in files.items() if path.endswith(".py") and parses(text)]


def marked(files: Files) -> Files:
    """Return the project with a mark behind each line of code that can bear one."""
    readable = set(modules(files))
    return {path: _marked(text, number) if path in readable else text for number, (path, text) in enumerate(files.items())}


def _marked(text: str, number: int) -> str:
    lines = text.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.NEWLINE, tokenize.NL) and token.line.strip():
            row = token.start[0] - 1
            line = lines[row].rstrip("\r")
            if not _UNMARKED.search(line):
                lines[row] = f"{line}  #@{number}:{row + 1}@{lines[row][len(line) :]}"
    return "\n".join(lines)


def mark_of(text: str, line: int) -> str:
    """Return the mark of a line of a marked file, or of the nearest line above, "" where there is none."""
    for candidate in reversed(text.split("\n")[:line]):
        found = _MARK.search(candidate)
        if found:
            return found.group()
    return ""


class Places:
    """Where lines of a changed project were in the original."""

    def __init__(self, original: Files, changed: Changed) -> None:
        self._paths = list(original)
        self._changed = changed
        self._lines = {path: text.split("\n") for path, text in changed.files.items()}
        self._marked = {path for path, text in original.items() if _MARK.search(text)}
        self._unmarked = {path: _unmarked(original[path]) for path in self._marked}

    def of(self, path: str, line: int) -> LocationPath:
        """Return the place in the original."""
        old = self._changed.moved.get(path, path)
        lines = self._lines.get(path, [])
        if old not in self._marked:
            return LocationPath(old, line) if old in self._paths else LocationPath(path, 0)
        if line > len(lines):
            return LocationPath(old, 0)  # there is no such line
        known = self._unmarked.get(old, {}).get(lines[line - 1].strip())
        if known is not None:
            return LocationPath(old, known)
        for above, candidate in enumerate(reversed(lines[:line])):
            found = _MARK.search(candidate)
            if found:
                return LocationPath(self._paths[int(found[1])], int(found[2]) + above)
            if candidate.strip() == _ADDED:
                break
        return LocationPath(old, 0)


def _unmarked(text: str) -> dict[str, int]:
    """Return the lines that bear no mark and are told by what is written on them, which no other line says."""
    lines = [(line.strip(), number) for number, line in enumerate(text.split("\n"), 1) if line.strip() and not _MARK.search(line)]
    counts = Counter(line for line, _ in lines)
    return {line: number for line, number in lines if counts[line] == 1}


_ADDED: Final = "# added"
"""A line above added code, so that what is found below is not taken for a line further up."""


def added(code: str) -> str:
    """Return code to add to a file."""
    return f"\n\n{_ADDED}\n{code}"


def golden() -> Iterator[tuple[str, Path]]:
    """Name the golden projects and the six shops."""
    for folder in sorted((ROOT / "tests" / "golden").iterdir()):
        if folder.is_dir() and folder.name[0] not in "._":
            yield f"golden/{folder.name}", folder
    for framework in ("django", "fastapi", "flask"):
        for kind in ("stateful", "stateless"):
            yield f"shop/{framework}-{kind}", ROOT / "examples" / f"{framework}-{kind}"
