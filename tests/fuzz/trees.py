"""Syntax trees that are changed and grafted: programs that nobody would write and the grammar allows."""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.fuzz.material import donor

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_MOST: Final = 12
"""Changes to one module."""
_LARGEST: Final = 400
"""Nodes of a part that is grafted."""
_ODD: Final[tuple[Any, ...]] = (
    "",
    "\0",
    "é" * 9,
    "x" * 3000,
    0,
    -1,
    10**40,
    1e308,
    1j,
    b"\xff",
    None,
    True,
    ...,
    "%s" * 40,
    "{0.a[b]!r:>{w}}",
    "a.b:c",
)
_CIRCLES: Final = (
    "{0} = {1}",
    "{0} = str({1})",
    "{0} = [{1}] * 3",
    "{0} = {0} or {1}",
    "{0} = f'{{{1}}}{{{1}}}'",
    "class {0}({1}): pass",
    "def {0}({1}={0}): return {1}({0})",
    "{0}.{1} = {0}",
    "{0}[{1}] = {0}",
    "for {0} in {1}: {1}.append({0})",
    "{0}: {1} = {0}",
)
"""What binds names to each other."""
_AROUND: Final = (
    "if x: pass",
    "while True: pass",
    "for x in y: pass",
    "try: pass\nexcept E as x: pass\nfinally: x",
    "with x as y: pass",
    "def f(x=1, *a, **k): pass",
    "async def f(): pass",
    "class C(D): pass",
    "match x:\n case {'a': y, **z}: pass",
    "if TYPE_CHECKING: pass",
    "@x.y\ndef f(): pass",
    "try: pass\nexcept* E: pass",
)
"""Statements that hold another one."""
_ABOUT: Final = (
    "(lambda: X)()",
    "[X for X in X]",
    "(X := X)",
    "X if X else X",
    "not X",
    "X.a.b",
    "X[X]",
    "X(X, *X, **X)",
    "await X",
    "f'{X!r:>{X}}'",
    "{X: X, **X}",
    "X or X",
    "X < X < X",
    "[*X, X]",
    "X % X",
    "X + X",
    "partial(X, X)",
    "(yield X)",
    "super().X",
    "getattr(X, 'X')",
)
"""Expressions that hold others, in the place of X."""


class _Slot(NamedTuple):
    """Where an expression or a list of statements hangs."""

    parent: ast.AST
    field: str
    at: int | None

    def get(self) -> ast.AST:
        """Return what hangs there."""
        held: Any = getattr(self.parent, self.field)
        found: ast.AST = held if self.at is None else held[self.at]
        return found

    def put(self, node: ast.AST) -> None:
        """Hang something else there."""
        if self.at is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.at] = node


def mutated(text: str, pick: random.Random) -> str:
    """Return a module with some changes; one that cannot be written down any more comes back as it was."""
    tree, other = ast.parse(text), donor(pick)
    try:
        for _ in range(pick.randint(1, _MOST)):
            pick.choice(_CHANGES)(tree, other, pick)
        return ast.unparse(ast.fix_missing_locations(tree))
    except (ValueError, TypeError, AttributeError, RecursionError):  # a tree that is none
        return text


def _expressions(tree: ast.AST) -> list[_Slot]:
    """Return where expressions hang whose value is read."""
    found = []
    for parent in ast.walk(tree):
        if isinstance(parent, ast.JoinedStr | ast.FormattedValue | ast.pattern):
            continue
        for field, value in ast.iter_fields(parent):
            held = enumerate(value) if isinstance(value, list) else ((None, value),)
            for index, node in held:
                if isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
                    found.append(_Slot(parent, field, index))
    return found


def _bodies(tree: ast.AST) -> list[list[ast.stmt]]:
    held = (getattr(node, field, None) for node in ast.walk(tree) for field in ("body", "orelse", "finalbody"))
    return [body for body in held if isinstance(body, list) and body and isinstance(body[0], ast.stmt)]


def _part(nodes: list[Any], pick: random.Random) -> Any:
    """Return a copy of one of some nodes that is not too large, preferring what comes up first."""
    for _ in range(8):
        node = pick.choice(nodes)
        if sum(1 for _ in ast.walk(node)) <= _LARGEST:
            break
    return copy.deepcopy(node)


