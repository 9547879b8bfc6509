"""Machines that do other things at the same time are slow at times: no deadlines for made-up examples."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
