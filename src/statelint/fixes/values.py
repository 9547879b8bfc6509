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
    tree, how = request.tree, request.how
    for placed in tree.at(request.finding):
        edits: tuple[list[Edit], bool] | None = None
        match placed.node:
            case cst.Call() as call:
                edits = _called(request, call) if _is_named(request, call.func) else None
            case cst.DictElement(value=value) | cst.Assign(value=value):
                edits = _setting(request, placed.node, value)
            case cst.AnnAssign(value=cst.BaseExpression() as value):
                edits = _setting(request, placed.node, value)
            case cst.Arg(keyword=cst.Name(), value=value):
                edits = _setting(request, placed.node, value)
        if edits is not None:
            return Draft(edits=tuple(edits[0]), safe=edits[1], imports=how.imports)
    return None


def _called(request: Request, call: cst.Call) -> tuple[list[Edit], bool] | None:
    how = request.how
    if how.key:
        return _in_mapping(request, call)
    return _in_call(request, call) if how.argument else _whole(request, call)


def _is_named(request: Request, func: cst.BaseExpression) -> bool:
    """Whether a call is one of those that the fix speaks of, and no other that begins at the same place."""
    if request.how.on:
        return request.file.imports.qualified(dotted(func)) in request.how.on
    names = {name.rpartition(".")[2] for name in request.row.names} if request.row is not None and request.row.kind == "call" else set()
    path = dotted(func)
    return not names or not path or bool(names & {path.rpartition(".")[2], request.file.imports.qualified(path).rpartition(".")[2]})


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
    tree, how = request.tree, request.how
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
    """Look for the key in the mappings that the call is given, written out there or above under a name."""
    tree = request.tree
    given = {one.value.value for one in call.args if isinstance(one.value, cst.Name)}
    homes = [tree.place(call)]
    homes += [
        placed
        for placed in tree.nodes
        if isinstance(placed.node, cst.Assign) and any(tree.code(one.target) in given for one in placed.node.targets)
    ]
    found = [
        done
        for placed in tree.nodes
        if isinstance(placed.node, cst.DictElement) and string(placed.node.key) == request.how.key
        if any(home.start < placed.start and placed.end < home.end for home in homes)
        if (done := _setting(request, placed.node, placed.node.value)) is not None
    ]
    return ([edit for edits, _ in found for edit in edits], all(safe for _, safe in found)) if found else None


def _whole(request: Request, call: cst.Call) -> tuple[list[Edit], bool] | None:
    tree = request.tree
    change = _change(request, tree.code(call))
    if change is None:
        return None
    place = tree.place(call)
    return [tree.text.edit(place.start, place.end, change.value)], change.safe


def _setting(request: Request, node: cst.CSTNode, value: cst.BaseExpression) -> tuple[list[Edit], bool] | None:
    """Replace the value of a setting, an entry or a keyword, and write further ones beside it."""
    tree, how = request.tree, request.how
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
    tree = request.tree
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
    code = request.tree.code(target)
    name = request.finding.symbol.rpartition(".")[2]
    match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", code) if name else None
    if match is None:
        return None
    text = request.file.text.text
    heads = {key: code[: match.start()] + key + code[match.end() :] for key in beside}
    return [f"{heads[key]} = {value}" for key, value in beside.items() if f"{heads[key]} = " not in text]
