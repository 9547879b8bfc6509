"""What discovery hands on."""

from __future__ import annotations

from typing import Literal

import msgspec

Part = Literal["app", "settings", "command", "job", "test", "migration", "script"]


class SourceFile(msgspec.Struct, frozen=True):
    """A Python file of the project."""

    path: str
    """POSIX, relative to the root."""
    module: str
    """Dotted import name, `pkg.mod` for both `pkg/mod.py` and `pkg/mod/__init__.py`."""
    part: Part
    is_package: bool


class DeployFile(msgspec.Struct, frozen=True):
    """A file that says how the project is run."""

    path: str
    kind: str
    """dockerfile, compose, kubernetes, procfile, gunicorn, uwsgi, supervisord, systemd, fly, render, app-yaml, app-json, env ..."""


class Discovery(msgspec.Struct, frozen=True):
    """Everything found under the paths."""

    root: str
    """Absolute path of the project root."""
    sources: tuple[SourceFile, ...]
    deploy_files: tuple[DeployFile, ...]
    manifests: tuple[str, ...]
    """pyproject.toml, requirements files, lock files: where dependencies are named."""
