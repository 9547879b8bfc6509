"""What one part of the program hands to another: the inputs of the resolver that only resolving can find.

They are collected in rounds (`calls/linking.py`): what a function hands over is found with the answers of the round before, and
everything that is new is entered at the end of a round, so that the order of functions does not matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from statelint.limits import ARGUMENTS, CONTENTS
from statelint.program.names.nodes import Class, Function, Location
from statelint.survey.summary import Const

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.limits import Limit, LimitLog
    from statelint.survey.summary import Expr

_EMPTY: Final = Const(None)
FlowKind = Literal["arguments", "called", "fields", "contents", "application", "attribute", "customary", "decorated", "request"]


class Flow(NamedTuple):
    """One value that reaches one place."""

    kind: FlowKind
    owner: Function | Class | Location | str
    """The function called, the class, the container, the key below the application object, or the attribute of requests."""
    name: str
    """The parameter, field or attribute; "" for the other kinds."""
    function: Function
    """Where the value is read."""
    value: Any
    """An expression; for `request` the call, for `attribute` the write, for `customary` the library class, for `decorated` the name
    of what is decorated."""

    @property
    def key(self) -> tuple[object, ...]:
        """What rules name in `depends_on`."""
        return (self.kind, self.owner, self.name) if self.name else (self.kind, self.owner)


class FlowTable:
    """All flows, by where they lead."""

    def __init__(self, limits: LimitLog) -> None:
        self.arguments: dict[Function, dict[str, list[tuple[Function, Expr]]]] = {}
        """What callers hand to each parameter; a function that the project calls without arguments has an entry too."""
        self.fields: dict[tuple[Class, str], list[tuple[Function, Expr]]] = {}
        self.contents: dict[Location, list[tuple[Function, Expr]]] = {}
        self.application: dict[str, list[tuple[Function, Expr]]] = {}
        self.customary: dict[tuple[Function, str], str] = {}
        self.decorated: dict[Function, list[tuple[Function, str]]] = {}
        """What each decorator of the project decorates, by scope and name."""
        self.request: dict[str, list[tuple[Function, Expr]]] = {}
        """The calls that give every request an attribute, by its name."""
        self._limits = limits
        self._entered: set[tuple[object, ...]] = set()
        self._from_outside: set[tuple[Class, str]] = set()

    def enter(self, flows: Iterable[Flow]) -> list[tuple[object, ...]]:
        """Enter what is new, and return the keys of all that changed."""
        changed: dict[tuple[object, ...], None] = {}
        for flow in flows:
            value = flow.value if isinstance(flow.value, str) else id(flow.value)  # expressions live in the summaries
            known = (flow.kind, flow.owner, flow.name, flow.function, value)
            if known not in self._entered:
                self._entered.add(known)
                self._enter(flow)
                changed[flow.key] = None
        return list(changed)

    def is_defined(self, cls: Class, name: str) -> bool:
        """Whether a class or an ancestor defines an attribute itself, rather than being given it from outside.

        `on_message = None` defines nothing: it says that somebody may give it.
        """
        return any(
            name in one.methods
            or name in one.nested
            or any(binding.value != _EMPTY and binding.how != "annotated" for binding in one.bindings.get(name, ()))
            or ((one, name) not in self._from_outside and any(write.value != _EMPTY for _, write in one.attribute_writes.get(name, ())))
            for one in cls.lineage or [cls]
        )

    def _enter(self, flow: Flow) -> None:
        function, value = flow.function, flow.value
        match flow.kind, flow.owner:
            case "called", Function() as owner:
                self.arguments.setdefault(owner, {})
            case "arguments", Function() as owner:
                self._put(self.arguments.setdefault(owner, {}).setdefault(flow.name, []), ARGUMENTS, flow)
            case "fields", Class() as owner:
                self._put(self.fields.setdefault((owner, flow.name), []), ARGUMENTS, flow)
            case "contents", Location() as owner:
                self._put(self.contents.setdefault(owner, []), CONTENTS, flow)
            case "application", str() as owner:
                self.application.setdefault(owner, []).append((function, value))
            case "request", str() as owner:
                self.request.setdefault(owner, []).append((function, value))
            case "attribute", Class() as owner:
                self._from_outside.add((owner, flow.name))
                owner.attribute_writes.setdefault(flow.name, []).append((function, value))
            case "customary", Function() as owner:
                self.customary[owner, flow.name] = value
            case "decorated", Function() as owner:
                self.decorated.setdefault(owner, []).append((function, value))

    def _put(self, kept: list[tuple[Function, Expr]], limit: Limit, flow: Flow) -> None:
        if len(kept) < limit.most:
            kept.append((flow.function, flow.value))
            return
        where = flow.owner if isinstance(flow.owner, (Function, Class)) else flow.function
        name = flow.owner.symbol if isinstance(flow.owner, Location) else f"{where.name}.{flow.name}"
        self._limits.reach(limit, name, where.module.path, where.summary.line)
