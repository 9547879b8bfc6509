"""How the modules of a project are called, what they define, and what they take from one another."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.metamorphic.project import parses, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.metamorphic.project import Files

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_Compound: Final = (ast.If, ast.Try, ast.With, ast.AsyncWith, ast.For, ast.AsyncFor, ast.While, ast.Match)


class Import(NamedTuple):
    """A name that an import statement binds."""

    bound: str
    module: str
    name: str
    """What is taken from the module, "" for the module itself, "*" for everything."""


def dotted(path: str, files: Files) -> str:
    """Return the name by which a file is imported.

    It begins with the outermost folder of packages, or further out where the project itself says so.
    """
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    start = len(parts) - 1
    while start and f"{'/'.join(parts[:start])}/__init__.py" in files:
        start -= 1
    further = (number for number in range(start) if _is_named(parts[number:-1], "/".join(parts[:-1]), files))
    return ".".join(parts[next(further, start) :])


def _is_named(package: Sequence[str], folder: str, files: Files) -> bool:
    """Tell whether a project imports or names a module of a folder by the dotted name of a package."""
    inside = {path[len(folder) + 1 :].partition("/")[0].removesuffix(".py") for path in files if path.startswith(f"{folder}/")}
    name = ".".join(package)
    return any(found[1] in inside for text in files.values() if name in text for found in re.finditer(rf"(?<![\w./]){name}\.(\w+)", text))


def module_named(name: str, files: Files) -> str | None:
    """Return the path of the module of a dotted name."""
    last = name.rpartition(".")[2]
    likely = (path for path in files if path.endswith((f"{last}.py", f"{last}/__init__.py")))
    return next((path for path in likely if dotted(path, files) == name), None)


def imports(path: str, files: Files) -> tuple[Import, ...]:
    """Return what the import statements of a module bind, wherever they stand."""
    return _imports(files[path], dotted(path, files), path.endswith("__init__.py"))


@cache
def _imports(text: str, module: str, is_package: bool) -> tuple[Import, ...]:
    return tuple(_imported(tree_of(text), module, is_package))


def _imported(tree: ast.Module, module: str, is_package: bool) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.asname or alias.name.partition(".")[0], alias.name, "")
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                parts = parts[: len(parts) - node.level + is_package]
                base = ".".join([*parts, *([node.module] if node.module else [])])
            for alias in node.names:
                yield Import(alias.asname or alias.name, base, alias.name)


def top_level(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run when a module is imported, those inside `if`, `try` and the like too."""
    for node in body:
        yield node
        if isinstance(node, _Compound):
            for part in ast.iter_child_nodes(node):
                if isinstance(part, ast.stmt):
                    yield from top_level([part])
                elif isinstance(part, (ast.ExceptHandler, ast.match_case)):
                    yield from top_level(part.body)


def bound_by(node: ast.stmt) -> frozenset[str]:
    """Return the names that a statement binds in its own scope, whether or not what stands inside it is run."""
    if isinstance(node, Definition):
        return frozenset({node.name})
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return frozenset(alias.asname or alias.name.partition(".")[0] for alias in node.names)
    if isinstance(node, _Compound):
        return frozenset().union(*(bound_by(inner) for inner in top_level([node]) if inner is not node), _stored(node))
    return _stored(node)


def _stored(node: ast.AST) -> frozenset[str]:
    return frozenset(name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store))


def local_names(function: ast.AST) -> frozenset[str]:
    """Return every name that is bound anywhere inside a function, its parameters and nested functions included."""
    found: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found.add(other or name.partition(".")[0])
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found.update(names)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name) if node is not function:
                found.add(name)
            case _:
                pass
    return frozenset(found)


@cache
def functions_of(text: str) -> frozenset[str]:
    """Return the names of a module that are bound once, by a function at its top."""
    if not parses(text):
        return frozenset()
    body = tree_of(text).body
    bound = [name for node in body for name in bound_by(node)]
    functions = {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    rebound = {name for node in ast.walk(tree_of(text)) if isinstance(node, ast.Global) for name in node.names}
    return frozenset(name for name in functions - rebound if bound.count(name) == 1)


def known_functions(path: str, files: Files) -> frozenset[str]:
    """Return the plain names by which a module calls functions of the project: its own, and those it imports from a module."""
    tree = tree_of(files[path])
    own = functions_of(files[path])
    bound = [name for node in top_level(tree.body) if not isinstance(node, _Compound) for name in bound_by(node)]
    taken = set()
    for one in imports(path, files):
        source = module_named(one.module, files) if one.name not in ("", "*") else None
        if source is not None and bound.count(one.bound) == 1 and one.name in functions_of(files[source]):
            taken.add(one.bound)
    return own | taken
