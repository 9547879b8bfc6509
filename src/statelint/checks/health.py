"""A health endpoint: a route by a customary name, in the whole route table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.checks.common.main_application import main_application
from statelint.inspect.arguments import written_path
from statelint.inspect.context import Report, evidence, finding, worded
from statelint.inspect.rows.judge import RowJudge
from statelint.inspect.spans import line_span
from statelint.model import Evidence
from statelint.program.names.conditions import inside, mentions
from statelint.program.routing.paths import UNKNOWN_PART, PathReader, path_for_people
from statelint.survey.summary import Call, Const, Not, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.program.names.nodes import Function
    from statelint.program.routing.routes import RouteEntry
    from statelint.rulebook.schema import Rule

_STRONG: Final = re.compile(
    r"(?i)^(?:.*/)?(?:-/)?_*(?:health|healthy|healthz|health[-_]?checks?|livez?|liveness|readyz?|readiness|alive|lbheartbeat|heart[-_]?beat)_*"
    r"(?:/(?:live|ready|db|liveness|readiness|startup|ping))?$"
)
_PLAIN: Final = re.compile(r"(?i)^(?:.*/)?(?:-/)?_*(?:live|ready|ping|up)_*$|^(?:/|api|rest|v\d+(?:\.\d+)?|_?internal|-|\{\})*/_*status_*$")
"""Names that are a health check if a GET without anything else answers; `/auth/status` is the status of something else."""
_PARAMETER: Final = re.compile(r"<[^>]*>|\{(?!\}|language\})[^}]*\}|\(\?P<|\(|:\w+")
_PATH_NAMES: Final = re.compile(r"\b(?:path|PATH_INFO|path_info|raw_path|full_path|url_path)\b")
_LOGIN: Final = re.compile(
    r"login_required|admin_required|auth_required|jwt_required|permission_required|roles?_required|authenticated|(?:require|need)s?_(?:login|auth|admin|perm|role|scope)"
)
_FORWARDED: Final = frozenset({"call_next", "get_response", "app", "application", "inner", "next", "handler", "next_handler"})
_ASKING: Final = frozenset({"requests", "httpx", "aiohttp", "urllib", "urllib3", "logging", "flask", "fastapi", "builtins"})
"""What asks for a path, or is read as a route already."""
_GATEWAYS: Final = (
    "django.core.wsgi.get_wsgi_application", "django.core.handlers.wsgi.WSGIHandler", "django.core.asgi.get_asgi_application",
)  # fmt: skip


class Anchor(NamedTuple):
    """Where the application is made."""

    path: str
    line: int
    column: int


def normalised(path: str) -> str:
    """Strip what patterns add to a path: `^`, `$`, `?`, a trailing slash, a format suffix."""
    path = path.removeprefix("^").removesuffix("$").removesuffix("/?").removesuffix(r"\Z").replace(r"\.", ".").removesuffix(".json")
    return (path.rstrip("/") or "/") if path.startswith(("/", UNKNOWN_PART)) else f"/{path.strip('/')}"


def is_health_path(path: str) -> bool:
    """Whether a path is one that probes customarily ask for; one with a parameter speaks of something else's health."""
    return not _PARAMETER.search(path) and bool(_STRONG.match(normalised(path)))


def check(context: Context) -> Iterator[Report]:
    """Report a web application without a health endpoint, where it is made."""
    rule = context.book.rule("missing-health-endpoint")
    if rule is None:
        return
    said = [*_routes(context), *_compared_paths(context), *_wrappers(context), *_libraries(context, rule)]
    yield from said
    if said:
        return
    routes = context.program.entry_points.routes
    anchor = _application(context)
    if anchor is None:
        if routes:
            first = routes[0]
            text = "no application is made here; whether the project that uses these routes has a health endpoint is not known"
            yield evidence("health", "unknown", first.module.path, first.line, text)
        return
    if not routes or not context.program.entry_points.routes_complete:
        yield _open(context, anchor)
        return
    yield _missing(context, rule, anchor)


def _missing(context: Context, rule: Rule, anchor: Anchor) -> Report:
    routes = context.program.entry_points.routes
    count = len(routes)
    closed = [(route, reason) for route in routes if is_health_path(route.path) and (reason := _closed(route))]
    label = f"{count} route{'s' if count != 1 else ''}, none of them a health endpoint"
    span = line_span(context, anchor.path, anchor.line, label, anchor.column)
    spans = [line_span(context, route.module.path, route.line, reason) for route, reason in closed[:1]]
    message = worded(rule, "method" if closed else "", symbol="the application")
    return finding(rule, span, symbol="health", message=message, spans=spans, scope="application")


def _open(context: Context, anchor: Anchor) -> Report:
    places = context.program.entry_points.unfollowed
    where = f" ({places[0][0].path}:{places[0][1]})" if places else ""
    text = f"routes are made by code that could not be followed{where}; none seen is a health endpoint"
    return evidence("health", "unknown", anchor.path, anchor.line, text)


# -- what answers


def _routes(context: Context) -> Iterator[Evidence]:
    for route in context.program.entry_points.routes:
        if _is_named(route.path) and _answers(route):
            text = f"{' '.join(route.verbs) or 'GET'} {path_for_people(normalised(route.path))}"
            yield evidence("health", "pass", route.module.path, route.line, text)


