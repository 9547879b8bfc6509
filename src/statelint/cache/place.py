"""Where results are kept: in the user's own folder, because a project could bring results with it.

A folder inside the project is taken only when the command line names it, and not even then if git tracks a file in it.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from statelint.cache.store import Store, is_folder, is_own, manifest
from statelint.cache.tracked import repository_above, tracks
from statelint.errors import StatelintError
from statelint.files.links import first_link, is_below

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROGRAM: Final = "statelint"


class Place(msgspec.Struct, frozen=True):
    """Where results are kept, if they are."""

    store: Store | None
    warning: str = ""
    """Why a folder that is named is not used."""


def place_for(root: str, environ: Mapping[str, str], *, named: Path | None = None, named_by: str = "", is_command: bool = False) -> Place:
    """Decide where the results of a project are kept.

    `root` is the real path of the project. `named` is a folder that was asked for, `named_by` the place where that is written, and
    `is_command` whether that is the command line.

    Raises:
        StatelintError: the folder on the command line is a link's, or holds other things than results.
    """
    own = user_folder(environ)
    if own is not None and _is_brought_along(own, root):
        own = None
    default = Store(own / _key(root), own, root) if own is not None else None
    if named is None:
        return Place(default)
    folder = Path(os.path.abspath(named))
    if not _is_inside(folder, root):
        _refuse_other(folder, named_by)
        if _is_brought_along(folder, root):
            return Place(default, f"{named_by}: git tracks files in this folder, so nothing is kept in it")
        return Place(Store(folder, folder, root))
    if not is_command:
        return Place(default, f"{named_by}: a cache inside the project is used only where the command line names it (--cache-dir)")
    link = first_link(Path(root), folder) if is_below(folder, Path(root)) else folder
    if link is not None:
        raise StatelintError(f"{named_by}: the way to the folder goes through the link {link.name}", help="name a folder that is no link")
    if _is_tracked(folder, root):
        return Place(None, f"{named_by}: git tracks files in this folder, so nothing is kept in it")
    _refuse_other(folder, named_by)
    return Place(Store(folder, own, root) if own is not None else None)


def user_folder(environ: Mapping[str, str]) -> Path | None:
    """Return the user's cache folder of this program; None where the user has no folder of their own."""
    base = environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(base):
        return Path(base, _PROGRAM)
    import platformdirs  # noqa: PLC0415 - not where the variable answers

    found = platformdirs.user_cache_path(_PROGRAM, appauthor=False)
    return found if found.is_absolute() else None


def _key(root: str) -> str:
    digest = hashlib.blake2b(root.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    name = re.sub(r"[^A-Za-z0-9_-]", "-", Path(root).name)
    return f"{name[:40] or 'root'}-{digest}"


def _is_inside(folder: Path, root: str) -> bool:
    """Whether a folder lies in the project, by its name or in truth."""
    return is_below(folder, Path(root)) or is_below(Path(os.path.realpath(folder)), Path(root))


def _is_brought_along(folder: Path, root: str) -> bool:
    """Whether a folder could have come with the project: it lies inside, or beside it in a repository that tracks it."""
    return _is_inside(folder, root) or _is_tracked(folder, root)


def _is_tracked(folder: Path, root: str) -> bool:
    top = repository_above(root)
    real = Path(os.path.realpath(folder))
    return top is not None and is_below(real, Path(top)) and tracks(top, real.relative_to(top).as_posix())


def _refuse_other(folder: Path, named_by: str) -> None:
    """Refuse a folder in which other things lie: a cache ignores and removes what is in it."""
    if not os.path.lexists(folder):
        return
    real = Path(os.path.realpath(folder))
    if not is_folder(real):
        raise StatelintError(f"{named_by}: this is no folder", help="name a folder of its own for the cache")
    try:
        names = os.listdir(real)
    except OSError:
        return
    if not all(map(is_own, names)) and manifest(real) is None:
        raise StatelintError(f"{named_by}: the folder holds other files and is no cache of statelint", help="name a folder of its own")
