"""Whether git tracks a file in a folder, read from the repository's index: git itself is not run.

A repository's configuration can name programs that git would start. An index that is not understood is taken to track everything.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Final

from statelint.files import UnreadableError, read_bounded

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_BYTES: Final = 512 * 1024 * 1024
_FIXED: Final = 62
"""Bytes of an entry before its name: times, ids, mode, size, a hash of 20 bytes and flags."""
_HASH: Final = 20
_EXTENDED: Final = 0x4000
_SPLIT: Final = b"link"
"""The extension of an index whose entries are in another file."""


def repository_above(folder: str) -> str | None:
    """Return the nearest folder at or above that has a `.git`."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


def tracks(top: str, folder: str) -> bool:
    """Whether the repository at `top` tracks a file in, or at, `folder`, a POSIX path below it."""
    try:
        content = read_bounded(os.path.join(_git_folder(top), "index"), _MOST_BYTES)
    except UnreadableError as error:
        return not error.missing
    wanted = b"" if folder == "." else os.fsencode(folder).lower()  # some file systems know no case
    try:
        return any(_touches(name.lower(), wanted) for name in _names(content))
    except (ValueError, IndexError, struct.error):
        return True


def _touches(name: bytes, folder: bytes) -> bool:
    if name.endswith(b"/") and f"{os.fsdecode(folder)}/".startswith(os.fsdecode(name)):  # a whole folder of a sparse index
        return True
    return not folder or name == folder or name.startswith(folder + b"/")


def _git_folder(top: str) -> str:
    """Return the folder of the repository's files; in a work tree or submodule `.git` is a file that names it."""
    place = os.path.join(top, ".git")
    if os.path.isdir(place):
        return place
    text = os.fsdecode(read_bounded(place, 65536))
    return os.path.join(top, text.removeprefix("gitdir:").strip())


def _names(content: bytes) -> Iterator[bytes]:
    """Yield the names in an index of the versions 2 to 4.

    Raises:
        ValueError: it is none of them, or does not end where it should. IndexError and struct.error as well.
    """
    signature, version, count = struct.unpack_from(">4sII", content)
    if signature != b"DIRC" or version not in (2, 3, 4):
        raise ValueError(version)
    place, name = 12, b""
    for _ in range(count):
        start = place
        (flags,) = struct.unpack_from(">H", content, place + _FIXED - 2)
        place += _FIXED + (2 if flags & _EXTENDED else 0)
        kept = 0
        if version == 4:
            removed, place = _number(content, place)
            kept = len(name) - removed
            if kept < 0:
                raise ValueError(kept)
        end = content.index(b"\0", place)
        name = name[:kept] + content[place:end]
        place = end + 1 if version == 4 else start + (end - start + 8) // 8 * 8
        yield name
    _check_rest(content, place)


def _check_rest(content: bytes, place: int) -> None:
    """Go through the extensions to the hash at the end: names that were read wrongly do not lead there."""
    while place < len(content) - _HASH:
        name, size = struct.unpack_from(">4sI", content, place)
        if name == _SPLIT:
            raise ValueError(name)
        place += 8 + size
    if place != len(content) - _HASH:
        raise ValueError(place)


def _number(content: bytes, place: int) -> tuple[int, int]:
    """Read a number of variable length, as offsets in packs are written."""
    byte = content[place]
    value = byte & 0x7F
    while byte & 0x80:
        place += 1
        byte = content[place]
        value = (value + 1 << 7) | (byte & 0x7F)
    return value, place + 1
