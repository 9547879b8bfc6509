"""Find the project: its root, its Python files and their parts, its deployment files and manifests."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from statelint.discover.files import DeployFile, Discovery, SourceFile
from statelint.discover.names import Names
from statelint.discover.parts import Parts
from statelint.discover.root import find_root
from statelint.discover.walk import Folder, Tree, walk
from statelint.errors import StatelintError
from statelint.files import Reader, UnreadableError, seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from statelint.config import Config
    from statelint.discover.files import Scope

_MANIFEST: Final = re.compile(
    r"pyproject\.toml|setup\.(cfg|py)|Pipfile(\.lock)?|(uv|poetry|pdm)\.lock|pylock(\..+)?\.toml|environment\.ya?ml"
    r"|(.*[._-])?(requirements?|constraints?)([._-].*)?\.(txt|in)"
)
_REQUIREMENTS_FOLDERS: Final = frozenset({"requirements", "reqs", "deps"})
_HEAD_ENDINGS: Final = (".yaml", ".yml", ".ini", ".conf")
"""Files whose beginning says what they are."""
_HEAD: Final = 8192
_INVOKE: Final = re.compile(rb"^(?:from|import)[ \t]+invoke\b", re.MULTILINE)
"""What Invoke runs at a developer's command, if the file is called as Invoke looks for it."""


def discover(paths: Sequence[Path], config: Config, scope: Scope | None = None) -> Discovery:
    """Find everything under the paths, sorted; with a `scope`, as far as it belongs to that program.

    Files that were handed in are always taken. Raises StatelintError where a path does not exist or no Python file is found.
    """
    folders, files = real_paths(paths)
    root = scope.root if scope is not None else find_root([*folders, *files])
    tree = walk(root, [relative_path(folder, root) for folder in folders], config, scope.without if scope is not None else frozenset())
    handed_in = [relative_path(file, root) for file in files]
    sources = {source.path: source for source in sources_of(tree, handed_in)}
    if not sources:
        raise _nothing(paths, tree, config)
    around = list(_around(tree, [*folders, *map(os.path.dirname, files)]))
    every = [*tree.folders.values(), *around]
    beside = scope.deploy_files if scope is not None else ()
    home = scope.home.folder if scope is not None else ""
    deployed = [*tree.folders.values(), *(folder for folder in around if is_below(folder.path, home))]
    return Discovery(
        root=root,
        sources=tuple(sources[path] for path in sorted(sources)),
        deploy_files=tuple(sorted({*deploy_files(root, deployed, handed_in), *beside}, key=lambda file: file.path)),
        manifests=tuple(sorted(_manifests(every))),
        diagnostics=tuple(sorted(tree.diagnostics, key=lambda diagnostic: diagnostic.path)),
        home=home,
        skipped=tuple(sorted(tree.skipped)),
    )


def real_paths(paths: Sequence[Path]) -> tuple[list[str], list[str]]:
    """Split the paths into folders and files, absolute and without links."""
    folders: set[str] = set()
    files: set[str] = set()
    for path in paths:
        real = seen.real_path(os.fspath(path))
        if seen.is_folder(real):
            folders.add(real)
        elif seen.exists(real):
            files.add(real)
        else:
            raise StatelintError(
                f"{path}: no such file or folder", help="name files or folders that exist; the default is the current folder"
            )
    return sorted(folders), sorted(files)


def relative_path(path: str, root: str) -> str:
    """Return a path below the absolute `root`, POSIX; "" for the root itself."""
    relative = os.path.relpath(path, root)
    return "" if relative == "." else relative.replace(os.sep, "/")


def is_below(path: str, folder: str) -> bool:
    """Tell whether a path is a folder, or lies below it; everything is below ""."""
    return not folder or path == folder or path.startswith(f"{folder}/")


def _nothing(paths: Sequence[Path], tree: Tree, config: Config) -> StatelintError:
    """Say what was looked at where no Python file was found."""
    shown = ", ".join(str(path) for path in paths)
    notebooks = any(str(path).endswith(".ipynb") for path in paths)
    count = sum(len(folder.names) for folder in tree.folders.values())
    message = f"no Python files in {shown}" + (
        " (notebooks are not read)" if notebooks else f" ({count} entries in {len(tree.folders)} folders looked at"
    )
    if not notebooks:
        left = sorted(path.rpartition("/")[2] for path in tree.skipped)
        message += f", left out: {', '.join(dict.fromkeys(left[:5]))}{' ...' if len(left) > 5 else ''})" if left else ")"
    help_ = "name a folder or file with Python code"
    if tree.skipped:
        help_ += ", or change `exclude`" + (" or pass --no-respect-gitignore" if config.respect_gitignore else "")
    return StatelintError(message, help=help_)


