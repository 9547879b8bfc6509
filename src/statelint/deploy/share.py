"""What of a repository's deployment one of its programs is: a compose file beside several services starts them all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.deploy.model import Deployment, Process
    from statelint.discover.files import Home


def owner_of(process: Process, homes: Sequence[Home]) -> Home | None:
    """Return the program that a process runs, None where the files do not say.

    What is built from a program's folder, or described in it, is that program; else what has its name.
    """
    by_folder = (process.place.path.rpartition("/")[0], process.folder)
    inside = [home for home in homes if home.folder and any(_is_below(folder, home.folder) for folder in by_folder)]
    if inside:
        return max(inside, key=lambda home: home.folder.count("/"))
    named = [home for home in homes if _plain(process.name) in (_plain(home.name), _plain(home.folder.rpartition("/")[2]))]
    return named[0] if len(named) == 1 else None


def share(deployment: Deployment, mine: Home, others: Sequence[Home]) -> Deployment:
    """Return the deployment without the processes of other programs; what nobody claims stays."""
    homes = (mine, *others)
    return with_processes(deployment, [process for process in deployment.processes if owner_of(process, homes) in (None, mine)])


def with_processes(deployment: Deployment, kept: Sequence[Process]) -> Deployment:
    """Return the deployment with some of its processes, and without the environment files that the others alone are given."""
    mine = {value.path for process in kept for value in process.env.values()}
    others = {value.path for process in deployment.processes if process not in kept for value in process.env.values()}
    files = {path: values for path, values in deployment.env.items() if path in mine or path not in others}
    return replace(deployment, processes=tuple(kept), env=files)


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-")
