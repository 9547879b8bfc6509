"""The root of a project: cheap, as every command asks for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from statelint.files import seen

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROOT_MARKS: Final = ("pyproject.toml", ".git")
_LOOSE_ROOT_MARKS: Final = ("setup.cfg", "setup.py", "manage.py", "requirements.txt")
"""Marks of a root in a folder that is no package: a package may have a module called `manage` or `setup`."""


def find_root(paths: Sequence[str]) -> str:
    """Return the project root: the nearest folder at or above the common path that looks like one, else the common path."""
    common = os.path.commonpath(paths)
    if not seen.is_folder(common):
        common = os.path.dirname(common)
    folder = common
    while not _is_root(folder):
        parent = os.path.dirname(folder)
        if parent == folder:
            return common
        folder = parent
    return folder


def _is_root(folder: str) -> bool:
    is_package = seen.is_file(os.path.join(folder, "__init__.py"))
    marks = _ROOT_MARKS if is_package else _ROOT_MARKS + _LOOSE_ROOT_MARKS
    return any(seen.is_there(os.path.join(folder, mark)) for mark in marks)
