"""Find and read the configuration file: `statelint.toml`, or `[tool.statelint]` in pyproject.toml."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from statelint.config import Config
from statelint.configuration.layer import Layer, checked
from statelint.configuration.places import line_of
from statelint.errors import StatelintError

if TYPE_CHECKING:
    from statelint.configuration.places import Path_

OWN_FILE: Final = "statelint.toml"
SHARED_FILE: Final = "pyproject.toml"
TABLE: Final = ("tool", "statelint")


def nearest_file(start: Path) -> Path | None:
    """Return the configuration file of `start` or its nearest ancestor that has one; in one folder statelint.toml wins."""
    start = start.resolve()
    for folder in (start, *start.parents) if start.is_dir() else start.parents:
        if (folder / OWN_FILE).is_file():
            return folder / OWN_FILE
        if (folder / SHARED_FILE).is_file() and _table(folder / SHARED_FILE) is not None:
            return folder / SHARED_FILE
    return None


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
    return Layer(checked(table, Config, where, "[tool.statelint]" if head else path.name), base, where)


def shown(path: Path) -> str:
    """Return the path as a person would type it: relative where that is shorter."""
    try:
        return path.resolve().relative_to(Path.cwd().resolve()).as_posix()
    except ValueError:
        return path.as_posix()


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise StatelintError(f"{shown(path)}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise StatelintError(f"{shown(path)}: not UTF-8, which TOML has to be") from error


def _document(path: Path, text: str) -> dict[str, Any]:
    import tomli  # noqa: PLC0415 - 10 ms, not needed where there is no configuration

    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        message, _, place = str(error).rpartition(" (at ")
        line = place.removeprefix("line ").partition(",")[0]
        at = f":{line}" if line.isdigit() else f":{text.count(chr(10)) + 1}"
        raise StatelintError(f"{shown(path)}{at}: not valid TOML: {message or error}") from error


def _table(path: Path) -> object | None:
    """Return `[tool.statelint]` of a pyproject.toml, None without; only files that name us are parsed, or can be wrong."""
    try:
        if b"statelint" not in path.read_bytes():
            return None
    except OSError:
        return None
    tool = _document(path, _text(path)).get("tool")
    return tool.get("statelint") if isinstance(tool, dict) else None
