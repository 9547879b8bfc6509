"""The kind of state that a cell is: by what it holds, by what is counted, by the words in its name, by its use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.checks.common.naming import identifier_words, last_word, names_and_texts, own_name
from statelint.checks.common.transitive import Transitive
from statelint.program.flow import sources
from statelint.program.flow.filling import empties
from statelint.program.names.conditions import ARMS, questions
from statelint.program.names.containers import FILLABLE
from statelint.program.names.nodes import Class, External, ExternalValue, Function, Instance
from statelint.survey.summary import Call, Compare, Const, Display, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.accesses import Access
    from statelint.program.program import Program
    from statelint.rulebook.schema import Kind

_TOO_MANY: Final = 429
"""The HTTP status that refuses a client who asks too often."""
_WHOLE: Final = ("rebind", "augment")
"""Writes that replace the value of a cell and look into nothing."""
_FILLING: Final = ("item", "mutate", "nested")


class KindClassifier:
    """Classifies cells of one program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._vocabulary = program.vocabulary
        self._drawn = Transitive(self._draws, self._arguments)
        self._second_arguments: dict[Function, dict[tuple[int, int], Expr]] = {}
        self._socket_handlers = frozenset(point.function for point in program.entry_points.points if point.role == "websocket")

    def kind(self, cell: Cell, writes: list[Access], *, may_be_derived: bool = True) -> Kind:
        """Tell what a cell is; `writes` are those that requests reach. What requests go on changing is not `may_be_derived` again."""
        own = identifier_words(own_name(cell.location))
        around = own | (identifier_words(cell.location.owner.name) if cell.location.owner is not None else frozenset())
        keys = " ".join(names_and_texts(access.key) for access in (*writes, *cell.reads))
        held = self._by_content(cell, writes, own)
        if held is not None:
            return held
        counts = cell.container == "counter" or _counts(writes)
        if counts and self._program.uses.is_only_shown(cell):
            return "metrics"
        if self._models_a_talk(cell, writes):
            return "conversation"
        if (
            not counts
            and may_be_derived
            and self._is_derived(cell, writes)
            and (cell.container == "bounded" or self._program.filling.is_remembered(cell))
        ):
            return "cache"
        if self._counts_attempts(writes, own) or self._counts_clients(writes, keys, around) or self._is_of_limiter(cell, writes, own):
            return "rate-counter"
        if counts:
            return "rate-counter" if self._matches_words(own, "rate-limit") else "counter"
        if cell.container == "scalar" or _replaced_whole(writes):
            return self._scalar(cell, writes, own, around)
        return self._by_use(cell, writes, own, keys) or self._by_name(cell, own)

    def _matches_words(self, names: frozenset[str], *topics: str) -> bool:
        """Whether one of the names is a word of the topics."""
        return bool(names & self._vocabulary.words(*topics))

    def _by_content(self, cell: Cell, writes: list[Access], own: frozenset[str]) -> Kind | None:
        """What the cell holds says what it is: locks, sockets, queues."""
        if cell.container == "lock" or self._value_has_role(cell, writes, "lock"):
            return "lock"
        if self._holds_sockets(cell, writes):
            return "connection-registry"
        if cell.container == "queue" and self._drained_in_process(cell):
            return "job-table"
        if cell.container == "queue":
            return "pubsub" if self._matches_words(own, "connection") else "queue"
        if cell.container in ("set", "sequence", "mapping") and self._value_has_role(cell, writes, "queue"):
            return "pubsub"
        return None

    def _is_derived(self, cell: Cell, writes: list[Access]) -> bool:
        """Whether values could be derived again, other than what a client has sent, or an empty container to be filled."""
        if cell.container == "set" or any(map(_is_new_member, writes)):
            return False
        kept = [(access.function, access.value) for access in writes if not empties(access) and access.value is not None]
        found = [self._program.provenance.of(function, value) for function, value in kept if not isinstance(value, Display) or value.items]
        if any(bits == sources.REQUEST for bits in found):
            return False
        seen_here = sources.REQUEST | sources.PROCESS
        return any(not bits or bits & ~seen_here for bits in found) or (cell.container == "scalar" and bool(found))

    def _by_use(self, cell: Cell, writes: list[Access], own: frozenset[str], keys: str) -> Kind | None:
        """What it holds for whom: the words choose between kinds that are equally bad."""
        if self._is_conversation(cell) and self._comes_from_clients(writes):
            return "conversation"
        if self._is_job_table(cell, writes):
            return "job-table"
        keyed_by_session = self._vocabulary.pattern("session-key").search(keys) is not None
        says_session = self._matches_words(own, "session")
        says_session |= keyed_by_session and not self._matches_words(own, "job", "connection", "configuration")
        if says_session and self._comes_from_clients(writes):
            return "session-store"
        if own & (self._vocabulary.words("job") - self._vocabulary.words("perhaps-job")):
            return "job-table"
        return None

    def _comes_from_clients(self, writes: list[Access]) -> bool:
        """Whether clients have a part in what is kept or in its keys: who they are, what they sent, what was drawn for them."""
        provenance = self._program.provenance
        seen = sources.REQUEST | sources.PROCESS | sources.UNKNOWN
        return any((provenance.of(one.function, one.key) | provenance.of(one.function, one.value)) & seen for one in writes)

    def _by_name(self, cell: Cell, own: frozenset[str]) -> Kind:
        """Words that mean it only where nothing else is known."""
        if self._matches_words(own, "job"):
            return "job-table"
        if self._matches_words(own, "connection") and self._sends(cell):
            return "connection-registry"
        return "config" if self._matches_words(own, "configuration") else "other"

    def _scalar(self, cell: Cell, writes: list[Access], own: frozenset[str], around: frozenset[str]) -> Kind:
        is_setting = cell.location.kind == "application" and cell.location.name.startswith(("settings.", "app.config", "app.settings"))
        if is_setting or self._matches_words(around, "configuration-object"):
            return "config"
        if any(access.how == "augment" and not _is_text(access.value) for access in writes) and not _is_flag(cell):
            if self._program.uses.is_only_shown(cell):
                return "metrics"
            return "rate-counter" if self._matches_words(own, "rate-limit") else "counter"
        if self._matches_words(own, "configuration"):
            return "config"
        sent = any(self._program.provenance.of(one.function, one.value) & sources.REQUEST for one in writes)
        if sent and self._matches_words(own, "session"):
            return "session-store"
        numbers = any(isinstance(access.value, Template) or _is_number(access.value) for access in writes)
        return "counter" if numbers and self._matches_words(own, "counter") and own != {"id"} else "other"

    # -- conversations and jobs

    def _is_conversation(self, cell: Cell) -> bool:
        last = last_word(own_name(cell.location).removesuffix("in_memory"))  # `chat_history` is one, `chat_models` is not
        if last in self._vocabulary.words("conversation"):
            return True
        models = self._vocabulary.role("language-model")
        return last in self._vocabulary.words("perhaps-conversation") and any(map(models.covers, self._program.imported_packages))

    def _models_a_talk(self, cell: Cell, writes: list[Access]) -> bool:
        """Holds message histories of a language-model library."""
        models = self._vocabulary.role("language-model")
        for function, expr in _values(cell, writes):
            for entity in self._program.resolver.value(function, expr).objects:
                name = entity.name if isinstance(entity, (ExternalValue, External)) else ""
                if name in models and self._matches_words(identifier_words(name.rpartition(".")[2]), "talk-class"):
                    return True
        return False

    def _is_job_table(self, cell: Cell, writes: list[Access]) -> bool:
        """Keyed by ids drawn at random, holding states that change while the work goes on; or handles of work, by key."""
        if cell.container == "mapping" and self._value_has_role(cell, [a for a in writes if a.how == "item"], "task-start"):
            return True
        if not any(self._drawn.of((access.function, name)) for access in writes if (name := _plain_name(access.key))):
            return False
        states = self._vocabulary.words("work-state")
        kept = (names_and_texts(write.value) for write in cell.writes)
        return any(text.lower() in states or identifier_words(text) & states for text in kept)

    def _draws(self, name: tuple[Function, str]) -> bool | None:
        """Whether a function binds a local name to an id that it draws: `uuid4()`, `str(uuid4())`, `uuid4().hex`."""
        function, local = name
        role = self._vocabulary.role("random-secret")
        for path in " ".join(names_and_texts(binding.value) for binding in function.locals.get(local, ())).split():
            for entity in self._program.resolver.walk(function, path).objects:
                if isinstance(entity, External) and entity.name.startswith("uuid.") and role.calls(".".join(entity.name.split(".")[:2])):
                    return True
        return None

    def _arguments(self, name: tuple[Function, str]) -> Iterator[tuple[Function, str]]:
        """Yield the names that callers of a function pass for a parameter."""
        function, parameter = name
        for caller, expr in self._program.resolver.flows.arguments.get(function, {}).get(parameter, ()):
            if passed := _plain_name(expr):
                yield caller, passed

    def _drained_in_process(self, cell: Cell) -> bool:
        """Whether what no request runs takes from the queue: a worker in the same process, with a loop of its own or called by one."""
        serving, taking = self._program.reach["serving"], self._vocabulary.words("taking-call")
        takers = {access.function for access in (*cell.reads, *cell.writes) if access.method in taking}
        beside = [taker for taker in takers if taker not in serving]
        if any(guard.kind == "while" for taker in beside for guard in taker.summary.guards):
            return True
        return len(beside) == len(takers) > 0 and any(taker in self._program.reach["startup"] for taker in beside)

    # -- what the values are

    def _value_has_role(self, cell: Cell, writes: list[Access], role: str) -> bool:
        names = self._vocabulary.role(role)
        for function, expr in _values(cell, writes):
            for entity in self._program.resolver.value(function, expr).objects:
                match entity:
                    case ExternalValue() | External():
                        found = entity.name in names
                    case Instance():
                        found = any(base in names for base in entity.cls.external_bases)
                    case _:
                        found = False
                if found:
                    return True
        return False

    def _holds_sockets(self, cell: Cell, writes: list[Access]) -> bool:
        if self._value_has_role(cell, writes, "websocket") or "sids" in identifier_words(cell.location.name):
            return True
        if any(access.how == "item" and self._keyed_by_socket(access) for access in writes):
            return True
        for access in writes:
            for name in (names_and_texts(access.value), names_and_texts(access.key)):
                first = name.partition(" ")[0]
                if identifier_words(first) & {"websocket", "ws"} and access.how in _FILLING:
                    return "." not in first or name.endswith(("websocket", "ws"))
                if name == "self" and access.function.owner is not None and self._is_socket_class(access.function):
                    return True
        return False

    def _keyed_by_socket(self, access: Access) -> bool:
        """Whether the key is the id of the socket whose event the function handles."""
        return access.function in self._socket_handlers and names_and_texts(access.key) in ("request.sid", "sid")

    def _is_socket_class(self, function: Function) -> bool:
        role = self._vocabulary.role("websocket")
        owner = function.owner
        return owner is not None and any(base in role or "WebSocket" in base or "Consumer" in base for base in owner.external_bases)

    def _sends(self, cell: Cell) -> bool:
        """Whether the cell is gone through in order to send to each of its members."""
        sends = self._vocabulary.role("socket-send").methods | self._vocabulary.words("sending-call")
        readers = dict.fromkeys(read.function for read in cell.reads if read.how == "iter")
        return any(site.call.func.rpartition(".")[2] in sends for function in readers for site in function.summary.calls)

    # -- counting

    def _counts_attempts(self, writes: list[Access], own: frozenset[str]) -> bool:
        return self._matches_words(own, "failed-attempt") and (self._matches_words(own, "login") or self._timestamps(writes))

    def _counts_clients(self, writes: list[Access], keys: str, around: frozenset[str]) -> bool:
        by_client = self._vocabulary.pattern("client-key").search(keys) is not None
        if (by_client or self._matches_words(around, "rate-limit")) and any(map(self._refuses, {access.function for access in writes})):
            return True
        limits = self._matches_words(around, "rate-limiter") or around >= {"rate", "limit"}
        return limits and (by_client or self._timestamps(writes) or _counts(writes))

    def _is_of_limiter(self, cell: Cell, writes: list[Access], own: frozenset[str]) -> bool:
        """What a class of rate limiters keeps by key; `rates[key] = (start, count + 1)`."""
        owner = identifier_words(cell.location.owner.name) if isinstance(cell.location.owner, Class) else frozenset()
        if cell.container in FILLABLE and (owner >= {"rate", "limiter"} or owner & {"ratelimiter", "ratelimit", "throttler"}):
            return True
        if cell.container in FILLABLE and self._matches_words(own, "rate-limit") and self._timestamps(writes):
            return True  # `self._requests.append(time.time())`
        return self._matches_words(own, "rate-limit") and any(_counts_on(access.value) for access in writes if access.how == "item")

    def _refuses(self, function: Function) -> bool:
        """Whether a function answers "too many requests"."""
        summary = function.summary
        marks = self._vocabulary.words("refusal")
        if any(mark in path for path in (*(path for path, _ in summary.raises), *summary.loads) for mark in marks):
            return True
        for site in summary.calls:
            arguments = (*site.call.args, *(value for _, value in site.call.keywords))
            if any(isinstance(arg, Const) and arg.value == _TOO_MANY for arg in arguments):
                return True
        return any(str(_TOO_MANY) in str(getattr(item, "value", "")) for expr in summary.returns for item in getattr(expr, "items", ()))

    def _timestamps(self, writes: list[Access]) -> bool:
        clock, now = self._vocabulary.role("volatile-clock"), self._vocabulary.words("now")
        for access in writes:
            if isinstance(access.value, Call):
                objects = self._program.resolver.walk(access.function, access.value.func).objects
                if any(isinstance(e, External) and e.name in clock for e in objects):
                    return True
            elif isinstance(access.value, Ref) and access.value.path in now:
                return True
        return False


