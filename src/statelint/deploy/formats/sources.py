"""Read files of the project as text: none that the bounded reader refuses, nothing binary, and not too much together."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from statelint.deploy.model import EnvValue, SourceRange
from statelint.files import Reader, UnreadableError
from statelint.model import Diagnostic

MAX_BYTES: Final = 512 * 1024
"""A larger file is not read: no deployment file that a person maintains comes near."""
MAX_TOTAL_BYTES: Final = 16 * 1024 * 1024
"""Of all deployment files together."""

_SECRET: Final = re.compile(
    r"SECRET|PASS(WORD|WD|PHRASE)?($|_)|TOKEN|CREDENTIAL|PRIVATE|SALT|(^|_)(API_?)?KEYS?($|_)|_DSN$|(^|_)AUTH($|_)", re.IGNORECASE
)
_USERINFO: Final = re.compile(r"(?<=://)[^/@\s]{0,500}@")
_MAX_VALUE: Final = 2000


@dataclass(frozen=True)
class Source:
    """A text file of the project."""

    path: str
    text: str
    lines: tuple[str, ...]

    def place(self, line: int) -> SourceRange:
        """Return the place of a line, from its first to its last visible character."""
        content = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        start = len(content) - len(content.lstrip()) + 1
        return SourceRange(self.path, max(line, 1), start, max(start, len(content.rstrip()) + 1))


@dataclass
class SourceStore:
    """The files that have been read so far, and what could not be."""

    root: Path
    diagnostics: list[Diagnostic] = field(default_factory=list)
    sources: dict[str, Source | None] = field(default_factory=dict)
    taken: int = 0

    def warn(self, path: str, line: int | None, message: str) -> None:
        """Note that something could not be read or understood; the same words about the same file only once."""
        diagnostic = Diagnostic("warning", path, line, message)
        if diagnostic not in self.diagnostics:
            self.diagnostics.append(diagnostic)

    def read(self, path: str) -> Source | None:
        """Return the file, or None with a diagnostic."""
        if path not in self.sources:
            self.sources[path] = None
            text = self._text(path)
            if text is not None:
                self.sources[path] = Source(path, text, tuple(text.splitlines()))
        return self.sources[path]

    def exists(self, path: str) -> bool:
        """Say whether a regular file of the project has this path."""
        return Reader(self.root).is_file(path)

    def _text(self, path: str) -> str | None:
        try:
            content = Reader(self.root).read(path, MAX_BYTES)
        except UnreadableError as error:
            self.warn(path, None, f"not read: {error}")
            return None
        return self._decode(path, content)

    def _decode(self, path: str, content: bytes) -> str | None:
        self.taken += len(content)
        if self.taken > MAX_TOTAL_BYTES:
            self.warn(path, None, f"not read: the deployment files before it already hold {MAX_TOTAL_BYTES // 1024 // 1024} MiB")
        elif b"\0" in content:
            self.warn(path, None, "not read: binary content")
        else:
            try:
                return content.decode("utf-8-sig")
            except UnicodeDecodeError as error:
                self.warn(path, content.count(b"\n", 0, error.start) + 1, "not read: not valid UTF-8")
        return None


def beside(path: str, other: str) -> str:
    """Return the path that `other`, written in the file `path`, names; ".." steps out of the root stay there."""
    return normal(str(PurePosixPath(path).parent / other))


def normal(path: str) -> str:
    """Return the path without `.` and `..`; the head of a path that leaves the root is kept, so that it is not found."""
    return os.path.normpath(path).replace(os.sep, "/")


def env_value(name: str, value: str | None, place: SourceRange) -> EnvValue:
    """Keep a variable's value unless its name says that it is secret; credentials in URLs are left out."""
    secret = bool(_SECRET.search(name))
    if value is None or secret or len(value) > _MAX_VALUE:
        return EnvValue(None, place.path, place.line, secret)
    return EnvValue(_USERINFO.sub("***@", value), place.path, place.line)
