"""One run of `check`, from options to exit status: a page that reads in order."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from statelint import engine
from statelint.cli.outputs import deliver, outputs, show
from statelint.cli.progress import progress
from statelint.cli.say import say, say_error, wants_colour
from statelint.configuration import Settings, load_settings
from statelint.configuration.environment import misspelt, pairs
from statelint.configuration.files import shown
from statelint.discover import discover, find_root
from statelint.errors import StatelintError
from statelint.files import write_whole
from statelint.files.read import MOST_SOURCE
from statelint.model import FailedCheck
from statelint.report import Context, render
from statelint.report.markdown import harmless_lines
from statelint.report.relocate import READ_BY_HOSTS, relocated, repository_of
from statelint.report.text import harmless
from statelint.verdict.baseline import Entry, baseline_text, entries_for, read_baseline
from statelint.verdict.judge import Judgement, fails, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statelint.cli.outputs import Output
    from statelint.model import Diagnostic, Result

FOUND: Final = 1
FAULT: Final = 2
_STDIN: Final = "-"
_MOST_DIAGNOSTICS: Final = 5
"""How many are named on standard error; the report has them all."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the options say, as they were given."""

    paths: tuple[str, ...]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    extend_select: tuple[str, ...]
    per_file_ignores: tuple[str, ...]
    exclude: tuple[str, ...]
    extend_exclude: tuple[str, ...]
    no_respect_gitignore: bool
    formats: tuple[str, ...]
    files: tuple[str, ...]
    fail_on: str | None
    min_confidence: str | None
    exit_zero: bool
    quiet: bool
    statistics: bool
    color: str
    config_file: str | None
    isolated: bool
    baseline: str | None
    write_baseline: str | None
    prune_baseline: bool
    add_ignores: str | None
    instances: int | None
    stdin_filename: str | None
    no_cache: bool
    cache_dir: str | None
    jobs: int | None
    no_progress: bool
    show_settings: bool
    show_files: bool


class Target(msgspec.Struct, frozen=True):
    """What is analysed: paths, and content that stands for one of the files."""

    paths: tuple[Path, ...]
    overlay: dict[str, bytes] = {}
    """Contents by path below the root."""
    only: str | None = None


def run(request: Request) -> int:
    """Check what is asked for and return the exit status.

    Raises:
        StatelintError: wrong usage or configuration, or nothing to check.
    """
    target = _target(request)
    settings = load_settings(
        target.paths[0],
        explicit=Path(request.config_file) if request.config_file else None,
        isolated=request.isolated,
        environ=os.environ,
        options=_options(request),
        paths=target.paths,
        keep=not request.no_cache,
    )
    for warning in settings.warnings:
        say("warning", warning)
    for variable, meant in misspelt(os.environ):
        say("warning", f"the variable {variable} is not read; did you mean {meant}?")
    if request.show_settings:
        from statelint.cli.settings import settings_text  # noqa: PLC0415 - rare

        show(harmless_lines(settings_text(settings)))
        return 0
    if request.show_files:
        _show_files(target, settings)
        return 0
    wanted = outputs(request.formats, request.files, settings.config.output_format)
    baseline = _baseline(request, settings)
    with progress(wanted=not (request.no_progress or request.quiet)) as tell:
        options = engine.RunOptions(
            target.paths,
            settings.config,
            settings.book,
            overlay=target.overlay,
            jobs=request.jobs,
            store=settings.cache,
            progress=tell,
        )
        analysis = engine.analyse(options)
    if target.only is not None and all(source.path != target.only for source in analysis.sources):
        say("warning", f"{target.only} is not among the files that are read, so nothing is said about it")
    judgement = judge(
        analysis,
        settings.config,
        settings.book,
        baseline,
        chosen=settings.selected,
        base=settings.base,
        overlay=target.overlay,
        only=target.only,
    )
    status = _deliver(request, settings, wanted, judgement, baseline)
    return FAULT if _tell_failures(judgement.result.diagnostics) else status


def _deliver(request: Request, settings: Settings, wanted: Sequence[Output], judgement: Judgement, baseline: tuple[Entry, ...]) -> int:
    """Write what is asked for, comments, a baseline or reports, and return the exit status."""
    root = Path(judgement.result.project.root)
    if request.add_ignores is not None:
        from statelint.cli.ignores import add  # noqa: PLC0415 - rare

        return add(judgement.result.findings, root, settings, request.add_ignores)
    if request.write_baseline:
        return _write_baseline(Path(request.write_baseline), judgement)
    if request.prune_baseline:
        judgement = _pruned(judgement, baseline, settings)
    _report(request, wanted, judgement.result, root, settings)
    seen = sys.stdout.isatty() and any(output.file is None for output in wanted)
    if not (seen or request.quiet):
        _summarise(judgement.result.diagnostics[: len(judgement.result.diagnostics) - len(judgement.stale)])
    return _status(request, settings, judgement)


