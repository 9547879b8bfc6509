"""What becomes, inside one function, of something that a call hands out and that has to be given back.

Judged on the concrete tree: a `with` block, a `finally`, a release on the straight way, a return, a place it is kept at.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import libcst as cst

from statelint.program.names.conditions import identifiers, names_in, requires_absence_of
from statelint.survey.module import condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.concrete import Block, Node

_GUARDS: Final = frozenset({"closing", "aclosing", "enter_context", "enter_async_context", "push", "push_async_exit"})
"""Calls that give back, when their own block ends, what they are handed."""
_WAITS: Final = frozenset({"wait_for", "shield", "run", "run_until_complete", "next", "anext"})
"""Calls that give what they are handed."""
_SAME: Final = frozenset({"execution_options", "unwrap", "__enter__", "__aenter__"})
"""Methods that give the object itself."""
_HARMLESS: Final = frozenset(
    {"debug", "info", "warning", "error", "exception", "log", "print", "len", "str", "int", "isinstance", "time", "jsonify"}
)
"""Calls that hardly ever raise, and no reason to speak of a path that leaks."""

_TRANSPARENT: Final = (cst.Await, cst.BooleanOperation, cst.IfExp, cst.From, cst.Call)
"""Around the call: what gives it on. A call is met here only as that of a method or function known to do so."""

ReleaseKind = Literal["released", "never", "path", "early", "success", "returned", "kept", "moved"]


class ReleaseState(NamedTuple):
    """What becomes of it.

    `released`: on every path. `never`; `path`: not when the code between raises; `early`: not where the function leaves
    early; `success`: only when something fails. `returned`: to the caller. `kept`: at the path in `name`. `moved`:
    somewhere that could not be followed.
    """

    kind: ReleaseKind
    line: int = 0
    """Of the statement that leaves without giving back."""
    name: str = ""
    passed: tuple[tuple[int, int], ...] = ()
    """Line and column of the calls that were handed the object, where nothing here gives it back."""


MOVED: Final = ReleaseState("moved")
RELEASED: Final = ReleaseState("released")


@dataclass(frozen=True, slots=True)
class Terms:
    """How it is given back."""

    methods: frozenset[str]
    """Of the object (`close`), or of its pool with the object as argument (`putconn`)."""
    with_keeps: bool = False
    """A `with` block around the object does not give it back."""


def release_of_call(block: Block, place: tuple[int, int, int, int], terms: Terms, shared: frozenset[str]) -> ReleaseState:
    """Follow what the call at a place (line, column, end line, end column) hands out; `shared` names are global or nonlocal."""
    made = next((n for n in block.nodes if isinstance(n.node, cst.Call) and (n.line, n.column, n.end_line, n.end_column) == place), None)
    if made is None:
        return MOVED
    return _Follower(block, terms, shared).expression(made)


def release_of_parameter(block: Block, name: str, terms: Terms) -> ReleaseState:
    """Follow a parameter of the block's function."""
    scope = next((n for n in block.nodes if isinstance(n.node, cst.FunctionDef)), None)
    if scope is None:
        return MOVED
    return _Follower(block, terms, frozenset()).named(name, scope, (scope.line, scope.column))


class _Mention(NamedTuple):
    node: Node
    parents: tuple[cst.CSTNode, ...]
    """From the innermost out, within the function."""
    nested: bool
    """Inside a nested function or lambda."""