# -- Python files


def sources_of(tree: Tree, handed_in: Iterable[str]) -> Iterator[SourceFile]:
    """Yield the Python files of a tree and those that were handed in, with module names and parts."""
    names = Names(tree.root, tree.folders)
    for folder in tree.folders.values():
        if folder.python:
            yield from _of_folder(tree.root, folder, folder.python, names, tree.folders)
    for path in handed_in:
        home, _, name = path.rpartition("/")
        if not name.endswith(".py") and (name.endswith(".ipynb") or _is_manifest(home, name) or _kind(tree.root, path)):
            continue
        folder = tree.folders.get(home) or Folder(home, "", names=seen.names_in(os.path.join(tree.root, home)))
        yield from _of_folder(tree.root, folder, [name], names, tree.folders)


def _of_folder(root: str, folder: Folder, files: Iterable[str], names: Names, folders: Mapping[str, Folder]) -> Iterator[SourceFile]:
    place = names.place(folder.path)
    parts = parts_of(root, folder, folders)
    prefix = f"{folder.path}/" if folder.path else ""
    for name in files:
        stem = name.removesuffix(".py")
        part = parts.of(stem)
        if stem == "tasks" and part == "app" and "__init__.py" not in folder.names and _INVOKE.search(_head(root, prefix + name)):
            part = "script"
        yield SourceFile(prefix + name, place.module(stem), part, stem == "__init__", place.source_root, place.others(stem))


def parts_of(root: str, folder: Folder, folders: Mapping[str, Folder]) -> Parts:
    """Return what says the part of each file of a folder, judged below the folder that was handed in."""
    below = folder.path[len(folder.base) :].strip("/").split("/") if folder.path != folder.base else []
    if not below and folder.path and folder.path.rpartition("/")[2] in ("tests", "test"):
        # `check tests`: what lies in a project's tests are tests
        below = [folder.path.rpartition("/")[2]]
    above = folder.path
    packages: list[bool] = []
    for _ in below:
        known = folders.get(above)
        packages.insert(0, "__init__.py" in (known.names if known else seen.names_in(os.path.join(root, above))))
        above = above.rpartition("/")[0]
    parent = folders.get(folder.path.rpartition("/")[0])
    migration_home = parent is not None and not {"env.py", "script.py.mako"}.isdisjoint(parent.names)
    return Parts(below, folder.names, packages=packages, migration_home=migration_home)


# -- other files


def _around(tree: Tree, starts: Iterable[str]) -> Iterator[Folder]:
    """Yield the folders between the root and what was handed in: their files say how the project is run."""
    known = set(tree.folders)
    for start in starts:
        path = relative_path(start, tree.root)
        chain = [path]
        while chain[-1]:
            chain.append(chain[-1].rpartition("/")[0])
        for above in chain:
            if above not in known:
                known.add(above)
                names = seen.names_in(os.path.join(tree.root, above))
                yield Folder(above, "", others=[name for name in names if not name.endswith(".py")], names=names)


def _is_manifest(folder: str, name: str) -> bool:
    return _MANIFEST.fullmatch(name) is not None or (name.endswith(".txt") and folder.rpartition("/")[2] in _REQUIREMENTS_FOLDERS)


def _manifests(folders: Iterable[Folder]) -> Iterator[str]:
    for folder in folders:
        for name in (*folder.others, *(("setup.py",) if "setup.py" in folder.names and "__init__.py" not in folder.names else ())):
            if _is_manifest(folder.path, name):
                yield f"{folder.path}/{name}" if folder.path else name


def deploy_files(root: str, folders: Iterable[Folder], handed_in: Sequence[str]) -> list[DeployFile]:
    """Ask of every file that no ignore file leaves out whether it says how the project is run; files handed in always count."""
    found: dict[str, DeployFile] = {}
    for folder in folders:
        prefix = f"{folder.path}/" if folder.path else ""
        python = [name for name in folder.python if name.startswith("gunicorn")]
        for name in (*folder.others, *python):
            kind = _kind(root, prefix + name)
            if kind and folder.kept(name):
                found[prefix + name] = DeployFile(prefix + name, kind)
    for path in handed_in:
        kind = _kind(root, path)
        if kind:
            found[path] = DeployFile(path, kind)
    return [found[path] for path in sorted(found)]


def _kind(root: str, path: str) -> str | None:
    from statelint.discover.deploy_files import classify  # noqa: PLC0415 - only a walk needs its patterns

    return classify(path, _head(root, path) if path.endswith(_HEAD_ENDINGS) else b"")


def _head(root: str, path: str) -> bytes:
    try:
        return Reader(root).head(path, _HEAD)
    except UnreadableError:  # told of by whoever reads the file
        return b""
