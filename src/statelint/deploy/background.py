"""Workers and schedulers: programs that a deployment starts beside what serves requests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from statelint.deploy.environment import BACKGROUND
from statelint.deploy.model import Process

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_PLACES: Final = 3
"""Descriptions that a line names; JSON has all of them."""
_WORDS: Final = 12
"""Of a command, that tell what is started."""


class Background(msgspec.Struct, frozen=True):
    """A worker or a scheduler; several descriptions of it are alternatives."""

    name: str
    kind: Literal["worker", "scheduler"]
    processes: tuple[Process, ...]
    """One for each description that starts it; none where nothing does."""
    needed_by: str = ""
    """What needs it, where nothing starts it."""

    @property
    def found_by(self) -> str:
        """What starts it, with the places."""
        if not self.processes:
            return f"{self.needed_by}, and nothing here starts a {self.kind}"
        first = self.processes[0]
        command = " ".join(first.argv[:_WORDS]) or first.command or first.server
        places = [f"{process.place.path}:{process.place.line}" for process in self.processes]
        more = f" and {len(places) - _MAX_PLACES} more" if len(places) > _MAX_PLACES else ""
        return f"{command} in {', '.join(places[:_MAX_PLACES])}{more}"


def background_of(processes: Iterable[Process]) -> tuple[Background, ...]:
    """Return the workers and schedulers among processes of production, in the order in which files name them.

    One name in several descriptions is one program, and so is what alone runs the same in each of them.
    """
    found = [process for process in processes if process.kind in BACKGROUND and process.stage == "production"]
    groups: list[list[Process]] = []
    for process in found:
        known = next((group for group in groups if _is_same(process, group)), None)
        if known is None:
            groups.append([process])
        else:
            known.append(process)
    return tuple(Background(group[0].name, _kind(group[0]), tuple(group)) for group in groups)


def _is_same(process: Process, group: list[Process]) -> bool:
    if any(one.target == process.target for one in group):
        return False
    first = group[0]
    if _kind(first) != _kind(process):
        return False
    return _plain(first.name) == _plain(process.name) or (bool(first.app) and (first.server, first.app) == (process.server, process.app))


def _kind(process: Process) -> Literal["worker", "scheduler"]:
    return "worker" if process.kind == "worker" else "scheduler"


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-")
