"""State that outlives a request: every cell that requests write, judged by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from statelint.checks import ordering
from statelint.checks.kinds import Kind, KindJudge, describe, words
from statelint.checks.safety import SafetyJudge, describe_target
from statelint.inspect.context import Report, evidence, finding
from statelint.inspect.spans import line_span
from statelint.model import Span, Step
from statelint.program.nodes import Class, External, Function, Module
from statelint.survey.summary import Call, Const, Either

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statelint.inspect.context import Context
    from statelint.model import Confidence, Finding, Severity
    from statelint.program.accesses import Access
    from statelint.program.cells import Cell
    from statelint.rulebook.schema import Rule

_HOW_TEXT: Final = {
    "item": "writes",
    "delete": "removes from",
    "mutate": "changes",
    "rebind": "re-binds",
    "augment": "adds to",
    "nested": "changes what is in",
}


_NEVER_A_COPY: Final = frozenset({"connection-registry", "pubsub", "rate-counter", "cache", "lock", "counter", "config"})
_MEMOIZERS: Final = frozenset({"cache", "lru_cache", "alru_cache", "cached", "singleton"})
_VERSIONED: Final = frozenset(
    {"mtime", "etag", "version", "hash", "digest", "checksum", "sha256", "md5", "signature", "revision", "serial", "generation"}
)


def check(context: Context) -> Iterator[Report]:
    """Report the cells that requests write and nothing makes safe."""
    judged = judge_cells(context)
    yield from _one_each([(one.cell, one.finding) for one in judged if one.finding is not None])
    yield from ordering.flows(judged, context)
    harmless = [one for one in judged if one.writes and one.reason and not one.aside]
    for one in harmless[:3]:
        origin = one.cell.origins[0]
        yield evidence("state", "pass", origin.function.module.path, origin.line, f"{one.cell.location.symbol}: {one.reason}")


class Judgement(NamedTuple):
    """What is thought of one cell: a finding, or the reason why there is none."""

    cell: Cell
    kind: Kind | None
    """None where no request writes the cell."""
    writes: tuple[Access, ...]
    """Those that requests reach, the most telling first."""
    rule: Rule | None = None
    finding: Finding | None = None
    reason: str = ""
    aside: bool = False
    """The reason says where else the cell is judged, or that no rule speaks of it; it is no evidence."""


def judge_cells(context: Context) -> list[Judgement]:
    """Judge every cell of the program, containers before what they contain."""
    kinds, safety = KindJudge(context.program), SafetyJudge(context.program)
    by_kind = {kind: rule for rule in context.book.rules for kind in rule.kinds}
    reported: set[object] = set()
    judged = []
    for cell in _outer_first(context.program.cells):
        one = _judge_cell(cell, context, kinds, safety, by_kind=by_kind, reported=reported)
        if one.finding is not None:
            reported.add(cell.location)
        judged.append(one)
    return judged


def _judge_cell(
    cell: Cell, context: Context, kinds: KindJudge, safety: SafetyJudge, *, by_kind: Mapping[str, Rule], reported: set[object]
) -> Judgement:
    """Judge one cell; `reported` are the places told already, by which a cell inside one of them is left out."""
    writes = _request_writes(cell, context)
    if not writes:
        return Judgement(cell, None, (), reason="no request reaches a write")
    kind = kinds.kind(cell, writes)
    rule = by_kind.get(kind)
    one = Judgement(cell, kind, tuple(writes), rule)
    if not cell.origins:
        return one._replace(reason="where it is made is not known", aside=True)
    if _inside_reported(cell, reported):
        holder = cell.holder.text.removesuffix(", which contains it") if cell.holder is not None else ""
        return one._replace(reason=f"part of an element of {holder}, which is judged as a whole", aside=True)
    reason = safety.reason(cell, writes, kind)
    if reason:
        return one._replace(reason=reason)
    if rule is None:
        return one._replace(reason=f"no rule speaks of state of the kind {kind}", aside=True)
    made = _judge(cell, kind, rule, writes, context, safety)
    return one._replace(reason=made) if isinstance(made, str) else one._replace(finding=made)


def _one_each(found: list[tuple[Cell, Finding]]) -> Iterator[Finding]:
    """Tell the re-bound attributes of one object together: a settings object changed by requests is one fault."""
    groups: dict[tuple[object, str], list[tuple[Cell, Finding]]] = {}
    for cell, made in found:
        scalar = all(access.how in ("rebind", "augment") for access in cell.writes)
        owner: object = cell.location
        if scalar and isinstance(cell.location.owner, Class):
            owner = cell.location.owner
        elif scalar and isinstance(cell.location.owner, Module):  # `_data, _read_at` are re-bound by one function
            owner = (cell.location.owner, frozenset(access.function for access in cell.writes))
        key = (owner, made.code)
        groups.setdefault(key, []).append((cell, made))
    for members in groups.values():
        first = min((made for _, made in members), key=lambda made: (made.path, made.line))
        others = sorted({cell.location.name for cell, made in members if made is not first})
        if others:
            listed = ", ".join(others[:6]) + (" ..." if len(others) > 6 else "")
            first = msgspec.structs.replace(first, notes=(*first.notes, f"changed together with {listed}"))
        yield first


def _outer_first(cells: list[Cell]) -> list[Cell]:
    """Containers before what they contain, so that one fault is told once."""
    return sorted(cells, key=lambda cell: (cell.holder is not None and "contains it" in cell.holder.text, _path(cell), cell.qualified))


def _path(cell: Cell) -> str:
    return cell.origins[0].function.module.path if cell.origins else ""


def _inside_reported(cell: Cell, reported: set[object]) -> bool:
    """Whether the cell is part of an element of a container: the container is what is told, and attributes are not told at all."""
    if cell.holder is None or "contains it" not in cell.holder.text:
        return False
    return cell.holder.location in reported or all(access.how in ("rebind", "augment") for access in cell.writes)


def _request_writes(cell: Cell, context: Context) -> list[Access]:
    reach = context.program.reach["serving"]
    found = [a for a in cell.writes if a.function in reach and context.context_of(a.function, a.guards) == "serving"]
    certain = [access for access in found if not reach.is_guessed(access.function)]
    return sorted(certain or found, key=lambda a: (_distance(a, context), a.function.module.path, a.line))


def _distance(access: Access, context: Context) -> int:
    """Additions before removals, then the shorter way."""
    route = context.program.route_to(access.function)
    return (100 if access.how == "delete" else 0) + (len(route.functions) if route else 50)


def _judge(cell: Cell, kind: Kind, rule: Rule, writes: list[Access], context: Context, safety: SafetyJudge) -> Finding | str:
    """Make the finding, or say why there is none."""
    emergency = safety.emergency(cell)
    if emergency:
        return f"used only on {emergency}, when the shared store cannot be reached"
    fallback = safety.fallback(cell)
    shared, always = safety.shares(writes)
    if kind == "lock":
        reason = _lock_is_local(cell, writes, context, safety)
        if reason:
            return reason
    if kind == "cache" and not fallback:
        reason = _cache_is_harmless(cell, writes, safety)
        if reason:
            return reason
    if kind in ("connection-registry", "pubsub") and _has_backplane(cell, writes, context):
        return "sockets of this instance; messages arrive over a shared channel"
    if shared and always and kind not in _NEVER_A_COPY:
        return f"a local copy; {shared} keeps the truth in the same function"
    confidence = _confidence(cell, kind, writes, context, fallback=bool(fallback))
    if confidence == "low" and all(access.how in ("rebind", "augment") for access in writes):
        return "which object is written is only a guess"
    severity: Severity | None = None
    if kind == "metrics" or (kind == "cache" and _bounded_in_time(cell, writes)):
        severity = "warning"
    notes = [f"a shared store takes its place when `{fallback}` decides so; without it this is the default"] if fallback else []
    if shared and not always:
        notes.append(f"{shared} is called beside it, but not in every configuration")
    return _finding(cell, kind, rule, writes, context, confidence, severity, notes, fallback=bool(fallback))


def _finding(
    cell: Cell,
    kind: Kind,
    rule: Rule,
    writes: list[Access],
    context: Context,
    confidence: Confidence,
    severity: Severity | None,
    notes: list[str],
    *,
    fallback: bool,
) -> Finding:
    write = writes[0]
    origin = _origin(cell)
    symbol = cell.location.symbol
    path = origin.function.module.path
    lasting = cell.holder.text if cell.holder is not None else ""
    span = Span(path, origin.line, origin.column, origin.end_line, origin.end_column, "made once per process")
    route = context.program.route_to(write.function)
    entry = route.entry.text if route is not None else ""
    last = Step(write.function.module.path, write.line, f"{_HOW_TEXT[write.how]} {cell.location.shown}")
    spans = [
        line_span(
            context, write.function.module.path, write.line, f"{_verb(write)} by {write.function.name}" + (f", on {entry}" if entry else "")
        )
    ]
    reader = _reader(cell, write)
    if reader is not None:
        spans.append(
            line_span(
                context, reader.function.module.path, reader.line, f"read by {reader.function.name}: another instance does not have it"
            )
        )
    if lasting and cell.holder is not None:
        spans.append(line_span(context, cell.holder.module.path, cell.holder.line, f"held for as long as the process: {lasting}"))
    scalar = cell.container in ("scalar", "unknown", "object") and all(access.how in ("rebind", "augment") for access in writes)
    case = (
        kind if kind in rule.messages else "fallback" if fallback and "fallback" in rule.messages else "scalar" if scalar else "container"
    )
    message = rule.messages.get(case, rule.summary).replace("{symbol}", cell.location.shown)
    return finding(
        rule,
        span,
        symbol=symbol,
        message=message,
        severity=severity,
        confidence=confidence,
        route=context.route_steps(route, last),
        spans=_distinct(span, spans),
        notes=notes,
        scope=_scope(cell),
    )


def _distinct(primary: Span, spans: list[Span]) -> list[Span]:
    seen = {(primary.path, primary.line)}
    kept = []
    for span in spans:
        if (span.path, span.line) not in seen:
            seen.add((span.path, span.line))
            kept.append(span)
    return kept


def _origin(cell: Cell):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Where the value that is kept in the process is made: the container before a placeholder."""
    plain = [o for o in cell.origins if not (isinstance(o.expr, Const) and o.expr.value is None)]
    return (plain or cell.origins)[0] if cell.container != "scalar" else cell.origins[0]


