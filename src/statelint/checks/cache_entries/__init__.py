"""Caches used as more than caches while every process or host has its own."""
