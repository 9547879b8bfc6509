"""Why a cell that requests write is no fault: what makes state harmless."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.checks.common.naming import describe, last_word, own_name, words, written
from statelint.checks.state import exemptions_process as process
from statelint.checks.state.traits import TRAITS
from statelint.program.names.conditions import ARMS, absences, identifiers, inside, perhaps_absent, said_in
from statelint.program.names.containers import FILLABLE
from statelint.program.names.nodes import Class, External, Function, Instance, Made
from statelint.survey.summary import Call, CallSite, Compare, Const, Display, Either, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from statelint.checks.common.mutable_reads import MutableReads
    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.accesses import Access
    from statelint.program.program import Program
    from statelint.rulebook.schema import Kind
    from statelint.survey.summary import Guard

_OF_THE_PROCESS: Final = ("per-process", "metrics", "connection-pool", "request-local", "buffer")
_SAME_EVERYWHERE: Final = ("per-process", "connection-pool", "lock", "metrics", "task-start")


class Exemptions:
    """Finds the reason why a cell may stay in the process, if there is one."""

    def __init__(self, program: Program, reads: MutableReads) -> None:
        self.facts = process.facts_of(program)
        self._reach = program.reach
        self._resolver = program.resolver
        self._vocabulary = program.vocabulary
        self._mutable_reads = reads
        self._handlers = {point.function for point in program.entry_points.points}
        self._makers = tuple(self._vocabulary.words("tool-maker"))

    def reason(self, cell: Cell, writes: list[Access], kind: Kind) -> str:
        """Return why the cell is harmless, "" if nothing speaks for it."""
        traits = TRAITS[kind]
        if traits.holds_sockets:
            return ""  # what else reaches the sockets decides
        reasons = [one for one in _REASONS if traits.may_be_done_once or one[0] is not Exemptions.once_flag]
        return next((text for holds, text in reasons if holds(self, cell, writes)), "")

    def _matches_words(self, name: str, topic: str) -> bool:
        return bool(words(name) & self._vocabulary.words(topic))

    # -- values

    def _has_role(self, function: Function, expr: Expr | None, *roles: str) -> bool:
        if not isinstance(expr, (Ref, Call, Either)):
            return False
        names: list[str] = []
        for entity in self._resolver.value(function, expr).entities:
            if isinstance(entity, (Made, External)):
                names.append(entity.name)
            elif isinstance(entity, Instance):
                names.extend(entity.cls.external_bases)
        for call in (one for one in written(function, expr) if isinstance(one, Call)):
            names.extend(e.name for e in self._resolver.walk(function, call.func).entities if isinstance(e, External))
        return any(self._vocabulary.role(role).calls(name) for name in names for role in roles)

    def own_client(self, cell: Cell, writes: list[Access]) -> bool:
        """A token that the process got for itself and renews when it is missing or has expired, or its clients."""
        own, owner = words(cell.location.name), cell.location.owner
        if own >= {"clients", "cache"} or own >= {"client", "cache"}:
            return True
        if isinstance(owner, Class) and last_word(owner.name) == "client" and all(access.how in ("rebind", "augment") for access in writes):
            return all(access.function.owner in (owner, *owner.subclasses) for access in writes)  # what it remembers of its connection
        if not own & self._vocabulary.words("credential") or any(access.how != "rebind" for access in writes):
            return False
        name = cell.location.name.rpartition(".")[2]
        guards = [(access.function.summary, g) for access in writes for g in access.function.summary.guards if g.line <= access.line]
        said = [text for summary, guard in guards for text in said_in(guard, summary)]
        return name in identifiers(said) or any("expir" in text for text in said)

    def per_process_values(self, cell: Cell, writes: list[Access]) -> bool:
        """Every value is a thing of the process itself, whichever request puts it there."""
        del cell
        filled = [access for access in writes if access.how in ("item", "mutate", "rebind", "nested") and access.value is not None]
        real = [access for access in filled if not _is_none(access.value)]
        for access in real:
            if access.how == "rebind" and self._from_request(access.function, access.value) and not _guarded_rebind(access):
                return False  # which one is held depends on the request
        return bool(real) and all(
            self._has_role(access.function, access.value, *_OF_THE_PROCESS) or self._makes_handle(access) for access in real
        )

    def _makes_handle(self, access: Access) -> bool:
        """A function of the project that returns a client, a pool, a compiled thing."""
        if not isinstance(access.value, (Call, Ref)):
            return False
        for entity in self._resolver.value(access.function, access.value).entities:
            if isinstance(entity, Instance) and self._is_tool(entity.cls):
                return True
        path = access.value.func if isinstance(access.value, Call) else ""
        return (path or describe(access.value)).rpartition(".")[2].lower().startswith(self._makers)

    def _is_tool(self, cls: Class) -> bool:
        """Whether the instances of a class are tools; a record of somebody's client is none."""
        records = self._vocabulary.words("field-class")
        if any(base.rpartition(".")[2] in records for base in cls.external_bases):
            return False
        return self._matches_words(cls.name, "tool-class") and not self._matches_words(cls.name, "store-class")

    def pools(self, cell: Cell, writes: list[Access]) -> bool:
        """An attribute of a connection pool."""
        del writes
        owner = cell.location.owner
        return isinstance(owner, Class) and "pool" in words(owner.name) and self._matches_words(cell.location.name, "pool-part")

    def handles(self, cell: Cell, writes: list[Access]) -> bool:
        """`tasks.add(asyncio.create_task(...))` only keeps the task alive; a table by id is asked for by other requests."""
        if cell.container not in ("set", "sequence"):
            return False
        added = [access for access in writes if access.how == "mutate"]
        return bool(added) and all(self._has_role(access.function, access.value, "task-start") for access in added)

    # -- done once

    def once_flag(self, cell: Cell, writes: list[Access]) -> bool:
        """Only ever set to a constant, and left so."""
        values = [access.value.value for access in writes if isinstance(access.value, Const)]
        if len(values) != len(writes) or any(access.how != "rebind" for access in writes):
            return False
        if not all(value is None or isinstance(value, bool) for value in values):
            return False
        return len(set(values)) == 1 or None in values or self._matches_words(cell.location.name, "done-once")

    def lazily_made(self, cell: Cell, writes: list[Access]) -> bool:
        """`global _x; if _x is None: _x = make()`, where what is made does not come from data that changes."""
        clock = self._vocabulary.role("volatile-clock")
        if any(clock.calls(name) for function in {access.function for access in writes} for name in self._called(function)):
            return False  # remembered for a time: a cache
        if not writes or any(access.how != "rebind" for access in writes):
            return False
        name = own_name(cell.location)
        is_tool = self._matches_words(name, "tool")
        for access in writes:
            if _is_none(access.value):
                continue  # reset
            if not _asks_before(access, name) or not (is_tool or self._constant_source(access)):
                return False
        return True

    def _called(self, function: Function) -> list[str]:
        """Qualified names of the library calls in a function."""
        entities = (e for site in function.summary.calls for e in self._resolver.walk(function, site.call.func).entities)
        return [entity.name for entity in entities if isinstance(entity, External)]

    def _constant_source(self, access: Access) -> bool:
        """Whether the value is made without reading what changes and without the request's own data."""
        value = access.value
        if self._has_role(access.function, value, *_SAME_EVERYWHERE):
            return True
        if any(isinstance(entity, Instance) for entity in self._resolver.value(access.function, value).entities):
            return True  # an object of the project: what it accumulates is judged by itself
        sites = _made_by(access)
        for site in sites:
            for entity in self._resolver.walk(access.function, site.call.func).entities:
                if isinstance(entity, Function) and self._mutable_reads.reads_mutable_state(entity):
                    return False
                if isinstance(entity, External) and self._mutable_reads.is_volatile(entity.name):
                    return False
        return bool(sites)

    def kept_with_key(self, cell: Cell, writes: list[Access]) -> bool:
        """`state.model = (key, load(key))`, and asked for the key before it is used: another key, another value."""
        del cell
        for access in writes:
            items = access.value.items if isinstance(access.value, Display) and access.value.kind == "tuple" else ()
            key = describe(items[0]) if len(items) > 1 else ""
            tests = (guard.test for guard in access.function.summary.guards if guard.line < access.line)
            if not key or not any(_equates(test, key) for test in tests):
                return False
            if not all(self._constant_source(access._replace(value=item)) for item in items[1:]):
                return False
        return bool(writes)

    def filled_once(self, cell: Cell, writes: list[Access]) -> bool:
        """`if TABLE: return` and then filled, with nothing from the request: loaded on first use."""
        name = cell.location.name.rpartition(".")[2]
        for access in writes:
            missing = [one for guard in _around(access) for one in absences(guard.test) if one.key is None]
            if not any(one.path.rpartition(".")[2] == name for one in missing) or self._mutable_reads.reads_mutable_state(access.function):
                return False
            if self._of_request(access):
                return False
        return bool(writes)

    def renewed(self, cell: Cell, writes: list[Access]) -> bool:
        """Replaced where a file, or whatever it is made from, has another version now."""
        del cell
        versions = self._vocabulary.words("version")
        whole = all(access.how == "rebind" or (access.how == "item" and isinstance(access.key, Const)) for access in writes)
        return whole and all(
            any(guard.kind in ARMS and words(" ".join(said_in(guard, access.function.summary))) & versions for guard in _around(access))
            for access in writes
        )

    # -- use

    def only_emptied(self, cell: Cell, writes: list[Access]) -> bool:
        """Filled where no request comes by, and only taken from by requests."""
        if any(access.how != "delete" for access in writes):
            return False
        serving, startup = self._reach["serving"], self._reach["startup"]
        filled = [access.function for access in cell.writes if access.how in ("item", "mutate")]
        return bool(filled) and all(function in startup and function not in serving for function in filled)

    def keyed_by_objects(self, cell: Cell, writes: list[Access]) -> bool:
        """Keyed by objects that live in this process, and gone with them."""
        del writes
        makers = [(origin.function, origin.expr.func) for origin in cell.origins if isinstance(origin.expr, Call)]
        entities = [entity for function, path in makers for entity in self._resolver.walk(function, path).entities]
        return any(isinstance(entity, External) and entity.name == "weakref.WeakKeyDictionary" for entity in entities)

    def keyed_by_type(self, cell: Cell, writes: list[Access]) -> bool:
        """Every key is a class or a function."""
        del cell
        marks = self._vocabulary.words("type-key")
        keys = [describe(access.key).rpartition(".")[2].split(" ")[0] for access in writes if access.key is not None]
        return bool(keys) and marks.issuperset(keys)

    def used_by_one_call(self, cell: Cell, writes: list[Access]) -> bool:
        """An attribute that one function sets without a condition and that no other function reads."""
        functions = {access.function for access in writes}
        if any(access.how != "rebind" for access in writes) or len(functions) != 1 or cell.container in FILLABLE:
            return False
        readers = {read.function for read in cell.reads}
        first = min(access.line for access in writes)
        return bool(readers) and readers <= functions and all(read.line >= first for read in cell.reads)

    def in_flight(self, cell: Cell, writes: list[Access]) -> bool:
        """Put in, and taken out in a `finally` or a `with` of the same function."""
        taken = {access.function for access in writes if _takes_out(access) and _in_finally(access)}
        usual = cell.container in ("set", "sequence", "mapping", "scalar", "unknown")
        counted = cell.container == "scalar" and process.lasts_as_a_socket(writes, self.facts)
        takers = {access.function for access in writes}
        if any(read.how == "iter" and read.function not in takers for read in cell.reads):
            return False  # while it is there, others go through it
        return usual and bool(writes) and not counted and all(access.function in taken for access in writes)

    def static_registry(self, cell: Cell, writes: list[Access]) -> bool:
        """A table that code fills."""
        return self._matches_words(cell.location.name, "registry") and not any(self._of_request(access) for access in writes)

    def logged_once(self, cell: Cell, writes: list[Access]) -> bool:
        """A set of what was logged already."""
        del cell
        return bool(writes) and all(self._matches_words(access.target, "told-once") for access in writes)

    def _of_request(self, access: Access) -> bool:
        return self._from_request(access.function, access.key) or self._from_request(access.function, access.value)

    def _from_request(self, function: Function, expr: Expr | None) -> bool:
        text = " ".join(describe(one) for one in (expr, *written(function, expr)))
        if not self._vocabulary.words("request-data").isdisjoint(re.findall(r"\w+", text)):
            return True
        return function in self._handlers and any(name.partition(".")[0] in function.params for name in text.split())


