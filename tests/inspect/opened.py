"""Projects from a dict of files, opened as a run opens them, and what decides their settings as short text."""

from __future__ import annotations

from functools import cache
from textwrap import dedent
from typing import TYPE_CHECKING

from statelint.config import Config
from statelint.engine import RunOptions, check_project, open_project
from statelint.inspect.rows.decision import span_of_option
from statelint.inspect.rows.patterns import shown
from statelint.inspect.rows.selectors import decide_setting
from statelint.rulebook.load import load_rulebook

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from statelint.engine import Analysis, LinkedProject
    from statelint.inspect.context import Context
    from statelint.rulebook.load import Rulebook


@cache
def book() -> Rulebook:
    """Return the shipped rules, read once."""
    return load_rulebook()


def _write(folder: Path, files: Mapping[str, str]) -> LinkedProject:
    (folder / ".git").mkdir(exist_ok=True)  # the project ends here
    for name, text in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(text).removeprefix("\n"))
    return open_project(RunOptions([folder], Config(), book(), jobs=1))


def opened(folder: Path, files: Mapping[str, str]) -> Context:
    """Write the files and open them as a project, with the environment that its deployment files give."""
    return _write(folder, files).context


def analysed(folder: Path, files: Mapping[str, str]) -> Analysis:
    """Write the files and run every rule over them."""
    analysis = check_project(_write(folder, files))
    failed = [diagnostic for diagnostic in analysis.diagnostics if "failed" in diagnostic.message]
    assert not failed
    return analysis


def decided(context: Context, name: str) -> list[str]:
    """Return what a setting is: `'redis' app.py:4`, with ` unless VARIABLE` and ` if CONDITION` behind it."""
    decision = decide_setting(name, context)
    found = []
    for option in decision.options if decision is not None else ():
        value = option.value
        place = span_of_option(option, context, "") if option.path else None
        text = f"{shown(value)} {place.path}:{place.line}" if place is not None else shown(value)
        if value.variable and value.kind != "env" and not value.path:
            text += f" unless {value.variable}"
        if value.choice:
            text += f" if {value.choice}"
        found.append(text)
    return found
