"""The environment variables that production runs with, as far as deployment files say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.discover.deploy_files import stage
from statelint.model import KnownVariable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.deploy.model import Deployment, EnvValue, Process

_PRODUCTION: Final = frozenset({"prod", "production", "live"})
_FIRST = ("web", "unknown", "other", "worker", "beat", "scheduler")
"""Whose variables come first where processes differ."""


def environment_of(deployment: Deployment | None) -> Mapping[str, KnownVariable]:
    """Return what the production processes are given, web processes first, then what files for production say.

    A value that no file tells is None.
    """
    found: dict[str, KnownVariable] = {}
    for process in sorted(deployment.processes if deployment is not None else (), key=_order):
        if process.stage == "production":
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


def _order(process: Process) -> int:
    return _FIRST.index(process.kind) if process.kind in _FIRST else len(_FIRST)


def _known(value: EnvValue) -> KnownVariable:
    return KnownVariable(None if value.secret else value.value, value.path, value.line)
