"""The call graph: direct calls, decorators, initialisers, injection."""