def _process_local(holds: Callable[[Cell, list[Access], process.Facts], bool]) -> Callable[[Exemptions, Cell, list[Access]], bool]:
    """Ask a reason of the process itself as those of the class are asked."""
    return lambda exemptions, cell, writes: holds(cell, writes, exemptions.facts)


_REASONS: Final[tuple[tuple[Callable[[Exemptions, Cell, list[Access]], bool], str], ...]] = (
    (Exemptions.own_client, "belongs to this process's own clients"),
    (Exemptions.per_process_values, "holds clients, pools, models or other things of the process itself"),
    (Exemptions.once_flag, "a flag of this process: done once, then left"),
    (Exemptions.lazily_made, "made on first use, the same on every instance"),
    (Exemptions.kept_with_key, "kept with the key that it was made for, and made anew for another key"),
    (Exemptions.filled_once, "loaded once on first use, the same on every instance"),
    (Exemptions.renewed, "renewed when the version of what it is made from has changed"),
    (Exemptions.only_emptied, "filled when the process starts; requests only take from it"),
    (Exemptions.keyed_by_objects, "keyed by objects of this process, and gone with them"),
    (Exemptions.keyed_by_type, "keyed by classes or functions: a registry"),
    (Exemptions.used_by_one_call, "set anew by each call that reads it"),
    (Exemptions.pools, "a pool of connections, one for each process"),
    (Exemptions.handles, "holds handles of this process's own tasks"),
    (Exemptions.in_flight, "filled and emptied in the same call"),
    (Exemptions.static_registry, "a registry: keys and values do not come from requests"),
    (_process_local(process.is_lock_handle), "a lock of this process: what it guards is judged where it is held"),
    (_process_local(process.is_of_the_machine), "holds ids of processes of this machine"),
    (_process_local(process.is_set_up), "set where the object's life begins or ends"),
    (_process_local(process.is_of_middleware), "set anew by the middleware, for each request"),
    (_process_local(process.is_one_object), "always the one object that a module holds"),
    (_process_local(process.is_of_block), "set for the time of a `with`, and put back"),
    (_process_local(process.keeps_alive), "keeps objects of this process alive"),
    (_process_local(process.is_of_double), "belongs to a stand-in for tests"),
    (_process_local(process.is_gauge), "counts what this process has in hand at the moment"),
    (_process_local(process.is_housekeeping), "says when this process last tidied up its own memory"),
    (Exemptions.logged_once, "a set of things seen, for this process's own log or warnings"),
)


