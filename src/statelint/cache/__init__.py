"""What is kept between runs: where it lies, and how it is told from what somebody else put there."""

from statelint.cache.place import Place, place_for
from statelint.cache.store import Store

__all__ = ["Place", "Store", "place_for"]
