"""Calls that change the schema of a database: of migration tools, of their commands, and plain statements."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.program.names.resolver import split
from statelint.survey.summary import Call, CallSite, Const, Display, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.program.names.nodes import Function

_MANAGEMENT: Final = frozenset({"django.core.management.call_command", "django.core.management.execute_from_command_line"})
_STATEMENT: Final = re.compile(
    r"\s*(?P<words>create\s+(?:unlogged\s+|or\s+replace\s+)?(?:unique\s+)?(?:table|index|schema|type)|alter\s+(?:table|type)|drop\s+(?:table|index|schema))"
    r"(?:\s+if\s+(?:not\s+)?exists)?\s+(?P<what>[\w.\"`]*)",
    re.IGNORECASE,
)
_EXECUTES: Final = frozenset({"execute", "executescript", "exec_driver_sql", "execute_sql", "executemany", "run_sql"})
_FILES: Final = frozenset({"sqlite3", "aiosqlite", "duckdb", "apsw"})
_SERVERS: Final = frozenset(
    {
        "psycopg2",
        "psycopg",
        "asyncpg",
        "aiopg",
        "pymysql",
        "MySQLdb",
        "aiomysql",
        "asyncmy",
        "mysql",
        "oracledb",
        "pyodbc",
        "pymssql",
        "sqlalchemy",
    }
    | {"django", "databases", "peewee", "psycopg_pool", "clickhouse_driver", "clickhouse_connect"}
)
_MAX_WORDS: Final = 12
"""Of a command line: what migrates stands among its first words, and a message should stay readable."""


class SchemaChange(NamedTuple):
    """A call that changes the schema."""

    function: Function
    site: CallSite
    case: Literal["call", "command", "statement"]
    name: str
    """The library name, the command, or the statement's first words."""
    symbol: str

    @property
    def shown(self) -> str:
        """How a sentence names it."""
        return f"the command `{self.name}`" if self.case == "command" else f"`{self.name}`"


def schema_changes(context: Context) -> Iterator[SchemaChange]:
    """Yield every call that changes a schema, each place once, in a fixed order."""
    seen: set[tuple[str, int, int]] = set()
    found = [*_by_tool(context), *_by_callback(context), *_by_command(context), *_by_statement(context)]
    for change in sorted(found, key=lambda c: (c.function.module.path, c.case == "statement", c.site.call.line)):
        key = (change.function.module.path, change.site.call.line, change.site.call.column)
        if key not in seen and not change.name.endswith(".stamp") and not _is_environment(change.function):
            seen.add(key)
            yield change


def _is_environment(function: Function) -> bool:
    """Whether a module is Alembic's own `env.py`, which its commands run, wherever it lies."""
    imports = function.module.body.summary.imports
    return any(f"{imported.module}.{imported.attr}".startswith("alembic.context") for imported in imports)


def _by_tool(context: Context) -> Iterator[SchemaChange]:
    migrate = context.program.vocabulary.role("migrate")
    for name in sorted(context.program.graph.library_calls):
        if migrate.calls(name):
            for call in context.program.graph.library_calls[name]:
                yield SchemaChange(call.function, call.site, "call", name, name.rpartition(".")[2])


def _by_callback(context: Context) -> Iterator[SchemaChange]:
    """`connection.run_sync(metadata.create_all)`, `to_thread(command.upgrade, config, "head")`."""
    migrate = context.program.vocabulary.role("migrate")
    for function in context.program.reach["startup"].functions():
        for site in function.summary.calls:
            for expr in (*site.call.args, *(value for _, value in site.call.keywords)):
                if not isinstance(expr, Ref) or ("." not in expr.path and expr.path not in ("upgrade", "migrate")):
                    continue
                for name in context.program.resolver.library_names(function, expr.path):
                    if migrate.calls(name):
                        yield SchemaChange(function, site, "call", name, name.rpartition(".")[2])


