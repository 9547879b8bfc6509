"""The programs of a repository: which there are, with which settings each is analysed, and of which files.

The pipeline runs once for each, as if it stood alone: with its own folder as root, or with the repository's where it imports packages
beside it or is started by files outside of it. Paths of what is found are those of the repository in either case.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from statelint import background, engine
from statelint.config import is_target
from statelint.configuration import Settings
from statelint.configuration.files import shown
from statelint.deploy.share import owner_of
from statelint.discover.deploy_files import HEAD_BYTES, classify
from statelint.discover.files import DeployFile, Home, Scope
from statelint.discover.find import is_below
from statelint.discover.marks import NAMED
from statelint.discover.units import Unit, Units, find_units
from statelint.errors import StatelintError
from statelint.files import Reader, UnreadableError
from statelint.several import One, check_one, programs_in
from statelint.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from statelint.engine import Analysis
    from statelint.model import Edit, Finding
    from statelint.rulebook.load import Rulebook

_OF_SEVERAL: Final = frozenset({"compose", "kubernetes", "kustomize", "helm-values", "helm-chart", "helm-template", "render", "env"})
"""Kinds of files that describe several programs, and what these refer to."""


OF_FINDINGS: Final = frozenset(
    {"select", "ignore", "extend-select", "per-file-ignores", "severity", "per-file-severity", "min-confidence", "safe", "fail-on"}
)
"""Keys that a configuration in a folder of a program may set for what is found in that folder."""


class Run(msgspec.Struct, frozen=True):
    """One program, and how it is analysed."""

    unit: Unit
    paths: tuple[Path, ...]
    scope: Scope
    settings: Settings


class Requested(msgspec.Struct, frozen=True):
    """What of a repository is asked for."""

    paths: tuple[Path, ...]
    program: str = ""
    """The name of the only program that is wanted, "" for all."""
    file: str | None = None
    """A file, relative to the root: only a program that has it is wanted."""


def units_of(paths: Sequence[Path], settings: Settings) -> Units:
    """Find the programs under the paths; none where they are one.

    Raises:
        StatelintError: a path, or a folder that the configuration names, does not exist.
    """
    given = {name: (where,) if isinstance(where, str) else where for name, where in settings.config.programs.items()}
    folders = {name: tuple(one for one in where if not is_target(one)) for name, where in given.items()}
    named = {name: where for name, where in folders.items() if where}
    return find_units(paths, settings.config, _applications(settings.book), named)


def runs_of(found: Units, requested: Requested, load: Callable[[Path], Settings]) -> tuple[Run, ...]:
    """Return how each program is analysed, with the settings that `load` reads for its folder; nothing where there is but one.

    Raises:
        StatelintError: no program has the name that is asked for.
    """
    if not found.units:
        return ()
    wanted = requested.program
    if wanted and wanted not in (names := [unit.name for unit in found.units]):
        wanted = wanted.partition(":")[0]
        if wanted not in names:
            raise unknown_program(requested.program, names)
    root = Path(found.root)
    files, claimed = _outside(root, found)
    runs = []
    for unit in found.units:
        if wanted not in ("", unit.name) or not _has(unit, requested.file):
            continue
        paths = _paths(unit, root, requested.paths)
        if paths:
            deployed = files if unit.folder in claimed else ()
            runs.append(Run(unit, paths, _scope(unit, root, deployed, found), load(root / unit.folder)))
    return tuple(runs)


def governed(found: Units, folder: str, load: Callable[[Path], Settings]) -> tuple[tuple[str, Settings], ...]:
    """Return the configurations that govern folders of a program, the deepest first; `folder` is the program's, "" for the root.

    What such a configuration says of the findings in its folder counts. What it says of the analysis cannot, as that is the program's.
    """
    inner = [path for path in found.configured if not is_below(folder, path)]
    return tuple((path, load(Path(found.root) / path)) for path in sorted(inner, key=lambda path: (-path.count("/"), path)))


def without_say(settings: Settings) -> list[str]:
    """Return the keys of a folder's configuration file that do not count, since they are about the program."""
    file = shown(settings.file) if settings.file is not None else ""
    return [key for key, origin in settings.origins.items() if key not in OF_FINDINGS and origin.partition(":")[0] == file]


def _applications(book: Rulebook) -> frozenset[str]:
    """Return the names of classes of which a web process has one, as code calls them."""
    names = (name.rpartition(".")[2] for framework in book.frameworks for name in framework.applications)
    return frozenset(name for name in names if name[:1].isupper())


