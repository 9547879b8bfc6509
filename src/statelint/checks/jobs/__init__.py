"""Item `jobs`: schedulers, loops and work that requests leave behind."""
