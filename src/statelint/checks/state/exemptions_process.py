"""Process-local exemptions: locks, gauges, ids of processes, the time of the last clean-up. Each instance needs its own, and no other's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from statelint.checks.common.naming import own_name, words
from statelint.program.names.conditions import identifiers, inside, names_in
from statelint.program.names.containers import FILLABLE
from statelint.program.names.nodes import Class, External, Instance, Made
from statelint.survey.summary import Call, Compare, Const, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.accesses import Access
    from statelint.program.names.nodes import Function
    from statelint.program.program import Program

_RAISING: Final = frozenset({"rebind", "augment"})
_ORDER: Final = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True)
class Facts:
    """What the reasons ask about the program, found once."""

    program: Program
    middleware: frozenset[Function]
    socket_handlers: frozenset[Function]


def facts_of(program: Program) -> Facts:
    """Collect what the reasons ask about a program."""
    points = program.entry_points.points
    middleware = frozenset(point.function for point in points if point.role == "middleware")
    return Facts(program, middleware, frozenset(point.function for point in points if point.role == "websocket"))


def is_lock_handle(cell: Cell, writes: list[Access], facts: Facts) -> bool:
    """A lock that is made anew, or a count of locks: the lock itself is judged where it is held."""
    own = words(own_name(cell.location))
    if not own & facts.program.vocabulary.words("lock-name"):
        return False
    return all(access.how in _RAISING for access in writes) or bool(own & {"count", "counts", "debug"})


def is_of_the_machine(cell: Cell, writes: list[Access], facts: Facts) -> bool:
    """The process's own id, or those of its children."""
    own = words(own_name(cell.location))
    if own & {"pid", "pids"} or (own & {"original", "patched"} and all(access.how == "rebind" for access in writes)):
        return True  # or what the process has patched in itself
    if any(access.how != "rebind" for access in writes):
        return False
    return bool(writes) and all(_has_role(access.function, access.value, "instance-identity", facts) for access in writes)


def is_set_up(cell: Cell, writes: list[Access], facts: Facts) -> bool:
    """An attribute that an object gets where its life begins, and loses where it ends: `self.client = make_client()` in `start`."""
    owner, names = cell.location.owner, facts.program.vocabulary.words("life-cycle")
    if not isinstance(owner, Class) or cell.container in FILLABLE:
        return False
    for access in writes:
        function = access.function
        own = function.owner is owner or (function.owner is not None and owner in function.owner.lineage)
        if access.how != "rebind" or not own or function.name.rpartition(".")[2].strip("_") not in names:
            return False
        if isinstance(access.value, Ref) and access.value.path.partition(".")[0] in function.params:
            return False  # `start(mode)`: what it is depends on who asks
    return bool(writes)


def is_of_middleware(cell: Cell, writes: list[Access], facts: Facts) -> bool:
    """`self.path = ...` in a middleware: each request begins with a value of its own."""
    first = all(access.function in facts.middleware and access.function.owner is cell.location.owner for access in writes)
    return bool(writes) and first and all(access.how == "rebind" and access.function.name.endswith("__call__") for access in writes)


def is_one_object(cell: Cell, writes: list[Access], facts: Facts) -> bool:
    """`cls.config = config`, where that is the one object of its class that a module holds."""
    for access in writes:
        entities = facts.program.resolver.value(access.function, access.value).entities if isinstance(access.value, Ref) else ()
        (kept,) = entities if len(entities) == 1 else (None,)
        if access.how != "rebind" or not isinstance(kept, Instance):
            return False
        holder, made = facts.program.lifetimes.holder(kept.cls), facts.program.graph.construction.get(kept.cls, [])
        if holder is None or len(made) != 1 or not made[0][0].is_body:
            return False
    return bool(writes) and cell.container not in FILLABLE


def is_of_block(cell: Cell, writes: list[Access], facts: Facts) -> bool:
    """Set when a block is entered and put back when it is left."""
    del cell, facts
    names = {access.function.name.rpartition(".")[2] for access in writes}
    return names in ({"__enter__", "__exit__"}, {"__aenter__", "__aexit__"}) and all(access.how in _RAISING for access in writes)


def keeps_alive(cell: Cell, writes: list[Access], facts: Facts) -> bool:
    """References that only keep objects from being collected; a set of the objects that a class has made."""
    del facts
    if words(own_name(cell.location)) & {"refs", "references"}:
        return True
    added = [access for access in writes if access.how == "mutate"]
    return cell.container == "set" and bool(added) and all(access.value == Ref("self") for access in added)