def unknown_program(name: str, names: Sequence[str]) -> StatelintError:
    """Return what to say where no program has a name."""
    held = f"the programs are {', '.join(names)}" if names else "everything under the path is one program"
    return StatelintError(f"--program: no program is called {name!r}{did_you_mean(name, names)}", help=held)


def _has(unit: Unit, file: str | None) -> bool:
    if file is None:
        return True
    if any(is_below(file, folder) for folder in unit.without):
        return False
    return any(is_below(file, folder) for folder in (unit.folder, *unit.shared))


def _paths(unit: Unit, root: Path, given: Iterable[Path]) -> tuple[Path, ...]:
    """Return what is walked for a program: its folder, or what was handed in of it, and what it shares."""
    home = root / unit.folder
    own: list[Path] = []
    for path in (Path(os.path.realpath(path)) for path in given):
        if home == path or home.is_relative_to(path):
            own = [home]
            break
        if path.is_relative_to(home) and not any(is_below(path.relative_to(root).as_posix(), folder) for folder in unit.without):
            own.append(path)
    return (*own, *(root / shared for shared in unit.shared)) if own else ()


def _scope(unit: Unit, root: Path, files: tuple[DeployFile, ...], found: Units) -> Scope:
    """Return the scope; a program that has nothing outside of its folder is its own root."""
    if not unit.shared and not files:
        prefix = f"{unit.folder}/" if unit.folder else ""
        inner = frozenset(folder.removeprefix(prefix) for folder in unit.without)
        return Scope(str(root / unit.folder), Home(unit.name, ""), inner)
    others = tuple(Home(other.name, other.folder) for other in found.units if other is not unit)
    return Scope(str(root), Home(unit.name, unit.folder), unit.without, files, others if files else ())


# -- deployment files outside of all programs


def _outside(root: Path, found: Units) -> tuple[tuple[DeployFile, ...], frozenset[str]]:
    """Return the files that describe several programs, and the folders of those programs of which they speak."""
    reader = Reader(root)
    files = tuple(DeployFile(path, kind) for path in found.outside if (kind := classify(path, _head(reader, path))) in _OF_SEVERAL)
    if all(file.kind == "env" for file in files):
        return (), frozenset()
    from statelint.deploy.read import read_deployment  # noqa: PLC0415 - brings the YAML parser

    dockerfiles = tuple(DeployFile(path, "dockerfile") for path in _dockerfiles(reader, found))
    deployment, _ = read_deployment(root, (*files, *dockerfiles))
    homes = [Home(unit.name, unit.folder) for unit in found.units]
    outside = [process for process in deployment.processes if any(process.place.path == file.path for file in files)]
    owners = (owner_of(process, homes) for process in deployment.processes if process in outside or _is_described(process.target, files))
    return files, frozenset(owner.folder for owner in owners if owner is not None)


def _is_described(target: str, files: Iterable[DeployFile]) -> bool:
    """Tell whether a process belongs to the description that one of the files is, whatever the line that starts it."""
    return any(target.endswith(f" {file.path}") for file in files)


def _dockerfiles(reader: Reader, found: Units) -> list[str]:
    """Return the Dockerfiles at the top of programs, which say what a service runs that is built from them."""
    folders = [unit.folder for unit in found.units if unit.folder]
    return [f"{folder}/Dockerfile" for folder in folders if reader.is_file(f"{folder}/Dockerfile")]


def _head(reader: Reader, path: str) -> bytes:
    if not path.endswith((".yaml", ".yml", ".ini", ".conf")):
        return b""
    try:
        return reader.head(path, HEAD_BYTES)
    except UnreadableError:  # told of by whoever reads the file
        return b""


# -- one run


def analyse(run: Run, found_root: Path, further: Mapping[str, object], wanted: str = "") -> tuple[tuple[One, Analysis], ...]:
    """Analyse one folder's program, or its programs; paths in what comes out are relative to `found_root`, the repository's.

    `further` are further fields of `RunOptions` than settings give; the overlay in them is by path below the repository's root. `wanted`
    is the name of the only one of its programs that is asked for, "" for all.

    Raises:
        StatelintError: there is no Python file.
    """
    folder = Path(run.scope.root).relative_to(found_root).as_posix()
    given = dict(further)
    overlay = given.pop("overlay", {})
    assert isinstance(overlay, dict)  # noqa: S101 - as the docstring says
    inside = {path.removeprefix(f"{folder}/"): content for path, content in overlay.items() if folder == "." or is_below(path, folder)}
    checked = analyse_whole(_options(run, overlay=inside, **given), wanted, is_one=_is_one(run))
    return checked if folder == "." else tuple((one, _below(result, folder, str(found_root))) for one, result in checked)


