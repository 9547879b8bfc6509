"""How access paths are resolved: names, members, results of calls, contents of containers."""
