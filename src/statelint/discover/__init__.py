"""Discover: which files belong to the project, and what part each plays."""

from statelint.discover.find import discover, find_root

__all__ = ["discover", "find_root"]
