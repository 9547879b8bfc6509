"""Transformations of the order: definitions in their file, methods in their class, files in the project."""

from __future__ import annotations

import ast
import random
from typing import TYPE_CHECKING

import libcst as cst
from tests.metamorphic.dependencies import reordered
from tests.metamorphic.project import Changed, Files, concrete, modules, pairs, tree_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def shuffle_definitions(files: Files, seed: int) -> Changed | None:
    """Put the functions and classes of each module, and the methods of each class, into another order."""
    changed = files | {path: _shuffled(files[path], random.Random(f"{seed} {path}")) for path in modules(files)}
    return Changed(changed) if changed != files else None


def _shuffled(text: str, pick: random.Random) -> str:
    module, tree = concrete(text), tree_of(text)
    if not tree.body:
        return text
    order = reordered([nodes for _, nodes in pairs(module.body, tree.body)], pick, methods=False)
    if any(isinstance(node, ast.ClassDef) for node in ast.walk(tree)):
        module = module.visit(_Methods(tree, pick))
    return module.with_changes(body=[module.body[number] for number in order]).code


class _Methods(cst.CSTTransformer):
    """Put the methods of each class into another order."""

    def __init__(self, tree: ast.Module, pick: random.Random) -> None:
        super().__init__()
        self._pick = pick
        classes = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
        self._waiting = iter(sorted(classes, key=lambda node: (node.lineno, node.col_offset)))
        self._around: list[ast.ClassDef] = []

    def visit_ClassDef(self, node: cst.ClassDef) -> None:  # noqa: N802 - libcst's name
        self._around.append(next(self._waiting))
        assert self._around[-1].name == node.name.value

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:  # noqa: N802
        tree, body = self._around.pop(), updated_node.body
        if not isinstance(original_node.body, cst.IndentedBlock) or not isinstance(body, cst.IndentedBlock):
            return updated_node
        order = reordered([nodes for _, nodes in pairs(original_node.body.body, tree.body)], self._pick, methods=True)
        return updated_node.with_changes(body=body.with_changes(body=_moved(body.body, order)))


def _moved(body: Sequence[cst.BaseStatement], order: Sequence[int]) -> list[cst.BaseStatement]:
    return [body[number] for number in order]


def shuffle_files(files: Files, seed: int) -> Changed | None:
    """Write the files in another order, and give them to the analysis in another one."""
    if len(modules(files)) < 2:
        return None
    paths = list(files)
    random.Random(seed).shuffle(paths)
    return Changed({path: files[path] for path in paths}, order=seed)
