"""`statelint server`: its options. What it does is in `statelint.server`, which is imported when the command runs."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from statelint.cli.check import PATH
from statelint.errors import StatelintError

_MOST_PORT = 65_535


def _address(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, int] | None:
    """Divide HOST:PORT."""
    if value is None:
        return None
    host, colon, port = value.rpartition(":")
    if not colon or not host or not port.isdecimal() or not port.isascii() or int(port) > _MOST_PORT:
        raise click.BadParameter(f"{value!r} is not HOST:PORT, as in 127.0.0.1:7998")
    return host.strip("[]"), int(port)


@click.command(short_help="Serve an editor: findings, repairs and explanations while you edit.")
@click.option("--stdio", is_flag=True, help="Speak on the standard streams, as without it; some editors pass it.")
@click.option("--tcp", metavar="HOST:PORT", callback=_address, help="Listen there instead, to debug: whoever connects is served.")
@click.option("--config", "config_file", type=PATH, metavar="FILE", help="Read this configuration instead of the nearest.")
@click.option("--isolated", is_flag=True, help="Read no configuration file.")
@click.option("-n", "--no-cache", is_flag=True, help="Keep nothing between sessions.")
@click.option("--cache-dir", type=PATH, metavar="DIR", help="Where to keep summaries between sessions.  [default: the user's cache folder]")
def server(
    *, stdio: bool, tcp: tuple[str, int] | None, config_file: str | None, isolated: bool, no_cache: bool, cache_dir: str | None
) -> int:
    """Speak the Language Server Protocol with an editor, which starts this command itself.

    It needs `statelint-web[server]`. The folders that are open in the editor are checked as `statelint check` does, with what is not
    saved yet.

    Exit status: 0 after the editor has said goodbye; 1 when it went without; 2 wrong usage, or pygls is not installed.
    """
    if stdio and tcp:
        raise StatelintError("--stdio and --tcp cannot be combined")
    if find_spec("pygls") is None:
        raise StatelintError("`statelint server` needs pygls, which is not installed", help="pip install 'statelint-web[server]'")
    from statelint.server.project import Options  # noqa: PLC0415 - everything slow is behind it
    from statelint.server.serve import serve  # noqa: PLC0415 - as above

    return serve(Options(Path(config_file) if config_file else None, isolated, not no_cache, cache_dir), tcp)
