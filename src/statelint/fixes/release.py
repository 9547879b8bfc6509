"""What is taken is given back in `finally`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from statelint.fixes.request import Draft
from statelint.fixes.tree import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.fixes.request import Request
    from statelint.fixes.tree import Tree
    from statelint.model import Edit

_STEP: Final = "    "
_LEAVING: Final = (cst.Return, cst.Yield, cst.Raise, cst.Break, cst.Continue)


class _Taken(NamedTuple):
    """A statement that takes something, and those that follow it in its block."""

    name: str
    call: cst.Call
    awaited: bool
    statement: cst.SimpleStatementLine
    rest: Sequence[cst.BaseStatement]


def fix(request: Request) -> Draft | None:
    """Return the edits: everything after the taking, up to the release where there is one, goes into a `try`."""
    tree, row = request.tree, request.row
    made = tree.first(request.finding, cst.Call)
    taken = _taken(tree, made[0]) if made is not None else None
    if taken is None or row is None or not taken.rest:
        return None
    released = [index for index, one in enumerate(taken.rest) if _is_release(tree, one, taken.name, row.released_by)]
    if len(released) > 1 or _mentions(tree, taken.rest, taken.name, (cst.FunctionDef, cst.Lambda, cst.Nonlocal, cst.Global)):
        return None
    index = released[0] if released else len(taken.rest)
    body = taken.rest[:index]
    if not body or _is_rebound(tree, taken.rest, taken.name) or _leaves_with(tree, body, taken.name):
        return None
    if not released and any(_releases(tree, one, taken.name, row.released_by) for one in body):
        return None  # given back somewhere within: that is for a person to sort out
    edits = _wrapped(tree, body, taken.rest[index] if released else None, _release(taken, row.released_by))
    is_safe = bool(released) and not any(isinstance(one.node, _LEAVING) for one in tree.nodes if _within(tree, one.node, body))
    return None if edits is None else Draft(edits=tuple(edits), safe=is_safe)


def _taken(tree: Tree, call: cst.Call) -> _Taken | None:
    """Tell `name = pool.take()`, with or without `await`, in the block of a function."""
    parents = tree.place(call).parents
    statement = next((one for one in reversed(parents) if isinstance(one, cst.SimpleStatementLine)), None)
    block = parents[parents.index(statement) - 1] if statement is not None else None
    if statement is None or not isinstance(block, cst.IndentedBlock) or len(statement.body) > 1:
        return None
    made = statement.body[0]
    if not isinstance(made, cst.Assign) or len(made.targets) > 1 or not isinstance(made.targets[0].target, cst.Name):
        return None
    awaited = isinstance(made.value, cst.Await) and made.value.expression is call
    if not (awaited or made.value is call) or not any(isinstance(one, cst.FunctionDef) for one in parents):
        return None
    rest = block.body[[id(one) for one in block.body].index(id(statement)) + 1 :]
    return _Taken(made.targets[0].target.value, call, awaited, statement, rest)


def _within(tree: Tree, node: cst.CSTNode, statements: Sequence[cst.BaseStatement]) -> bool:
    place, first, last = tree.place(node), tree.place(statements[0]), tree.place(statements[-1])
    return first.start <= place.start and place.end <= last.end


def _names(tree: Tree, statements: Sequence[cst.BaseStatement], name: str) -> Iterator[tuple[cst.Name, tuple[cst.CSTNode, ...]]]:
    for placed in tree.nodes:
        if isinstance(placed.node, cst.Name) and placed.node.value == name and _within(tree, placed.node, statements):
            yield placed.node, placed.parents


def _mentions(tree: Tree, statements: Sequence[cst.BaseStatement], name: str, kinds: tuple[type[cst.CSTNode], ...]) -> bool:
    """Whether the name stands in a part of one of these kinds: a nested function may use it later."""
    for _, parents in _names(tree, statements, name):
        if any(isinstance(one, kinds) and _within(tree, one, statements) for one in parents if id(one) in tree.placed):
            return True
    return False


def _is_rebound(tree: Tree, statements: Sequence[cst.BaseStatement], name: str) -> bool:
    bound = (cst.AssignTarget, cst.AsName, cst.For, cst.NamedExpr, cst.Del)
    for node, parents in _names(tree, statements, name):
        outer = parents[-1]
        if isinstance(outer, bound) and getattr(outer, "target", getattr(outer, "name", node)) is node:
            return True
    return False


def _leaves_with(tree: Tree, statements: Sequence[cst.BaseStatement], name: str) -> bool:
    """Whether the thing itself leaves: it is returned, yielded, or kept somewhere."""
    for node, parents in _names(tree, statements, name):
        outer = next(
            (one for one in reversed(parents) if not isinstance(one, (cst.Tuple, cst.List, cst.Dict, cst.Element, cst.DictElement))), None
        )
        if isinstance(outer, (cst.Return, cst.Yield)) or (isinstance(outer, (cst.Assign, cst.AnnAssign)) and outer.value is node):
            return True
    return False


def _is_release(tree: Tree, statement: cst.BaseStatement, name: str, methods: Sequence[str]) -> bool:
    """Whether a statement is the release and nothing else: `name.close()`, `pool.putconn(name)`."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    code = tree.code(statement.body[0])
    return _release_call(code, name, methods, re.fullmatch)


