"""What the deployment files say: processes and their number, probes, volumes, environment. Knows nothing of the Python program."""
