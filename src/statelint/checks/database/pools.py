"""The connection pools of the program: every engine and pool that code or settings make, with the size they come out at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.deploy.model import Factor, SourceRange, fixed, unknown
from statelint.inspect.arguments import argument
from statelint.inspect.source_spans import key_span
from statelint.program.evaluation.settings import development_arm
from statelint.sizing.engines import UNLIMITED, DriverDefault, Engine, driver_defaults
from statelint.survey.summary import Call, Const, Display

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.deploy.model import Process
    from statelint.inspect.context import Context
    from statelint.program.calls.callgraph import LibraryCall
    from statelint.program.evaluation.evaluator import Value
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import Expr

_SCHEME: Final = re.compile(r"(?P<dialect>[a-z0-9]+)(?:\+(?P<driver>[a-z0-9_]+))?:")
_NO_SERVER: Final = ("sqlite", "duckdb")
_DJANGO: Final = {"postgresql": "psycopg2", "postgis": "psycopg2", "mysql": "mysqlclient", "psycopg2": "psycopg2"}
_POSITIONS: Final = {"maxconn": 1}
_SCANNED: Final = ("app", "settings")


def engines(context: Context) -> tuple[Engine, ...]:
    """Return the pools of the program in the order of their places."""
    found = [engine for default in driver_defaults() for engine in _made(default, context)]
    found += _flask(context)
    found += _django(context)
    unique: dict[tuple[str, int], Engine] = {}
    for engine in sorted(found, key=lambda each: (each.place.path, each.place.line, each.place.column)):
        unique.setdefault((engine.place.path, engine.place.line), engine)
    return tuple(unique.values())


def _made(default: DriverDefault, context: Context) -> Iterator[Engine]:
    """Yield the pools that calls of a driver's names make."""
    if default.kind == "django" or default.id in ("sqlalchemy-null-pool", "flask-sqlalchemy"):
        return
    for name in default.names:
        for call in context.program.graph.library_calls.get(name, ()):
            function = call.function
            if function.module.part not in _SCANNED or development_arm(function.summary.guards[index] for index in call.site.guards):
                continue
            url, variable = _first_text(call, context)
            if any(word in url for word in _NO_SERVER) or ":memory:" in url:
                continue
            yield _replaced(_engine(default, call, url, context), url_from=variable)


def _engine(default: DriverDefault, call: LibraryCall, url: str, context: Context) -> Engine:
    made, function = call.site.call, call.function
    place = SourceRange(
        function.module.path, made.line, made.column, made.end_column if made.end_line == made.line else made.column + len(made.func)
    )
    names = [setting.rpartition(".")[2] for setting in default.settings]
    driver = _driver(url) or ("asyncpg" if default.kind == "asyncpg" else default.kind if default.kind != "sqlalchemy" else "")
    base = Engine(
        name=call.site.bound or call.name,
        driver=driver,
        kind=default.kind,
        pool_size=_default(default.pool, place, default),
        max_overflow=fixed(default.overflow, place, f"{default.package}'s default overflow") if default.overflow else None,
        per=default.per,
        place=place,
        eager=default.eager,
        prepares=_prepares(default, driver, made, function, context),
        host=_host(url),
    )
    pool_class = argument(made, "poolclass", None)
    if pool_class is not None and "NullPool" in getattr(pool_class, "path", ""):
        one = fixed(1, place, "NullPool: a connection for each request at once")
        return _replaced(base, pool_size=one, max_overflow=None, per="thread")
    size = _size(names[:1], call, context, place)
    if size is None and default.kind in ("asyncpg", "psycopg") and default.id not in ("asyncpg", "databases-asyncpg", "tortoise"):
        size = _size(["min_size"], call, context, place)
    overflow = _size(names[1:2], call, context, place)
    from_env = any(_variable(argument(made, name, _POSITIONS.get(name)), function, context) for name in names[:1])
    return _replaced(base, pool_size=size or base.pool_size, max_overflow=overflow or base.max_overflow, from_env=from_env)


