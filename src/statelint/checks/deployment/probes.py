"""Findings about probes: paths that nothing answers, none at all, and liveness that hangs on the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.checks.deployment.inputs import span
from statelint.checks.deployment.route_match import answering, is_catch_all, nearest
from statelint.inspect.context import finding, worded
from statelint.model import Evidence, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statelint.checks.deployment.inputs import DeploymentFacts, RouteInfo
    from statelint.deploy.model import Probe, Process
    from statelint.model import Finding
    from statelint.rulebook.schema import Rule

_PROBING: Final = ("compose", "kubernetes", "helm", "fly", "render", "railway", "app-yaml")
"""Platforms whose own file names the probe; elsewhere a load balancer that no file shows may have one."""
_RESTARTING: Final = ("liveness",)


def probes_without_route(facts: DeploymentFacts, rules: Mapping[str, Rule]) -> Iterator[Finding | Evidence]:
    """Report HTTP probes whose path no route answers; those that are answered are evidence."""
    rule = rules["SL0602"]
    seen: set[tuple[str, int, str]] = set()
    for process in facts.web() if facts.has_web else ():
        for probe in process.probes:
            if probe.path is None or (probe.place.path, probe.place.line, probe.path) in seen:
                continue
            seen.add((probe.place.path, probe.place.line, probe.path))
            yield _judged(facts, process, probe, rule)


def _judged(facts: DeploymentFacts, process: Process, probe: Probe, rule: Rule) -> Finding | Evidence:
    path = probe.path or "/"
    shown = f"the {probe.kind} probe of {process.name} asks for {path.replace('$…', '…')}"
    here = (probe.place.path, probe.place.line)
    if "$" in path or "{{" in path:
        return Evidence("health", "unknown", *here, f"{shown}, which is only known at run time")
    if probe.port is not None and process.ports and probe.port not in process.ports:
        return Evidence(
            "health", "unknown", *here, f"{shown} on port {probe.port}, which the program does not listen on as far as is known"
        )
    answer, route = answering(facts.routes, path, process.root_path)
    if answer == "yes" and route is not None:
        if is_catch_all(route):
            return Evidence("health", "unknown", *here, f"{shown}; only the catch-all route {route.path} answers it")
        return Evidence(
            "health", "pass" if path != "/" else "used", *here, f"{shown}, which {route.handler} answers ({route.path_file}:{route.line})"
        )
    if not facts.routes_complete or not facts.routes:
        return Evidence("health", "unknown", *here, f"{shown}; the program's routes could not all be followed")
    if answer == "method" and route is not None:
        methods = ", ".join(route.methods)
        return finding(
            rule,
            span(probe.place, "asked with GET"),
            symbol=path,
            message=worded(rule, "method", symbol=path, process=process.name, kind=probe.kind, methods=methods),
            spans=(_of_route(route, f"takes {methods} only"),),
            scope="deployment",
        )
    meant = nearest(facts.routes, path)
    return finding(
        rule,
        span(probe.place, "no route has this path"),
        symbol=path,
        message=worded(rule, "missing", symbol=path, process=process.name, kind=probe.kind),
        spans=(_of_route(meant, "perhaps this one is meant"),) if meant is not None else (),
        scope="deployment",
    )


def _of_route(route: RouteInfo, label: str) -> Span:
    return Span(route.path_file, route.line, 1, route.line, 1, f"{route.path}: {label}")


def missing_probes(facts: DeploymentFacts, rules: Mapping[str, Rule]) -> Iterator[Finding | Evidence]:
    """Report web processes that run several times and that nothing probes."""
    rule = rules["SL0603"]
    for process in facts.web() if facts.has_web else ():
        platform = process.target.partition(" ")[0]
        count = facts.count(process)
        if process.probes or platform not in _PROBING or count.most < 2:
            continue
        case = "kubernetes" if platform in ("kubernetes", "helm") else "missing"
        yield finding(
            rule,
            span(process.place, f"{count.most} instances, no probe"),
            symbol=process.name,
            message=worded(rule, case, symbol=process.name, instances=count.most, process=process.name),
            confidence="medium" if platform == "helm" else "high",
            scope="deployment",
        )


def liveness_on_database(facts: DeploymentFacts, rules: Mapping[str, Rule]) -> Iterator[Finding | Evidence]:
    """Report liveness probes whose handler asks the database."""
    rule = rules["SL0604"]
    for process in facts.web():
        for probe in process.probes:
            if probe.kind not in _RESTARTING or probe.path is None:
                continue
            answer, route = answering(facts.routes, probe.path, process.root_path)
            if answer == "yes" and route is not None and route.calls_database:
                yield finding(
                    rule,
                    span(probe.place, "restarts the instance when this fails"),
                    symbol=probe.path,
                    message=worded(rule, "database", symbol=probe.path, process=process.name, handler=route.handler),
                    spans=(_of_route(route, "asks the database"),),
                    scope="deployment",
                )
