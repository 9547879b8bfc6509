"""Pools and connections: made once, sized, released."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names.conditions import perhaps_absent
from statelint.program.names.nodes import External
from statelint.survey.summary import Call, Either, Ref, Template

if TYPE_CHECKING:
    from statelint.inspect.context import Context
    from statelint.inspect.rows.judge import Candidate
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import CallSite, Expr

_DEPTH: Final = 3


def makes_pool_per_request(candidate: Candidate, context: Context) -> bool:
    """Whether requests make the pool anew; one that is made on first use and kept is made once."""
    function, site = candidate.use.function, candidate.use.site
    bound = site.bound if site is not None else ""
    if "." in bound or bound in function.summary.global_names or bound in function.summary.nonlocal_names:
        return False
    if site is not None and (_on_first_use(function, site) or _addressed_by_request(function, site.call, context)):
        return False
    return not _made_once(function, context, 0)


def _on_first_use(function: Function, site: CallSite) -> bool:
    """Whether a call runs under a check that what it makes is not there yet."""
    guards = [function.summary.guards[index] for index in site.guards]
    return any(guard.kind == "if" and perhaps_absent(guard.test) for guard in guards)


def _addressed_by_request(function: Function, call: Call, context: Context) -> bool:
    """Whether the caller hands in which server to connect to and nobody knows it: no pool could serve the next request."""
    given = call.args[:1] or tuple(
        value for name, value in call.keywords if name in ("url", "dsn", "conninfo", "host", "uri", "name_or_url")
    )
    return any(_is_handed(function, expr, context, 0) for expr in given)


def _is_handed(function: Function, expr: Expr, context: Context, depth: int) -> bool:
    """Whether a value, or a part of one, comes from a caller or from the object of a request, and is not known."""
    if isinstance(expr, (Template, Call, Either)):
        parts = expr.parts if isinstance(expr, Template) else expr.args if isinstance(expr, Call) else expr.options
        return any(_is_handed(function, part, context, depth + 1) for part in parts)
    if not isinstance(expr, Ref) or depth > _DEPTH:
        return False
    values = context.program.evaluator.values(function, expr)
    if any(value.variable or value.kind in ("head", "env") or (value.kind == "const" and value.const is not None) for value in values):
        return False
    head = expr.path.partition(".")[0]
    if head in ("self", "cls"):
        return function.owner is not None and context.program.lifetimes.holder(function.owner) is None and "." in expr.path
    return head in function.params or any(_is_handed(function, b.value, context, depth + 1) for b in function.locals.get(head, ()))


def _made_once(function: Function, context: Context, depth: int) -> bool:
    """Whether a function runs once: a constructor of an object that lives long, memoized, called on first use, or its result kept."""
    if function.owner is not None and function.name.endswith(("__init__", "__new__")) and context.program.lifetimes.holder(function.owner):
        return True
    if memoized(function, context):
        return True
    is_factory = any(isinstance(expr, (Ref, Call)) for expr in function.summary.returns)
    edges = [edge for edge in context.program.graph.callers.get(function, ()) if edge.caller.module.part != "test"]
    for edge in edges:
        sites = [site for site in edge.caller.summary.calls if site.call.line == edge.line]
        kept = any(_on_first_use(edge.caller, site) or (is_factory and "." in site.bound) for site in sites)
        if not kept and (depth >= _DEPTH or edge.kind != "call" or not _made_once(edge.caller, context, depth + 1)):
            return False
    return bool(edges)


def memoized(function: Function, context: Context) -> bool:
    """Whether a decorator keeps what a function returns."""
    memoizer = context.program.vocabulary.role("memoizer")
    for decorator in function.summary.decorators:
        path = decorator.path if isinstance(decorator, Ref) else decorator.func if isinstance(decorator, Call) else ""
        for entity in context.program.resolver.walk(function.parent or function, path).entities if path else ():
            if isinstance(entity, External) and entity.name in memoizer:
                return True
    return False


def engine_url(function: Function, expr: Expr, context: Context) -> str:
    """Return the lower-case address of the engine that an expression stands for: "" for none, `...` after a mere head."""
    program = context.program
    made: list[tuple[Function, Expr]] = [(function, expr)] if isinstance(expr, Call) else []
    if isinstance(expr, Ref):
        places = program.resolver.walk(function, expr.path).places
        made = [pair for place in places if not place.inner for pair in program.resolver.values_of(place.location)]
    for scope, value in made[:4]:
        if not isinstance(value, Call) or not value.args:
            continue
        names = [e.name for e in program.resolver.walk(scope, value.func).entities if isinstance(e, External)]
        if any(name.rpartition(".")[2] in ("create_engine", "create_async_engine") for name in names):
            for found in program.evaluator.values(scope, value.args[0]):
                if found.kind in ("const", "head") and isinstance(found.const, str):
                    return found.const.lower() + ("..." if found.kind == "head" else "")
    return ""
