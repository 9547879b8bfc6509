"""Which of a configuration's patterns a file matches."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from statelint.errors import StatelintError
from statelint.files.patterns import compile_patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path


def matching(key: str, patterns: Collection[str], root: Path, base: Path) -> Callable[[str], tuple[str, ...]]:
    """Return what tells the patterns, in their order, that a file matches, by its path below the root.

    A pattern is written as in .gitignore and tried on the path below `base`, the folder of the configuration, and below the root; a
    leading `!` turns it round.

    Raises:
        StatelintError: something is no pattern; `key` is the setting that it stands in.
    """
    if not patterns:
        return lambda _: ()
    try:
        table = [(pattern, compile_patterns([pattern.removeprefix("!")]), pattern.startswith("!")) for pattern in patterns]
    except ValueError as error:
        raise StatelintError(f"{key}: {error}", help="write patterns as in .gitignore") from error
    start = base.resolve()

    @cache
    def matched(path: str) -> tuple[str, ...]:
        file = (root / path).resolve()
        names = {path, file.relative_to(start).as_posix()} if file.is_relative_to(start) else {path}
        return tuple(pattern for pattern, spec, inverted in table if any(map(spec.match_file, names)) != inverted)

    return matched
