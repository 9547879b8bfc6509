"""Escape analysis: what outlives a request, and the cells that do."""
