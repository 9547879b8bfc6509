"""Rows that every start deletes: an instance that starts takes away what the others rely on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.checks.common.feature_switches import switch_of
from statelint.checks.common.leader_election import claim, own_claim
from statelint.inspect.context import Report, evidence, finding, worded
from statelint.inspect.spans import line_span
from statelint.program.names.nodes import External
from statelint.survey.summary import Call, Const, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.program.names.nodes import Function
    from statelint.rulebook.schema import Rule
    from statelint.survey.summary import CallSite, Expr

_EXECUTES: Final = frozenset({"execute", "exec", "exec_driver_sql", "execute_sql"})
_ALL: Final = re.compile(r"^\s*(?:delete\s+from\s+[\w.\"`]+\s*;?\s*$|truncate\b)", re.IGNORECASE)
_WHOLE: Final = re.compile(r"(?:\.objects\.all\(\)|\.query|\.query\(\))\.delete$")
"""`Model.objects.all().delete()`, `Model.query.delete()`, `session.query(Model).delete()`: no condition stands between."""
_TEXTS: Final = frozenset({"text", "SQL"})


def check(context: Context) -> Iterator[Report]:
    """Report the first deletion of all rows of a table in each function that start-up code alone reaches."""
    rule = context.book.rule("rows-seeded-at-start-up")
    if rule is None:
        return
    reach = context.program.reach["startup"]
    for function in context.program.functions:
        if function in reach and function.module.part == "app" and not reach.is_guessed(function):
            site = next((site for site in function.summary.calls if _deletes_all(function, site.call, context)), None)
            if site is not None and context.context_of(function, site.guards) == "startup":
                yield from _judged(rule, function, site, context)


def _deletes_all(function: Function, call: Call, context: Context) -> bool:
    if _WHOLE.search(call.func) and not call.args:
        return True
    if call.func.rpartition(".")[2] not in _EXECUTES or "." not in call.func or not call.args:
        return False
    first = call.args[0]
    bound = [binding.value for binding in function.locals.get(first.path, ())] if isinstance(first, Ref) else []
    return any(_is_whole(function, expr, context) for expr in (first, *bound))


def _is_whole(function: Function, expr: Expr, context: Context) -> bool:
    """Whether a statement deletes all rows: `delete(User)`, `users.delete()`, `"DELETE FROM users"`."""
    match expr:
        case Const(value=str(text)):
            return bool(_ALL.match(text))
        case Template(head=head):
            return head.strip().lower().startswith("truncate")
        case Call(func=func, args=args):
            last = func.rpartition(".")[2]
            if last in _TEXTS:
                return bool(args) and _is_whole(function, args[0], context)
            if last == "delete" and "." not in func:
                return any(
                    isinstance(e, External) and e.name.startswith("sqlalchemy.")
                    for e in context.program.resolver.walk(function, func).objects
                )
            return (last == "delete" and not args) or (func.endswith(".delete().where") and not args)
    return False


def _judged(rule: Rule, function: Function, site: CallSite, context: Context) -> Iterator[Report]:
    path, line, symbol = function.module.path, site.call.line, function.name.rpartition(".")[2]
    route = context.program.reach["startup"].route(function)
    chain = route.functions if route is not None else (function,)
    taken = claim(function, context) or next((text for one in chain[:-1] if (text := own_claim(one, context))), "")
    if taken:
        yield evidence(rule.item, "pass", path, line, f"{symbol}: one instance deletes the rows ({taken})")
        return
    switch = switch_of(chain, site.guards, context)
    if switch.state == "off":
        return
    yield finding(
        rule,
        line_span(context, path, line, "deletes every row of the table", site.call.column),
        symbol=symbol,
        message=worded(rule, "cleared", symbol=symbol),
        confidence="medium",
        route=context.route_steps(route),
        notes=[f"{switch.variable} switches it off"] if switch.variable else [],
        scope=function.name,
    )
