"""TOML as the same tree of nodes that YAML gives, with the lines of keys and tables found in the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from statelint.deploy.formats.yamldoc import MAX_DEPTH, MAX_NODES, Node
from statelint.files.toml import TomlError, parse_toml

if TYPE_CHECKING:
    from statelint.deploy.formats.sources import Source, SourceStore

_TABLE: Final = re.compile(r"[ \t]*\[{1,2}[ \t]*([^\]\r\n]{1,200}?)[ \t]*\]{1,2}[ \t]*(?:#.*)?")
_KEY: Final = re.compile(r"[ \t]*([\w.\"'-]{1,200})[ \t]*=")


def read_toml(source: Source, shelf: SourceStore) -> Node | None:
    """Return the file as a tree; None, with a diagnostic, when it is not valid TOML."""
    if _depth(source.text) > MAX_DEPTH:
        shelf.warn(source.path, None, f"not read: nested more than {MAX_DEPTH} deep")
        return None
    try:
        content = parse_toml(source.text)
    except TomlError as error:
        shelf.warn(source.path, error.line, f"not read: not valid TOML: {error}")
        return None
    budget = [MAX_NODES]
    node = _node(content, source.path, _lines(source), (), line=1, budget=budget)
    if budget[0] < 0:
        shelf.warn(source.path, None, f"not read: more than {MAX_NODES} values")
        return None
    return node


def _depth(text: str) -> int:
    """Return how deep brackets open at most, strings not told apart: too much is refused rather than parsed."""
    level = deepest = 0
    for character in re.findall(r"[\[\]{}]", text):
        level = level + 1 if character in "[{" else max(level - 1, 0)
        deepest = max(deepest, level)
    return max(deepest, max((line.count(".") for line in text.splitlines() if line.lstrip().startswith("[")), default=0))


def _lines(source: Source) -> dict[tuple[str, ...], list[int]]:
    """Return the lines on which each dotted key or table stands; arrays of tables have one for each member."""
    found: dict[tuple[str, ...], list[int]] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(source.lines, start=1):
        if match := _TABLE.fullmatch(line):
            table = _dotted(match[1])
            found.setdefault(table, []).append(number)
        elif match := _KEY.match(line):
            found.setdefault((*table, *_dotted(match[1])), []).append(number)
    return found


def _dotted(text: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in text.split("."))


def _node(value: Any, path: str, lines: dict[tuple[str, ...], list[int]], key: tuple[str, ...], *, line: int, budget: list[int]) -> Node:
    """Turn a value into a node; `line` is that of its key."""
    budget[0] -= 1
    if budget[0] < 0:
        return Node(line, path)
    if isinstance(value, dict):
        node = Node(line, path, kind="mapping")
        for name, inner in value.items():
            place = next((number for number in lines.get((*key, name), ()) if number >= line), line)
            node.lines[name] = place
            node.entries[name] = _node(inner, path, lines, (*key, name), line=place, budget=budget)
        return node
    if isinstance(value, list):
        starts = lines.get(key, []) if value and isinstance(value[0], dict) else []
        members = [
            _node(inner, path, lines, key, line=starts[index] if index < len(starts) else line, budget=budget)
            for index, inner in enumerate(value)
        ]
        return Node(line, path, kind="list", members=members)
    if isinstance(value, bool):
        return Node(line, path, scalar=value, raw="true" if value else "false")
    return Node(line, path, scalar=value if isinstance(value, int) else str(value), raw=str(value)[:4000])
