"""Inspect: suspects in, findings and evidence out; the only room that reads concrete syntax trees."""
