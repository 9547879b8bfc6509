"""The programs that one package holds: applications that different processes serve."""