def _by_command(context: Context) -> Iterator[SchemaChange]:
    calls, vocabulary = context.program.graph.library_calls, context.program.vocabulary
    runners, migrating = vocabulary.role("child-process"), vocabulary.pattern("migration-command")
    for name in sorted(name for name in calls if name in runners or name in _MANAGEMENT):
        for call in calls[name]:
            text = _command_line(call.function, call.site.call.args, context)
            if name in _MANAGEMENT:
                text = f"manage.py {text.removeprefix('manage.py').strip()}"
            if migrating.search(text):
                yield SchemaChange(call.function, call.site, "command", text.replace("? ", "").strip(), name.rpartition(".")[2])


def _command_line(function: Function, args: tuple[Expr, ...], context: Context) -> str:
    """Return a command line as far as it is known; `?` stands for a word that is not, or that holds itself."""
    words: list[str] = []
    opened: set[Expr] = set()
    waiting = [(function, expr) for expr in reversed(args)]
    while waiting and len(words) < _MAX_WORDS:
        scope, expr = waiting.pop()
        values = context.program.evaluator.values(scope, expr)
        display = next((value for value in values if isinstance(value.expr, Display)), None)
        if display is not None and isinstance(display.expr, Display) and display.expr not in opened:
            opened.add(display.expr)
            waiting += [(display.function or scope, item) for item in reversed(display.expr.items)]
            continue
        text = next((str(value.const) for value in values if value.kind in ("const", "head") and value.const is not None), "?")
        words.append(text if "\n" not in text else "?")
    return " ".join(words)


def _by_statement(context: Context) -> Iterator[SchemaChange]:
    """`cursor.execute("ALTER TABLE ...")`, unless the project's only driver there is one of files."""
    for function in context.program.reach["startup"].functions():
        for site in function.summary.calls:
            prefix, step = split(site.call.func)
            if step[1:] not in _EXECUTES or not site.call.args:
                continue
            if not _is_server(function, prefix, context):  # cheaper than to follow a text that callers hand in
                continue
            match = _STATEMENT.match(_sql(function, site.call.args[0], context))
            if match is not None:
                shown = " ".join(f"{match['words'].upper()} {match['what']}".split())
                yield SchemaChange(function, site, "statement", shown, step[1:])


def _sql(function: Function, expr: Expr, context: Context) -> str:
    while isinstance(expr, Call):  # `text("...")`, `SQL("...").format(...)`
        if not expr.args or expr.func.rpartition(".")[2] not in ("text", "SQL", "DDL", "dedent"):
            return ""
        expr = expr.args[0]
    if isinstance(expr, Const):
        return expr.value if isinstance(expr.value, str) else ""
    if isinstance(expr, Template):
        return expr.head
    if isinstance(expr, Ref) and expr.path in function.params and expr.path not in function.locals:
        # what executes any statement is handed hundreds of them: only those that callers write down are looked at
        handed = context.program.resolver.flows.arguments.get(function, {}).get(expr.path, ())
        texts = (given.value if isinstance(given, Const) else given.head for _, given in handed if isinstance(given, (Const, Template)))
        return next((text for text in texts if isinstance(text, str) and _STATEMENT.match(text)), "")
    values = context.program.evaluator.values(function, expr) if isinstance(expr, Ref) else ()
    return next((value.const for value in values if value.kind in ("const", "head") and isinstance(value.const, str)), "")


def _is_server(function: Function, receiver: str, context: Context) -> bool:
    """Whether the statement goes to a server: by what the receiver is, else by the drivers that the module imports."""
    names = [e.name for e in context.program.resolver.walk(function, receiver).objects if hasattr(e, "name") and isinstance(e.name, str)]
    packages = {name.partition(".")[0] for name in names}
    if packages & (_FILES | _SERVERS):
        return not packages & _FILES
    body = function.module.body
    imported = {name.module.partition(".")[0] for scope in (body, function) for name in scope.summary.imports}
    return bool(imported & _SERVERS) and not imported & _FILES
