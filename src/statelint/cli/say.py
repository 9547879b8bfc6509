"""Words for people on standard error: errors, warnings and notes, one shape for all."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from statelint.cli.streams import drop

if TYPE_CHECKING:
    from typing import TextIO

_RED, _YELLOW, _CYAN, _BOLD, _RESET = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;36m", "\x1b[1m", "\x1b[0m"
_COLOURS: Final = {"error": _RED, "warning": _YELLOW, "note": _CYAN}


def say_error(message: str, help: str = "") -> None:  # noqa: A002 - the report's own word
    """Write an error and what to do about it."""
    say("error", message)
    if help:
        _write(f"  = help: {_plain(help)}")


def say(level: str, message: str) -> None:
    """Write one line."""
    head = f"{_COLOURS[level]}{level}{_RESET}{_BOLD}:{_RESET}" if wants_colour("auto", sys.stderr) else f"{level}:"
    _write(f"{head} {_plain(message)}")


def say_below(text: str) -> None:
    """Write a further line of what was said last."""
    _write(f"  {_plain(text)}" if text else "")


def wants_colour(choice: str, stream: TextIO) -> bool:
    """Decide on colour: the option, then NO_COLOR, FORCE_COLOR and CLICOLOR_FORCE, then whether it is a terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if any(os.environ.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _plain(text: str) -> str:
    """Return a text on one line without anything that a terminal would obey; names of files and settings are the project's own."""
    line = " ".join(text.splitlines())
    if line.isprintable():
        return line
    from statelint.report.text import harmless  # noqa: PLC0415 - seldom needed

    return harmless(line)


def _write(line: str) -> None:
    """Write to standard error; that nobody reads it, or that it is full, is no reason to fail."""
    if sys.stderr is None:
        return  # None where it is closed
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    try:
        sys.stderr.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        drop(2)
