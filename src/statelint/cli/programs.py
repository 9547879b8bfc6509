"""`statelint programs`: which programs a repository holds, and what makes each one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from statelint.cli.check import PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from statelint.configuration import Settings
    from statelint.deploy.background import Background
    from statelint.deploy.model import Process
    from statelint.discover.units import Units
    from statelint.several import One

_FORMATS: Final = ("text", "json")


@click.command(short_help="List the programs of a repository, and how they were found.")
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=PATH)
@click.option("--output-format", "form", type=click.Choice(_FORMATS), default="text", help="How to show it.  [default: text]")
@click.option("--config", "config_file", metavar="FILE", help="Read this configuration instead of the nearest.")
@click.option("--isolated", is_flag=True, help="Read no configuration file.")
def programs(*, paths: tuple[str, ...], form: str, config_file: str | None, isolated: bool) -> None:
    """List the programs below PATHS, the current folder when none is given: name, folder, what makes it one, what it shares with others.

    Workers and schedulers stand below the servers whose code they run.

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
    from statelint.background import programs_beside  # noqa: PLC0415
    from statelint.configuration.files import shown  # noqa: PLC0415
    from statelint.deploy.placing import placed  # noqa: PLC0415
    from statelint.errors import StatelintError  # noqa: PLC0415
    from statelint.programs import Requested, applications_in, runs_of  # noqa: PLC0415
    from statelint.several import programs_in  # noqa: PLC0415 - all as above

    def row(name: str, folder: str, found_by: str, shared: Sequence[str] = ()) -> dict[str, Any]:
        file = load(Path(found.root) / folder).file
        configuration = shown(file) if file is not None else None
        return {"name": name, "root": folder or ".", "found_by": found_by, "shared": list(shared), "configuration": configuration}

    def beside(several: Sequence[One], folder: str, prefix: str = "", inside: str = "") -> Iterator[dict[str, Any]]:
        for each in programs_beside([each.linked for each in several]):
            one: Background = placed(each, inside) if inside else each
            yield {**row(f"{prefix}{one.name}", folder, one.found_by), "kind": one.kind, "processes": _processes(one.processes)}

    def served(row: dict[str, Any], one: One, inside: str = "") -> dict[str, Any]:
        deployment = one.linked.context.deployment
        processes = [process for process in deployment.processes if process.kind == "web"] if deployment is not None else []
        return {**row, "kind": "server", "processes": _processes([placed(each, inside) if inside else each for each in processes])}

    rows: list[dict[str, Any]] = []
    for run in runs_of(found, Requested(tuple(where)), load):
        unit, several = run.unit, applications_in(run)
        inside = Path(run.scope.root).relative_to(found.root).as_posix().removeprefix(".")
        for one in several:
            name = f"{unit.name}:{one.name}" if one.name else unit.name
            rows.append(served(row(name, unit.folder, one.found_by or unit.found_by, unit.shared), one, inside))
        rows += beside(several, unit.folder, f"{unit.name}:", inside)
    if found.units:
        return _once(rows)
    settings = load(where[0])
    whole = Path(found.root).name or "."
    try:
        several = programs_in(engine.open_project(engine.RunOptions(where, settings.config, settings.book, store=settings.cache)))
    except StatelintError:  # no Python file
        return [{**row(whole, "", "everything is one program"), "kind": "server", "processes": []}]
    workers = list(beside(several, ""))
    return [*(served(row(one.name or whole, "", one.found_by or _started(one, workers)), one) for one in several), *workers]


def _started(one: One, workers: Sequence[object]) -> str:
    """Return what makes the only program that serves requests one."""
    deployment = one.linked.context.deployment
    web = [each for each in deployment.processes if each.kind == "web" and each.stage == "production"] if deployment is not None else []
    if not workers or not web:
        return "everything is one program"
    first = web[0]
    return f"{f'{first.server} {first.app}'.strip() or first.command or first.name} in {first.place.path}:{first.place.line}"


def _processes(processes: Iterable[Process]) -> list[dict[str, Any]]:
    """Return where processes are declared, how many instances there are and how many processes in each; None where no file says it."""
    return [
        {
            "name": process.name,
            "declared_by": process.target,
            "line": process.place.line,
            "instances": process.instances.value,
            "workers": process.workers.value,
        }
        for process in processes
        if process.stage == "production"
    ]


def _once(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out workers that several folders may run: which of them does, no file says."""
    seen = [json.dumps(row["processes"]) for row in rows if row["kind"] != "server" and row["processes"]]
    return [row for row in rows if row["kind"] == "server" or not row["processes"] or seen.count(json.dumps(row["processes"])) == 1]


def _text(rows: list[dict[str, Any]]) -> str:
    names = max(len(row["name"]) for row in rows)
    roots = max(len(row["root"]) for row in rows)
    lines = []
    for row in rows:
        shared = f"; shares {', '.join(row['shared'])}" if row["shared"] else ""
        configured = f"; configured by {row['configuration']}" if row["configuration"] else ""
        kind = f"{row['kind']}: " if row["kind"] != "server" else ""
        lines.append(f"{row['name']:<{names}}  {row['root']:<{roots}}  {kind}{row['found_by']}{shared}{configured}\n")
    return "".join(lines)