def _replaced(engine: Engine, **changes: object) -> Engine:
    import msgspec  # noqa: PLC0415 - beside its use

    return msgspec.structs.replace(engine, **changes)


def _default(pool: int | None, place: SourceRange, default: DriverDefault) -> Factor:
    if pool is None:
        return unknown(place, f"the size of the {default.package} pool is not known")
    text = f"{default.package}'s default: no limit" if pool == UNLIMITED else f"{default.package}'s default pool of {pool}"
    return fixed(pool, place, text)


def _size(names: Sequence[str], call: LibraryCall, context: Context, place: SourceRange) -> Factor | None:
    """Return the number that an argument gives; None where it is absent."""
    for name in names:
        given = argument(call.site.call, name, _POSITIONS.get(name))
        if given is not None:
            return _number(name, context.program.evaluator.values(call.function, given), context, place)
    return None


def _number(name: str, values: Sequence[Value], context: Context, place: SourceRange) -> Factor:
    """Return what the values come to: the deployment's environment before a default, else the constant, else unknown."""
    value = values[0]
    variable = next((each.variable for each in values if each.variable), "")
    stated = _deployed(variable, context) if variable else None
    if stated is not None:
        return stated
    number = _whole(value.const) if value.kind == "const" else None
    if len({each.const for each in values}) > 1 or number is None:
        why = f"{variable} is set by no deployment file" if variable else "the value is known only at run time"
        return unknown(place, f"{name}: {why}", 0)
    return fixed(number, place, f"{name}={number}" + (f" unless {variable} is set" if variable else ""))


def _whole(value: object) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 7:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _deployed(variable: str, context: Context) -> Factor | None:
    """Return the number that a production process gets in a variable."""
    for process in context.deployment.processes if context.deployment is not None else ():
        given = process.env.get(variable)
        if given is None or process.stage != "production" or process.kind not in ("web", "unknown"):
            continue
        place = SourceRange(given.path, given.line)
        number = _whole(given.value)
        return fixed(number, place, f"{variable}={number}") if number is not None else unknown(place, f"{variable} is set at run time", 0)
    return None


def _variable(expr: Expr | None, function: Function, context: Context) -> bool:
    return expr is not None and any(value.variable for value in context.program.evaluator.values(function, expr))


def _first_text(call: LibraryCall, context: Context) -> tuple[str, str]:
    """Return the URL as far as it is known, in lower case, and the environment variable that it is read from."""
    made = call.site.call
    given = (
        made.args[0] if made.args else next((value for name, value in made.keywords if name in ("url", "dsn", "conninfo", "db_url")), None)
    )
    values = context.program.evaluator.values(call.function, given) if given is not None else ()
    variable = next((value.variable for value in values if value.variable), "")
    for value in values:
        if value.kind in ("const", "head") and isinstance(value.const, str):
            return value.const.lower(), variable
        deployed = [process.env[value.variable].value for process in _processes(context) if value.variable in process.env]
        if value.variable and deployed and deployed[0]:
            return deployed[0].lower(), variable
    return "", variable


def _processes(context: Context) -> list[Process]:
    return [process for process in context.deployment.processes if process.stage == "production"] if context.deployment is not None else []


def _driver(url: str) -> str:
    match = _SCHEME.match(url)
    if match is None:
        return ""
    return match["driver"] or ("mysqlclient" if match["dialect"].startswith(("mysql", "mariadb")) else "psycopg2")


def _host(url: str) -> str:
    return url.partition("://")[2].rpartition("@")[2].partition("/")[0]


def _prepares(default: DriverDefault, driver: str, made: Call, function: Function, context: Context) -> bool:
    """Say whether the driver prepares statements on the server and nothing here switches that off."""
    if not default.prepares and driver not in ("asyncpg", "psycopg"):
        return False
    return not any(_switched_off(name, value, function, context) for name, value in _arguments(made, function, context))


