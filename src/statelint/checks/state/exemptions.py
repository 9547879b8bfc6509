"""What acquits a cell that requests write: one table, each entry the `no` to one of the four questions, with what it rests on.

1. Does it outlive a request?  2. Can instances differ in it?  3. Does anything outside depend on it?  4. Is the difference healed?
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.checks.state.handles import Handles
from statelint.checks.state.traits import TRAITS
from statelint.program.flow import sources, uses
from statelint.program.flow.filling import empties
from statelint.program.names.conditions import ARMS, inside
from statelint.program.names.containers import FILLABLE
from statelint.program.names.nodes import External, ExternalValue, Function, Instance
from statelint.survey.summary import Call, Compare, Const, Display, Ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.accesses import Access
    from statelint.program.program import Program
    from statelint.rulebook.schema import Kind
    from statelint.survey.summary import Expr

_RAISING: Final = frozenset({"rebind", "augment"})
_CLOSING: Final = frozenset({"close", "aclose", "wait_closed", "terminate", "abort", "shutdown", "cancel"})
_REQUESTS: Final = frozenset({"request", "websocket"})
"""What the resolver calls the request that a handler is given."""
_MANAGERS: Final = ({"__enter__", "__exit__"}, {"__aenter__", "__aexit__"})


class Exemption(NamedTuple):
    """One reason why a cell is no fault."""

    id: str
    question: Literal[1, 2, 3, 4]
    """The question that it answers with no."""
    text: str
    basis: Literal["flow", "model"]
    """What it rests on: the project's own code, or what a model says of a library."""
    holds: Callable[[Exemptions, Cell, list[Access]], bool]


