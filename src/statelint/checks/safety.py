"""Why a cell that requests write is no fault: what makes state harmless."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.checks.kinds import describe, words
from statelint.program.containers import FILLABLE
from statelint.program.nodes import Class, External, Function, Instance, Made
from statelint.survey.summary import Call, Const, Display, Either, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.checks.kinds import Kind
    from statelint.program.accesses import Access
    from statelint.program.cells import Cell
    from statelint.program.program import Program
    from statelint.program.vocabulary import NameSet

_ONCE_NAMES: Final = frozenset(
    ["warned", "logged", "warnings", "seen", "registered", "initialized", "initialised", "loaded", "configured", "compiled", "patched", "started", "startup", "ready", "checked", "closed", "closing", "shutdown", "stopped", "stopping", "installed", "imported", "setup", "disposed", "running"]
)
_REGISTRY_NAMES: Final = frozenset(
    ["registry", "registries", "registered", "plugins", "plugin", "handlers", "handler", "adapters", "adapter", "converters", "backends", "factories", "loaders", "parsers", "templates", "template", "modules", "classes", "types", "singletons", "engines", "executor", "executors", "loggers", "logger", "translations", "locales", "locale", "catalogs", "engine", "sessionmaker", "sessionmakers", "metadata"]
)
_READS: Final = frozenset(
    ["get", "mget", "hget", "hgetall", "hmget", "exists", "select", "query", "filter", "first", "all", "scalars", "scalar", "scalar_one", "one_or_none", "fetchone", "fetchall", "find", "find_one", "lrange"]
)
_TOOL_WORDS: Final = frozenset(
    ["client", "clients", "model", "models", "engine", "pipeline", "tokenizer", "encoder", "embedder", "reranker", "pool", "connection", "driver", "executor", "session", "handle", "interpreter", "compiler", "renderer", "parser", "loader", "detector", "recognizer", "classifier"]
)
_FETCH: Final = re.compile(r"_?(?:fetch|load|query|search|find|select|read|download|lookup|list|get_all|scrape|request)(?:_|$)")
_FALLBACK_TEST: Final = re.compile(r"redis|valkey|memcache|\bcache\b|backend|provider|url|shared|distributed|broker", re.IGNORECASE)


class SafetyJudge:
    """Finds the reason why a cell may stay in the process, if there is one."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._volatile = [program.vocabulary.role(role) for role in ("volatile-read", "volatile-http", "volatile-file", "shared-store")]
        self._harmless = [program.vocabulary.role(role) for role in ("per-process", "connection-pool", "configuration")]
        self._changing: dict[Function, bool] = {}

    def reason(self, cell: Cell, writes: list[Access], kind: Kind) -> str:
        """Return why the cell is harmless, "" if nothing speaks for it."""
        if kind in ("connection-registry", "pubsub"):
            return ""  # judged by what else reaches the sockets
        own = words(cell.location.name)
        if self._own_credential(cell, writes, own) or own >= {"clients", "cache"} or own >= {"client", "cache"}:
            return "belongs to this process's own clients"
        if self._per_process_values(cell, writes):
            return "holds clients, pools, models or other things of the process itself"
        if self._once_flag(writes, own):
            return "a flag of this process: done once, then left"
        if self._lazily_made(cell, writes):
            return "made on first use, the same on every instance"
        if self._filled_once(cell, writes):
            return "loaded once on first use, the same on every instance"
        if self._keyed_by_type(writes):
            return "keyed by classes or functions: a registry"
        if self._used_by_one_call(cell, writes):
            return "set anew by each call that reads it"
        if self._pools(cell):
            return "a pool of connections, one for each process"
        if self._handles(cell, writes):
            return "holds handles of this process's own tasks"
        if self._in_flight(cell, writes):
            return "filled and emptied in the same call"
        if own & _REGISTRY_NAMES and self._static_registry(cell, writes):
            return "a registry: keys and values do not come from requests"
        if self._idempotent(writes):
            return "a set of things seen, for this process's own log or warnings"
        return ""

    # -- values

    def _entity_names(self, function: Function, expr: Expr) -> list[str]:
        names: list[str] = []
        for entity in self._program.resolver.value(function, expr).entities:
            if isinstance(entity, (Made, External)):
                names.append(entity.name)
            elif isinstance(entity, Instance):
                names.extend(entity.cls.external_bases)
        if isinstance(expr, Call):
            names.extend(e.name for e in self._program.resolver.walk(function, expr.func).entities if isinstance(e, External))
        return names

    def _plays(self, function: Function, expr: Expr | None, *roles: str) -> bool:
        if not isinstance(expr, (Ref, Call, Either)):
            return False
        names = self._entity_names(function, expr)
        sets: list[NameSet] = [self._program.vocabulary.role(role) for role in roles]
        return any(names_set.calls(name) for name in names for names_set in sets)

    def _per_process_values(self, cell: Cell, writes: list[Access]) -> bool:
        filled = [access for access in writes if access.how in ("item", "mutate", "rebind", "nested") and access.value is not None]
        real = [access for access in filled if not (isinstance(access.value, Const) and access.value.value is None)]
        if not real:
            return False
        per_process = ("per-process", "metrics", "connection-pool", "request-local", "buffer")
        if any(
            access.how == "rebind" and self._from_request(access.function, access.value) and not self._guarded_rebind(access)
            for access in real
        ):
            return False  # which one is held depends on the request
        return all(self._plays(access.function, access.value, *per_process) or self._makes_handle(access) for access in real)

    def _guarded_rebind(self, access: Access) -> bool:
        guards = [access.function.summary.guards[index] for index in access.guards]
        return any(guard.kind == "except" or "None" in guard.text or "not " in guard.text or "hasattr" in guard.text for guard in guards)

    def _makes_handle(self, access: Access) -> bool:
        """A function of the project that returns a client, a pool, a compiled thing."""
        if not isinstance(access.value, (Call, Ref)):
            return False
        for entity in self._program.resolver.value(access.function, access.value).entities:
            if (
                isinstance(entity, Instance)
                and words(entity.cls.name) & {"client", "pool", "engine", "driver", "executor"}
                and not words(entity.cls.name) & {"store", "cache"}
            ):
                return True
        path = access.value.func if isinstance(access.value, Call) else ""
        last = (path or describe(access.value)).rpartition(".")[2].lower()
        return last.startswith(
            (
                "create_engine",
                "get_engine",
                "load_model",
                "compile",
                "create_client",
                "make_client",
                "build_client",
                "get_model",
                "create_pool",
                "import_module",
            )
        )

    def _once_flag(self, writes: list[Access], own: frozenset[str]) -> bool:
        constants = [
            access
            for access in writes
            if isinstance(access.value, Const) and (isinstance(access.value.value, bool) or access.value.value is None)
        ]
        if len(constants) != len(writes) or any(access.how != "rebind" for access in writes):
            return False
        distinct = {access.value.value for access in constants if isinstance(access.value, Const)}
        return len(distinct) == 1 or bool(own & _ONCE_NAMES) or None in distinct

    def _lazily_made(self, cell: Cell, writes: list[Access]) -> bool:
        """`global _x; if _x is None: _x = make()`, where what is made does not come from data that changes."""
        clock = self._program.vocabulary.role("volatile-clock")
        if any(clock.calls(name) for access in writes for name in _called(access.function, self._program)):
            return False  # remembered for a time: a cache
        rebinds = [access for access in writes if access.how == "rebind"]
        if len(rebinds) != len(writes) or not rebinds:
            return False
        name = cell.location.name.rpartition(".")[2]
        for access in rebinds:
            if isinstance(access.value, Const) and access.value.value is None:
                continue  # reset
            tests = [access.function.summary.guards[index].text for index in access.guards]
            early = [guard.text for guard in access.function.summary.guards if guard.line < access.line and guard.kind == "if"]
            guarded = any(name in test and ("None" in test or "not " in test or "hasattr" in test) for test in (*tests, *early))
            tool = bool(words(name) & _TOOL_WORDS)
            if not guarded or not (tool or self._constant_source(access)):
                return False
        return True

    def _filled_once(self, cell: Cell, writes: list[Access]) -> bool:
        """`if TABLE: return` and then filled, with nothing from the request: loaded on first use."""
        name = cell.location.name.rpartition(".")[2]
        test = re.compile(rf"^(?:not |len\()?(?:\w+\.)*{re.escape(name)}\)?(?: and .*| is None| is not None)?$")
        for access in writes:
            guards = [guard for guard in access.function.summary.guards if guard.kind in ("if", "else") and guard.line < access.line]
            if not any(test.match(guard.text) for guard in guards) or self.reads_changing(access.function):
                return False
            if self._from_request(access.function, access.key) or self._from_request(access.function, access.value):
                return False
        return bool(writes)

    def _constant_source(self, access: Access) -> bool:
        """Whether the value is made without reading what changes and without the request's own data."""
        value = access.value
        if self._plays(access.function, value, "per-process", "connection-pool", "lock", "metrics", "task-start"):
            return True
        if any(isinstance(entity, Instance) for entity in self._program.resolver.value(access.function, value).entities):
            return True  # an object of the project: what it accumulates is judged by itself
        calls = [site for site in access.function.summary.calls if site.call is value or site.bound == describe(value)]
        if isinstance(value, Call) and not calls:
            calls = [site for site in access.function.summary.calls if site.call == value]
        if isinstance(value, Ref) and not calls:
            return False
        for site in calls:
            for entity in self._program.resolver.walk(access.function, site.call.func).entities:
                if isinstance(entity, Class):
                    continue
                if isinstance(entity, Function) and self.reads_changing(entity):
                    return False
                if isinstance(entity, External) and self._is_volatile(entity.name):
                    return False
        return bool(calls)

    # -- what changes

    def _is_volatile(self, name: str) -> bool:
        """Whether a called name, or what it is an attribute of the result of, reads what changes."""
        if any(names.calls(name) for names in self._harmless):
            return False
        while name:
            if any(name in names for names in self._volatile):
                return True
            name = name.rpartition(".")[0]
        return False

    def reads_changing(self, function: Function, depth: int = 0) -> bool:
        """Whether a function, followed through its calls, reads a database, HTTP, a file or a shared store."""
        known = self._changing.get(function)
        if known is not None:
            return known
        self._changing[function] = False  # recursion: the others decide
        found = self.changing_call(function) != ""
        if not found and depth < 6:
            edges = self._program.graph.edges.get(function, ())
            found = any(edge.kind in ("call", "callback", "dependency") and self.reads_changing(edge.callee, depth + 1) for edge in edges)
        self._changing[function] = found
        return found

    def is_shared(self, name: str) -> bool:
        """Whether a called name reads or writes what all instances share: a store, a database, another service."""
        if any(names.calls(name) for names in self._harmless):
            return False
        return any(self._program.vocabulary.role(role).calls(name) for role in ("shared-store", "volatile-http"))

    def reads_shared(self, function: Function, depth: int = 0) -> bool:
        """Whether a function, followed through a few calls, touches what all instances share."""
        for site in function.summary.calls:
            entities = self._program.resolver.walk(function, site.call.func).entities
            if any(isinstance(e, External) and self.is_shared(e.name) for e in entities) or (
                "." in site.call.func and self.is_shared(site.call.func)
            ):
                return True
        if depth >= 3:
            return False
        edges = self._program.graph.edges.get(function, ())
        return any(edge.kind == "call" and edge.callee is not function and self.reads_shared(edge.callee, depth + 1) for edge in edges)

    def changing_call(self, function: Function) -> str:
        """Return the first call in a function that reads what changes, by qualified name, "" if there is none."""
        for site in function.summary.calls:
            method = site.call.func.rpartition(".")[2]
            for entity in self._program.resolver.walk(function, site.call.func).entities:
                if isinstance(entity, External) and self._is_volatile(entity.name):
                    return entity.name
            if "." in site.call.func and any(method in names.methods for names in self._volatile):
                return site.call.func
            if self._fetches(function, site.call.func):
                return site.call.func
        return ""

    def _fetches(self, function: Function, path: str) -> bool:
        """Whether a function that is not among the files, or is handed in, fetches something by its name."""
        entities = self._program.resolver.walk(function, path).entities
        if any(isinstance(entity, (Function, Class)) for entity in entities):
            return False
        last = path.rpartition(".")[2]
        if any(isinstance(e, External) and "." not in e.name for e in entities):
            return False  # a builtin
        unknown = not entities or all(isinstance(e, External) and not _is_library(e.name, self._program) for e in entities)
        return unknown and "." not in path and bool(_FETCH.match(last))

    # -- use

    def _keyed_by_type(self, writes: list[Access]) -> bool:
        keyed = [access for access in writes if access.key is not None]
        marks = ("cls", "type()", "self.__class__", "__name__", "__qualname__", "func", "fn", "klass", "__class__", "model_class")
        return bool(keyed) and all(describe(access.key).rpartition(".")[2].split(" ")[0] in marks for access in keyed)

    def _handles(self, cell: Cell, writes: list[Access]) -> bool:
        """`tasks.add(asyncio.create_task(...))` only keeps the task alive; a table by id is asked for by other requests."""
        if cell.container not in ("set", "sequence"):
            return False
        added = [access for access in writes if access.how == "mutate"]
        return bool(added) and all(self._plays(access.function, access.value, "task-start") for access in added)

    def _own_credential(self, cell: Cell, writes: list[Access], own: frozenset[str]) -> bool:
        """A token that the process got for itself and renews when it is missing or has expired."""
        if not own & {"token", "credentials", "credential", "expires", "expiry"} or any(access.how != "rebind" for access in writes):
            return False
        name = cell.location.name.rpartition(".")[2]
        texts = [guard.text for access in writes for guard in access.function.summary.guards if guard.line <= access.line]
        return any(name in text or "expire" in text for text in texts)

    def _used_by_one_call(self, cell: Cell, writes: list[Access]) -> bool:
        """An attribute that one function sets without a condition and that no other function reads."""
        functions = {access.function for access in writes}
        if any(access.how != "rebind" for access in writes) or len(functions) != 1 or cell.container in FILLABLE:
            return False
        readers = {read.function for read in cell.reads}
        first = min(access.line for access in writes)
        return bool(readers) and readers <= functions and all(read.line >= first for read in cell.reads)

    def _pools(self, cell: Cell) -> bool:
        owner = cell.location.owner
        return (
            isinstance(owner, Class)
            and "pool" in words(owner.name)
            and bool(words(cell.location.name) & {"connections", "pool", "free", "idle", "clients"})
        )

    def _in_flight(self, cell: Cell, writes: list[Access]) -> bool:
        """Put in, and taken out in a `finally` or a `with` of the same function."""
        by_function: dict[Function, list[Access]] = {}
        for access in writes:
            by_function.setdefault(access.function, []).append(access)
        for accesses in by_function.values():
            removed = [a for a in accesses if a.how == "delete" or (a.how == "augment" and _negative(a))]
            finals = [a for a in removed if any(a.function.summary.guards[index].kind == "finally" for index in a.guards)]
            if not finals:
                return False
        return bool(by_function) and cell.container in ("set", "sequence", "mapping", "scalar", "unknown")

    def _static_registry(self, cell: Cell, writes: list[Access]) -> bool:
        del cell
        return all(
            not self._from_request(access.function, access.key) and not self._from_request(access.function, access.value)
            for access in writes
        )

    def _from_request(self, function: Function, expr: Expr | None) -> bool:
        text = describe(expr)
        if re.search(r"\b(?:request|req|websocket|user|session|body|payload|form|data)\b", text):
            return True
        return any(point.function is function for point in self._program.entry_points.points) and any(
            name.partition(".")[0] in function.params for name in text.split()
        )

    def _idempotent(self, writes: list[Access]) -> bool:
        for access in writes:
            name = describe_target(access)
            if not words(name) & {"warned", "warnings", "logged", "seen_warnings", "reported"}:
                return False
        return bool(writes)

    # -- what guards it

    def emergency(self, cell: Cell) -> str:
        """Return the exception on which requests fall back to the cell, while a shared store is always configured."""
        for access in cell.writes:
            guards = [access.function.summary.guards[index] for index in access.guards]
            if not any(
                guard.kind == "except" and not guard.text.startswith(("KeyError", "IndexError", "AttributeError", "ValueError"))
                for guard in guards
            ):
                return ""
        first = cell.writes[0]
        return next((first.function.summary.guards[i].text for i in first.guards if first.function.summary.guards[i].kind == "except"), "")

    def fallback(self, cell: Cell) -> str:
        """Return the condition under which a shared store takes the cell's place, "" if there is none."""
        for origin in cell.origins:
            for index in origin.guards:
                guard = origin.function.summary.guards[index]
                if guard.kind == "else" and _FALLBACK_TEST.search(guard.text):
                    return guard.text
                if guard.kind == "except" and (
                    "ImportError" in guard.text or "ModuleNotFound" in guard.text or _FALLBACK_TEST.search(guard.text)
                ):
                    return guard.text
                if guard.kind == "if" and guard.text.startswith("not ") and _FALLBACK_TEST.search(guard.text):
                    return guard.text
            if isinstance(origin.expr, Either) and origin.expr.test and _FALLBACK_TEST.search(origin.expr.test):
                return origin.expr.test
        if words(cell.location.name) & {"fallback", "local", "memory"}:
            for access in cell.writes:
                texts = [access.function.summary.guards[index] for index in access.guards]
                texts += [guard for guard in access.function.summary.guards if guard.line < access.line]
                for guard in texts:
                    if _FALLBACK_TEST.search(guard.text):
                        return guard.text
        return ""

    def shares(self, accesses: Iterable[Access]) -> tuple[str, bool]:
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
        store, publish = self._program.vocabulary.role("shared-store"), self._program.vocabulary.role("publish")
        function = access.function
        about = set(f"{describe(access.key)} {describe(access.value)}".split())
        for site in function.summary.calls:
            if "." not in site.call.func or (site.call.line == access.line and site.call.column == access.column):
                continue
            handed = {name for arg in (*site.call.args, *(v for _, v in site.call.keywords)) for name in describe(arg).split()}
            if not about & handed or site.call.func.rpartition(".")[2] in _READS:
                continue
            entities = self._program.resolver.walk(function, site.call.func).entities
            names = [e.name for e in entities if isinstance(e, External)] or [site.call.func]
            inner = any(self._stores(entity, store) for entity in entities if isinstance(entity, Function))
            if inner or any(store.calls(name) or publish.calls(name) for name in names):
                return names[0], set(site.guards) <= set(access.guards)
        return "", False

    def _stores(self, function: Function, store: NameSet) -> bool:
        """Whether a function of the project calls a shared store itself."""
        for site in function.summary.calls:
            names = [e.name for e in self._program.resolver.walk(function, site.call.func).entities if isinstance(e, External)]
            if "." in site.call.func and any(store.calls(name) for name in names or [site.call.func]):
                return True
        return False


def describe_target(access: Access) -> str:
    """Return the name that an access writes to, for its words."""
    for write in access.function.summary.writes:
        if write.line == access.line and write.column == access.column:
            return write.target
    for site in access.function.summary.calls:
        if site.call.line == access.line and site.call.column == access.column:
            return site.call.func
    return ""


def _called(function: Function, program: Program) -> list[str]:
    """Qualified names of the library calls in a function."""
    found = []
    for site in function.summary.calls:
        found.extend(e.name for e in program.resolver.walk(function, site.call.func).entities if isinstance(e, External))
    return found


def _is_library(name: str, program: Program) -> bool:
    """Whether a name belongs to an installed library rather than to a file of the project that was not handed in."""
    top = name.partition(".")[0]
    return (
        top not in {module.partition(".")[0] for module in program.modules}
        and "." in name
        and top not in ("database", "db", "models", "storage", "repository")
    )


def _negative(access: Access) -> bool:
    return isinstance(access.value, (Const, Display))
