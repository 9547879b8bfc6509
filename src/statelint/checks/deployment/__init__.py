"""What deployment files say about the program: probes, budgets, logs of servers, instances."""