class Exemptions:
    """Finds the reason why a cell may stay in the process, if there is one."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._resolver = program.resolver
        self._provenance = program.provenance
        self._handles = Handles(program)
        self._middleware = frozenset(point.function for point in program.entry_points.points if point.role == "middleware")
        self._sockets = frozenset(point.function for point in program.entry_points.points if point.role == "websocket")

    def of(self, cell: Cell, writes: list[Access], kind: Kind) -> Exemption | None:
        """Return the first exemption that holds; `writes` are those that requests reach."""
        traits = TRAITS[kind]
        if traits.holds_sockets:  # what else reaches the sockets decides, unless nothing is done but to close them
            return _ONLY_CLOSED if self.is_only_closed(cell, writes) else None
        acts = traits.acts or cell.container in ("queue", "lock")
        return next((one for one in EXEMPTIONS if not (acts and one.id in _BY_READS) and one.holds(self, cell, writes)), None)

    # -- can instances differ?

    def holds_handles(self, cell: Cell, writes: list[Access]) -> bool:
        """Every value is a thing of the process itself: a client, a pool, a model that was loaded."""
        filled = [access for access in writes if not empties(access) and access.value is not None]
        if not filled:  # requests only close it
            made = [(origin.function, origin.expr) for origin in cell.origins if not _is_nothing(origin.expr)]
            made += [(access.function, access.value) for access in cell.writes if not empties(access) and access.value is not None]
            return bool(made) and all(self._handles.is_handle(function, expr) for function, expr in made)
        return all(self._handles.is_handle(access.function, access.value) and not self._is_chosen_by_request(access) for access in filled)

    def _is_chosen_by_request(self, access: Access) -> bool:
        """Whether a request decides which one is held from now on, for all others too."""
        if access.how != "rebind" or any(access.function.summary.guards[index].kind in (*ARMS, "except") for index in access.guards):
            return False
        return bool(self._provenance.of(access.function, access.value) & sources.REQUEST)

    def holds_own_tasks(self, cell: Cell, writes: list[Access]) -> bool:
        """`tasks.add(asyncio.create_task(...))` keeps the task alive; a table by id is asked for by other requests."""
        if cell.container not in ("set", "sequence"):
            return False
        added = [access for access in writes if access.how == "mutate"]
        return bool(added) and all(self._handles.has_role(access.function, access.value, "task-start") for access in added)

    def holds_own_callbacks(self, cell: Cell, writes: list[Access]) -> bool:
        """`listeners[event].append(self.on_event)`: what each process calls by itself, of objects that each of them has.

        Which of them is called for what, a client must not choose.
        """
        del cell
        if any(self._provenance.of(access.function, access.key) & sources.REQUEST for access in writes if access.key is not None):
            return False
        filled = [access for access in writes if not empties(access) and not _is_empty(access.value)]
        return bool(filled) and all(
            access.how in ("item", "mutate", "nested") and self._handles.is_callback(access.function, access.value) for access in filled
        )

    def holds_machine_ids(self, cell: Cell, writes: list[Access]) -> bool:
        """The process's own id, or its host's."""
        del cell
        filled = [access for access in writes if not empties(access)]
        return bool(filled) and all(
            access.how == "rebind" and self._handles.is_only(access.function, access.value, "instance-identity") for access in filled
        )

    def is_filled_at_start(self, cell: Cell, writes: list[Access]) -> bool:
        """Filled where no request comes by, and only taken from by requests."""
        if any(access.how != "delete" for access in writes):
            return False
        serving, startup = self._program.reach["serving"], self._program.reach["startup"]
        filled = [access.function for access in cell.writes if access.how in ("item", "mutate")]
        return bool(filled) and all(function in startup and function not in serving for function in filled)

    def is_one_object(self, cell: Cell, writes: list[Access]) -> bool:
        """`cls.config = config`, where that is the one object of its class that a module holds."""
        for access in writes:
            objects = self._resolver.value(access.function, access.value).objects if isinstance(access.value, Ref) else ()
            (kept,) = objects if len(objects) == 1 else (None,)
            if access.how != "rebind" or not isinstance(kept, Instance):
                return False
            holder, made = self._program.lifetimes.holder(kept.cls), self._program.graph.construction.get(kept.cls, [])
            if holder is None or len(made) != 1 or not made[0][0].is_body:
                return False
        return bool(writes) and cell.container not in FILLABLE

    # -- does it outlive a request?

    def is_keyed_by_objects(self, cell: Cell, writes: list[Access]) -> bool:
        """Keyed by objects that live in this process, and gone with them."""
        del writes
        names = (
            name for origin in cell.origins if isinstance(origin.expr, Call) for name in self._names(origin.function, origin.expr.func)
        )
        return "weakref.WeakKeyDictionary" in names

    def _names(self, function: Function, path: str) -> tuple[str, ...]:
        return tuple(entity.name for entity in self._resolver.walk(function, path).objects if isinstance(entity, External))

    def is_set_of_own_objects(self, cell: Cell, writes: list[Access]) -> bool:
        """`instances.add(self)` only keeps the objects that a class has made from being collected, or counts them."""
        added = [access for access in writes if access.how == "mutate"]
        return cell.container == "set" and bool(added) and all(access.value == Ref("self") for access in added)

    # -- does anything outside depend on it?

    def is_unobserved(self, cell: Cell, writes: list[Access]) -> bool:
        """All that is read from it stays with this process: in its log, its metrics, its own housekeeping.

        That nothing is seen to read it says little: nobody collects what nobody reads.
        """
        del writes
        return self._program.uses.of(cell) == uses.NO

    def is_only_closed(self, cell: Cell, writes: list[Access]) -> bool:
        """Whether all that is done with what is kept is to close it: `for socket in sockets: await socket.close()`."""
        del writes
        closed = False
        for read in cell.reads:
            if read.how == "iter":
                names = {one.name for bound in read.function.locals.values() for one in bound if one.how == "for" and one.line == read.line}
                done = _done_with(read.function, names)
                if not done or not done <= _CLOSING:
                    return False
                closed = True
            elif read.how in ("item", "get") or read.method in ("get", "items", "values"):
                return False
        return closed

    def is_scratch(self, cell: Cell, writes: list[Access]) -> bool:
        """One write dominates all other accesses."""
        return bool(writes) and bool(cell.reads) and self._program.scratch.is_written_first(cell)

    def is_the_current_request(self, cell: Cell, writes: list[Access]) -> bool:
        """`self.request = request`: the request itself, which says nothing to another one; what it carries is somebody's."""
        del cell
        filled = [access for access in writes if not empties(access)]
        return bool(filled) and all(access.how == "rebind" and self._is_request(access.function, access.value) for access in filled)

    def _is_request(self, function: Function, expr: Expr | None) -> bool:
        objects = self._resolver.value(function, expr).objects if isinstance(expr, Ref) else ()
        return bool(objects) and all(isinstance(one, ExternalValue) and one.name in _REQUESTS for one in objects)

    def takes_turns(self, cell: Cell, writes: list[Access]) -> bool:
        """`next(itertools.cycle(ADDRESSES))`: where the round stands decides nothing; `itertools.count()` gives numbers out."""
        if cell.container != "counter" or any(access.how in _RAISING and access.value is not None for access in writes):
            return False
        made = [(origin.function, origin.expr) for origin in cell.origins if not _is_nothing(origin.expr)]
        return bool(made) and all(isinstance(expr, Call) and self._goes_round(function, expr) for function, expr in made)

    def _goes_round(self, function: Function, call: Call) -> bool:
        """Whether a call makes an endless round over what is the same on every instance."""
        for entity in self._resolver.walk(function, call.func).objects:
            if isinstance(entity, External) and entity.name == "itertools.cycle":
                found = self._provenance.of(function, call)
            elif isinstance(entity, Function) and {guard.kind for guard in entity.summary.guards} >= {"while", "for"}:
                if any(binding.how == "aug" for binding in entity.summary.bindings):
                    return False  # it counts
                found = self._provenance.returned(entity)
            else:
                return False
            if not sources.is_same_everywhere(found):
                return False
        return True

    def is_set_by_middleware(self, cell: Cell, writes: list[Access]) -> bool:
        """`self.path = ...` in a middleware: each request begins with a value of its own."""
        first = all(access.function in self._middleware and access.function.owner is cell.location.owner for access in writes)
        return bool(writes) and first and all(access.how == "rebind" and access.function.name.endswith("__call__") for access in writes)

    def is_of_block(self, cell: Cell, writes: list[Access]) -> bool:
        """Set when a block is entered and put back when it is left."""
        del cell
        names = {access.function.name.rpartition(".")[2] for access in writes}
        return names in _MANAGERS and all(access.how in _RAISING for access in writes)

    def is_restored(self, cell: Cell, writes: list[Access]) -> bool:
        """Set for a while, and set again in a `finally` of the same function, or back to what was read from it before."""
        takers = {access.function for access in writes if access.how == "rebind" and (_in_finally(access) or _puts_back(cell, access))}
        return bool(writes) and all(access.how == "rebind" and access.function in takers for access in writes)

    def is_overwritten_default(self, cell: Cell, writes: list[Access]) -> bool:
        """`def page(request, options={}): options["user"] = ...`: each call sets anew the keys that it then hands on."""
        if cell.location.kind != "default" or not writes:
            return False
        return all(
            access.how == "item" and isinstance(access.key, Const) and not access.guards and access.function is cell.location.owner
            for access in cell.writes
        )

    def is_in_flight(self, cell: Cell, writes: list[Access]) -> bool:
        """Put in, and taken out in a `finally` of the same function; nobody looks at it meanwhile."""
        takers = {access.function for access in writes if _takes_out(access) and _in_finally(access)}
        if not writes or any(access.function not in takers for access in writes) or self._lasts_as_a_socket(cell, writes):
            return False
        return not any(read.how != "load" and read.function not in takers for read in cell.reads)

    def is_gauge(self, cell: Cell, writes: list[Access]) -> bool:
        """A number that goes up when some work begins and down when it ends; sockets are counted for people."""
        numbers = [_number(access.value) for access in writes if access.how == "augment"]
        lowered = any(number < 0 for number in numbers) or any(access.how == "rebind" and _lowers(access) for access in writes)
        raised = any(number > 0 for number in numbers) and all(access.how in _RAISING for access in writes)
        return raised and lowered and not self._lasts_as_a_socket(cell, writes)

    def _lasts_as_a_socket(self, cell: Cell, writes: list[Access]) -> bool:
        """Whether a write belongs to the handler of a socket, whose call takes as long as somebody is there."""
        if cell.container != "scalar":
            return False
        functions = {access.function for access in writes}
        routes = (self._program.reach["serving"].route(function) for function in functions)
        return bool(functions & self._sockets) or any(route is not None and route.entry.role == "websocket" for route in routes)

    # -- is the difference healed?

    def is_renewed(self, cell: Cell, writes: list[Access]) -> bool:
        """Replaced where a file, or whatever it is made from, has another version now."""
        del writes
        return self._program.filling.is_renewed(cell, self._is_version)

    def _is_version(self, function: Function, expr: Expr) -> bool:
        found = self._provenance.of(function, expr)
        return not isinstance(expr, Const) and bool(found) and not found & (sources.PROCESS | sources.REQUEST)

    def is_kept_with_key(self, cell: Cell, writes: list[Access]) -> bool:
        """`state.model = (key, load(key))`, and asked for the key before it is used: another key, another value."""
        del cell
        for access in writes:
            items = access.value.items if isinstance(access.value, Display) and access.value.kind == "tuple" else ()
            key = items[0] if len(items) > 1 else None
            tests = [guard.test for guard in access.function.summary.guards if guard.line < access.line]
            if key is None or not any(_equates(test, key) for test in tests):
                return False
            allowed = self._provenance.of(access.function, key) | sources.EVERYWHERE | sources.UNKNOWN
            if any(self._provenance.of(access.function, item) & ~allowed for item in items[1:]):
                return False
        return bool(writes)


