"""A project checked: each of its programs analysed and judged with its own settings, and what they come to together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from statelint import engine, programs
from statelint.configuration import Settings
from statelint.discover import find_root
from statelint.verdict.baseline import Entry
from statelint.verdict.join import Part, join
from statelint.verdict.judge import Judgement, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statelint.engine import Analysis

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
    return tuple(one for run in runs for one in _program(run, asked, programs.governed(found, run.unit.folder, asked.load)))


def joined(parts: Sequence[Checked]) -> Judgement:
    """Return the judgement on all together."""
    if parts[0].is_program:
        return join([one.part for one in parts])
    return parts[0].part.judgement


def _whole(asked: Asked, nested: Nested) -> tuple[Checked, ...]:
    settings = asked.settings
    baseline = asked.baseline(settings)
    options = engine.RunOptions(asked.paths, settings.config, settings.book, store=settings.cache, **asked.options)
    found = []
    for one, analysis in programs.analyse_whole(options, asked.program):
        part = Part(one.name, "", one.found_by, analysis, _judged(analysis, settings, baseline, asked, nested), settings.config.baseline)
        found.append(Checked(settings, nested, baseline, part, is_program=bool(one.name)))
    return tuple(found)


def _program(run: programs.Run, asked: Asked, nested: Nested) -> tuple[Checked, ...]:
    settings, unit = run.settings, run.unit
    baseline = asked.baseline(settings)
    root = Path(find_root([os.path.realpath(path) for path in asked.paths]))
    wanted = "" if asked.program == unit.name else asked.program.partition(":")[2]
    found = []
    for one, analysis in programs.analyse(run, root, asked.options, wanted):
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
