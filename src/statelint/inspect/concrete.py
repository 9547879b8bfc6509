"""Concrete syntax trees of the statements that hold a suspect.

libcst parses 20,000 lines a second, so not files but the statements around suspects are parsed: a definition's lines,
under an `if True:` that takes the place of what they are indented by. Columns stay as they are, lines move by a known
number.
"""

from __future__ import annotations

import io
import re
import tokenize
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.survey.parse import readable

if TYPE_CHECKING:
    from collections.abc import Callable

    import libcst as cst


_HEADER: Final = re.compile(r"\s*(?:class|def|async|if|for|while|with|match)\b")
_NO_CODE: Final = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER})


class Node(NamedTuple):
    """A concrete node and where it stands in its file; lines and columns from 1, the end column exclusive."""

    node: cst.CSTNode
    line: int
    column: int
    end_line: int
    end_column: int
    parents: tuple[cst.CSTNode, ...]
    """From the outermost in."""


@dataclass(slots=True)
class Block:
    """A parsed stretch of a file."""

    module: cst.Module
    nodes: list[Node]

    def code(self, node: cst.CSTNode) -> str:
        """Return the source of a node, comments and spacing as they are."""
        return self.module.code_for_node(node)


@dataclass(slots=True)
class ConcreteFiles:
    """Parses on demand and remembers; a stretch that libcst cannot parse is None."""

    read: Callable[[str], bytes]
    _lines: dict[str, list[str]] = field(default_factory=dict)
    _blocks: dict[tuple[str, int, int], Block | None] = field(default_factory=dict)
    _logical: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    """Why a file's stretch could not be parsed, by path."""

    def lines(self, path: str) -> list[str]:
        """Return a file's lines without their ends."""
        from statelint.survey.comments import decode  # noqa: PLC0415 - inspection needs it, reports do not

        if path not in self._lines:
            self._lines[path] = decode(self.read(path)).splitlines()
        return self._lines[path]

    def block(self, path: str, first: int, last: int) -> Block | None:
        """Parse lines `first` to `last`, which must hold whole statements of one level."""
        key = (path, first, last)
        if key not in self._blocks:
            self._blocks[key] = self._parse(path, first, last)
        return self._blocks[key]

    def statement_lines(self, path: str, line: int) -> tuple[int, int]:
        """Return the lines of the statement that `line` is a part of; of a compound one, its header alone."""
        ranges, index = self._around(path, line)
        return ranges[index] if index >= 0 and ranges[index][1] >= line else (line, line)

    def definition_lines(self, path: str, line: int) -> tuple[int, int] | None:
        """Return the lines of the compound statement that begins on `line`, with its body; None where no such one does."""
        lines = self.lines(path)
        ranges, index = self._around(path, line)
        last = index
        while 0 <= last < len(ranges) - 1 and _depth(lines[ranges[last + 1][0] - 1]) > _depth(lines[line - 1]):
            last += 1
        return (line, ranges[last][1]) if last > index >= 0 and ranges[index][0] == line else None

    def standing_alone(self, path: str, first: int, last: int) -> tuple[str, int]:
        """Return lines `first` to `last` as a module of their own, and by how many lines it is behind the file; columns stay."""
        lines = _standing_alone(self.lines(path)[first - 1 : last])
        text = "\n".join(lines) + "\n"
        indented = bool(lines) and lines[0][:1] in (" ", "\t")
        return (f"if True:\n{text}", first - 2) if indented else (text, first - 1)

    def _around(self, path: str, line: int) -> tuple[list[tuple[int, int]], int]:
        """The logical lines of a file, and the index of the last that begins on or before a line."""
        if path not in self._logical:
            self._logical[path] = logical_lines(self.lines(path))
        ranges = self._logical[path]
        return ranges, bisect_right(ranges, (line, len(self.lines(path)) + 1)) - 1

    def _parse(self, path: str, first: int, last: int) -> Block | None:
        import libcst as cst  # noqa: PLC0415 - 0.2 s, needed only where there is a suspect
        from libcst.metadata import MetadataWrapper, PositionProvider  # noqa: PLC0415

        source, offset = self.standing_alone(path, first, last)
        try:
            wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
            positions = wrapper.resolve(PositionProvider)
        except (cst.ParserSyntaxError, RecursionError, ValueError, IndexError) as error:
            self.failures.setdefault(path, str(error).partition("\n")[0] or type(error).__name__)
            return None
        nodes: list[Node] = []
        stack: list[tuple[cst.CSTNode, tuple[cst.CSTNode, ...]]] = [(wrapper.module, ())]
        while stack:
            node, parents = stack.pop()
            place = positions.get(node)
            if place is not None:
                start, end = place.start, place.end
                nodes.append(Node(node, start.line + offset, start.column + 1, end.line + offset, end.column + 1, parents))
            stack.extend((child, (*parents, node)) for child in reversed(node.children))
        return Block(wrapper.module, nodes)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _standing_alone(lines: list[str]) -> list[str]:
    """Make a decorator, or a compound statement's header without its body, parse by itself; columns stay."""
    start = lines[0].lstrip() if lines else ""
    if start.startswith("@"):
        return [lines[0].replace("@", " ", 1), *lines[1:]] if not any(_HEADER.match(line) for line in lines[1:]) else lines
    if _HEADER.match(start) and len(lines[-1]) and lines[-1].partition("#")[0].rstrip().endswith(":"):
        return [*lines, " " * (len(lines[0]) - len(start) + 4) + "pass"]
    return lines


def logical_lines(lines: list[str]) -> list[tuple[int, int]]:
    """Return the first and last line of each logical line of a file, as far as it can be read."""
    found: list[tuple[int, int]] = []
    first = 0
    source = io.StringIO(readable("".join([f"{line}\n" for line in lines]))[0])
    try:
        for token in tokenize.generate_tokens(source.readline):
            if token.type == tokenize.NEWLINE:
                found.append((first or token.start[0], token.end[0]))
                first = 0
            elif not first and token.type not in _NO_CODE:
                first = token.start[0]
    except (tokenize.TokenError, SyntaxError):
        pass  # the rest stays one line, one statement
    return found
