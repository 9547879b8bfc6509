"""Rename what a project names itself: modules' names, classes, functions, attributes, parameters and locals, to words that say nothing.

A name keeps its spelling where anything but the project's own code may look it up: a library, a framework, a template, a client.
Locals belong to their function. Names of modules, and attributes, are told by their text: one that is kept at one place is kept
everywhere.
"""

from __future__ import annotations

import ast
import builtins
import random
import re
from functools import cache
from textwrap import dedent
from typing import TYPE_CHECKING, Any, Final

import libcst as cst
import libcst.matchers as m
import msgspec
from tests.metamorphic.analysis import rules
from tests.metamorphic.names import bound_by, dotted, imports, local_names, top_level
from tests.metamorphic.project import Changed, Files, concrete, modules, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_CUSTOMARY: Final = frozenset(
    (
        "request", "req", "app", "application", "websocket", "ws", "config", "self", "cls", "scope", "receive", "send", "environ",
        "start_response", "event", "events", "context", "sid", "create_app", "make_app", "get_app", "main", "lifespan",
        "urlpatterns", "app_name", "celery", "router", "api", "handler", "handler404", "handler500", "get_response", "Command",
        "Meta", "Config", "Params", "Media", "upgrade", "downgrade", "info", "root", "parent", "db", "session",
    )
)  # fmt: skip
"""What frameworks and servers look up by its name, or hand to a parameter of the name."""
_SETTINGS: Final = re.compile(
    r"(^|/)(settings|config|conf|conftest|gunicorn[\w.]*|manage|setup)(/|\.py$|\.conf\.py$)|(^|/)(tests|migrations|alembic)/"
)
"""Files whose names are looked up by a framework, a server or a test runner."""
_DOTTED: Final = re.compile(r"\.?[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(\.\*)?")
_PROSE: Final = frozenset({"example", "messages", "words", "patterns", "why", "fix", "summary", "about"})
_BUILT_IN_NAMES: Final = frozenset(dir(builtins))
_BUILT_IN: Final = _BUILT_IN_NAMES.union(
    *(dir(kind) for kind in (dict, list, set, frozenset, tuple, str, bytes, int, float, type, BaseException, ast.walk, open))
)


def rename_identifiers(files: Files, seed: int) -> Changed | None:
    """Give every name that is the project's own business another one that says nothing."""
    names = _Names(files)
    new = _made_up(sorted(names.own), files, random.Random(seed))
    changed = files | {path: concrete(files[path]).visit(_Renamer(new, names, path)).code for path in modules(files)}
    if changed == files:
        return None
    return Changed(changed, renamed=tuple((name, old) for old, name in new.items()), retold=True)


def _made_up(names: list[str], files: Files, pick: random.Random) -> dict[str, str]:
    """Return for each name one of the same style: upper case, capitals, underscores before it."""
    taken = set(re.findall(r"\w+", "\n".join(files.values())))
    new: dict[str, str] = {}
    for name in names:
        made = ""
        while not made or made in taken:
            stem = "".join(pick.choice("bdfgklmnprstvz") + pick.choice("aiou") for _ in range(3)) + pick.choice("kmnrx")
            bare = name.lstrip("_")
            styled = stem.upper() if bare.isupper() else stem.title() if bare[:1].isupper() else stem
            made = name[: len(name) - len(bare)] + styled
        taken.add(made)
        new[name] = made
    return new


class _Names:
    """What a project's names are, and which of them are its own business."""

    def __init__(self, files: Files) -> None:
        trees = {path: tree_of(files[path]) for path in modules(files)}
        parts = {part for path in trees for part in dotted(path, files).split(".")}
        self._plain = _plain_classes(trees.values())
        outside = {path: {one.bound for one in imports(path, files) if one.module.partition(".")[0] not in parts} for path in trees}
        texts = (text for path, text in files.items() if path not in trees and not path.endswith(".md"))
        nodes = [node for tree in trees.values() for node in ast.walk(tree)]
        self._keywords = {node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg}
        self._handed = _handed(nodes)
        attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        everywhere = {*_CUSTOMARY, *dir(builtins), *parts, *_said(nodes), *(name for text in texts for name in re.findall(r"\w+", text))}
        for path, tree in trees.items():
            everywhere |= outside[path] | {one.name for one in imports(path, files) if one.bound in outside[path]}
            everywhere |= {name for node in top_level(tree.body) for name in bound_by(node)} if _SETTINGS.search(path) else set()
            everywhere |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} if _SETTINGS.search(path) else set()
        kept = everywhere | _BUILT_IN | _of_libraries() | self._keywords
        kept |= {name for node in nodes if isinstance(node, ast.ClassDef) and node.name not in self._plain for name in _members(node)}
        kept |= {
            node.attr
            for path, tree in trees.items()
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and _head(node) in outside[path]
        }
        bound = {
            name for path, tree in trees.items() for node in top_level(tree.body) for name in bound_by(node) if name not in outside[path]
        }
        members = {name for node in nodes if isinstance(node, ast.ClassDef) and node.name in self._plain for name in _members(node)}
        self.of_modules = frozenset(name for name in bound - everywhere if name not in attributes or name not in kept)
        self.attributes = frozenset(name for name in members | bound if name not in kept)
        self._bound = {path: {name for node in top_level(tree.body) for name in bound_by(node)} for path, tree in trees.items()}
        functions = (node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
        self.own = self.of_modules | self.attributes | {name for node in functions for name in local_names(node)}

    def locals_of(self, function: ast.FunctionDef | ast.AsyncFunctionDef, path: str, around: str) -> frozenset[str]:
        """Return what is renamed inside a function that lies in no other: what it and those inside it bind, and nobody else gives."""
        is_member = bool(around) and around not in self._plain
        nodes = list(ast.walk(function))
        fixed = {"self", "cls", *self._bound[path]} | {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
        fixed |= {name for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom)) for name in bound_by(node)}
        for node in nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                given = is_member or bool(node.decorator_list) or node.name in self._handed
                names = {arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)}
                fixed |= names if given else names & (self._keywords | _CUSTOMARY)
            elif isinstance(node, ast.ClassDef):
                fixed |= {node.name, *_members(node)}
            elif isinstance(node, ast.Name) and node.id == "locals":
                return frozenset()
        inner = local_names(function) - {function.name}
        return frozenset(name for name in inner if name not in fixed and name not in _BUILT_IN_NAMES and not name.startswith("__"))


