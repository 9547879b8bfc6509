"""What discovery hands on."""

from __future__ import annotations

from typing import Literal

import msgspec

from statelint.model import Diagnostic

Part = Literal["app", "settings", "command", "test", "migration", "script"]
Stage = Literal["production", "development"]
"""What a deployment file describes."""


class SourceFile(msgspec.Struct, frozen=True):
    """A Python file of the project."""

    path: str
    """POSIX, relative to the root."""
    module: str
    """Dotted import name, `pkg.mod` for both `pkg/mod.py` and `pkg/mod/__init__.py`."""
    part: Part
    is_package: bool
    source_root: str = "."
    """The folder that `module` is counted from, POSIX, relative to the root; may begin with `..`. Files of one application share it."""
    also: tuple[str, ...] = ()
    """Other dotted names under which imports may reach the file, longest first: counted from other folders on the way."""


class DeployFile(msgspec.Struct, frozen=True):
    """A file that says how the project is run."""

    path: str
    kind: str
    """dockerfile, compose, kubernetes, procfile, gunicorn, uwsgi, supervisord, systemd, fly, render, app-yaml, app-json, env ..."""


class Home(msgspec.Struct, frozen=True):
    """Where a program of a repository lives."""

    name: str
    folder: str
    """POSIX, relative to the root of the repository; "" for the root itself."""


class Scope(msgspec.Struct, frozen=True):
    """What of a repository is one program's."""

    root: str
    """Absolute path of the folder that paths are counted from."""
    home: Home
    """The program, its folder relative to `root`."""
    without: frozenset[str] = frozenset()
    """Folders, relative to `root`, that are other programs'."""
    deploy_files: tuple[DeployFile, ...] = ()
    """Files outside of all programs that say how this one is run, among others."""
    others: tuple[Home, ...] = ()
    """The other programs of which `deploy_files` may speak."""


class Discovery(msgspec.Struct, frozen=True):
    """Everything found under the paths."""

    root: str
    """Absolute path of the project root."""
    sources: tuple[SourceFile, ...]
    deploy_files: tuple[DeployFile, ...]
    manifests: tuple[str, ...]
    """pyproject.toml, requirements files, lock files: where dependencies are named."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """Folders and ignore files that could not be read."""
    home: str = ""
    """The folder of the program that was looked for, relative to the root; "" where it is the root."""
    skipped: tuple[str, ...] = ()
    """Folders that were left out: environments, caches, vendored and ignored trees."""
