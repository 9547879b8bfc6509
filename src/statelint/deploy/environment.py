"""The environment variables that production runs with, as far as deployment files say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from statelint.discover.deploy_files import stage
from statelint.model import KnownVariable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.deploy.model import Deployment, EnvValue, Process

_PRODUCTION: Final = frozenset({"prod", "production", "live"})
BACKGROUND: Final = ("worker", "beat", "scheduler")
"""Kinds of processes that work beside those, in the order in which their variables count."""


class Environment(Mapping[str, KnownVariable]):
    """Variables that are given, and which of all were asked for."""

    def __init__(self, given: dict[str, KnownVariable]) -> None:
        self.given = given
        self.asked: set[str] = set()
        """Those that anybody asked for, given or not."""

    def __getitem__(self, name: str) -> KnownVariable:
        self.asked.add(name)
        return self.given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.given)

    def __len__(self) -> int:
        return len(self.given)


def environment_of(deployment: Deployment | None) -> Environment:
    """Return what the processes that serve requests in production are given, then what files for production say.

    What other processes are given counts where no process serves requests. A value that no file tells is None.
    """
    processes = _production(deployment)
    serving = [one for one in processes if one.kind == "web"]
    if serving:  # what prepares a release is given what the servers are
        serving += [one for one in processes if one.kind == "release"]
    else:
        serving = [one for one in processes if one.kind in ("unknown", "other")] or processes
    return _given(serving, deployment)


def background_environment_of(deployment: Deployment | None) -> Environment | None:
    """Return what workers and schedulers are given in production, None where there are none beside a process that serves requests."""
    processes = _production(deployment)
    beside = sorted((one for one in processes if one.kind in BACKGROUND), key=lambda one: BACKGROUND.index(one.kind))
    return _given(beside, deployment) if beside and len(beside) < len(processes) else None


def _production(deployment: Deployment | None) -> list[Process]:
    return [process for process in deployment.processes if process.stage == "production"] if deployment is not None else []


def _given(processes: Iterable[Process], deployment: Deployment | None) -> Environment:
    found: dict[str, KnownVariable] = {}
    for process in processes:
        for name, value in process.env.items():
            found.setdefault(name, _known(value))
    for path, values in sorted(deployment.env.items() if deployment is not None else ()):
        if is_for_production(path):
            for name, value in values.items():
                found.setdefault(name, _known(value))
    return Environment(found)


def is_for_production(path: str) -> bool:
    """Tell whether an environment file is production's by its name, `.env.production`, `prod.env`: no process has to name it."""
    return stage(path) == "production" and not _PRODUCTION.isdisjoint(re.split(r"[^a-z0-9]+", path.lower()))


def _known(value: EnvValue) -> KnownVariable:
    return KnownVariable(None if value.secret else value.value, value.path, value.line)
