"""Modules of unpacked packages, read with `ast` and never run."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_BLOCKS = (ast.If, ast.Try, ast.TryStar, ast.With, ast.For, ast.While)


class Module:
    """One file of a package."""

    def __init__(self, name: str, file: Path) -> None:
        self.name = name
        self.file = file
        self.is_package = file.stem == "__init__"

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree; empty for what is not Python source."""
        return self._parsed or ast.Module(body=[], type_ignores=[])

    @property
    def is_readable(self) -> bool:
        """Whether its names can be told from its source."""
        return self._parsed is not None

    @cached_property
    def _parsed(self) -> ast.Module | None:
        try:
            return ast.parse(self.file.read_bytes()) if self.file.suffix in (".py", ".pyi") else None
        except (SyntaxError, ValueError):
            return None

    @cached_property
    def names(self) -> Mapping[str, list[ast.stmt]]:
        """The statements that bind each name of the module, in order; those of `if`, `try` and `with` blocks too."""
        return bindings(self.tree.body)

    @cached_property
    def stars(self) -> list[ast.ImportFrom]:
        """The star imports."""
        return [node for node in flat(self.tree.body) if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"]

    @cached_property
    def strings(self) -> frozenset[str]:
        """Every string of the module."""
        return frozenset(node.value for node in ast.walk(self.tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))

    def absolute(self, module: str, level: int) -> str:
        """Return the dotted name that an import of this module speaks of."""
        if not level:
            return module
        parts = self.name.split(".")
        base = parts[: len(parts) - level + self.is_package]
        return ".".join([*base, *([module] if module else [])])


def flat(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a body and of the blocks in it, without functions and classes."""
    for node in body:
        yield node
        if isinstance(node, _BLOCKS):
            for part in ("body", "orelse", "finalbody"):
                yield from flat(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from flat(handler.body)


def bindings(body: Sequence[ast.stmt]) -> dict[str, list[ast.stmt]]:
    """Return what binds each name in a body."""
    found: dict[str, list[ast.stmt]] = {}
    for node in flat(body):
        for name in _bound(node):
            found.setdefault(name, []).append(node)
    return found


def _bound(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.Import):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in node.names if alias.name != "*")
    elif isinstance(node, ast.Assign):
        names = (name for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name))
        yield from (name.id for name in names if isinstance(name.ctx, ast.Store))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


class Packages:
    """The modules of one package, and of all others that are at hand."""

    def __init__(self, own: Path | None, others: Mapping[str, Sequence[Path]]) -> None:
        """Look into `own` first, then into the folders that have the top-level name in `others`."""
        self._own = [own] if own else []
        self._others = others
        self._modules: dict[str, Module | None] = {}

    def module(self, name: str) -> Module | None:
        """Return a module by its dotted name."""
        if name not in self._modules:
            self._modules[name] = next((Module(name, file) for file in self._files(name) if file.is_file()), None)
        return self._modules[name]

    def is_folder(self, name: str) -> bool:
        """Tell whether a dotted name is a namespace package."""
        return any((folder / name.replace(".", "/")).is_dir() for folder in self._folders(name))

    def _folders(self, name: str) -> list[Path]:
        return [*self._own, *self._others.get(name.partition(".")[0], ())]

    def _files(self, name: str) -> Iterator[Path]:
        inner = name.replace(".", "/")
        for folder in self._folders(name):
            yield from (folder / inner / "__init__.py", folder / f"{inner}.py", folder / inner / "__init__.pyi", folder / f"{inner}.pyi")
            compiled = folder / inner
            yield from sorted(compiled.parent.glob(f"{compiled.name}.*.so")) if compiled.parent.is_dir() else ()


def top_level(folders: Sequence[Path]) -> dict[str, list[Path]]:
    """Map each top-level name to the folders that have it."""
    found: dict[str, list[Path]] = {}
    for folder in folders:
        for entry in sorted(folder.iterdir()):
            name = entry.name.partition(".")[0]
            if (
                name.isidentifier()
                and (entry.is_dir() or entry.suffix in (".py", ".so"))
                and name not in ("bin", "tests", "docs", "examples")
            ):
                found.setdefault(name, []).append(folder)
    return found