def _tell_failures(diagnostics: Iterable[Diagnostic]) -> bool:
    """Say last, behind the whole report, that it is incomplete; whether it is."""
    failed = [diagnostic.message for diagnostic in diagnostics if isinstance(diagnostic, FailedCheck)]
    for message in failed:
        say_error(message)
    if failed:
        say_error("the report is incomplete", "this is a fault of statelint: please report the line above, with STATELINT_DEBUG=1")
    return bool(failed)


def _target(request: Request) -> Target:
    """Return what is to be analysed; `-` is the content of `--stdin-filename`, seen within its project."""
    writes = [
        name
        for name, given in (
            ("--add-ignores", request.add_ignores is not None),
            ("--write-baseline", request.write_baseline),
            ("--prune-baseline", request.prune_baseline),
        )
        if given
    ]
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
        "per-file-ignores": pairs(request.per_file_ignores, "--per-file-ignores"),
        "exclude": list(request.exclude),
        "extend-exclude": list(request.extend_exclude),
        "respect-gitignore": False if request.no_respect_gitignore else None,
        "fail-on": request.fail_on,
        "min-confidence": request.min_confidence,
        "baseline": request.baseline,
        "cache-dir": request.cache_dir,
        "scaling": {"instances": request.instances} if request.instances else None,
    }
    return {key: value for key, value in given.items() if value not in (None, [], {})}


def _show_files(target: Target, settings: Settings) -> None:
    """List what would be read, with the part that each file plays."""
    found = discover(target.paths, settings.config)
    files = [*((file.path, file.part) for file in found.sources), *((file.path, file.kind) for file in found.deploy_files)]
    rows = [(harmless(path), role) for path, role in files]
    width = max(len(path) for path, _ in rows)
    show("".join(f"{path:<{width}}  {part}\n" for path, part in rows))


def _baseline(request: Request, settings: Settings) -> tuple[Entry, ...]:
    """Read the baseline, if there is one; one that is about to be written need not be there."""
    path = settings.config.baseline
    if request.write_baseline:
        return ()
    if path is None:
        if request.prune_baseline:
            raise StatelintError("--prune-baseline: there is no baseline to prune", help="name it with --baseline FILE")
        return ()
    return read_baseline(Path(path), shown(Path(path)))


def _write_baseline(path: Path, judgement: Judgement) -> int:
    entries = entries_for(judgement.result.findings)
    write_whole(path, baseline_text(entries), root=Path(judgement.result.project.root))
    say("note", f"wrote {_count(len(entries), 'finding')} to {shown(path)}; use it with --baseline {shown(path)}")
    return 0


def _pruned(judgement: Judgement, baseline: tuple[Entry, ...], settings: Settings) -> Judgement:
    """Remove the stale entries from the file, and from what is reported."""
    path, root = Path(settings.config.baseline or ""), Path(judgement.result.project.root)
    if judgement.stale:
        write_whole(path, baseline_text(entry for entry in baseline if entry not in judgement.stale), root=root)
    say("note", f"removed {_count(len(judgement.stale), 'entry', 'entries')} from {shown(path)}")
    count = len(judgement.result.diagnostics) - len(judgement.stale)
    result = msgspec.structs.replace(judgement.result, diagnostics=judgement.result.diagnostics[:count])
    return msgspec.structs.replace(judgement, result=result, stale=())


def _report(request: Request, wanted: Iterable[Output], result: Result, root: Path, settings: Settings) -> None:
    """Deliver every report that is asked for."""
    for output in wanted:
        repository = repository_of(root) if output.format in READ_BY_HOSTS else root
        context = Context(
            root=repository,
            book=settings.book,
            colour=output.file is None and wants_colour(request.color, sys.stdout),
            width=shutil.get_terminal_size((100, 24)).columns,
            show_checklist=not request.quiet,
            quiet=request.quiet,
            statistics=request.statistics,
        )
        deliver(output, render(output.format, relocated(result, root.relative_to(repository).as_posix()), context), root)
    sys.stdout.flush()


def _status(request: Request, settings: Settings, judgement: Judgement) -> int:
    """Decide on the exit status, and name the entries of a baseline that make it 1."""
    stale = len(judgement.stale)
    if stale:
        name = shown(Path(settings.config.baseline or ""))
        say_error(
            f"{name}: {_count(stale, 'entry', 'entries')} not found any more: "
            + ", ".join(f"{entry.code} {entry.symbol} in {entry.path}" for entry in judgement.stale),
            "`statelint check --prune-baseline` removes them",
        )
    if request.exit_zero:
        return 0
    return FOUND if stale or fails(judgement.result, settings.config.fail_on) else 0


def _summarise(diagnostics: tuple[Diagnostic, ...]) -> None:
    """Name the first diagnostics and count the rest, for somebody who does not have the report before their eyes."""
    for diagnostic in diagnostics[:_MOST_DIAGNOSTICS]:
        place = f"{diagnostic.path}:{diagnostic.line}" if diagnostic.line else diagnostic.path
        say("warning", f"{place}: {diagnostic.message}" if place else diagnostic.message)
    rest = len(diagnostics) - _MOST_DIAGNOSTICS
    if rest > 0:
        say("warning", f"and {rest} more; the report names them all")


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
