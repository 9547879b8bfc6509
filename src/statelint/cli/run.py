"""One run of `check`, from options to exit status: a page that reads in order."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from statelint import programs
from statelint.checked import Asked, Checked, check_programs, joined
from statelint.cli.outputs import deliver, outputs, show
from statelint.cli.progress import progress
from statelint.cli.say import say, say_error, wants_colour
from statelint.configuration import Settings, load_settings
from statelint.configuration.environment import levels, misspelt, pairs
from statelint.configuration.files import shown
from statelint.discover import discover, find_root
from statelint.errors import StatelintError
from statelint.files import current_folder, write_whole
from statelint.files.read import MOST_SOURCE
from statelint.model import FailedCheck
from statelint.report import Context, render
from statelint.report.markdown import harmless_lines
from statelint.report.relocate import READ_BY_HOSTS, relocated, repository_of
from statelint.report.text import harmless
from statelint.verdict.baseline import Entry, baseline_text, entries_for, read_baseline
from statelint.verdict.judge import Judgement, fails, still_open

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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
    severity: tuple[str, ...]
    exclude: tuple[str, ...]
    extend_exclude: tuple[str, ...]
    no_respect_gitignore: bool
    formats: tuple[str, ...]
    files: tuple[str, ...]
    fail_on: str | None
    fail_on_unknown: tuple[str, ...]
    allow_no_app: bool
    min_confidence: str | None
    exit_zero: bool
    quiet: bool
    all: bool
    statistics: bool
    color: str
    program: str | None
    config_file: str | None
    isolated: bool
    baseline: str | None
    new_since: str | None
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
    settings = _loader(request, target.paths)(target.paths[0])
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
    load = _loader(request, target.paths, settings)
    with progress(wanted=not (request.no_progress or request.quiet)) as tell:
        options = {"overlay": target.overlay, "jobs": request.jobs, "progress": tell}
        asked = Asked(target.paths, settings, load, lambda one: _baseline(request, one), request.program or "", target.only, options)
        parts = check_programs(asked)
        root = Path(parts[0].part.analysis.root)
        before = _before(request, asked, root)
    _warn(settings, parts)
    if target.only is not None and all(source.path != target.only for part in parts for source in part.part.analysis.sources):
        say("warning", f"{target.only} is not among the files that are read, so nothing is said about it")
    judgement = joined(parts)
    if before is not None:
        from statelint.cli.since import counted, only_new  # noqa: PLC0415 - rare

        parts = only_new(parts, before, root)
        judgement = counted(joined(parts), judgement)
    status = _deliver(request, settings, wanted, judgement, parts)
    return FAULT if _tell_failures(judgement.result.diagnostics) else status


def _deliver(request: Request, settings: Settings, wanted: Sequence[Output], judgement: Judgement, parts: Sequence[Checked]) -> int:
    """Write what is asked for, comments, a baseline or reports, and return the exit status."""
    root = Path(judgement.result.project.root)
    if request.add_ignores is not None:
        from statelint.cli.ignores import add  # noqa: PLC0415 - rare

        return add(judgement.result.findings, root, settings, request.add_ignores)
    if request.write_baseline:
        return _write_baseline(Path(request.write_baseline), judgement)
    if request.prune_baseline:
        judgement = _pruned(judgement, parts)
    _report(request, wanted, judgement.result, root, settings)
    seen = sys.stdout.isatty() and any(output.file is None for output in wanted)
    if not (seen or request.quiet):
        _summarise(judgement.result.diagnostics[: len(judgement.result.diagnostics) - len(judgement.stale)])
    return _status(request, parts, judgement)


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


def _warn(settings: Settings, parts: Sequence[Checked]) -> None:
    """Say what the settings of programs ask for and do not get, and which keys of a folder's are about the whole program."""
    for warning in dict.fromkeys(warning for one in parts for warning in one.settings.warnings if warning not in settings.warnings):
        say("warning", warning)
    for folder in {name: inner for one in parts for name, inner in one.nested}.values():
        keys = programs.without_say(folder)
        if keys and folder.file is not None:
            say("warning", f"{shown(folder.file)}: {', '.join(keys)} of a folder within a program does not count; set it for the program")


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


