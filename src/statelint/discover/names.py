"""Dotted module names: from which folder a file's name is counted.

A package's name is counted from the folder above its topmost `__init__.py`. Files outside packages are counted from the
nearest folder that looks like one an application is started in. The other folders on the way give further names, because
only the command that starts the application knows which of them is on `sys.path`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.files import seen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.discover.walk import Folder

_INIT: Final = "__init__.py"
_START_MARKS: Final = frozenset(
    {"pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "Procfile", "Dockerfile", "wsgi.py", "asgi.py"}
)
"""Files beside which an application is usually started."""
_ASKED: Final = (*sorted(_START_MARKS), _INIT, "manage.py")


class FolderNames(NamedTuple):
    """How the names of one folder's files begin."""

    source_root: str
    prefix: str
    also: tuple[str, ...]
    own: str
    """The folder's own dotted name, for its `__init__.py`."""

    def module(self, stem: str) -> str:
        """Return the dotted name of a file of the folder."""
        if stem == "__init__":
            return self.own
        return self.prefix + stem.replace(".", "_")

    def others(self, stem: str) -> tuple[str, ...]:
        """Return the further dotted names of a file of the folder."""
        if stem == "__init__":
            return tuple(name for prefix in self.also if (name := prefix.rstrip(".")) and name != self.own)
        return tuple([prefix + stem for prefix in self.also])


class Names:
    """Names the files of a tree; asks the disk only about folders above those that were walked."""

    def __init__(self, root: str, folders: Mapping[str, Folder]) -> None:
        self._root = root
        self._folders = folders
        self._contents: dict[int | str, frozenset[str]] = {}
        self._holders = {path.rpartition("/")[0] for path, folder in folders.items() if path and _INIT in folder.names}
        self._above, self._floor = _above(root)

    def place(self, path: str) -> FolderNames:
        """Return how names in the folder `path` (relative to the root) begin."""
        parts = (*self._above, *path.split("/")) if path else self._above
        start = self._start(parts, len(parts))
        also = [
            ".".join((*parts[index:], ""))
            for index in range(len(parts) + 1)
            if index != start and self._is_boundary(parts, index) and all(part.isidentifier() for part in parts[index:])
        ]
        prefix = ".".join((*parts[start:], ""))
        own = prefix.rstrip(".") or (parts[-1] if parts else "__init__")
        return FolderNames(self._shown(parts, start), prefix, tuple("" if name == "." else name for name in also), own)

    def _start(self, parts: tuple[str, ...], index: int) -> int:
        """Return how many of the parts lie above the name's beginning."""
        top = index
        while top > self._floor and self._is_package(parts, top) and not self._is_started(parts, top):
            top -= 1
        if top == index:
            return self._loose(parts, index)
        for above in range(top, self._floor - 1, -1):
            if not all(part.isidentifier() for part in parts[above:top]):
                break
            if self._is_started(parts, above):
                return above
        return top

    def _loose(self, parts: tuple[str, ...], index: int) -> int:
        """Return the beginning for files in a folder that is no package."""
        if index <= max(self._floor, len(self._above)) or not parts[index - 1].isidentifier() or self._is_started(parts, index):
            return index
        path = "/".join(parts[len(self._above) : index])
        if path in self._holders or not _START_MARKS.isdisjoint(self._names(parts, index)):
            return index
        return self._start(parts, index - 1)

    def _is_package(self, parts: tuple[str, ...], index: int) -> bool:
        return _INIT in self._names(parts, index)

    def _is_started(self, parts: tuple[str, ...], index: int) -> bool:
        """Tell whether a folder is on `sys.path` beyond doubt: that of manage.py, or a `src` layout's; no package is."""
        names = self._names(parts, index)
        return _INIT not in names and ("manage.py" in names or (index > 0 and parts[index - 1] == "src"))

    def _is_boundary(self, parts: tuple[str, ...], index: int) -> bool:
        return not self._is_package(parts, index) or "manage.py" in self._names(parts, index) or parts[index - 1 : index] == ("src",)

    def _names(self, parts: tuple[str, ...], index: int) -> frozenset[str]:
        """Return the names in the folder that the first `index` parts lead to."""
        inside = index - len(self._above)
        path: int | str = "/".join(parts[len(self._above) : index]) if inside >= 0 else inside
        known = self._contents.get(path)
        if known is None:
            folder = self._folders.get(path) if isinstance(path, str) else None
            known = folder.names if folder else _marks_in(self._absolute(path)) if inside < 0 else seen.names_in(self._absolute(path))
            self._contents[path] = known
        return known

    def _absolute(self, path: int | str) -> str:
        if isinstance(path, str):
            return os.path.join(self._root, path)
        return os.path.normpath(os.path.join(self._root, *[".."] * -path))

    def _shown(self, parts: tuple[str, ...], start: int) -> str:
        inside = start - len(self._above)
        if inside < 0:
            return "/".join([".."] * -inside)
        return "/".join(parts[len(self._above) : start]) or "."


def _marks_in(folder: str) -> frozenset[str]:
    """Return the names that matter in a folder above the root; what else lies there is nobody's business, and may change at any time."""
    return frozenset(name for name in _ASKED if seen.is_there(os.path.join(folder, name)))


def _above(root: str) -> tuple[tuple[str, ...], int]:
    """Return the names of the folders, the root last, that the root's own dotted name consists of, and where names may begin.

    A root that is no package has its own name too, as a last resort: `app/main.py` may be started as `app.main` when only
    `app` was handed in; names may begin below it then.
    """
    names: list[str] = []
    folder = root
    while seen.is_file(os.path.join(folder, _INIT)) and os.path.dirname(folder) != folder:
        names.insert(0, os.path.basename(folder))
        folder = os.path.dirname(folder)
    if names:
        return tuple(names), 0
    own = os.path.basename(root)
    return ((own,), 1) if own.isidentifier() else ((), 0)
