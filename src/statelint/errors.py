"""Errors that a person can act on: one clear line, exit status 2."""

from __future__ import annotations


class StatelintError(Exception):
    """Wrong usage, configuration or rule file; the message names the place and what to do."""

    def __init__(self, message: str, help: str = "") -> None:  # noqa: A002 - the report's own word
        super().__init__(message)
        self.help = help
