"""What is said of one place that makes, changes or removes a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from statelint.checks.files.call_sites import NamedFile
    from statelint.inspect.context import Report


class Told(NamedTuple):
    """A report about a place, and the file that it is about."""

    report: Report
    """A finding, or why there is none."""
    file: NamedFile
    is_removal: bool = False
    is_handed: bool = False
    """Whether it is the place where another activity is told of the file, which says most."""
    is_copy: bool = False
    """Whether each instance makes the file again where it is missing, or nobody needs it, so that its removal does no harm."""