EXEMPTIONS: Final = (
    Exemption("own-handles", 2, "holds clients, pools, models or other things of the process itself", "model", Exemptions.holds_handles),
    Exemption("own-tasks", 3, "holds handles of this process's own tasks", "model", Exemptions.holds_own_tasks),
    Exemption("own-callbacks", 3, "holds what this process calls by itself", "flow", Exemptions.holds_own_callbacks),
    Exemption("machine-ids", 2, "holds ids of processes of this machine", "model", Exemptions.holds_machine_ids),
    Exemption("start-only", 2, "filled when the process starts; requests only take from it", "flow", Exemptions.is_filled_at_start),
    Exemption("one-object", 2, "always the one object that a module holds", "flow", Exemptions.is_one_object),
    Exemption("weak-keys", 1, "keyed by objects of this process, and gone with them", "model", Exemptions.is_keyed_by_objects),
    Exemption("own-objects", 3, "keeps objects of this process alive", "flow", Exemptions.is_set_of_own_objects),
    Exemption("renewed", 4, "renewed when the version of what it is made from has changed", "flow", Exemptions.is_renewed),
    Exemption(
        "kept-with-key", 4, "kept with the key that it was made for, and made anew for another key", "flow", Exemptions.is_kept_with_key
    ),
    Exemption("current-request", 1, "the request itself, which says nothing to another one", "model", Exemptions.is_the_current_request),
    Exemption("takes-turns", 3, "goes round the same things again and again", "flow", Exemptions.takes_turns),
    Exemption("middleware", 3, "set anew by the middleware, for each request", "flow", Exemptions.is_set_by_middleware),
    Exemption("block", 3, "set for the time of a `with`, and put back", "flow", Exemptions.is_of_block),
    Exemption("restored", 3, "set for the time of one call, and put back", "flow", Exemptions.is_restored),
    Exemption("in-flight", 3, "filled and emptied in the same call", "flow", Exemptions.is_in_flight),
    Exemption("gauge", 3, "counts what this process has in hand at the moment", "flow", Exemptions.is_gauge),
    Exemption("scratch", 3, "set anew by each call that reads it", "flow", Exemptions.is_scratch),
    Exemption("overwritten-default", 3, "each call sets anew the keys of its default", "flow", Exemptions.is_overwritten_default),
    Exemption("unobserved", 3, "nothing outside this process depends on what is read from it", "flow", Exemptions.is_unobserved),
)
"""In the order in which they are asked; the tests hold a good and the nearest bad example of each."""
_ONLY_CLOSED: Final = Exemption("only-closed", 3, "kept only to be closed with the process", "flow", Exemptions.is_only_closed)
"""Of sockets, whose readers say what they are kept for."""
_BY_READS: Final = frozenset({"scratch", "unobserved"})
"""Those that go by what is read, which says nothing of a lock or a queue."""


