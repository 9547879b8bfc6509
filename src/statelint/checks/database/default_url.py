"""A database of one instance as the default of a setting, where the engine that uses it could not be followed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.inspect.context import Report, finding, worded
from statelint.inspect.spans import line_span
from statelint.inspect.traversal import reached
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
_ENGINE: Final = re.compile(r"(?:^|_)(?:database|db|sql)_?(?:engine|type|backend|dialect|driver|kind)$", re.IGNORECASE)
"""Names of a setting that says by a word which database there is."""
_SQLITE: Final = re.compile(r"sqlite(?:\+\w+)?:")
_MEMORY: Final = re.compile(r":memory:|mode=memory")


_READS: Final = re.compile(r"(?:environ\.get|getenv)$")


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
            for name in _named(binding.name, binding.value):
                yield _Default(name, function, binding.line)


def _named(name: str, expr: Expr) -> Iterator[str]:
    """Yield the names of databases below a binding: its own, keys of a mapping, an option with a default."""
    waiting = [(name, expr)]
    while waiting:
        key, value = waiting.pop()
        if (_NAME.search(key) and _is_sqlite(value)) or (_ENGINE.search(key) and _is_sqlite_by_name(value)):
            yield key
        elif isinstance(value, Display):
            keys = value.keys if value.kind == "dict" else (None,) * len(value.items)
            pairs = zip(keys, value.items, strict=False)
            waiting += [(str(inner.value) if isinstance(inner, Const) else "", item) for inner, item in pairs][::-1]
        elif isinstance(value, Call) and value.args and isinstance(value.args[0], Const):
            option = str(value.args[0].value)
            default = dict(value.keywords).get("default")
            if default is None and _READS.search(value.func) and len(value.args) > 1:
                default = value.args[1]
            if default is None:
                continue
            if (_NAME.search(option) and _is_sqlite(default)) or (_ENGINE.search(option) and _is_sqlite_by_name(default)):
                yield option


def _is_sqlite(expr: Expr) -> bool:
    """Whether a value, or a part of one that may be taken for it, is the URL of a database file."""
    for part in reached([expr], _alternatives):
        text = part.value if isinstance(part, Const) else part.head if isinstance(part, Template) else None
        if isinstance(text, str) and _SQLITE.match(text) and not _MEMORY.search(text):
            return True
    return False


def _is_sqlite_by_name(expr: Expr) -> bool:
    return any(isinstance(part, Const) and part.value in ("sqlite", "sqlite3") for part in reached([expr], _alternatives))


def _alternatives(expr: Expr) -> Iterable[Expr]:
    match expr:
        case Either(options=options):
            return options
        case Call(args=args, keywords=keywords):
            return (*args, *(value for name, value in keywords if name == "default"))
    return ()


def without_followed(findings: Iterable[Finding]) -> list[Finding]:
    """Drop the defaults where an engine that was followed says it better."""
    found = list(findings)
    followed = any(one.rule == "sqlite-database" and one.label != LABEL and one.confidence != "low" for one in found)
    return [one for one in found if one.label != LABEL or not followed]
