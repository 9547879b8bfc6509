"""Whether a path stays where it seems to lead."""

from __future__ import annotations

import os
from pathlib import Path

from statelint.files.seen import is_link


def is_below(path: Path, folder: Path) -> bool:
    """Whether a path without `..` lies in a folder or is that folder."""
    return path == folder or folder in path.parents


def first_link(folder: Path, path: Path) -> Path | None:
    """Return the first link on the way from a folder down to a path in it, the path itself included; None where there is none."""
    step = folder
    for part in path.relative_to(folder).parts:
        step /= part
        if is_link(os.fspath(step)):
            return step
    return None


def leads_out(path: Path, root: Path) -> bool:
    """Whether a path below a root is led out of it by a link."""
    shown, real_root = Path(os.path.abspath(path)), os.path.realpath(root)
    is_named_inside = any(os.path.realpath(folder) == real_root for folder in (shown, *shown.parents))
    return is_named_inside and not is_below(Path(os.path.realpath(shown)), Path(real_root))
