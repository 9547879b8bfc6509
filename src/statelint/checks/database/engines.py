"""Pools and connections: made once, sized, released."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.inspect.arguments import written_path
from statelint.inspect.traversal import reached
from statelint.program.names.conditions import perhaps_absent
from statelint.survey.summary import Call, Either, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.inspect.context import Context
    from statelint.inspect.rows.judge import Candidate
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import CallSite, Expr


def makes_pool_per_request(candidate: Candidate, context: Context) -> bool:
    """Whether requests make the pool anew; one that is made on first use and kept is made once."""
    function, site = candidate.use.function, candidate.use.site
    bound = site.bound if site is not None else ""
    if "." in bound or bound in function.summary.global_names or bound in function.summary.nonlocal_names:
        return False
    if site is not None and (_on_first_use(function, site) or _addressed_by_request(function, site.call, context)):
        return False
    return not _made_once(function, context)


def _on_first_use(function: Function, site: CallSite) -> bool:
    """Whether a call runs under a check that what it makes is not there yet."""
    guards = [function.summary.guards[index] for index in site.guards]
    return any(guard.kind == "if" and perhaps_absent(guard.test) for guard in guards)


def _addressed_by_request(function: Function, call: Call, context: Context) -> bool:
    """Whether the caller hands in which server to connect to and nobody knows it: no pool could serve the next request."""
    given = call.args[:1] or tuple(
        value for name, value in call.keywords if name in ("url", "dsn", "conninfo", "host", "uri", "name_or_url")
    )
    parts = reached(given, lambda expr: _parts(function, expr, context))
    return any(isinstance(part, Ref) and _is_handed(function, part, context) for part in parts)


def _parts(function: Function, expr: Expr, context: Context) -> Iterable[Expr]:
    """What a value is built from; of a local name that is not known, what it is bound to."""
    match expr:
        case Template(parts=parts) | Call(args=parts) | Either(options=parts):
            return parts
        case Ref(path=path) if not path.startswith(("self.", "cls.")) and not _is_known(function, expr, context):
            return (binding.value for binding in function.locals.get(path.partition(".")[0], ()))
    return ()


def _is_handed(function: Function, ref: Ref, context: Context) -> bool:
    """Whether a name comes from a caller or from the object of a request, and is not known."""
    if _is_known(function, ref, context):
        return False
    head = ref.path.partition(".")[0]
    if head in ("self", "cls"):
        return function.owner is not None and context.program.lifetimes.holder(function.owner) is None and "." in ref.path
    return head in function.params


def _is_known(function: Function, expr: Expr, context: Context) -> bool:
    values = context.program.evaluator.values(function, expr)
    return any(value.variable or value.kind in ("head", "env") or (value.kind == "const" and value.const is not None) for value in values)


def _made_once(function: Function, context: Context) -> bool:
    """Whether every way to a function begins where something runs once; that it calls itself again begins none."""
    callers: dict[Function, list[Function]] = {}
    callees: dict[Function, list[Function]] = {}
    waiting = [function]
    while waiting:
        one = waiting.pop()
        if one not in callers:
            found = _callers(one, context)
            if found is None:
                return False
            callers[one] = found
            waiting += found
            for caller in found:
                callees.setdefault(caller, []).append(one)
    beginnings = [one for one, found in callers.items() if not found]
    return callers.keys() <= set(reached(beginnings, lambda one: callees.get(one, ())))


def _callers(function: Function, context: Context) -> list[Function] | None:
    """Return who decides whether a function runs once: nobody where it does by itself; None where it may run more often.

    It does as a constructor of an object that lives long, memoized, called on first use, or where its result is kept.
    """
    if function.owner is not None and function.name.endswith(("__init__", "__new__")) and context.program.lifetimes.holder(function.owner):
        return []
    if memoized(function, context):
        return []
    is_factory = any(isinstance(expr, (Ref, Call)) for expr in function.summary.returns)
    edges = [edge for edge in context.program.graph.callers.get(function, ()) if edge.caller.module.part != "test"]
    found: list[Function] = []
    for edge in edges:
        sites = [site for site in edge.caller.summary.calls if site.call.line == edge.line]
        if any(_on_first_use(edge.caller, site) or (is_factory and "." in site.bound) for site in sites):
            continue
        if edge.kind != "call":
            return None
        found.append(edge.caller)
    return found if edges else None


def memoized(function: Function, context: Context) -> bool:
    """Whether a decorator keeps what a function returns."""
    memoizer = context.program.vocabulary.role("memoizer")
    for decorator in function.summary.decorators:
        path = written_path(decorator)
        if path and any(name in memoizer for name in context.program.resolver.library_names(function.parent or function, path)):
            return True
    return False


def engine_url(function: Function, expr: Expr, context: Context) -> str:
    """Return the lower-case address of the engine that an expression stands for: "" for none, `...` after a mere head."""
    program = context.program
    made: list[tuple[Function, Expr]] = [(function, expr)] if isinstance(expr, Call) else []
    if isinstance(expr, Ref):
        places = program.resolver.walk(function, expr.path).places
        made = [pair for place in places if not place.inner for pair in program.resolver.values_of(place.location)]
    for scope, value in made:
        if not isinstance(value, Call) or not value.args:
            continue
        names = program.resolver.library_names(scope, value.func)
        if any(name.rpartition(".")[2] in ("create_engine", "create_async_engine") for name in names):
            for found in program.evaluator.values(scope, value.args[0]):
                if found.kind in ("const", "head") and isinstance(found.const, str):
                    return found.const.lower() + ("..." if found.kind == "head" else "")
    return ""
