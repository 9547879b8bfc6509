"""Work that an object of the project calls again and again: timers that are set anew, and what such objects were made with."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.program.names.nodes import Class, Function, Instance
from statelint.survey.summary import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from statelint.program.program import Program
    from statelint.survey.summary import CallSite, Expr


class Handed(NamedTuple):
    """A call that hands a function to an object that goes on calling it."""

    function: Function
    site: CallSite
    target: Function


def in_timer_cycles(
    timers: Mapping[Function, AbstractSet[Function]], started: Mapping[Function, AbstractSet[Function]], program: Program
) -> frozenset[Function]:
    """Return the functions that a timer calls and that lead, within their module, to where that timer is set again.

    `timers` says which functions a function sets timers for, `started` what it starts at all. Calls through other modules are left
    out: whoever is told of an event may set a timer some day.
    """
    return frozenset(target for setter, targets in timers.items() for target in targets if _leads_to(target, setter, started, program))


def _leads_to(target: Function, setter: Function, started: Mapping[Function, AbstractSet[Function]], program: Program) -> bool:
    return setter in _run_by(target, started, program)


def _run_by(target: Function, started: Mapping[Function, AbstractSet[Function]], program: Program) -> list[Function]:
    """Return a function and what it leads to within its module: what it defines, calls and starts."""
    found = {target: None}
    pending = [target]
    for function in pending:  # grows while it is gone through
        nested = (one for children in function.children.values() for one in children if isinstance(one, Function))
        called = (edge.callee for edge in program.graph.edges.get(function, ()) if edge.kind == "call")
        fresh = [one for one in (*nested, *called, *started.get(function, ())) if one not in found and one.module is target.module]
        found.update(dict.fromkeys(fresh))
        pending += fresh
    return pending


def handed_to_objects(runner: Function, started: Mapping[Function, AbstractSet[Function]], program: Program) -> Iterator[Handed]:
    """Yield the functions that objects were made with whose attributes a function comes to call: `task.callback()` by a timer.

    They stand where they are handed over, by callers of helpers that make such an object too: `timers.register(self.refresh)`.
    """
    for cls, name in dict.fromkeys(_attributes_called(_run_by(runner, started, program), program)):
        for function, site in program.graph.construction.get(cls, ()):
            for expr in _given_for(cls, name, site):
                yield from _handed(function, site, expr, program)


def _attributes_called(functions: Iterable[Function], program: Program) -> Iterator[tuple[Class, str]]:
    for function in functions:
        for site in function.summary.calls:
            receiver, _, name = site.call.func.rpartition(".")
            for entity in program.resolver.walk(function, receiver).objects if receiver and name.isidentifier() else ():
                if isinstance(entity, Instance) and entity.cls.find_method(name) is None:
                    yield entity.cls, name


def _given_for(cls: Class, name: str, site: CallSite) -> Iterator[Expr]:
    """Yield the argument of a construction that becomes an attribute of what is made."""
    method = cls.find_method("__init__")
    if method is None:  # a dataclass: its fields in their order
        fields = [one for base in reversed(cls.lineage) for one, bound in base.bindings.items() if bound[0].annotation is not None]
        wanted = {name}
    else:
        fields = [param.name for param in method.summary.params[1:]]
        written = (write for write in method.summary.writes if write.target.endswith(f".{name}"))
        wanted = {write.value.path for write in written if isinstance(write.value, Ref)}
    pairs = (*zip(fields, site.call.args, strict=False), *site.call.keywords)
    yield from (expr for field, expr in pairs if field in wanted)


def _handed(function: Function, site: CallSite, expr: Expr, program: Program) -> Iterator[Handed]:
    """Yield who hands over a function, from where an object is made back to where the function is named."""
    pending = [(function, site, expr)]
    seen = {(function, id(site))}
    for scope, at, given in pending:  # grows while it is gone through
        if not isinstance(given, Ref) or scope.module.part == "test":
            continue
        if given.path in scope.params:
            for caller, handed in program.resolver.flows.arguments.get(scope, {}).get(given.path, ()):
                found = next((one for one in caller.summary.calls if any(arg is handed for arg in _arguments(one))), None)
                if found is not None and (caller, id(found)) not in seen:
                    seen.add((caller, id(found)))
                    pending.append((caller, found, handed))
            continue
        for entity in program.resolver.walk(scope, given.path).objects:
            if isinstance(entity, Function):
                yield Handed(scope, at, entity)


def _arguments(site: CallSite) -> tuple[Expr, ...]:
    return (*site.call.args, *(value for _, value in site.call.keywords))