def _verb(access: Access) -> str:
    return {
        "item": "written",
        "delete": "emptied",
        "mutate": "changed",
        "rebind": "re-bound",
        "augment": "counted up",
        "nested": "changed",
    }[access.how]


def _reader(cell: Cell, write: Access) -> Access | None:
    others = [read for read in cell.reads if read.function is not write.function and read.how != "load"]
    return min(others, key=lambda read: (read.function.module.path, read.line), default=None)


def _scope(cell: Cell) -> str:
    owner = cell.location.owner
    if isinstance(owner, (Class, Function)):
        return owner.name
    return owner.name if isinstance(owner, Module) else "application"


def _confidence(cell: Cell, kind: Kind, writes: list[Access], context: Context, *, fallback: bool) -> Confidence:
    reach = context.program.reach["serving"]
    # a dependency that is handed to a handler is the one that the framework keeps
    handlers = {point.function for point in context.program.entry_points.points} if cell.holder is not None else set()
    if reach.is_guessed(writes[0].function) or all(_through_parameter(access, handlers) for access in writes):
        return "low"
    if isinstance(cell.location.owner, Class) and _made_by_requests(cell.location.owner, context):
        return "low"
    only_removed = all(access.how == "delete" for access in writes)
    if fallback or only_removed or kind in ("other", "metrics", "config") or cell.container in ("object", "unknown"):
        return "medium"
    return "high"


