"""YAML and JSON as a tree that knows its lines, read from parser events within bounds.

The tree is built from events, not by a constructor: depth, size and the size that aliases expand to are counted while reading,
so a document that grows when it is read is refused before it does. Aliases share the tree they name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from statelint.deploy.formats.sources import Source, SourceStore

MAX_DEPTH: Final = 60
MAX_NODES: Final = 30_000
"""Of one file, aliases expanded."""
MAX_DOCUMENTS: Final = 500

_SEPARATOR: Final = re.compile(r"^---(?=[ \t]|$)", re.MULTILINE)
_TEMPLATE: Final = re.compile(r"\{\{|\{%")
_LEADING_TABS: Final = re.compile(r"^[ \t]*\t[ \t]*", re.MULTILINE)
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,15}")

Scalar = str | int | bool | None


@dataclass(eq=False, slots=True)
class Node:
    """A scalar, a list or a mapping; asking for what is not there gives None or nothing."""

    line: int
    path: str = ""
    """The file it stands in; what is merged from several files keeps its own."""
    size: int = 1
    """Nodes below and including this one, aliases expanded, long text counted by its length."""
    scalar: Scalar = None
    raw: str = ""
    """A scalar as written, quotes removed."""
    kind: str = "scalar"
    members: list[Node] = field(default_factory=list)
    entries: dict[str, Node] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    """The line of each key of a mapping."""

    def get(self, *path: str) -> Node | None:
        """Return what stands under these keys."""
        node: Node | None = self
        for key in path:
            node = node.entries.get(key) if node else None
        return node

    def at(self, *path: str) -> int:
        """Return the line of the last of these keys that is there, else the node's own."""
        line, node = self.line, self
        for key in path:
            if key not in node.entries:
                break
            line, node = node.lines[key], node.entries[key]
        return line

    def spot(self, *path: str) -> tuple[str, int]:
        """Return file and line of the last of these keys that is there."""
        node = self
        for key in path:
            if key not in node.entries:
                break
            node = node.entries[key]
        return node.path or self.path, self.at(*path)

    def text(self, *path: str) -> str | None:
        """Return a scalar as text; None when there is none, it is null or it is no scalar."""
        node = self.get(*path)
        if node is None or node.kind != "scalar" or node.scalar is None:
            return None
        return node.raw

    def number(self, *path: str) -> int | None:
        """Return a whole number, quoted or not."""
        text = self.text(*path)
        return int(text) if text is not None and _INTEGER.fullmatch(text) else None

    def true(self, *path: str) -> bool:
        """Say whether a flag is set."""
        return (self.text(*path) or "").lower() in ("true", "yes", "on", "1")

    def each(self, *path: str) -> list[Node]:
        """Return the members of a list; a single scalar or mapping is no list."""
        node = self.get(*path)
        return node.members if node else []

    def pairs(self, *path: str) -> Iterator[tuple[str, Node]]:
        """Yield the entries of a mapping."""
        node = self.get(*path)
        yield from node.entries.items() if node else ()

    def strings(self, *path: str) -> tuple[str, ...]:
        """Return the scalars of a list as text."""
        return tuple(member.raw for member in self.each(*path) if member.kind == "scalar")


