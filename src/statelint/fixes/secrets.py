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
_NAME: Final = re.compile(r"[A-Za-z_]\w*")


def fix(request: Request) -> Draft | None:
    """Return the edits: `os.environ["NAME"]`, or a field of a settings class that has to be given."""
    tree = request.file.tree
    for placed in tree.at(request.finding):
        match placed.node:
            case cst.AnnAssign(value=cst.Call() as call) if argument(call, "default_factory", None) is not None:
                edits = _without_default(tree, placed.node, call)
                return Draft(edits=tuple(edits), safe=False, message="let the environment tell the secret, and refuse to start without it")
            case cst.AnnAssign(value=cst.BaseExpression() as value) | cst.Assign(value=value):
                return _read(request, value, request.finding.symbol)
            case cst.DictElement(value=value):
                return _read(request, value, request.finding.symbol)
            case cst.Arg(keyword=cst.Name(value=name), value=value):
                return _read(request, value, name)
            case cst.Call() as call if request.how.argument:
                given = argument(call, request.how.argument, request.how.position)
                if given is not None:
                    return _read(request, given.value, "SECRET_KEY" if "secret" in request.how.argument else request.how.argument)
    return None


def _read(request: Request, value: cst.BaseExpression, symbol: str) -> Draft | None:
    tree = request.file.tree
    if not isinstance(value, (cst.Call, cst.BooleanOperation, cst.IfExp)):
        return None  # a name: what it stands for is elsewhere
    name = _variable(tree, value) or _upper(symbol)
    if not name:
        return None
    place = tree.place(value)
    edit = tree.text.edit(place.start, place.end, f'os.environ["{name}"]')
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
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", names[-1]).upper() if names else ""


def _without_default(tree: Tree, node: cst.AnnAssign, call: cst.Call) -> list[Edit]:
    """Take the default from a field; `Field()` goes where nothing else is in it."""
    if len(call.args) > 1:
        return dropped(tree, call, call.args, frozenset({"default_factory"}))
    return [tree.text.edit(tree.place(node.annotation.annotation).end, tree.place(call).end, "")]
