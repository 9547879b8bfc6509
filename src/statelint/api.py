"""`statelint.check`: the command `statelint check` for Python programs, with the JSON report's data as its result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from statelint import engine
from statelint.configuration import load_settings
from statelint.configuration.files import shown
from statelint.errors import StatelintError
from statelint.report.context import Context
from statelint.report.document import document
from statelint.verdict.baseline import read_baseline
from statelint.verdict.judge import judge

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from statelint.results import Result


def check(
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = ".",
    *,
    config: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    cache: bool = False,
) -> Result:
    """Check a project and return what the JSON report says of it.

    Args:
        path: A folder or file of one project, or several of them.
        config: Settings by the keys of `[tool.statelint]` (`{"select": ["state"], "fail-on": "error"}`), which are then the only ones;
            or a configuration file; or None for the nearest file, as the command takes it. Environment variables are not read.
        cache: Keep summaries of files between runs, in `cache-dir`. Without it nothing is written.

    Raises:
        StatelintError: a path that does not exist, nothing to check, or a wrong setting.
    """
    paths = (Path(path),) if isinstance(path, str) or hasattr(path, "__fspath__") else tuple(map(Path, path))
    start = paths[0] if paths else Path()
    if isinstance(config, Mapping):
        try:
            settings = load_settings(start, isolated=True, options=config, book_cache=cache)
        except StatelintError as error:  # told as options of the command, which they are not here
            raise StatelintError(f"config: {str(error).removeprefix('--')}", help=error.help) from error
    else:
        settings = load_settings(start, explicit=Path(config) if config is not None else None, book_cache=cache)
    analysis = engine.analyse(engine.RunOptions(paths or (Path(),), settings.config, settings.book, cache=cache))
    file = settings.config.baseline
    baseline = read_baseline(Path(file), shown(Path(file))) if file else ()
    judgement = judge(analysis, settings.config, settings.book, baseline, chosen=settings.selected, base=settings.base)
    return document(judgement.result, Context(root=Path(analysis.root), book=settings.book, start=Path.cwd()))
