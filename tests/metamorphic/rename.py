"""Rename a top-level package everywhere: folders, imports, strings that name modules, and files that deploy it."""

from __future__ import annotations

import ast
import random
import re
from typing import TYPE_CHECKING, Final

import libcst as cst
import libcst.matchers as m
from tests.metamorphic.names import bound_by, dotted, imports
from tests.metamorphic.project import Changed, Files, concrete, modules, parses, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEW: Final = ("wombat", "quokka", "potoroo", "dunnart")
_NAMES_A_MODULE: Final = frozenset({"Flask", "Blueprint", "import_module", "__import__", "autodiscover_tasks", "files", "PackageLoader"})
"""Calls that are given a package by its plain name."""
_NAMES_AN_APP: Final = frozenset({"INSTALLED_APPS", "dependencies", "app_label", "name", "run_before", "replaces"})
"""Assignments in Django projects in which a plain string is an application."""


def rename_package(files: Files, seed: int) -> Changed | None:
    """Give one top-level package another name."""
    packages = [(folder, name) for folder, name in _packages(files) if _is_plain(folder, name, files)]
    if not packages:
        return None
    pick = random.Random(seed)
    folder, old = pick.choice(packages)
    new = pick.choice(_NEW)
    renamer = _Names(old, new, _members(folder, files), _bound(files[f"{folder}/__init__.py"]))
    changed, moved = {}, {}
    for path, text in files.items():
        target = f"{folder.removesuffix(old)}{new}{path[len(folder) :]}" if path.startswith(f"{folder}/") else path
        if target != path:
            moved[target] = path
        if path.endswith(".py"):
            changed[target] = renamer.in_module(text) if path in set(modules(files)) else text
        else:
            changed[target] = renamer.in_text(text, files, folder)
    return Changed(changed, moved=moved, renamed=((new, old),))


def _packages(files: Files) -> Iterator[tuple[str, str]]:
    """Yield the folder and the name of each package that lies in no other."""
    for path in files:
        if path.endswith("/__init__.py"):
            folder = path.removesuffix("/__init__.py")
            if dotted(path, files) == folder.rpartition("/")[2] and not folder.startswith("tests"):
                yield folder, folder.rpartition("/")[2]


def _is_plain(folder: str, name: str, files: Files) -> bool:
    """Tell whether the name means the package wherever a module uses it: no other module and no other thing is called so."""
    if any(path != f"{folder}/__init__.py" and dotted(path, files) == name for path in files if path.endswith(".py")):
        return False
    for path in modules(files):
        tree = tree_of(files[path])
        whole = [one for one in imports(path, files) if one.bound == name]
        if any(one.name or one.module.partition(".")[0] != name for one in whole):
            return False
        if any(
            isinstance(node, ast.Name) and node.id == name and not (whole and isinstance(node.ctx, ast.Load)) for node in ast.walk(tree)
        ):
            return False
        if any(isinstance(node, ast.arg) and node.arg == name for node in ast.walk(tree)):
            return False
        owners = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        if any(isinstance(node, ast.Name) and node.id == name and id(node) not in owners for node in ast.walk(tree)):
            return False  # the package itself is handed about
    return True


def _members(folder: str, files: Files) -> frozenset[str]:
    """Return what may follow the package's name behind a dot: modules, packages, names in `__init__.py`, models of an application."""
    found: set[str] = set()
    for path in files:
        if path.startswith(f"{folder}/"):
            found.add(path[len(folder) + 1 :].partition("/")[0].removesuffix(".py"))
            if path.endswith(("/models.py", "/__init__.py")):
                found |= _bound(files[path]) | {name.lower() for name in _bound(files[path])}
    return frozenset(found - {"__init__"})


def _bound(text: str) -> frozenset[str]:
    return frozenset[str]().union(*(bound_by(node) for node in tree_of(text).body)) if parses(text) else frozenset()


def _any(names: frozenset[str]) -> str:
    return "|".join(map(re.escape, sorted(names))) or "(?!)"


