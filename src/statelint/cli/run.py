"""One run of `check`, from options to exit status: a page that reads in order."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from statelint.cli.kept import keeping
from statelint.cli.outcome import FOUND, status, summarise, tell_failures
from statelint.cli.outputs import deliver, outputs, show
from statelint.cli.progress import progress
from statelint.cli.request import Target
from statelint.cli.say import say, wants_colour
from statelint.cli.timing import Stopwatch, timed_checks
from statelint.configuration import Settings, load_settings
from statelint.configuration.environment import levels, misspelt, pairs
from statelint.discover import discover, find_root
from statelint.errors import StatelintError
from statelint.files import current_folder, seen
from statelint.files.read import MOST_SOURCE
from statelint.files.seen import Seen
from statelint.report import Context, render
from statelint.report.links import source_template
from statelint.report.relocate import READ_BY_HOSTS, relocated, repository_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from statelint.cli.kept import Keeping
    from statelint.cli.outcome import Outcome
    from statelint.cli.outputs import Output
    from statelint.cli.request import Request
    from statelint.model import Result

FAULT: Final = 2
_STDIN: Final = "-"
_WIDTH: Final = 100
"""Cells of a line where nobody says how wide a terminal is."""


def run(request: Request) -> int:
    """Check what is asked for and return the exit status.

    Raises:
        StatelintError: wrong usage or configuration, or nothing to check.
    """
    target = _target(request)
    settings = _loader(request, target.paths)(target.paths[0])
    for warning in settings.warnings:
        say("warning", warning)
    for variable, meant in misspelt(os.environ):
        say("warning", f"the variable {variable} is not read; did you mean {meant}?")
    if request.show_settings:
        from statelint.cli.settings import settings_text  # noqa: PLC0415 - rare
        from statelint.report.markdown import harmless_lines  # noqa: PLC0415 - as above

        show(harmless_lines(settings_text(settings)))
        return 0
    if request.show_files:
        _show_files(target, settings)
        return 0
    wanted = outputs(request.formats, request.files, settings.config.output_format)
    way = _Way(target, settings, _loader(request, target.paths, settings), keeping(request, target, settings, os.environ), Stopwatch())
    found = _known(request, way) or _fresh(request, way)
    if not isinstance(found, int):
        _show(request, way, wanted, found)
    if request.timing:
        way.watch.say()
    if isinstance(found, int):
        return found
    return _or_fault(status(found, exit_zero=request.exit_zero), found.result)


def _or_fault(ended: int, result: Result) -> int:
    """Return an exit status, unless a check has failed, which is told last of all."""
    return FAULT if tell_failures(result.diagnostics) else ended


class _Way(NamedTuple):
    """What is analysed and how, by whatever way its outcome is come by."""

    target: Target
    settings: Settings
    load: Callable[[Path], Settings]
    """Reads the settings that hold for a folder."""
    place: Keeping | None
    watch: Stopwatch


def _known(request: Request, way: _Way) -> Outcome | None:
    """Return what was kept, if it still holds."""
    way.watch.tell("compare")
    outcome = way.place.outcome() if way.place is not None else None
    if request.verbose or (outcome is not None and request.timing):
        say("note", way.place.why if way.place is not None else "the result of such a run is not kept")
    return outcome


def _fresh(request: Request, way: _Way) -> Outcome | int:
    """Analyse, and keep the outcome; the exit status where comments or a baseline are written instead of a report."""
    by = Seen() if way.place is not None else None
    timed = timed_checks(way.watch if request.timing else None)
    with progress(wanted=not (request.no_progress or request.quiet)) as bar, seen.watched(by), timed:
        way.watch.tell("import")
        from statelint.cli import fresh  # noqa: PLC0415 - everything slow, which a kept outcome does without

        options: dict[str, Any] = {"overlay": way.target.overlay, "jobs": request.jobs, "progress": way.watch.and_tell(bar)}
        options |= {"linked": way.watch.link} if request.timing else {}
        state, wish = fresh.analysed(request, way.target, way.settings, way.load, options)
        if request.add_ignores is None and not (request.write_baseline or request.fix or request.diff):
            state = fresh.with_offers(state, wish.asked)
    if request.diff:
        from statelint.cli.fixing import show_diff  # noqa: PLC0415 - rare

        for warning in fresh.warnings(way.settings, state.parts):
            say("warning", warning)
        return _or_fault(FOUND if show_diff(state, wish) and not request.exit_zero else 0, state.judgement.result)
    if request.fix:
        from statelint.cli.fixing import fixed  # noqa: PLC0415 - as above

        state = fresh.with_offers(fixed(state, wish), wish.asked)
    parts, judgement = state
    if request.add_ignores is not None:
        from statelint.cli.ignores import add  # noqa: PLC0415 - rare

        return _or_fault(
            add(judgement.result.findings, Path(judgement.result.project.root), way.settings, request.add_ignores), judgement.result
        )
    if request.write_baseline:
        return _or_fault(fresh.write_baseline(Path(request.write_baseline), judgement), judgement.result)
    if request.prune_baseline:
        judgement = fresh.pruned(judgement, parts)
    outcome = fresh.outcome_of(judgement, parts, way.settings)
    if way.place is not None and by is not None:
        way.watch.tell("keep")
        way.place.keep(by, outcome)
    return outcome


def _show(request: Request, way: _Way, wanted: Sequence[Output], outcome: Outcome) -> None:
    """Deliver the reports, and tell on standard error what they do not."""
    way.watch.tell("report")
    for warning in outcome.warnings:
        say("warning", warning)
    _report(request, wanted, outcome.result, Path(outcome.result.project.root), way.settings)
    is_seen = sys.stdout.isatty() and any(output.file is None for output in wanted)
    if not (is_seen or request.quiet):
        summarise(outcome)


def _loader(request: Request, paths: tuple[Path, ...], settings: Settings | None = None) -> Callable[[Path], Settings]:
    """Return what reads the settings that hold for a folder."""

    def load(folder: Path) -> Settings:
        return load_settings(
            folder,
            explicit=Path(request.config_file) if request.config_file else None,
            isolated=request.isolated,
            environ=os.environ,
            options=_options(request),
            paths=paths,
            keep=not request.no_cache,
            like=settings,
        )

    return load


def _target(request: Request) -> Target:
    """Return what is to be analysed; `-` is the content of `--stdin-filename`, seen within its project."""
    writes = [
        name
        for name, given in (
            ("--add-ignores", request.add_ignores is not None),
            ("--write-baseline", request.write_baseline),
            ("--prune-baseline", request.prune_baseline),
            ("--fix", request.fix),
            ("--diff", request.diff and _STDIN not in request.paths),
        )
        if given
    ]
    if request.fix and request.diff:
        writes.remove("--fix")  # what would be fixed is shown
    if request.new_since is not None and (request.write_baseline or request.prune_baseline):
        raise StatelintError(f"{writes[0]} and --new-since cannot be combined", help="a baseline holds everything that is found")
    if len(writes) > 1:
        raise StatelintError(f"{writes[0]} and {writes[1]} cannot be combined", help="run them one after the other")
    if _STDIN not in request.paths:
        if request.stdin_filename:
            raise StatelintError("--stdin-filename needs the path `-`", help=f"statelint check --stdin-filename {request.stdin_filename} -")
        return Target(tuple(Path(path) for path in request.paths or (".",)))
    if not request.stdin_filename:
        raise StatelintError("`-` needs to know which file it stands for", help="statelint check --stdin-filename app/views.py -")
    if writes:
        raise StatelintError(f"`-` and {writes[0]} cannot be combined", help="name the file's path instead")
    file = os.path.realpath(request.stdin_filename)
    others = tuple(Path(path) for path in request.paths if path != _STDIN)
    root = find_root([file, *(os.path.realpath(path) for path in others)])
    inside = Path(file).relative_to(root).as_posix()
    return Target(others or (Path(root),), {inside: _standard_input()}, inside)


def _standard_input() -> bytes:
    """Return what standard input holds.

    Raises:
        StatelintError: it is closed, or holds more than a file may.
    """
    if sys.stdin is None:
        raise StatelintError("`-`: standard input is closed")  # None where it is
    content = sys.stdin.buffer.read(MOST_SOURCE + 1)
    if len(content) > MOST_SOURCE:
        raise StatelintError(f"`-`: larger than {MOST_SOURCE // 1024 // 1024} MiB")
    return content


def _options(request: Request) -> dict[str, Any]:
    """Return the settings among the options, by their keys; what was not given is not there."""
    given = {
        "select": list(request.select),
        "ignore": list(request.ignore),
        "extend-select": list(request.extend_select),
        "severity": levels(request.severity, "--severity"),
        "per-file-ignores": pairs(request.per_file_ignores, "--per-file-ignores"),
        "exclude": list(request.exclude),
        "extend-exclude": list(request.extend_exclude),
        "respect-gitignore": False if request.no_respect_gitignore else None,
        "fail-on": request.fail_on,
        "fail-on-unknown": list(request.fail_on_unknown),
        "allow-no-app": True if request.allow_no_app else None,
        "min-confidence": request.min_confidence,
        "baseline": request.baseline,
        "source-url": request.source_url,
        "cache-dir": request.cache_dir,
        "scaling": {"instances": request.instances} if request.instances else None,
    }
    return {key: value for key, value in given.items() if value not in (None, [], {})}


def _show_files(target: Target, settings: Settings) -> None:
    """List what would be read, with the part that each file plays."""
    from statelint.report.text import harmless  # noqa: PLC0415 - rare

    found = discover(target.paths, settings.config)
    files = [*((file.path, file.part) for file in found.sources), *((file.path, file.kind) for file in found.deploy_files)]
    rows = [(harmless(path), role) for path, role in files]
    width = max(len(path) for path, _ in rows)
    show("".join(f"{path:<{width}}  {part}\n" for path, part in rows))


def _report(request: Request, wanted: Iterable[Output], result: Result, root: Path, settings: Settings) -> None:
    """Deliver every report that is asked for."""
    for output in wanted:
        repository = repository_of(root) if output.format in READ_BY_HOSTS else root
        context = Context(
            root=repository,
            book=settings.book,
            start=current_folder(),
            colour=output.file is None and wants_colour(request.color, sys.stdout),
            width=_width(),
            show_checklist=not request.quiet,
            quiet=request.quiet,
            fold=output.file is None and sys.stdout.isatty() and not request.all,
            statistics=request.statistics,
            unsafe_fixes=request.unsafe_fixes,
            source_url=source_template(settings.config.source_url, repository.relative_to(repository_of(root)).as_posix()),
        )
        deliver(output, render(output.format, relocated(result, root.relative_to(repository).as_posix()), context), root)
    sys.stdout.flush()


def _width() -> int:
    """Return the cells of the terminal, as `shutil` tells them, which brings every kind of archive along."""
    with suppress(KeyError, ValueError):
        columns = int(os.environ["COLUMNS"])
        if columns > 0:
            return columns
    with suppress(AttributeError, ValueError, OSError):  # no standard output, or no terminal
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or _WIDTH  # type: ignore[union-attr]
    return _WIDTH
