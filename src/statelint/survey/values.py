"""What literals, operators, keys and plain paths come to, given their parts: no more of a value than a summary keeps."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from statelint.survey.summary import UNKNOWN, Call, Const, Display, Either, Expr, Operator, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TEXT_LIMIT: Final = 400
ITEM_LIMIT: Final = 400
"""Of displays, of concatenations, and of conditions; a longer condition is unknown."""
_KEY: Final = re.compile(r"[A-Za-z_][\w-]{0,63}\Z")
_FOLDED: Final[dict[type[ast.operator], Callable[[int, int], int]]] = {
    ast.Mult: int.__mul__,
    ast.Add: int.__add__,
    ast.Sub: int.__sub__,
}
_ARITHMETIC: Final[dict[type[ast.operator], str]] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**", ast.MatMult: "@",
    ast.BitAnd: "&", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
}  # fmt: skip
COMPARISONS: Final[dict[type[ast.cmpop], Operator]] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_PARTIAL: Final = re.compile(r"[%{]")


def constant(node: ast.Constant) -> Expr:
    """Return a literal: the beginning of a long text, and nothing of what is neither text nor an ordinary number."""
    value = node.value
    if isinstance(value, bytes):
        value = value[:_TEXT_LIMIT].decode("latin-1")
    if isinstance(value, str):
        if len(value) > _TEXT_LIMIT:
            value = value[:_TEXT_LIMIT]
        # a lone surrogate is legal in a string and cannot be stored
        return Const(value if value.isascii() else value.encode("utf-8", "backslashreplace").decode())
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        return UNKNOWN  # no wider than what a summary can be stored with
    if value is None or isinstance(value, (bool, int, float)):
        return Const(value)
    return UNKNOWN


def text_kept(text: str) -> str:
    """Return as much of a text as a summary keeps."""
    return text[:_TEXT_LIMIT].encode("utf-8", "backslashreplace").decode()


def head_of(pattern: str) -> str:
    """Return what stands before the first placeholder of a text that is filled in."""
    return _PARTIAL.split(pattern, maxsplit=1)[0]


def combined(operator: ast.operator, parts: Sequence[Expr]) -> Expr:
    """Return what a chain of one operator makes of its operands."""
    if isinstance(operator, ast.BitOr):
        return Either("or", tuple(parts))
    if isinstance(operator, ast.Mod) and isinstance(parts[0], Const) and isinstance(parts[0].value, str):
        return Template(head_of(parts[0].value), tuple(parts))
    fold = _FOLDED.get(type(operator))
    numbers = [part.value for part in parts if isinstance(part, Const) and type(part.value) is int]
    if fold is not None and len(numbers) == len(parts):
        total = numbers[0]
        for number in numbers[1:]:
            total = fold(total, number)
        return Const(total) if -(2**63) <= total < 2**63 else UNKNOWN
    texts = [part.value for part in parts if isinstance(part, Const) and isinstance(part.value, str)]
    if len(texts) == len(parts) and isinstance(operator, ast.Add):
        return Const("".join(texts)[:_TEXT_LIMIT])
    head = parts[0].value if isinstance(parts[0], Const) and isinstance(parts[0].value, str) else ""
    return Template(head, tuple(parts[:ITEM_LIMIT]), _ARITHMETIC[type(operator)])


def subscript(key: Expr) -> str:
    """Return the step of an access path that a key makes; `[]` where the key is not known."""
    if isinstance(key, Const) and isinstance(key.value, str) and _KEY.match(key.value):
        return f"[{key.value}]"
    if isinstance(key, Ref) and (last := key.path.rpartition(".")[2]).isupper() and _KEY.match(last):
        return f"[{last}]"  # a named constant, such as an `AppKey`
    return "[]"


def path_got(made: Call) -> str:
    """Return the path that `getattr(a.b, "c")` and `type(a.b)` stand for, "" for every other call."""
    if made.func == "type" and len(made.args) == 1 and isinstance(made.args[0], Ref):
        return f"{made.args[0].path}.__class__"
    if made.func != "getattr" or len(made.args) < 2 or not isinstance(made.args[1], Const):
        return ""
    owner = made.args[0]
    path = owner.path if isinstance(owner, Ref) else owner.func + "()" if isinstance(owner, Call) else ""
    return f"{path}.{made.args[1].value}" if path else ""


def got_or_default(path: str, made: Call) -> Expr:
    """Return what `getattr(settings, "STORE", "shop.Store")` is: the attribute, or the default where that is more than a placeholder."""
    default = made.args[2] if len(made.args) > 2 else None
    if isinstance(default, Ref) and default != made.args[0]:  # `getattr(value, "app", value)` tells two kinds of values apart
        return Either("or", (Ref(path), default))
    if isinstance(default, Const) and isinstance(default.value, str) and default.value:
        return Either("or", (Ref(path), default))
    return Ref(path)


def unpacked(value: Expr, number: int, starred: int) -> tuple[bool, list[Expr]]:
    """Return what each of several targets gets, and whether each gets an expression of its own, as in `a, b = 1, 2`.

    `starred` is the index of the target with a star, and `number` where there is none: behind a star nobody knows the index.
    """
    if isinstance(value, Display) and len(value.items) == number and value.kind in ("tuple", "list"):
        return True, list(value.items)
    rest = Ref(f"{value.path}.copy()") if isinstance(value, Ref) else UNKNOWN
    return False, [_element(value, index) if index < starred else rest if index == starred else UNKNOWN for index in range(number)]


def _element(value: Expr, index: int) -> Expr:
    if isinstance(value, Ref):
        return Ref(f"{value.path}[{index}]")
    if isinstance(value, Call):
        return Ref(f"{value.func}()[{index}]")
    if isinstance(value, Either) and all(isinstance(row, Display) and index < len(row.items) for row in value.options):
        return Either("or", tuple([row.items[index] for row in value.options if isinstance(row, Display)]))
    return UNKNOWN


def plain_path(node: ast.expr) -> str:
    """Return the dotted path of an attribute target, "" for anything more than names and attributes."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


def dotted(node: ast.expr) -> str:
    """Return names and attributes as a path, with `?` for a head of another kind."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    names.append(node.id if isinstance(node, ast.Name) else "?")
    return ".".join(reversed(names))
