"""Collect what is known of a subject: from the linked program, and from what the rules said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from statelint.checks.state.cells import judge_cells
from statelint.model import Step
from statelint.program.calls.callgraph import is_main_guarded
from statelint.program.names.accesses import reads_in, writes_in
from statelint.program.names.containers import FILLABLE, Containers
from statelint.program.names.nodes import Class, Function, Instance, Location, Module
from statelint.program.reachability.reach import Route, routes_to
from statelint.program.settings.stages import development_arm
from statelint.trace.model import Call, CellTrace, ClassTrace, FunctionTrace, Told, Trace, Use, Way, Ways
from statelint.trace.questions import answers_about

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.checks.state.judgement import Judgement
    from statelint.inspect.context import Context
    from statelint.model import Finding
    from statelint.program.calls.callgraph import Edge
    from statelint.program.lifetimes.cells import Cell
    from statelint.program.lifetimes.escape import Retainer
    from statelint.program.names.accesses import Access
    from statelint.program.routing.entrypoints import EntryPoint
    from statelint.trace.lookup import Subject

_OUTSIDE: Final = frozenset({"test", "migration", "script", "command"})
_SERVING: Final = frozenset({"request", "websocket", "middleware", "dependency", "error", "signal", "background"})
_WRITES: Final = {
    "item": "writes",
    "delete": "removes from",
    "mutate": "changes",
    "rebind": "re-binds",
    "augment": "adds to",
    "nested": "changes what is in",
}


@dataclass(frozen=True)
class Known:
    """Everything that a trace is told from."""

    context: Context
    judgements: dict[Location, Judgement]
    """What the state rules think of each cell."""
    findings: tuple[tuple[Finding, str], ...]
    """Every finding of every rule, with its standing."""
    limit: int
    """How many routes are shown."""


def judgements_of(contexts: Iterable[Context]) -> dict[Location, Judgement]:
    """Return what the state rules think of each cell of some programs; a fault of one of them is one."""
    judgements: dict[Location, Judgement] = {}
    for context in contexts:
        for judgement in judge_cells(context):
            known = judgements.get(judgement.cell.location)
            if known is None or (known.finding is None and judgement.finding is not None):
                judgements[judgement.cell.location] = judgement
    return judgements


def trace_of(subject: Subject, known: Known) -> Trace:
    """Tell what is known of a subject."""
    if isinstance(subject, Location):
        return _cell(subject, known)
    return _function(subject, known) if isinstance(subject, Function) else _class(subject, known)


# -- cells


def _cell(location: Location, known: Known) -> CellTrace:
    program = known.context.program
    cell = next((cell for cell in program.cells if cell.location == location), None)
    made = [_step(o.function, o.line, describe_origin(o.function, o.line, known)) for o in cell.origins] if cell else _made(location, known)
    if cell is not None:
        writes, reads = cell.writes, cell.reads
    else:
        writes = [access for f in program.functions for where, access in writes_in(f, program.resolver) if where == location]
        reads = [access for f in program.functions for where, access in reads_in(f, program.resolver, {location.name}) if where == location]
    judgement = known.judgements.get(location)
    first = made[0] if made else _step(writes[0].function, writes[0].line, "") if writes else Step("", 0, "")
    finding = judgement.finding if judgement is not None else None
    about = _about_cell(location, made, finding, known)
    lifetime = _lifetime(location, cell, known)
    return CellTrace(
        name=location.qualified,
        path=first.path,
        line=first.line,
        container=cell.container if cell else _container(location, known),
        lifetime=lifetime,
        holder=_holder(cell.holder) if cell is not None else None,
        holds=_held_cells(location, known),
        kind=judgement.kind if judgement is not None else None,
        made=tuple(made),
        writes=tuple(_use(access, known) for access in _ordered(writes)),
        reads=tuple(_use(access, known) for access in _ordered(reads)),
        routes=_ways_to_writes(location, writes, judgement, known),
        findings=about,
        reason="" if finding is not None else _reason(location, cell, writes, judgement, known),
        answers=answers_about(judgement, lifetime, program) if judgement is not None and judgement.writes else (),
    )


def _held_cells(location: Location, known: Known) -> tuple[str, ...]:
    """Return the cells of the objects that a place keeps."""
    resolver = known.context.program.resolver
    objects = [entity for function, value in resolver.values_of(location) for entity in resolver.value(function, value).objects]
    classes = {cls for entity in objects if isinstance(entity, Instance) for cls in entity.cls.lineage}
    return tuple(cell.qualified for cell in known.context.program.cells if cell.location.owner in classes)


def describe_origin(function: Function, line: int, known: Known) -> str:
    """Return the source of a line, without the white space around it."""
    lines = known.context.concrete.lines(function.module.path)
    return lines[line - 1].strip() if 0 < line <= len(lines) else ""


def _made(location: Location, known: Known) -> list[Step]:
    """Where a place that is no cell is bound."""
    owner, name = location.owner, location.name
    if isinstance(owner, Module):
        places = [(owner.body, binding.line) for binding in owner.body.locals.get(name, ())]
    elif isinstance(owner, Class):
        places = [(owner.scope, binding.line) for binding in owner.bindings.get(name, ())]
        places += [(function, write.line) for function, write in owner.attribute_writes.get(name, ())]
    else:
        places = [(function, write.line) for function, value in known.context.program.resolver.flows.application.get(name, ())
                  for write in function.summary.writes if write.value is value]  # fmt: skip
    return [_step(function, line, describe_origin(function, line, known)) for function, line in places]


def _container(location: Location, known: Known) -> str:
    program = known.context.program
    return Containers(program.resolver, program.vocabulary).at(location, program.resolver.values_of(location))


def _lifetime(location: Location, cell: Cell | None, known: Known) -> str:
    owner = location.owner
    match location.kind:
        case "global":
            return "as long as the process: a name of the module"
        case "application":
            return "as long as the application object"
        case "local" if isinstance(owner, Function):
            return f"as long as the functions made in {owner.name}"
        case "default" if isinstance(owner, Function):
            return f"as long as the process: a default value, made once when {owner.name} is defined"
        case "function" if isinstance(owner, Function):
            return f"as long as the process: an attribute of the function {owner.name}"
        case "attribute" if isinstance(owner, Class):
            if cell is not None and cell.holder is None:
                return f"as long as the process: all instances of {owner.name} share it, on the class"
            return class_lifetime(owner, known)
    return "not known"


def class_lifetime(cls: Class, known: Known) -> str:
    """Tell how long instances of a class live."""
    holder = known.context.program.lifetimes.holder(cls)
    if holder is not None:
        return f"as long as the process: an instance of {cls.name} is kept by {holder.text}"
    if cls in known.context.program.entry_points.request_classes:
        return f"as long as a request: the framework makes an instance of {cls.name} for each"
    return f"as long as an instance of {cls.name}; none is known that outlives a request"


def _holder(holder: Retainer | None) -> Step | None:
    return Step(holder.module.path, holder.line, holder.text) if holder is not None else None


def _reason(location: Location, cell: Cell | None, writes: Sequence[Access], judgement: Judgement | None, known: Known) -> str:
    """Say why there is no finding."""
    if not writes:
        return "nothing changes it after it is made"
    contexts = sorted({context for access in writes for context in contexts_of(access.function, access.guards, known)})
    if judgement is not None and judgement.writes:
        return judgement.reason
    if cell is None and location.kind == "attribute" and isinstance(location.owner, Class):
        return f"it lives {class_lifetime(location.owner, known)}"
    if cell is None and not any(access.how in ("rebind", "augment", "delete", "item") for access in writes):
        return "what it holds is no container; its methods keep their own state"
    if contexts == ["unreached"]:
        return "no request reaches a write: nothing that calls the writing functions was found"
    return f"no request reaches a write; written only in: {', '.join(contexts)}"


def _use(access: Access, known: Known) -> Use:
    function = access.function
    name = f"module {function.module.name}" if function.is_body else function.name
    contexts = contexts_of(function, access.guards, known)
    return Use(path=function.module.path, line=access.line, how=access.how, method=access.method, function=name, contexts=contexts)


def contexts_of(function: Function, guards: tuple[int, ...], known: Known) -> tuple[str, ...]:
    """Return every context in which a place runs, or the one reason why it does not count."""
    part = function.module.part
    if part in _OUTSIDE:
        return (part,)
    if is_main_guarded(function, guards):
        return ("__main__",)
    if development_arm(function.summary.guards[index] for index in guards):
        return ("development",)
    if function.is_body:
        return ("import",)
    reach = known.context.program.reach
    return tuple(name for name in reach if function in reach[name]) or ("unreached",)


def _ordered(accesses: Iterable[Access]) -> list[Access]:
    """Return one access for each place, in the order of files and lines; a bare load says least."""
    seen: dict[tuple[str, int], Access] = {}
    for access in sorted(accesses, key=lambda a: (a.function.module.path, a.line, a.how == "load", a.column)):
        seen.setdefault((access.function.module.path, access.line), access)
    return list(seen.values())


# -- routes


def _ways_to_writes(location: Location, writes: Sequence[Access], judgement: Judgement | None, known: Known) -> Ways:
    """Return the shortest way from each entry point to a write, that of the finding first."""
    told = [*(judgement.writes if judgement is not None else ()), *writes]
    best: dict[tuple[Function, str], tuple[Route, Access]] = {}
    for access in dict.fromkeys(told):
        if access.function.module.part in _OUTSIDE or is_main_guarded(access.function, access.guards):
            continue
        for route in _routes(access.function, known):
            key = (route.entry.function, route.entry.role)
            if key not in best or len(route.functions) < len(best[key][0].functions):
                best[key] = (route, access)
    ordered = sorted(best.values(), key=lambda pair: (pair[0].guessed, pair[0].entry.role not in _SERVING))
    return Ways(shown=tuple(_way(route, known, access, location) for route, access in ordered[: known.limit]), total=len(ordered))


def _routes(function: Function, known: Known) -> list[Route]:
    program = known.context.program
    points: list[EntryPoint] = sorted(program.entry_points.points, key=lambda point: point.role not in ("request", "websocket"))
    routes = routes_to(function, program.graph, points)
    shortest = program.route_to(function)
    if shortest is None:
        return routes
    return [shortest, *(route for route in routes if route.entry.function is not shortest.entry.function)]


def _way(route: Route, known: Known, access: Access | None = None, location: Location | None = None) -> Way:
    last = None
    if access is not None and location is not None:
        last = _step(access.function, access.line, f"{_WRITES.get(access.how, 'writes')} {location.symbol}")
    return Way(role=route.entry.role, guessed=route.guessed, steps=known.context.route_steps(route, last))


# -- findings


def _about_cell(location: Location, made: Sequence[Step], finding: Finding | None, known: Known) -> tuple[Told, ...]:
    """Return the findings that stand where the cell is made, or carry its name, with the cell's own one first."""
    places = {(step.path, step.line) for step in made}
    own = [(finding, "told together with another cell")] if finding is not None else []
    paths = {path for path, _ in places}
    others = [
        (told, standing)
        for told, standing in known.findings
        if (told.path, told.line) in places or (told.symbol == location.symbol and told.path in paths)
    ]
    keys = {_key(f) for f, _ in others}
    return tuple(_told(f, standing) for f, standing in [*(pair for pair in own if _key(pair[0]) not in keys), *others])


