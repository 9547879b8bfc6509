"""Read files in bounds: regular files of a limited size alone and, where a root is given, none that a link leads out to.

Whoever wrote the project decides what lies at a path: a pipe that nobody writes to, a link to a device, a sparse file of
gigabytes, a folder with a file's name. Each is refused with a reason that names no path of the machine.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.files.seen import watching

if TYPE_CHECKING:
    from pathlib import Path

MOST_SOURCE: Final = 16 * 1024 * 1024
"""Bytes of a Python file, a manifest or a lock file: ten times the largest that projects are known to have."""
MOST_SOURCES: Final = 512 * 1024 * 1024
"""Bytes of all Python files together, since they are held at once: more than ten million lines."""
MOST_SETTINGS: Final = 1024 * 1024
"""Bytes of a configuration, ignore or rule file, which people write by hand."""
MOST_BASELINE: Final = 64 * 1024 * 1024
"""Bytes of a baseline: some hundred thousand entries."""

_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)
_FLAGS: Final = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))
"""Opening waits for no writer of a pipe, and makes no terminal ours."""


class UnreadableError(Exception):
    """A file that is not read; the text is the reason, without its path."""

    def __init__(self, reason: str, *, missing: bool = False) -> None:
        super().__init__(reason)
        self.missing = missing


class Reader:
    """Reads files below one folder."""

    def __init__(self, root: str | Path) -> None:
        self._root = os.path.realpath(root)
        self._folders: dict[str, str | None] = {}

    def read(self, path: str, most: int) -> bytes:
        """Return the content of the file at a path relative to the root.

        Raises:
            UnreadableError: it is missing, no regular file, not below the root, or larger than `most` bytes.
        """
        content = self.head(path, most + 1)
        if len(content) > most:
            raise UnreadableError(_too_large(most))
        return content

    def head(self, path: str, count: int) -> bytes:
        """Return the first `count` bytes; errors are those of `read`, but for the size."""
        try:
            opened = self._open(path)
            return _read(opened, count)
        except (OSError, ValueError) as error:
            _note_refused(os.path.join(self._root, path), count)
            raise _unreadable(error) from error
        except UnreadableError:
            _note_refused(os.path.join(self._root, path), count)
            raise

    def is_file(self, path: str) -> bool:
        """Say whether a regular file below the root has this path."""
        seen = watching()
        if seen is not None:
            seen.kind(os.path.join(self._root, path))
        try:
            return self._checked(path) is not None
        except (OSError, ValueError):
            return False

    def _open(self, path: str) -> _Opened:
        folder, _, name = path.rpartition("/")
        if _NO_LINK and name not in ("", ".", ".."):
            if folder not in self._folders:
                self._folders[folder] = self._inside(folder)
            home = self._folders[folder]
            if home is not None:
                with suppress(OSError):  # a link, or something that cannot be opened: looked at more closely
                    return _opened(os.path.join(home, name), _FLAGS | _NO_LINK)
        target = self._checked(path)
        if target is None:
            raise UnreadableError(_OUTSIDE)
        return _opened(target, _FLAGS | _NO_LINK)

    def _checked(self, path: str) -> str | None:
        """Return the real path of what is known to be a regular file below the root, None for anything else."""
        target = self._inside(path)
        return target if target is not None and stat.S_ISREG(os.stat(target).st_mode) else None

    def _inside(self, path: str) -> str | None:
        """Return the real path if it lies below the root; `realpath` takes links that lead in a circle."""
        named = os.path.join(self._root, path)
        real = os.path.realpath(named)
        seen = watching()
        if seen is not None and real != os.path.normpath(named):
            seen.link(named, real)
        return real if real == self._root or real.startswith(self._root.rstrip(os.sep) + os.sep) else None


def read_bounded(path: str | Path, most: int) -> bytes:
    """Return the content of a file that the command line or the installation names; it may be a link.

    Raises:
        UnreadableError: it is missing, no regular file, or larger than `most` bytes.
    """
    content = head_of(path, most + 1)
    if len(content) > most:
        raise UnreadableError(_too_large(most))
    return content


def head_of(path: str | Path, count: int) -> bytes:
    """Return the first `count` bytes of such a file.

    Raises:
        UnreadableError: it is missing, or no regular file.
    """
    seen = watching()
    if seen is not None:
        seen.kind(os.path.abspath(path))
        path = os.path.realpath(path)
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # looked at before it is opened: opening a device may do something
            raise UnreadableError(_NO_FILE)
        return _read(_opened(path, _FLAGS), count)
    except (OSError, ValueError) as error:
        _note_refused(os.fspath(path), count)
        raise _unreadable(error) from error


_NO_FILE: Final = "it is not a regular file"
_OUTSIDE: Final = "it is not a regular file below the project root"


class _Opened(NamedTuple):
    """A regular file that is open."""

    path: str | Path
    descriptor: int
    about: os.stat_result


def _opened(path: str | Path, flags: int) -> _Opened:
    """Open a regular file; a later look at the kind and the size would race with whoever changes the file."""
    descriptor = os.open(path, flags)
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode):
        os.close(descriptor)
        raise UnreadableError(_NO_FILE)
    return _Opened(path, descriptor, about)


def _read(opened: _Opened, count: int) -> bytes:
    with os.fdopen(opened.descriptor, "rb") as file:
        content = file.read(count)
    seen = watching()
    if seen is not None:
        seen.file(os.fspath(opened.path), count, opened.about, content)
    return content


def _note_refused(path: str, count: int) -> None:
    """Note a file that was not read: that it is not there, or how it looks."""
    seen = watching()
    if seen is None:
        return
    seen.kind(path)
    try:
        seen.file(path, count, os.lstat(path), None)
    except (OSError, ValueError):
        seen.file(path, count, None, None)


def _unreadable(error: OSError | ValueError) -> UnreadableError:
    if isinstance(error, OSError):
        return UnreadableError(error.strerror or type(error).__name__, missing=isinstance(error, FileNotFoundError))
    return UnreadableError("the path is not valid")


def _too_large(most: int) -> str:
    return f"larger than {most // 1024 // 1024} MiB" if most >= 1024 * 1024 else f"larger than {most // 1024} KiB"
