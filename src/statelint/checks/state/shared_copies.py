"""Cells beside a shared store: a fallback where none is configured or reached, or a copy that is written through to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.checks.common.naming import identifier_words, names_and_texts
from statelint.program.names.conditions import ARMS, denies, mentions, names_in, words_in
from statelint.program.names.nodes import External, Function, Instance
from statelint.survey.summary import Call, Const, Either, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.accesses import Access
    from statelint.program.program import Program
    from statelint.survey.summary import CallSite, Guard


_NOT_INSTALLED: Final = ("ImportError", "ModuleNotFoundError")
_STATEMENTS: Final = frozenset({"execute", "executemany", "exec", "fetchrow", "fetchval", "fetch", "query"})


class SharedCopies:
    """Finds the shared store that a cell is a fallback for, or a copy of."""

    def __init__(self, program: Program) -> None:
        self._program = program
        vocabulary = program.vocabulary
        self._switch = vocabulary.pattern("shared-store-switch")
        self._fallback_words = vocabulary.words("stand-in")
        self._reading = vocabulary.words("reading-call")
        self._value_errors = tuple(vocabulary.words("wrong-value-error"))
        self._known: dict[Function, list[tuple[CallSite, str]]] = {}
        self._store, self._publish = vocabulary.role("shared-store"), vocabulary.role("publish")

    def failure_handled_by(self, cell: Cell) -> str:
        """Return the exception on which requests fall back to the cell, while a shared store is always configured."""
        caught = [[guard for guard in _guards(access) if guard.kind == "except"] for access in cell.writes]
        if all(any(not self._is_of_value(guard) for guard in guards) for guards in caught):
            return caught[0][0].text
        return ""

    def _is_of_value(self, guard: Guard) -> bool:
        """Whether an `except` is only for wrong values."""
        types = [_last(path) for path in names_in(*guard.subjects)]
        return bool(types) and all(name.startswith(self._value_errors) for name in types)

    def made_without_store(self, cell: Cell) -> str:
        """Return the condition under which a shared store is made instead of the cell, "" if there is none."""
        for origin in cell.origins:
            for index in origin.guards:
                guard = origin.function.summary.guards[index]
                if self._switches(guard, origin.function):
                    return guard.text
            if isinstance(origin.expr, Either) and any(map(self._switch.search, words_in(origin.expr.test))):
                return origin.expr.text
        return ""

    def written_without_store(self, cell: Cell, writes: Iterable[Access]) -> str:
        """Return the condition under which requests write to a shared store and not to the cell, "" if there is none."""
        added = [access for access in writes if access.how != "delete"]
        chosen = [next((guard.text for guard in _guards(access) if self._switches(guard, access.function)), "") for access in added]
        if chosen and all(chosen):
            return chosen[0]
        if identifier_words(cell.location.name) & self._fallback_words:
            tests = ((access.function, guard) for access in cell.writes for guard in _around(access))
            return next((guard.text for function, guard in tests if mentions(guard, function.summary, self._switch)), "")
        return ""

    def _switches(self, guard: Guard, function: Function) -> bool:
        """Whether what stands under a condition is there because the shared store is missing."""
        if guard.kind == "except" and any(_last(path) in _NOT_INSTALLED for path in names_in(*guard.subjects)):
            return True
        missing = guard.kind == "except" or (guard.kind in ARMS and denies(guard.test))
        return missing and mentions(guard, function.summary, self._switch)

    def written_through(self, accesses: Iterable[Access]) -> tuple[str, bool]:
        """Return the shared-store call that stores the same thing beside a write, and whether every writer always makes one."""
        found, always = "", True
        for access in accesses:
            if access.how == "delete":
                continue
            call, unconditional = self._stored_beside(access)
            found = found or call
            always = always and bool(call) and unconditional
        return found, bool(found) and always

    def _stored_beside(self, access: Access) -> tuple[str, bool]:
        stores = self._store_calls(access.function)
        if not stores:
            return "", False
        value, key = _mentioned_names(access)
        is_object = any(isinstance(entity, Instance) for entity in self._program.resolver.value(access.function, access.value).objects)
        for site, name in stores:
            if site.call.line == access.line and site.call.column == access.column:
                continue
            mentioned = _argument_names(site)
            by_key = bool(key & mentioned) and site.call.func.rpartition(".")[2] not in _STATEMENTS and not is_object
            if by_key or value & (mentioned | {name.partition(".")[0] for name in mentioned}):
                return name, set(site.guards) <= set(access.guards)
        return "", False

    def _store_calls(self, function: Function) -> list[tuple[CallSite, str]]:
        """Return the calls in a function that store something in a shared store, with what they call."""
        found = self._known.get(function)
        if found is None:
            found = self._known[function] = []
            for site in function.summary.calls:
                if "." not in site.call.func or site.call.func.rpartition(".")[2] in self._reading or _selects(site):
                    continue
                objects = self._program.resolver.walk(function, site.call.func).objects
                names = [e.name for e in objects if isinstance(e, External)] or [site.call.func]
                inner = any(self._stores(entity) for entity in objects if isinstance(entity, Function))
                if inner or any(self._store.calls(name) or self._publish.calls(name) for name in names):
                    found.append((site, names[0]))
        return found

    def _stores(self, function: Function) -> bool:
        """Whether a function of the project calls a shared store itself."""
        for site in function.summary.calls:
            names = [e.name for e in self._program.resolver.walk(function, site.call.func).objects if isinstance(e, External)]
            if "." in site.call.func and any(self._store.calls(name) for name in names or [site.call.func]):
                return True
        return False


def _selects(site: CallSite) -> bool:
    """Whether a call executes a statement that only reads."""
    first = site.call.args[0] if site.call.args else None
    if isinstance(first, Call) and first.args:  # `text("select ...")`
        first = first.args[0]
    text = first.value if isinstance(first, Const) else first.head if isinstance(first, Template) else ""
    return isinstance(text, str) and text.lstrip().lower().startswith(("select", "with", "show"))


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _guards(access: Access) -> list[Guard]:
    return [access.function.summary.guards[index] for index in access.guards]


def _around(access: Access) -> Iterator[Guard]:
    """The conditions on a write, and those that its function asks before it."""
    yield from _guards(access)
    yield from (guard for guard in access.function.summary.guards if guard.line < access.line)


def _mentioned_names(access: Access) -> tuple[set[str], set[str]]:
    """Return the names in the value and in the key of a write: a call that mentions them stores the same.

    Where value and key share a name, it counts for the key alone: a statement may mention the key for any reason.
    """
    key, value = set(names_and_texts(access.key).split()), set(names_and_texts(access.value).split())
    if access.value is None or isinstance(access.value, Const):
        return key, key
    return value - key or (value if isinstance(access.value, Ref) else set()), key


def _argument_names(site: CallSite) -> set[str]:
    """Every name in the arguments of a call."""
    return {name for arg in (*site.call.args, *(value for _, value in site.call.keywords)) for name in names_and_texts(arg).split()}
