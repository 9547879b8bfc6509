"""What a renderer is told besides the result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from statelint.rulebook.load import Rulebook

if TYPE_CHECKING:
    from statelint.model import Result


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """How a result is to be shown. Formats that have no use for a field leave it alone."""

    root: Path
    """The project root, from which sources are quoted."""
    book: Rulebook
    """Where the rules' own words come from; a finding of a rule that it lacks is shown without them."""
    start: Path | None = None
    """The folder that the run was started in: JSON tells the root relative to it, None leaves the root as it is."""
    colour: bool = False
    width: int = 100
    """Cells of the terminal; longer prose wraps, longer source lines are clipped."""
    show_checklist: bool = True
    """Without it, SARIF and JUnit hold violations alone: some readers, GitHub's code scanning among them, take every result for one."""
    quiet: bool = False
    """Findings and diagnostics only: no summary in texts for people. JSON is always whole."""
    fold: bool = False
    """Of many findings the full text shows those to begin with, and says how to see the rest: for somebody before a terminal."""
    unsafe_fixes: bool = False
    """Fixes that may change what one instance does are wanted, too: they are marked as safe ones are."""
    source_url: str = ""
    """Where a line of source can be looked at: a URL with `{path}` and `{line}`; "" makes no links."""
    statistics: bool = False
    """Text formats count the findings of each rule instead of listing them."""


class Renderer(Protocol):
    """A format."""

    def __call__(self, result: Result, context: Context) -> str:
        """Return the whole report, ending in a newline unless it is empty."""
