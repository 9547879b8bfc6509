"""Link a project of a few files that stand in the test itself."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from statelint.config import Config
from statelint.discover import discover
from statelint.engine import link
from statelint.rulebook.load import load_rulebook

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from statelint.program.program import Program
    from statelint.rulebook.load import Rulebook


@cache
def book() -> Rulebook:
    """The rule set of this checkout."""
    return load_rulebook()


def linked(folder: Path, files: Mapping[str, str]) -> Program:
    """Write the files below a folder and link them."""
    (folder / ".git").mkdir()  # the project ends here
    for name, text in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.removeprefix("\n"))
    program, *_ = link(discover([folder], Config()), Config(), book(), jobs=1, cache=False)
    return program
