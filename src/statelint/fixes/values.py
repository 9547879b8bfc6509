"""Another value in place of one: of an argument, a setting, an entry of a mapping, or of a call as a whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from statelint.fixes.members import added, argument, dropped, insert, is_open
from statelint.fixes.request import Draft
from statelint.fixes.tree import dotted, string

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.fixes.request import Request
    from statelint.model import Edit

_LITERALS: Final = frozenset({"none", "true", "false"})


class _Change(NamedTuple):
    """What is to be written: the value, what stands beside it, and whether that is safe by itself."""

    value: str
    beside: Mapping[str, str]
    safe: bool


def fix(request: Request) -> Draft | None:
    """Return the edits; None where the finding's stretch is not what the rule file speaks of."""
    tree, how = request.file.tree, request.how
    for placed in tree.at(request.finding):
        edits: tuple[list[Edit], bool] | None = None
        match placed.node:
            case cst.Call(func=func) if how.on and request.file.imports.qualified(dotted(func)) not in how.on:
                continue
            case cst.Call() as call if how.key:
                edits = _in_mapping(request, call)
            case cst.Call() as call if how.argument:
                edits = _in_call(request, call)
            case cst.Call():
                edits = _whole(request, placed.node)
            case cst.DictElement(value=value) | cst.Assign(value=value):
                edits = _setting(request, placed.node, value)
            case cst.AnnAssign(value=cst.BaseExpression() as value):
                edits = _setting(request, placed.node, value)
            case cst.Arg(keyword=cst.Name(), value=value):
                edits = _setting(request, placed.node, value)
        if edits is not None:
            return Draft(edits=tuple(edits[0]), safe=edits[1], imports=how.imports)
    return None


def _change(request: Request, old: str | None) -> _Change | None:
    """Fill in what stands there; None where the fix is not for it. `old` is None where nothing stands."""
    how, row = request.how, request.row
    shown = old if old is not None else _default(row.default if row is not None else "")
    if how.only and not (shown is not None and re.fullmatch(how.only, shown)):
        return None
    is_set = bool(how.value_if_set) and how.variable in request.project.variables
    value, beside = (how.value_if_set, how.beside_if_set) if is_set else (how.value, how.beside)
    if "{old}" in value and shown is None:
        return None
    safe = is_set or how.safe == "always" or (how.safe == "replacing" and old is not None)
    return _Change(_filled(value, shown or ""), {key: _filled(text, shown or "") for key, text in beside.items()}, safe)


def _filled(text: str, old: str) -> str:
    return text.replace("{old}", old)


def _default(pattern: str) -> str | None:
    """Return a row's default as an expression; None where it is no literal."""
    if not pattern or (":" in pattern.partition("/")[0] and "//" not in pattern):
        return None
    if pattern in _LITERALS:
        return pattern.capitalize()
    return pattern if pattern.isdigit() else f'"{pattern}"'


def _in_call(request: Request, call: cst.Call) -> tuple[list[Edit], bool] | None:
    tree, how = request.file.tree, request.how
    given = argument(call, how.argument, how.position)
    if given is None and is_open(call):
        return None
    change = _change(request, tree.code(given.value) if given is not None else None)
    if change is None:
        return None
    fresh = {key: value for key, value in change.beside.items() if argument(call, key, None) is None}
    edits = dropped(tree, call, call.args, frozenset(how.drops))
    if given is not None:
        place = tree.place(given.value)
        edits.append(tree.text.edit(place.start, place.end, change.value))
    else:
        fresh = {how.argument: change.value, **fresh}
    return edits + added(tree, call, [f"{key}={value}" for key, value in fresh.items()], frozenset(how.drops)), change.safe


def _in_mapping(request: Request, call: cst.Call) -> tuple[list[Edit], bool] | None:
    """Look for the key among the mappings that are written out within the call."""
    end = request.file.tree.place(call)
    for placed in request.file.tree.nodes:
        inside = end.start < placed.start and placed.end < end.end
        if inside and isinstance(placed.node, cst.DictElement) and string(placed.node.key) == request.how.key:
            return _setting(request, placed.node, placed.node.value)
    return None


def _whole(request: Request, call: cst.Call) -> tuple[list[Edit], bool] | None:
    tree = request.file.tree
    change = _change(request, tree.code(call))
    if change is None:
        return None
    place = tree.place(call)
    return [tree.text.edit(place.start, place.end, change.value)], change.safe


def _setting(request: Request, node: cst.CSTNode, value: cst.BaseExpression) -> tuple[list[Edit], bool] | None:
    """Replace the value of a setting, an entry or a keyword, and write further ones beside it."""
    tree, how = request.file.tree, request.how
    change = _change(request, tree.code(value))
    if change is None:
        return None
    place = tree.place(value)
    edits = [tree.text.edit(place.start, place.end, change.value)]
    parent = next(
        (one for one in reversed(tree.place(node).parents) if isinstance(one, (cst.Dict, cst.Call, cst.SimpleStatementLine))), None
    )
    if isinstance(node, cst.DictElement) and isinstance(parent, cst.Dict):
        return edits + _entries(request, parent, node, change.beside), change.safe
    if isinstance(node, cst.Arg) and isinstance(parent, cst.Call):
        gone = dropped(tree, parent, parent.args, frozenset(how.drops))
        fresh = [f"{key}={text}" for key, text in change.beside.items() if argument(parent, key, None) is None]
        return edits + gone + added(tree, parent, fresh, frozenset(how.drops)), change.safe
    if not change.beside:
        return edits, change.safe
    lines = _assignments(request, node, change.beside)
    if lines is None or not isinstance(parent, cst.SimpleStatementLine) or len(parent.body) > 1:
        return None
    at = tree.text.next_line(tree.place(node).end)
    lacks = at == len(tree.text.text) and not tree.text.text.endswith(("\n", "\r"))
    indent = tree.text.indent(tree.place(node).start)
    text = "".join(f"{indent}{line}\n" for line in lines)
    return [*edits, *([tree.text.edit(at, at, ("\n" if lacks else "") + text)] if lines else [])], change.safe


def _entries(request: Request, mapping: cst.Dict, node: cst.DictElement, beside: Mapping[str, str]) -> list[Edit]:
    """Set and drop the other keys of a mapping."""
    tree = request.file.tree
    edits = dropped(tree, mapping, mapping.elements, frozenset(request.how.drops))
    known = {string(one.key): one for one in mapping.elements if isinstance(one, cst.DictElement)}
    fresh = []
    for key, text in beside.items():
        if key in known:
            place = tree.place(known[key].value)
            edits.append(tree.text.edit(place.start, place.end, text))
        else:
            fresh.append(f'"{key}": {text}')
    return edits + insert(tree, mapping.elements, mapping.elements.index(node), fresh)


def _assignments(request: Request, node: cst.CSTNode, beside: Mapping[str, str]) -> list[str] | None:
    """Write further settings as this one is written: `app.config["KEY"] = ...`, `KEY = ...`; None where its name is not in it."""
    if not isinstance(node, (cst.Assign, cst.AnnAssign)):
        return None
    if isinstance(node, cst.Assign) and len(node.targets) > 1:
        return None
    target = node.targets[0].target if isinstance(node, cst.Assign) else node.target
    code = request.file.tree.code(target)
    name = request.finding.symbol.rpartition(".")[2]
    match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", code) if name else None
    if match is None:
        return None
    text = request.file.text.text
    heads = {key: code[: match.start()] + key + code[match.end() :] for key in beside}
    return [f"{heads[key]} = {value}" for key, value in beside.items() if f"{heads[key]} = " not in text]
