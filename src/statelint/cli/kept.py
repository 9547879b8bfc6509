"""The outcome of the last run, shown again where nothing that it came from has changed.

It lies in the user's cache folder under the digest of what is asked: paths, options, settings, rules, environment, and the program itself.
With it lies what the run asked of the file system; each of these questions must have the same answer now. How the outcome is shown
(format, colour, width, exit status) is no part of it.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import asdict

from statelint.cli.outcome import Outcome
from statelint.configuration.files import shown
from statelint.files import current_folder, seen
from statelint.files.seen import Inputs, Seen
from statelint.files.unchanged import unchanged
from statelint.model import FailedCheck

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.cache import Store
    from statelint.cli.request import Request, Target
    from statelint.configuration import Settings

_KIND: Final = "result"
_FORMAT: Final = 1
"""Goes up whenever the same outcome is written in another way."""
_SHOWN: Final = frozenset(
    (
        *("formats", "files", "exit_zero", "quiet", "all", "statistics", "color", "jobs", "no_cache", "cache_dir", "no_progress"),
        *("show_settings", "show_files", "timing", "verbose", "unsafe_fixes"),
    )
)
"""Options that change nothing but how, or how fast, an outcome is shown."""
_CHANGING: Final = ("new_since", "write_baseline", "prune_baseline", "add_ignores", "stdin_filename", "fix", "diff")
"""Options of runs whose outcome is kept by none: they write, ask git, or read what no file holds."""
_DEPENDENCIES: Final = re.compile(r"(libcst|msgspec|pathspec|ruamel[._-]yaml|tomli)-.*\.(dist|egg)-info", re.IGNORECASE)


class _Kept(msgspec.Struct, frozen=True):
    inputs: Inputs
    outcome: Outcome


class Keeping:
    """Where the outcome of one set of options is kept."""

    def __init__(self, store: Store, version: str) -> None:
        self._store = store
        self._version = version
        self.why = "nothing is kept of a run with these options and rules"
        """In words, why there is an outcome or none."""

    def outcome(self) -> Outcome | None:
        """Return what was kept if everything that it came from is as it was."""
        content = self._store.read(_KIND, self._version)
        if content is None:
            return None
        try:
            kept = msgspec.msgpack.decode(content, type=_Kept)
        except (msgspec.DecodeError, RecursionError):
            return None
        now = unchanged(kept.inputs)
        if isinstance(now, str):
            self.why = f"changed since the last run: {shown(Path(now))}"
            return None
        self.why = f"nothing has changed since the last run: its result is shown ({len(now.files):,} files compared)"
        if now is not kept.inputs:  # its times are proof the next time, without a look at the content
            self._write(now, kept.outcome)
        return kept.outcome

    def keep(self, by: Seen, outcome: Outcome) -> None:
        """Keep an outcome, unless a check failed or files changed under the run."""
        inputs = by.inputs()
        if inputs is not None and not any(isinstance(one, FailedCheck) for one in outcome.result.diagnostics):
            self._write(inputs, outcome)

    def _write(self, inputs: Inputs, outcome: Outcome) -> None:
        try:
            content = msgspec.msgpack.encode(_Kept(inputs, outcome))
        except UnicodeEncodeError:  # a name that is no text, which the file system of the project allows
            return
        with seen.watched(None):
            self._store.write(_KIND, self._version, content)


def keeping(request: Request, target: Target, settings: Settings, environ: Mapping[str, str]) -> Keeping | None:
    """Return where the outcome of such a run is kept; None where it is not."""
    if settings.cache is None or target.overlay or any(getattr(request, name) for name in _CHANGING) or request.add_ignores is not None:
        return None
    return Keeping(settings.cache, _version(request, settings, environ))


def _version(request: Request, settings: Settings, environ: Mapping[str, str]) -> str:
    """Return the digest of everything but the file system that an outcome depends on."""
    parts = (
        _FORMAT,
        sys.version,
        sorted((key, value) for key, value in asdict(request).items() if key not in _SHOWN),
        os.fspath(current_folder()),  # messages tell files relative to it
        msgspec.json.encode(settings.config, order="deterministic"),
        sorted(settings.selected),
        os.fspath(settings.base),
        os.fspath(settings.file or ""),
        sorted(settings.origins.items()),
        settings.warnings,
        settings.book.digest,
        sorted((name, value) for name, value in environ.items() if name.startswith("STATELINT_")),
        getattr(os, "geteuid", int)(),  # another user may read other files
        _installation(),
    )
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def _installation() -> tuple[object, ...]:
    """Return what tells the program and its libraries: their versions, and in a checkout the times of its modules."""
    package = Path(__file__).parents[1]
    libraries = sorted(name for name in seen.names_in(os.fspath(Path(msgspec.__file__).parents[1])) if _DEPENDENCIES.fullmatch(name))
    if (package / "rules").is_dir():
        return (os.fspath(package), *libraries)
    with suppress(OSError):  # a wheel that is not unpacked
        return (os.fspath(package), *libraries, *_modules(os.fspath(package)))
    return (os.fspath(package), *libraries)


def _modules(folder: str) -> list[tuple[str, int, int]]:
    found, waiting = [], [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.name.endswith((".py", ".toml", ".html", ".css", ".js")):
                    about = entry.stat()
                    found.append((entry.path, about.st_size, about.st_mtime_ns))
                elif entry.is_dir(follow_symlinks=False) and entry.name != "__pycache__":
                    waiting.append(entry.path)
    return sorted(found)
