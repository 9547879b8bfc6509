"""What a run came to: the result, and what the exit status and standard error say besides.

Plain data, so that it can be kept; all that imports the analysis is in `fresh`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from statelint.cli.say import say, say_error
from statelint.errors import StatelintError
from statelint.model import FailedCheck, Result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.model import Diagnostic

FOUND: Final = 1
_MOST_DIAGNOSTICS: Final = 5
"""How many are named on standard error; the report has them all."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What every report, the exit status and standard error are made of."""

    result: Result
    warnings: tuple[str, ...]
    """What settings of programs ask for and do not get."""
    has_application: bool
    """Whether there is something to check, or the settings accept that there is not."""
    undecided: tuple[str, ...]
    """Items that have to be decided and are not."""
    stale: tuple[str, ...]
    """Entries of baselines that are not found any more, in words; their diagnostics are the last of the result."""
    baselines: tuple[str, ...]
    """The files that these stand in."""
    fails: bool
    """Whether there is a finding that a program's `fail-on` names."""


def status(outcome: Outcome, *, exit_zero: bool) -> int:
    """Decide on the exit status, and say what makes it other than 0 where the report does not.

    Raises:
        StatelintError: no web application was found, and that is not accepted.
    """
    if not outcome.has_application:
        raise _no_application(outcome.result)
    if outcome.undecided and not exit_zero:
        count = len(outcome.undecided)
        say_error(
            f"{counted(count, 'item')} of those that have to be decided {'is' if count == 1 else 'are'} UNKNOWN: "
            + ", ".join(outcome.undecided),
            "the checklist says what is open and where",
        )
    if outcome.stale:
        say_error(
            f"{', '.join(outcome.baselines)}: {counted(len(outcome.stale), 'entry', 'entries')} not found any more: "
            + ", ".join(outcome.stale),
            "`statelint check --prune-baseline` removes them",
        )
    if exit_zero:
        return 0
    return FOUND if outcome.stale or outcome.undecided or outcome.fails else 0


def _no_application(result: Result) -> StatelintError:
    """Return what to say where nothing serves requests: a check of the wrong folder must not be green."""
    files = counted(result.project.files, "file")
    return StatelintError(
        f"no web application was found in {files}, so nothing was decided",
        help='name its folder, or what requests reach: `entry-points = ["app.hooks:on_message"]`; --allow-no-app if there is none',
    )


def tell_failures(diagnostics: Iterable[Diagnostic]) -> bool:
    """Say last, behind the whole report, that it is incomplete; whether it is."""
    failed = [diagnostic.message for diagnostic in diagnostics if isinstance(diagnostic, FailedCheck)]
    for message in failed:
        say_error(message)
    if failed:
        say_error("the report is incomplete", "this is a fault of statelint: please report the line above, with STATELINT_DEBUG=1")
    return bool(failed)


def summarise(outcome: Outcome) -> None:
    """Name the first diagnostics and count the rest, for somebody who does not have the report before their eyes."""
    diagnostics = outcome.result.diagnostics[: len(outcome.result.diagnostics) - len(outcome.stale)]
    for diagnostic in diagnostics[:_MOST_DIAGNOSTICS]:
        place = f"{diagnostic.path}:{diagnostic.line}" if diagnostic.line else diagnostic.path
        say("warning", f"{place}: {diagnostic.message}" if place else diagnostic.message)
    rest = len(diagnostics) - _MOST_DIAGNOSTICS
    if rest > 0:
        say("warning", f"and {rest} more; the report names them all")


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"
