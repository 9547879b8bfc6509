"""Concrete syntax trees of the statements that hold a suspect.

libcst parses 20,000 lines a second, so not files but the statements around suspects are parsed: a definition's lines,
under an `if True:` that takes the place of what they are indented by. Columns stay as they are, lines move by a known
number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from statelint.model import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import libcst as cst


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

    def at(self, line: int, column: int, kind: type[cst.CSTNode]) -> Node | None:
        """Return the outermost node of a kind that begins at a place."""
        return next((n for n in self.nodes if n.line == line and n.column == column and isinstance(n.node, kind)), None)

    def find(self, kind: type[cst.CSTNode]) -> Iterator[Node]:
        """Yield every node of a kind in source order."""
        return (node for node in self.nodes if isinstance(node.node, kind))


@dataclass(slots=True)
class ConcreteFiles:
    """Parses on demand and remembers; a stretch that libcst cannot parse is None."""

    read: Callable[[str], bytes]
    _lines: dict[str, list[str]] = field(default_factory=dict)
    _blocks: dict[tuple[str, int, int], Block | None] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    """Why a file's stretch could not be parsed, by path."""

    def lines(self, path: str) -> list[str]:
        """Return a file's lines without their ends."""
        from statelint.survey.module import decode  # noqa: PLC0415 - inspection needs it, reports do not

        if path not in self._lines:
            self._lines[path] = decode(self.read(path)).splitlines()
        return self._lines[path]

    def block(self, path: str, first: int, last: int) -> Block | None:
        """Parse lines `first` to `last`, which must hold whole statements of one level."""
        key = (path, first, last)
        if key not in self._blocks:
            self._blocks[key] = self._parse(path, first, last)
        return self._blocks[key]

    def _parse(self, path: str, first: int, last: int) -> Block | None:
        import libcst as cst  # noqa: PLC0415 - 0.2 s, needed only where there is a suspect
        from libcst.metadata import MetadataWrapper, PositionProvider  # noqa: PLC0415

        lines = self.lines(path)[first - 1 : last]
        text = "\n".join(lines) + "\n"
        indented = bool(lines) and lines[0][:1] in (" ", "\t")
        source = f"if True:\n{text}" if indented else text
        offset = first - 2 if indented else first - 1
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
                start, end = place.start, place.end  # type: ignore[attr-defined]
                nodes.append(Node(node, start.line + offset, start.column + 1, end.line + offset, end.column + 1, parents))
            stack.extend((child, (*parents, node)) for child in reversed(node.children))
        return Block(wrapper.module, nodes)


def call_span(files: ConcreteFiles, path: str, first: int, last: int, line: int, column: int, label: str) -> Span | None:
    """Return the span of a call's callee, the part worth underlining, in a definition's lines."""
    import libcst as cst  # noqa: PLC0415

    block = files.block(path, first, last)
    found = block.at(line, column, cst.Call) if block is not None else None
    if block is None or found is None:
        return None
    end = found
    if found.end_line != found.line:  # a call over several lines: its callee
        end = next((n for n in block.nodes if n.node is found.node.func), found)  # type: ignore[attr-defined]
    return Span(path, found.line, found.column, end.end_line, end.end_column, label)
