"""The environment variables that production runs with, as far as deployment files say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.discover.deploy_files import stage
from statelint.model import KnownVariable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from statelint.deploy.model import Deployment, EnvValue, Process

_PRODUCTION: Final = frozenset({"prod", "production", "live"})
_SERVING: Final = (frozenset({"web"}), frozenset({"unknown", "other"}))
"""Kinds of processes that serve requests, those that surely do first."""
BACKGROUND: Final = ("worker", "beat", "scheduler")
"""Kinds of processes that work beside those, in the order in which their variables count."""


def environment_of(deployment: Deployment | None) -> Mapping[str, KnownVariable]:
    """Return what the processes that serve requests in production are given, then what files for production say.

    What other processes are given counts where no process serves requests. A value that no file tells is None.
    """
    processes = _production(deployment)
    serving = next((mine for kinds in _SERVING if (mine := [one for one in processes if one.kind in kinds])), processes)
    return _given(serving, deployment)


def background_environment_of(deployment: Deployment | None) -> Mapping[str, KnownVariable] | None:
    """Return what workers and schedulers are given in production, None where there are none beside a process that serves requests."""
    processes = _production(deployment)
    beside = sorted((one for one in processes if one.kind in BACKGROUND), key=lambda one: BACKGROUND.index(one.kind))
    return _given(beside, deployment) if beside and len(beside) < len(processes) else None


def _production(deployment: Deployment | None) -> list[Process]:
    return [process for process in deployment.processes if process.stage == "production"] if deployment is not None else []


def _given(processes: Iterable[Process], deployment: Deployment | None) -> dict[str, KnownVariable]:
    found: dict[str, KnownVariable] = {}
    for process in processes:
        for name, value in process.env.items():
            found.setdefault(name, _known(value))
    for path, values in sorted(deployment.env.items() if deployment is not None else ()):
        if is_for_production(path):
            for name, value in values.items():
                found.setdefault(name, _known(value))
    return found


def is_for_production(path: str) -> bool:
    """Tell whether an environment file is production's by its name, `.env.production`, `prod.env`: no process has to name it."""
    return stage(path) == "production" and not _PRODUCTION.isdisjoint(re.split(r"[^a-z0-9]+", path.lower()))


def _known(value: EnvValue) -> KnownVariable:
    return KnownVariable(None if value.secret else value.value, value.path, value.line)