def is_of_double(cell: Cell, writes: list[Access], facts: Facts) -> bool:
    """State of a test double: it remembers calls for the test."""
    del writes
    owner = cell.location.owner
    return isinstance(owner, Class) and bool(words(owner.name) & facts.program.vocabulary.words("test-double"))


def is_gauge(cell: Cell, writes: list[Access], facts: Facts) -> bool:
    """A number that goes up when some work begins and down when it ends; sockets are counted for people."""
    numbers = [_number(access.value) for access in writes if access.how == "augment"]
    lowered = any(number < 0 for number in numbers) or any(access.how == "rebind" and _lowers(access, cell) for access in writes)
    if not any(number > 0 for number in numbers) or not lowered or any(access.how not in _RAISING for access in writes):
        return False
    return not lasts_as_a_socket(writes, facts)


def lasts_as_a_socket(writes: list[Access], facts: Facts) -> bool:
    """Whether a write belongs to the handler of a socket, whose call takes as long as somebody is there."""
    functions = {access.function for access in writes}
    routes = (facts.program.reach["serving"].route(function) for function in functions)
    return bool(functions & facts.socket_handlers) or any(route is not None and route.entry.role == "websocket" for route in routes)


def is_housekeeping(cell: Cell, writes: list[Access], facts: Facts) -> bool:
    """`n += 1` until it is time to tidy up, and then 0; the time of the last clean-up."""
    if any(access.how not in _RAISING for access in writes):
        return False
    own = words(own_name(cell.location))
    if "dirty" in own:
        return True  # something is to be saved
    if all(access.how == "rebind" for access in writes):
        tidies = bool(own & facts.program.vocabulary.words("housekeeping"))
        return tidies and all(_has_role(access.function, access.value, "volatile-clock", facts) for access in writes)
    if all(access.how == "augment" for access in writes) and all(_every(access.function, cell) for access in writes):
        return bool(writes) and {read.function for read in cell.reads} <= {access.function for access in writes}
    counted = {access.function for access in writes if access.how == "augment"}
    emptied = {access.function for access in writes if access.how == "rebind" and _number(access.value) == 0}
    return len(counted) == 1 and counted == emptied and all(_compares(function, cell) for function in counted)


def _has_role(function: Function, expr: Expr | None, role: str, facts: Facts) -> bool:
    """Whether a value can only be what calls of library names with a role give, directly or through local names."""
    calls: list[Call] = []
    names: dict[str, None] = {}
    pending = [expr]
    while pending:
        one = pending.pop()
        if isinstance(one, Call):
            calls.append(one)
        elif not isinstance(one, Ref) or one.path not in function.locals:
            return False
        elif one.path not in names:  # `a = b`, `b = a` says nothing more
            names[one.path] = None
            pending.extend(binding.value for binding in function.locals[one.path])
    known = facts.program.vocabulary.role(role)
    views = [facts.program.resolver.walk(function, call.func).entities for call in calls]
    return bool(views) and all(any(isinstance(one, (External, Made)) and known.calls(one.name) for one in view) for view in views)


def _number(expr: Expr | None) -> float:
    value = expr.value if isinstance(expr, Const) else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else 0


def _lowers(access: Access, cell: Cell) -> bool:
    """`self.active = max(0, self.active - 1)`."""
    value = access.value
    return isinstance(value, Call) and value.func == "max" and any(_mentions(arg, cell) for arg in value.args)


def _mentions(expr: Expr, cell: Cell) -> bool:
    parts = getattr(expr, "parts", (expr,))
    return any(isinstance(part, Ref) and own_name(cell.location) in part.path for part in parts)


def _every(function: Function, cell: Cell) -> bool:
    """`if n % 100 == 0`."""
    return any(isinstance(part, Template) and _is_remainder(part, cell) for part in _tested(function))


def _compares(function: Function, cell: Cell) -> bool:
    name = cell.location.name.rpartition(".")[2]
    for part in _tested(function):
        is_order = isinstance(part, Compare) and part.operator in _ORDER
        if (is_order and name in identifiers(names_in(part))) or (isinstance(part, Template) and _is_remainder(part, cell)):
            return True
    return False


def _tested(function: Function) -> Iterator[Expr]:
    """Everything that the conditions of a function are made of."""
    return (part for guard in function.summary.guards for part in inside(guard.test))


def _is_remainder(part: Template, cell: Cell) -> bool:
    return part.operator == "%" and cell.location.name.rpartition(".")[2] in identifiers(names_in(part.parts[0]))
