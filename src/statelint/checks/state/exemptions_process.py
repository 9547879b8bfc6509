"""What a process keeps of itself: its locks, its gauges, when it last tidied up. Another instance has its own, and needs no other's."""

from __future__ import annotations

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


def is_lock_handle(cell: Cell, writes: list[Access], program: Program) -> bool:
    """A lock that is made anew, or a count of locks: the lock itself is judged where it is held."""
    own = words(own_name(cell.location))
    if not own & program.vocabulary.words("lock-name"):
        return False
    return all(access.how in _RAISING for access in writes) or bool(own & {"count", "counts", "debug"})


def is_of_the_machine(cell: Cell, writes: list[Access], program: Program) -> bool:
    """The process's own id, or those of its children."""
    own = words(own_name(cell.location))
    if own & {"pid", "pids"} or (own & {"original", "patched"} and all(access.how == "rebind" for access in writes)):
        return True  # or what the process has patched in itself
    if any(access.how != "rebind" for access in writes):
        return False
    return bool(writes) and all(_plays(access.function, access.value, "instance-identity", program) for access in writes)


def is_set_up(cell: Cell, writes: list[Access], program: Program) -> bool:
    """An attribute that an object gets where its life begins, and loses where it ends: `self.client = make_client()` in `start`."""
    owner, names = cell.location.owner, program.vocabulary.words("life-cycle")
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


def is_of_middleware(cell: Cell, writes: list[Access], program: Program) -> bool:
    """`self.path = ...` in a middleware: each request begins with a value of its own."""
    passed = {point.function for point in program.entry_points.points if point.role == "middleware"}
    first = all(access.function in passed and access.function.owner is cell.location.owner for access in writes)
    return bool(writes) and first and all(access.how == "rebind" and access.function.name.endswith("__call__") for access in writes)


def is_one_object(cell: Cell, writes: list[Access], program: Program) -> bool:
    """`cls.config = config`, where that is the one object of its class that a module holds."""
    for access in writes:
        entities = program.resolver.value(access.function, access.value).entities if isinstance(access.value, Ref) else ()
        (kept,) = entities if len(entities) == 1 else (None,)
        if access.how != "rebind" or not isinstance(kept, Instance):
            return False
        holder, made = program.lifetimes.holder(kept.cls), program.graph.construction.get(kept.cls, [])
        if holder is None or len(made) != 1 or not made[0][0].is_body:
            return False
    return bool(writes) and cell.container not in FILLABLE


def is_of_block(cell: Cell, writes: list[Access], program: Program) -> bool:
    """Set when a block is entered and put back when it is left."""
    del cell, program
    names = {access.function.name.rpartition(".")[2] for access in writes}
    return names in ({"__enter__", "__exit__"}, {"__aenter__", "__aexit__"}) and all(access.how in _RAISING for access in writes)


def keeps_alive(cell: Cell, writes: list[Access], program: Program) -> bool:
    """References that only keep objects from being collected; a set of the objects that a class has made."""
    del program
    if words(own_name(cell.location)) & {"refs", "references"}:
        return True
    added = [access for access in writes if access.how == "mutate"]
    return cell.container == "set" and bool(added) and all(access.value == Ref("self") for access in added)


def is_of_double(cell: Cell, writes: list[Access], program: Program) -> bool:
    """What a class that stands in for another in tests remembers for the test."""
    del writes
    owner = cell.location.owner
    return isinstance(owner, Class) and bool(words(owner.name) & program.vocabulary.words("test-double"))


def is_gauge(cell: Cell, writes: list[Access], program: Program) -> bool:
    """A number that goes up when some work begins and down when it ends; sockets are counted for people."""
    numbers = [_number(access.value) for access in writes if access.how == "augment"]
    lowered = any(number < 0 for number in numbers) or any(access.how == "rebind" and _lowers(access, cell) for access in writes)
    if not any(number > 0 for number in numbers) or not lowered or any(access.how not in _RAISING for access in writes):
        return False
    return not lasts_as_a_socket(writes, program)


def lasts_as_a_socket(writes: list[Access], program: Program) -> bool:
    """Whether a write belongs to the handler of a socket, whose call takes as long as somebody is there."""
    functions = {access.function for access in writes}
    sockets = {point.function for point in program.entry_points.points if point.role == "websocket"}
    routes = (program.reach["serving"].route(function) for function in functions)
    return bool(functions & sockets) or any(route is not None and route.entry.role == "websocket" for route in routes)


def is_housekeeping(cell: Cell, writes: list[Access], program: Program) -> bool:
    """`n += 1` until it is time to tidy up, and then 0; the time of the last clean-up."""
    if any(access.how not in _RAISING for access in writes):
        return False
    own = words(own_name(cell.location))
    if "dirty" in own:
        return True  # something is to be saved
    if all(access.how == "rebind" for access in writes):
        tidies = bool(own & program.vocabulary.words("housekeeping"))
        return tidies and all(_plays(access.function, access.value, "volatile-clock", program) for access in writes)
    if all(access.how == "augment" for access in writes) and all(_every(access.function, cell) for access in writes):
        return bool(writes) and {read.function for read in cell.reads} <= {access.function for access in writes}
    counted = {access.function for access in writes if access.how == "augment"}
    emptied = {access.function for access in writes if access.how == "rebind" and _number(access.value) == 0}
    return len(counted) == 1 and counted == emptied and all(_compares(function, cell) for function in counted)


def _plays(function: Function, expr: Expr | None, role: str, program: Program) -> bool:
    if isinstance(expr, Ref):
        bound = [binding.value for binding in function.locals.get(expr.path, ())]
        return bool(bound) and all(_plays(function, value, role, program) for value in bound if value != expr)
    if not isinstance(expr, Call):
        return False
    names = program.vocabulary.role(role)
    entities = program.resolver.walk(function, expr.func).entities
    return any(isinstance(entity, (External, Made)) and names.calls(entity.name) for entity in entities)


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