class _Names:
    """Writes the new name for the old one."""

    def __init__(self, old: str, new: str, members: frozenset[str], attributes: frozenset[str]) -> None:
        self._old = old
        self.new = new
        self._dotted = re.compile(rf"(?<![\w./-]){old}(?=\.({_any(members)})\b)")
        self._attribute = re.compile(rf"(?<![\w./-]){old}(?=:({_any(attributes)})\b)")

    def in_module(self, text: str) -> str:
        """Rename in a Python file."""
        if self._old not in text:
            return text
        return concrete(text).visit(_Renamer(self, self._old)).code

    def in_string(self, text: str) -> str:
        """Rename in a string that names a module or something in it, whole: `shop.urls`, `shop.app:create_app()`, `shop.User`."""
        if re.fullmatch(r"[\w.]+(:[\w.()]+)?", text):
            return self._attribute.sub(self.new, self._dotted.sub(self.new, text))
        return text

    def in_text(self, text: str, files: Files, folder: str) -> str:
        """Rename in a file of deployment or packaging: names of modules, paths of files, lists of packages, copies of the folder."""
        text = self._attribute.sub(self.new, self._dotted.sub(self.new, text))
        old = self._old
        inside = "|".join(re.escape(path[len(folder) + 1 :]) for path in files if path.startswith(f"{folder}/"))
        text = re.sub(rf"(?<![\w./-])(\./)?{old}/(?=({inside})\b)", rf"\g<1>{self.new}/", text)
        lines = text.split("\n")
        for number, line in enumerate(lines):
            if re.match(r"\s*(packages|include)\b.*=", line):
                lines[number] = re.sub(rf"([\"']){old}([\"'*.])", rf"\g<1>{self.new}\g<2>", line)
            elif re.match(r"\s*(COPY|ADD)\s", line):
                lines[number] = re.sub(rf"(?<=[\s/]){old}(?=[\s/]|$)", self.new, line)
        return "\n".join(lines)


class _Renamer(cst.CSTTransformer):
    def __init__(self, names: _Names, old: str) -> None:
        super().__init__()
        self._names = names
        self._old = old

    def leave_ImportFrom(self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom) -> cst.ImportFrom:  # noqa: N802
        if original_node.relative or original_node.module is None:
            return updated_node
        return updated_node.with_changes(module=self._root(original_node.module))

    def visit_Import(self, node: cst.Import) -> bool:  # noqa: ARG002, N802
        return False

    def leave_Import(self, original_node: cst.Import, updated_node: cst.Import) -> cst.Import:  # noqa: ARG002, N802
        return updated_node.with_changes(names=[alias.with_changes(name=self._root(alias.name)) for alias in updated_node.names])

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:  # noqa: ARG002, N802
        return False

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:  # noqa: N802
        if isinstance(original_node.value, cst.Name) and original_node.value.value == self._old:
            return updated_node.with_changes(value=cst.Name(self._names.new))
        return updated_node

    def leave_SimpleString(self, original_node: cst.SimpleString, updated_node: cst.SimpleString) -> cst.SimpleString:  # noqa: ARG002, N802
        inner = updated_node.raw_value
        changed = self._names.in_string(inner)
        return updated_node if changed == inner else _string(updated_node, changed)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802
        name = original_node.func
        last = name.attr.value if isinstance(name, cst.Attribute) else name.value if isinstance(name, cst.Name) else ""
        if last not in _NAMES_A_MODULE:
            return updated_node
        return updated_node.with_changes(args=[argument.with_changes(value=self._plain(argument.value)) for argument in updated_node.args])

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.Assign:  # noqa: N802
        target = original_node.targets[0].target
        if not isinstance(target, cst.Name) or target.value not in _NAMES_AN_APP:
            return updated_node
        return updated_node.with_changes(value=self._plain(updated_node.value))

    def _plain(self, node: cst.BaseExpression) -> cst.BaseExpression:
        """Rename strings that are the plain name, in an expression."""
        changed = m.replace(
            node,
            m.SimpleString(value=m.MatchIfTrue(lambda text: text[1:-1] == self._old)),
            lambda found, _: _string(cst.ensure_type(found, cst.SimpleString), self._names.new),
        )
        assert isinstance(changed, cst.BaseExpression)
        return changed

    def _root(self, node: cst.BaseExpression) -> cst.BaseExpression:
        """Rename the first part of a dotted name."""
        if isinstance(node, cst.Attribute):
            return node.with_changes(value=self._root(node.value))
        return cst.Name(self._names.new) if isinstance(node, cst.Name) and node.value == self._old else node


def _string(node: cst.SimpleString, text: str) -> cst.SimpleString:
    return node.with_changes(value=f"{node.prefix}{node.quote}{text}{node.quote}")
