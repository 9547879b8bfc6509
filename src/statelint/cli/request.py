"""What `statelint check` is asked."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the options say, as they were given."""

    paths: tuple[str, ...]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    extend_select: tuple[str, ...]
    per_file_ignores: tuple[str, ...]
    severity: tuple[str, ...]
    exclude: tuple[str, ...]
    extend_exclude: tuple[str, ...]
    no_respect_gitignore: bool
    formats: tuple[str, ...]
    files: tuple[str, ...]
    source_url: str | None
    fail_on: str | None
    fail_on_unknown: tuple[str, ...]
    allow_no_app: bool
    min_confidence: str | None
    exit_zero: bool
    quiet: bool
    all: bool
    statistics: bool
    fix: bool
    diff: bool
    unsafe_fixes: bool
    color: str
    program: str | None
    config_file: str | None
    isolated: bool
    baseline: str | None
    new_since: str | None
    write_baseline: str | None
    prune_baseline: bool
    add_ignores: str | None
    instances: int | None
    stdin_filename: str | None
    no_cache: bool
    cache_dir: str | None
    jobs: int | None
    no_progress: bool
    verbose: bool
    timing: bool
    show_settings: bool
    show_files: bool


class Target(msgspec.Struct, frozen=True):
    """What is analysed: paths, and content that stands for one of the files."""

    paths: tuple[Path, ...]
    overlay: dict[str, bytes] = {}
    """Contents by path below the root."""
    only: str | None = None
