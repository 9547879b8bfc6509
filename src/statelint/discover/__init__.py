"""Discover: which files belong to the project, and what part each plays."""