class _Follower:
    def __init__(self, block: Block, terms: Terms, shared: frozenset[str]) -> None:
        self._block = block
        self._terms = terms
        self._shared = shared
        self._placed = {id(node.node): node for node in block.nodes}

    # -- from the call outwards

    def expression(self, made: Node) -> ReleaseState:
        """Look at what surrounds the call, from the innermost out."""
        parents = made.parents
        for index in range(len(parents) - 1, -1, -1):
            parent, outer = parents[index], parents[index - 1] if index else None
            if isinstance(parent, _TRANSPARENT) or self._hands_on(parent, outer):
                continue
            if isinstance(parent, (cst.Attribute, cst.Arg)):
                return self._called_upon(parent, outer, made)
            return self._statement(parent, made)
        return MOVED

    def _hands_on(self, parent: cst.CSTNode, outer: cst.CSTNode | None) -> bool:
        """Whether a call around gives the object itself: `await wait_for(pool.acquire(), 5)`."""
        if isinstance(parent, cst.Attribute):
            return isinstance(outer, cst.Call) and parent.attr.value in _SAME
        return isinstance(parent, cst.Arg) and _called(outer) in _WAITS

    def _called_upon(self, parent: cst.Attribute | cst.Arg, outer: cst.CSTNode | None, made: Node) -> ReleaseState:
        if isinstance(parent, cst.Arg):
            return RELEASED if _called(outer) in _GUARDS else MOVED
        released = isinstance(outer, cst.Call) and parent.attr.value in self._terms.methods
        return RELEASED if released else ReleaseState("never", made.line)

    def _statement(self, parent: cst.CSTNode, made: Node) -> ReleaseState:
        match parent:
            case cst.NamedExpr():
                return self._bound(_text(parent.target), made)
            case cst.WithItem() if not self._terms.with_keeps:
                return RELEASED
            case cst.WithItem():
                bound = parent.asname.name if parent.asname is not None else None
                return self._bound(bound.value, made) if isinstance(bound, cst.Name) else ReleaseState("never", made.line)
            case cst.Assign() | cst.AnnAssign():
                return self._assigned(parent, made)
            case cst.Return() | cst.Yield():
                return ReleaseState("returned", made.line)
            case cst.Expr():  # `database.connect()`: the object called upon has to be closed
                func = made.node.func if isinstance(made.node, cst.Call) else None
                return self._stored(_text(func.value), made) if isinstance(func, cst.Attribute) else MOVED
        return MOVED

    def _assigned(self, statement: cst.Assign | cst.AnnAssign, made: Node) -> ReleaseState:
        targets = [target.target for target in statement.targets] if isinstance(statement, cst.Assign) else [statement.target]
        for target in sorted(targets, key=lambda target: isinstance(target, cst.Name)):
            if isinstance(target, cst.Attribute):
                return self._stored(_text(target), made)
            if isinstance(target, cst.Name):
                return self._bound(target.value, made)
        return MOVED

    def _stored(self, path: str, made: Node) -> ReleaseState:
        """Judge a path that is kept on an object: given back here, or kept."""
        scope = self._scope(made)
        found = self.named(path, scope, (made.end_line, made.end_column)) if scope is not None else MOVED
        return found if found.kind in ("released", "path", "early", "success") else ReleaseState("kept", made.line, path)

    def _bound(self, name: str, made: Node) -> ReleaseState:
        scope = self._scope(made)
        if scope is None or name in self._shared:
            return MOVED
        return self.named(name, scope, (made.end_line, made.end_column))

    def _scope(self, made: Node) -> Node | None:
        inner = [parent for parent in made.parents if isinstance(parent, (cst.FunctionDef, cst.Lambda))]
        return self._placed.get(id(inner[-1])) if inner and isinstance(inner[-1], cst.FunctionDef) else None

    # -- from a name onwards

    def named(self, name: str, scope: Node, after: tuple[int, int]) -> ReleaseState:
        """Judge what happens to a name in a function after a place."""
        mentions = list(self._mentions(name, scope, after))
        releases, passed, left = [], [], ""
        for mention in mentions:
            kind = self._kind(mention)
            if kind == "safe":
                return RELEASED
            if kind == "release":
                releases.append(mention)
            elif kind == "passed":
                passed.append(mention)
            elif kind:
                left = left or kind
        plain = [release for release in releases if not any(part == "handler" for _, part in _try_parts(release.parents))]
        if left and (plain or left == "moved"):
            return MOVED
        if left:
            return ReleaseState("returned", after[0]) if left == "returned" else ReleaseState("kept", after[0], left)
        if releases:
            return self._judged(releases, plain, scope, after, name)
        return ReleaseState("never", after[0], passed=tuple(self._outer_call(mention) for mention in passed))

    def _mentions(self, name: str, scope: Node, after: tuple[int, int]) -> Iterator[_Mention]:
        depth = len(scope.parents) + 1
        for node in self._block.nodes:
            if (node.line, node.column) < after or len(node.parents) < depth or node.parents[depth - 1] is not scope.node:
                continue
            if isinstance(node.node, (cst.Name, cst.Attribute)) and _text(node.node) == name:
                parents = tuple(reversed(node.parents[depth:]))
                parent = parents[0] if parents else None
                if isinstance(node.node, cst.Name) and isinstance(parent, cst.Attribute) and parent.attr is node.node:
                    continue
                if (isinstance(parent, cst.Arg) and parent.keyword is node.node) or isinstance(parent, cst.Param):
                    continue
                yield _Mention(node, parents, any(isinstance(outer, (cst.FunctionDef, cst.Lambda)) for outer in parents))

    def _kind(self, mention: _Mention) -> str:
        """Return `safe`, `release`, `passed`, `returned`, `moved`, a path it is kept at, or "" for a mere use."""
        parent = mention.parents[0] if mention.parents else None
        outer = mention.parents[1] if len(mention.parents) > 1 else None
        kind = ""
        if isinstance(parent, (cst.Attribute, cst.Arg)):
            kind = self._used_by_call(parent, outer)
            if mention.nested and kind in ("release", "passed"):
                kind = "safe" if kind == "release" else "moved"
        elif isinstance(parent, cst.WithItem):
            kind = "" if self._terms.with_keeps else "safe"
        else:
            kind = _left_by(mention, parent)
        return kind or ("moved" if mention.nested else "")

    def _used_by_call(self, parent: cst.Attribute | cst.Arg, outer: cst.CSTNode | None) -> str:
        if isinstance(parent, cst.Arg):
            name = _called(outer)
            return "safe" if name in _GUARDS else "release" if name in self._terms.methods else "passed"
        if parent.attr.value in self._terms.methods:  # mentioned and not called: handed on as a callback
            return "release" if isinstance(outer, cst.Call) and outer.func is parent else "safe"
        return "release" if parent.attr.value in ("__exit__", "__aexit__") else ""

    def _outer_call(self, mention: _Mention) -> tuple[int, int]:
        call = next(parent for parent in mention.parents if isinstance(parent, cst.Call))
        placed = self._placed[id(call)]
        return placed.line, placed.column

    # -- paths

    def _judged(self, releases: list[_Mention], plain: list[_Mention], scope: Node, after: tuple[int, int], name: str) -> ReleaseState:
        """Weigh releases that stand in the function itself: `plain` are those outside `except`."""
        if any(part == "finally" for release in releases for _, part in _try_parts(release.parents)):
            return RELEASED
        if not plain:
            return ReleaseState("success", releases[0].node.line)
        handled = {id(statement) for release in releases for statement, part in _try_parts(release.parents) if part == "handler"}
        homes = [(release, self._home(release, plain, name)) for release in releases]
        end = max((release.node.line, release.node.column) for release in plain)
        risky: ReleaseState | None = None
        depth = len(scope.parents) + 1
        for node in self._block.nodes:
            place = (node.line, node.column)
            if place <= after or len(node.parents) < depth or node.parents[depth - 1] is not scope.node:
                continue
            parents = node.parents[depth:]
            if any(isinstance(parent, (cst.FunctionDef, cst.Lambda)) for parent in parents) or _dominated(parents, place, homes):
                continue
            if isinstance(node.node, cst.Return) and not self._excused(parents, name, after):
                return ReleaseState("early", node.line)
            raises = place < end and (isinstance(node.node, (cst.Raise, cst.Yield)) or self._may_raise(node, releases))
            if raises and risky is None and not _caught(parents, handled) and not self._excused(parents, name, after):
                risky = ReleaseState("path", node.line)
        return risky or RELEASED

    def _home(self, release: _Mention, plain: list[_Mention], name: str) -> cst.CSTNode | None:
        """Return the block all of whose ways come past a release; None for the function's own."""
        parents = release.parents
        for index, parent in enumerate(parents):
            if not isinstance(parent, (cst.IndentedBlock, cst.SimpleStatementSuite)):
                continue
            owner = parents[index + 1] if index + 1 < len(parents) else None
            if isinstance(owner, cst.Finally | cst.Else) and index + 2 < len(parents):
                branch, owner = owner, parents[index + 2]
                if isinstance(owner, cst.If) and isinstance(branch, cst.Else) and not _contains(owner.body, plain):
                    return parent
            elif isinstance(owner, cst.If):
                both = owner.orelse is not None and _contains(owner.orelse, plain)
                if not both and name not in identifiers(names_in(condition(self._block.code(owner.test)))):
                    return parent
            if isinstance(owner, (cst.For, cst.While, cst.ExceptHandler, cst.MatchCase)):
                return parent
        return None

    def _may_raise(self, node: Node, releases: list[_Mention]) -> bool:
        if not isinstance(node.node, cst.Call) or _called(node.node) in _HARMLESS:
            return False
        return not any(node.node in release.parents for release in releases)

    def _excused(self, parents: tuple[cst.CSTNode, ...], name: str, after: tuple[int, int]) -> bool:
        """Under `if connection is None:`, or in the handler for a failure of the very call that hands it out."""
        for index, parent in enumerate(parents):
            if isinstance(parent, cst.If) and parent.body in parents[index + 1 : index + 2] and self._is_missing(parent.test, name):
                return True
            if isinstance(parent, cst.Try) and index + 1 < len(parents) and isinstance(parents[index + 1], cst.ExceptHandler):
                statements = parent.body.body
                last = self._placed.get(id(statements[-1])) if statements else None
                if last is not None and last.line <= after[0] <= last.end_line:
                    return True
        return False

    def _is_missing(self, test: cst.BaseExpression, name: str) -> bool:
        return requires_absence_of(condition(self._block.code(test)), name)


