"""How deeply a file may be nested: a matter of the file alone, whatever stands below the survey on Python's stack.

The survey goes down a tree by recursion. It does so with room for a few frames, which is enough for what people write. Where
they do not suffice the tree is measured, by a loop; one that keeps to the limit is surveyed again with as many frames as
such a tree can need. So the limit on levels decides and never the one on frames.
"""

from __future__ import annotations

import ast
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from statelint.limits import BRANCHES, CHAIN, NESTING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.limits import Limit

TOO_DEEP: Final = (
    f"nested too deeply: more than {NESTING.most} levels, {BRANCHES.most} branches of an `elif` or {CHAIN.most:,} links of a chain"
)

FEW_FRAMES: Final = NESTING.most - 20
"""Less than one frame for each level that is counted: what is nested too deeply never gets by with so few."""
ENOUGH_FRAMES: Final = NESTING.most * 15 + CHAIN.most
"""A level takes up to eight: a call among the arguments of a call takes six, the default of a lambda's parameter seven."""
PARSER_FRAMES: Final = 1000
"""Python's parser allows for three levels of its tree for each frame: more than a chain may have, and as many as by default."""


_NO_LEVELS: Final = (ast.Attribute, ast.Await, ast.Constant, ast.FormattedValue, ast.Name, ast.Starred)


class NestedTooDeeplyError(Exception):
    """A chain of operators, attributes or branches is too long."""


@contextmanager
def room_for(frames: int) -> Iterator[None]:
    """Let Python run this many frames above the caller's, however many there are below."""
    known = sys.getrecursionlimit()
    below = 0
    frame = sys._getframe()  # noqa: SLF001 - the one way to look at the stack that costs nothing
    while frame.f_back is not None:
        below, frame = below + 1, frame.f_back
    sys.setrecursionlimit(below + frames)
    try:
        yield
    finally:
        sys.setrecursionlimit(known)


def check_chain(links: int, limit: Limit = CHAIN) -> None:
    """Raise NestedTooDeeplyError for a chain of too many links; a chain is walked by a loop, and counts as one level."""
    if links > limit.most:
        raise NestedTooDeeplyError


def is_too_deep(tree: ast.AST) -> bool:
    """Whether more statements and expressions stand inside each other than are allowed, or more calls follow each other.

    A level is what the survey goes down by recursion. The links of a chain are none, nor are names and constants, nor the
    parts of the syntax that always belong to what is around them.
    """
    pending = [(tree, 0, 0)]
    while pending:
        node, levels, links = pending.pop()
        if levels > NESTING.most or links > CHAIN.most:
            return True
        for child in ast.iter_child_nodes(node):
            is_link = isinstance(node, ast.Attribute) and isinstance(child, (ast.Call, ast.Subscript))  # `query.where(x).order_by(y)`
            pending.append((child, levels + (not is_link and _is_level(node, child)), links + 2 * is_link))
    return False


def _is_level(node: ast.AST, child: ast.AST) -> bool:
    if isinstance(child, ast.If):
        return not (isinstance(node, ast.If) and node.orelse == [child])
    if isinstance(child, ast.UnaryOp):
        return not (isinstance(child.op, ast.Not) and isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))
    if isinstance(child, ast.BinOp):
        goes_on = isinstance(node, ast.BinOp) and node.left is child and type(node.op) is type(child.op)
        return not goes_on and not isinstance(child.op, ast.Div)
    return isinstance(child, (ast.stmt, ast.expr)) and not isinstance(child, _NO_LEVELS)
