"""What marks a folder of a repository as a program: a project file, a configuration, a deployment file beside code."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.discover.deploy_files import classify, stage
from statelint.discover.find import is_below, parts_of, relative_path
from statelint.discover.walk import Folder
from statelint.errors import StatelintError
from statelint.files import Reader, UnreadableError, seen
from statelint.files.read import MOST_SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statelint.discover.walk import Tree

_PROJECT: Final = re.compile(rb"^\[(project|tool\.poetry|tool\.statelint)[\].]", re.MULTILINE)
_SETUP: Final = re.compile(rb"^\[(metadata|options)\]", re.MULTILINE)
_DEPLOYED: Final = frozenset({"dockerfile", "procfile"})
_OWN_PARTS: Final = frozenset({"test", "script", "migration"})
"""Folders of these parts hold no programs."""
NAMED: Final = "the configuration"
"""The mark of a program that the configuration names."""

CONFIGURATION: Final = "a configuration"
"""The mark of a package that has one: it governs the package, which stays part of its program."""


class Candidate(NamedTuple):
    """A folder with a mark, or a top-level package of what has none."""

    path: str
    mark: str
    deployed: bool = False
    configured: bool = False
    named: str = ""
    further: tuple[str, ...] = ()
    """Of a configured program: its other folders."""


def configured_programs(named: Mapping[str, Sequence[str]], root: str) -> list[Candidate]:
    """Return the programs that the configuration names, as far as they lie below the root.

    Raises:
        StatelintError: a folder does not exist.
    """
    given = []
    for name, folders in named.items():
        for folder in folders:
            if not seen.is_folder(folder):
                raise StatelintError(f"programs: {name}: {folder} is no folder", help="name folders, relative to the configuration file")
        inside = [relative_path(seen.real_path(folder), root) for folder in folders]
        if inside and not any(path == ".." or path.startswith("../") for path in inside):
            given.append(Candidate(inside[0], NAMED, named=name, further=tuple(inside[1:])))
    return given


def candidates(tree: Tree, handed_in: Iterable[str], given: Sequence[Candidate]) -> dict[str, Candidate]:
    """Return the folders below the root that have a mark, by path."""
    found = {}
    configured = [folder for one in given for folder in (one.path, *one.further)]
    for folder in (*tree.folders.values(), *_above(tree, handed_in)):
        if not folder.path or folder.path in found or any(is_below(folder.path, path) for path in configured):
            continue
        mark = mark_of(tree, folder)
        if mark and parts_of(tree.root, folder, tree.folders).whole not in _OWN_PARTS and "{" not in folder.path:
            deployed = any(is_deployed(name) for name in folder.names)
            found[folder.path] = Candidate(folder.path, mark, deployed, _has_configuration(tree, folder))
    return found | {one.path: one for one in given}


def _above(tree: Tree, handed_in: Iterable[str]) -> list[Folder]:
    """Return the folders between the root and what was handed in."""
    above: dict[str, Folder] = {}
    for start in handed_in:
        path = start
        while path:
            if path not in tree.folders and path not in above:
                above[path] = Folder(path, path, names=seen.names_in(os.path.join(tree.root, path)))
            path = path.rpartition("/")[0]
    return list(above.values())


def mark_of(tree: Tree, folder: Folder) -> str:
    """Return what makes a folder a program, in words; "" where nothing does."""
    names, loose = folder.names, "__init__.py" not in folder.names
    if loose and "manage.py" in names:
        return "manage.py"
    if "pyproject.toml" in names and (table := _PROJECT.search(_read(tree, folder, "pyproject.toml"))):
        return f"[{table[1].decode()}] in pyproject.toml"
    if "statelint.toml" in names:
        return "statelint.toml" if loose else CONFIGURATION
    if not loose:
        return ""
    if "setup.py" in names:
        return "setup.py"
    if "setup.cfg" in names and _SETUP.search(_read(tree, folder, "setup.cfg")):
        return "setup.cfg"
    return next((name for name in sorted(names) if is_deployed(name) and _is_started(tree, folder)), "")


def _has_configuration(tree: Tree, folder: Folder) -> bool:
    if "statelint.toml" in folder.names:
        return True
    tables = _PROJECT.findall(_read(tree, folder, "pyproject.toml")) if "pyproject.toml" in folder.names else []
    return b"tool.statelint" in tables


def is_deployed(name: str) -> bool:
    """Tell whether a file of this name says how the folder around it is run, in production."""
    return "file" in name.lower() and classify(name, b"") in _DEPLOYED and stage(name) == "production"


def _is_started(tree: Tree, folder: Folder) -> bool:
    """Tell whether imports may be counted from a folder: it holds modules or packages of its own."""
    if any(not name.startswith("gunicorn") for name in folder.python):
        return True
    below = (tree.folders.get(f"{folder.path}/{name}") for name in folder.names)
    return any(one is not None and ("__init__.py" in one.names or one.path.endswith("/src")) for one in below)


def _read(tree: Tree, folder: Folder, name: str) -> bytes:
    return content_of(Reader(tree.root), f"{folder.path}/{name}" if folder.path else name)


def content_of(reader: Reader, path: str) -> bytes:
    """Return a file's content, nothing where it cannot be read: whoever analyses it tells of that."""
    try:
        return reader.read(path, MOST_SOURCE)
    except UnreadableError:
        return b""
