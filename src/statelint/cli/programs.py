"""`statelint programs`: which programs a repository holds, and what makes each one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from statelint.cli.check import PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from statelint.configuration import Settings
    from statelint.discover.units import Units

_FORMATS: Final = ("text", "json")


@click.command(short_help="List the programs of a repository, and how they were found.")
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=PATH)
@click.option("--output-format", "form", type=click.Choice(_FORMATS), default="text", help="How to show it.  [default: text]")
@click.option("--config", "config_file", metavar="FILE", help="Read this configuration instead of the nearest.")
@click.option("--isolated", is_flag=True, help="Read no configuration file.")
def programs(*, paths: tuple[str, ...], form: str, config_file: str | None, isolated: bool) -> None:
    """List the programs below PATHS, the current folder when none is given: name, folder, what makes it one, what it shares with others.

    `check` analyses each by itself. `[tool.statelint.programs]` names or corrects them: a name, and the program's folder or folders, or
    the application that its server loads.
    """
    from statelint.cli.outputs import show  # noqa: PLC0415 - not for --help
    from statelint.configuration import load_settings  # noqa: PLC0415 - as above
    from statelint.programs import units_of  # noqa: PLC0415 - as above

    where = [Path(path) for path in paths or (".",)]

    def load(folder: Path) -> Settings:
        return load_settings(folder, explicit=Path(config_file) if config_file else None, isolated=isolated, environ=os.environ)

    found = units_of(where, load(where[0]))
    rows = _rows(where, found, load)
    show(json.dumps({"version": 1, "root": found.root, "programs": rows}, indent=2) + "\n" if form == "json" else _text(rows))


def _rows(where: list[Path], found: Units, load: Callable[[Path], Settings]) -> list[dict[str, Any]]:
    """Return what is known of each program; of a tree that is one, the tree."""
    from statelint import engine  # noqa: PLC0415 - not for --help
    from statelint.configuration.files import shown  # noqa: PLC0415
    from statelint.errors import StatelintError  # noqa: PLC0415
    from statelint.programs import Requested, applications_in, runs_of  # noqa: PLC0415
    from statelint.several import programs_in  # noqa: PLC0415 - all as above

    def row(name: str, folder: str, found_by: str, shared: Sequence[str] = ()) -> dict[str, Any]:
        file = load(Path(found.root) / folder).file
        configuration = shown(file) if file is not None else None
        return {"name": name, "root": folder or ".", "found_by": found_by, "shared": list(shared), "configuration": configuration}

    rows: list[dict[str, Any]] = []
    for run in runs_of(found, Requested(tuple(where)), load):
        unit = run.unit
        named = ((f"{unit.name}:{one.name}" if one.name else unit.name, one.found_by or unit.found_by) for one in applications_in(run))
        rows += [row(name, unit.folder, found_by, unit.shared) for name, found_by in named]
    if not found.units:
        settings = load(where[0])
        try:
            several = programs_in(engine.open_project(engine.RunOptions(where, settings.config, settings.book, store=settings.cache)))
        except StatelintError:  # no Python file
            several = ()
        rows += [row(one.name, "", one.found_by) for one in several if one.name]
    return rows or [row(Path(found.root).name or ".", "", "everything is one program")]


def _text(rows: list[dict[str, Any]]) -> str:
    names = max(len(row["name"]) for row in rows)
    roots = max(len(row["root"]) for row in rows)
    lines = []
    for row in rows:
        shared = f"; shares {', '.join(row['shared'])}" if row["shared"] else ""
        configured = f"; configured by {row['configuration']}" if row["configuration"] else ""
        lines.append(f"{row['name']:<{names}}  {row['root']:<{roots}}  {row['found_by']}{shared}{configured}\n")
    return "".join(lines)