def _is_named(path: str) -> bool:
    return is_health_path(path) or (not _PARAMETER.search(path) and bool(_PLAIN.match(normalised(path))))


def _answers(route: RouteEntry) -> bool:
    """Whether a GET gets an answer; a name that may mean something else (`/status`) only from a handler that asks for nothing."""
    if _closed(route):
        return False
    if is_health_path(route.path) or route.handler is None:
        return is_health_path(route.path)
    asked = [param.name for param in route.handler.summary.params if param.default is None and param.kind == ""]
    return not set(asked) - {"self", "cls", "request", "req", "resp", "response", "_", "_request", "context"}


def _closed(route: RouteEntry) -> str:
    """Why a probe gets no answer from a route, "" if nothing speaks against one."""
    if route.verbs and not {"GET", "HEAD"}.intersection(route.verbs):
        return f"answers {', '.join(route.verbs)} only"
    for decorator in route.handler.summary.decorators if route.handler is not None else ():
        path = written_path(decorator)
        if _LOGIN.search(path.lower()):
            return "answers only after a login"
    return ""


def _compared_paths(context: Context) -> Iterator[Evidence]:
    """Raw gateways and middleware: `if scope["path"] == "/health"`, `if request.path in PROBES`, a path that is handed in."""
    reach, reader = context.program.reach["serving"], PathReader(context.program.resolver)
    for function in context.program.functions:
        if function not in reach:
            continue
        for index, guard in enumerate(function.summary.guards):
            if guard.kind not in ("if", "case") or isinstance(guard.test, (Ref, Not)):
                continue
            if mentions(guard, function.summary, _PATH_NAMES) and not _forwards(function, index):
                parts = inside(guard.test, *(function.summary.calls[number].call for number in guard.calls))
                texts = [text for part in parts if isinstance(part, (Const, Ref)) for text in reader.texts(function, part)]
                for text in dict.fromkeys(texts):
                    if text.startswith("/") and is_health_path(text):
                        yield evidence("health", "pass", function.module.path, guard.line, f"answers {text} itself")


def _forwards(function: Function, guard: int) -> bool:
    """Whether the block only hands the request on, as one that skips a login or a log line for probes does."""
    inside = [site.call.func.rpartition(".")[2] for site in function.summary.calls if guard in site.guards]
    return bool(inside) and all(name in _FORWARDED for name in inside)


def _wrappers(context: Context) -> Iterator[Evidence]:
    """A library's wrapper or middleware that is told the path: `HealthCheck(app, "/healthz")`."""
    for name, calls in context.program.graph.library_calls.items():
        for call in calls if name.partition(".")[0] not in _ASKING else ():
            made, module = call.site.call, call.function.module
            if module.part == "app" and ("health" in name.lower() or _adds_health(made)):
                given = (value.value for value in (*made.args, *(value for _, value in made.keywords)) if isinstance(value, Const))
                for text in given:
                    if isinstance(text, str) and text.startswith("/") and is_health_path(text):
                        yield evidence("health", "pass", module.path, made.line, f"{name} answers {text}")


def _adds_health(call: Call) -> bool:
    return call.func.endswith("add_middleware") and any(isinstance(arg, Ref) and "health" in arg.path.lower() for arg in call.args[:2])


def _libraries(context: Context, rule: Rule) -> Iterator[Evidence]:
    """What the rows know: calls and settings, and names that are only imported, included or listed as a string."""
    for report in RowJudge(context, {}, {}).run_rule(rule):
        if isinstance(report, Evidence) and report.kind == "pass":
            yield report
    names = {name for row in rule.api for name in row.names if "any" in row.satisfies}
    canonical = context.program.vocabulary.canonical
    for text in context.program.settings.strings("MIDDLEWARE"):
        if canonical(text.text) in names:
            yield evidence("health", "pass", text.module.path, text.line, text.text)
    yield from _included(context, names)
    for function in context.program.functions:
        for imported in function.summary.imports if function.module.part == "app" else ():
            if imported.attr and canonical(f"{imported.module}.{imported.attr}") in names:
                yield evidence("health", "pass", function.module.path, imported.line, f"{imported.module}.{imported.attr}")


def _included(context: Context, names: set[str]) -> Iterator[Evidence]:
    """`include("health_check.urls")`."""
    for included in context.program.vocabulary.includes:
        for call in context.program.graph.library_calls.get(included, ()):
            for arg in call.site.call.args:
                if isinstance(arg, Const) and arg.value in names:
                    yield evidence("health", "pass", call.function.module.path, call.site.call.line, f"includes {arg.value}")


# -- where the application is made


def _application(context: Context) -> Anchor | None:
    """Return where the application is made; of several the main one."""
    program = context.program
    applications = sorted({name for framework in context.book.frameworks if framework.web for name in framework.applications})
    for names in (applications, _GATEWAYS):
        calls = [call for name in names for call in program.graph.library_calls.get(name, ())]
        made = [call for call in calls if call.function.module.part in ("app", "settings") and "." in call.name]
        main = main_application(made, context)
        if main is not None:
            return Anchor(main.function.module.path, main.site.call.line, main.site.call.column)
    for setting in program.settings.lookup("ROOT_URLCONF"):
        return Anchor(setting.module.path, setting.line, 1)
    return None
