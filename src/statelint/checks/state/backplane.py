"""Whether what reaches the sockets of a process comes over a channel that all instances share, or from a request to this one."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from statelint.inspect.traversal import reached
from statelint.program.names.nodes import Class, External, Function, Module
from statelint.survey.summary import Const

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.accesses import Access
    from statelint.program.program import Program
    from statelint.program.vocabulary import NameSet

_DIRECT: Final = frozenset({"request", "websocket"})
_GIVES: Final = frozenset({"put", "put_nowait", "append", "appendleft", "send", "set"})
"""What gives one waiting client something."""
_TAKES: Final = frozenset({"get", "get_nowait", "popleft", "pop"})


class Backplane:
    """Finds the consumers of shared channels and what they lead to."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._subscribe = program.vocabulary.role("subscribe")
        self._publish = program.vocabulary.role("publish")
        self._send = program.vocabulary.role("socket-send")

    def serves(self, cell: Cell, writes: list[Access]) -> bool:
        """Whether messages for the sockets in a cell arrive over a shared channel, and no request sends to them past it."""
        senders = [function for function in self._readers(cell) if self._sends(cell, function)]
        if any(self._is_direct(cell, function) for function in senders):
            return False
        return (bool(senders) and all(function in self._fed for function in senders)) or self._subscribes_beside(cell, writes)

    def feeds(self, cell: Cell) -> bool:
        """Whether a queue is filled by consumers of a shared channel alone, and emptied beside the requests."""
        fillers = {access.function for access in cell.writes if access.how != "delete" and access.method not in _TAKES}
        is_fed = bool(fillers) and fillers <= self._from_channel
        return is_fed and not any(self._led_to_by_requests(function) for function in self._takers(cell))

    # -- what consumers lead to

    @cached_property
    def _from_channel(self) -> AbstractSet[Function]:
        """Functions that a consumer of a shared channel leads to, the consumers included."""
        functions = [function for function in self._program.functions if function.module.part in ("app", "settings")]
        return set(reached([one for one in functions if self._is_consumer(one)], self._called))

    @cached_property
    def _fed(self) -> AbstractSet[Function]:
        """The same, and what takes from the queues that they fill."""
        takers = [taker for cell in self._program.cells if cell.container == "queue" and self.feeds(cell) for taker in self._takers(cell)]
        return self._from_channel | set(reached(takers, self._called))

    def _is_consumer(self, function: Function) -> bool:
        owner = function.owner
        inherits = owner is not None and any(base in self._subscribe for cls in owner.lineage or [owner] for base in cls.external_bases)
        return inherits or self._subscribes(function)

    def _called(self, function: Function) -> Iterator[Function]:
        return (edge.callee for edge in self._program.graph.edges.get(function, ()) if edge.kind != "guess")

    def _takers(self, cell: Cell) -> list[Function]:
        taking = [access.function for access in (*cell.reads, *cell.writes) if access.how == "iter" or access.method in _TAKES]
        return list(dict.fromkeys(taking))

    # -- who sends

    def _readers(self, cell: Cell) -> list[Function]:
        return list(dict.fromkeys(access.function for access in cell.reads))

    def _sends(self, cell: Cell, function: Function) -> bool:
        return self._fills_members(cell, function) or any(self._calls(one, self._send) for one in (function, *self._called(function)))

    def _fills_members(self, cell: Cell, function: Function) -> bool:
        """`for waiting in self.clients.values(): waiting.put(message)`: what is kept for each client gets something."""
        return any(access.function is function and access.how == "nested" and access.method in _GIVES for access in cell.writes)

    def _is_direct(self, cell: Cell, function: Function) -> bool:
        """Whether a request has it send to the sockets of this instance, and nothing tells the other instances."""
        if not (self._fills_members(cell, function) or self._calls(function, self._send)) or not self._led_to_by_requests(function):
            return False
        return not any(self._calls(one, self._publish) for one in (function, *self._calling(function)))

    def _led_to_by_requests(self, function: Function) -> bool:
        """Whether a handler calls it, itself or through others; what a consumer calls comes from the channel."""
        around = reached([function], lambda one: () if one in self._from_channel else self._calling(one))
        return any(one in self._handlers for one in around)

    @cached_property
    def _handlers(self) -> AbstractSet[Function]:
        return {point.function for point in self._program.entry_points.points if point.role in _DIRECT}

    def _calling(self, function: Function) -> Iterable[Function]:
        return [edge.caller for edge in self._program.graph.callers.get(function, ()) if edge.kind == "call"]

    def _calls(self, function: Function, role: NameSet) -> bool:
        for site in function.summary.calls:
            path = site.call.func
            objects = self._program.resolver.walk(function, path).objects
            if any(isinstance(entity, Function) for entity in objects) and role is not self._send:
                continue  # the project's own `publish`: what it does is seen
            names = [entity.name for entity in objects if isinstance(entity, External)]
            if any(role.calls(name) for name in names) or (not names and "." in path and path.rpartition(".")[2] in role.methods):
                return True
        return False

    # -- a subscription beside the sockets

    def _subscribes_beside(self, cell: Cell, writes: list[Access]) -> bool:
        """Whether the class or module that owns the sockets also subscribes to a shared channel."""
        owner = cell.location.owner
        if isinstance(owner, Class):
            around = [method for cls in (*owner.lineage, *owner.subclasses) for method in cls.methods.values()]
            around += [edge.caller for method in tuple(around) for edge in self._program.graph.callers.get(method, ())]
        else:
            modules = {access.function.module for access in writes} | ({owner} if isinstance(owner, Module) else set())
            around = [function for module in modules for function in module.functions.values()]
        return any(self._subscribes(function) for function in dict.fromkeys(around))

    def _subscribes(self, function: Function) -> bool:
        for site in function.summary.calls:
            path = site.call.func
            if any(isinstance(arg, Const) and str(arg.value).startswith("memory") for arg in site.call.args):
                continue  # a channel inside the process
            objects = self._program.resolver.walk(function, path).objects
            if any(isinstance(entity, Function) for entity in objects):
                continue  # the project's own `subscribe`: what it does is seen
            names = [e.name for e in objects if isinstance(e, External)]
            if any(self._subscribe.calls(name) for name in names):
                return True
            if not names and "." in path and path.rpartition(".")[2] in self._subscribe.methods:
                return True
        return False
