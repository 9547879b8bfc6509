"""`statelint clean`: remove what is kept between runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from statelint.cli.check import PATH

if TYPE_CHECKING:
    from collections.abc import Iterable

_TAG: Final = "CACHEDIR.TAG"
_OURS: Final = (".msgpack", ".tmp", _TAG, ".gitignore")
"""Endings of the names of everything that a cache holds."""


@click.command(short_help="Remove the cache.")
@click.argument("path", default=".", metavar="[PATH]", type=PATH)
@click.option("--cache-dir", metavar="DIR", help="The cache, if it is not where the configuration says.")
@click.option("--config", "config_file", metavar="FILE", help="Read this configuration instead of the nearest.")
@click.option("--isolated", is_flag=True, help="Read no configuration file.")
def clean(*, path: str, cache_dir: str | None, config_file: str | None, isolated: bool) -> None:
    """Remove the cache of the project at PATH, the current folder when none is given."""
    from statelint.cli.say import say  # noqa: PLC0415 - not for --help
    from statelint.config import CACHE_DIR  # noqa: PLC0415 - as above
    from statelint.configuration import load_settings  # noqa: PLC0415 - as above
    from statelint.configuration.files import shown  # noqa: PLC0415 - as above
    from statelint.discover import find_root  # noqa: PLC0415 - as above
    from statelint.errors import StatelintError  # noqa: PLC0415 - as above

    settings = load_settings(
        Path(path),
        explicit=Path(config_file) if config_file else None,
        isolated=isolated,
        environ=os.environ,
        options={"cache-dir": cache_dir} if cache_dir else {},
        book_cache=False,
    )
    cache = Path(find_root([os.path.realpath(path)])) / settings.config.cache_dir
    if not cache.is_dir():
        say("note", f"there is no cache at {shown(cache)}")
        return
    if cache.name != CACHE_DIR and not (cache / _TAG).is_file():
        raise StatelintError(f"{shown(cache)} is no cache of statelint: it has no {_TAG}", help="remove it by hand, if it is one")
    removed, left = _remove(cache)
    say("note", f"removed {removed} files from {shown(cache)}")
    if left:
        say("warning", f"{shown(cache)} also holds {left} files that are not statelint's; they stay")


def _remove(cache: Path) -> tuple[int, int]:
    """Remove our files and the folders that become empty; links are not followed. Return how many went and how many stay."""
    removed = left = 0
    folders: list[str] = []
    for folder, _, names in os.walk(cache):
        folders.append(folder)
        for name in names:
            if name.endswith(_OURS):
                Path(folder, name).unlink(missing_ok=True)
                removed += 1
            else:
                left += 1
    _remove_empty(reversed(folders))
    return removed, left


def _remove_empty(folders: Iterable[str]) -> None:
    for folder in folders:
        if not os.listdir(folder):  # noqa: PTH208 - one name would do
            Path(folder).rmdir()
