"""Which of a configuration's patterns a file matches."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path


def matching(patterns: Collection[str], root: Path, base: Path) -> Callable[[str], tuple[str, ...]]:
    """Return what tells the patterns, in their order, that a file matches, by its path below the root.

    A pattern is written as in .gitignore and tried on the path below `base`, the folder of the configuration, and below the root; a
    leading `!` turns it round.
    """
    if not patterns:
        return lambda _: ()
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - 28 ms, and few configurations ask for it

    table = [(pattern, GitIgnoreSpec.from_lines([pattern.removeprefix("!")]), pattern.startswith("!")) for pattern in patterns]
    start = base.resolve()

    @cache
    def matched(path: str) -> tuple[str, ...]:
        file = (root / path).resolve()
        names = {path, file.relative_to(start).as_posix()} if file.is_relative_to(start) else {path}
        return tuple(pattern for pattern, spec, inverted in table if any(map(spec.match_file, names)) != inverted)

    return matched
