"""A project checked: each of its programs analysed and judged with its own settings, and what they come to together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec.structs import replace

from statelint import engine, programs
from statelint.configuration import Settings
from statelint.discover import find_root
from statelint.shared_servers import Servers
from statelint.verdict.baseline import Entry
from statelint.verdict.join import Part, join
from statelint.verdict.judge import Judgement, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statelint.engine import Analysis
    from statelint.fixes.offer import Offers
    from statelint.model import Fix
    from statelint.several import One

Nested = tuple[tuple[str, Settings], ...]


class Checked(msgspec.Struct, frozen=True):
    """A program that was checked: with which settings, against which known findings, and what came of it."""

    settings: Settings
    nested: Nested
    """Settings that count for the findings in a folder, the deepest first."""
    baseline: tuple[Entry, ...]
    part: Part
    is_program: bool
    """Whether it is one of a repository's programs; the whole is none."""


class Asked(NamedTuple):
    """What is to be checked, and how."""

    paths: tuple[Path, ...]
    settings: Settings
    """Those of the first path, which decide what the programs are."""
    load: Callable[[Path], Settings]
    """Reads the settings that hold for a folder."""
    baseline: Callable[[Settings], tuple[Entry, ...]] = lambda _: ()
    """Reads the known findings that settings name."""
    program: str = ""
    """The name of the only program that is wanted, "" for all."""
    only: str | None = None
    """A file, relative to the root, whose findings alone are wanted."""
    options: Mapping[str, Any] = {}
    """Further fields of `RunOptions` than settings give; the overlay among them is by path below the root."""


def check_programs(asked: Asked) -> tuple[Checked, ...]:
    """Check each program under the paths; the whole, where they are one.

    Raises:
        StatelintError: a path that does not exist, no Python file, a wrong setting or baseline, or no program of the name.
    """
    tell = asked.options.get("progress")
    if tell is not None:
        tell("programs", 0, 0)
    found = programs.units_of(asked.paths, asked.settings)
    runs = programs.runs_of(found, programs.Requested(asked.paths, asked.program, asked.only), asked.load)
    if not runs:
        return _whole(asked, programs.governed(found, "", asked.load))
    servers, root = Servers(), Path(find_root([os.path.realpath(path) for path in asked.paths]))
    analysed = [(run, _analysed(run, root, asked, servers)) for run in runs]  # what they share is known when all of them are
    return tuple(
        one
        for run, results in analysed
        for one in _program(run, results, asked, programs.governed(found, run.unit.folder, asked.load), servers)
    )


def joined(parts: Sequence[Checked]) -> Judgement:
    """Return the judgement on all together."""
    if parts[0].is_program:
        return join([one.part for one in parts])
    return parts[0].part.judgement


def with_fixes(
    parts: Sequence[Checked], judgement: Judgement, overlay: Mapping[str, bytes] | None = None
) -> tuple[Judgement, dict[str, str]]:
    """Return the judgement with the fix of each finding that has one, and why files with such a finding are left alone, by path.

    The contents of files are taken from the `overlay`, else from the disk, where they have to be those that were analysed.
    """
    fixes: dict[tuple[str, str, int], Fix] = {}
    left_alone: dict[str, str] = {}
    for one in parts:
        offers = offers_of(one, parts[0].part.analysis.root, overlay)
        for found in offers.of(one.part.judgement.result.findings):
            if found.fix is not None:  # programs of one package have findings in common, each with its own severity
                fixes.setdefault((found.fingerprint, found.path, found.line), found.fix)
        left_alone |= offers.left_alone
    findings = tuple(replace(one, fix=fixes.get((one.fingerprint, one.path, one.line))) for one in judgement.result.findings)
    return replace(judgement, result=replace(judgement.result, findings=findings)), left_alone


def offers_of(one: Checked, root: str, overlay: Mapping[str, bytes] | None = None) -> Offers:
    """Return what computes the fixes of a program's findings; `root` is that of all programs together."""
    from statelint.fixes.offer import Offers  # noqa: PLC0415 - not for commands that report nothing

    analysis = one.part.analysis
    return Offers(
        root,
        one.settings.book,
        modules={source.module: source.path for source in analysis.sources},
        digests=analysis.digests,
        variables=analysis.variables,
        overlay=overlay,
    )


def _whole(asked: Asked, nested: Nested) -> tuple[Checked, ...]:
    settings = asked.settings
    baseline = asked.baseline(settings)
    options = engine.RunOptions(asked.paths, settings.config, settings.book, store=settings.cache, **asked.options)
    found = []
    for one, analysis in programs.analyse_whole(options, asked.program):
        part = Part(one.name, "", one.found_by, analysis, _judged(analysis, settings, baseline, asked, nested), settings.config.baseline)
        found.append(Checked(settings, nested, baseline, part, is_program=bool(one.name)))
    return tuple(found)


def _analysed(run: programs.Run, root: Path, asked: Asked, servers: Servers) -> tuple[tuple[One, Analysis], ...]:
    """Analyse the program of a folder, or its programs."""
    unit = run.unit
    wanted = "" if asked.program == unit.name else asked.program.partition(":")[2]
    folder = Path(run.scope.root).relative_to(root).as_posix().removeprefix(".")
    listener = servers.listener(unit.name, folder, asked.options.get("linked"))
    return programs.analyse(run, root, {**asked.options, "linked": listener}, wanted)


def _program(
    run: programs.Run, results: Sequence[tuple[One, Analysis]], asked: Asked, nested: Nested, servers: Servers
) -> tuple[Checked, ...]:
    settings, unit = run.settings, run.unit
    baseline = asked.baseline(settings)
    found = []
    for one, result in results:
        analysis = servers.with_findings(unit.name, result, asked.settings.config.scaling, settings.book)
        judgement = _judged(analysis, settings, baseline, asked, nested)
        name, found_by = (f"{unit.name}:{one.name}", one.found_by) if one.name else (unit.name, unit.found_by)
        part = Part(name, unit.folder, found_by, analysis, judgement, settings.config.baseline)
        found.append(Checked(settings, nested, baseline, part, is_program=True))
    return tuple(found)


def _judged(analysis: Analysis, settings: Settings, baseline: tuple[Entry, ...], asked: Asked, nested: Nested) -> Judgement:
    tell = asked.options.get("progress")
    if tell is not None:
        tell("judge", 0, 0)
    return judge(
        analysis,
        settings.config,
        settings.book,
        baseline,
        chosen=settings.selected,
        base=settings.base,
        overlay=asked.options.get("overlay"),
        only=asked.only,
        nested=nested,
    )
