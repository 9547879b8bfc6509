"""The command line: options in, exit status out; it parses and calls, the rooms decide.

Exit status: 0 nothing to report, 1 findings, 2 wrong usage or configuration or a failure of the tool, 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, Final

import click

from statelint import __version__
from statelint.cli import signals, streams
from statelint.cli.group import LazyGroup
from statelint.cli.say import say_error

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILURE: Final = 2
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141
"""What a shell reports for a program that a closed pipe ended."""

_COMPLETE: Final = "_STATELINT_COMPLETE"
"""The variable by which shells ask for completions."""

COMMANDS: Final = {
    "check": "statelint.cli.check:check",
    "rules": "statelint.cli.rules:rules",
    "rule": "statelint.cli.rules:rule",
    "plan": "statelint.cli.plan:plan",
    "programs": "statelint.cli.programs:programs",
    "trace": "statelint.cli.trace:trace",
    "server": "statelint.cli.server:server",
    "init": "statelint.cli.init:init",
    "clean": "statelint.cli.clean:clean",
    "completion": "statelint.cli.completion:completion",
}


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    commands_at=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Begin with `statelint check .` in the root of your project.",
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Find what breaks when a Python web project runs as several instances behind a load balancer."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(FAILURE)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit status.

    What a run makes is needed until it ends: looking for garbage on the way, or taking everything apart at the end, would only cost time.
    """
    gc.disable()
    streams.prepare()
    signals.watch()
    try:
        status = _run(arguments)
    except signals.Terminated as asked:
        signals.die_of(asked.number)
    gc.freeze()
    sys.exit(status)


def _run(arguments: Sequence[str] | None) -> int:
    """Run the command and turn whatever ends it into an exit status and at most one line."""
    from statelint.errors import StatelintError  # noqa: PLC0415 - beside its use

    try:
        status = _invoke(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except StatelintError as error:
        say_error(str(error), error.help)
    except click.ClickException as error:
        say_error(error.format_message(), _next_step(error))
    except (click.Abort, KeyboardInterrupt):
        say_error("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        return _broken_pipe()
    except FileNotFoundError as error:
        return _lost(error)
    except OSError as error:
        return _full(error)
    except Exception as error:  # noqa: BLE001 - the last resort: one line instead of a traceback
        return _unexpected(error)
    else:
        return status
    return FAILURE


def _invoke(arguments: list[str]) -> int:
    """Run the command, or complete its words; click's own `main` would keep closed pipes and exit statuses to itself."""
    instruction = os.environ.get(_COMPLETE)
    if instruction:
        from click.shell_completion import shell_complete  # noqa: PLC0415 - beside its use

        return shell_complete(cli, {}, "statelint", _COMPLETE, instruction)
    try:
        with cli.make_context("statelint", arguments) as ctx:
            status = cli.invoke(ctx)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    return status if isinstance(status, int) else 0


def _next_step(error: click.ClickException) -> str:
    """Return the command that helps after wrong usage."""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"`{error.ctx.command_path} --help` lists what there is"
    return ""


def _broken_pipe() -> int:
    """Send what is left to nowhere, so that nothing complains about the closed pipe at exit."""
    streams.drop(1)
    return BROKEN_PIPE


def _lost(error: FileNotFoundError) -> int:
    """Tell of a current folder that somebody has deleted; any other file is a fault of the tool."""
    from statelint.files.current import is_gone  # noqa: PLC0415 - only here

    if not is_gone():
        return _unexpected(error)
    say_error("the current folder does not exist any more", "change to another one, or name an absolute path")
    return FAILURE


def _full(error: OSError) -> int:
    """Tell of a standard output that takes no more; any other error of the system is a fault of the tool."""
    if not streams.is_full(error):
        return _unexpected(error)
    streams.drop(1)
    say_error(f"standard output: cannot be written: {error.strerror}")
    return FAILURE


def _unexpected(error: Exception) -> int:
    """Report a fault of the tool itself."""
    if os.environ.get("STATELINT_DEBUG"):
        import traceback  # noqa: PLC0415 - only here

        traceback.print_exception(error)
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f" in {frame.tb_frame.f_globals.get('__name__', '?')}:{frame.tb_lineno}" if frame else ""
    say_error(
        f"statelint {__version__} failed: {type(error).__name__}{f': {error}' if str(error) else ''}{place}",
        "this is a fault of statelint: please report this line, and the traceback that STATELINT_DEBUG=1 shows",
    )
    return FAILURE
