"""The layers of the house, from the ground up: what stands in one may import what stands below it, and nothing else."""

from __future__ import annotations

from typing import Final

HOUSE: Final = (
    ("model", "errors", "suggest", "limits"),
    ("files",),
    ("cache",),
    ("survey",),
    ("rulebook", "config", "results", "history"),
    ("discover", "report"),
    ("program", "deploy", "configuration"),
    ("inspect", "sizing"),
    ("checks",),
    ("engine", "trace"),
    ("background",),
    ("several",),
    ("programs", "verdict", "shared_servers"),
    ("fixes",),
    ("checked", "sized"),
    ("server",),
    ("cli", "api"),
    ("__main__",),
)
"""The rooms of `statelint`."""
PROGRAM: Final = (
    ("vocabulary", "fixpoint"),
    ("names",),
    ("calls",),
    ("settings",),
    ("evaluation",),
    ("routing",),
    ("lifetimes",),
    ("reachability",),
    ("flow",),
    ("program",),
    ("division",),
)
"""The rooms of `statelint.program`."""


def sentence(layers: tuple[tuple[str, ...], ...]) -> str:
    """Return layers as the documentation writes them: ground first, `<` between two."""
    return " < ".join(", ".join(layer) for layer in layers)