def _made_by_requests(owner: Class, context: Context) -> bool:
    """Whether requests make instances of the class, too: the one that lives long need not be the one that they write to."""
    reach = context.program.reach["serving"]
    for cls in (owner, *owner.subclasses):
        for function, site in context.program.graph.construction.get(cls, ()):
            kept = "." in site.bound or site.bound in function.summary.global_names
            if any(describe(decorator).partition(" ")[0].rpartition(".")[2] in _MEMOIZERS for decorator in function.summary.decorators):
                continue
            if function in reach and not kept and not function.name.endswith(("__new__", "instance", "get_instance")):
                return bool(site.bound) or site.how in ("", "return")
    return False


def _through_parameter(access: Access, trusted: set[Function]) -> bool:
    """Whether a function writes to what it was handed: which object that is, its callers decide."""
    if access.function in trusted:
        return False
    head = describe_target(access).partition(".")[0].partition("[")[0]
    params = access.function.summary.params
    own = params[0].name if params and access.function.owner is not None else ""
    return head in access.function.params and head != own and head not in ("request", "app")


def _lock_is_local(cell: Cell, writes: list[Access], context: Context, safety: SafetyJudge) -> str:
    """A table of locks matters where what runs under them touches something shared."""
    del writes
    users = {read.function for read in cell.reads} | {write.function for write in cell.writes}
    for function in users:
        under = {edge.callee for edge in context.program.graph.edges.get(function, ())}
        if safety.changing_call(function) or any(safety.reads_changing(callee) for callee in under):
            return "" if not _takes_shared_lock(users, context) else "the shared lock beside it decides"
    return "guards work of this process only"


