"""Names of what is reached from a library's name: attributes of attributes, items of items, cut at a stated length."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

MOST_STEPS: Final = 14
"""Steps of the longest name. The longest chains of methods in real code have about ten; what is reached further out is unknown."""


@lru_cache(maxsize=100_000)
def extended(name: str, step: str) -> str:
    """Add a step, `.attribute` or `[]`, to a library's name; "" where it would be too long to mean anything."""
    longer = f"{name}{step}"
    return longer if longer.count(".") + longer.count("[") <= MOST_STEPS else ""
