"""Which programs a tree holds: folders that are configured, packaged or deployed on their own, and what they import of the others.

A folder is a candidate by a mark in it. What another program imports belongs to that one too, and is a program of its own only where
it makes an application or is deployed. Nothing below tests, examples, documentation or scripts is one, unless it was handed in by name.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

import msgspec

from statelint.discover.find import is_below, real_paths, relative_path, sources_of
from statelint.discover.marks import CONFIGURATION, Candidate, candidates, configured_programs, content_of, is_deployed, mark_of
from statelint.discover.root import find_root
from statelint.discover.walk import Folder, walk
from statelint.files import Reader

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from statelint.config import Config
    from statelint.discover.files import SourceFile
    from statelint.discover.walk import Tree

_IMPORT: Final = re.compile(rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b([^\n#]*)|import[ \t]+([\w., \t]+))", re.MULTILINE)
_MANIFEST: Final = re.compile(r"requirements[\w.-]*\.(txt|in)|Pipfile|environment\.ya?ml")
_WORD: Final = re.compile(rb"\w+")
_PARTS: Final = frozenset({"app", "settings", "command"})
_SERVED: Final = frozenset({"wsgi", "asgi"})
REST: Final = "what belongs to no other program"


class Unit(msgspec.Struct, frozen=True):
    """A program of a repository; all paths are POSIX and relative to the repository's root."""

    name: str
    folder: str
    found_by: str
    """The mark that makes it one, for people."""
    shared: tuple[str, ...] = ()
    """Folders and files outside of `folder` that it imports, directly or not."""
    without: frozenset[str] = frozenset()
    """Folders below its own that are no part of it."""


class Units(msgspec.Struct, frozen=True):
    """What was found; no units where the whole tree is one program."""

    root: str
    """Absolute path."""
    units: tuple[Unit, ...] = ()
    outside: tuple[str, ...] = ()
    """Files, relative to the root, that lie in no unit's folder."""
    configured: tuple[str, ...] = ()
    """Folders below the root that have a configuration and are no unit's: it governs what lies in them."""


def find_units(
    paths: Sequence[Path], config: Config, applications: Collection[str], named: Mapping[str, Sequence[str]] | None = None
) -> Units:
    """Find the programs under the paths.

    `applications` are the names of classes of which a web process has one, as code calls them. `named` are the folders, absolute, of
    the programs that the configuration names; the first of several is the program's own.

    Raises:
        StatelintError: a path or a configured folder does not exist.
    """
    folders, files = real_paths(paths)
    root = find_root([*folders, *files])
    tree = walk(root, [relative_path(folder, root) for folder in folders], config)
    given = configured_programs(named or {}, root)
    found = candidates(tree, [relative_path(path, root) for path in (*folders, *map(os.path.dirname, files))], given)
    if not found:
        return Units(root)
    sources = [source for source in sources_of(tree, [relative_path(file, root) for file in files]) if _counts(source)]
    return _Finder(tree, sources, found, applications).find()


def _counts(source: SourceFile) -> bool:
    """Tell whether a file is a program's own code; a server's configuration is none."""
    return source.part in _PARTS and not source.path.rpartition("/")[2].startswith("gunicorn")


