"""`statelint init`: after a first look, a commented configuration, a baseline and a hook; nothing is overwritten."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from statelint.cli.check import PATH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.cli.setup import Change, Plan

_SHOWN_LINES: Final = 60


@click.command(short_help="Set a project up: configuration, baseline, hook.")
@click.argument("path", default=".", metavar="[PATH]", type=PATH)
@click.option("-y", "--yes", is_flag=True, help="Write without asking.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, then stop.")
@click.option("--no-baseline", is_flag=True, help="Write no baseline: what is found now stays visible.")
@click.option("--no-hook", is_flag=True, help="Write no pre-commit hook.")
def init(*, path: str, yes: bool, dry_run: bool, no_baseline: bool, no_hook: bool) -> int:
    """Set the project at PATH up, after a first look at it.

    Writes a commented configuration, a baseline of what is found now, and a pre-commit hook. Shows all of it first; existing
    files are added to, never overwritten.
    """
    from statelint.cli.say import say  # noqa: PLC0415 - not for --help
    from statelint.cli.setup import plan  # noqa: PLC0415 - as above
    from statelint.discover import find_root  # noqa: PLC0415 - as above

    root = Path(find_root([os.path.realpath(path)]))
    planned = plan(root, baseline=not no_baseline, hook=not no_hook)
    _preview(planned)
    written = [change for change in planned.changes if change.content is not None]
    if dry_run or not (yes or _agrees(len(written))):
        say("note", "nothing was written" + ("" if sys.stdin.isatty() or dry_run else "; `statelint init --yes` writes it"))
        return 0
    _write(written, root)
    say("note", f"wrote {', '.join(change.name for change in written)}; now try `statelint check`")
    return 0


def _preview(planned: Plan) -> None:
    """Show every change on standard output."""
    from statelint.cli.outputs import show  # noqa: PLC0415 - not for --help
    from statelint.report.markdown import harmless_lines  # noqa: PLC0415 - as above

    show(f"{planned.seen}\n\n")
    for change in planned.changes:
        lines = harmless_lines(change.added.rstrip("\n")).split("\n")
        rest = len(lines) - _SHOWN_LINES
        body = "".join(f"  {line}".rstrip() + "\n" for line in lines[:_SHOWN_LINES])
        show(f"{change.what}:\n\n{body}" + (f"  ... and {rest} more lines\n" if rest > 0 else "") + "\n")


def _agrees(count: int) -> bool:
    """Ask, where somebody can answer."""
    return sys.stdin.isatty() and click.confirm(f"Write {count} file{'' if count == 1 else 's'}?", default=True)


def _write(changes: Sequence[Change], root: Path) -> None:
    from statelint.files import write_whole  # noqa: PLC0415 - not for --help

    for change in changes:
        if change.content is not None:
            write_whole(change.path, change.content, root=root)
