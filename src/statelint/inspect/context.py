"""What every check is given, and the helpers that make its findings alike."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, TypeVar, cast

from statelint.inspect.uses import UseIndex
from statelint.model import Evidence, Finding, Span, Step
from statelint.program.calls.callgraph import is_main_guarded
from statelint.program.evaluation.settings import development_arm
from statelint.program.reachability.launch import SERVER_START
from statelint.survey.comprehensions import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statelint.config import Config
    from statelint.deploy.model import Deployment
    from statelint.discover.files import Discovery
    from statelint.discover.versions import Pinned
    from statelint.inspect.concrete import ConcreteFiles
    from statelint.model import Confidence, EvidenceKind, Severity
    from statelint.program.names.nodes import Function
    from statelint.program.program import Program
    from statelint.program.reachability.reach import Route
    from statelint.rulebook.load import Rulebook
    from statelint.rulebook.schema import Rule

Report = Finding | Evidence
Activity = Literal["serving", "startup", "worker", "command", "out", "unreached"]
"""When code runs. `out`: in tests, scripts and `__main__`, which no deployment runs. `unreached`: nothing leads there."""
T = TypeVar("T")
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Context:
    """The linked program, the rules, and the concrete files behind them."""

    program: Program
    book: Rulebook
    concrete: ConcreteFiles
    discovery: Discovery
    config: Config
    deployment: Deployment | None = None
    versions: Mapping[str, Pinned] = field(default_factory=dict)
    beside: tuple[Context, ...] = ()
    """The programs of the package, each without its own `beside`, where there are several: what they share adds up."""
    _made: dict[Callable[[Context], object], object] = field(default_factory=dict, repr=False)
    _activities: dict[tuple[Function, tuple[int, ...]], Activity] = field(default_factory=dict, repr=False)

    def once(self, make: Callable[[Context], T]) -> T:
        """Return what a function or class makes of this context: made when it is first asked for, and shared from then on."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("T", self._made[make])

    @cached_property
    def rules_by_code(self) -> dict[str, Rule]:
        """Rules by code."""
        return {rule.code: rule for rule in self.book.rules}

    @cached_property
    def uses(self) -> UseIndex:
        """Every use of a library name that some row speaks of."""
        return UseIndex(self.program, self.concrete, self.book)

    @cached_property
    def has_entry_points(self) -> bool:
        """Whether any request handler was found: without one, reachability says nothing."""
        return any(point.role in ("request", "websocket") for point in self.program.entry_points.points)

    def context_of(self, function: Function, guards: tuple[int, ...] = ()) -> Activity:
        """Tell when code runs; of several activities the first in the order of `Activity`."""
        key = (function, guards)
        known = self._activities.get(key)
        if known is None:
            known = self._activities[key] = self._activity(function, guards)
        return known

    def _activity(self, function: Function, guards: tuple[int, ...]) -> Activity:
        if function.module.part in ("test", "migration", "script", "command") and not self._starts_server(function):
            return "out"
        if is_main_guarded(function, guards) or development_arm(function.summary.guards[index] for index in guards):
            return "out"
        if self.program.reach["serving"].is_once(function):
            return "startup"  # that the first request comes by is chance: each instance does it once
        return next((activity for activity, reach in self.program.reach.items() if function in reach), "unreached")

    def _starts_server(self, function: Function) -> bool:
        """Whether a command runs this on the way to serving: then it is the start-up of each instance, wherever it is written."""
        if function.module.part not in ("script", "command") or function.is_body:
            return False
        route = self.program.route_to(function, "startup")
        return route is not None and route.entry.text == SERVER_START

    def route_steps(self, route: Route | None, last: Step | None = None) -> tuple[Step, ...]:
        """Write a route as steps that a person can follow: `POST /jobs -> create`, `JobStore.put`, `writes self._jobs`."""
        if route is None:
            return (last,) if last else ()
        steps = []
        for index, function in enumerate(route.functions):
            name = function.module.name.rpartition(".")[2] if function.is_body else function.name
            text = f"{route.entry.text} -> {name}" if index == 0 and route.entry.text else name
            steps.append(Step(function.module.path, function.summary.line, text))
        return (*steps, last) if last else tuple(steps)


def finding(
    rule: Rule,
    span: Span,
    *,
    symbol: str,
    message: str,
    hint: str = "",
    severity: Severity | None = None,
    confidence: Confidence = "high",
    route: Sequence[Step] = (),
    spans: Sequence[Span] = (),
    notes: Sequence[str] = (),
    scope: str = "",
    api: str = "",
    causes: Sequence[str] = (),
) -> Finding:
    """Make a finding of a rule at a span; what the rule says is the default. What is only likely is a note, no error."""
    if confidence == "low":
        severity = "note"
    return Finding(
        code=rule.code,
        rule=rule.name,
        item=rule.item,
        severity=severity or rule.severity,
        confidence=confidence,
        path=span.path,
        line=span.line,
        column=span.column,
        end_line=span.end_line,
        end_column=span.end_column,
        symbol=shown(symbol),
        message=shown(message),
        hint=hint or rule.fix.strip(),
        label=span.label,
        spans=tuple(spans),
        notes=tuple(notes),
        route=tuple(route),
        scope=scope,
        api=api,
        causes=tuple(causes),
    )


def worded(rule: Rule, case: str, **values: object) -> str:
    """Return a rule's message for a case, or its summary where it has none, with `{name}` filled in for each value."""
    return filled(rule.messages.get(case, rule.summary), **values)


def filled(text: str, **values: object) -> str:
    """Fill `{name}` in for each value; other braces stay as they are."""
    return _PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), text)


def evidence(item: str, kind: EvidenceKind, path: str, line: int, text: str) -> Evidence:
    """Make evidence; the arguments stand in the order of a sentence."""
    return Evidence(item, kind, path, line, text)
