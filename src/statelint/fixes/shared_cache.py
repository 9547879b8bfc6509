"""A dictionary that caches by hand in a Django project becomes the cache of `CACHES`, where that is shared by all instances."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from statelint.fixes.request import Draft
from statelint.fixes.source import NotEditable
from statelint.fixes.tree import dotted, string
from statelint.model import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.fixes.request import Request
    from statelint.fixes.tree import Placed, Tree

_SETTING: Final = re.compile(r"^\s*CACHES\s*(?::[^=\n]*)?=", re.MULTILINE)
_SHARED: Final = re.compile(r"redis|memcache|DatabaseCache|valkey", re.IGNORECASE)
_TEXT_METHODS: Final = frozenset({"lower", "upper", "strip", "format", "join", "replace", "hexdigest", "isoformat", "casefold"})
_OF_TEXTS: Final = re.compile(r"(?:typing\.)?(?:dict|Dict|MutableMapping|Mapping|defaultdict)\[\s*str\s*,.*\]", re.DOTALL)
_PLAIN: Final = re.compile(r"[\w .:/-]*")
_FOUND: Final = "cached"
"""The name that a found entry gets."""


class _Use(NamedTuple):
    """One place where the dictionary is used."""

    kind: str
    """`made`, `set`, `load`, `delete`, `get`, `in` or `not in`."""
    node: Placed
    """The whole of the use: the call, the subscript, the comparison, the statement."""
    key: cst.BaseExpression | None = None
    rest: Sequence[cst.BaseExpression] = ()
    """The value that is set, or the default."""


def fix(request: Request) -> Draft | None:
    """Return the edits; None unless every use of the name is understood, and keys are text."""
    symbol = request.finding.symbol.rpartition(".")[2]
    if not symbol.isidentifier() or not _is_shared(request) or _is_used_elsewhere(request, symbol):
        return None
    tree = request.file.tree  # last, since a concrete tree takes long
    found = [_use(tree, placed) for placed in tree.nodes if _names(placed, symbol)]
    uses = [one for one in found if one is not None]
    made = [one for one in uses if one.kind == "made"]
    if len(uses) != len(found) or len(made) != 1 or len(uses) == 1:
        return None
    kept = _annotated(tree, made[0].node.node)
    if not all(one.key is None or kept or _is_text(tree, one.key) for one in uses):
        return None
    edits = _edits(tree, uses, symbol.strip("_").lower() or "cache", is_free=request.file.imports.is_free(_FOUND))
    return None if edits is None else Draft(edits=tuple(edits), safe=False, imports=("django.core.cache:cache",))


def _is_shared(request: Request) -> bool:
    """Whether some settings of the project name a cache outside of the process."""
    return any(_SETTING.search(text) and _SHARED.search(text) for _, text in _texts(request, "CACHES"))


def _is_used_elsewhere(request: Request, symbol: str) -> bool:
    word = re.compile(rf"\b{re.escape(symbol)}\b")
    return any(path != request.finding.path and word.search(text) for path, text in _texts(request, symbol))


def _texts(request: Request, word: str) -> Iterator[tuple[str, str]]:
    for _, path in request.project.holding(word):
        try:
            yield path, request.project.file(path).text.text
        except NotEditable:
            continue


def _names(placed: Placed, symbol: str) -> bool:
    """Whether a node is the name, and no attribute or keyword that is called like it."""
    outer = placed.parents[-1] if placed.parents else None
    if not isinstance(placed.node, cst.Name) or placed.node.value != symbol:
        return False
    return not (isinstance(outer, cst.Attribute) and outer.attr is placed.node) and not (
        isinstance(outer, cst.Arg) and outer.keyword is placed.node
    )


def _use(tree: Tree, placed: Placed) -> _Use | None:
    """Understand one use of the name."""
    node, parents = placed.node, [*reversed(placed.parents), None, None, None, None]
    match parents[0]:
        case cst.AssignTarget() | cst.AnnAssign():
            statement = next((one for one in parents if isinstance(one, cst.SimpleStatementLine)), None)
            is_alone = statement is not None and len(statement.body) == 1 and isinstance(tree.place(statement).parents[-1], cst.Module)
            return _Use("made", tree.place(statement.body[0])) if is_alone and statement and _is_empty(statement.body[0]) else None
        case cst.Subscript(slice=[cst.SubscriptElement(slice=cst.Index(value=key))]) as entry if entry.value is node:
            return _entry(tree, key, parents[1:])
        case cst.ComparisonTarget(operator=operator) as target:
            compared = parents[1]
            if isinstance(compared, cst.Comparison) and len(compared.comparisons) == 1 and target.comparator is node:
                kinds = {cst.In: "in", cst.NotIn: "not in"}
                kind = kinds.get(type(operator))
                return _Use(kind, tree.place(compared), compared.left) if kind else None
        case cst.Attribute(attr=cst.Name(value=method)):
            call = parents[1]
            if isinstance(call, cst.Call) and not any(one.keyword or one.star for one in call.args):
                return _call(tree, call, method, parents[2])
    return None


def _is_empty(statement: cst.CSTNode) -> bool:
    value = statement.value if isinstance(statement, (cst.Assign, cst.AnnAssign)) else None
    is_call = isinstance(value, cst.Call) and not value.args and dotted(value.func) == "dict"
    return is_call or (isinstance(value, cst.Dict) and not value.elements)


def _entry(tree: Tree, key: cst.BaseExpression, parents: Sequence[cst.CSTNode | None]) -> _Use | None:
    match parents[0], parents[1]:
        case cst.AssignTarget(), cst.Assign(targets=[_], value=value) as assign:
            return _Use("set", tree.place(assign), key, (value,))
        case cst.Del() as statement, _:
            return _Use("delete", tree.place(statement), key)
        case cst.Return() as statement, _:
            return _Use("load", tree.place(statement), key)
    return None


def _call(tree: Tree, call: cst.Call, method: str, outer: cst.CSTNode | None) -> _Use | None:
    values = [one.value for one in call.args]
    if method == "get" and len(values) in (1, 2):
        return _Use("get", tree.place(call), values[0], values[1:])
    if method == "pop" and len(values) in (1, 2) and isinstance(outer, cst.Expr):
        return _Use("delete", tree.place(call), values[0])
    return None


def _annotated(tree: Tree, statement: cst.CSTNode) -> bool:
    """Whether the dictionary says that its keys are text."""
    return isinstance(statement, cst.AnnAssign) and _OF_TEXTS.fullmatch(tree.code(statement.annotation.annotation)) is not None


def _is_text(tree: Tree, key: cst.BaseExpression) -> bool:
    """Whether an expression is text as far as the function around it tells."""
    match key:
        case cst.SimpleString() | cst.FormattedString():
            return not tree.code(key).lower().startswith(("b", "rb", "br"))
        case cst.Call(func=cst.Name(value="str")) | cst.Call(func=cst.Attribute(attr=cst.Name(value="hexdigest"))):
            return True
        case cst.Call(func=cst.Attribute(value=inner, attr=cst.Name(value=method))):
            return method in _TEXT_METHODS and (method in {"format", "join", "isoformat"} or _is_text(tree, inner))
        case cst.Name(value=name):
            function = next((one for one in reversed(tree.place(key).parents) if isinstance(one, cst.FunctionDef)), None)
            return function is not None and _is_text_in(tree, name, function)
    return False


def _is_text_in(tree: Tree, name: str, function: cst.FunctionDef) -> bool:
    params = function.params
    for one in (*params.posonly_params, *params.params, *params.kwonly_params):
        if one.name.value == name:
            return one.annotation is not None and tree.code(one.annotation.annotation) == "str"
    place = tree.place(function)
    values = [
        assign.value
        for placed in tree.nodes
        if isinstance(assign := placed.node, cst.Assign) and place.start <= placed.start and placed.end <= place.end
        for target in assign.targets
        if isinstance(target.target, cst.Name) and target.target.value == name
    ]
    return bool(values) and all(not isinstance(value, cst.Name) and _is_text(tree, value) for value in values)


# -- what is written instead


def _edits(tree: Tree, uses: Sequence[_Use], prefix: str, *, is_free: bool) -> list[Edit] | None:
    text, edits, done = tree.text, list[Edit](), set[int]()
    for use in uses:
        if id(use) in done:
            continue
        pair = _pair(tree, use, uses)
        if pair is not None:
            more, covered = _looked_up(tree, pair, prefix, is_free=is_free)
            if more is None:
                return None
            edits += more
            done |= {id(one) for one in covered}
    for use in uses:
        if id(use) in done:
            continue
        at = use.node
        if use.kind == "made":
            edits.append(text.edit(text.line_start(at.start), text.next_line(at.end), ""))
        elif use.kind == "load" or use.key is None:
            return None  # what was there a moment ago may have expired
        else:
            key, rest = _key(tree, use.key, prefix), "".join(f", {tree.code(one)}" for one in use.rest)
            written = f"{key} {use.kind} cache" if use.kind in ("in", "not in") else f"cache.{use.kind}({key}{rest})"
            edits.append(text.edit(at.start, at.end, written))
    return edits


class _Pair(NamedTuple):
    """A test whether there is an entry, and the statement around it with what belongs to it."""

    test: _Use
    statement: cst.If
    load: _Use
    value: _Use | None = None
    """What is set where there is no entry."""


def _pair(tree: Tree, use: _Use, uses: Sequence[_Use]) -> _Pair | None:
    """Return `if key in D: return D[key]`, or `if key not in D: D[key] = value` with `return D[key]` below it."""
    outer = use.node.parents[-1] if use.node.parents else None
    if use.kind not in ("in", "not in") or not isinstance(outer, cst.If) or outer.test is not use.node.node or outer.orelse:
        return None
    inner = _statements(outer.body)
    if len(inner) != 1:
        return None
    within = next((one for one in uses if one.node.node is inner[0]), None)
    if within is None or not _same(use, within):
        return None
    if use.kind == "in":
        return _Pair(use, outer, within) if within.kind == "load" else None
    block = tree.place(outer).parents[-1]
    body = list(getattr(block, "body", ()))
    index = next((number for number, one in enumerate(body) if one is outer), len(body))
    below = _statements_of(body[index + 1]) if index + 1 < len(body) else []
    load = next((one for one in uses if below and one.node.node is below[0] and len(below) == 1), None)
    if within.kind != "set" or load is None or load.kind != "load" or not _same(use, load):
        return None
    return _Pair(use, outer, load, within)


def _statements(block: cst.BaseSuite) -> list[cst.CSTNode]:
    lines = block.body if isinstance(block, cst.IndentedBlock) else [block]
    return [statement for line in lines for statement in _statements_of(line)]


def _statements_of(line: cst.CSTNode) -> list[cst.CSTNode]:
    return list(line.body) if isinstance(line, (cst.SimpleStatementLine, cst.SimpleStatementSuite)) else [line]


def _same(one: _Use, other: _Use) -> bool:
    return one.key is not None and other.key is not None and one.key.deep_equals(other.key)


def _looked_up(tree: Tree, pair: _Pair, prefix: str, *, is_free: bool) -> tuple[list[Edit] | None, tuple[_Use, ...]]:
    text = tree.text
    assert pair.test.key is not None  # noqa: S101 - the pair was told by it
    key = _key(tree, pair.test.key, prefix)
    if pair.value is None:
        if not is_free:
            return None, ()
        test, load = pair.test.node, pair.load.node
        edits = [
            text.edit(test.start, test.end, f"({_FOUND} := cache.get({key})) is not None"),
            text.edit(load.start, load.end, f"return {_FOUND}"),
        ]
        return edits, (pair.test, pair.load)
    value = pair.value.rest[0]
    inside = tree.place(value)
    if any(isinstance(one.node, (cst.Await, cst.Yield, cst.NamedExpr)) and inside.start <= one.start < inside.end for one in tree.nodes):
        return None, ()
    start, end = tree.place(pair.statement).start, pair.load.node.end
    return [text.edit(start, end, f"return cache.get_or_set({key}, lambda: {tree.code(value)})")], (pair.test, pair.value, pair.load)


def _key(tree: Tree, key: cst.BaseExpression, prefix: str) -> str:
    """Write the key with the name of the dictionary before it, since others keep entries in the same cache."""
    said, code = string(key), tree.code(key)
    if said is not None and _PLAIN.fullmatch(said):
        return f'"{prefix}:{said}"'
    if isinstance(key, cst.FormattedString) and re.match(r"f['\"](?!['\"]{2})", code):
        return f"{code[:2]}{prefix}:{code[2:]}"
    return f'f"{prefix}:{{{code}}}"' if dotted(key) else f'"{prefix}:" + {code}'
