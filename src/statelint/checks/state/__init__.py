"""Items `state`, `sessions`, `caches`, ...: every cell that outlives a request, its kind, and what exempts it."""
