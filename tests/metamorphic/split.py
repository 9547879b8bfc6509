"""Split modules in two: one with everything, and one by the old name that re-exports it."""

from __future__ import annotations

import ast
import random
from functools import cache
from typing import TYPE_CHECKING

from tests.metamorphic.names import bound_by, dotted, imports, module_named
from tests.metamorphic.project import Changed, Files, modules, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.metamorphic.names import Import


def split_modules(files: Files, seed: int) -> Changed | None:
    """Move some modules `mod.py` to `_mod_impl.py`, and let `mod.py` import each of its names from there."""
    pick = random.Random(seed)
    chosen = [path for path in modules(files) if _may_be_split(path, files) and pick.random() < 0.6]
    changed, moved = dict(files), {}
    for path in chosen:
        folder, _, name = path.removesuffix(".py").rpartition("/")
        other = f"{folder}/_{name}_impl.py" if folder else f"_{name}_impl.py"
        source = f"{dotted(path, files).rpartition('.')[0]}._{name}_impl".lstrip(".")
        names = ",\n    ".join(sorted(_exported(tree_of(files[path]))))
        changed[other] = files[path]
        changed[path] = f"# added\nfrom {source} import (\n    {names},\n)\n"
        moved[other] = path
    return Changed(changed, moved=moved) if chosen else None


def _may_be_split(path: str, files: Files) -> bool:
    """Tell whether nobody would notice: nothing is rebound at run time, and the names of the module are known."""
    name = path.rpartition("/")[2].removesuffix(".py")
    tree = tree_of(files[path])
    if not name.isidentifier() or name.startswith("_") or path.startswith("tests/") or "__main__" in files[path]:
        return False
    if any(isinstance(node, (ast.Global, ast.Delete)) for node in ast.walk(tree)) or "*" in {one.name for one in imports(path, files)}:
        return False
    exported = _exported(tree)
    wanted = {
        one.name
        for other in modules(files)
        for one in imports(other, files)
        if one.name not in ("", "*") and module_named(one.module, files) == path
    }
    return bool(exported) and "__getattr__" not in exported and wanted <= exported and not _is_written(path, files)


def _exported(tree: ast.Module) -> frozenset[str]:
    """Return the names that are there whatever branch is taken."""
    return frozenset(name for name in _always(tree.body) if not (name.startswith("__") and name not in {"__all__", "__version__"}))


def _always(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.If):
            yield from set(_always(node.body)) & set(_always(node.orelse))
        elif isinstance(node, ast.Try):
            yield from set(_always([*node.body, *node.orelse])).intersection(*(_always(handler.body) for handler in node.handlers))
            yield from _always(node.finalbody)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            yield from _always(node.body)
        elif isinstance(node, ast.AnnAssign):
            yield from bound_by(node) if node.value is not None else ()
        elif not isinstance(node, (ast.For, ast.AsyncFor, ast.While, ast.Match)):
            yield from bound_by(node) if not isinstance(node, ast.Expr) else ()


def _is_written(path: str, files: Files) -> bool:
    """Tell whether another file sets a name of the module, or might."""
    for other in modules(files):
        bound = {one.bound for one in imports(other, files) if path in _modules_of(one, files)}
        if _written(files[other]) & (bound | {dotted(path, files), "reload"}):
            return True
    return False


@cache
def _written(text: str) -> frozenset[str]:
    """Return the owners of attributes that a module sets, as they are written, and "reload" where it reloads."""
    found = set()
    for node in ast.walk(tree_of(text)):
        match node:
            case ast.Attribute(value=owner, ctx=ast.Store() | ast.Del()) | ast.Call(func=ast.Name(id="setattr"), args=[owner, *_]):
                found.add(ast.unparse(owner))
            case ast.Call(func=ast.Attribute(attr="reload")):
                found.add("reload")
            case _:
                pass
    return frozenset(found)


def _modules_of(one: Import, files: Files) -> tuple[str | None, ...]:
    """Return the paths of the module that an import binds."""
    return (module_named(f"{one.module}.{one.name}", files),) if one.name else (module_named(one.module, files),)