class _Finder:
    """Decides which candidates are programs, and what each imports of the others."""

    def __init__(self, tree: Tree, sources: Sequence[SourceFile], found: dict[str, Candidate], applications: Collection[str]) -> None:
        self._tree = tree
        self._sources = sources
        names = "|".join(sorted(re.escape(name) for name in applications))
        self._application = re.compile(rf"\b(?:{names})[ \t]*\(".encode()) if names else None
        self._configured = [path for path, one in found.items() if one.configured]
        self._found = {path: one for path, one in found.items() if one.mark != CONFIGURATION}
        self._own: dict[str, list[SourceFile]] = {}
        self._edges: dict[str, set[str]] = {}
        self._makes: dict[str, bool] = {}

    def find(self) -> Units:
        self._share_out()
        self._absorb()
        if self._is_one():
            return Units(self._tree.root, configured=tuple(sorted(self._configured)))
        self._link()
        self._merge()
        programs = self._programs()
        if len(programs) < 2 and not any(one.named for one in self._found.values()):
            return Units(self._tree.root, configured=tuple(sorted(self._configured)))
        return self._described(programs)

    def _is_one(self) -> bool:
        return len([path for path, files in self._own.items() if files]) < 2 and not any(one.named for one in self._found.values())

    def _home(self, path: str) -> str:
        """Return the candidate that a file or folder lies in; "" where it lies in none."""
        while path:
            path = path.rpartition("/")[0]
            if path in self._found:
                return path
        return ""

    def _share_out(self) -> None:
        further = {folder: one.path for one in self._found.values() for folder in one.further}
        self._own = {path: [] for path in ("", *self._found)}
        for source in self._sources:
            extra = next((path for folder, path in further.items() if is_below(source.path, folder)), None)
            self._own[self._home(source.path) if extra is None else extra].append(source)

    def _absorb(self) -> None:
        """Leave out candidates without code of their own: what they hold is one program, or several."""
        for path in sorted(self._found, key=lambda path: (-path.count("/"), path)):
            children = [child for child in self._found if child != path and self._home(child) == path]
            if self._own[path] or self._found[path].named:
                continue
            if len(children) == 1 and not self._found[children[0]].named:
                self._own[path] = self._own.pop(children[0])
                del self._found[children[0]]
            else:
                del self._found[path]
                del self._own[path]

    def _merge(self) -> None:
        """Make what only helps to start a program part of the project around it."""
        for path in sorted(self._found, key=lambda path: (-path.count("/"), path)):
            outer = self._home(path)
            if self._own[outer] and self._is_part(self._found[path], outer):
                self._own[outer] += self._own.pop(path)
                del self._found[path]
                self._edges.clear()
                self._link()

    def _is_part(self, one: Candidate, outer: str) -> bool:
        """Tell whether a candidate is how the project around it is started: its `manage.py`, the scripts beside its Dockerfile."""
        if one.named:
            return False
        connected = outer in self._reached_from(one.path) or one.path in self._reached_from(outer)
        if one.mark == "manage.py":
            return connected and not one.deployed
        if not is_deployed(one.mark) or self._makes.get(one.path):
            return False
        return (connected and self._makes.get(outer, False)) or not self._stands_alone(one.path)

    def _stands_alone(self, path: str) -> bool:
        """Tell whether a folder with a Dockerfile has a package or dependencies of its own."""
        folder = self._tree.folders.get(path)
        names = folder.names if folder is not None else frozenset[str]()
        below = (self._tree.folders.get(f"{path}/{name}") for name in names)
        return any(map(_MANIFEST.fullmatch, names)) or any(one is not None and "__init__.py" in one.names for one in below)

    # -- what imports what

    def _piece(self, source: SourceFile) -> str:
        """Return the top-level package or module that a file outside of all candidates belongs to."""
        start = "" if source.source_root.startswith(".") else f"{source.source_root}/"
        return start + source.path.removeprefix(start).partition("/")[0]

    def _node(self, source: SourceFile, home: str) -> str:
        return home or f"./{self._piece(source)}"

    def _link(self) -> None:
        """Find which candidate, or package outside of all, imports which."""
        offers: dict[str, dict[str, bool]] = {}
        for home, files in self._own.items():
            for source in files:
                node = self._node(source, home)
                for name in (source.module, *source.also):
                    known = offers.setdefault(name, {})
                    known[node] = known.get(node, False) or source.is_package
        self._makes = {}
        reader = Reader(self._tree.root)
        for home, files in self._own.items():
            for source in files:
                content = content_of(reader, source.path)
                node = self._node(source, home)
                makes = source.path.rpartition("/")[2].removesuffix(".py") in _SERVED or (
                    self._application is not None and self._application.search(content) is not None
                )
                self._makes[home] = self._makes.get(home, False) or makes
                edges = self._edges.setdefault(node, set())
                edges.update(other for name in _imports(content) if (other := _offered(name, node, home, offers)) is not None)

    def _reached_from(self, home: str) -> set[str]:
        """Return the nodes that a candidate imports, directly or not."""
        starts = [home] if home else [node for node in self._edges if node.startswith("./")]
        seen, waiting = set(starts), list(starts)
        while waiting:
            for node in self._edges.get(waiting.pop(), ()):
                if node not in seen:
                    seen.add(node)
                    waiting.append(node)
        reached = seen - set(starts)
        return reached | {""} if any(node.startswith("./") for node in reached) else reached

    # -- the result

    def _programs(self) -> list[str]:
        """Return the candidates that are programs of their own."""
        imported = {node for start, nodes in self._edges.items() for node in nodes if node != start}
        programs = []
        for path, files in self._own.items():
            if not files and not (path in self._found and self._found[path].named):
                continue
            if path in self._found:
                one = self._found[path]
                own = one.named or one.mark == "manage.py" or one.deployed or path not in imported
            else:
                own = any(self._node(source, "") not in imported for source in files)
            if own or self._makes.get(path):
                programs.append(path)
        return sorted(programs)

    def _described(self, programs: Sequence[str]) -> Units:
        taken: dict[str, int] = {}
        for path in programs:
            taken[path.rpartition("/")[2]] = taken.get(path.rpartition("/")[2], 0) + 1
        units = [self._unit(path, programs, unique=taken[path.rpartition("/")[2]] == 1) for path in programs]
        configured = tuple(sorted(path for path in self._configured if path not in programs))
        return Units(self._tree.root, tuple(units), self._outside(programs), configured)

    def _unit(self, path: str, programs: Sequence[str], *, unique: bool) -> Unit:
        one = self._found.get(path)
        reached = self._reached_from(path)
        shared = {shown for node in reached if node for shown in self._paths(node, path)}
        others = {other for start in programs if start != path for other in self._reached_from(start)}
        foreign = {other for other in (*programs, *others) if other and not other.startswith("./") and other != path} - reached
        mine = (path, *(one.further if one is not None else ()))
        return Unit(
            name=(one.named if one is not None else "") or _name(self._tree.root, path, unique=unique),
            folder=path,
            found_by=one.mark if one is not None else mark_of(self._tree, self._tree.folders.get("") or Folder("", "")) or REST,
            shared=tuple(sorted({*mine[1:], *(shown for shown in shared if not any(is_below(shown, folder) for folder in mine))})),
            without=frozenset(other for other in foreign if any(is_below(other, folder) for folder in (*mine, *shared))),
        )

    def _paths(self, node: str, home: str) -> list[str]:
        """Return the folder or file of a node; its files one by one where the folder holds programs as well."""
        path = node.removeprefix("./")
        if node.startswith("./") and any(is_below(other, path) for other in (*self._found, home) if other):
            return [source.path for source in self._own[""] if self._node(source, "") == node]
        return [path]

    def _outside(self, programs: Sequence[str]) -> tuple[str, ...]:
        """Return the files that lie in no program's folder, the root's own included."""
        inner = [path for path in programs if path]
        return tuple(
            sorted(
                f"{folder.path}/{name}" if folder.path else name
                for folder in self._tree.folders.values()
                if not any(is_below(folder.path, path) for path in inner)
                for name in folder.others
                if folder.kept(name)
            )
        )


def _name(root: str, path: str, *, unique: bool) -> str:
    return (path.rpartition("/")[2] if unique else path) or os.path.basename(root) or "."


def _imports(content: bytes) -> Iterable[str]:
    """Yield the absolute dotted names that a file imports, members of modules too."""
    for module, members, modules in _IMPORT.findall(content):
        if module and not module.startswith(b"."):
            name = module.decode()
            yield name
            yield from (f"{name}.{member.decode()}" for member in _WORD.findall(members) if member not in (b"as", b"import"))
        for part in modules.split(b","):
            words = part.split()
            if words:
                yield words[0].decode()


def _offered(name: str, node: str, home: str, offers: Mapping[str, Mapping[str, bool]]) -> str | None:
    """Return who else offers a module of this name; None for the file's own, for libraries, and where several do."""
    prefix = name
    found = None
    while prefix:
        offering = offers.get(prefix, {})
        own = [each for each in offering if each == node or (not home and each.startswith("./"))]
        if any(each == node for each in own) and (found is None or any(offering[each] for each in own)):
            return None
        if found is None and offering:
            found = next(iter(offering)) if len(offering) == 1 else (own[0] if len(own) == 1 else None)
            if found is None:
                return None
        prefix = prefix.rpartition(".")[0]
    return found
