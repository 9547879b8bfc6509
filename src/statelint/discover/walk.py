"""The walk: one `os.scandir` for each folder, leaving out on the way what is not the project's own.

Paths are POSIX strings relative to the root, "" for the root itself; no Path object is made in the loop.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from statelint.discover.ignore import Levels, folder_filter, ignored, outer_levels, path_filter, read_level
from statelint.files import Reader, seen
from statelint.files.read import MOST_SETTINGS
from statelint.model import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import DirEntry

    from statelint.config import Config

_ENVIRONMENT_MARKS: Final = frozenset({"pyvenv.cfg", "conda-meta"})


@dataclass(slots=True)
class Folder:
    """One folder and the names of its files."""

    path: str
    base: str
    """The folder that was handed in, through which this one was reached: parts are judged below it."""
    python: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    names: frozenset[str] = frozenset()
    """Every name in it, left out or not."""
    levels: Levels = ()
    """The ignore files that hold here; `python` has passed them, `others` has not."""

    def kept(self, name: str) -> bool:
        """Tell whether no ignore file leaves out one of `others`."""
        return not ignored(f"{self.path}/{name}" if self.path else name, self.levels)


@dataclass(slots=True)
class Tree:
    """What a walk found."""

    root: str
    folders: dict[str, Folder] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def walk(root: str, targets: Iterable[str], config: Config, without: frozenset[str] = frozenset()) -> Tree:
    """Walk the target folders (relative to the absolute real path `root`).

    A target is walked although an ignore file or the exclude list names it; what lies in it is then judged by the ignore
    files inside it alone. Folders in `without` are not walked, nor told as left out.
    """
    return _Walk(root, config, without).run(targets)


class _Walk:
    """Holds what stays the same while walking, and the links that are looked at last."""

    def __init__(self, root: str, config: Config, without: frozenset[str]) -> None:
        self.tree = Tree(root)
        self.without = without
        self.git = config.respect_gitignore
        self.left_out = folder_filter(config.exclude, config.extend_exclude)
        self.patterns = path_filter(config.exclude, config.extend_exclude)
        self.reader = Reader(root)
        self.links: list[tuple[str, str]] = []

    def run(self, targets: Iterable[str]) -> Tree:
        outer = outer_levels(self.tree.root, self.tree.diagnostics) if self.git else ()
        # the deepest first: a folder that was handed in by name is judged below itself
        for target in sorted(targets, key=lambda path: (-path.count("/") - bool(path), path)):
            self.below(target, target, self.levels_above(target, outer))
        self.follow_links()
        return self.tree

    def levels_above(self, target: str, outer: Levels) -> Levels:
        """Collect the ignore files from the repository's top down to the folder above the target."""
        levels, path = outer, ""
        if not self.git or not target:
            return levels
        for name in target.split("/"):
            file = os.path.join(self.tree.root, path, ".gitignore")
            if seen.is_file(file):
                levels += self.level(path)
            path += f"{name}/"
            if ignored(path, levels):
                return ()
        return levels

    def level(self, prefix: str) -> Levels:
        """Read the ignore file of a folder; `prefix` is its path with a trailing slash, "" for the root."""
        return read_level(partial(self.reader.read, f"{prefix}.gitignore", MOST_SETTINGS), prefix, "", self.tree.diagnostics)

    def below(self, start: str, base: str, levels: Levels) -> None:
        """Walk one folder and everything below it."""
        stack = [(start, levels)]
        while stack:
            path, levels = stack.pop()
            if path not in self.tree.folders:
                stack.extend(self.folder(path, base, levels, handed_in=path == start))

    def folder(self, path: str, base: str, levels: Levels, *, handed_in: bool) -> list[tuple[str, Levels]]:
        """Read one folder; return those inside it that are to be walked."""
        absolute = os.path.join(self.tree.root, path) if path else self.tree.root
        try:
            entries = seen.entries_of(absolute)
        except OSError as error:
            self.tree.diagnostics.append(Diagnostic("warning", path or ".", None, f"folder not read: {error.strerror or error}"))
            return []
        names = frozenset([entry.name for entry in entries])
        if not handed_in and not _ENVIRONMENT_MARKS.isdisjoint(names):
            self.tree.skipped.append(path)
            return []
        prefix = f"{path}/" if path else ""
        if self.git and ".gitignore" in names:
            levels += self.level(prefix)
        found = self.tree.folders[path] = Folder(path, base, names=names, levels=levels)
        inner: list[tuple[str, Levels]] = []
        for entry in entries:
            inside = prefix + entry.name
            if entry.is_symlink():
                self.links.append((inside, base))
            elif entry.is_dir():
                if self.wanted_folder(entry, inside, levels):
                    inner.append((inside, levels))
            else:
                self.file(found, entry.name, inside, levels)
        return inner

    def wanted_folder(self, entry: DirEntry[str], path: str, levels: Levels) -> bool:
        if path in self.without:
            return False
        if self.left_out(entry.name, path, entry.path) or (levels and ignored(f"{path}/", levels)):
            self.tree.skipped.append(path)
            return False
        return True

    def file(self, folder: Folder, name: str, path: str, levels: Levels) -> None:
        if self.patterns is not None and self.patterns.match_file(path):
            return
        if name.endswith(".py"):
            if not levels or not ignored(path, levels):
                folder.python.append(name)
        else:
            folder.others.append(name)

    def follow_links(self) -> None:
        """Follow links to what lies inside the root and was not reached by its own name."""
        root = os.path.realpath(self.tree.root)
        for path, base in sorted(self.links):
            absolute = os.path.join(self.tree.root, path)
            real = seen.real_path(absolute)
            target = os.path.relpath(real, root).replace(os.sep, "/")
            if target in (".", "..") or target.startswith("../") or self.is_left_out(target):
                continue
            parent, _, name = path.rpartition("/")
            if seen.is_folder(real) and not self.is_reached(target):
                self.below(path, base, ())
            elif seen.is_file(real) and not self.is_reached(target.rpartition("/")[0]):
                self.file(self.tree.folders[parent], name, path, ())

    def is_reached(self, folder: str) -> bool:
        """Tell whether the walk went through a folder by its own name, or left it out on purpose."""
        above = [folder]
        while above[-1]:
            above.append(above[-1].rpartition("/")[0])
        return any(path in self.tree.folders for path in above)

    def is_left_out(self, target: str) -> bool:
        """Tell whether a link leads into a folder that the walk leaves out."""
        parts = target.split("/")
        return any(
            self.left_out(part, "/".join(parts[: index + 1]), os.path.join(self.tree.root, *parts[: index + 1]))
            for index, part in enumerate(parts)
        )
