"""The concrete syntax tree of a file, with the place of each node."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from statelint.fixes.source import NotEditable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.fixes.source import Text
    from statelint.model import Finding

_BESIDE: Final = re.compile(r"[\s)\]},:;]*(?:#.*)?")
"""What may stand behind a node on its line."""
_N = TypeVar("_N", bound=cst.CSTNode)


class Placed(NamedTuple):
    """A node and its offsets; `end` is exclusive, and commas and comments around are outside."""

    node: cst.CSTNode
    start: int
    end: int
    parents: tuple[cst.CSTNode, ...]
    """From the outermost in."""


class Tree:
    """A parsed file, or the lines of one that its statements at the top level take."""

    def __init__(self, text: Text, lines: tuple[int, int] | None = None) -> None:
        """Parse the text, or these lines of it, counted from 1, both included.

        Places take about five times as long as parsing.

        Raises:
            NotEditable: libcst cannot parse it.
        """
        self.text = text
        first = lines[0] if lines is not None else 1
        part = text.text if lines is None else text.text[text.offset(first, 1) : text.offset(lines[1] + 1, 1)]
        try:
            wrapper = MetadataWrapper(cst.parse_module(part), unsafe_skip_copy=True)
            positions = wrapper.resolve(PositionProvider)
        except (cst.ParserSyntaxError, RecursionError, ValueError, IndexError) as error:
            raise NotEditable(f"it cannot be parsed: {str(error).partition(chr(10))[0] or type(error).__name__}") from error
        self.module = wrapper.module
        self.nodes: list[Placed] = []
        self.placed: dict[int, Placed] = {}
        """By the identity of the node."""
        stack: list[tuple[cst.CSTNode, tuple[cst.CSTNode, ...]]] = [(wrapper.module, ())]
        while stack:
            node, parents = stack.pop()
            place = positions.get(node)
            if place is not None:
                start, end = (text.offset(one.line + first - 1, one.column + 1) for one in (place.start, place.end))
                self.placed[id(node)] = Placed(node, start, end, parents)
                self.nodes.append(self.placed[id(node)])
            stack.extend((child, (*parents, node)) for child in reversed(node.children))

    def place(self, node: cst.CSTNode) -> Placed:
        """Return where a node stands."""
        return self.placed[id(node)]

    def code(self, node: cst.CSTNode) -> str:
        """Return a node as it is written."""
        placed = self.place(node)
        return self.text.text[placed.start : placed.end]

    def at(self, finding: Finding) -> Iterator[Placed]:
        """Yield the nodes that are the finding's stretch, from the outermost in.

        Where that is the name of what is called, it is the call. A finding that stands for a line ends where that ends: behind a comment,
        or in the middle of a node of several lines.
        """
        if not 1 <= finding.line <= finding.end_line <= len(self.text.starts):
            return
        start = self.text.offset(finding.line, finding.column)
        end = self.text.offset(finding.end_line, finding.end_column)
        here = [placed for placed in self.nodes if placed.start == start and placed.start < placed.end]
        exact = [placed for placed in here if placed.end == end]
        if exact:
            yield from exact
            names = [id(placed.node) for placed in exact]
            yield from (placed for placed in here if isinstance(placed.node, cst.Call) and id(placed.node.func) in names)
            return
        is_line = not self.text.text[end : self.text.line_end(end)].strip()
        for placed in here:
            if (placed.end > end and is_line) or (placed.end < end and _BESIDE.fullmatch(self.text.text[placed.end : end])):
                yield placed

    def first(self, finding: Finding, kind: type[_N]) -> tuple[_N, Placed] | None:
        """Return the first node of a kind that is the finding's stretch."""
        return next(((placed.node, placed) for placed in self.at(finding) if isinstance(placed.node, kind)), None)


def string(node: cst.CSTNode | None) -> str | None:
    """Return what a plain string literal says."""
    if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
        value = node.evaluated_value
        return value if isinstance(value, str) else None
    return None


def dotted(node: cst.CSTNode) -> str:
    """Return a chain of names as a path, "" for anything else."""
    names: list[str] = []
    while isinstance(node, cst.Attribute):
        names.append(node.attr.value)
        node = node.value
    return ".".join((node.value, *reversed(names))) if isinstance(node, cst.Name) else ""
