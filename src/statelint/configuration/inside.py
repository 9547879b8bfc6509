"""Paths that a configuration file names: the project wrote them, so they stay below the file's own folder.

What is read and written there is the project's own. It is not everything that lies there: a folder like `.git`, or an environment
that somebody has made inside the project, holds what runs on this machine, and no report may be written into it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from statelint.errors import StatelintError
from statelint.files.links import first_link, is_below

if TYPE_CHECKING:
    from statelint.configuration.layer import Layer
    from statelint.configuration.places import Path_

_ENVIRONMENTS: Final = ("pyvenv.cfg", "conda-meta")
_HELP: Final = "a configuration file names paths below its own folder alone; any other can be named on the command line"


def inside(layer: Layer, keys: Path_, text: str, *, or_itself: bool = False) -> Path:
    """Return a path of a layer, absolute; one from a file lies below the layer's folder (or is that, `or_itself`), and no link leads there.

    Raises:
        StatelintError: it does not.
    """
    if not layer.is_file:
        return layer.base / text
    base = Path(os.path.realpath(layer.base))
    path = Path(os.path.normpath(base / text))
    if (path == base and not or_itself) or not is_below(path, base) or "\0" in text:
        raise StatelintError(f"{_place(layer, keys)}: {text!r} does not lie below the folder of the configuration file", help=_HELP)
    link = first_link(base, path)
    if link is not None:
        raise StatelintError(f"{_place(layer, keys)}: {text!r} goes through the link {link.relative_to(base).as_posix()!r}", help=_HELP)
    return path


def inside_for_writing(layer: Layer, keys: Path_, text: str) -> Path:
    """Return a path as `inside` does; one from a file lies in no hidden folder and no environment.

    Raises:
        StatelintError: it does.
    """
    path = inside(layer, keys, text)
    if not layer.is_file:
        return path
    base = Path(os.path.realpath(layer.base))
    folders = path.relative_to(base).parts[:-1]
    is_hidden = any(name.startswith(".") or "~" in name for name in folders) or path.name.lower() == ".git"
    steps = [base.joinpath(*folders[: count + 1]) for count in range(len(folders))]
    if is_hidden or any(os.path.lexists(step / mark) for step in steps for mark in _ENVIRONMENTS) or "node_modules" in folders:
        message = f"{_place(layer, keys)}: {text!r} lies in a hidden folder or an environment"
        raise StatelintError(message, help="name a folder of the project, or name the file on the command line")
    return path


def _place(layer: Layer, keys: Path_) -> str:
    return f"{layer.where(keys)}: {keys[0]}"
