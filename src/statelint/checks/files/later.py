"""A file that one request writes and another reads is a read after a write, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from statelint.inspect.context import worded

if TYPE_CHECKING:
    from statelint.inspect.context import Context
    from statelint.model import Finding


def looked_for_later(made: Finding, target: str, context: Context) -> Finding:
    """Return the finding as one that breaks the read, too; one that is a guess says nothing more."""
    later = context.book.rule("read-after-write-in-process")
    if later is None or made.severity != "error" or made.confidence == "low":
        return made
    return msgspec.structs.replace(made, also=(*made.also, later.code), notes=(*made.notes, worded(later, "file", symbol=target)))
