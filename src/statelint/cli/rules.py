"""`statelint rules` and `statelint rule`: what is checked, and the page of one rule."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from statelint.configuration import Settings
    from statelint.rulebook.load import Rulebook
    from statelint.rulebook.schema import Rule

_FORMATS: Final = ("text", "json", "markdown")
_COLOURS: Final = ("auto", "always", "never")
_format = click.option("--output-format", "form", type=click.Choice(_FORMATS), default="text", help="How to show it.  [default: text]")
_color = click.option("--color", type=click.Choice(_COLOURS), default="auto", help="When to use colour.  [default: auto]")
_config = click.option("--config", "config_file", metavar="FILE", help="Read this configuration, for its `extend-rules`.")
_isolated = click.option("--isolated", is_flag=True, help="Read no configuration file.")


@click.command(short_help="List every rule.")
@_format
@_color
@_config
@_isolated
def rules(*, form: str, color: str, config_file: str | None, isolated: bool) -> None:
    """List every rule; as Markdown with the libraries that each knows."""
    from statelint.report import rule_page as explain  # noqa: PLC0415 - not for --help

    book = _settings(config_file, isolated=isolated).book
    if form == "json":
        _show_json([explain.as_data(rule) for rule in book.rules])
    elif form == "markdown":
        _show(explain.table_markdown(book))
    else:
        _show(explain.table_text(book, colour=_colour(color)))


def _codes(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete codes and names."""
    del ctx
    return [word for word in rule_words() if word.lower().startswith(incomplete.lower())]


def rule_words() -> list[str]:
    """Return the codes and names of all rules, each beside the other."""
    return [word for rule in _settings(None, isolated=True).book.rules for word in (rule.code, rule.name)]


@click.command(short_help="Explain a rule: why, and how to repair it.")
@click.argument("wanted", nargs=-1, metavar="CODE|NAME...", shell_complete=_codes)
@click.option("--all", "every", is_flag=True, help="Explain every rule.")
@click.option("--examples", is_flag=True, help="Show every example, and the repair for each library.")
@_format
@_color
@_config
@_isolated
def rule(*, wanted: tuple[str, ...], every: bool, examples: bool, form: str, color: str, config_file: str | None, isolated: bool) -> None:
    """Explain rules by CODE or NAME: why it matters, how to repair it, examples, and what it does not see.

    A page fits 60 lines; --examples, Markdown and JSON have everything.

    Inside a project, the repairs for the libraries that it uses come first.
    """
    from statelint.discover import find_root  # noqa: PLC0415 - as above
    from statelint.report import rule_page as explain  # noqa: PLC0415 - not for --help
    from statelint.report.links import rule_url  # noqa: PLC0415 - as above

    book = _settings(config_file, isolated=isolated).book
    chosen = book.rules if every else tuple(_find(word, book) for word in wanted)
    if not chosen:
        raise click.UsageError("name a rule by its code or name, or say --all; `statelint rules` lists them", click.get_current_context())
    found = explain.packages_named_in(Path(find_root([os.path.realpath(".")])), book)
    if form == "json":
        data = [explain.as_data(one, found) for one in chosen]
        _show_json(data if every or len(data) > 1 else data[0])
    elif form == "markdown":
        _show("\n".join(explain.as_markdown(one, found) for one in chosen))
    else:
        width, colour = shutil.get_terminal_size((100, 24)).columns, _colour(color)
        if examples:
            pages = [explain.as_text(one, found, colour=colour, width=width) for one in chosen]
        else:
            pages = [explain.as_brief(one, found, url=rule_url(one.code, book), colour=colour, width=width) for one in chosen]
        _show("\n\n".join(pages))


def _find(word: str, book: Rulebook) -> Rule:
    from statelint.errors import StatelintError  # noqa: PLC0415 - not for --help
    from statelint.suggest import did_you_mean  # noqa: PLC0415 - as above

    found = book.rule(word)
    if found is None:
        options = [option for known in book.rules for option in (known.code, known.name)]
        raise StatelintError(f"no rule is called {word!r}{did_you_mean(word, options)}", help="`statelint rules` lists every code and name")
    return found


def _settings(config_file: str | None, *, isolated: bool) -> Settings:
    """Read the configuration of the current folder, because it can add rules."""
    from statelint.configuration import load_settings  # noqa: PLC0415 - not for --help
    from statelint.files import current_folder  # noqa: PLC0415 - as above

    return load_settings(current_folder(), explicit=Path(config_file) if config_file else None, isolated=isolated, environ=os.environ)


def _colour(choice: str) -> bool:
    from statelint.cli.say import wants_colour  # noqa: PLC0415 - beside its use

    return wants_colour(choice, sys.stdout)


def _show(text: str) -> None:
    from statelint.cli.outputs import show  # noqa: PLC0415 - beside its use

    show(text)


def _show_json(data: object) -> None:
    _show(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
