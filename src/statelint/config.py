"""The configuration a run works with, after files, environment and command line have been merged."""

from __future__ import annotations

import msgspec

from statelint.model import Confidence, Severity


class Scaling(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """What no file of the project says about its deployment: `[tool.statelint.scaling]`."""

    instances: int | None = None
    workers: int | None = None
    threads: int | None = None
    max_connections: int | None = None
    reserved_connections: int | None = None


class Safe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name that is known to be safe, and why."""

    name: str
    reason: str = ""


class Config(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True, kw_only=True):
    """`[tool.statelint]`; the names are ruff's where ruff has one."""

    select: tuple[str, ...] = ()
    """Codes, prefixes, names or items; empty selects everything."""
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    per_file_ignores: dict[str, tuple[str, ...]] = {}
    exclude: tuple[str, ...] = ()
    """Replaces the built-in list of excluded directories."""
    extend_exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True
    fail_on: Severity = "warning"
    min_confidence: Confidence = "low"
    entry_points: tuple[str, ...] = ()
    """Functions that requests reach although no code says so: `app.hooks:on_message`."""
    safe: tuple[Safe | str, ...] = ()
    """Names that are not to be reported: `app.registry.PLUGINS`, `app.cache.*`."""
    extend_rules: tuple[str, ...] = ()
    """Folders of further rule files."""
    require_reason: bool = False
    """A suppression without a reason is a finding."""
    baseline: str | None = None
    output_format: str = "full"
    cache_dir: str = ".statelint_cache"
    scaling: Scaling = Scaling()
