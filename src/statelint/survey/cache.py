"""Summaries by content: the second run parses nothing.

An entry's name is a hash of the file's bytes. One file of the cache holds all of a project's entries: thousands of small files
cost more to open than to decode.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from statelint.survey.summary import ModuleSummary

if TYPE_CHECKING:
    from statelint.cache import Store

FORMAT: Final = 22
"""Goes up whenever the survey sees more or something else."""
_KIND: Final = "survey"


def content_key(content: bytes) -> bytes:
    """Return the key of a file's summary."""
    return hashlib.blake2b(content, digest_size=16).digest()


class Summaries:
    """Encoded summaries by content key, read at once and written back whole."""

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._entries = _load(store.read(_KIND, str(FORMAT))) if store is not None else {}
        self._fresh: dict[bytes, msgspec.Raw] = {}
        self._used: set[bytes] = set()
        self._decoder = msgspec.msgpack.Decoder(ModuleSummary)

    def get(self, key: bytes) -> ModuleSummary | None:
        """Return a known summary."""
        raw = self._entries.get(key)
        if raw is None:
            return None
        try:
            found = self._decoder.decode(raw)
        except (msgspec.DecodeError, RecursionError):
            return None
        self._used.add(key)
        return found

    def put(self, key: bytes, encoded: bytes) -> None:
        """Keep an encoded summary."""
        self._fresh[key] = msgspec.Raw(encoded)

    def save(self) -> None:
        """Write what this run used, if anything is new or gone."""
        if self._store is None or (not self._fresh and len(self._used) == len(self._entries)):
            return
        entries = {key: self._entries[key] for key in self._used} | self._fresh
        self._store.write(_KIND, str(FORMAT), msgspec.msgpack.encode(entries))


def _load(content: bytes | None) -> dict[bytes, msgspec.Raw]:
    if content is None:
        return {}
    try:
        return msgspec.msgpack.decode(content, type=dict[bytes, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        return {}
