"""Trace: what is known of one cell, function or class, and why it is or is not a finding."""
