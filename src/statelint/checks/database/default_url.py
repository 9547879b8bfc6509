"""A database of one instance as the default of a setting, where the engine that uses it could not be followed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.inspect.context import Report, finding, worded
from statelint.inspect.spans import line_span
from statelint.program.settings.stages import development_arm, stage_of_class
from statelint.survey.summary import Call, Const, Display, Either, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.inspect.context import Context
    from statelint.model import Finding
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import Expr

LABEL: Final = "the default is a database file of each instance"
_NAME: Final = re.compile(
    r"(?:^|_)(?:database|db|sqlalchemy|sql|metadata)_?(?:\w+_)?(?:ur[il]|dsn|connection|conn)s?$|^dsn$", re.IGNORECASE
)
_SQLITE: Final = re.compile(r"sqlite(?:\+\w+)?:")
_MEMORY: Final = re.compile(r":memory:|mode=memory")
_DEPTH: Final = 3


class _Default(NamedTuple):
    name: str
    function: Function
    line: int


def check(context: Context) -> Iterator[Report]:
    """Report the first default of each module."""
    rule = context.book.rule("sqlite-database")
    if rule is None or not context.has_entry_points:
        return
    told: set[str] = set()
    for default in _defaults(context):
        path = default.function.module.path
        if path not in told:
            told.add(path)
            yield finding(
                rule,
                line_span(context, path, default.line, LABEL),
                symbol=default.name,
                message=worded(rule, "default", symbol=default.name),
                severity="warning",
                confidence="medium",
                scope="settings",
            )


def _defaults(context: Context) -> Iterator[_Default]:
    for module in sorted(context.program.modules.values(), key=lambda module: module.path):
        if module.part not in ("app", "settings"):
            continue
        scopes = [(module.body, binding) for bound in module.body.locals.values() for binding in bound]
        classes = [cls for cls in module.classes.values() if stage_of_class(cls) != "development"]
        scopes += [(cls.scope, binding) for cls in classes for bound in cls.bindings.values() for binding in bound]
        for function, binding in scopes:
            if development_arm(function.summary.guards[index] for index in binding.guards):
                continue
            for name in _named(binding.name, binding.value, 0):
                yield _Default(name, function, binding.line)


def _named(name: str, expr: Expr, depth: int) -> Iterator[str]:
    """Yield the names of databases below a binding: its own, keys of a mapping, an option with a default."""
    if _NAME.search(name) and _is_sqlite(expr, 0):
        yield name
    elif isinstance(expr, Display) and depth < _DEPTH:
        keys: Iterable[Expr | None] = expr.keys if expr.kind == "dict" else [None] * len(expr.items)
        for key, item in zip(keys, expr.items, strict=False):
            yield from _named(str(key.value) if isinstance(key, Const) else "", item, depth + 1)
    elif isinstance(expr, Call) and expr.args and isinstance(expr.args[0], Const):
        option = str(expr.args[0].value)
        if _NAME.search(option) and _is_sqlite(dict(expr.keywords).get("default"), 0):
            yield option


def _is_sqlite(expr: Expr | None, depth: int) -> bool:
    match expr:
        case Const(value=str(text)):
            return bool(_SQLITE.match(text)) and not _MEMORY.search(text)
        case Template():
            return bool(_SQLITE.match(expr.head)) and not _MEMORY.search(expr.head)
        case Either():
            return any(_is_sqlite(option, depth + 1) for option in expr.options)
        case Call() if depth < _DEPTH:
            given = (*expr.args, *(value for name, value in expr.keywords if name == "default"))
            return any(_is_sqlite(arg, depth + 1) for arg in given)
    return False


def without_followed(findings: Iterable[Finding]) -> list[Finding]:
    """Drop the defaults where an engine that was followed says it better."""
    found = list(findings)
    followed = any(one.rule == "sqlite-database" and one.label != LABEL and one.confidence != "low" for one in found)
    return [one for one in found if one.label != LABEL or not followed]
