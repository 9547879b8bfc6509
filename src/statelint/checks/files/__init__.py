"""Item `files`: what is written to, read from and removed from the local disk."""
