"""What of a linked project only its workers and schedulers run: judged in their environment, and told to be theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from statelint import engine
from statelint.deploy.background import Background, background_of
from statelint.deploy.environment import Environment, background_environment_of
from statelint.model import Evidence, Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.engine import Analysis, LinkedProject
    from statelint.inspect.context import Context
    from statelint.program.names.nodes import Function

Said = TypeVar("Said", Finding, Evidence)
_JOBS: Final = "jobs"


class Shares:
    """Tells which places of a program only its workers and schedulers come to."""

    def __init__(self, context: Context) -> None:
        self._context = context
        deployment = context.deployment
        self._programs = background_of(deployment.processes) if deployment is not None else ()
        self._by_path: dict[str, list[Function]] = {}
        for function in context.program.functions if self._programs else ():
            if not function.is_body:
                self._by_path.setdefault(function.module.path, []).append(function)

    def owners(self, path: str, line: int) -> tuple[str, ...]:
        """Return the names of the programs that alone come to a line; nothing where requests do, or nobody is known to."""
        around = [one for one in self._by_path.get(path, ()) if one.summary.line <= line <= one.summary.end_line]
        if not around:
            return ()
        function = max(around, key=lambda one: one.summary.line)
        if self._context.context_of(function) != "worker":
            return ()
        route = self._context.program.reach["worker"].route(function)
        role = route.entry.role if route is not None else ""
        return tuple(one.name for one in self._programs if (role == "task" and one.kind == "worker") or self._keeps(one, function))

    def _keeps(self, one: Background, function: Function) -> bool:
        """Whether a scheduler is the module that a job stands in: a schedule elsewhere may be kept by the server itself."""
        module = function.module.name
        return one.kind == "scheduler" and any(process.app.partition(":")[0] in (module, function.module.path) for process in one.processes)


def programs_beside(linked: Sequence[LinkedProject]) -> tuple[Background, ...]:
    """Return the workers and schedulers of programs that are linked together: those that are started, and one that tasks wait for."""
    deployments = [one.context.deployment for one in linked if one.context.deployment is not None]
    processes = {(process.target, process.name): process for deployment in deployments for process in deployment.processes}
    found = background_of(processes.values())
    if any(one.kind == "worker" for one in found):
        return found
    points = [point for one in linked for point in one.context.program.entry_points.points if point.role == "task"]
    tasks = {(point.function.module.path, point.function.summary.line) for point in points if point.function.module.part == "app"}
    if not tasks:
        return found
    path, line = min(tasks)
    return (*found, Background("worker", "worker", (), f"{len(tasks)} task{'s' if len(tasks) > 1 else ''} from {path}:{line} on"))


def check(linked: LinkedProject) -> Analysis:
    """Run every check; what only workers and schedulers run is judged in their environment, where that differs in what was asked."""
    analysis = engine.check_project(linked)
    context = linked.context
    shares = Shares(context)
    given, beside = context.program.evaluator.environment, background_environment_of(context.deployment)
    if beside is not None and isinstance(given, Environment) and _differ(given, beside):
        own = replace(context, program=context.program.in_environment(beside), _made={}, _activities={})
        other = engine.check_project(linked._replace(context=own))
        analysis = msgspec.structs.replace(
            analysis,
            findings=_merged(analysis.findings, other.findings, shares),
            evidence=_merged(analysis.evidence, other.evidence, shares),
        )
    findings = tuple(_told(finding, shares.owners(finding.path, finding.line)) for finding in analysis.findings)
    return msgspec.structs.replace(analysis, findings=findings)


def check_alone(linked: LinkedProject, worker: Background) -> Analysis:
    """Run every check and keep what is said of a worker or scheduler alone: the places that it comes to and no request does."""
    analysis, shares = check(linked), Shares(linked.context)
    findings = tuple(one for one in analysis.findings if worker.name in one.programs)
    evidence = tuple(one for one in analysis.evidence if worker.name in shares.owners(one.path, one.line))
    return msgspec.structs.replace(analysis, findings=findings, evidence=evidence, has_web=False)


def _differ(given: Environment, other: Environment) -> bool:
    return any(given.given.get(name) != other.given.get(name) for name in given.asked)


def _merged(serving: Sequence[Said], beside: Sequence[Said], shares: Shares) -> tuple[Said, ...]:
    """Take from each view what is its own: the jobs, and what workers alone come to, from theirs."""

    def is_theirs(one: Said) -> bool:
        return one.item == _JOBS or bool(shares.owners(one.path, one.line))

    return tuple([one for one in serving if not is_theirs(one)] + [one for one in beside if is_theirs(one)])


def _told(finding: Finding, owners: tuple[str, ...]) -> Finding:
    if not owners:
        return finding
    note = f"Only {' and '.join(owners)} come{'s' if len(owners) == 1 else ''} here, no request does."
    return msgspec.structs.replace(finding, programs=owners, notes=(*finding.notes, note))