def _key(finding: Finding) -> tuple[str, str, int, str]:
    return finding.code, finding.path, finding.line, finding.symbol


def _told(finding: Finding, standing: str) -> Told:
    return Told(
        code=finding.code,
        rule=finding.rule,
        severity=finding.severity,
        confidence=finding.confidence,
        path=finding.path,
        line=finding.line,
        message=finding.message,
        standing=standing,
    )


# -- functions


def _function(function: Function, known: Known) -> FunctionTrace:
    program = known.context.program
    points = [point for point in program.entry_points.points if point.function is function]
    routes = _routes(function, known)
    within = range(function.summary.line, function.summary.end_line + 1)
    path = function.module.path
    about = [
        _told(finding, standing)
        for finding, standing in known.findings
        if (finding.path == path and finding.line in within)
        or any((step.path, step.line) == (path, function.summary.line) for step in finding.route)
    ]
    return FunctionTrace(
        name=_name(function),
        path=path,
        line=function.summary.line,
        entry_points=tuple(f"{point.role}: {point.text}" if point.text else point.role for point in points),
        contexts=contexts_of(function, (), known),
        callers=_calls((edge, edge.caller) for edge in program.graph.callers.get(function, ())),
        callees=_calls((edge, edge.callee) for edge in program.graph.edges.get(function, ())),
        library_calls=tuple(_library_calls(function, known)),
        unresolved=tuple(_unresolved(function, known)),
        writes=tuple(_cells_used(function, known, writing=True)),
        reads=tuple(_cells_used(function, known, writing=False)),
        routes=Ways(shown=tuple(_way(route, known) for route in routes[: known.limit]), total=len(routes)),
        findings=tuple(about),
    )