def _graft_expression(tree: ast.Module, other: ast.Module, pick: random.Random) -> None:
    slots, donors = _expressions(tree), _expressions(other if pick.random() < 0.5 else tree)
    if slots and donors:
        pick.choice(slots).put(_part([slot.get() for slot in donors], pick))


def _graft_statement(tree: ast.Module, other: ast.Module, pick: random.Random) -> None:
    bodies, donors = _bodies(tree), _bodies(other if pick.random() < 0.7 else tree)
    if bodies and donors:
        body = pick.choice(bodies)
        body.insert(pick.randint(0, len(body)), _part([one for some in donors for one in some], pick))


def _remove_statement(tree: ast.Module, _: ast.Module, pick: random.Random) -> None:
    bodies = _bodies(tree)
    if bodies:
        body = pick.choice(bodies)
        body[pick.randrange(len(body))] = ast.Pass()


def _move_statement(tree: ast.Module, _: ast.Module, pick: random.Random) -> None:
    bodies = _bodies(tree)
    if bodies:
        body, target = pick.choice(bodies), pick.choice(bodies)
        moved = body[pick.randrange(len(body))]
        if not any(held is target for held in _bodies(moved)):
            body[body.index(moved)] = ast.Pass()
            target.insert(pick.randint(0, len(target)), moved)


def _rename(tree: ast.Module, _: ast.Module, pick: random.Random) -> None:
    """Give one use of a name another name of the module, by which names come to stand for themselves."""
    nodes = [
        node for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute | ast.arg | ast.alias | ast.FunctionDef | ast.ClassDef)
    ]
    if not nodes:
        return

    def field(node: ast.AST) -> str:
        return next(name for name in ("id", "attr", "arg", "name") if hasattr(node, name))

    node, other = pick.choice(nodes), pick.choice(nodes)
    setattr(node, field(node), getattr(other, field(other)))


def _circle(tree: ast.Module, _: ast.Module, pick: random.Random) -> None:
    """Bind names of the module to each other in a circle."""
    names = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id.isidentifier()})
    bodies = _bodies(tree)
    if not names or not bodies:
        return
    chosen = [pick.choice(names) for _ in range(pick.randint(1, 4))]
    form = pick.choice(_CIRCLES)
    for name, following in zip(chosen, [*chosen[1:], chosen[0]], strict=True):
        body = pick.choice(bodies)
        body[pick.randint(0, len(body)) : 0] = ast.parse(form.format(name, following)).body


def _wrap(tree: ast.Module, _: ast.Module, pick: random.Random) -> None:
    """Put a statement into another one."""
    form = pick.choice(_AROUND)
    bodies = _bodies(tree)
    if not bodies:
        return
    body = pick.choice(bodies)
    at = pick.randrange(len(body))
    outer = ast.parse(form)
    inner = _bodies(outer)[1 if len(_bodies(outer)) > 1 else 0]
    inner.append(body[at])
    body[at] = outer.body[0]


def _wrap_expression(tree: ast.Module, _: ast.Module, pick: random.Random) -> None:
    slots = _expressions(tree)
    if not slots:
        return
    slot = pick.choice(slots)
    form = pick.choice(_ABOUT)
    outer = ast.parse(form, mode="eval").body
    names = [one for one in _expressions(ast.Expression(outer)) if isinstance(one.get(), ast.Name)]
    for one in names:
        one.put(copy.deepcopy(slot.get()))
    slot.put(outer)


def _odd_constant(tree: ast.Module, _: ast.Module, pick: random.Random) -> None:
    slots = [slot for slot in _expressions(tree) if isinstance(slot.get(), ast.Constant)]
    if slots:
        pick.choice(slots).put(ast.Constant(pick.choice(_ODD)))


_CHANGES: Final[tuple[Callable[[ast.Module, ast.Module, random.Random], None], ...]] = (
    *(_graft_expression, _graft_expression, _graft_statement, _graft_statement, _remove_statement, _move_statement),
    *(_rename, _rename, _circle, _circle, _wrap, _wrap_expression, _odd_constant),
)
