"""A health endpoint: a route by a customary name, in the whole route table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.inspect.context import Report, evidence, finding
from statelint.inspect.spans import line_span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.program.nodes import Function

_HEALTH: Final = re.compile(
    r"(?i)^(?:.*/)?(?:-/)?_*(?:health|healthy|healthz|health[-_]?checks?|livez?|liveness|live|readyz?|readiness|ready|alive|ping|up|"
    r"lbheartbeat|heart[-_]?beat)_*(?:/(?:live|ready|db|liveness|readiness))?$"
)
_WEAK: Final = re.compile(r"(?i)^(?:.*/)?_*status_*$")
_PATH_NAMES: Final = ("path", "PATH_INFO", "url.path", "path_info", "raw_path")


def normalised(path: str) -> str:
    """Strip what patterns add to a path: `^`, `$`, `?`, a trailing slash, a format suffix."""
    path = path.removeprefix("^").removesuffix("$").removesuffix("/?").removesuffix(r"\Z")
    return (path.rstrip("/") or "/") if path.startswith("/") else f"/{path.strip('/')}"


def is_health_path(path: str) -> bool:
    """Whether a path is one that probes customarily ask for."""
    return bool(_HEALTH.match(normalised(path)))


def check(context: Context) -> Iterator[Report]:
    """Report a web application without a health endpoint, where it is made."""
    program = context.program
    found = False
    for route in program.entry_points.routes:
        weak = bool(_WEAK.match(normalised(route.path))) and route.handler is not None and not route.handler.params
        if is_health_path(route.path) or weak:
            found = True
            yield evidence("health", "pass", route.module.path, route.line, f"{' '.join(route.verbs) or 'GET'} {normalised(route.path)}")
    for function, line, text in _compared_paths(context):
        found = True
        yield evidence("health", "pass", function.module.path, line, f"answers {text} itself")
    rule = context.book.rule("missing-health-endpoint")
    if found or rule is None or _library_provides(context):
        return
    anchor = _application(context)
    if anchor is None:
        return
    path, line, column = anchor
    if not program.entry_points.routes or not program.entry_points.routes_complete:
        yield evidence("health", "unknown", path, line, "routes are made by code that could not be followed; none seen is a health endpoint")
        return
    count = len(program.entry_points.routes)
    span = line_span(context, path, line, f"{count} route{'s' if count != 1 else ''}, none of them a health endpoint", column)
    yield finding(rule, span, symbol="health", message=rule.summary, scope="application")


def _library_provides(context: Context) -> bool:
    rule = context.book.rule("missing-health-endpoint")
    names = [name for row in rule.api for name in row.names if "any" in row.satisfies] if rule is not None else []
    program = context.program
    installed = {text.text for text in program.settings.strings("INSTALLED_APPS")} | {text.text for text in program.settings.strings("MIDDLEWARE")}
    return any(name in program.graph.library_calls or name in installed for name in names)


def _compared_paths(context: Context) -> Iterator[tuple[Function, int, str]]:
    """Raw gateways and middleware: `if scope["path"] == "/health"`, `if request.path in {"/healthz"}`."""
    reach = context.program.reach["serving"]
    for function in context.program.functions:
        if function not in reach:
            continue
        for guard in function.summary.guards:
            if guard.kind in ("if", "case") and any(name in guard.text for name in _PATH_NAMES):
                for text in re.findall(r"['\"](/[^'\"\s]*)['\"]", guard.text):
                    if is_health_path(text):
                        yield function, guard.line, text


def _application(context: Context) -> tuple[str, int, int] | None:
    """Where the application is made; of several the first in the order of paths."""
    program = context.program
    places = []
    for name in program.vocabulary.applications:
        for call in program.graph.library_calls.get(name, ()):
            if call.function.module.part in ("app", "settings"):
                places.append((call.function.module.path, call.site.call.line, call.site.call.column))
    if places:
        return min(places)
    for gateway in ("django.core.wsgi.get_wsgi_application", "django.core.asgi.get_asgi_application"):
        for call in program.graph.library_calls.get(gateway, ()):
            places.append((call.function.module.path, call.site.call.line, call.site.call.column))
    if places:
        return min(places)
    for setting in (*program.settings.lookup("ROOT_URLCONF"), *program.settings.lookup("INSTALLED_APPS")):
        return setting.module.path, setting.line, 1
    if context.has_entry_points:
        point = next(point for point in program.entry_points.points if point.role in ("request", "websocket"))
        return point.function.module.path, point.function.summary.line, point.function.summary.column
    return None
