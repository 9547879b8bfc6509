"""What kind of state a cell is, judged by its keys and values first, by names last."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from statelint.program.nodes import External, Function, Instance, Made
from statelint.survey.summary import Call, Const, Display, Either, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.accesses import Access
    from statelint.program.cells import Cell
    from statelint.program.program import Program

Kind = Literal[
    "session-store",
    "conversation",
    "cache",
    "rate-counter",
    "connection-registry",
    "pubsub",
    "job-table",
    "queue",
    "lock",
    "counter",
    "metrics",
    "config",
    "other",
]

_WORDS: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_SESSION: Final = frozenset(
    "session sessions sid token tokens otp otps code codes verification blocklist blacklist denylist revoked revocation nonce nonces "
    "csrf cart carts basket challenge challenges captcha captchas".split()  # noqa: SIM905 - one line of words
)
_CONVERSATION: Final = frozenset(["conversation", "conversations", "chat", "chats", "dialogue", "dialogues"])
_PERHAPS_CONVERSATION: Final = frozenset(["history", "histories", "memory", "memories", "messages", "thread", "threads", "checkpoint", "checkpoints"])
"""Conversations where a language model is in use, anything else elsewhere."""
_MODEL_LIBRARIES: Final = frozenset(
    ["openai", "anthropic", "langchain", "langchain_core", "langchain_openai", "langchain_community", "langgraph", "llama_index", "litellm", "transformers", "ollama", "groq", "mistralai", "cohere", "google", "google_genai", "pydantic_ai", "chainlit", "autogen", "crewai", "vertexai"]
)
_RATE: Final = frozenset(
    ["rate", "rates", "ratelimit", "limit", "limits", "limiter", "throttle", "throttled", "attempts", "attempt", "hits", "bucket", "buckets", "quota", "failures", "window", "windows", "requests", "calls", "bans", "banned"]
)
_CONNECTION: Final = frozenset(
    ["connection", "connections", "websocket", "websockets", "socket", "sockets", "client", "clients", "room", "rooms", "watcher", "watchers", "waiters", "waiter", "listener", "listeners", "subscriber", "subscribers", "subscriptions", "peers", "connected", "channels", "ws", "viewers", "participants", "presence", "online", "sids"]
)
_JOB: Final = frozenset(["job", "jobs", "task", "tasks", "progress", "status", "statuses", "results", "result", "worker", "workers", "running", "pending"])
_CACHE: Final = frozenset(["cache", "cached", "caches", "memo", "lru", "ttl", "prefetched", "snapshot"])
_COUNTER: Final = frozenset(["counter", "counters", "count", "counts", "next", "id", "ids", "sequence", "seq", "serial", "num", "number", "total", "hits", "visits"])
_METRICS: Final = frozenset(["metric", "metrics", "stats", "statistics", "stat", "latency", "latencies", "timings", "histogram", "telemetry"])
_CONFIG: Final = frozenset(
    ["config", "configuration", "settings", "setting", "options", "flags", "feature", "features", "enabled", "maintenance", "mode", "prefs", "preferences"]
)
_STATES: Final = frozenset(
    ["pending", "queued", "running", "started", "processing", "working", "done", "finished", "completed", "complete", "failed", "error", "cancelled", "success", "progress"]
)
_CLIENT_KEY: Final = re.compile(
    r"remote_addr|client\.host|client_ip|\bip\b|x-forwarded-for|get_remote_address|remote_ip|api_key|peername", re.IGNORECASE
)
_SESSION_KEY: Final = re.compile(r"session_?id|\bsid\b|token|cookie|\bjti\b|otp|email|phone", re.IGNORECASE)


def _tests_itself(access: Access, cell: Cell) -> bool:
    """Whether the write depends on what the cell holds: computed when it is missing or too old."""
    name = cell.location.name.rpartition(".")[2].rstrip("]").rpartition("[")[2]
    guards = access.function.summary.guards
    return any(name in guards[index].text for index in access.guards) or any(name in g.text and g.line < access.line for g in guards)


def _expects_miss(read: Access) -> bool:
    """Whether a plain look-up stands where a missing key is caught."""
    return any(read.function.summary.guards[index].kind == "try" for index in read.guards)


def _on_socket(function: Function, program: Program) -> bool:
    """Whether a function handles an event of a socket."""
    return any(point.function is function and point.role == "websocket" for point in program.entry_points.points)


def _refuses(function: Function) -> bool:
    """Whether a function answers "too many requests"."""
    named = (*(path for path, _ in function.summary.raises), *function.summary.loads)
    if any("429" in path or "TooMany" in path or "RateLimit" in path or "Throttl" in path for path in named):
        return True
    for site in function.summary.calls:
        if any(isinstance(arg, Const) and arg.value == 429 for arg in (*site.call.args, *(value for _, value in site.call.keywords))):
            return True
    return any("429" in str(getattr(item, "value", "")) for expr in function.summary.returns for item in getattr(expr, "items", ()))


def words(name: str) -> frozenset[str]:
    """Split an identifier into lower-case words."""
    return frozenset(match.lower() for match in _WORDS.findall(name))


def describe(expr: Expr | None) -> str:
    """Return the names inside an expression, for matching."""
    return " ".join(_names(expr, 0))


def _names(expr: Expr | None, depth: int) -> Iterator[str]:
    if depth > 4:
        return
    match expr:
        case Ref():
            yield expr.path
        case Const():
            if isinstance(expr.value, str):
                yield expr.value
        case Call():
            yield expr.func
            for arg in (*expr.args, *(value for _, value in expr.keywords)):
                yield from _names(arg, depth + 1)
        case Template():
            for part in expr.parts:
                yield from _names(part, depth + 1)
        case Either():
            for option in expr.options:
                yield from _names(option, depth + 1)
        case Display():
            for item in (*expr.keys[:8], *expr.items[:8]):
                yield from _names(item, depth + 1)
        case _:
            return


class KindJudge:
    """Classifies cells of one program."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def kind(self, cell: Cell, writes: list[Access]) -> Kind:
        """Tell what a cell is; `writes` are those that requests reach."""
        name = cell.location.name.rpartition(".")[2]
        own = words(name)
        around = own | (words(cell.location.owner.name) if cell.location.owner is not None else frozenset())
        if self._holds_locks(cell, writes):
            return "lock"
        if self._holds_sockets(cell, writes):
            return "connection-registry"
        if cell.container == "queue" and self._drained_in_process(cell):
            return "job-table"
        if cell.container == "queue":
            return "pubsub" if own & _CONNECTION else "queue"
        if self._holds_queues(cell, writes):
            return "pubsub"
        if own & {"failed", "failures", "attempts", "tries"} and (own & {"login", "logins", "attempts", "auth"} or self._timestamps(writes)):
            return "rate-counter"
        keys = " ".join(describe(access.key) for access in (*writes, *cell.reads))
        if self._counts_clients(cell, writes, keys, around):
            return "rate-counter"
        if cell.container == "scalar" or all(access.how in ("rebind", "augment") for access in writes):
            return self._scalar(cell, writes, own, around)
        if cell.container == "counter" or self._counts(writes):
            return "metrics" if around & _METRICS else "rate-counter" if own & _RATE else "counter"
        if own & _CACHE or (cell.container == "bounded" and not own & _SESSION):
            return "cache"
        if self._is_conversation(name, own) or self._models_a_talk(cell, writes):
            return "conversation"
        if self._is_job_table(cell, writes):
            return "job-table"
        if own & _SESSION or (_SESSION_KEY.search(keys) and not own & (_CACHE | _JOB | _CONNECTION | _CONFIG)):
            return "session-store"
        if own & _JOB - {"result", "results", "running", "pending", "worker", "workers"}:
            return "job-table"
        if self._computed_on_miss(cell, writes):
            return "cache"
        if own & _JOB:
            return "job-table"
        if own & _METRICS:
            return "metrics"
        if own & _CONNECTION and self._sends(cell):
            return "connection-registry"
        if around & _CACHE:
            return "cache"
        if own & _CONFIG:
            return "config"
        return "other"

    def _is_conversation(self, name: str, own: frozenset[str]) -> bool:
        uses_model = bool(self._program.imported_packages & _MODEL_LIBRARIES)
        last = _WORDS.findall(name)[-1:] or [""]
        own = own & {last[0].lower()}  # `chat_history` is one, `chat_models` is not
        return (bool(own & _CONVERSATION) and not own & {"id", "ids"}) or (uses_model and bool(own & _PERHAPS_CONVERSATION))

    def _scalar(self, cell: Cell, writes: list[Access], own: frozenset[str], around: frozenset[str]) -> Kind:
        if any(word in around for word in ("config", "settings", "configuration")):
            return "config"
        if cell.location.kind == "application" and cell.location.name.startswith(("settings.", "app.config", "app.settings")):
            return "config"
        if any(access.how == "augment" for access in writes):
            return "metrics" if around & _METRICS else "rate-counter" if around & _RATE and own & (_RATE | _COUNTER) else "counter"
        if own & _CONFIG:
            return "config"
        if own & _CACHE or "at" in own or around & _CACHE:
            return "cache"
        values = [access.value for access in writes if access.value is not None]
        if any(
            isinstance(value, Template) and describe(value).split()[:1] == [access.function.name]
            for value, access in zip(values, writes, strict=False)
        ):
            return "counter"
        if own & _SESSION and not own & _CONFIG:
            return "session-store"
        if any(self._computed(access) and _tests_itself(access, cell) for access in writes) and not own & _COUNTER:
            return "cache"
        if own & _COUNTER and not own <= {"id"}:
            return "counter"
        return "other"

    def _computed(self, access: Access) -> bool:
        """Whether what is kept is a call's result: data fetched and remembered."""
        return isinstance(access.value, Call) or (isinstance(access.value, Ref) and access.value.path in access.function.locals)

    def _values(self, cell: Cell, writes: Iterable[Access]) -> Iterator[tuple[Function, Expr]]:
        for access in writes:
            if access.value is not None and access.how in ("item", "mutate", "rebind", "nested"):
                yield access.function, access.value
                if isinstance(access.value, Display):
                    for item in access.value.items[:6]:
                        yield access.function, item
        for origin in cell.origins:
            if isinstance(origin.expr, Call) and origin.expr.args:
                yield origin.function, origin.expr.args[0]

    def _value_plays(self, cell: Cell, writes: list[Access], *roles: str) -> bool:
        for function, expr in self._values(cell, writes):
            for entity in self._program.resolver.value(function, expr).entities:
                names = (
                    [entity.name]
                    if isinstance(entity, (Made, External))
                    else list(entity.cls.external_bases)
                    if isinstance(entity, Instance)
                    else []
                )
                if any(name in self._program.vocabulary.role(role) for role in roles for name in names):
                    return True
        return False

    def _holds_locks(self, cell: Cell, writes: list[Access]) -> bool:
        return cell.container == "lock" or self._value_plays(cell, writes, "lock")

    def _holds_sockets(self, cell: Cell, writes: list[Access]) -> bool:
        if self._value_plays(cell, writes, "websocket") or "sids" in words(cell.location.name):
            return True
        if any(
            describe(access.key) in ("request.sid", "sid") and access.how == "item" and _on_socket(access.function, self._program)
            for access in writes
        ):
            return True
        for access in writes:
            for name in (describe(access.value), describe(access.key)):
                if words(name.partition(" ")[0]) & {"websocket", "ws"} and access.how in ("item", "mutate", "nested"):
                    return "." not in name.partition(" ")[0] or name.endswith(("websocket", "ws"))
                if name == "self" and access.function.owner is not None and self._is_socket_class(access.function):
                    return True
        return False

    def _is_socket_class(self, function: Function) -> bool:
        role = self._program.vocabulary.role("websocket")
        owner = function.owner
        return owner is not None and any(base in role or "WebSocket" in base or "Consumer" in base for base in owner.external_bases)

    def _holds_queues(self, cell: Cell, writes: list[Access]) -> bool:
        return cell.container in ("set", "sequence", "mapping") and self._value_plays(cell, writes, "queue")

    def _counts_clients(self, cell: Cell, writes: list[Access], keys: str, around: frozenset[str]) -> bool:
        limited = any(_refuses(access.function) for access in writes)
        if limited and (around & _RATE or _CLIENT_KEY.search(keys)):
            return True
        return bool(
            around & {"ratelimit", "limiter", "throttle", "rate"}
            and (_CLIENT_KEY.search(keys) or self._timestamps(writes) or self._counts(writes))
        )

    def _is_job_table(self, cell: Cell, writes: list[Access]) -> bool:
        """Keyed by ids drawn at random, holding states that change while the work goes on; or handles of work, by key."""
        if cell.container == "mapping" and self._value_plays(cell, [a for a in writes if a.how == "item"], "task-start"):
            return True
        drawn = self._program.vocabulary.role("random-secret")
        for access in writes:
            if not isinstance(access.key, Ref) or "." in access.key.path:
                continue
            bound = [b.value for b in access.function.locals.get(access.key.path, ())]
            names = " ".join(describe(value) for value in bound).split()
            entities = [e for name in names for e in self._program.resolver.walk(access.function, name).entities]
            if any(isinstance(e, External) and e.name.startswith("uuid.") and drawn.calls(".".join(e.name.split(".")[:2])) for e in entities):
                states = {describe(a.value).lower() for a in cell.writes} & _STATES
                return bool(states) or any(words(describe(a.value)) & _STATES for a in cell.writes)
        return False

    def _drained_in_process(self, cell: Cell) -> bool:
        """Whether a loop that no request runs takes from the queue: a worker in the same process."""
        serving = self._program.reach["serving"]
        for access in (*cell.reads, *cell.writes):
            if access.method in ("get", "get_nowait", "popleft", "pop") and access.function not in serving:
                if any(guard.kind == "while" for guard in access.function.summary.guards):
                    return True
        return False

    def _models_a_talk(self, cell: Cell, writes: list[Access]) -> bool:
        """Holds message histories of a language-model library."""
        for function, expr in self._values(cell, writes):
            for entity in self._program.resolver.value(function, expr).entities:
                name = entity.name if isinstance(entity, (Made, External)) else ""
                if name.partition(".")[0] in _MODEL_LIBRARIES and words(name.rpartition(".")[2]) & {
                    "history",
                    "memory",
                    "session",
                    "thread",
                    "chat",
                }:
                    return True
        return False

    def _timestamps(self, writes: list[Access]) -> bool:
        clock = self._program.vocabulary.role("volatile-clock")
        for access in writes:
            if isinstance(access.value, Call):
                entities = self._program.resolver.walk(access.function, access.value.func).entities
                if any(isinstance(e, External) and e.name in clock for e in entities):
                    return True
            elif isinstance(access.value, Ref) and access.value.path in ("now", "ts", "timestamp", "current_time"):
                return True
        return False

    def _counts(self, writes: list[Access]) -> bool:
        return any(
            access.how in ("augment", "nested") and isinstance(access.value, Const) and type(access.value.value) is int for access in writes
        )

    def _computed_on_miss(self, cell: Cell, writes: list[Access]) -> bool:
        """Read before it is computed, in one function: `if key in c: return c[key]` ... `c[key] = f(key)`."""
        for access in writes:
            if access.how not in ("item", "mutate") or access.method not in ("", "setdefault", "update"):
                continue
            if access.method == "setdefault" and isinstance(access.value, Display):
                continue  # an empty container to fill, nothing computed
            for read in cell.reads:
                if (
                    read.function is access.function
                    and (read.how in ("in", "get") or (read.how == "item" and _expects_miss(read)))
                    and read.line <= access.line
                    and read.method != "setdefault"
                ):
                    if describe(read.key) == describe(access.key) and not self._raises_on_miss(read.function):
                        return True
        return False

    def _raises_on_miss(self, function: Function) -> bool:
        return any(path.rpartition(".")[2] in ("HTTPException", "Http404", "KeyError", "NotFound") for path, _ in function.summary.raises)

    def _sends(self, cell: Cell) -> bool:
        sends = self._program.vocabulary.role("socket-send")
        for read in cell.reads:
            if read.how == "iter":
                for site in read.function.summary.calls:
                    if site.call.func.rpartition(".")[2] in (*sends.methods, "send", "emit", "write_message", "put", "put_nowait"):
                        return True
        return False