def _arguments(made: Call, function: Function, context: Context) -> Iterator[tuple[str, Expr]]:
    """Yield keyword arguments, those inside `connect_args` and `kwargs` too."""
    for name, value in made.keywords:
        yield name, value
        if name in ("connect_args", "kwargs", "server_settings"):
            for found in context.program.evaluator.values(function, value):
                display = found.expr if isinstance(found.expr, Display) else value
                if isinstance(display, Display):
                    yield from (
                        (str(key.value), item) for key, item in zip(display.keys, display.items, strict=False) if isinstance(key, Const)
                    )


def _switched_off(name: str, value: Expr, function: Function, context: Context) -> bool:
    values = context.program.evaluator.values(function, value)
    if name == "statement_cache_size":
        return any(each.kind == "const" and each.const in (0, "0") for each in values) or any(each.kind == "unknown" for each in values)
    return name == "prepare_threshold" and any(each.kind in ("const", "unknown") and each.const is None for each in values)


def _flask(context: Context) -> Iterator[Engine]:
    """Yield the pools of Flask-SQLAlchemy, which the application's settings size."""
    default = next(each for each in driver_defaults() if each.id == "flask-sqlalchemy")
    settings, evaluator = context.program.settings, context.program.evaluator
    urls = [
        value
        for name in ("SQLALCHEMY_DATABASE_URI",)
        for found in settings.lookup(name)
        for value in evaluator.values(found.function, found.expr)
    ]
    if any(isinstance(value.const, str) and value.const.startswith(_NO_SERVER) for value in urls):
        return
    for call in context.program.graph.library_calls.get(default.names[0], ()):
        if call.function.module.part not in _SCANNED:
            continue
        engine = _engine(default, call, "", context)
        sizes: dict[str, Factor] = {}
        for key, field in (("pool_size", "pool_size"), ("max_overflow", "max_overflow")):
            for found in settings.lookup(f"SQLALCHEMY_ENGINE_OPTIONS.{key}"):
                place = SourceRange(found.module.path, found.line)
                sizes[field] = _number(key, evaluator.values(found.function, found.expr), context, place)
        yield _replaced(engine, **sizes)


def _django(context: Context) -> Iterator[Engine]:
    """Yield a pool for each server database of Django's settings: one connection a thread, or a pool from Django 5.1 on."""
    settings, evaluator = context.program.settings, context.program.evaluator
    for found in settings.lookup("DATABASES.*.ENGINE"):
        values = evaluator.values(found.function, found.expr)
        backend = next((str(value.const).rpartition(".")[2] for value in values if value.kind in ("const", "head")), "")
        alias = found.name.split(".")[1] if found.name.count(".") > 1 else "default"
        if not backend or "sqlite" in backend or backend.startswith("sqlite"):
            continue
        place = SourceRange(found.module.path, found.line)
        pool = next(iter(settings.lookup(f"DATABASES.{alias}.OPTIONS.pool")), None)
        pooled = pool is not None and not any(
            value.kind == "const" and not value.const for value in evaluator.values(pool.function, pool.expr)
        )
        size = fixed(1, place, "Django: a connection for each thread")
        if pooled and pool is not None:
            found_at = key_span(context.concrete, pool.module.path, pool.line, pool.keys, "")
            place = SourceRange(pool.module.path, found_at.line if found_at is not None else pool.line)
            size = fixed(4, place, "psycopg_pool's default pool of 4")
            for key in ("min_size", "max_size"):
                for given in settings.lookup(f"DATABASES.{alias}.OPTIONS.pool.{key}"):
                    size = _number(key, evaluator.values(given.function, given.expr), context, SourceRange(given.module.path, given.line))
        yield Engine(
            name=f"DATABASES[{alias!r}]",
            driver=_DJANGO.get(backend, backend),
            kind="django",
            pool_size=size,
            per="process" if pooled else "thread",
            place=place,
            eager=pooled,
            prepares=False,
        )