def _done_with(function: Function, names: set[str]) -> set[str]:
    """Return the methods that a function calls on some of its names; "" where it hands one of them on."""
    found: set[str] = set()
    for site in function.summary.calls:
        head, _, rest = site.call.func.partition(".")
        if head in names and rest:
            found.add(rest)
        given = inside(*site.call.args, *(value for _, value in site.call.keywords))
        if any(isinstance(part, Ref) and part.path in names for part in given):
            found.add("")
    return found


def _is_nothing(expr: Expr) -> bool:
    return isinstance(expr, Const) and expr.value is None


def _is_empty(expr: Expr | None) -> bool:
    return expr is None or (isinstance(expr, Display) and not expr.items and not expr.comprehension)


def _takes_out(access: Access) -> bool:
    return access.how == "delete" or (access.how == "augment" and isinstance(access.value, (Const, Display)))


def _in_finally(access: Access) -> bool:
    return any(access.function.summary.guards[index].kind == "finally" for index in access.guards)


def _puts_back(cell: Cell, access: Access) -> bool:
    """`old = settings.TIMEOUT`, and later `settings.TIMEOUT = old`."""
    name = access.value.path if isinstance(access.value, Ref) else ""
    bound = access.function.locals.get(name, ())
    read = {read.line for read in cell.reads if read.function is access.function}
    return bool(bound) and all(isinstance(one.value, Ref) and one.line in read and one.line < access.line for one in bound)


def _number(expr: Expr | None) -> float:
    value = expr.value if isinstance(expr, Const) else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else 0


def _lowers(access: Access) -> bool:
    """`self.active = max(0, self.active - 1)`."""
    value = access.value
    return isinstance(value, Call) and value.func == "max" and any(part == Ref(access.target) for part in inside(*value.args))


def _equates(test: Expr, key: Expr) -> bool:
    """Whether a condition compares something with a key."""
    questions = (part for part in inside(test) if isinstance(part, Compare) and part.operator in ("==", "!="))
    return any(key in (part.left, part.right) for part in questions)