def _name(function: Function) -> str:
    return function.module.name if function.is_body else f"{function.module.name}.{function.name}"


def _calls(edges: Iterable[tuple[Edge, Function]]) -> tuple[Call, ...]:
    made = {Call(function=_name(other), path=edge.caller.module.path, line=edge.line, kind=edge.kind) for edge, other in edges}
    return tuple(sorted(made, key=lambda call: (call.path, call.line, call.function)))


def _library_calls(function: Function, known: Known) -> Iterator[Step]:
    for site in function.summary.calls:
        names = known.context.program.resolver.library_names(function, site.call.func)
        if names and not all("." not in name for name in names):
            yield _step(function, site.call.line, names[0])


def _unresolved(function: Function, known: Known) -> Iterator[Step]:
    """Calls of something that stands for nothing known; the methods of containers are known."""
    for site in function.summary.calls:
        view = known.context.program.resolver.walk(function, site.call.func)
        if not view.objects and not any(_container(place.location, known) in FILLABLE for place in view.places):
            yield _step(function, site.call.line, site.call.func)


def _cells_used(function: Function, known: Known, *, writing: bool) -> Iterator[Use]:
    for cell in known.context.program.cells:
        accesses = [access for access in (cell.writes if writing else cell.reads) if access.function is function]
        for access in _ordered(accesses):
            yield msgspec.structs.replace(_use(access, known), function=cell.qualified)


# -- classes


def _class(cls: Class, known: Known) -> ClassTrace:
    program = known.context.program
    sites = program.graph.construction.get(cls, ())
    made = [_step(function, site.call.line, describe_origin(function, site.call.line, known)) for function, site in sites]
    within = range(cls.summary.line, cls.summary.end_line + 1)
    holder = program.lifetimes.holder(cls)
    return ClassTrace(
        name=f"{cls.module.name}.{cls.name}",
        path=cls.module.path,
        line=cls.summary.line,
        lifetime=class_lifetime(cls, known),
        holder=_holder(holder),
        made=tuple(sorted(made, key=lambda step: (step.path, step.line))),
        bases=(*(f"{base.module.name}.{base.name}" for base in cls.bases), *cls.external_bases),
        cells=tuple(cell.qualified for cell in program.cells if cell.location.owner is cls),
        methods=tuple(cls.methods),
        findings=tuple(_told(f, standing) for f, standing in known.findings if f.path == cls.module.path and f.line in within),
    )


def _step(function: Function, line: int, text: str) -> Step:
    return Step(function.module.path, line, text)
