"""`statelint clean`: remove what is kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

import click

from statelint.cli.check import PATH


@click.command(short_help="Remove the cache.")
@click.argument("path", default=".", metavar="[PATH]", type=PATH)
@click.option("--cache-dir", metavar="DIR", help="The cache, if it is not where the configuration says.")
@click.option("--config", "config_file", metavar="FILE", help="Read this configuration instead of the nearest.")
@click.option("--isolated", is_flag=True, help="Read no configuration file.")
def clean(*, path: str, cache_dir: str | None, config_file: str | None, isolated: bool) -> None:
    """Remove the cache of the project at PATH, the current folder when none is given.

    Only what the manifest of the cache names is removed.
    """
    from statelint.cache import store  # noqa: PLC0415 - not for --help
    from statelint.cli.say import say  # noqa: PLC0415 - as above
    from statelint.configuration import find_cache  # noqa: PLC0415 - as above
    from statelint.configuration.files import shown  # noqa: PLC0415 - as above

    place = find_cache(
        Path(path),
        explicit=Path(config_file) if config_file else None,
        isolated=isolated,
        environ=os.environ,
        options={"cache-dir": cache_dir} if cache_dir else {},
    )
    if place.warning:
        say("warning", place.warning)
    if place.store is None:
        say("note", "nothing is kept for this project")
        return
    folder = place.store.folder
    if not store.is_folder(folder) or store.manifest(folder) is None:
        say("note", f"there is no cache at {shown(folder)}")
        return
    removed = store.clean(folder)
    say("note", f"removed {removed} file{'' if removed == 1 else 's'} from {shown(folder)}")
    if store.is_folder(folder):
        say("warning", f"{shown(folder)} also holds files that are not statelint's; they stay")