def _left_by(mention: _Mention, parent: cst.CSTNode | None) -> str:
    """Say where a statement or display leaves it."""
    match parent:
        case cst.Return():
            return "returned"
        case cst.Element() | cst.DictElement() | cst.StarredElement():
            around = next((each for each in mention.parents if not isinstance(each, (cst.Element, cst.StarredElement, cst.Tuple))), None)
            return "returned" if isinstance(around, cst.Return) else "moved"
        case cst.Assign() if mention.node.node is parent.value:
            target = parent.targets[0].target
            return _text(target) if isinstance(target, cst.Attribute) else "moved"
        case cst.NamedExpr() | cst.AnnAssign() | cst.Global():
            return "moved"
    return ""


def _text(node: cst.CSTNode | None) -> str:
    """Return a dotted path, "" for anything else."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    return ".".join((node.value, *reversed(parts))) if isinstance(node, cst.Name) else ""


def _try_parts(parents: tuple[cst.CSTNode, ...]) -> list[tuple[cst.CSTNode, str]]:
    """Return the `try` statements around a node, innermost first, and in which part of each it stands."""
    found: list[tuple[cst.CSTNode, str]] = []
    for inner, outer in pairwise(parents):
        if isinstance(outer, cst.Try):
            part = "finally" if isinstance(inner, cst.Finally) else "handler" if isinstance(inner, cst.ExceptHandler) else "body"
            found.append((outer, part))
    return found


def _contains(block: cst.CSTNode, releases: list[_Mention]) -> bool:
    return any(block in release.parents for release in releases)


def _dominated(parents: tuple[cst.CSTNode, ...], place: tuple[int, int], homes: list[tuple[_Mention, cst.CSTNode | None]]) -> bool:
    """Whether a release comes first on every way to a place."""
    return any((release.node.line, release.node.column) < place and (home is None or home in parents) for release, home in homes)


def _caught(parents: tuple[cst.CSTNode, ...], handled: set[int]) -> bool:
    """Whether an exception ends in a handler that gives back, or in one that goes on to the release."""
    for outer, inner in pairwise(parents):
        if isinstance(outer, cst.Try) and inner is outer.body:
            if id(outer) in handled:
                return True
            if any(_is_broad(handler) and not _leaves(handler) for handler in outer.handlers):
                return True
    return False


def _is_broad(handler: cst.ExceptHandler) -> bool:
    kind = handler.type
    return kind is None or (isinstance(kind, cst.Name) and kind.value in ("Exception", "BaseException"))


def _leaves(handler: cst.ExceptHandler) -> bool:
    stack: list[cst.CSTNode] = [handler.body]
    while stack:
        node = stack.pop()
        if isinstance(node, (cst.Raise, cst.Return)):
            return True
        if not isinstance(node, (cst.FunctionDef, cst.Lambda)):
            stack.extend(node.children)
    return False


def _called(node: cst.CSTNode | None) -> str:
    """Return the last name of what a call calls."""
    if not isinstance(node, cst.Call):
        return ""
    func = node.func
    return func.attr.value if isinstance(func, cst.Attribute) else func.value if isinstance(func, cst.Name) else ""
