"""The environment variables that production runs with, as far as deployment files say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model import KnownVariable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.deploy.model import Deployment, EnvValue, Process

_FIRST = ("web", "unknown", "other", "worker", "beat", "scheduler")
"""Whose variables come first where processes differ."""


def environment_of(deployment: Deployment | None) -> Mapping[str, KnownVariable]:
    """Return what the production processes are given, web processes first; a value that no file tells is None."""
    found: dict[str, KnownVariable] = {}
    for process in sorted(deployment.processes if deployment is not None else (), key=_order):
        if process.stage == "production":
            for name, value in process.env.items():
                found.setdefault(name, _known(value))
    return found


def _order(process: Process) -> int:
    return _FIRST.index(process.kind) if process.kind in _FIRST else len(_FIRST)


def _known(value: EnvValue) -> KnownVariable:
    return KnownVariable(None if value.secret else value.value, value.path, value.line)
