"""The current folder, which may have been deleted."""

from __future__ import annotations

import os
from pathlib import Path


def current_folder() -> Path:
    """Return the current folder; where it is gone the root of the file system, so that absolute paths still serve."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path(os.path.abspath(os.sep))


def is_gone() -> bool:
    """Whether the current folder has been deleted."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False
