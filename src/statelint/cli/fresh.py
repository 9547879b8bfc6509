"""A run of `check` that analyses: everything slow is imported here, and not where the last result still holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from statelint import programs
from statelint.checked import Asked, check_programs, joined, with_fixes
from statelint.cli.fixing import State, Wish
from statelint.cli.outcome import Outcome, counted
from statelint.cli.say import say
from statelint.configuration.files import shown
from statelint.errors import StatelintError
from statelint.files import write_whole
from statelint.verdict.baseline import Entry, baseline_text, entries_for, read_baseline
from statelint.verdict.judge import fails, still_open

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from statelint.checked import Checked
    from statelint.cli.request import Request, Target
    from statelint.configuration import Settings
    from statelint.verdict.judge import Judgement


def analysed(
    request: Request, target: Target, settings: Settings, load: Callable[[Path], Settings], options: Mapping[str, Any]
) -> tuple[State, Wish]:
    """Check what is asked for, as if nothing were kept, and return with it how to fix it; `options` are further fields of `RunOptions`.

    Raises:
        StatelintError: wrong usage or configuration, or nothing to check.
    """
    asked = Asked(target.paths, settings, load, lambda one: _baseline(request, one), request.program or "", target.only, options)
    parts = check_programs(asked)
    root = Path(parts[0].part.analysis.root)
    if target.only is not None and all(source.path != target.only for part in parts for source in part.part.analysis.sources):
        say("warning", f"{target.only} is not among the files that are read, so nothing is said about it")
    before: tuple[Entry, ...] | None = None
    if request.new_since is not None:
        from statelint.cli.since import found_before  # noqa: PLC0415 - rare, and it runs git

        before = found_before(request.new_since, asked, root)
    return _judged(parts, before, root), Wish(asked, lambda again: _judged(check_programs(again), before, root), request.unsafe_fixes)


def _judged(parts: tuple[Checked, ...], before: tuple[Entry, ...] | None, root: Path) -> State:
    """Return the programs and the judgement on all together, without what an earlier version had."""
    judgement = joined(parts)
    if before is None:
        return State(parts, judgement)
    from statelint.cli.since import counted as with_earlier  # noqa: PLC0415 - rare, and it runs git
    from statelint.cli.since import only_new  # noqa: PLC0415 - as above

    parts = only_new(parts, before, root)
    return State(parts, with_earlier(joined(parts), judgement))


def with_offers(state: State, asked: Asked) -> State:
    """Return what was found with the fix of each finding that has one."""
    tell = asked.options.get("progress")
    if tell is not None:
        tell("fix", 0, 0)
    judgement, _ = with_fixes(state.parts, state.judgement, asked.options.get("overlay"))
    return State(state.parts, judgement)


def outcome_of(judgement: Judgement, parts: Sequence[Checked], settings: Settings) -> Outcome:
    """Return what reports, exit status and standard error are made of."""
    return Outcome(
        result=judgement.result,
        warnings=tuple(warnings(settings, parts)),
        has_application=any(_has_application(one) or one.settings.config.allow_no_app for one in parts),
        undecided=tuple(name for one in parts for name in _undecided(one)),
        stale=tuple(f"{entry.code} {entry.symbol} in {entry.path}" for entry in judgement.stale),
        baselines=tuple(dict.fromkeys(shown(Path(one.part.baseline)) for one in parts if one.part.baseline)),
        fails=any(fails(one.part.judgement.result, one.settings.config.fail_on, one.nested) for one in parts),
    )


def warnings(settings: Settings, parts: Sequence[Checked]) -> list[str]:
    """Return what the settings of programs ask for and do not get, and which keys of a folder's are about the whole program."""
    found = [warning for one in parts for warning in one.settings.warnings if warning not in settings.warnings]
    for folder in {name: inner for one in parts for name, inner in one.nested}.values():
        keys = programs.without_say(folder)
        if keys and folder.file is not None:
            found.append(f"{shown(folder.file)}: {', '.join(keys)} of a folder within a program does not count; set it for the program")
    return list(dict.fromkeys(found))


def _has_application(one: Checked) -> bool:
    """Tell whether there is something to check; a library need not be an application."""
    return one.part.analysis.has_web or one.part.analysis.persona == "library"


def _undecided(one: Checked) -> list[str]:
    """Return the items that have to be decided and are not, with the program where there are several."""
    prefix = f"{one.part.name}: " if one.part.name else ""
    return [prefix + item for item in still_open(one.part.judgement.result, one.settings.config.fail_on_unknown)]


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


def write_baseline(path: Path, judgement: Judgement) -> int:
    """Write what was found into a file and return the exit status."""
    entries = entries_for(judgement.result.findings)
    write_whole(path, baseline_text(entries), root=Path(judgement.result.project.root))
    say("note", f"wrote {counted(len(entries), 'finding')} to {shown(path)}; use it with --baseline {shown(path)}")
    return 0


def pruned(judgement: Judgement, parts: Sequence[Checked]) -> Judgement:
    """Remove the stale entries from the files, and from what is reported."""
    root = Path(judgement.result.project.root)
    for name, baseline in {one.part.baseline: one.baseline for one in parts if one.part.baseline is not None}.items():
        path, gone = Path(name), [entry for entry in baseline if entry in judgement.stale]
        if gone:
            write_whole(path, baseline_text(entry for entry in baseline if entry not in judgement.stale), root=root)
        say("note", f"removed {counted(len(gone), 'entry', 'entries')} from {shown(path)}")
    count = len(judgement.result.diagnostics) - len(judgement.stale)
    result = msgspec.structs.replace(judgement.result, diagnostics=judgement.result.diagnostics[:count])
    return msgspec.structs.replace(judgement, result=result, stale=())
