"""`statelint trace`: its options. What they do is in `tracing`, which is imported when the command runs."""

from __future__ import annotations

import os
from typing import Any, Final

import click

from statelint.cli.check import PATH

_FORMATS: Final = ("text", "json")


@click.command(short_help="Show what is known of a name, and why it is or is not a finding.")
@click.argument("subject", metavar="SYMBOL|PATH:LINE", required=False)
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=PATH)
@click.option(
    "--limit", type=click.IntRange(min=1), default=10, metavar="N", help="The most routes to show, or unreached functions.  [default: 10]"
)
@click.option("--unreached", is_flag=True, help="List functions that nothing reaches and that write files, keep state and so on.")
@click.option("--output-format", "form", type=click.Choice(_FORMATS), default="text", help="How to show it.  [default: text]")
@click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", help="When to use colour.  [default: auto]")
@click.option("--config", "config_file", metavar="FILE", help="Read this configuration instead of the nearest.")
@click.option("--isolated", is_flag=True, help="Read no configuration file.")
@click.option("-n", "--no-cache", is_flag=True, help="Keep nothing between runs.")
@click.option("--cache-dir", metavar="DIR", help="Where to keep summaries between runs.  [default: the user's cache folder]")
@click.option("-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to read files with.  [default: as many as pay off]")
@click.option("--no-progress", is_flag=True, help="Show no progress bar.")
def trace(**given: Any) -> int:
    """Show how long a value lives, who changes and reads it, every route to that, and why it is or is not a finding.

    SYMBOL is the name of a global, an attribute, a function or a class, as long as it takes to be clear: `jobs`,
    `JobStore._jobs`, `app.tasks.jobs`, `app.state.jobs`. PATH:LINE is a place where something is made, changed or defined.
    PATHS are files or folders of one project, the current folder when none is given.

    With --unreached there are PATHS alone. It tells how many functions of each program an entry point reaches, and which of the others
    write files, keep state, start work or open connections, each with the nearest thing on the way that is not understood.

    Exit status: 0 it was found, whether or not there is a finding; 2 nothing has that name, or wrong usage.
    """
    if given["unreached"]:
        given |= {"subject": "", "paths": (*((given["subject"],) if given["subject"] else ()), *given["paths"])}
        missing = [path for path in given["paths"] if not os.path.lexists(path)]
        if missing:
            raise click.UsageError(f"{missing[0]} does not exist; with --unreached there are only paths")
    elif not given["subject"]:
        raise click.UsageError("name a SYMBOL or PATH:LINE, or give --unreached")
    from statelint.cli.tracing import Request, run  # noqa: PLC0415 - everything slow is behind it

    return run(Request(**given))
