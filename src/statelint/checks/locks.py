"""Locks of the process around work that other instances do too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.checks.common.mutable_reads import MutableReads
from statelint.checks.common.naming import identifier_words, names_and_texts
from statelint.checks.common.side_effects import Effects
from statelint.inspect.context import Report, finding, worded
from statelint.inspect.spans import line_span
from statelint.model import Span, Step
from statelint.program.names.conditions import mentions, perhaps_absent
from statelint.program.names.nodes import Class, External, ExternalValue, Function, Location, Module
from statelint.program.names.resolver import split
from statelint.survey.summary import Binding, Call, Expr, Ref, Write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.inspect.context import Context
    from statelint.model import Finding
    from statelint.rulebook.schema import Rule
    from statelint.survey.summary import CallSite, Guard

_FILES: Final = ("sqlite3.", "aiosqlite.", "duckdb.", "apsw.")
_COUNTING: Final = ("Semaphore", "BoundedSemaphore", "CapacityLimiter", "Event", "Condition", "Barrier")


def check(context: Context) -> Iterator[Report]:
    """Report each lock that outlives a request and is held while shared data is changed."""
    rule = context.book.rule("lock-in-process")
    if rule is None:
        return
    reads: MutableReads = context.once(MutableReads)
    reported: set[Location] = set()
    reach = context.program.reach["serving"]
    for function in context.program.functions:
        if function not in reach or context.context_of(function) != "serving":
            continue
        for location, line, inside in _held(function, context):
            made = _origin(location, context)
            if location in reported or made is None:
                continue
            work = _shared_work(function, inside, reads, context)
            if work and _changes(function, inside, reads, context) and not _guarded_elsewhere(function, context):
                reported.add(location)
                yield _finding(rule, _Held(location, *made, function, line, work), context)


class _Held(NamedTuple):
    """A lock, where it is made, and who holds it while a call touches what instances share."""

    location: Location
    owner: Function
    made: Binding | Write
    holder: Function
    line: int
    work: str


def _finding(rule: Rule, held: _Held, context: Context) -> Finding:
    location, made, path = held.location, held.made, held.holder.module.path
    label = "keeps out the threads or tasks of one process"
    span = Span(held.owner.module.path, made.line, made.column, made.end_line, made.end_column, label)
    reach = context.program.reach["serving"]
    case = "container" if _is_table(made.value) else "scalar"
    step = Step(path, held.line, f"holds {location.symbol} while it calls {held.work}")
    return finding(
        rule,
        span,
        symbol=location.symbol,
        message=worded(rule, case, symbol=location.symbol),
        confidence="low" if reach.is_guessed(held.holder) else "medium",
        route=context.route_steps(reach.route(held.holder), step),
        spans=[line_span(context, path, held.line, f"held by {held.holder.name} while it calls {held.work}")],
        scope=location.owner.name if location.owner is not None else "application",
    )


def _held(function: Function, context: Context) -> Iterator[tuple[Location, int, list[CallSite]]]:
    """Yield each lock that a function takes, the line, and the calls made while it is held."""
    summary = function.summary
    for index, guard in enumerate(summary.guards):
        if guard.kind != "with":
            continue
        for path in _paths(guard.subjects):
            for location in _locations(function, path, context):
                yield location, guard.line, [site for site in summary.calls if index in site.guards]
    for site in summary.calls:
        prefix, step = split(site.call.func)
        if step == ".acquire":
            for location in _locations(function, prefix, context):
                after = [other for other in summary.calls if other.call.line > site.call.line]
                yield location, site.call.line, after


def _paths(managers: Iterable[Expr]) -> Iterator[str]:
    """Yield the access paths of a `with`; of a call its result, and what is called."""
    for manager in managers:
        if isinstance(manager, Ref):
            yield manager.path
        elif isinstance(manager, Call):
            yield f"{manager.func}()"
            yield manager.func


def _locations(function: Function, path: str, context: Context) -> Iterator[Location]:
    if not re.fullmatch(r"[\w.\[\]()]+", path):
        return
    for place in context.program.resolver.walk(function, path).places:
        location = place.location
        if location.kind in ("parameter", "local", "function", "default"):
            continue
        if isinstance(location.owner, Class) and not _lives(location, context):
            continue
        for scope, expr in context.program.resolver.values_of(location):
            if _makes_lock(scope, expr, context):
                yield location
                break


def _lives(location: Location, context: Context) -> bool:
    owner = location.owner
    return isinstance(owner, Class) and (context.program.lifetimes.holder(owner) is not None or location.name in owner.bindings)


def _makes_lock(function: Function, expr: Expr, context: Context) -> bool:
    locks = context.program.vocabulary.role("lock")
    names = [e.name for e in context.program.resolver.value(function, expr).objects if isinstance(e, (ExternalValue, External))]
    if isinstance(expr, Call) and expr.args and isinstance(expr.args[0], Ref):  # `defaultdict(Lock)`
        names += context.program.resolver.library_names(function, expr.args[0].path)
    return any(name in locks and not name.endswith(_COUNTING) for name in names)


def _origin(location: Location, context: Context) -> tuple[Function, Binding | Write] | None:
    owner = location.owner
    if isinstance(owner, Module):
        bindings = owner.body.locals.get(location.name)
        return (owner.body, bindings[0]) if bindings else None
    if isinstance(owner, Class):
        if location.name in owner.bindings:
            return owner.scope, owner.bindings[location.name][0]
        written = owner.attribute_writes.get(location.name)
        return written[0] if written else None
    for function, expr in context.program.resolver.flows.application.get(location.name, ()):
        for write in function.summary.writes:
            if write.value is expr:
                return function, write
    return None


def _shared_work(function: Function, sites: list[CallSite], reads: MutableReads, context: Context) -> str:
    """Return a call among those made under the lock that reads or writes what instances share."""
    resolver = context.program.resolver
    connecting = context.program.vocabulary.words("connecting-call")
    for site in sites:
        if site.call.func.rpartition(".")[2] in connecting:
            continue
        for entity in resolver.walk(function, site.call.func).objects:
            if isinstance(entity, External) and reads.is_shared(entity.name) and not entity.name.startswith(_FILES):
                return entity.name
            nearest = reads.shared_call(entity) if isinstance(entity, Function) else None
            if isinstance(entity, Function) and nearest and not nearest.startswith(_FILES) and not _is_of_file(entity, context):
                return entity.name
        if "." in site.call.func and reads.is_shared(site.call.func):
            return site.call.func
    return ""


def _changes(function: Function, sites: Iterable[CallSite], reads: MutableReads, context: Context) -> bool:
    """Whether something that instances share is changed under the lock: who only reads keeps out what reads the same beside it."""
    effects, reading = context.once(Effects), context.program.vocabulary.words("reading-method")
    for site in sites:
        names = context.program.resolver.library_names(function, site.call.func)
        if any(reads.is_shared(name) and name.rpartition(".")[2] not in reading for name in names):
            return True
        if effects.is_lasting(function, site.call):
            return True
    return False


def _is_of_file(function: Function, context: Context) -> bool:
    """Whether a function opens a database that is a file: no other instance has it, and that is what is told."""
    names = context.program.resolver.library_names
    return any(name.startswith(_FILES) for site in function.summary.calls for name in names(function, site.call.func))


def _guarded_elsewhere(function: Function, context: Context) -> bool:
    """Whether a lock or claim that all instances see is taken in the same function, or what it does is made on first use."""
    vocabulary = context.program.vocabulary
    shared, guard_like = vocabulary.role("shared-lock"), vocabulary.pattern("shared-guard")
    for site in function.summary.calls:
        names = context.program.resolver.library_names(function, site.call.func)
        if any(shared.calls(name) for name in (*names, site.call.func)) or guard_like.search(f"{site.call.func}("):
            return True
        if any(guard_like.search(names_and_texts(arg)) for arg in site.call.args):  # in the SQL itself
            return True
    guards, flags = function.summary.guards, vocabulary.words("first-use")
    return any(mentions(guard, function.summary, guard_like) or _makes_once(guard, flags) for guard in guards)


def _makes_once(guard: Guard, flags: frozenset[str]) -> bool:
    """`if self._store is None`, `if not hasattr(self, "store")`, `if not self._loaded`, `if not _store`."""
    for one in perhaps_absent(guard.test):
        owner, _, name = one.path.rpartition(".")
        is_flag = (owner == "self" and bool(identifier_words(name) & flags)) or (
            not owner and name.startswith("_") and not name.endswith("()")
        )
        if one.how in ("none", "attribute") or (one.how == "truth" and is_flag):
            return True
    return False


def _is_table(expr: Expr) -> bool:
    return isinstance(expr, Call) and bool(expr.args)
