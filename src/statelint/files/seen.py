"""What a run asked the file system, so that a later run can tell whether every answer would be the same.

While a `Seen` watches, `Reader` and the functions here note what was read, listed and looked for, what was not there as well. Nothing is
noted otherwise. A file is known by its size, times and inode as in git's index. One that was changed about when it was looked at could
change again without another time, so of such a file, and where the times differ, the content decides.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from statelint.files.digest import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import DirEntry

_V = TypeVar("_V")
TICK: Final = 2_000_000_000
"""Nanoseconds within which some file system gives two changes the same time: FAT counts in steps of two seconds."""
_HAS_CHANGE_TIME: Final = os.name != "nt"
"""Elsewhere `st_ctime` is when a file was made."""


class File(msgspec.Struct, frozen=True, array_like=True):
    """A file whose beginning was read, in whole if it has no more than `most` bytes; not there, or refused, where `digest` is empty."""

    path: str
    """Absolute, and no link."""
    most: int
    mark: tuple[int, ...]
    """Kind, size, times and inode; empty for what is not there."""
    digest: bytes


class Inputs(msgspec.Struct, frozen=True):
    """Everything that was asked of the file system; paths are absolute."""

    began: int
    """When, in nanoseconds since the epoch: what changed later, or just before, is no proof by its times."""
    files: tuple[File, ...]
    folders: tuple[tuple[str, bytes], ...]
    """Folders, each with the digest of what it lists."""
    kinds: tuple[tuple[str, int], ...]
    """What was looked for, with the kind of file that is there (the bits of its mode, links not followed), 0 for nothing."""
    links: tuple[tuple[str, str], ...]
    """Paths that lead elsewhere, and where to."""


class Seen:
    """Notes what is asked."""

    def __init__(self) -> None:
        self.began = time.time_ns()
        self.is_steady = True
        """Whether what was asked twice had one answer."""
        self._files: dict[tuple[str, int], File] = {}
        self._folders: dict[str, bytes] = {}
        self._kinds: dict[str, int] = {}
        self._links: dict[str, str] = {}

    def inputs(self) -> Inputs | None:
        """Return what was asked so far; None where the answers changed meanwhile."""
        if not self.is_steady:
            return None
        return Inputs(
            self.began, tuple(self._files.values()), tuple(self._folders.items()), tuple(self._kinds.items()), tuple(self._links.items())
        )

    def file(self, path: str, most: int, about: os.stat_result | None, content: bytes | None) -> None:
        """Note a file that was read up to `most` bytes; without `about` it was not there, without `content` it was refused."""
        mark = mark_of(about) if about is not None else ()
        known = self._files.get((path, most))
        if known is None:
            self._files[path, most] = File(path, most, mark, digest(content) if content is not None else b"")
        elif known.mark != mark:
            self.is_steady = False

    def folder(self, path: str, entries: Iterable[DirEntry[str]] | OSError) -> None:
        """Note a folder with what it lists, or with the error that the system gave."""
        self._note(self._folders, path.rstrip(os.sep) or os.sep, failed(entries) if isinstance(entries, OSError) else listing(entries))

    def kind(self, path: str) -> None:
        """Note what lies at a path, followed to its end if it is a link."""
        found = kind_of(path)
        self._note(self._kinds, path, found)
        if found == stat.S_IFLNK:
            real = os.path.realpath(path)
            self.link(path, real)
            if real != path:
                self._note(self._kinds, real, kind_of(real))

    def link(self, path: str, real: str) -> None:
        """Note where a path leads."""
        self._note(self._links, path, real)

    def _note(self, known: dict[str, _V], key: str, value: _V) -> None:
        if known.setdefault(key, value) != value:
            self.is_steady = False


_WATCHING: Final[ContextVar[Seen | None]] = ContextVar("_WATCHING", default=None)
watching = _WATCHING.get
"""Return who notes at present, if anybody does."""


@contextmanager
def watched(by: Seen | None) -> Iterator[None]:
    """Let somebody note what is asked in the block; None for what decides nothing, like kept results."""
    token = _WATCHING.set(by)
    try:
        yield
    finally:
        _WATCHING.reset(token)


# -- questions


def is_file(path: str) -> bool:
    """Tell whether there is a regular file, or a link to one."""
    _note_kind(path)
    return os.path.isfile(path)


def is_folder(path: str) -> bool:
    """Tell whether there is a folder, or a link to one."""
    _note_kind(path)
    return os.path.isdir(path)


def exists(path: str) -> bool:
    """Tell whether there is anything, at the end of a link if it is one."""
    _note_kind(path)
    return os.path.exists(path)


def is_there(path: str) -> bool:
    """Tell whether there is anything, a broken link included."""
    _note_kind(path)
    return os.path.lexists(path)


def is_link(path: str) -> bool:
    """Tell whether there is a link, broken or not."""
    _note_kind(path)
    return os.path.islink(path)


def real_path(path: str) -> str:
    """Return the path without links."""
    real = os.path.realpath(path)
    seen = watching()
    if seen is not None:
        seen.link(path, real)
    return real


def names_in(path: str) -> frozenset[str]:
    """Return the names in a folder; none where it cannot be read."""
    try:
        return frozenset([entry.name for entry in entries_of(path)])
    except OSError:
        return frozenset()


def entries_of(path: str) -> list[DirEntry[str]]:
    """Return what is in a folder.

    Raises:
        OSError: it cannot be read.
    """
    seen = watching()
    try:
        with os.scandir(path) as scan:
            entries = list(scan)
    except OSError as error:
        if seen is not None:
            seen.folder(path, error)
        raise
    if seen is not None:
        seen.folder(path, entries)
    return entries


def _note_kind(path: str) -> None:
    seen = watching()
    if seen is not None:
        seen.kind(path)


# -- answers, in a form that can be compared


def mark_of(about: os.stat_result) -> tuple[int, ...]:
    """Return what tells an unchanged file."""
    changed = about.st_ctime_ns if _HAS_CHANGE_TIME else 0
    return (about.st_mode, about.st_size, about.st_mtime_ns, changed, about.st_ino)


def kind_of(path: str) -> int:
    """Return the kind of file at a path, links not followed; 0 for nothing, and for what can be no path."""
    try:
        return stat.S_IFMT(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return 0


def failed(error: OSError) -> bytes:
    """Return what stands for the listing of a folder that cannot be read."""
    return f"error {error.errno}".encode()


def listing(entries: Iterable[DirEntry[str]]) -> bytes:
    """Return the digest of names, kinds and where links point."""
    lines = []
    for entry in entries:
        if entry.is_symlink():
            lines.append(f"{entry.name}\0link\0{_target(entry.path)}")
        elif entry.is_dir():
            lines.append(f"{entry.name}\0folder")
        else:
            lines.append(entry.name if entry.is_file() else f"{entry.name}\0other")
    return digest("\0\n".join(sorted(lines)).encode("utf-8", "surrogateescape"))


def _target(link: str) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""
