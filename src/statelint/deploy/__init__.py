"""What the deployment files say: processes and their number, probes, volumes, environment. Knows nothing of the Python program.

The names below are imported when they are first asked for: whoever only classifies files during a walk pays for nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from statelint.deploy.budget import Budget, budget
    from statelint.deploy.classify import classify
    from statelint.deploy.engines import Engine, default_for, driver_defaults
    from statelint.deploy.findings import deployment_findings
    from statelint.deploy.model import Deployment, Factor, Place, Process
    from statelint.deploy.read import read_deployment
    from statelint.deploy.situation import LocalWrite, RouteInfo, Situation, several

_PLACES: Final = {
    "Budget": "budget",
    "Deployment": "model",
    "Engine": "engines",
    "Factor": "model",
    "Place": "model",
    "Process": "model",
    "budget": "budget",
    "classify": "classify",
    "default_for": "engines",
    "driver_defaults": "engines",
    "deployment_findings": "findings",
    "LocalWrite": "situation",
    "read_deployment": "read",
    "RouteInfo": "situation",
    "several": "situation",
    "Situation": "situation",
}

__all__ = [
    "Budget",
    "Deployment",
    "Engine",
    "Factor",
    "LocalWrite",
    "Place",
    "Process",
    "RouteInfo",
    "Situation",
    "budget",
    "classify",
    "default_for",
    "deployment_findings",
    "driver_defaults",
    "read_deployment",
    "several",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _PLACES:
        raise AttributeError(name)
    return getattr(import_module(f"statelint.deploy.{_PLACES[name]}"), name)
