"""The deployment against the program: what the deployment room needs to know of the program, handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from statelint.checks.database.held import held_by
from statelint.checks.database.pools import engines
from statelint.checks.deployment.findings import deployment_findings
from statelint.checks.deployment.inputs import DeploymentFacts, LocalWrite, RouteInfo
from statelint.checks.deployment.start_commands import start_commands
from statelint.inspect.traversal import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.model import Deployment
    from statelint.inspect.context import Context, Report
    from statelint.program.names.nodes import Function
    from statelint.program.routing.routes import RouteEntry

_MAX_CALLS: Final = 6
"""Between a handler and its query; guessed calls are followed too, and further away everything leads to a database."""
_DATABASE: Final = (
    "sqlalchemy.",
    "sqlmodel.",
    "psycopg.",
    "psycopg2.",
    "psycopg_pool.",
    "asyncpg.",
    "aiomysql.",
    "pymysql.",
    "MySQLdb.",
    "peewee.",
    "django.db.",
    "tortoise.",
    "databases.",
    "flask_sqlalchemy.",
    "motor.",
    "pymongo.",
)
_QUERIES: Final = (
    ".execute",
    ".connect",
    ".fetch",
    ".fetchrow",
    ".fetchval",
    ".scalar",
    ".scalars",
    ".cursor",
    ".acquire",
    ".connection",
    ".query",
    ".ensure_connection",
    ".Session",
    ".ping",
)
_WRITES: Final = ("open", "pathlib.Path.write_bytes", "pathlib.Path.write_text", "shutil.copyfileobj", "aiofiles.open")


def check(context: Context) -> Iterator[Report]:
    """Yield what the deployment files give reason to report."""
    deployment = context.deployment
    if deployment is None:
        return
    program = context.program
    facts = DeploymentFacts(
        deployment=deployment,
        routes=tuple(_route(route, context) for route in program.entry_points.routes),
        routes_complete=program.entry_points.routes_complete,
        engines=engines(context),
        held=held_by(context.beside) if context.beside else (),
        everything=_everything(context),
        scaling=context.config.scaling,
        has_web=context.has_entry_points or bool(program.frameworks),
        writes=tuple(_writes(context)),
    )
    yield from deployment_findings(facts, context.rules_by_code)
    yield from start_commands(context)


def _everything(context: Context) -> Deployment | None:
    """Return the deployment of all programs of the package, where there are several."""
    found = [one.deployment for one in context.beside if one.deployment is not None]
    if not found:
        return None
    processes = {(process.target, process.name): process for one in found for process in one.processes}
    return msgspec.structs.replace(found[0], processes=tuple(processes.values()))


def _route(route: RouteEntry, context: Context) -> RouteInfo:
    path = route.path if route.path.startswith(("/", "^")) else f"/{route.path}"
    handler = route.handler.name if route.handler is not None else "the route"
    asks = _asks_database(route.handler, context) if route.handler is not None else None
    return RouteInfo(path, tuple(verb.upper() for verb in route.verbs), handler, route.module.path, route.line, asks)


def _asks_database(handler: Function, context: Context) -> bool | None:
    """Say whether a handler, followed through its calls, uses a database library; None when that cannot be seen."""
    edges = context.program.graph.edges
    for function in nearest([handler], lambda one: [edge.callee for edge in edges.get(one, ())], steps=_MAX_CALLS):
        for site in function.summary.calls:
            for name in _library_names(function, site.call.func, context):
                if name.startswith(_DATABASE) and name.endswith(_QUERIES):
                    return True
    return None


def _library_names(function: Function, path: str, context: Context) -> Iterator[str]:
    for entity in context.program.resolver.walk(function, path).objects:
        name = getattr(entity, "name", "")
        if isinstance(name, str):
            yield name


def _writes(context: Context) -> Iterator[LocalWrite]:
    """Yield the files that requests write to paths whose beginning is known."""
    reach = context.program.reach["serving"]
    for name in _WRITES:
        for call in context.program.graph.library_calls.get(name, ()):
            arguments = call.site.call.args
            if call.function not in reach or not arguments or not _for_writing(call.site.call.args, name, context, call.function):
                continue
            texts = [
                value.const for value in context.program.evaluator.values(call.function, arguments[0]) if value.kind in ("const", "head")
            ]
            paths = tuple(text for text in texts if isinstance(text, str) and text)
            if paths:
                yield LocalWrite(paths, call.function.module.path, call.site.call.line, call.function.name)


def _for_writing(arguments: tuple[object, ...], name: str, context: Context, function: Function) -> bool:
    if not name.endswith("open"):
        return True
    mode = context.program.evaluator.text(function, arguments[1]) if len(arguments) > 1 else "r"  # type: ignore[arg-type]  # an expression of the survey
    return mode is not None and any(letter in mode for letter in "wax+")
