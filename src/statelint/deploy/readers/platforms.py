"""Platforms with a file of their own: Fly.io, Render, Railway, App Engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.deploy.formats.sources import beside, env_value
from statelint.deploy.formats.tomldoc import read_toml
from statelint.deploy.formats.yamldoc import Node, read_document
from statelint.deploy.model import (
    Affinity,
    Database,
    Factor,
    Job,
    Probe,
    ProbeKind,
    ProcessKind,
    Service,
    SourceRange,
    Volume,
    between,
    fixed,
    unknown,
)
from statelint.deploy.readers.common import Container, Found, ReadContext
from statelint.deploy.readers.dockerfile import Image, command_line
from statelint.deploy.readers.probes import number, path_of
from statelint.deploy.readers.procfile import role_of
from statelint.discover.deploy_files import stage

if TYPE_CHECKING:
    from statelint.deploy.formats.sources import Source
    from statelint.deploy.model import EnvValue


def _image(kit: ReadContext, source: Source, written: str | None) -> Image | None:
    """Return the image that a platform builds: the Dockerfile it names, else the one beside its file."""
    image = kit.images.get(beside(source.path, written or "Dockerfile"))
    if image is not None:
        kit.used.add(image.path)
    return image


def _env(node: Node, kit: ReadContext, *path: str) -> dict[str, EnvValue]:
    return {name: env_value(name, value.raw, kit.place(*node.spot(*path, name))) for name, value in node.pairs(*path)}


def read_fly(source: Source, kit: ReadContext) -> Found:
    """Return the process groups of a `fly.toml`; how many machines run each is not in the file."""
    document = read_toml(source, kit.shelf)
    found = Found()
    if document is None:
        return found
    image = _image(kit, source, document.text("build", "dockerfile"))
    serving = [node for node in (document.get("http_service"), *document.each("services")) if node is not None]
    groups = [(name, node.raw) for name, node in document.pairs("processes")] or [("app", "")]
    for name, text in groups:
        mine = [node for node in serving if not node.strings("processes") or name in node.strings("processes")]
        place = kit.place(*document.spot("processes", name)) if text else source.place(1)
        found.containers.append(
            Container(
                name,
                f"fly {source.path}",
                stage(source.path),
                place,
                _machines(mine, place, kit),
                role="web" if mine and (len(groups) == 1 or name in ("app", "web")) else role_of(name),
                image=image,
                command=command_line(text, place) if text else None,
                env=_env(document, kit, "env"),
                probes=tuple(_fly_probes(document, mine, name, kit)),
                volumes=tuple(_fly_mounts(document, name, kit)),
                ports=tuple(port for node in mine if (port := node.number("internal_port")) is not None),
                folder=source.path.rpartition("/")[0],
            )
        )
    release = document.text("deploy", "release_command")
    if release is not None:
        place = kit.place(*document.spot("deploy", "release_command"))
        one = fixed(1, place, "release_command")
        found.containers.append(
            Container(
                "release", f"fly {source.path}", stage(source.path), place, one, "release", image, command=command_line(release, place)
            )
        )
    return found


def _machines(serving: list[Node], place: SourceRange, kit: ReadContext) -> Factor:
    for node in serving:
        least = node.number("min_machines_running")
        if least is not None and least > 0:
            text = f"min_machines_running = {least}; `fly scale count` decides how many more"
            return between(least, None, kit.place(*node.spot("min_machines_running")), text)
    return unknown(place, "fly.toml does not say how many machines run")


def _fly_probes(document: Node, serving: list[Node], name: str, kit: ReadContext) -> list[Probe]:
    probes = []
    checks = [check for node in serving for key in ("checks", "http_checks", "tcp_checks") for check in node.each(key)]
    checks += [check for _, check in document.pairs("checks") if not check.strings("processes") or name in check.strings("processes")]
    for check in checks:
        port = check.number("port")
        if check.text("path") is not None:
            probes.append(Probe("readiness", path_of(check.text("path") or "/"), "", port, kit.place(*check.spot("path"))))
        else:
            probes.append(Probe("readiness", None, "tcp", port, kit.place(check.path, check.line)))
    return probes


def _fly_mounts(document: Node, name: str, kit: ReadContext) -> list[Volume]:
    mounts = document.get("mounts")
    listed = mounts.members or [mounts] if mounts is not None else []
    return [
        Volume(mount.text("destination") or "", "disk", mount.text("source") or "", kit.place(*mount.spot("destination")))
        for mount in listed
        if mount.text("destination") and (not mount.strings("processes") or name in mount.strings("processes"))
    ]


_RENDER_KINDS: Final[dict[str, ProcessKind]] = {"web": "web", "pserv": "unknown", "worker": "worker"}


def read_render(source: Source, kit: ReadContext) -> Found:
    """Return the services, jobs and databases of a Render blueprint."""
    document = read_document(source, kit.shelf)
    found = Found()
    target = f"render {source.path}"
    for service in document.each("services") if document is not None else []:
        name, kind = service.text("name") or "service", service.text("type") or "web"
        place = kit.place(*service.spot("name"))
        command = service.text("startCommand") or service.text("dockerCommand") or ""
        where = kit.place(*service.spot("startCommand" if service.get("startCommand") else "dockerCommand"))
        if kind == "cron":
            found.jobs.append(Job(name, service.text("schedule") or "", command, target, kit.place(*service.spot("schedule"))))
        elif kind in ("redis", "keyvalue"):
            found.services.append(Service(name, "cache", kind, target, place))
        elif kind in _RENDER_KINDS and service.text("runtime") != "static" and service.text("env") != "static":
            docker = "docker" in (service.text("runtime"), service.text("env"))
            before = service.text("preDeployCommand")
            if before:
                step = kit.place(*service.spot("preDeployCommand"))
                one = fixed(1, step, "preDeployCommand")
                found.containers.append(
                    Container(f"{name} release", target, stage(source.path), step, one, "release", command=command_line(before, step))
                )
            found.containers.append(
                Container(
                    name,
                    target,
                    stage(source.path),
                    place,
                    _render_instances(service, place, kit),
                    role=_RENDER_KINDS[kind],
                    image=_image(kit, source, service.text("dockerfilePath")) if docker else None,
                    command=command_line(command, where) if command else None,
                    env=_render_env(service, kit),
                    probes=_one_probe("readiness", service, ("healthCheckPath",), kit),
                    volumes=_render_disk(service, kit),
                    folder=beside(source.path, service.text("rootDir") or "."),
                )
            )
    for database in document.each("databases") if document is not None else []:
        name = database.text("name") or "database"
        found.databases.append(Database(name, "postgresql", None, None, target, kit.place(*database.spot("name"))))
    return found


def _render_instances(service: Node, place: SourceRange, kit: ReadContext) -> Factor:
    least, most = service.number("scaling", "minInstances"), service.number("scaling", "maxInstances")
    if most is not None:
        return between(
            least or 1, most, kit.place(*service.spot("scaling", "maxInstances")), f"minInstances: {least or 1}, maxInstances: {most}"
        )
    count = service.number("numInstances")
    if count is not None:
        return fixed(count, kit.place(*service.spot("numInstances")), f"numInstances: {count}")
    return unknown(place, "render.yaml does not say numInstances")


def _render_env(service: Node, kit: ReadContext) -> dict[str, EnvValue]:
    env = {}
    for entry in service.each("envVars"):
        name = entry.text("key")
        if name is not None:
            env[name] = env_value(name, entry.text("value"), kit.place(entry.path, entry.line))
    return env


def _render_disk(service: Node, kit: ReadContext) -> tuple[Volume, ...]:
    mount = service.text("disk", "mountPath")
    return (Volume(mount, "disk", service.text("disk", "name") or "", kit.place(*service.spot("disk", "mountPath"))),) if mount else ()


def _one_probe(kind: ProbeKind, node: Node, path: tuple[str, ...], kit: ReadContext) -> tuple[Probe, ...]:
    written = node.text(*path)
    return (Probe(kind, path_of(written), "", None, kit.place(*node.spot(*path))),) if written else ()


def read_railway(source: Source, kit: ReadContext) -> Found:
    """Return the service of a `railway.json` or `railway.toml`."""
    document = read_toml(source, kit.shelf) if source.path.endswith(".toml") else read_document(source, kit.shelf)
    found = Found()
    if document is None or document.get("deploy") is None:
        return found
    target = f"railway {source.path}"
    place = kit.place(*document.spot("deploy", "startCommand"))
    command = document.text("deploy", "startCommand") or ""
    schedule = document.text("deploy", "cronSchedule")
    if schedule is not None:
        found.jobs.append(Job("railway", schedule, command, target, kit.place(*document.spot("deploy", "cronSchedule"))))
        return found
    count = document.number("deploy", "numReplicas")
    regions = [node.number("numReplicas") or 0 for _, node in document.pairs("deploy", "multiRegionConfig")]
    instances = unknown(place, "the Railway file does not say numReplicas")
    if count is not None or regions:
        number_of = count if count is not None else sum(regions)
        key = "numReplicas" if count is not None else "multiRegionConfig"
        instances = fixed(number_of, kit.place(*document.spot("deploy", key)), f"{key}: {number_of}")
    before = document.get("deploy", "preDeployCommand")
    steps = (before.strings() or (before.raw,)) if before is not None else ()
    for step in steps:
        where = kit.place(*document.spot("deploy", "preDeployCommand"))
        one = fixed(1, where, "preDeployCommand")
        found.containers.append(Container("release", target, stage(source.path), where, one, "release", command=command_line(step, where)))
    found.containers.append(
        Container(
            "web",
            target,
            stage(source.path),
            place,
            instances,
            role="web",
            image=_image(kit, source, document.text("build", "dockerfilePath")),
            command=command_line(command, place) if command else None,
            probes=_one_probe("readiness", document, ("deploy", "healthcheckPath"), kit),
            folder=source.path.rpartition("/")[0],
        )
    )
    return found


def read_app_yaml(source: Source, kit: ReadContext) -> Found:
    """Return the service of an App Engine `app.yaml`."""
    document = read_document(source, kit.shelf)
    found = Found()
    if document is None:
        return found
    name = document.text("service") or "default"
    target = f"app-yaml {source.path}"
    place = kit.place(*document.spot("entrypoint"))
    command = document.text("entrypoint")
    if document.true("network", "session_affinity"):
        found.affinities.append(Affinity("session_affinity: true", target, kit.place(*document.spot("network", "session_affinity"))))
    probes = (
        *_one_probe("liveness", document, ("liveness_check", "path"), kit),
        *_one_probe("readiness", document, ("readiness_check", "path"), kit),
    )
    found.containers.append(
        Container(
            name,
            target,
            stage(source.path),
            place,
            _app_instances(document, place, kit),
            role="web",
            image=_image(kit, source, None) if document.text("runtime") == "custom" else None,
            command=command_line(command, place) if command else None,
            env=_env(document, kit, "env_variables"),
            probes=probes,
            ports=tuple(port for port in (number(document.text("env_variables", "PORT")),) if port),
            folder=source.path.rpartition("/")[0],
        )
    )
    return found


def _app_instances(document: Node, place: SourceRange, kit: ReadContext) -> Factor:
    manual = document.number("manual_scaling", "instances")
    if manual is not None:
        return fixed(manual, kit.place(*document.spot("manual_scaling", "instances")), f"manual_scaling.instances: {manual}")
    for scaling in ("automatic_scaling", "basic_scaling"):
        for low, high in (("min_instances", "max_instances"), ("min_num_instances", "max_num_instances")):
            most = document.number(scaling, high)
            if most is not None:
                least = document.number(scaling, low) or 0
                return between(least, most, kit.place(*document.spot(scaling, high)), f"{scaling}.{high}: {most}")
    return unknown(place, "app.yaml does not limit the number of instances", 0)