class _Renamer(cst.CSTTransformer):
    """Writes new names in one module."""

    def __init__(self, new: Mapping[str, str], names: _Names, path: str) -> None:
        super().__init__()
        self._new, self._names, self._path = new, names, path
        self._inside: list[tuple[str, frozenset[str]]] = []
        """The classes and functions around, each with its name, and its members or what is renamed inside."""
        self._attributes: set[cst.CSTNode] = set()
        self._fixed: set[cst.CSTNode] = set()

    def visit_Attribute(self, node: cst.Attribute) -> None:  # noqa: N802 - libcst's names
        self._attributes.add(node.attr)

    def visit_Arg(self, node: cst.Arg) -> None:  # noqa: N802
        self._fixed.update([node.keyword] if node.keyword else [])

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:  # noqa: N802
        self._fixed.update(m.findall(node.module, m.Name()) if node.module else [])

    def visit_Import(self, node: cst.Import) -> None:  # noqa: N802
        self._fixed.update(name for alias in node.names for name in m.findall(alias.name, m.Name()))

    def visit_ClassDef(self, node: cst.ClassDef) -> None:  # noqa: N802
        self._name(node.name)
        self._inside.append((node.name.value, frozenset(_members(_parsed(node)))))

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:  # noqa: N802
        self._name(node.name)
        if self._inside and self._inside[-1][0]:  # `@size.setter` belongs to the class, not to the method
            heads = (name for decorator in node.decorators for name in m.findall(decorator, m.Name()))
            self._attributes.update(name for name in heads if cst.ensure_type(name, cst.Name).value in self._inside[-1][1])
        inside = self._locals()
        if inside is None:
            tree = _parsed(node)
            assert isinstance(tree, (ast.FunctionDef, ast.AsyncFunctionDef))
            inside = self._names.locals_of(tree, self._path, self._inside[-1][0] if self._inside else "")
        self._inside.append(("", inside))

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:  # noqa: ARG002, N802
        self._inside.pop()
        return updated_node

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:  # noqa: ARG002, N802
        self._inside.pop()
        return updated_node

    def _locals(self) -> frozenset[str] | None:
        """Return what is renamed in the outermost function around, None outside functions."""
        return next((names for name, names in self._inside if not name), None)

    def _name(self, node: cst.Name) -> None:
        """Note that the name of a method is an attribute."""
        if self._inside and self._inside[-1][0]:
            self._attributes.add(node)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:  # noqa: N802
        name = original_node.value
        if original_node in self._fixed:
            return updated_node
        around, names = self._inside[-1] if self._inside else ("", frozenset[str]())
        if original_node in self._attributes or (around and name in names):
            renamed = name in self._names.attributes
        else:
            renamed = name in (self._locals() or ()) or name in self._names.of_modules
        return updated_node.with_changes(value=self._new[name]) if renamed else updated_node


def _parsed(node: cst.CSTNode) -> ast.stmt:
    return ast.parse(dedent(cst.Module([]).code_for_node(node))).body[0]


def _handed(nodes: list[ast.AST]) -> frozenset[str]:
    """Return the names that are used otherwise than by calling them: of functions, those that somebody else calls."""
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    names = {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in called}
    return frozenset(names | {node.attr for node in nodes if isinstance(node, ast.Attribute) and id(node) not in called})


def _said(nodes: list[ast.AST]) -> frozenset[str]:
    """Return the words of strings that are a name, perhaps a dotted one, and no documentation."""
    documentation = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    strings = (node for node in nodes if isinstance(node, ast.Constant) and id(node) not in documentation)
    texts = (node.value for node in strings if isinstance(node.value, str) and re.fullmatch(r"[\w.:()]+", node.value))
    return frozenset(word for text in texts for word in re.findall(r"\w+", text))


def _members(node: ast.AST) -> Iterator[str]:
    """Yield what a class defines: what its body binds, and what its methods set."""
    assert isinstance(node, ast.ClassDef)
    for part in node.body:
        yield from bound_by(part)
        for inner in ast.walk(part):
            match inner:
                case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                    yield name
                case _:
                    pass


def _head(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Call)):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


def _plain_classes(trees: Iterable[ast.Module]) -> frozenset[str]:
    """Return the names of classes whose bases are all of the project, at any distance."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    plain = {node.name for node in classes}
    while True:
        left = {
            node.name
            for node in classes
            if node.keywords or not all(isinstance(base, ast.Name) and base.id in plain for base in node.bases)
        }
        if not left & plain:
            return frozenset(plain)
        plain -= left


@cache
def _of_libraries() -> frozenset[str]:
    """Return every part of every dotted name that the rules know: what libraries call their things, and their methods."""
    return frozenset(part for text in _texts(msgspec.to_builtins(rules())) if _DOTTED.fullmatch(text) for part in re.findall(r"\w+", text))


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        yield from (text for key, value in data.items() if key not in _PROSE for text in _texts(value))
    elif isinstance(data, (list, tuple)):
        yield from (text for value in data for text in _texts(value))