def _takes_shared_lock(functions: set[Function], context: Context) -> bool:
    shared = context.program.vocabulary.role("shared-lock")
    for function in functions:
        for site in function.summary.calls:
            names = [getattr(e, "name", "") for e in context.program.resolver.walk(function, site.call.func).entities]
            if any(isinstance(name, str) and shared.calls(name) for name in (*names, site.call.func)):
                return True
    return False


def _cache_is_harmless(cell: Cell, writes: list[Access], safety: SafetyJudge) -> str:
    """A memo of what never changes may stay: keyed by version, made of constants, computed from its key alone."""
    keys = " ".join(describe(access.key) for access in writes)
    if words(keys.replace(" ", "_")) & _VERSIONED:
        return "keyed by content or version: it cannot be stale"
    compared = " ".join(guard.text for access in writes for guard in access.function.summary.guards if guard.line <= access.line)
    if words(compared.replace(" ", "_")) & _VERSIONED:
        return "renewed when the version of what it holds has changed"
    for access in writes:
        if access.how in ("delete",):
            continue
        if safety.reads_changing(access.function) or _computed_by_argument(access):
            return ""
        if (
            isinstance(access.value, Either)
            or (access.function.params
            and describe(access.value).partition(".")[0] in access.function.params)
        ):
            return ""  # handed in: what it is, the callers know
    if all(access.how == "delete" for access in writes):
        return ""
    return "a memo of something computed, the same on every instance"


def _computed_by_argument(access: Access) -> bool:
    """What is kept comes from a function handed in, as in a decorator: what it reads, its users know."""
    named = describe(access.value).split()
    called = [access.value.func] if isinstance(access.value, Call) else []
    bound = [binding.value for name in named for binding in access.function.locals.get(name, ())]
    called += [name for value in bound if isinstance(value, Call) for name in describe(value).split()[:3]]
    heads = {name.partition(".")[0] for name in called}
    scope: Function | None = access.function
    while scope is not None:
        if heads & set(scope.params) - {"self", "cls"}:
            return True
        scope = scope.parent
    return False


def _bounded_in_time(cell: Cell, writes: list[Access]) -> bool:
    text = " ".join(
        [cell.location.name, *(describe(o.expr) for o in cell.origins)]
        + [guard.text for access in (*writes, *cell.reads) for guard in access.function.summary.guards]
    ).lower()
    return any(mark in text for mark in ("ttl", "expire", "time.", "monotonic", "timedelta", "max_age", "maxage", "timeout"))


def _has_backplane(cell: Cell, writes: list[Access], context: Context) -> bool:
    """Whether the class or module that owns the sockets also subscribes to a shared channel."""
    owner = cell.location.owner
    if isinstance(owner, Class):
        around = [method for cls in (*owner.lineage, *owner.subclasses) for method in cls.methods.values()]
        around += [edge.caller for method in tuple(around) for edge in context.program.graph.callers.get(method, ())]
    else:
        modules = {access.function.module for access in writes} | ({owner} if isinstance(owner, Module) else set())
        around = [function for module in modules for function in module.functions.values()]
    return any(_subscribes(function, context) for function in dict.fromkeys(around))


def _subscribes(function: Function, context: Context) -> bool:
    subscribe = context.program.vocabulary.role("subscribe")
    for site in function.summary.calls:
        if any(isinstance(arg, Const) and str(arg.value).startswith("memory") for arg in site.call.args):
            continue  # a channel inside the process
        names = [e.name for e in context.program.resolver.walk(function, site.call.func).entities if isinstance(e, External)]
        if any(subscribe.calls(name) for name in names):
            return True
        if not names and "." in site.call.func and site.call.func.rpartition(".")[2] in subscribe.methods:
            return True
    return False
