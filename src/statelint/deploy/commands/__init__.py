"""Command lines: shells, wrappers, and the servers that they start."""
