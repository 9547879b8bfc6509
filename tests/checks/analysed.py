"""Small projects for the checks whose reasoning is Python."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from statelint.config import Config
from statelint.engine import RunOptions, analyse
from statelint.rulebook.load import Rulebook, load_rulebook

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.engine import Analysis
    from statelint.model import Finding


@cache
def _book() -> Rulebook:
    return load_rulebook()


def analysed(folder: Path, source: dict[str, str] | str) -> Analysis:
    """Write a project, `app.py` or several files by path, and analyse it."""
    files = source if isinstance(source, dict) else {"app.py": source}
    for name, text in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    (folder / ".git").mkdir(exist_ok=True)  # the project ends here
    analysis = analyse(RunOptions([folder], Config(), _book(), cache=False, jobs=1))
    assert not [diagnostic for diagnostic in analysis.diagnostics if "failed" in diagnostic.message]
    return analysis


def found(folder: Path, source: dict[str, str] | str, code: str) -> list[Finding]:
    """Return the findings of one rule."""
    return [finding for finding in analysed(folder, source).findings if finding.code == code]


def marked(source: str) -> list[int]:
    """Return the lines that a test marks with `# here`."""
    return [number for number, line in enumerate(source.splitlines(), 1) if line.endswith("# here")]
