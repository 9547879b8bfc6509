"""Twelve verdicts: what is shown, suppressed, in the baseline."""
