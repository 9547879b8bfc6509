"""Program: all summaries linked into names, calls, entry points, object lifetimes and state cells."""
