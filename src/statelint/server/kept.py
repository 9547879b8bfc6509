"""What is known of unchanged files from one analysis to the next of a session, in memory."""

from __future__ import annotations

from pathlib import Path

from msgspec import field

from statelint.cache import Store


class Kept(Store, frozen=True):
    """A store that answers from memory, else from the one on disk.

    The disk gets the first state of each kind alone, so that a later run finds most of it: what comes after it are buffers that are
    being typed into, and to write a project's summaries at each pause would cost more than it saves.
    """

    disk: Store | None = None
    memory: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def over(cls, disk: Store | None) -> Kept:
        """Return an empty one, in front of a store on disk where there is one."""
        return cls(folder=Path(), secret_folder=Path(), project="", disk=disk)

    def read(self, kind: str, version: str) -> bytes | None:
        """Return what is kept under a kind and version."""
        name = f"{kind} {version}"
        if name in self.memory:
            return self.memory[name]
        return self.disk.read(kind, version) if self.disk is not None else None

    def write(self, kind: str, version: str, content: bytes) -> None:
        """Keep a content in the place of the one before."""
        name = f"{kind} {version}"
        if name not in self.memory and self.disk is not None:
            self.disk.write(kind, version, content)
        self.memory[name] = content
