"""`statelint.check`: the command `statelint check` for Python programs, with the JSON report's data as its result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from statelint.checked import Asked, check_programs, joined, with_fixes
from statelint.configuration import load_settings
from statelint.configuration.files import shown
from statelint.errors import StatelintError
from statelint.files import current_folder
from statelint.report.context import Context
from statelint.report.document import document
from statelint.verdict.baseline import read_baseline

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from statelint.configuration import Settings
    from statelint.results import Result
    from statelint.verdict.baseline import Entry


def check(
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = ".",
    *,
    config: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    cache: bool = False,
) -> Result:
    """Check a project and return what the JSON report says of it.

    Args:
        path: A folder or file of a project, or several of them; a repository of several programs is checked program by program.
        config: Settings by the keys of `[tool.statelint]` (`{"select": ["state"], "fail-on": "error"}`), which are then the only ones;
            or a configuration file; or None for the nearest file, as the command takes it. Environment variables are not read.
        cache: Keep summaries of files between runs, in the user's cache folder or `cache-dir`. Without it nothing is written.

    Raises:
        StatelintError: a path that does not exist, nothing to check, or a wrong setting.
    """
    paths = (Path(path),) if isinstance(path, str) or hasattr(path, "__fspath__") else tuple(map(Path, path)) or (Path(),)

    def load(folder: Path, like: Settings | None = None) -> Settings:
        if isinstance(config, Mapping):
            return load_settings(folder, isolated=True, options=config, paths=paths, keep=cache, like=like)
        return load_settings(folder, explicit=Path(config) if config is not None else None, paths=paths, keep=cache, like=like)

    try:
        settings = load(paths[0])
    except StatelintError as error:
        if not isinstance(config, Mapping):
            raise
        # told as options of the command, which they are not here
        raise StatelintError(f"config: {str(error).removeprefix('--')}", help=error.help) from error
    parts = check_programs(Asked(paths, settings, lambda folder: load(folder, settings), _known))
    root = Path(parts[0].part.analysis.root)
    judgement, _ = with_fixes(parts, joined(parts))
    return document(judgement.result, Context(root=root, book=settings.book, start=current_folder()))


def _known(settings: Settings) -> tuple[Entry, ...]:
    """Read the baseline that settings name."""
    file = settings.config.baseline
    return read_baseline(Path(file), shown(Path(file))) if file else ()
