"""Discover: which files belong to the project, and what part each plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.discover.root import find_root

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from statelint.config import Config
    from statelint.discover.files import Discovery, Scope

__all__ = ["discover", "find_root"]


def discover(paths: Sequence[Path], config: Config, scope: Scope | None = None) -> Discovery:
    """Find everything under the paths, as `find.discover` does, which is imported only here: settings ask for the root alone."""
    from statelint.discover.find import discover as found  # noqa: PLC0415 - as above

    return found(paths, config, scope)
