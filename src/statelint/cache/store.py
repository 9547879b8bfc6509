"""One folder of results, each in a file of its own that is written whole and believed only with a valid digest.

A file holds a line that names the format, a digest, and the content. The digest is keyed with a secret of the user's, and
covers the file's name, which stands for the project and all versions: what is damaged, made by others, or of another
project is as good as absent. Nothing that goes wrong with the folder is an error: it costs time and changes no report.

What the folder holds is named by its manifest, and nothing else is ever removed from it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from statelint import __version__
from statelint.cache.secret import NAME as SECRET
from statelint.cache.secret import secret
from statelint.files import Reader, UnreadableError, seen

MANIFEST: Final = "statelint-cache.json"
_TAG: Final = "CACHEDIR.TAG"
_BESIDE: Final = {
    ".gitignore": b"*\n",
    _TAG: b"Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache made by statelint; it can be deleted at any time.\n",
}
_NAME: Final = re.compile(r"[a-z]{1,20}-[0-9a-f]{32}\.msgpack")
_TEMPORARY: Final = re.compile(r"\.tmp-[a-z0-9_]{1,20}")
_HEAD: Final = b"statelint cache 1\n"
_DIGEST: Final = 32
_MOST_BYTES: Final = 512 * 1024 * 1024
_MOST_FILES: Final = 24
"""In one folder; with the next the one that was written longest ago goes."""
_MOST_OF_KIND: Final = {"result": 8}
"""Of a kind with a file for each set of options: runs over ever other files push out no summaries."""
_ABANDONED: Final = 3600
"""Seconds after which nobody writes a temporary file any more."""


class _Manifest(msgspec.Struct, frozen=True):
    files: tuple[str, ...]
    """Names of files in the folder, the last written last."""


class Store(msgspec.Struct, frozen=True):
    """The results of one project."""

    folder: Path
    secret_folder: Path
    """Where the user's secret lies: outside of the project."""
    project: str
    """The real path of the project's root."""

    def read(self, kind: str, version: str) -> bytes | None:
        """Return what is kept under a kind; `version` names everything it depends on besides statelint, Python and the project."""
        key = secret(self.secret_folder)
        if key is None or not is_folder(self.folder):
            return None
        name = self._name(kind, version)
        try:
            with seen.watched(None):
                found = Reader(self.folder).read(name, _MOST_BYTES)
        except UnreadableError:
            return None
        head, digest, content = found[: len(_HEAD)], found[len(_HEAD) : len(_HEAD) + _DIGEST], found[len(_HEAD) + _DIGEST :]
        if head != _HEAD or not hmac.compare_digest(digest, _digest(key, name, content)):
            return None
        return content

    def write(self, kind: str, version: str, content: bytes) -> None:
        """Keep a content in the place of the one before; a folder that cannot be written is no error."""
        name = self._name(kind, version)
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            key = secret(self.secret_folder, make=True)
            if key is None or not is_folder(self.folder):
                return
            for beside, text in _BESIDE.items():
                if not os.path.lexists(self.folder / beside):
                    _replace(self.folder / beside, text)
            self._enter(name)
            _replace(self.folder / name, _HEAD + _digest(key, name, content) + content)
            _remove_abandoned(self.folder)

    def _name(self, kind: str, version: str) -> str:
        parts = (self.project, __version__, f"{sys.version_info[:2]}", version)
        return f"{kind}-{hashlib.blake2b(repr(parts).encode('utf-8', 'surrogateescape'), digest_size=16).hexdigest()}.msgpack"

    def _enter(self, name: str) -> None:
        """Name a file in the manifest before it is there; a run at the same time may lose the name, and enters it when it writes again."""
        known = [one for one in manifest(self.folder) or () if one != name]
        kind = name.partition("-")[0]
        like = [one for one in known if one.partition("-")[0] == kind]
        gone = like[: max(0, len(like) + 1 - _MOST_OF_KIND.get(kind, _MOST_FILES))]
        known = [one for one in known if one not in gone]
        gone += known[: max(0, len(known) + 1 - _MOST_FILES)]
        for old in gone:
            _remove(self.folder / old)
        kept = (*(one for one in known if one not in gone), name)
        _replace(self.folder / MANIFEST, msgspec.json.encode(_Manifest(kept)))


def manifest(folder: Path) -> tuple[str, ...] | None:
    """Return the names that a folder's manifest holds; None where there is none, so that the folder is no cache."""
    try:
        with seen.watched(None):
            content = Reader(folder).read(MANIFEST, 1024 * 1024)
        found = msgspec.json.decode(content, type=_Manifest)
    except (UnreadableError, msgspec.DecodeError, RecursionError):
        return None
    return tuple(name for name in dict.fromkeys(found.files) if _NAME.fullmatch(name))


def is_own(name: str) -> bool:
    """Whether a file of this name may lie in a cache that has no manifest yet, or never got one because the run was killed."""
    return name in (*_BESIDE, MANIFEST, SECRET) or _TEMPORARY.fullmatch(name) is not None


def is_folder(path: Path) -> bool:
    """Whether a folder, and no link to one, has this path."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def clean(folder: Path) -> int:
    """Remove what the manifest of a cache names, and the folder if nothing else is in it; return how many results went.

    Nothing below the folder and no link is followed.
    """
    names = manifest(folder) or ()
    removed = sum(_remove(folder / name) for name in names)
    _remove_abandoned(folder, age=0)
    for name, text in _BESIDE.items():
        with suppress(UnreadableError):
            if Reader(folder).read(name, 1024) == text:
                _remove(folder / name)
    _remove(folder / MANIFEST)
    with suppress(OSError):
        folder.rmdir()
    return removed


def _digest(key: bytes, name: str, content: bytes) -> bytes:
    state = hashlib.blake2b(key=key, digest_size=_DIGEST)
    state.update(f"{name}\0".encode())
    state.update(content)
    return state.digest()


def _replace(path: Path, content: bytes) -> None:
    """Put a new file in the place of the old one; a link there is replaced too, never followed."""
    import tempfile  # noqa: PLC0415 - slow, and where nothing has changed nothing is written

    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".tmp-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:  # a signal too leaves nothing behind
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _remove(path: Path) -> bool:
    """Remove a regular file; anything else of that name is not ours."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return False
        path.unlink()
    except OSError:
        return False
    return True


def _remove_abandoned(folder: Path, age: float = _ABANDONED) -> None:
    """Remove what runs that were killed have left."""
    with suppress(OSError):
        for name in os.listdir(folder):
            if _TEMPORARY.fullmatch(name) and time.time() - (folder / name).lstat().st_mtime > age:
                _remove(folder / name)
