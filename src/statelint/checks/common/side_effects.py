"""What work changes beyond its process: mail, requests that change, rows, files that others ask for."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.checks.common.naming import names_and_texts
from statelint.checks.common.transitive import Transitive
from statelint.program.names.conditions import names_in
from statelint.program.names.containers import FILLABLE
from statelint.program.names.nodes import Class, External, Function
from statelint.survey.summary import Call, Const, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.inspect.context import Context
    from statelint.program.names.accesses import Access
    from statelint.program.vocabulary import NameSet

_OWN: Final = re.compile(
    r"heart_?beat|keep_?alive|metric|telemetry|statsd|discover|consul|eureka|self_?check|sd_?notify|push_?gateway", re.IGNORECASE
)
"""Names of what every process does for itself."""
_LOCAL_STORES: Final = ("redis", "aioredis", "valkey", "coredis", "django.core.cache", "pymemcache", "aiocache", "cachelib", "rediscluster")
"""Stores in which every process may keep its own entry up to date."""
_ROW_METHODS: Final = frozenset(
    ["save", "asave", "delete", "adelete", "create", "acreate", "update", "aupdate", "insert", "add", "merge", "remove", "put_item", "drop"]
)
_STATEMENT_CALLS: Final = frozenset({"execute", "exec", "exec_driver_sql", "fetchval", "fetchrow", "fetch"})
_CHANGES: Final = re.compile(r"^\s*(?:insert|update|delete|replace|merge|truncate|call)\b", re.IGNORECASE)
_STATEMENTS: Final = frozenset({"insert", "update", "delete"})
_TRANSACTION: Final = re.compile(r"\.begin(?:\(|$)|begin_nested|atomic\b|transaction|session_scope|db_session")
_FILE_CALLS: Final = frozenset(
    {
        "write_text", "write_bytes", "copyfileobj", "copyfile", "to_csv", "to_parquet", "to_excel", "savefig", "os.replace", "os.rename",
        "shutil.move",
    }
)  # fmt: skip
_OF_VALUES: Final = frozenset(name for one in (str, bytes, list, dict, set, int) for name in dir(one))
"""Methods of plain values, which change nothing beyond the process."""
_FOLLOWED: Final = frozenset({"call", "callback", "dependency", "implicit", "wraps"})

Kind = Literal["outside", "rows", "file", "state"]
LASTING: Final[frozenset[Kind]] = frozenset({"outside", "rows"})
"""What is done several times if every instance does it."""
NEEDED: Final[frozenset[Kind]] = frozenset({"outside", "rows", "file", "state"})
"""What somebody may wait for who asks again later: also what is put into a container that outlives the request."""


class Effect(NamedTuple):
    """A call that changes something beyond the process."""

    function: Function
    line: int
    name: str
    kind: Kind
    is_own: bool = False
    """Whether the names around it are those of what every process does for itself: a heartbeat, a metric. They are only names."""


class Effects:
    """Finds the nearest effect of a function, its own or that of what it calls.

    One for each context, `context.once(Effects)`: what it has found out about a function serves all checks.
    """

    def __init__(self, context: Context) -> None:
        self._program = context.program
        vocabulary = context.program.vocabulary
        self._outside: NameSet = vocabulary.role("effect")
        self._rows: NameSet = vocabulary.role("row-change")
        self._shared: NameSet = vocabulary.role("shared-store")
        self._common = vocabulary.words("common-method", "reading-method", "adding-method", "removing-method")
        self._nearest: dict[tuple[frozenset[Kind], bool], Transitive[Function, Effect]] = {}
        self._open: Transitive[Function, Effect] = Transitive(self._unknown, self._called)
        self._unseen: Transitive[Function, Effect] = Transitive(self._not_followed, self._all_called)

    def of(self, target: Function, kinds: frozenset[Kind] = LASTING) -> Effect | None:
        """Return what some work changes beyond its process, of certain kinds; None if nothing was seen that does."""
        found = None if _OWN.search(target.name) else self._search(kinds, named=False).of(target)
        if found is None:
            found = self._search(kinds, named=True).of(target)
            found = found._replace(is_own=True) if found is not None else None
        return found

    def _search(self, kinds: frozenset[Kind], *, named: bool) -> Transitive[Function, Effect]:
        """Return the search for effects of some kinds; `named`: also where names speak of what a process does for itself."""
        nearest = self._nearest.get((kinds, named))
        if nearest is None:
            called = self._all_called if named else self._called
            nearest = self._nearest[kinds, named] = Transitive(lambda one: self._own(one, kinds, named=named), called)
        return nearest

    @cached_property
    def _collecting(self) -> dict[Function, Access]:
        """Functions that add to a container which outlives a request, and where."""
        found: dict[Function, Access] = {}
        for cell in self._program.cells:
            for access in cell.writes if cell.container in FILLABLE and cell.reads else ():
                if access.how in ("item", "mutate", "nested"):
                    found.setdefault(access.function, access)
        return found

    def unseen(self, target: Function) -> Effect | None:
        """Return the nearest call that some work makes and that could not be followed: it may change anything."""
        return self._unseen.of(target)

    def _not_followed(self, function: Function) -> Effect | None:
        followed = {edge.line for edge in self._program.graph.edges.get(function, ()) if edge.kind in _FOLLOWED}
        for site in function.summary.calls:
            receiver, _, last = site.call.func.rpartition(".")
            if site.call.line in followed or not receiver or last in self._common | _OF_VALUES or receiver.startswith("?"):
                continue
            if not any(self._program.resolver.walk(function, path).objects for path in (site.call.func, receiver)):
                return Effect(function, site.call.line, site.call.func, "outside")
        return None

    def registered(self, target: Function) -> Effect | None:
        """Return the nearest call of something taken from a container, where what it calls is not known."""
        return self._open.of(target)

    def _unknown(self, function: Function) -> Effect | None:
        """`for job in jobs: job()`, or `for job in jobs: run(job)` and in `run` the call."""
        followed = {edge.line for edge in self._program.graph.edges.get(function, ()) if edge.kind in _FOLLOWED}
        given = self._program.resolver.flows.arguments.get(function, {})
        for site in function.summary.calls:
            func = site.call.func
            if site.call.line in followed or "." in func:
                continue
            if _is_element(function, func) or any(
                _is_element(caller, expr.path) for caller, expr in given.get(func, ()) if isinstance(expr, Ref)
            ):
                return Effect(function, site.call.line, func, "outside")
        return None

    def changes_rows(self, function: Function, call: Call) -> bool:
        """Whether a call itself changes rows that all instances share."""
        objects = self._program.resolver.walk(function, call.func).objects
        names = [entity.name for entity in objects if isinstance(entity, External)]
        return self._kind(function, call, names) == "rows"

    def is_lasting(self, function: Function, call: Call) -> bool:
        """Whether a call, or what it leads to, changes what instances share."""
        objects = self._program.resolver.walk(function, call.func).objects
        names = [entity.name for entity in objects if isinstance(entity, External)]
        made = [entity.find_method("__init__") if isinstance(entity, Class) else entity for entity in objects]
        return self._kind(function, call, names) in LASTING or any(isinstance(one, Function) and self.of(one) is not None for one in made)

    def _all_called(self, function: Function) -> Iterator[Function]:
        """Yield what is called for certain."""
        for edge in self._program.graph.edges.get(function, ()):
            if edge.kind in _FOLLOWED:
                yield edge.callee

    def _called(self, function: Function) -> Iterator[Function]:
        """Yield what is called for certain, without what a process does for itself."""
        for edge in self._program.graph.edges.get(function, ()):
            if edge.kind in _FOLLOWED and not _OWN.search(edge.callee.name):
                yield edge.callee

    def _own(self, function: Function, kinds: frozenset[Kind], *, named: bool) -> Effect | None:
        for site in function.summary.calls:
            names = [e.name for e in self._program.resolver.walk(function, site.call.func).objects if isinstance(e, External)]
            found = self._kind(function, site.call, names)
            if found in kinds and (named or not _OWN.search(" ".join(names_and_texts(arg) for arg in site.call.args[:2]))):
                return Effect(function, site.call.line, names[0] if names else site.call.func, found)
        written = _row_written(function) if "rows" in kinds else None
        kept = self._collecting.get(function) if written is None and "state" in kinds else None
        return Effect(function, kept.line, kept.target, "state") if kept is not None else written

    def _is_saved(self, function: Function, call: Call) -> bool:
        """Whether nothing is known of an object but that it is saved, in a project of the one framework whose rows are."""
        return "django" in self._program.frameworks and not self._program.resolver.walk(function, call.func).objects

    def _kind(self, function: Function, call: Call, names: Sequence[str]) -> Kind | None:
        last = call.func.rpartition(".")[2]
        for name in names:
            if name.startswith(_LOCAL_STORES):
                return None
            if self._outside.calls(name):
                return "outside"
            if self._rows.calls(name) or (last in _ROW_METHODS and name in self._shared and "." in call.func):
                return "rows"
        if last in ("save", "asave") and not names and not call.args and self._is_saved(function, call):
            return "rows"  # `log.save()` of a row that is handed in
        if "." in call.func and not call.func.startswith("?"):
            if last in self._outside.methods:
                return "outside"
            if last in self._rows.methods:
                return "rows"
        if last in _STATEMENT_CALLS and call.args and _is_change(call.args[0]):
            return "rows"
        return "file" if _writes_file(call) else None


def _is_element(function: Function, name: str) -> bool:
    return any(binding.how == "for" for binding in function.locals.get(name, ()))


def _row_written(function: Function) -> Effect | None:
    """`with session.begin(): order.status = "cancelled"`: the row is written when the block is left."""
    summary = function.summary
    for write in summary.writes:
        head, _, attribute = write.target.partition(".")
        held = [summary.guards[index] for index in write.guards]
        managers = names_in(*(subject for guard in held if guard.kind == "with" for subject in guard.subjects))
        if attribute and head in function.locals and any(map(_TRANSACTION.search, managers)):
            return Effect(function, write.line, f"{write.target} = ...", "rows")
    return None


def _is_change(expr: Expr) -> bool:
    """Whether a statement changes rows: `update(Job)...`, `"DELETE FROM ..."`, `text("insert ...")`."""
    match expr:
        case Const(value=str(text)):
            return bool(_CHANGES.match(text))
        case Template(head=head):
            return bool(_CHANGES.match(head))
        case Call(func=func, args=args):
            head = func.partition("(")[0].rpartition(".")[2]
            return head in _STATEMENTS or (head == "text" and bool(args) and _is_change(args[0]))
    return False


def _writes_file(call: Call) -> bool:
    last = call.func.rpartition(".")[2]
    if last in ("open", "fdopen"):
        mode = next(iter(call.args[1:2] if call.func in ("open", "os.fdopen") else call.args[:1]), dict(call.keywords).get("mode"))
        return isinstance(mode, Const) and isinstance(mode.value, str) and bool(set(mode.value) & set("wax+"))
    return last in _FILE_CALLS or call.func in _FILE_CALLS or (last == "dump" and len(call.args) > 1)
