"""What the findings about a deployment are made from: the deployment, and what the program's own analysis hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from statelint.config import Scaling
from statelint.deploy.model import Deployment, Factor, Place, Process, between
from statelint.model import Finding, Span
from statelint.sizing.engines import Engine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.model import Confidence, Severity
    from statelint.rulebook.schema import Rule


class RouteInfo(msgspec.Struct, frozen=True):
    """A route of the program, its prefixes put together: `/api/items/{id}`, `/api/items/<int:id>`."""

    path: str
    methods: tuple[str, ...]
    """Upper case; empty when the framework's default holds."""
    handler: str
    path_file: str
    line: int
    calls_database: bool | None = None
    """Whether the handler, followed through its calls, asks a database; None when that is not known."""


class LocalWrite(msgspec.Struct, frozen=True):
    """A place where the program writes a file that it needs later."""

    paths: tuple[str, ...]
    """Folders or files it may be, absolute or relative to the working directory."""
    path_file: str
    line: int
    symbol: str = ""


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the findings look at."""

    deployment: Deployment
    routes: tuple[RouteInfo, ...] = ()
    routes_complete: bool = False
    """Whether every route of the program is among `routes`."""
    engines: tuple[Engine, ...] = ()
    scaling: Scaling = Scaling()
    instances: int | None = None
    """`--instances`."""
    has_web: bool = True
    writes: tuple[LocalWrite, ...] = ()

    def web(self) -> tuple[Process, ...]:
        """Return the processes that serve requests in production."""
        return tuple(process for process in self.deployment.processes if process.kind == "web" and process.stage == "production")

    def count(self, process: Process) -> Factor:
        """Return the number of instances of a web process: asked for, said by the configuration, or said by a file."""
        asked = self.instances if self.instances is not None else self.scaling.instances
        found = process.instances
        return found if asked is None else Factor(asked, asked, asked, found.path, found.line, f"instances = {asked}")


def most(factor: Factor) -> int:
    """Return the number that a factor surely reaches: its maximum where it is known, else its minimum."""
    return factor.max if factor.max is not None else factor.min or 1


def several(deployment: Deployment, scaling: Scaling | None = None) -> Factor | None:
    """Return how many processes serve requests side by side when there are surely several; None otherwise.

    The text says what they are (`4 workers x 3 instances`), the place is that of the larger number.
    """
    best: Factor | None = None
    for process in deployment.processes:
        if process.kind != "web" or process.stage != "production":
            continue
        workers, instances = process.workers, process.instances
        if scaling is not None:
            workers, instances = _or_stated(workers, scaling.workers), _or_stated(instances, scaling.instances)
        total = most(workers) * most(instances)
        if total < 2 or (best is not None and total <= most(best)):
            continue
        parts = [f"{most(factor)} {name}" for factor, name in ((workers, "workers"), (instances, "instances")) if most(factor) > 1]
        source = workers if most(workers) >= most(instances) else instances
        low = (workers.min or 1) * (instances.min or 1)
        best = between(low, total, Place(source.path, source.line), " x ".join(parts))
    return best


def _or_stated(found: Factor, stated: int | None) -> Factor:
    return found if stated is None else Factor(stated, stated, stated, found.path, found.line, str(stated))


def report(
    rule: Rule,
    place: Place,
    *,
    symbol: str,
    case: str,
    values: Mapping[str, object],
    label: str = "",
    severity: Severity | None = None,
    confidence: Confidence = "high",
    spans: tuple[Span, ...] = (),
    notes: tuple[str, ...] = (),
) -> Finding:
    """Make a finding; `case` names the rule's message, `values` fill its placeholders."""
    message = rule.messages[case].format_map(dict(values) | {"symbol": symbol})
    return Finding(
        code=rule.code,
        rule=rule.name,
        item=rule.item,
        severity=severity or rule.severity,
        confidence=confidence,
        path=place.path,
        line=place.line,
        column=place.column,
        end_line=place.line,
        end_column=place.end_column,
        symbol=symbol,
        message=message,
        hint=rule.fix.strip(),
        label=label,
        spans=spans,
        notes=notes,
        scope="deployment",
    )


def span(place: Place, label: str) -> Span:
    """Return a labelled span of a place."""
    return Span(place.path, place.line, place.column, place.line, place.end_column, label)


def factor_span(factor: Factor) -> Span | None:
    """Return a labelled span of the line that says a number; None for one that no file says."""
    return (
        Span(factor.path, factor.line, factor.column, factor.line, factor.end_column, factor.text) if factor.path and factor.line else None
    )