def applications_in(run: Run) -> tuple[One, ...]:
    """Return the programs of one folder: the folder's own where it is one.

    Raises:
        StatelintError: there is no Python file.
    """
    linked = engine.open_project(_options(run))
    return (One("", "", linked),) if _is_one(run) else programs_in(linked)


def _is_one(run: Run) -> bool:
    """Tell whether the configuration says that a folder is one program."""
    given = run.settings.config.programs.values()
    return run.unit.found_by == NAMED and not any(
        is_target(one) for where in given for one in ((where,) if isinstance(where, str) else where)
    )


def _options(run: Run, **further: Any) -> engine.RunOptions:
    settings, store = run.settings, run.settings.cache
    if store is not None:  # one folder for all, a file for each: a run keeps what it used and no more
        store = replace(store, project=f"{store.project}\0{run.unit.folder}")
    return engine.RunOptions(run.paths, settings.config, settings.book, scope=run.scope, store=store, **further)


@engine.without_collector()
def analyse_whole(options: engine.RunOptions, wanted: str = "", *, is_one: bool = False) -> tuple[tuple[One, Analysis], ...]:
    """Link what stands under the paths, and check its programs; the wanted one alone where one is, and all as one where that is said.

    Raises:
        StatelintError: no program has the wanted name, and what `engine.analyse` raises.
    """
    linked = engine.open_project(options)
    found = (One("", "", linked),) if is_one else programs_in(linked)
    whole = Path(linked.context.discovery.root).name if len(found) == 1 else ""
    chosen = [one for one in found if wanted in ("", one.name, whole)]
    if chosen:
        return tuple((one, check_one(one)) for one in chosen)
    beside = background.programs_beside([one.linked for one in found])
    worker = next((one for one in beside if one.name == wanted), None)
    if worker is None:
        raise unknown_program(wanted, [*(one.name for one in found if one.name), *(one.name for one in beside)])
    return ((One(worker.name, worker.found_by, linked), background.check_alone(linked, worker)),)


def _below(analysis: Analysis, folder: str, root: str) -> Analysis:
    """Return the analysis with `folder` in front of every path, those in texts (`path:line`) too."""
    known = sorted({*(one.path for one in analysis.sources), *(one.path for one in analysis.deploy_files)}, key=len, reverse=True)
    names = "|".join(map(re.escape, known))
    place = re.compile(rf"(?<![\w./-])({names})(?=:\d)") if names else None

    def path(one: str) -> str:
        return f"{folder}/{one}" if one else one

    def text(one: str) -> str:
        return place.sub(lambda match: path(match[0]), one) if place is not None and ":" in one else one

    def edit(one: Edit) -> Edit:
        return replace(one, span=replace(one.span, path=path(one.span.path)))

    def finding(one: Finding) -> Finding:
        return replace(
            one,
            path=path(one.path),
            message=text(one.message),
            hint=text(one.hint),
            label=text(one.label),
            notes=tuple(map(text, one.notes)),
            spans=tuple(replace(span, path=path(span.path), label=text(span.label)) for span in one.spans),
            route=tuple(replace(step, path=path(step.path), text=text(step.text)) for step in one.route),
            fix=None if one.fix is None else replace(one.fix, edits=tuple(map(edit, one.fix.edits))),
        )

    return replace(
        analysis,
        root=root,
        project=replace(analysis.project, root=root),
        findings=tuple(map(finding, analysis.findings)),
        evidence=tuple(replace(one, path=path(one.path), text=text(one.text)) for one in analysis.evidence),
        diagnostics=tuple(replace(one, path=path(one.path), message=text(one.message)) for one in analysis.diagnostics),
        directives={path(name): found for name, found in analysis.directives.items()},
        sources=tuple(replace(one, path=path(one.path)) for one in analysis.sources),
        deploy_files=tuple(replace(one, path=path(one.path)) for one in analysis.deploy_files),
        lengths={path(name): lines for name, lines in analysis.lengths.items()},
        digests={path(name): digest for name, digest in analysis.digests.items()},
    )