class _RefusedError(Exception):
    """The document is beyond the bounds, or says something twice in a way that cannot be right."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def read_documents(source: Source, shelf: SourceStore, wanted: Callable[[str], bool] = bool) -> list[Node]:
    """Return the documents of a file; those that cannot be read are diagnostics.

    `wanted` looks at the text of a document before it is parsed: what a file of many documents does not need costs nothing.
    """
    documents: list[Node] = []
    budget = MAX_NODES
    for number, (offset, text) in enumerate(_split(source.text)):
        if number >= MAX_DOCUMENTS:
            shelf.warn(source.path, offset + 1, f"the rest is not read: more than {MAX_DOCUMENTS} documents")
            break
        if not wanted(text):
            continue
        reader = _Reader(source.path, offset, shelf, budget)
        node = _parse(reader, text)
        budget -= reader.count
        if node is not None:
            documents.append(node)
    return documents


def read_document(source: Source, shelf: SourceStore) -> Node | None:
    """Return the only, or first, document of a file if it is a mapping."""
    documents = read_documents(source, shelf)
    return documents[0] if documents and documents[0].kind == "mapping" else None


def _split(text: str) -> Iterator[tuple[int, str]]:
    """Yield (number of lines before it, text) of each document that is not blank."""
    start = 0
    for match in [*_SEPARATOR.finditer(text), None]:
        end = match.start() if match else len(text)
        part = text[start:end]
        if part.strip().strip("-").strip():
            yield text.count("\n", 0, start), part
        start = end


def _parse(reader: _Reader, text: str) -> Node | None:
    from ruamel.yaml import YAML  # noqa: PLC0415 - slow to import, and many projects need none
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415 - as above

    body = _LEADING_TABS.sub(lambda match: match.group().expandtabs(4), text) if text.lstrip()[:1] in "{[" else text
    try:
        return reader.read(YAML(typ="safe", pure=True).parse(body))
    except _RefusedError as error:
        reader.shelf.warn(reader.path, error.line, f"not read: {error}")
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = reader.offset + mark.line + 1 if mark else None
        what = (
            "a template, only its rendered form can be read"
            if _TEMPLATE.search(text)
            else f"not valid YAML: {error.problem or error.context}"
        )
        reader.shelf.warn(reader.path, line, f"not read: {what}")
    except (YAMLError, ValueError, IndexError, AttributeError, RecursionError, AssertionError, TypeError, KeyError) as error:
        # The parser meets hostile input with more than its own errors; none of them may end the run.
        first = str(error).strip().splitlines()[:1]
        reader.shelf.warn(reader.path, None, f"not read: not valid YAML: {first[0] if first else type(error).__name__}")
    return None


@dataclass
class _Reader:
    """The state of reading one document."""

    path: str
    offset: int
    shelf: SourceStore
    budget: int
    count: int = 0
    stack: list[tuple[Node, str]] = field(default_factory=list)
    """The open collections, outermost first, with the anchor of each."""
    keys: list[tuple[str, int] | None] = field(default_factory=list)
    """For each open mapping, the key that waits for its value."""
    anchors: dict[str, Node | None] = field(default_factory=dict)
    """None while the anchored collection is still open."""
    root: Node | None = None

    def read(self, events: Any) -> Node | None:
        """Build the tree of the first document."""
        for event in events:
            name = type(event).__name__
            if name == "DocumentEndEvent":
                break
            handle = _HANDLERS.get(name)
            if handle is not None:
                handle(self, event)
        return self.root

    def line(self, event: Any) -> int:
        return self.offset + int(event.start_mark.line) + 1

    def scalar(self, event: Any) -> None:
        # Long text counts for more than one value: every place that names it by an alias may work through it again.
        node = Node(self.line(event), self.path, 1 + len(event.value) // 64, raw=event.value)
        plain = event.style is None and not (event.tag or "").endswith(":str")
        node.scalar = _resolve(event.value) if plain else event.value
        if (event.tag or "").endswith("reset"):
            node.scalar = None
        if event.anchor:
            self.anchors[event.anchor] = node
        self.add(node)

    def open(self, event: Any) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise _RefusedError(self.line(event), f"nested more than {MAX_DEPTH} deep")
        self.spend(1, self.line(event))
        kind = "mapping" if type(event).__name__.startswith("Mapping") else "list"
        self.stack.append((Node(self.line(event), self.path, kind=kind), event.anchor or ""))
        self.keys.append(None)
        if event.anchor:
            self.anchors[event.anchor] = None

    def close(self, _event: Any) -> None:
        node, anchor = self.stack.pop()
        self.keys.pop()
        if "<<" in node.entries:
            self.merge(node)
        if anchor:
            self.anchors[anchor] = node
        self.add(node, opened=True)

    def alias(self, event: Any) -> None:
        node = self.anchors.get(event.anchor)
        if node is None:
            raise _RefusedError(self.line(event), f"the alias *{event.anchor} names nothing that is complete before it")
        self.add(node)

    def add(self, node: Node, *, opened: bool = False) -> None:
        """Put a complete node where it belongs: under the waiting key, into the open list, or at the root."""
        if not opened:
            self.spend(node.size, node.line)
        if not self.stack:
            self.root = self.root or node
            return
        parent = self.stack[-1][0]
        if parent.kind == "list":
            parent.members.append(node)
        elif self.keys[-1] is None:
            self.keys[-1] = (node.raw if node.kind == "scalar" else "?", node.line)
        else:
            self.enter(parent, self.keys[-1], node)
            self.keys[-1] = None
        parent.size += node.size

    def enter(self, parent: Node, key: tuple[str, int], node: Node) -> None:
        name, line = key
        if name in parent.entries and name not in ("<<", "?"):
            self.shelf.warn(self.path, line, f"the key {name!r} stands here and on line {parent.lines[name]}; the last one is used")
        if name == "<<" and name in parent.entries:
            both = [*_listed(parent.entries[name]), *_listed(node)]
            node = Node(line, self.path, kind="list", members=both)
        parent.entries[name] = node
        parent.lines[name] = line

    def merge(self, node: Node) -> None:
        """Fill in what `<<` brings and the mapping does not say itself."""
        for base in _listed(node.entries.pop("<<")):
            for key, value in base.entries.items():
                if key not in node.entries:
                    self.spend(1, node.line)
                    node.entries[key] = value
                    node.lines[key] = base.lines[key]
        node.lines.pop("<<", None)

    def spend(self, size: int, line: int) -> None:
        self.count += size
        if self.count > self.budget:
            raise _RefusedError(line, f"more than {MAX_NODES} values, aliases expanded")


_HANDLERS: Final[dict[str, Callable[[_Reader, Any], None]]] = {
    "ScalarEvent": _Reader.scalar,
    "MappingStartEvent": _Reader.open,
    "SequenceStartEvent": _Reader.open,
    "MappingEndEvent": _Reader.close,
    "SequenceEndEvent": _Reader.close,
    "AliasEvent": _Reader.alias,
}


def _listed(node: Node) -> list[Node]:
    return node.members if node.kind == "list" else [node]


def _resolve(raw: str) -> Scalar:
    """Return what a plain scalar means; numbers that are not whole stay text."""
    if raw in ("", "~") or raw.lower() == "null":
        return None
    if raw.lower() in ("true", "false"):
        return raw.lower() == "true"
    return int(raw) if _INTEGER.fullmatch(raw) else raw
