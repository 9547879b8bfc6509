"""What the findings about a deployment are made from: the deployment, and what the program's own analysis hands over."""

from __future__ import annotations

import msgspec

from statelint.config import Scaling
from statelint.deploy.model import Deployment, Factor, Process, SourceRange
from statelint.model import Span
from statelint.sizing.engines import Engine


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


class DeploymentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the findings look at."""

    deployment: Deployment
    routes: tuple[RouteInfo, ...] = ()
    routes_complete: bool = False
    """Whether every route of the program is among `routes`."""
    engines: tuple[Engine, ...] = ()
    held: tuple[Engine, ...] = ()
    """The pools of all programs of the package, which share database servers; empty where this is the only one."""
    everything: Deployment | None = None
    """The deployment of all programs, where there are several."""
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


def span(place: SourceRange, label: str) -> Span:
    """Return a labelled span of a place."""
    return Span(place.path, place.line, place.column, place.line, place.end_column, label)


def factor_span(factor: Factor) -> Span | None:
    """Return a labelled span of the line that says a number; None for one that no file says."""
    return (
        Span(factor.path, factor.line, factor.column, factor.line, factor.end_column, factor.text) if factor.path and factor.line else None
    )
