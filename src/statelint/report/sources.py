"""Read the sources that a report quotes."""

from __future__ import annotations

import io
import re
import tokenize
from functools import lru_cache
from typing import TYPE_CHECKING

from statelint.files import Reader, UnreadableError
from statelint.files.read import MOST_SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NEWLINE = re.compile(r"\r\n|\r|\n")  # what the tokeniser calls a line; `str.splitlines` knows more kinds


class Sources:
    """Lines of the files below a root, read once each."""

    def __init__(self, root: Path) -> None:
        self.lines: Callable[[str], tuple[str, ...]] = lru_cache(maxsize=256)(lambda path: _read(root, path))
        """The lines of a file by its POSIX path below the root; empty when it cannot be read."""

    def line(self, path: str, number: int) -> str | None:
        """Return a line by its number from 1, or None when there is no such line."""
        lines = self.lines(path)
        return lines[number - 1] if 0 < number <= len(lines) else None


def _read(root: Path, path: str) -> tuple[str, ...]:
    """Return the file's lines; whatever is wrong with it, the finding is worth more than its quotation."""
    if not path:
        return ()
    try:
        content = Reader(root).read(path, MOST_SOURCE)
    except UnreadableError:
        return ()
    return tuple(_NEWLINE.split(_decode(content)))


def _decode(content: bytes) -> str:
    """Decode as Python would; what is not text in that encoding becomes the replacement character."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    except SyntaxError:
        encoding = "utf-8-sig"
    return content.decode(encoding, errors="replace")