def _is_none(value: Expr | None) -> bool:
    return isinstance(value, Const) and value.value is None


def _around(access: Access) -> list[Guard]:
    return [access.function.summary.guards[index] for index in access.guards]


def _guarded_rebind(access: Access) -> bool:
    return any(guard.kind == "except" or perhaps_absent(guard.test) for guard in _around(access))


def _asks_before(access: Access, name: str) -> bool:
    """Whether the write happens only where what is written is missing."""
    return any(name in identifiers([one.path]) for guard in _around(access) for one in perhaps_absent(guard.test))


def _equates(test: Expr, key: str) -> bool:
    """Whether a condition compares something with what is described so."""
    questions = (part for part in inside(test) if isinstance(part, Compare) and part.operator in ("==", "!="))
    return any(key in (describe(part.left), describe(part.right)) for part in questions)


def _made_by(access: Access) -> list[CallSite]:
    """The calls that make the value, or whose result was bound to the name that is written."""
    value, named = access.value, describe(access.value)
    sites = [site for site in access.function.summary.calls if site.call is value or site.bound == named]
    if isinstance(value, Call) and not sites:
        sites = [site for site in access.function.summary.calls if site.call == value]
    return sites


def _takes_out(access: Access) -> bool:
    return access.how == "delete" or (access.how == "augment" and isinstance(access.value, (Const, Display)))


def _in_finally(access: Access) -> bool:
    return any(access.function.summary.guards[index].kind == "finally" for index in access.guards)
