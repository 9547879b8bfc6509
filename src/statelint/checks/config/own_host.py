"""Services on the own host by default: `os.getenv("BROKER_URL", "amqp://localhost")`, a different broker for each instance."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.inspect.arguments import argument
from statelint.inspect.context import Report, finding, worded
from statelint.inspect.spans import line_span
from statelint.program.names.conditions import inside
from statelint.program.settings.env_fields import variable_of
from statelint.program.settings.stages import stage_of_class
from statelint.survey.summary import Call, Const, Either

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.program.names.nodes import Class, Function
    from statelint.survey.summary import Expr

_ADDRESS: Final = re.compile(
    r"(?:redis|rediss|valkey|amqps?|pyamqp|nats|kafka|confluentkafka|memcached|memcache|mqtt|stomp|pulsar|etcd)(?:\+\w+)?://"
    r"(?:[^@/]*@)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?:[:/]|\Z)",
    re.IGNORECASE,
)
"""The address of a service that instances share, on the own host."""
_OWN: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_LOOK_UPS: Final = frozenset({"get", "getenv", "pop", "setdefault", "getattr", "str", "url", "config", "env"})
"""Calls whose first argument is a name and whose second is the value where there is none; any call that takes `default=` is one."""
_DEFAULTS: Final = ("default", "fallback")
_RUNS: Final = frozenset({"serving", "startup", "worker"})
_MAX_SPANS: Final = 6


class _Default(NamedTuple):
    variable: str
    value: str
    function: Function
    line: int


def check(context: Context) -> Iterator[Report]:
    """Report each variable once, where its default stands first."""
    rule = context.book.rule("service-on-own-host")
    if rule is None or not context.has_entry_points:
        return
    by_variable: dict[str, list[_Default]] = {}
    known = {name.upper() for name in context.program.evaluator.environment}
    for default in sorted(_defaults(context), key=lambda one: (one.function.module.path, one.line)):
        name = default.variable.upper()
        if name not in known and not any(given.endswith(f"_{name}") for given in known):
            by_variable.setdefault(name, []).append(default)
    for first, *others in by_variable.values():
        places = dict.fromkeys((one.function.module.path, one.line) for one in others)
        places.pop((first.function.module.path, first.line), None)
        yield finding(
            rule,
            line_span(context, first.function.module.path, first.line, "used where it is not set"),
            symbol=first.variable,
            message=worded(rule, "default", name=first.variable, value=f"`{first.value}`"),
            confidence="medium",
            spans=[line_span(context, path, line, "the same default") for path, line in list(places)[:_MAX_SPANS]],
            scope="settings",
        )


def _defaults(context: Context) -> Iterator[_Default]:
    for function in context.program.functions:
        if function.module.part in ("app", "settings"):
            yield from _in_function(function, context)
    yield from _of_clients(context)
    for cls in context.program.classes:
        if cls.module.part in ("app", "settings") and stage_of_class(cls) != "development":
            yield from _in_class(cls, context)


def _in_function(function: Function, context: Context) -> Iterator[_Default]:
    for site in function.summary.calls:
        found = _looked_up(site.call)
        if found is not None and context.context_of(function, site.guards) in _RUNS:
            yield _Default(*found, function, site.call.line)
    for binding in (one for bound in function.locals.values() for one in bound):
        yield from _of_alternatives(function, binding.value, binding.line, context) if _is_alternative(binding.value) else ()


def _of_clients(context: Context) -> Iterator[_Default]:
    """What clients of services are handed as their host: `redis.Redis(host=os.environ.get("REDIS_HOST", "localhost"))`."""
    clients, calls = context.program.vocabulary.role("service-host"), context.program.graph.library_calls
    for function, site in (one[1:] for name in sorted(calls) if clients.calls(name) for one in calls[name]):
        host = argument(site.call, "host", 0)
        if host is None or function.module.part not in ("app", "settings") or context.context_of(function, site.guards) not in _RUNS:
            continue
        for value in context.program.evaluator.values(function, host):
            if value.const in _OWN and value.variable:
                yield _Default(value.variable, str(value.const), value.function or function, value.line or site.call.line)


def _in_class(cls: Class, context: Context) -> Iterator[_Default]:
    """Fields of a settings model, and what a configuration class puts in the place of a variable."""
    is_model = any(base in context.program.vocabulary.role("settings-model") for base in cls.external_bases)
    for binding in (one for bound in cls.bindings.values() for one in bound):
        text = next((text for part in inside(binding.value) if (text := _address(part))), "") if is_model else ""
        if text:
            yield _Default(variable_of(cls, binding) or binding.name, text, cls.scope, binding.line)
        elif _is_alternative(binding.value):
            yield from _of_alternatives(cls.scope, binding.value, binding.line, context)


def _is_alternative(expr: Expr) -> bool:
    return isinstance(expr, Either) and expr.kind != "and" and any(_address(part) for part in inside(expr))


def _of_alternatives(function: Function, expr: Expr, line: int, context: Context) -> Iterator[_Default]:
    """`os.environ.get("X") or "redis://localhost"`."""
    for value in context.program.evaluator.values(function, expr):
        if value.variable and value.kind == "const" and not value.path and _address(Const(value.const)):
            yield _Default(value.variable, str(value.const), function, line)


def _looked_up(call: Call) -> tuple[str, str] | None:
    """Return the name that a look-up asks for and the address that it gives where there is none."""
    if call.func.rpartition(".")[2] not in _LOOK_UPS and not any(name in _DEFAULTS for name, _ in call.keywords):
        return None
    names = [arg.value for arg in call.args if isinstance(arg, Const) and isinstance(arg.value, str) and not _address(arg)]
    keywords = dict(call.keywords)
    given = next((keywords[name] for name in _DEFAULTS if name in keywords), None)
    if given is None and call.func.rpartition(".")[2] in _LOOK_UPS:
        given = next((arg for arg in call.args[1:] if _address(arg)), None)
    text = _address(given) if given is not None else ""
    return (names[-1], text) if names and text else None


def _address(expr: Expr) -> str:
    """Return the address of a service on the own host that an expression is, "" for every other."""
    return expr.value if isinstance(expr, Const) and isinstance(expr.value, str) and _ADDRESS.match(expr.value) else ""
