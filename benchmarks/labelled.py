"""Labelled applications: what a careful reader found in them, in `labels/*.toml`.

Paths begin at the unpacked artefact. `also` are further places of the same fault, `item_alt` further items under which it
may fairly be reported; `switch` names the documented setting that removes it, `opt_in` says that an operator has to turn
the feature on first.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Literal

import msgspec

from benchmarks.artefacts import Artefact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Answer = Literal["pass", "fail", "unknown", "not-used"]


class Positive(msgspec.Struct, frozen=True):
    """A fault that is really there."""

    path: str
    line: int
    item: str
    symbol: str
    why: str
    confidence: Literal["certain", "likely"]
    also: tuple[str, ...] = ()
    item_alt: tuple[str, ...] = ()
    cross_file: bool = False
    switch: str = ""
    opt_in: bool = False

    @property
    def is_core(self) -> bool:
        """Whether nobody could argue: certain, on by default, and no setting away."""
        return self.confidence == "certain" and not self.switch and not self.opt_in

    def places(self) -> Iterator[tuple[str, int]]:
        """Yield every (path, line) of the fault."""
        yield self.path, self.line
        for place in self.also:
            path, _, line = place.rpartition(":")
            if line.isdigit():
                yield path, int(line)


class Negative(msgspec.Struct, frozen=True):
    """A look-alike that is no fault."""

    path: str
    line: int
    item: str
    symbol: str
    why: str


class Status(msgspec.Struct, frozen=True):
    """A careful reader's verdict."""

    status: Literal["pass", "fail", "unknown", "n/a"]
    evidence: str
    note: str = ""

    @property
    def answer(self) -> Answer:
        """The verdict in the report's words."""
        return "not-used" if self.status == "n/a" else self.status


class Application(msgspec.Struct, frozen=True):
    """What is labelled."""

    name: str
    dist: str
    version: str
    kind: Literal["wheel", "sdist"]
    file: str
    sha256: str
    frameworks: tuple[str, ...]
    python_files: int
    python_lines: int
    root: str
    """What is analysed, below the unpacked artefact."""
    serving: str
    note: str = ""

    @property
    def artefact(self) -> Artefact:
        """What is downloaded."""
        return Artefact(self.dist, self.version, self.kind, self.file, self.sha256)


class Labels(msgspec.Struct, frozen=True):
    """One file of labels."""

    app: Application
    positive: tuple[Positive, ...] = ()
    negative: tuple[Negative, ...] = ()
    checklist: dict[str, Status] = {}


def read_labels(folder: Path) -> list[Labels]:
    """Read every file of labels, sorted by name."""
    return [msgspec.convert(tomllib.loads(file.read_text()), Labels) for file in sorted(folder.glob("*.toml"))]
