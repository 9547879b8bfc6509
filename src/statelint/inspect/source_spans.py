"""Ranges inside one statement that the survey does not keep: the callee of a call over several lines, an entry of a mapping."""

from __future__ import annotations

import ast
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from statelint.model import Span
from statelint.program.names.mappings import CONSTANT_KEYS
from statelint.survey.parse import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.concrete import ConcreteFiles


class _Statement(NamedTuple):
    """The syntax tree of a stretch of a file."""

    tree: ast.Module
    lines: list[str]
    """Those that were parsed."""
    offset: int
    """What lines of the tree are behind those of the file."""

    def span(self, path: str, start: _Range, end: _Range, label: str) -> Span:
        """Return the range from the beginning of one node to the end of another; columns count characters from 1."""
        first = self._column(start.line, start.column)
        return Span(path, start.line + self.offset, first, end.end_line + self.offset, self._column(end.end_line, end.end_column), label)

    def _column(self, line: int, column: int) -> int:
        text = self.lines[line - 1]
        return column + 1 if text.isascii() else len(text.encode()[:column].decode(errors="replace")) + 1


class _Range(NamedTuple):
    """Where a node stands in its tree: lines from 1, columns in bytes from 0, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


def call_span(files: ConcreteFiles, path: str, line: int, column: int, label: str) -> Span | None:
    """Return the span of a call; of one over several lines its callee, the part worth underlining."""
    statement = _parsed(files, path, files.statement_lines(path, line))
    if statement is None:
        return None
    calls = [node for node in ast.walk(statement.tree) if isinstance(node, ast.Call) and node.lineno + statement.offset == line]
    for call in calls:
        found = statement.span(path, _range(call), _range(call), label)
        if found.column == column:
            return found if found.end_line == found.line else statement.span(path, _range(call), _range(call.func), label)
    return None


def key_span(files: ConcreteFiles, path: str, line: int, keys: tuple[str, ...], label: str) -> Span | None:
    """Return the span of what a statement's mappings, lists and keywords hold below `keys`, with its key where that fits a line."""
    if not keys:
        return None
    for lines in (files.statement_lines(path, line), files.definition_lines(path, line)):  # the second: what a function returns
        statement = _parsed(files, path, lines) if lines is not None else None
        found = _below(statement.tree, keys) if statement is not None else None
        if statement is not None and found is not None:
            key, value = found[0], _range(found[1])
            if value.line == value.end_line:
                return statement.span(path, key if key.line == value.line else value, value, label)
            return statement.span(path, key, key, label)
    return None


def _parsed(files: ConcreteFiles, path: str, lines: tuple[int, int]) -> _Statement | None:
    """Parse lines that hold whole statements of one level; None where they are not Python by themselves."""
    source, offset = files.standing_alone(path, *lines)
    try:
        return _Statement(parsed(source), source.split("\n"), offset)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _range(node: ast.expr) -> _Range:
    return _Range(node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)


def _below(node: ast.AST, keys: tuple[str, ...]) -> tuple[_Range, ast.expr] | None:
    """Return the key and the value that the nearest mapping below a node holds for a way of keys."""
    seen: set[tuple[int, int]] = set()
    levels = [_matches(node, keys, 0, seen)]
    while levels:
        found = next(levels[-1], None)
        if found is None:
            levels.pop()
        elif len(levels) == len(keys):
            return found
        else:
            levels.append(_matches(found[1], keys, len(levels), seen))
    return None


def _matches(node: ast.AST, keys: tuple[str, ...], depth: int, seen: set[tuple[int, int]]) -> Iterator[tuple[_Range, ast.expr]]:
    """Yield what mappings below a node hold for the key at a depth, the nearest first; what was looked at before holds nothing."""
    waiting = deque([node])
    while waiting:
        current = waiting.popleft()
        if (id(current), depth) not in seen:
            seen.add((id(current), depth))
            yield from _entries(current, keys[depth])
            waiting.extend(ast.iter_child_nodes(current))


def _entries(node: ast.AST, wanted: str) -> Iterator[tuple[_Range, ast.expr]]:
    """Yield the key and the value of each entry of a mapping, call or list that has the wanted key; the last first."""
    match node:
        case ast.Dict():
            for key, value in reversed([*zip(node.keys, node.values, strict=True)]):
                if key is not None and _text(key) == wanted:
                    yield _range(key), value
        case ast.Call():
            for keyword in node.keywords:
                if keyword.arg == wanted:
                    column = keyword.col_offset + len(wanted.encode())
                    yield _Range(keyword.lineno, keyword.col_offset, keyword.lineno, column), keyword.value
        case ast.List() | ast.Tuple() | ast.Set() if wanted.isdigit():
            for item in node.elts[int(wanted) : int(wanted) + 1]:
                yield _range(item), item


def _text(node: ast.expr) -> str | None:
    """Return a key as settings name it."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant(value=bool() | None as value):
            return repr(value)
        case ast.Constant(value=int() | float() as value):
            return repr(value)
        case ast.Name(id=last) | ast.Attribute(attr=last):
            return CONSTANT_KEYS.get(last)
    return None
