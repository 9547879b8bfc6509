"""Expressions of a summary as short text, so that a table of cases can be read."""

from __future__ import annotations

from statelint.survey.module import survey
from statelint.survey.summary import (
    Call,
    ClassSummary,
    Compare,
    Const,
    Display,
    Either,
    Expr,
    FunctionSummary,
    ModuleSummary,
    Not,
    Ref,
    Template,
)

BRACKETS = {"list": ("[", "]"), "tuple": ("(", ")"), "set": ("{", "}"), "dict": ("{", "}")}


def show(expr: Expr | None) -> str:
    """Return `a.b` for a reference, `?` for the unknown, `'x'` for a constant, and so on."""
    match expr:
        case None:
            return "-"
        case Const():
            return repr(expr.value)
        case Ref():
            return expr.path
        case Call():
            keywords = [f"{name}={show(value)}" for name, value in expr.keywords]
            return f"{expr.func}({', '.join([*map(show, expr.args), *keywords])})"
        case Display():
            return _display(expr)
        case Template():
            return f"<{expr.head}|{' '.join(map(show, expr.parts))}>"
        case Either() | Compare() | Not():
            return _condition(expr)
        case _:
            return "?"


def _condition(expr: Either | Compare | Not) -> str:
    if isinstance(expr, Either):
        return f"({f' {expr.kind} '.join(map(show, expr.options))}{f' ? {show(expr.test)}' if expr.test else ''})"
    return f"not {show(expr.operand)}" if isinstance(expr, Not) else f"{show(expr.left)} {expr.operator} {show(expr.right)}"


def _display(expr: Display) -> str:
    opening, closing = BRACKETS[expr.kind]
    if expr.kind == "dict":
        members = [f"{show(key)}: {show(item)}" for key, item in zip(expr.keys, expr.items, strict=True)]
    else:
        members = [show(item) for item in expr.items]
    return f"{opening}{', '.join(members)}{' for' if expr.comprehension else ''}{closing}"


def module(source: str | bytes) -> ModuleSummary:
    """Survey source that has to be right."""
    found = survey(source.encode() if isinstance(source, str) else source)
    assert not found.error, found.error
    return found


def body(source: str) -> FunctionSummary:
    """Return the summary of a module's body."""
    return module(source).functions[0]


def function(source: str, name: str = "f") -> FunctionSummary:
    """Return the summary of one function."""
    return next(one for one in module(source).functions if one.name == name)


def class_(source: str, name: str = "C") -> ClassSummary:
    """Return the summary of one class."""
    return next(one for one in module(source).classes if one.name == name)
