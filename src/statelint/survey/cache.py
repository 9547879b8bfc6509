"""Summaries by content: the second run parses nothing.

An entry's name is a hash of the file's bytes and of everything the summary depends on besides; its content is decoded into
typed plain data, so an entry from elsewhere can be wrong but cannot run. One file holds many entries: thousands of small
files cost more to open than to decode.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec

from statelint import __version__
from statelint.survey.summary import ModuleSummary

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = 19
"""Goes up whenever the survey sees more or something else."""
_SALT: Final = f"{__version__} {FORMAT} {sys.version_info[:2]}".encode()
_NAME: Final = "survey.msgpack"
_TAG: Final = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache made by statelint; it can be deleted at any time.\n"


def content_key(content: bytes) -> bytes:
    """Return the key of a file's summary."""
    return hashlib.blake2b(content, digest_size=16, key=_SALT[:64]).digest()


class SummaryCache:
    """Encoded summaries by content key, read at once and written back whole."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._entries: dict[bytes, msgspec.Raw] = {}
        self._fresh: dict[bytes, msgspec.Raw] = {}
        self._used: set[bytes] = set()
        self._decoder = msgspec.msgpack.Decoder(ModuleSummary)
        if folder is not None:
            self._entries = _load(folder / _NAME)

    def get(self, key: bytes) -> ModuleSummary | None:
        """Return a known summary."""
        raw = self._entries.get(key)
        if raw is None:
            return None
        try:
            found = self._decoder.decode(raw)
        except msgspec.DecodeError:
            return None
        self._used.add(key)
        return found

    def put(self, key: bytes, encoded: bytes) -> None:
        """Keep an encoded summary."""
        self._fresh[key] = msgspec.Raw(encoded)

    def save(self) -> None:
        """Write what this run used, if anything is new or gone; a folder that cannot be written is no error."""
        if self._folder is None or (not self._fresh and len(self._used) == len(self._entries)):
            return
        entries = {key: self._entries[key] for key in self._used} | self._fresh
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", _TAG)):
                with suppress(FileExistsError), (self._folder / name).open("x") as file:
                    file.write(text)
            _replace(self._folder / _NAME, msgspec.msgpack.encode(entries))
        except OSError:
            return


def _replace(path: Path, content: bytes) -> None:
    """Put a new file in the place of the old one; a link there is replaced too, never followed: who made it is not known."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(temporary, path)  # noqa: PTH105 - beside the other calls of os
    except OSError:
        os.unlink(temporary)  # noqa: PTH108 - as above
        raise


def _load(path: Path) -> dict[bytes, msgspec.Raw]:
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=dict[bytes, msgspec.Raw])
    except (OSError, msgspec.DecodeError, ValueError):
        return {}
