"""Places in files as the protocol tells them: URIs, lines and columns from 0, columns in the units that the editor counts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls import uris

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pygls.workspace import PositionCodec

    from statelint.fixes.source import Text
    from statelint.model import Finding, Span
    from statelint.server.project import Snapshot


def real_path(uri: str) -> str | None:
    """Return the real path of a file that a URI names, None for anything that is no file."""
    path = uris.to_fs_path(uri)
    return os.path.realpath(path) if path and "\0" not in path else None


class Places:
    """Translates the places of one snapshot."""

    def __init__(self, snapshot: Snapshot, folder: Path, codec: PositionCodec, opened: Mapping[str, str]) -> None:
        """Take a snapshot of a folder of the workspace; `opened` are the URIs of the editor's documents by real path."""
        self._snapshot = snapshot
        self._folder = folder
        self._real = Path(os.path.realpath(folder))
        self._codec = codec
        self._opened = opened

    def uri(self, path: str) -> str:
        """Return the URI of a path below the root, as the editor names the file."""
        real = self._snapshot.root / path
        known = self._opened.get(os.fspath(real))
        if known is not None:
            return known
        named = self._folder / real.relative_to(self._real) if real.is_relative_to(self._real) else real
        return uris.from_fs_path(os.fspath(named)) or named.as_uri()

    def position(self, text: Text, line: int, column: int) -> types.Position:
        """Return a place, both from 1, as a position; a column behind the end of its line is the end."""
        if not 1 <= line <= len(text.starts):
            return types.Position(max(line - 1, 0), 0)
        start = text.starts[line - 1]
        before = text.text[start : min(start + max(column - 1, 0), text.line_end(start))]
        return types.Position(line - 1, self._codec.client_num_units(before))

    def range(self, span: Span | Finding) -> types.Range:
        """Return what a span or a finding covers, a character at least where its line has one."""
        text = self._snapshot.text(span.path)
        start = self.position(text, span.line, span.column)
        end = self.position(text, span.end_line, span.end_column)
        if (end.line, end.character) <= (start.line, start.character):
            end = self.position(text, span.line, span.column + 1)
        return types.Range(start, end)

    def exact(self, span: Span) -> types.Range:
        """Return what an edit replaces: nothing, where it inserts."""
        text = self._snapshot.text(span.path)
        if span.line > len(text.starts):
            return types.Range(self.end_of(text), self.end_of(text))
        return types.Range(self.position(text, span.line, span.column), self._end(text, span))

    def end_of(self, text: Text) -> types.Position:
        """Return the end of a text."""
        return self.position(text, len(text.starts), len(text.text) - text.starts[-1] + 1)

    def line(self, path: str, line: int) -> types.Range:
        """Return a line without the white space that it begins with; what has no line stands on the first."""
        text = self._snapshot.text(path)
        if not 1 <= line <= len(text.starts):
            return types.Range(types.Position(0, 0), types.Position(0, 0))
        start, end = text.starts[line - 1], text.line_end(text.starts[line - 1])
        first = len(text.indent(start)) + 1
        return types.Range(self.position(text, line, first), self.position(text, line, end - start + 1))

    def _end(self, text: Text, span: Span) -> types.Position:
        return self.end_of(text) if span.end_line > len(text.starts) else self.position(text, span.end_line, span.end_column)
