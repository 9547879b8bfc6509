"""From `ast` expressions to `Expr`, recording calls, reads and loads on the way: each node is visited once."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from statelint.survey.comprehensions import mark
from statelint.survey.conditions import negated
from statelint.survey.nesting import check_chain
from statelint.survey.summary import (
    UNKNOWN,
    Binding,
    Call,
    CallSite,
    Compare,
    Const,
    Display,
    Either,
    Expr,
    Read,
    Ref,
    Template,
    Write,
)
from statelint.survey.values import (
    COMPARISONS,
    ITEM_LIMIT,
    combined,
    constant,
    dotted,
    got_or_default,
    head_of,
    path_got,
    subscript,
    text_kept,
    unpacked,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from statelint.survey.scope import Scope

_PASSED_ON: Final = frozenset({"list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "enumerate"})
"""What gives the elements of its first argument."""
_FIELDS: Final[tuple[type[ast.FormattedValue], ...]] = (ast.FormattedValue, getattr(ast, "Interpolation", ast.FormattedValue))
_ALIASES: Final = ("Annotated[]", "Union[]", "Optional[]")


def expression(node: ast.expr, scope: Scope, how: str = "", bound: str = "") -> Expr:
    """Convert one expression, recording what it does in `scope`; `how` and `bound` describe the use of an outer call."""
    handler = _HANDLERS.get(type(node))
    if handler is not None:
        return handler(node, scope)
    if isinstance(node, ast.Call):
        return _call_expression(node, scope, how, bound)
    if isinstance(node, ast.Await):
        return expression(node.value, scope, "await", bound)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            expression(child, scope)
    return UNKNOWN


def access_path(node: ast.expr, scope: Scope) -> str:
    """Return the access path of an expression, `?` for a head without one."""
    suffix: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            suffix.append("." + node.attr)
            node = node.value
        elif isinstance(node, ast.Name):
            suffix.append(node.id)
            break
        elif isinstance(node, ast.Subscript):
            key = expression(node.slice, scope)
            base = access_path(node.value, scope)
            if isinstance(node.ctx, ast.Load):
                line, column = node.lineno, scope.source.column(node.lineno, node.col_offset)
                scope.reads.append(Read(base, "item", key, line, column, scope.guard_path))
            is_slice = isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load)
            suffix.append(f"{base}.copy()" if is_slice else base + subscript(key))
            break
        elif isinstance(node, ast.Call):
            made = call(node, scope)
            suffix.append(path_got(made) or made.func + "()")
            break
        elif isinstance(node, ast.Await):
            node = node.value
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):  # `(FOLDER / name).open()`: a path below FOLDER
            expression(node.right, scope)
            node = node.left
        else:
            value = expression(node, scope)
            suffix.append(value.path if isinstance(value, Ref) else "?")
            break
    check_chain(len(suffix) - 1)
    suffix.reverse()
    return "".join(suffix)


def call(node: ast.Call, scope: Scope, how: str = "", bound: str = "") -> Call:
    """Record a call and everything inside it."""
    func = access_path(node.func, scope)
    args = tuple([_argument(arg, scope) for arg in node.args])
    keywords = tuple([(keyword.arg or "**", expression(keyword.value, scope)) for keyword in node.keywords])
    source = scope.source
    end_line = node.end_lineno or node.lineno
    made = Call(
        func,
        args,
        keywords,
        node.lineno,
        source.column(node.lineno, node.col_offset),
        end_line,
        source.column(end_line, node.end_col_offset or node.col_offset),
    )
    scope.calls.append(CallSite(made, how, scope.guard_path, bound))  # type: ignore[arg-type]
    if func == "setattr" and len(args) == 3 and isinstance(args[0], Ref) and isinstance(args[1], Const):
        target = f"{args[0].path}.{args[1].value}"
        scope.writes.append(Write(target, "=", args[2], None, made.line, made.column, end_line, made.end_column, scope.guard_path))
    return made


def _argument(node: ast.expr, scope: Scope) -> Expr:
    if isinstance(node, ast.Starred):
        expression(node.value, scope)
        return UNKNOWN
    return expression(node, scope)


def _call_expression(node: ast.Call, scope: Scope, how: str, bound: str) -> Expr:
    made = call(node, scope, how, bound)
    path = path_got(made)
    if path:
        scope.load(path, made.line)
        return got_or_default(path, made)
    text = node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr == "format" else None
    if isinstance(text, ast.Constant) and isinstance(text.value, str):  # `"/{}/all".format(name)`: a template, as with `%`
        whole = constant(text)
        values = [value for _, value in made.keywords] if not made.args else list(made.args)
        return Template(head_of(text.value), (whole, *values))
    if "()" in made.func or "[" in made.func:
        scope.load(made.func, made.line)
    return made


def _name(node: ast.Name, scope: Scope) -> Expr:
    scope.load(node.id, node.lineno)
    return Ref(node.id)


def _attribute(node: ast.Attribute, scope: Scope) -> Expr:
    path = access_path(node, scope)
    scope.load(path, node.lineno)
    return Ref(path)


def _subscripted(node: ast.Subscript, scope: Scope) -> Expr:
    path = access_path(node, scope)
    if path.endswith(_ALIASES):  # a type alias keeps its parts: `Db = Annotated[Session, Depends(get_db)]`
        return annotation(node, scope) or UNKNOWN
    return Ref(path)


def _constant(node: ast.Constant, _scope: Scope) -> Expr:
    return constant(node)


def _joined(node: ast.JoinedStr, scope: Scope) -> Expr:
    head, parts = "", []
    for index, piece in enumerate(node.values):
        if isinstance(piece, ast.Constant):
            if index == 0:
                head = text_kept(str(piece.value))
            parts.append(constant(piece))
        elif isinstance(piece, _FIELDS):
            parts.append(expression(piece.value, scope))
            if piece.format_spec is not None:
                expression(piece.format_spec, scope)
    return Const(head) if all(isinstance(part, Const) for part in parts) and len(parts) <= 1 else Template(head, tuple(parts))


def _operands(node: ast.BinOp) -> list[ast.expr]:
    """Return what an operator joins, its chain as a whole: long ones nest on the left, and are walked by a loop."""
    operands: list[ast.expr] = [node.right]
    left = node.left
    while isinstance(left, ast.BinOp) and type(left.op) is type(node.op):
        operands.append(left.right)
        left = left.left
    operands.append(left)
    check_chain(len(operands))
    operands.reverse()
    return operands


def _binary(node: ast.BinOp, scope: Scope) -> Expr:
    return combined(node.op, [expression(operand, scope) for operand in _operands(node)])


def _boolean(node: ast.BoolOp, scope: Scope) -> Expr:
    kind = "or" if isinstance(node.op, ast.Or) else "and"
    options = tuple([expression(value, scope) for value in node.values])
    return Either(kind, options) if len(options) <= ITEM_LIMIT else UNKNOWN  # type: ignore[arg-type]


def _conditional(node: ast.IfExp, scope: Scope) -> Expr:
    test = expression(node.test, scope)
    options = (expression(node.body, scope), expression(node.orelse, scope))
    return Either("if", options, test, scope.source.segment(node.test))


def _unary(node: ast.UnaryOp, scope: Scope) -> Expr:
    if isinstance(node.op, ast.Not):
        return _not(node, scope)
    value = expression(node.operand, scope)
    if isinstance(node.op, ast.USub) and isinstance(value, Const) and type(value.value) in (int, float):
        return Const(-value.value)  # type: ignore[operator]
    return UNKNOWN


def _not(node: ast.UnaryOp, scope: Scope) -> Expr:
    links, operand = 1, node.operand
    while isinstance(operand, ast.UnaryOp) and isinstance(operand.op, ast.Not):  # by a loop, as with long concatenations
        links, operand = links + 1, operand.operand
    check_chain(links)
    value = expression(operand, scope)
    return negated(value) if links % 2 else value


def _compare(node: ast.Compare, scope: Scope) -> Expr:
    left = expression(node.left, scope)
    parts: list[Expr] = []
    for operator, comparator in zip(node.ops, node.comparators, strict=True):
        right = expression(comparator, scope)
        if isinstance(operator, (ast.In, ast.NotIn)) and isinstance(right, (Ref, Call)):
            column = scope.source.column(node.lineno, node.col_offset)
            path = right.path if isinstance(right, Ref) else right.func + "()"
            scope.reads.append(Read(path, "in", left, node.lineno, column, scope.guard_path))
        parts.append(Compare(left, COMPARISONS[type(operator)], right))
        left = right
    if len(parts) == 1:
        return parts[0]
    return Either("and", tuple(parts)) if len(parts) <= ITEM_LIMIT else UNKNOWN


def _sequence(node: ast.List | ast.Tuple | ast.Set, scope: Scope) -> Expr:
    kind = "list" if isinstance(node, ast.List) else "tuple" if isinstance(node, ast.Tuple) else "set"
    items = [expression(item.value if isinstance(item, ast.Starred) else item, scope) for item in node.elts]
    return Display(kind, tuple(items[:ITEM_LIMIT]))  # type: ignore[arg-type]


def _dict(node: ast.Dict, scope: Scope) -> Expr:
    keys = [UNKNOWN if key is None else expression(key, scope) for key in node.keys]
    items = [expression(value, scope) for value in node.values]
    return Display("dict", tuple(items[:ITEM_LIMIT]), tuple(keys[:ITEM_LIMIT]))


def _comprehension(node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope) -> Expr:
    mark(node, scope.names_bound)
    for generator in node.generators:
        bind_loop(generator.target, expression(generator.iter, scope), scope)
        for test in generator.ifs:
            expression(test, scope)
    if isinstance(node, ast.DictComp):
        key = expression(node.key, scope)
        return Display("dict", (expression(node.value, scope),), (key,), comprehension=True)
    kind = "set" if isinstance(node, ast.SetComp) else "list"
    return Display(kind, (expression(node.elt, scope),), comprehension=True)  # type: ignore[arg-type]


def _named(node: ast.NamedExpr, scope: Scope) -> Expr:
    value = expression(node.value, scope, bound=node.target.id)
    bind(node.target, value, scope)
    return value


def _lambda(node: ast.Lambda, scope: Scope) -> Expr:
    name = f"<lambda:{node.lineno}:{scope.source.column(node.lineno, node.col_offset)}>"
    scope.source.define_lambda(name, node, scope)
    return Ref(name)


def _yield(node: ast.Yield | ast.YieldFrom, scope: Scope) -> Expr:
    scope.is_generator = True
    if node.value is not None:
        scope.give(expression(node.value, scope, "yield"))
    return UNKNOWN


def _starred(node: ast.Starred, scope: Scope) -> Expr:
    return expression(node.value, scope)


def bind(target: ast.expr, value: Expr, scope: Scope, how: str = "=", annotation: Expr | None = None) -> None:
    """Record an assignment of `value` to a target: a binding for a name, a write for everything else."""
    source = scope.source
    line, end_line = target.lineno, target.end_lineno or target.lineno
    column, end_column = source.column(line, target.col_offset), source.column(end_line, target.end_col_offset or 0)
    if isinstance(target, ast.Name):
        if target.id in scope.outer_names:
            kind = "aug" if how == "aug" else "="
            scope.writes.append(Write(target.id, kind, value, None, line, column, end_line, end_column, scope.guard_path))  # type: ignore[arg-type]
            return
        bound = Binding(target.id, value, line, column, end_line, end_column, how, annotation, scope.guard_path)  # type: ignore[arg-type]
        scope.bindings.append(bound)
    elif isinstance(target, (ast.Tuple, ast.List)):
        starred = next((index for index, element in enumerate(target.elts) if isinstance(element, ast.Starred)), len(target.elts))
        is_paired, values = unpacked(value, len(target.elts), starred)
        for element, part in zip(target.elts, values, strict=True):
            bind(element, part, scope, "=" if is_paired else "unpack")
    elif isinstance(target, ast.Starred):
        bind(target.value, value, scope, "unpack")
    else:
        key = expression(target.slice, scope) if isinstance(target, ast.Subscript) else None
        base = access_path(target.value, scope) if isinstance(target, (ast.Subscript, ast.Attribute)) else "?"
        path = base + (f".{target.attr}" if isinstance(target, ast.Attribute) else subscript(key or UNKNOWN))
        kind = how if how in ("aug", "del") else "="
        scope.writes.append(Write(path, kind, value, key, line, column, end_line, end_column, scope.guard_path, annotation))  # type: ignore[arg-type]


def bind_loop(target: ast.expr, iterable: Expr, scope: Scope) -> None:
    """Record that a loop takes its targets from an iterable."""
    while isinstance(iterable, Call) and iterable.args and iterable.func in _PASSED_ON:
        if iterable.func == "enumerate" and isinstance(target, ast.Tuple) and len(target.elts) == 2:
            bind(target.elts[0], UNKNOWN, scope, "for")
            target = target.elts[1]
        elif iterable.func == "enumerate":
            break
        iterable = iterable.args[0]
    if isinstance(iterable, Call) and iterable.func == "zip" and isinstance(target, ast.Tuple) and len(target.elts) == len(iterable.args):
        for element, part in zip(target.elts, iterable.args, strict=True):
            bind_loop(element, part, scope)
        return
    path = iterable.path if isinstance(iterable, Ref) else iterable.func + "()" if isinstance(iterable, Call) else ""
    if path:
        column = scope.source.column(target.lineno, target.col_offset)
        scope.reads.append(Read(path, "iter", None, target.lineno, column, scope.guard_path))
        bind(target, Ref(path + "[]"), scope, "for")
    elif isinstance(iterable, Display) and iterable.items:
        bind(target, iterable.items[0] if len(iterable.items) == 1 else Either("or", iterable.items[:8]), scope, "for")
    else:
        bind(target, UNKNOWN, scope, "for")


def annotation(node: ast.expr | None, scope: Scope) -> Expr | None:
    """Convert an annotation; quoted ones are parsed, subscripts become tuples (see `summary`)."""
    if node is None:
        return None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            quoted = ast.parse(node.value.strip(), mode="eval").body
        except (SyntaxError, ValueError):
            return None
        for inner in ast.walk(quoted):
            ast.copy_location(inner, node)  # the lines of the file, not of the string
        return annotation(quoted, scope)
    if isinstance(node, ast.Subscript):
        members = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        parts = [annotation(part, scope) or UNKNOWN for part in members]
        return Display("tuple", (Ref(dotted(node.value)), *parts))
    if isinstance(node, ast.BinOp):
        return Either("or", tuple([annotation(part, scope) or UNKNOWN for part in _operands(node)]))
    if isinstance(node, (ast.Name, ast.Attribute)):
        return Ref(dotted(node))
    if isinstance(node, ast.Call):
        return expression(node, scope)
    return constant(node) if isinstance(node, ast.Constant) else UNKNOWN


_HANDLERS: Final[dict[type[ast.expr], Callable[..., Expr]]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Constant: _constant,
    ast.Subscript: _subscripted,
    ast.JoinedStr: _joined,
    getattr(ast, "TemplateStr", ast.JoinedStr): _joined,  # since Python 3.14
    ast.BinOp: _binary,
    ast.BoolOp: _boolean,
    ast.IfExp: _conditional,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dict,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.NamedExpr: _named,
    ast.Lambda: _lambda,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.Starred: _starred,
}
