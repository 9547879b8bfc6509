"""statelint finds what breaks when a Python web project runs as N identical instances."""

__version__ = "0.1.0"