def _replaced_whole(writes: list[Access]) -> bool:
    """Whether the value is only ever replaced or emptied, never filled piece by piece."""
    whole = [access for access in writes if access.how in _WHOLE]
    return bool(whole) and all(access.how in _WHOLE or access.method == "clear" for access in writes)


def _plain_name(expr: Expr | None) -> str:
    """Return the local name that an expression is, "" for anything else."""
    return expr.path if isinstance(expr, Ref) and "." not in expr.path else ""


def _values(cell: Cell, writes: Iterable[Access]) -> Iterator[tuple[Function, Expr]]:
    """Yield what is put into a cell, the items of displays too, with the function to read it in."""
    for access in writes:
        if access.value is not None and access.how in (*_FILLING, "rebind"):
            yield access.function, access.value
            if isinstance(access.value, Display):
                for item in access.value.items:
                    yield access.function, item
    for origin in cell.origins:
        if isinstance(origin.expr, Call) and origin.expr.args:
            yield origin.function, origin.expr.args[0]


def _counts(writes: list[Access]) -> bool:
    added = (access for access in writes if access.how == "augment" or access.method == "+=")
    return any(_is_number(access.value) for access in added) or any(map(_adds_to_itself, writes))


def _adds_to_itself(access: Access) -> bool:
    """`counts[key] = counts.get(key, 0) + 1`."""
    if access.how != "item" or not isinstance(access.value, Template):
        return False
    target = access.target.removesuffix("]").rpartition("[")[0]
    looked_up = (f"{target}.get", f"{target}[")
    return any(names_and_texts(part).startswith(looked_up) for part in access.value.parts) and any(map(_is_number, access.value.parts))


