"""One run of `trace`, from options to exit status."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from statelint.cli.outputs import show
from statelint.cli.progress import progress
from statelint.cli.say import say, wants_colour
from statelint.configuration import Settings, load_settings
from statelint.configuration.files import shown
from statelint.discover import find_root
from statelint.engine import LinkedProject, RunOptions, open_project
from statelint.several import check_one, programs_in
from statelint.trace.collect import Known, judgements_of, trace_of
from statelint.trace.lookup import qualified, subjects_at, subjects_named
from statelint.trace.text import render
from statelint.trace.unreached import reach_of, render_reach
from statelint.verdict.baseline import read_baseline
from statelint.verdict.join import Part, join
from statelint.verdict.judge import judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.trace.lookup import Subject
    from statelint.trace.model import Trace

_PLACE: Final = re.compile(r"(.+\.pyw?):(\d+)(?::\d+)?")
_MAX_SUBJECTS: Final = 5
"""Of one name that are shown; the rest are named."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the options say, as they were given."""

    subject: str
    paths: tuple[str, ...]
    limit: int
    form: str
    color: str
    config_file: str | None
    isolated: bool
    no_cache: bool
    cache_dir: str | None
    jobs: int | None
    no_progress: bool
    unreached: bool = False
    """Whether it asks for what nothing reaches, and names no subject."""


def run(request: Request) -> int:
    """Show what is asked for and return the exit status.

    Raises:
        StatelintError: wrong usage or configuration, or nothing of that name.
    """
    place = _PLACE.fullmatch(request.subject)
    where = tuple(Path(path) for path in request.paths) or (_project_of(place[1]) if place else Path(),)
    settings = load_settings(
        where[0],
        explicit=Path(request.config_file) if request.config_file else None,
        isolated=request.isolated,
        environ=os.environ,
        options={"cache-dir": request.cache_dir} if request.cache_dir else {},
        paths=where,
        keep=not request.no_cache,
    )
    for warning in settings.warnings:
        say("warning", warning)
    with progress(wanted=not request.no_progress) as tell:
        options = RunOptions(where, settings.config, settings.book, jobs=request.jobs, store=settings.cache, progress=tell)
        linked = open_project(options)
    if request.unreached:
        _show_reach(linked, request)
        return 0
    subjects = _subjects(request.subject, place, linked)
    known = _known(linked, settings, request.limit)
    traces = [trace_of(subject, known) for subject in subjects[:_MAX_SUBJECTS]]
    _show(traces, request)
    _name_the_rest(subjects[_MAX_SUBJECTS:])
    return 0


def _project_of(file: str) -> Path:
    """Return the root of the project that a file belongs to."""
    return Path(find_root([os.path.realpath(file)]))


def _subjects(name: str, place: re.Match[str] | None, linked: LinkedProject) -> list[Subject]:
    if place is None:
        return subjects_named(name, linked.context.program)
    return subjects_at(_from_root(place[1], linked), int(place[2]), linked.context.program)


def _from_root(path: str, linked: LinkedProject) -> str:
    """Return a path as the analysis writes it; one that is given from the root already stays as it is."""
    root, real = Path(linked.context.discovery.root), Path(os.path.realpath(path))
    return real.relative_to(root).as_posix() if real.exists() and real.is_relative_to(root) else Path(path).as_posix()


def _known(linked: LinkedProject, settings: Settings, limit: int) -> Known:
    """Run every rule, and find out what becomes of each finding."""
    config = settings.config
    baseline = read_baseline(Path(config.baseline), shown(Path(config.baseline))) if config.baseline else ()
    programs = programs_in(linked)
    parts = []
    for one in programs:
        analysis = check_one(one)
        said = judge(analysis, config, settings.book, baseline, chosen=settings.selected, base=settings.base)
        parts.append(Part(one.name, "", one.found_by, analysis, said, config.baseline))
    judged = join(parts) if len(parts) > 1 else parts[0].judgement
    judgements = judgements_of(one.linked.context for one in programs)
    return Known(linked.context, judgements, judged.standings(), limit)


def _show(traces: Sequence[Trace], request: Request) -> None:
    if request.form == "json":
        data = {"version": 1, "query": request.subject, "subjects": msgspec.to_builtins(traces)}
        show(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        show(render(traces, colour=wants_colour(request.color, sys.stdout), width=width))


def _show_reach(linked: LinkedProject, request: Request) -> None:
    programs = [reach_of(one.linked.context, one.name) for one in programs_in(linked)]
    if request.form == "json":
        show(json.dumps({"version": 1, "programs": msgspec.to_builtins(programs)}, indent=2, ensure_ascii=False) + "\n")
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        show(render_reach(programs, limit=request.limit, colour=wants_colour(request.color, sys.stdout), width=width))


def _name_the_rest(subjects: Sequence[Subject]) -> None:
    if subjects:
        names = ", ".join(qualified(subject) for subject in subjects[:_MAX_SUBJECTS])
        say("note", f"{len(subjects)} more have this name: {names}{', ...' if len(subjects) > _MAX_SUBJECTS else ''}; say more of it")