def _releases(tree: Tree, statement: cst.BaseStatement, name: str, methods: Sequence[str]) -> bool:
    return _release_call(tree.code(statement), name, methods, re.search)


def _release_call(code: str, name: str, methods: Sequence[str], find: object) -> bool:
    words = "|".join(map(re.escape, methods))
    pattern = rf"(?:await\s+)?(?:{re.escape(name)}\.(?:{words})\(\)|[\w.]+\.(?:{words})\({re.escape(name)}\))"
    return bool(find(pattern, code))  # type: ignore[operator]  # `re.search` or `re.fullmatch`


def _release(taken: _Taken, methods: Sequence[str]) -> str:
    """Write the release: of the pool where that is how the row says it, else of the thing."""
    wait = "await " if taken.awaited else ""
    owner = dotted(taken.call.func).rpartition(".")[0]
    method = methods[0] if methods else "close"
    if method in ("putconn", "release") and owner:
        return f"{wait}{owner}.{method}({taken.name})"
    return f"{wait}{taken.name}.{method}()"


def _wrapped(tree: Tree, body: Sequence[cst.BaseStatement], release: cst.BaseStatement | None, written: str) -> list[Edit] | None:
    """Indent the body below `try:` and put the release below `finally:`."""
    text = tree.text
    margin = text.indent(tree.place(body[0]).start)
    first, last = tree.place(body[0]).start, tree.place(body[-1]).end
    strings = _inside_strings(tree, first, last)
    starts = [at for at in text.starts if first < at < last]
    edits = [text.edit(first, first, f"try:\n{margin}{_STEP}")]
    for at in starts:
        is_blank = text.text[at : text.line_end(at)].strip() == ""
        if not is_blank and not any(start < at <= end for start, end in strings):
            edits.append(text.edit(at, at, _STEP))
    if release is None:
        end = text.line_end(last)
        edits.append(text.edit(end, end, f"\n{margin}finally:\n{margin}{_STEP}{written}"))
    else:
        place = tree.place(release)
        edits.append(text.edit(place.start, place.start, f"finally:\n{margin}{_STEP}"))
        edits += [text.edit(at, at, _STEP) for at in text.starts if place.start < at < place.end]
    return edits


def _inside_strings(tree: Tree, start: int, end: int) -> list[tuple[int, int]]:
    """Return the stretches of strings of several lines, whose lines are what they are."""
    return [
        (placed.start, placed.end)
        for placed in tree.nodes
        if isinstance(placed.node, (cst.SimpleString, cst.FormattedString)) and start <= placed.start and placed.end <= end
    ]
