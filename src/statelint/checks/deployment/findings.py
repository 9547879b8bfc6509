"""Everything that the deployment files, held against the program, give reason to report.

Pure functions from a `DeploymentFacts` and the rules to findings and evidence; `deployment_findings` calls them all.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from statelint.checks.deployment.connection_budget import budget_findings
from statelint.checks.deployment.inputs import factor_span, span
from statelint.checks.deployment.probes import liveness_on_database, missing_probes, probes_without_route
from statelint.deploy.model import LOCAL_VOLUMES, ONE_HOST_VOLUMES, Factor
from statelint.inspect.context import finding, worded
from statelint.model import Evidence, Span
from statelint.sizing.engines import counts
from statelint.sizing.poolers import in_front, supports_prepared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statelint.checks.deployment.inputs import DeploymentFacts, LocalWrite
    from statelint.deploy.model import Process, Volume
    from statelint.model import Finding
    from statelint.rulebook.schema import Rule
    from statelint.sizing.engines import Engine
    from statelint.sizing.poolers import InFront

_SCRATCH: Final = ("/tmp", "/var/tmp", "/run", "/var/run", "/dev/shm", "/var/cache", "/var/log")  # noqa: S108 - compared, never opened
_KINDS: Final = {
    "emptyDir": "an emptyDir: it is made with the pod and goes with it",
    "pvc-rwo": "a ReadWriteOnce claim: one node mounts it",
    "pvc-rwop": "a claim of one pod",
    "named": "a volume of one host",
    "bind": "a folder of one host",
    "host": "a folder of one node",
    "anonymous": "a volume of one container",
    "tmpfs": "memory of one container",
    "disk": "a disk of one instance",
}


def deployment_findings(facts: DeploymentFacts, rules: Mapping[str, Rule]) -> list[Finding | Evidence]:
    """Return all findings and evidence; `rules` are by code, and a rule that is not there is not asked."""
    found: list[Finding | Evidence] = []
    for code, find in _CHECKS.items():
        if code in rules:
            found += find(facts, rules)
    return [*found, *scheduler_evidence(facts)]


def embedded_beat(facts: DeploymentFacts, rules: Mapping[str, Rule]) -> Iterator[Finding | Evidence]:
    """Report schedules that run in every copy of a process that has, or can have, several."""
    rule = rules["SL0705"]
    told: set[tuple[str, int]] = set()
    for process in facts.deployment.processes:
        scheduling = process.embedded_beat or process.kind in ("beat", "scheduler")
        if not scheduling or process.locked or process.stage != "production":
            continue
        beside = _beside_web(facts, process)
        count = facts.count(beside) if beside is not None else process.instances
        copies = count.most
        if copies > 1:
            case = "beside-web" if beside is not None else "several" if process.embedded_beat else "scheduler"
        elif beside is not None or (process.embedded_beat and count.value is None):
            case = "beside-web-once" if beside is not None else "unknown"
        else:
            continue
        said = factor_span(count) if copies > 1 else None
        command = (process.workers.path, process.workers.line)
        if command[0] != process.place.path:  # a script of the image, which any number of files run
            if command in told:
                continue
            told.add(command)
            said = said or Span(*command, 1, command[1], 1, "starts the schedule")
        yield finding(
            rule,
            span(process.place, "runs the schedule"),
            symbol=process.name,
            message=worded(rule, case, process=process.name, instances=copies, web=beside.name if beside is not None else ""),
            severity=None if copies > 1 else "warning",
            spans=(said,) if said is not None else (),
            scope="deployment",
        )


def _beside_web(facts: DeploymentFacts, process: Process) -> Process | None:
    """Return the web process that runs in the same container: every instance of it brings a scheduler along."""
    base = process.name.partition(": ")[0]
    if base == process.name:
        return None
    same = [other for other in facts.web() if other.target == process.target and other.name.partition(": ")[0] == base]
    return same[0] if same else None


def scheduler_evidence(facts: DeploymentFacts) -> Iterator[Evidence]:
    """Speak for jobs that run once: the platform's clock, or a scheduler that is a process of its own."""
    for job in facts.deployment.jobs:
        yield Evidence(
            "jobs", "pass", job.place.path, job.place.line, f"{job.name} is started by the platform: {job.schedule}".rstrip(": ")
        )
    for process in facts.deployment.processes:
        if process.stage != "production" or process.kind not in ("beat", "scheduler") or _beside_web(facts, process) is not None:
            continue
        place = process.place
        if process.locked:
            yield Evidence("jobs", "pass", place.path, place.line, f"{process.name} keeps its schedule under a lock")
        elif process.instances.value == 1:
            yield Evidence("jobs", "pass", place.path, place.line, f"{process.name} is a process of its own with one instance")
        elif process.instances.most < 2:
            yield Evidence("jobs", "pass", place.path, place.line, f"{process.name} is a process of its own")


