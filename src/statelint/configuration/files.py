"""Find and read the configuration file: `statelint.toml`, or `[tool.statelint]` in pyproject.toml."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from statelint.config import Config
from statelint.configuration.layer import Layer, checked
from statelint.configuration.places import line_of
from statelint.errors import StatelintError
from statelint.files import UnreadableError, current_folder, read_bounded, seen
from statelint.files.links import leads_out
from statelint.files.read import MOST_SETTINGS, MOST_SOURCE
from statelint.files.toml import TomlError, parse_toml

if TYPE_CHECKING:
    from statelint.configuration.places import Path_

OWN_FILE: Final = "statelint.toml"
SHARED_FILE: Final = "pyproject.toml"
TABLE: Final = ("tool", "statelint")


def nearest_file(start: Path) -> Path | None:
    """Return the configuration file of `start` or its nearest ancestor that has one; in one folder statelint.toml wins."""
    start = Path(os.path.realpath(start))
    for folder in (start, *start.parents) if start.is_dir() else start.parents:
        if seen.is_file(os.fspath(folder / OWN_FILE)):
            return _inside(folder / OWN_FILE)
        if seen.is_file(os.fspath(folder / SHARED_FILE)) and _table(folder / SHARED_FILE) is not None:
            return _inside(folder / SHARED_FILE)
    return None


def _inside(file: Path) -> Path:
    """Return the file unless it is a link that leads out of its repository, or of its folder where that is in none.

    Raises:
        StatelintError: it is one.
    """
    if not file.is_symlink():
        return file
    top = next((folder for folder in file.parents if seen.is_there(os.fspath(folder / ".git"))), file.parent)
    if leads_out(file, top):
        raise StatelintError(f"{shown(file)}: is a link that leads out of the project", help="copy the file, or name it with --config")
    return file


def read_file(path: Path, base: Path) -> Layer:
    """Read one configuration file.

    Raises:
        StatelintError: it cannot be read, is not TOML, or holds something unknown; the message names file and line.
    """
    text = _text(path)
    document = _document(path, text)
    own = path.name != SHARED_FILE and not isinstance(document.get("tool"), dict)
    head: Path_ = () if own else TABLE
    table: Any = document if own else document.get("tool", {}).get("statelint")
    if table is None:
        if path.name != SHARED_FILE:  # somebody's file with another tool's table: say what is wrong with its keys
            head, table = (), document
        else:
            raise StatelintError(f"{shown(path)}: has no [tool.statelint] table", help="add it, or leave out --config")

    def where(keys: Path_) -> str:
        line = line_of(text, (*head, *keys))
        return f"{shown(path)}:{line}" if line else shown(path)

    if not isinstance(table, dict):
        raise StatelintError(f"{where(())}: expected a table, `[tool.statelint]`")
    return Layer(checked(table, Config, where, "[tool.statelint]" if head else path.name), base, where, is_file=True)


def shown(path: Path) -> str:
    """Return the path as a person would type it: relative where that is shorter."""
    here = current_folder()
    for place in (here / path, Path(os.path.realpath(here / path))):
        if place.is_relative_to(here) and ".." not in place.parts:
            return place.relative_to(here).as_posix()
    return path.as_posix()


def _text(path: Path) -> str:
    try:
        return read_bounded(path, MOST_SETTINGS).decode("utf-8-sig")
    except UnreadableError as error:
        raise StatelintError(f"{shown(path)}: cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise StatelintError(f"{shown(path)}: not UTF-8, which TOML has to be") from error


def _document(path: Path, text: str) -> dict[str, Any]:
    try:
        return parse_toml(text)
    except TomlError as error:
        place = f"{shown(path)}:{error.line}" if error.line else shown(path)
        raise StatelintError(f"{place}: not valid TOML: {error}") from error


def _table(path: Path) -> object | None:
    """Return `[tool.statelint]` of a pyproject.toml, None without; only files that name us are parsed, or can be wrong."""
    try:
        if b"statelint" not in read_bounded(path, MOST_SOURCE):
            return None
    except UnreadableError:
        return None
    tool = _document(path, _text(path)).get("tool")
    return tool.get("statelint") if isinstance(tool, dict) else None
