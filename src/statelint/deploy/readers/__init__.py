"""One module a deployment format or platform."""
