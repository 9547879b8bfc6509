"""Which version of each library the project runs with, as far as its lock files, requirements and project files say."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import msgspec

from statelint.discover.manifests import READERS, included
from statelint.discover.requirement import normalised, version_key
from statelint.files import Reader, UnreadableError
from statelint.files.read import MOST_SOURCE
from statelint.model import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from statelint.discover.requirement import Requirement

__all__ = ["Pinned", "normalised", "read_versions", "version_key"]


class Pinned(msgspec.Struct, frozen=True):
    """What one manifest says of one distribution."""

    version: str
    """The pinned version, the lower bound, or "" where the manifest names neither."""
    exact: bool
    """Pinned; otherwise the version is at least `version`."""
    path: str
    """The manifest, POSIX, relative to the root."""
    line: int


def read_versions(root: str, manifests: Iterable[str], problems: list[Diagnostic] | None = None) -> Mapping[str, Pinned]:
    """Return by normalised distribution name what is known of its version.

    A pin comes before a range, a lock file before requirements and these before project files, then the file nearer to the
    root; of several versions in one file the newest. A manifest that cannot be read is a diagnostic in `problems`.
    """
    best: dict[str, tuple[tuple[object, ...], Pinned]] = {}
    for path, rank, reader, text in _files(root, manifests, [] if problems is None else problems):
        place = (rank, _is_for_development(path), path.count("/"))
        try:
            entries = list(reader(text))
        except ValueError as error:
            if problems is not None:
                problems.append(Diagnostic("warning", path, None, f"versions not read: {error}"))
            continue
        for requirement, line in entries:
            numbers, final = version_key(requirement.version)
            order = (not requirement.exact, not requirement.version, *place, tuple(-number for number in numbers), not final, path, line)
            known = best.get(requirement.name)
            if known is None or order < known[0]:
                best[requirement.name] = order, Pinned(requirement.version, requirement.exact, path, line)
    return {name: best[name][1] for name in sorted(best)}


def _is_for_development(path: str) -> bool:
    return re.search(r"dev|test|lint|docs?|build|ci\b", path.rpartition("/")[2], re.IGNORECASE) is not None


def _files(
    root: str, manifests: Iterable[str], problems: list[Diagnostic]
) -> Iterator[tuple[str, int, Callable[[str], Iterable[tuple[Requirement, int]]], str]]:
    """Yield (path, rank, reader, text) of each manifest and of the files that requirements files include."""
    waiting, seen, files = sorted(manifests), set[str](), Reader(root)
    while waiting:
        path = waiting.pop(0)
        name = path.rpartition("/")[2]
        chosen = next(((rank, reader) for pattern, rank, reader in READERS if re.fullmatch(pattern, name)), None)
        if path in seen or chosen is None:
            continue
        seen.add(path)
        try:
            text = files.read(path, MOST_SOURCE).decode("utf-8-sig", "replace")
        except UnreadableError as error:
            problems.append(Diagnostic("warning", path, None, f"versions not read: {error}"))
            continue
        rank, reader = chosen
        yield path, rank, reader, text
        if name.endswith((".txt", ".in")):
            waiting += [inner for inner in _inside(path, included(text)) if files.is_file(inner)]


def _inside(path: str, files: Iterable[str]) -> Iterator[str]:
    """Resolve included files; nothing outside the root is read."""
    for file in files:
        inner = os.path.normpath(os.path.join(os.path.dirname(path), file)).replace(os.sep, "/")
        if not inner.startswith("..") and not os.path.isabs(inner):
            yield inner
