"""Comments that speak to statelint."""

from __future__ import annotations

from statelint.survey.summary import Directive


def directives(content: bytes) -> tuple[Directive, ...]:
    """Return the directives of a file."""
    return ()