def _before(request: Request, asked: Asked, root: Path) -> tuple[Entry, ...] | None:
    """Return what an earlier version had already, where one is named."""
    if request.new_since is None:
        return None
    from statelint.cli.since import found_before  # noqa: PLC0415 - rare, and it runs git

    return found_before(request.new_since, asked, root)


def _write_baseline(path: Path, judgement: Judgement) -> int:
    entries = entries_for(judgement.result.findings)
    write_whole(path, baseline_text(entries), root=Path(judgement.result.project.root))
    say("note", f"wrote {_count(len(entries), 'finding')} to {shown(path)}; use it with --baseline {shown(path)}")
    return 0


def _pruned(judgement: Judgement, parts: Sequence[Checked]) -> Judgement:
    """Remove the stale entries from the files, and from what is reported."""
    root = Path(judgement.result.project.root)
    for name, baseline in {one.part.baseline: one.baseline for one in parts if one.part.baseline is not None}.items():
        path, gone = Path(name), [entry for entry in baseline if entry in judgement.stale]
        if gone:
            write_whole(path, baseline_text(entry for entry in baseline if entry not in judgement.stale), root=root)
        say("note", f"removed {_count(len(gone), 'entry', 'entries')} from {shown(path)}")
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
            start=current_folder(),
            colour=output.file is None and wants_colour(request.color, sys.stdout),
            width=shutil.get_terminal_size((100, 24)).columns,
            show_checklist=not request.quiet,
            quiet=request.quiet,
            fold=output.file is None and sys.stdout.isatty() and not request.all,
            statistics=request.statistics,
        )
        deliver(output, render(output.format, relocated(result, root.relative_to(repository).as_posix()), context), root)
    sys.stdout.flush()


def _status(request: Request, parts: Sequence[Checked], judgement: Judgement) -> int:
    """Decide on the exit status, and say what makes it other than 0 where the report does not.

    Raises:
        StatelintError: no web application was found, and that is not accepted.
    """
    if not any(_has_application(one) or one.settings.config.allow_no_app for one in parts):
        raise _no_application(judgement.result)
    undecided = [name for one in parts for name in _undecided(one)]
    if undecided and not request.exit_zero:
        say_error(
            f"{_count(len(undecided), 'item')} of those that have to be decided {'is' if len(undecided) == 1 else 'are'} UNKNOWN: "
            + ", ".join(undecided),
            "the checklist says what is open and where",
        )
    stale = len(judgement.stale)
    if stale:
        names = ", ".join(dict.fromkeys(shown(Path(one.part.baseline)) for one in parts if one.part.baseline))
        say_error(
            f"{names}: {_count(stale, 'entry', 'entries')} not found any more: "
            + ", ".join(f"{entry.code} {entry.symbol} in {entry.path}" for entry in judgement.stale),
            "`statelint check --prune-baseline` removes them",
        )
    if request.exit_zero:
        return 0
    failing = any(fails(one.part.judgement.result, one.settings.config.fail_on, one.nested) for one in parts)
    return FOUND if stale or undecided or failing else 0


def _has_application(one: Checked) -> bool:
    """Tell whether there is something to check; a library need not be an application."""
    return one.part.analysis.has_web or one.part.analysis.persona == "library"


def _undecided(one: Checked) -> list[str]:
    """Return the items that have to be decided and are not, with the program where there are several."""
    prefix = f"{one.part.name}: " if one.part.name else ""
    return [prefix + item for item in still_open(one.part.judgement.result, one.settings.config.fail_on_unknown)]


def _no_application(result: Result) -> StatelintError:
    """Return what to say where nothing serves requests: a check of the wrong folder must not be green."""
    files = _count(result.project.files, "file")
    return StatelintError(
        f"no web application was found in {files}, so nothing was decided",
        help='name its folder, or what requests reach: `entry-points = ["app.hooks:on_message"]`; --allow-no-app if there is none',
    )


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
