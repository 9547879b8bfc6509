"""`statelint check`: its options. What they do is in `run`, which is imported when the command runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

_C = TypeVar("_C", bound="Callable[..., Any]")

FORMATS: Final = ("full", "concise", "grouped", "json", "jsonl", "sarif", "github", "gitlab", "junit", "markdown", "agent", "html")
"""The names of the report's formats, here too so that `--help` imports no report; a test compares them."""
_SEVERITIES: Final = ("error", "warning", "note")
_CONFIDENCES: Final = ("high", "medium", "low")
PATH: Final = click.Path(readable=False)
"""A path that shells complete; whether it is there and can be read is for those to say who open it."""


class _Check(click.Command):
    """Options of which some take a value only behind `=`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let these options stand alone without taking the next word, a path, for their value."""
        alone = {"--add-ignores": "--add-ignores=", "--fail-on-unknown": "--fail-on-unknown=ALL"}
        end = args.index("--") if "--" in args else len(args)
        words = [alone.get(word, word) for word in args[:end]]
        return super().parse_args(ctx, words + args[end:])


def _selectors(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Divide values at commas."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _formats(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in FORMATS if name.startswith(incomplete)]


def _rules(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Complete the last of several selectors."""
    from statelint.cli.rules import rule_words  # noqa: PLC0415 - not for --help
    from statelint.model import ITEM_KEYS  # noqa: PLC0415 - as above

    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{word}" for word in ("ALL", *ITEM_KEYS, *rule_words()) if word.lower().startswith(last.lower())]


def _items(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Complete the last of several items."""
    from statelint.model import ITEM_KEYS  # noqa: PLC0415 - not for --help

    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{key}" for key in ("ALL", *ITEM_KEYS) if key.startswith(last)]


def _list_option(*names: str, help: str, metavar: str = "RULES") -> Callable[[_C], _C]:  # noqa: A002 - click's word
    complete = _rules if metavar == "RULES" else None
    return click.option(*names, multiple=True, callback=_selectors, metavar=metavar, help=help, shell_complete=complete)


@click.command(cls=_Check, short_help="Check a project; this is the command to begin with.")
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=PATH)
@_list_option("--select", help="Report these rules only: codes, prefixes, names, checklist items or ALL, divided by commas.")
@_list_option("--ignore", help="Leave these rules out.")
@_list_option("--extend-select", help="Report these rules too.")
@_list_option("--per-file-ignores", help="Leave a rule out in files that match: PATTERN:RULE.", metavar="PATTERN:RULE")
@_list_option("--severity", help="Report a rule as error, warning or note, or turn it off: RULE:SEVERITY.", metavar="RULE:SEVERITY")
@_list_option("--exclude", help="Do not read these paths, instead of the built-in list.", metavar="PATTERNS")
@_list_option("--extend-exclude", help="Do not read these paths either.", metavar="PATTERNS")
@click.option("--no-respect-gitignore", is_flag=True, help="Read what .gitignore leaves out, too.")
@click.option(
    "--output-format",
    "formats",
    multiple=True,
    metavar="FORMAT[:FILE]",
    shell_complete=_formats,
    help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}; may be repeated, with a file for all but one.",
)
@click.option(
    "-o", "--output-file", "files", multiple=True, type=PATH, metavar="FILE", help="Write the report (of the format without a file) there."
)
@click.option("--source-url", metavar="URL", help="Link places in HTML and Markdown to the sources there: https://github.com/O/N/blob/SHA.")
@click.option("--fail-on", type=click.Choice(_SEVERITIES), help="The least severity that makes the exit status 1.  [default: warning]")
@click.option(
    "--fail-on-unknown",
    multiple=True,
    callback=_selectors,
    metavar="[=ITEMS]",
    shell_complete=_items,
    help="Exit with 1 where one of these items, or any, is UNKNOWN.",
)
@click.option("--allow-no-app", is_flag=True, help="Accept that no web application is found.")
@click.option("--min-confidence", type=click.Choice(_CONFIDENCES), help="The least confidence that is reported.  [default: low]")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 in spite of findings.")
@click.option("-q", "--quiet", is_flag=True, help="Findings only: no checklist, no summary.")
@click.option("--all", is_flag=True, help="Show every finding on the terminal, however many there are.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule instead of listing them.")
@click.option("--fix", is_flag=True, help="Mend what can be mended without a change for one instance, and report the rest.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing; exit with 1 if there is anything.")
@click.option("--unsafe-fixes", is_flag=True, help="Take fixes, too, that may change what one instance does, and add what they need.")
@click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", help="When to use colour.  [default: auto]")
@click.option("--program", metavar="NAME", help="Of a repository with several programs, check this one alone.")
@click.option("--config", "config_file", type=PATH, metavar="FILE", help="Read this configuration instead of the nearest.")
@click.option("--isolated", is_flag=True, help="Read no configuration file.")
@click.option("--baseline", type=PATH, metavar="FILE", help="Count the findings in this file, do not show them.")
@click.option("--new-since", metavar="REF", help="Show only what the version at the git ref REF did not have: what a branch adds.")
@click.option("--write-baseline", type=PATH, metavar="FILE", help="Write what is found now into FILE.")
@click.option("--prune-baseline", is_flag=True, help="Remove from the baseline what is not found any more.")
@click.option("--add-ignores", metavar="[=REASON]", help="Write a comment that silences it beside each finding.")
@click.option("--instances", type=click.IntRange(min=1), metavar="N", help="How many instances run, where no file says so.")
@click.option("--stdin-filename", type=PATH, metavar="FILE", help="With `-`: the file whose content comes from standard input.")
@click.option("-n", "--no-cache", is_flag=True, help="Keep nothing between runs.")
@click.option("--cache-dir", type=PATH, metavar="DIR", help="Where to keep results between runs.  [default: the user's cache folder]")
@click.option("-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to read files with.  [default: as many as pay off]")
@click.option("-v", "--verbose", is_flag=True, help="Say on standard error what is analysed, and why, or that nothing has changed.")
@click.option("--timing", is_flag=True, help="Say on standard error how long each step and check took.")
@click.option("--no-progress", is_flag=True, help="Show no progress bar.")
@click.option("--show-settings", is_flag=True, help="Show every setting and where it comes from, then stop.")
@click.option("--show-files", is_flag=True, help="Show the files that would be read, then stop.")
def check(**given: Any) -> int:
    """Check a project for state that a second instance would not share.

    PATHS are files or folders, the current folder when none is given, or `-` for one file's content on standard input. A repository of
    several programs is checked program by program; `statelint programs` lists them.

    Exit status: 0 nothing at or above --fail-on; 1 findings, a stale baseline or an item that --fail-on-unknown names; 2 wrong usage or
    configuration, no web application, or a failed check.
    """
    from statelint.cli.request import Request  # noqa: PLC0415 - everything slow is behind it
    from statelint.cli.run import run  # noqa: PLC0415 - as above

    return run(Request(**given))