def _is_new_member(access: Access) -> bool:
    """`if name not in names: names.append(name)`: a list that is used as a set, and holds what it was asked for."""
    guards = access.function.summary.guards
    asked = [part for index in access.guards if guards[index].kind in ARMS for part in questions(guards[index].test)]
    return access.value is not None and any(
        isinstance(part, Compare) and part.operator in ("in", "not in") and part.left == access.value for part in asked
    )


def _is_text(expr: Expr | None) -> bool:
    """`" " + note`: what is added to a text, not to a number."""
    parts = expr.parts if isinstance(expr, Template) else (expr,)
    return any(isinstance(part, Const) and isinstance(part.value, str) for part in parts) or (
        isinstance(expr, Template) and bool(expr.head)
    )


def _is_flag(cell: Cell) -> bool:
    """`self._dirty |= changed`: nothing is counted."""
    values = [origin.expr.value for origin in cell.origins if isinstance(origin.expr, Const)]
    return bool(values) and all(isinstance(value, bool) for value in values)


def _counts_on(value: Expr | None) -> bool:
    """`(start, count + 1)`."""
    items = value.items if isinstance(value, Display) and value.kind in ("tuple", "list") else ()
    return any(isinstance(item, Template) and any(map(_is_number, item.parts)) for item in items)


def _is_number(expr: Expr | None) -> bool:
    return isinstance(expr, Const) and type(expr.value) is int
