"""A secret that each process draws becomes one that the environment tells, and a process without it does not start."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from statelint.fixes.members import argument, dropped
from statelint.fixes.request import Draft
from statelint.fixes.tree import dotted, string

if TYPE_CHECKING:
    from statelint.fixes.request import Request
    from statelint.fixes.tree import Tree
    from statelint.model import Edit

_READS: Final = frozenset({"os.environ.get", "os.getenv", "environ.get", "getenv"})
_BYTES: Final = re.compile(r"\b(?:urandom|token_bytes|randbytes)\([^()]*\)(?!\.hex)")
"""Draws bytes; what takes these may refuse a text."""
_NAME: Final = re.compile(r"[A-Za-z_]\w*")


def fix(request: Request) -> Draft | None:
    """Return the edits: `os.environ["NAME"]`, or a field of a settings class that has to be given."""
    tree, row = request.tree, request.row
    symbol = request.finding.symbol.rpartition(".")[2].strip("[]\"'")
    for placed in tree.at(request.finding):
        if row is None or row.kind == "setting":
            match placed.node:
                case cst.AnnAssign(target=target, value=cst.Call() as call) if argument(call, "default_factory", None) is not None:
                    return _required(tree, placed.node, call) if _names(tree, target, symbol) else None
                case cst.AnnAssign(target=target, value=cst.BaseExpression() as value) if _names(tree, target, symbol):
                    return _read(tree, value, _upper(symbol))
                case cst.Assign(targets=[cst.AssignTarget(target=target)], value=value) if _names(tree, target, symbol):
                    return _read(tree, value, _upper(symbol))
                case cst.DictElement(value=value):
                    return _read(tree, value, _upper(symbol))
        wanted: list[tuple[str, int | None]] = (
            [(one.argument, one.position) for one in row.decides if one.argument] if row is not None else [(symbol, None)]
        )
        given = _argument(tree, placed.node, wanted)
        if given is not None:
            return _read(tree, given[1].value, _of_argument(given[0]))
    return None


def _names(tree: Tree, target: cst.CSTNode, symbol: str) -> bool:
    return bool(symbol) and re.search(rf"(?<!\w){re.escape(symbol)}(?!\w)", tree.code(target)) is not None


def _argument(tree: Tree, node: cst.CSTNode, wanted: list[tuple[str, int | None]]) -> tuple[str, cst.Arg] | None:
    """Return the argument of the only call within a node that has one by this name."""
    within = tree.place(node)
    calls = [one.node for one in tree.nodes if isinstance(one.node, cst.Call) and within.start <= one.start and one.end <= within.end]
    found = [(name, given) for call in calls for name, position in wanted if (given := argument(call, name, None)) is not None]
    if not found and isinstance(node, cst.Call):
        found = [(name, given) for name, position in wanted if (given := argument(node, name, position)) is not None]
    return found[0] if len(found) == 1 else None


def _of_argument(name: str) -> str:
    """Return the variable for an argument: most are called after what they are, not after whose they are."""
    return "SECRET_KEY" if "secret" in name.lower() or name == "key" else _upper(name)


def _read(tree: Tree, value: cst.BaseExpression, symbol: str) -> Draft | None:
    if not isinstance(value, (cst.Call, cst.Attribute, cst.BooleanOperation, cst.IfExp)) or dotted(value):
        return None  # a name: what it stands for is elsewhere
    name = _variable(tree, value) or symbol
    if not name:
        return None
    place = tree.place(value)
    is_bytes = _BYTES.search(tree.code(value)) is not None
    edit = tree.text.edit(place.start, place.end, f'os.environ["{name}"]' + (".encode()" if is_bytes else ""))
    return Draft(edits=(edit,), safe=False, imports=("os",), message=f"read the secret from {name}, and refuse to start without it")


def _variable(tree: Tree, value: cst.BaseExpression) -> str:
    """Return the variable that the expression reads already."""
    within = tree.place(value)
    for placed in tree.nodes:
        if not (within.start <= placed.start and placed.end <= within.end):
            continue
        node = placed.node
        if isinstance(node, cst.Call) and dotted(node.func) in _READS and node.args:
            return string(node.args[0].value) or ""
        if isinstance(node, cst.Subscript) and dotted(node.value) in ("os.environ", "environ"):
            index = node.slice[0].slice
            return (string(index.value) if isinstance(index, cst.Index) else "") or ""
    return ""


def _upper(symbol: str) -> str:
    names = _NAME.findall(symbol)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", names[-1].lstrip("_")).upper() if names else ""


def _required(tree: Tree, node: cst.AnnAssign, call: cst.Call) -> Draft:
    """Take the default from a field of a settings class, which then refuses to be made without it."""
    edits = _without_default(tree, node, call)
    return Draft(edits=tuple(edits), safe=False, message="let the environment tell the secret, and refuse to start without it")


def _without_default(tree: Tree, node: cst.AnnAssign, call: cst.Call) -> list[Edit]:
    """Take the default away; `Field()` goes where nothing else is in it."""
    if len(call.args) > 1:
        return dropped(tree, call, call.args, frozenset({"default_factory"}))
    return [tree.text.edit(tree.place(node.annotation.annotation).end, tree.place(call).end, "")]
