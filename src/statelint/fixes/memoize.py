"""A cache of one process becomes the shared cache that the project has already, by its decorator: Flask-Caching or dogpile.cache."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from statelint.fixes.request import Draft
from statelint.fixes.source import NotEditable, parsed
from statelint.rulebook.aliases import Aliases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.fixes.request import File, Request

_CACHE: Final = "flask_caching.Cache"
_TIMES: Final = re.compile(r"\bcache_(?:clear|info|parameters)\b|__wrapped__")
_PACKAGES: Final = ("flask_caching", "dogpile")
_REGION: Final = "dogpile.cache.make_region"
_SHARED: Final = re.compile(r"dogpile\.cache\.\w*(?:redis|valkey|memcache|pylibmc)\w*")


def fix(request: Request) -> Draft | None:
    """Return the edit of the decorator; None without such a cache, or where the memory of the process is asked for by name."""
    finding = request.finding
    function = finding.symbol.rpartition(".")[2]
    home = next(_caches(request), None) if function else None
    if home is None:
        return None
    tree = request.tree  # last, since a concrete tree takes long
    found = tree.first(finding, cst.Decorator)
    if found is None or any(_TIMES.search(text) for text in _texts(request, function) if re.search(rf"\b{re.escape(function)}\b", text)):
        return None
    module, name, line, method = home
    placed = found[1]
    edit = tree.text.edit(placed.start, placed.end, f"@{name}.{method}()")
    here = next((one for one, path in request.project.modules.items() if path == finding.path), "")
    if module == here:
        return Draft(edits=(edit,), safe=False) if line < finding.line else None
    if not module or here in _imported(request, module):
        return None  # one of the two would find the other half made
    return Draft(edits=(edit,), safe=False, imports=(f"{module}:{name}",))


def _texts(request: Request, word: str) -> Iterator[str]:
    for _, file in _files(request, word):
        yield file.text.text


def _files(request: Request, word: str) -> Iterator[tuple[str, File]]:
    for module, path in request.project.holding(word):
        try:
            yield module, request.project.file(path)
        except NotEditable:
            continue


def _caches(request: Request) -> Iterator[tuple[str, str, int, str]]:
    """Yield module, name and line of each cache that a module makes at its top level, and the method that decorates."""
    aliases = Aliases(request.project.book.aliases)
    files = {module: file for package in _PACKAGES for module, file in _files(request, package)}
    for module, file in sorted(files.items(), key=lambda item: item[0]):
        tree = parsed(file.text.text)
        for statement in tree.body if tree is not None else ():
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=made)):
                    if file.imports.qualified(ast.unparse(made)) == _CACHE:
                        yield module, name, statement.lineno, "memoize"
                    elif isinstance(statement.value, ast.Call) and _is_shared_region(statement.value, file, aliases):
                        yield module, name, statement.lineno, "cache_on_arguments"


def _is_shared_region(call: ast.Call, file: File, aliases: Aliases) -> bool:
    """Tell `make_region(...).configure("dogpile.cache.redis", ...)`."""
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Call(func=made), attr="configure"), args=[ast.Constant(value=str(backend)), *_]):
            name = aliases.canonical(file.imports.qualified(ast.unparse(made)))
            return name == _REGION and _SHARED.fullmatch(backend) is not None
    return False


def _imported(request: Request, module: str) -> frozenset[str]:
    """Return the modules of the project that importing a module brings, wherever in it they are named."""
    files, found, waiting = dict(_files(request, "import")), set[str](), [module]
    while waiting:
        one = waiting.pop()
        if one in found or one not in files:
            continue
        found.add(one)
        package = one if files[one].text.path.endswith("__init__.py") else one.rpartition(".")[0]
        for node in ast.walk(parsed(files[one].text.text) or ast.Module([], [])):
            if isinstance(node, ast.Import):
                waiting += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                parts = package.split(".")
                base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
                name = ".".join(filter(None, (base, node.module or "")))
                waiting += [name, *(f"{name}.{alias.name}" for alias in node.names)]
        waiting += [one.rpartition(".")[0]]
    return frozenset(found)
