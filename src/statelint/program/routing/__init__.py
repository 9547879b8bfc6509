"""Entry points: routes, registrations, mounting."""