def sticky_sessions(facts: DeploymentFacts, rules: Mapping[str, Rule]) -> Iterator[Finding | Evidence]:
    """Report what sends a client to the same instance again: it is only needed where an instance remembers clients."""
    rule = rules["SL0105"]
    for affinity in facts.deployment.affinities if facts.has_web else ():
        yield finding(
            rule,
            span(affinity.place, "clients are bound to an instance"),
            symbol=affinity.text.partition(":")[0].partition("=")[0].strip(),
            message=worded(rule, "sticky", setting=affinity.text),
            scope="deployment",
        )


def local_volumes(facts: DeploymentFacts, rules: Mapping[str, Rule]) -> Iterator[Finding | Evidence]:
    """Report writes to directories that not every instance sees."""
    for process in facts.web():
        for volume in process.volumes:
            if volume.mount.startswith(_SCRATCH):
                continue
            write = next(
                (write for write in facts.writes if any(_below(path, volume.mount, process.workdir) for path in write.paths)), None
            )
            if volume.kind in ("pvc-rwx", "shared"):
                text = f"{volume.mount} of {process.name} is shared by all instances"
                yield Evidence("files", "pass" if write is not None else "used", volume.place.path, volume.place.line, text)
            elif volume.kind in LOCAL_VOLUMES and write is not None:
                yield _local(facts, process, volume, write, rules["SL0205"])


def _local(facts: DeploymentFacts, process: Process, volume: Volume, write: LocalWrite, rule: Rule) -> Finding:
    count = facts.count(process)
    copies = count.most
    one_host = volume.kind in ONE_HOST_VOLUMES
    kind, case = _KINDS[volume.kind], "several" if copies > 1 else "once"
    return finding(
        rule,
        span(volume.place, kind),
        symbol=volume.mount,
        message=worded(rule, case, symbol=volume.mount, process=process.name, kind=kind, instances=copies),
        severity="error" if copies > 1 and not one_host else "warning",
        confidence="medium" if one_host else "high",
        spans=(Span(write.path_file, write.line, 1, write.line, 1, "written here"),),
        scope="deployment",
    )


def _below(path: str, mount: str, workdir: str) -> bool:
    """Say whether a path is the mount or lies under it; a relative path is one of the working directory."""
    root = posixpath.normpath(mount)
    if root in ("/", "."):
        return False
    if path.startswith("/"):
        full = posixpath.normpath(path)
    elif workdir:
        full = posixpath.normpath(f"{workdir}/{path}")
    else:
        # Without a working directory the end of the mount must be the beginning of the path.
        head = posixpath.normpath(path).split("/")
        tail = [part for part in root.split("/") if part]
        return any(head[: len(tail) - start] == tail[start:] for start in range(1, len(tail)))
    return full == root or full.startswith(f"{root}/")


def prepared_statements(facts: DeploymentFacts, rules: Mapping[str, Rule]) -> Iterator[Finding | Evidence]:
    """Report engines that need a session of their own behind a pooler that hands connections round after each transaction."""
    web = facts.web()
    engines = [engine for engine in facts.engines if counts(engine)]
    targets = dict.fromkeys(process.target for process in web) or {"": None}
    seen: set[tuple[str, int, str]] = set()
    for target in targets:
        front = in_front(facts.deployment, target, [process for process in web if process.target == target], engines)
        if front is None or not engines:
            continue
        if front.transaction is None:
            text = "a pooler is in front of the database; no file says whether it pools sessions or transactions"
            yield Evidence("database", "unknown", front.place.path, front.place.line, text)
            continue
        for engine in engines if front.transaction else ():
            key = (engine.place.path, engine.place.line, engine.name)
            if key not in seen:
                seen.add(key)
                yield from _behind(front, engine, rules["SL0905"])


def _behind(front: InFront, engine: Engine, rule: Rule) -> Iterator[Finding]:
    """Report what an engine keeps in its session, which a pooler of transactions takes away."""
    where = span(front.place, "through this pooler" if front.certain else "a pooler among the services")
    supported = supports_prepared(front.pooler)
    if engine.prepares and not supported:
        drivers = (engine.driver, engine.kind)
        case = next((driver for driver in ("asyncpg", "psycopg") if driver in drivers), "prepared")
        newer = "PgBouncer 1.24 and later keep prepared statements apart unless max_prepared_statements is 0."
        yield finding(
            rule,
            span(engine.place, "prepares statements on the server"),
            symbol=engine.name,
            message=worded(rule, case, symbol=engine.name, pooler=front.pooler.name),
            confidence="high" if supported is False and front.certain else "medium" if front.certain else "low",
            spans=(where,),
            notes=() if supported is False else (newer,),
            scope="deployment",
        )
    for feature in engine.session_features:
        text = feature.text if isinstance(feature, Factor) else "here"
        yield finding(
            rule,
            span(engine.place, "needs the same connection again"),
            symbol=engine.name,
            message=worded(rule, "session", symbol=engine.name, pooler=front.pooler.name),
            spans=(Span(feature.path, feature.line, 1, feature.line, 1, text), where),
            scope="deployment",
        )


_CHECKS: Final = {
    "SL0105": sticky_sessions,
    "SL0205": local_volumes,
    "SL0602": probes_without_route,
    "SL0603": missing_probes,
    "SL0604": liveness_on_database,
    "SL0705": embedded_beat,
    "SL0903": budget_findings,
    "SL0905": prepared_statements,
}
