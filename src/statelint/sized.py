"""The programs of a repository as their size is worked out: the processes of each, and the pools that it makes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from statelint import engine, programs
from statelint.checks.database.pools import engines
from statelint.deploy.model import Deployment
from statelint.several import programs_in
from statelint.sizing.together import Member, below, without_unclaimed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from statelint.configuration import Settings
    from statelint.several import One


class Sized(NamedTuple):
    """What of a repository is planned."""

    root: str
    members: tuple[Member, ...]

    def chosen(self, name: str) -> tuple[Member, ...]:
        """Return the programs that a name means, that of a folder all in it; all of them for "".

        Raises:
            StatelintError: no program has the name.
        """
        if not name or (len(self.members) == 1 and name == Path(self.root).name):
            return self.members
        found = tuple(one for one in self.members if name in (one.name, one.name.partition(":")[0]))
        if not found:
            raise programs.unknown_program(name, [one.name for one in self.members if one.name])
        return found


def sized(paths: Sequence[Path], settings: Settings, load: Callable[[Path], Settings]) -> Sized:
    """Link what stands under the paths, and return its programs.

    Raises:
        StatelintError: a path or folder that does not exist, a wrong setting, or no Python file.
    """
    found = programs.units_of(paths, settings)
    runs = programs.runs_of(found, programs.Requested(tuple(paths)), load)
    if not runs:
        linked = engine.open_project(engine.RunOptions(paths, settings.config, settings.book, store=settings.cache))
        return Sized(linked.context.discovery.root, tuple(_member(one, one.name, one.found_by) for one in programs_in(linked)))
    of_folder = []
    for run in runs:
        folder = Path(run.scope.root).relative_to(found.root).as_posix()
        named = ((f"{run.unit.name}:{one.name}" if one.name else run.unit.name, one) for one in programs.applications_in(run))
        members = [_member(one, name, one.found_by or run.unit.found_by) for name, one in named]
        of_folder.append([one if folder == "." else below(one, folder) for one in members])
    return Sized(found.root, tuple(without_unclaimed(of_folder)))


def _member(one: One, name: str, found_by: str) -> Member:
    context = one.linked.context
    return Member(name, found_by, context.deployment or Deployment(), engines(context))
