"""`statelint completion`: the script that a shell needs, made by click."""

from __future__ import annotations

import click


@click.command(short_help="Print the completion script for a shell.")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """Print the script that completes commands, options, formats and rule codes.

    \b
    statelint completion bash >> ~/.bashrc
    statelint completion zsh >> ~/.zshrc
    statelint completion fish > ~/.config/fish/completions/statelint.fish
    """  # noqa: D301 - click's mark for lines that are not wrapped
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - not for --help

    from statelint.cli import cli  # noqa: PLC0415 - the group imports this module

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(kind(cli, {}, "statelint", "_STATELINT_COMPLETE").source())
