"""Compose files: services with their builds, overrides, `extends`, variables and health checks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands.shell import HIDDEN, MAX_TEXT, expand, split
from statelint.deploy.formats.sources import beside, env_value
from statelint.deploy.formats.yamldoc import Node, read_document
from statelint.deploy.model import Affinity, Factor, Probe, SourceRange, Volume, VolumeKind, fixed, unknown
from statelint.deploy.readers.common import Container, Found, ReadContext
from statelint.deploy.readers.dockerfile import Image, Line, built_with
from statelint.deploy.readers.images import database_of, pooler_of, service_of
from statelint.deploy.readers.probes import probe_of
from statelint.discover.deploy_files import stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.deploy.formats.sources import Source
    from statelint.deploy.model import EnvValue

_BASES: Final = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_OVERRIDE: Final = re.compile(r"(docker-)?compose[.-]override\.ya?ml")
_ADDED_UP: Final = frozenset({"environment", "volumes", "ports", "deploy", "labels", "build", "env_file", "healthcheck"})
_STICKY: Final = re.compile(r"\.sticky(\.cookie)?$")
_MAX_EXTENDS: Final = 10
_MAX_SERVICES: Final = 300
_MAX_ENV_FILES: Final = 20


@dataclass(frozen=True)
class _Project:
    """A compose project: one or more files merged, with the variables that fill its placeholders."""

    path: str
    target: str
    services: Node
    volumes: Node
    variables: dict[str, str | None]


def read_composes(sources: Sequence[Source], kit: ReadContext) -> Found:
    """Return what all compose files together run.

    In each folder the override file is merged into the base, as Docker does by itself; a further file that leaves services without image
    and build stands on the base too; any other file stands alone.
    """
    found = Found()
    documents = {source.path: read_document(source, kit.shelf) for source in sources}
    for path, document in documents.items():
        if document is None or not document.get("services"):
            continue
        folder = path.rpartition("/")[0]
        names = {other.rpartition("/")[2]: other for other in documents if other.rpartition("/")[0] == folder}
        base = next((names[other] for other in _BASES if other in names), None)
        override = next((names[other] for other in sorted(names) if _OVERRIDE.fullmatch(other)), None)
        if path == override and base is not None:
            continue
        layers = [path]
        if path == base and override is not None:
            layers = [path, override]
        elif base is not None and path != base and _partial(document):
            layers = [base, path]
        project = _merged(path, [(layer, node) for layer in layers if (node := documents[layer]) is not None], kit)
        for service in list(project.services.entries)[:_MAX_SERVICES]:
            _add(found, service, project, kit)
    return found


def _partial(document: Node) -> bool:
    return any(not {"image", "build", "extends"} & node.entries.keys() for _, node in document.pairs("services"))


def _merged(path: str, layers: Sequence[tuple[str, Node]], kit: ReadContext) -> _Project:
    services = Node(1, path, kind="mapping")
    volumes = Node(1, path, kind="mapping")
    for layer, document in layers:
        for name, node in document.pairs("services"):
            if node.kind == "mapping":
                whole = _extended(layer, document, name, kit, ())
                services.lines[name] = document.at("services", name)
                services.entries[name] = _over(services.entries[name], whole) if name in services.entries else whole
        volumes = _over(volumes, document.get("volumes") or volumes)
    known = kit.env.get(beside(path, ".env"), {})
    return _Project(path, f"compose {path}", services, volumes, {name: value.value for name, value in known.items()})


def _extended(path: str, document: Node, name: str, kit: ReadContext, seen: tuple[tuple[str, str], ...]) -> Node:
    """Return a service over those that it extends; a circle or a missing file ends the chain with a diagnostic."""
    node = document.get("services", name) or Node(1, path, kind="mapping")
    extends = node.get("extends")
    if extends is None:
        return node
    base = extends.raw if extends.kind == "scalar" else extends.text("service") or name
    written = extends.text("file")
    other = path if written is None else beside(path, written)
    if (other, base) in seen or len(seen) > _MAX_EXTENDS:
        kit.shelf.warn(path, extends.line, f"the service {name!r} extends itself")
        return node
    source = kit.shelf.read(other) if other != path else None
    parent = document if other == path else read_document(source, kit.shelf) if source else None
    return node if parent is None else _over(_extended(other, parent, base, kit, (*seen, (other, base))), node)


def _over(base: Node, top: Node) -> Node:
    """Lay a description over another: mappings and lists that compose adds up are added up, everything else is replaced."""
    merged = Node(top.line, top.path, kind="mapping", entries=base.entries | top.entries, lines=base.lines | top.lines)
    for key in _ADDED_UP & base.entries.keys() & top.entries.keys():
        first, second = base.entries[key], top.entries[key]
        if first.kind == second.kind == "mapping":
            entries, lines = first.entries | second.entries, first.lines | second.lines
            merged.entries[key] = Node(second.line, second.path, kind="mapping", entries=entries, lines=lines)
        elif first.kind == second.kind == "list":
            merged.entries[key] = Node(second.line, second.path, kind="list", members=[*first.members, *second.members])
    return merged


def _add(found: Found, name: str, project: _Project, kit: ReadContext) -> None:
    """Take one service in: as a process, or as the database, pooler or other server that its image is."""
    service = project.services.entries[name]
    target = project.target
    place = kit.place(service.path, project.services.lines[name])
    written = _text(service, project, "image") or ""
    env = _environment(service, project, kit)
    instances = _instances(service, project, kit, place)
    known = None if service.get("build") else service_of(name, written, env, target, place)
    found.affinities += [Affinity(text, target, where) for text, where in _sticky(service, kit)]
    if known is None:
        found.containers.append(_container(name, service, project, kit, env=env, instances=instances, place=place))
        return
    found.services.append(known)
    if known.kind == "pooler":
        found.poolers.append(pooler_of(name, written, env, instances, target=target, place=place))
    elif known.kind == "database":
        command = service.get("command")
        words = " ".join(command.strings() or (command.raw,)) if command else ""
        said = [(_filled(words, project), kit.place(*service.spot("command")))]
        database = database_of(name, written, said, env=env, target=target, place=place)
        found.databases += [database] if database is not None else []


def _container(
    name: str, service: Node, project: _Project, kit: ReadContext, *, env: dict[str, EnvValue], instances: Factor, place: SourceRange
) -> Container:
    image, folder = _built(service, project, kit)
    written = _text(service, project, "image") or ""
    if image is None and "/" in written and not service.get("build"):
        # A name below an account is likely what the project's own Dockerfile is published as.
        image = kit.only_image()
    return Container(
        name,
        project.target,
        stage(project.path),
        place,
        instances,
        image=image,
        entrypoint=_line(service, "entrypoint", project, kit),
        command=_line(service, "command", project, kit),
        env=env,
        probes=tuple(_probe(service, env, kit)),
        image_probe=not _disabled(service),
        volumes=tuple(_volumes(service, project, kit)),
        ports=tuple(_ports(service, project)),
        workdir=_text(service, project, "working_dir") or "",
        folder=folder,
    )


def _filled(text: str, project: _Project) -> str:
    """Fill the placeholders of a value in, as compose does before anything else; `$$` is a dollar sign of the container's own."""
    if len(text) > MAX_TEXT:
        return HIDDEN
    return "$".join(expand(part, project.variables) for part in text.split("$$"))


def _value(text: str, project: _Project) -> str | None:
    value = _filled(text, project)
    return None if HIDDEN in value else value


def _text(service: Node, project: _Project, key: str) -> str | None:
    raw = service.text(key)
    return _filled(raw, project) if raw is not None else None


def _line(service: Node, key: str, project: _Project, kit: ReadContext) -> Line | None:
    """Return a command: a list of words, or text that compose splits into words without a shell."""
    node = service.get(key)
    place = kit.place(*service.spot(key))
    if node is not None and node.kind == "list":
        exact = tuple(_filled(member.raw, project) for member in node.members)
        return Line(" ".join(exact).replace(HIDDEN, "$…"), place, exact) if exact else None
    raw = service.text(key)
    if raw is None:
        return None
    text = _filled(raw, project)
    groups = [group for group in split(text.replace("\\\n", " ").replace("\n", " ")) if group != ["\n"]]
    words = tuple(groups[0]) if len(groups) == 1 and "$" not in text else None
    return Line(text.strip().replace(HIDDEN, "$…"), place, words)


def _built(service: Node, project: _Project, kit: ReadContext) -> tuple[Image | None, str]:
    """Return the image of the service's own Dockerfile, and its build context."""
    build = service.get("build")
    if build is None:
        return None, project.path.rpartition("/")[0]
    context = beside(build.path, _filled(build.raw if build.kind == "scalar" else build.text("context") or ".", project))
    dockerfile = _filled(build.text("dockerfile") or "Dockerfile", project)
    image = kit.images.get(beside(f"{context}/x", dockerfile)) or kit.images.get(beside(build.path, dockerfile))
    wanted = build.text("target")
    if image is not None:
        kit.used.add(image.path)
        image = image.stages.get(_filled(wanted, project).lower(), image) if wanted is not None else image
        given = _assignments(build.get("args"))
        image = built_with(
            image, {name: _value(raw, project) if raw is not None else project.variables.get(name) for name, raw, _, _ in given}
        )
    return image, "" if context == "." else context


def _environment(service: Node, project: _Project, kit: ReadContext) -> dict[str, EnvValue]:
    """Return the environment: files first, then what the service sets itself."""
    env: dict[str, EnvValue] = {}
    files = service.get("env_file")
    for member in (files.members or [files])[:_MAX_ENV_FILES] if files is not None else []:
        written = member.raw if member.kind == "scalar" else member.text("path") or ""
        env |= kit.env.get(beside(member.path, _filled(written, project)), {})
    for name, raw, path, line in _assignments(service.get("environment")):
        given = _value(raw, project) if raw is not None else project.variables.get(name)
        env[name] = env_value(name, given, kit.place(path, line))
    return env


def _assignments(node: Node | None) -> Iterator[tuple[str, str | None, str, int]]:
    """Yield (name, value, file, line) of `environment` or `labels` in both forms; a name alone takes its value from outside."""
    for name, value in node.entries.items() if node is not None else ():
        yield name, value.raw if value.kind == "scalar" and value.scalar is not None else None, value.path, node.lines[name] if node else 1
    for member in node.members if node is not None else ():
        name, equals, text = member.raw.partition("=")
        yield name, text if equals else None, member.path, member.line


def _instances(service: Node, project: _Project, kit: ReadContext, place: SourceRange) -> Factor:
    """Return the number of containers; what no file says is unknown, although compose would start one."""
    if service.text("deploy", "mode") == "global":
        return unknown(kit.place(*service.spot("deploy", "mode")), "deploy.mode: global runs one on each node")
    for keys in (("deploy", "replicas"), ("scale",)):
        raw = service.text(*keys)
        if raw is None:
            continue
        text, where, name = _filled(raw, project), kit.place(*service.spot(*keys)), ".".join(keys)
        return (
            fixed(int(text), where, f"{name}: {text}")
            if text.isdecimal() and len(text) < 6
            else unknown(where, f"{name}: {raw} is set from outside")
        )
    return unknown(place, "the compose file does not say how many replicas run")


def _ports(service: Node, project: _Project) -> Iterator[int]:
    """Yield the ports inside the container."""
    for member in (*service.each("ports"), *service.each("expose")):
        text = _filled(member.raw, project) if member.kind == "scalar" else member.text("target") or ""
        port = text.partition("/")[0].rpartition(":")[2]
        if port.isdecimal() and len(port) < 6:
            yield int(port)


def _disabled(service: Node) -> bool:
    return service.true("healthcheck", "disable") or service.strings("healthcheck", "test")[:1] == ("NONE",)


def _probe(service: Node, env: dict[str, EnvValue], kit: ReadContext) -> Iterator[Probe]:
    test = service.get("healthcheck", "test")
    if test is None or _disabled(service):
        return
    words = test.strings()
    text = " ".join(words[1:] if words[:1] in (("CMD",), ("CMD-SHELL",)) else words) or test.raw
    shown = expand(text.replace("$$", "$"), {name: value.value for name, value in env.items()}).replace(HIDDEN, "$…")
    yield probe_of("healthcheck", shown, kit.place(*service.spot("healthcheck", "test")))


def _volumes(service: Node, project: _Project, kit: ReadContext) -> Iterator[Volume]:
    """Yield the mounts of a service; later ones of the same target win."""
    mounts: dict[str, Volume] = {}
    for member in service.each("volumes"):
        place = kit.place(member.path, member.line)
        if member.kind == "mapping":
            source, mount, kind = member.text("source") or "", member.text("target") or "", member.text("type") or "volume"
        else:
            source, mount = _short(_filled(member.raw, project))
            kind = "bind" if source.startswith((".", "/", "~", HIDDEN)) else "volume"
        mounts[mount] = Volume(mount, _volume_kind(kind, source, project), source.replace(HIDDEN, "$…"), place)
    tmpfs = service.get("tmpfs")
    for text in tmpfs.strings() or (tmpfs.raw,) if tmpfs is not None else ():
        mount = text.partition(":")[0]
        mounts[mount] = Volume(mount, "tmpfs", "", kit.place(*service.spot("tmpfs")))
    yield from (volume for mount, volume in mounts.items() if mount)


def _short(text: str) -> tuple[str, str]:
    """Split `source:target:mode`."""
    parts = text.split(":")
    return ("", parts[0]) if len(parts) == 1 else (parts[0], parts[1])


def _volume_kind(kind: str, source: str, project: _Project) -> VolumeKind:
    if kind in ("bind", "tmpfs"):
        return "bind" if kind == "bind" else "tmpfs"
    if not source:
        return "anonymous"
    options = project.volumes.text(source, "driver_opts", "type") or ""
    driver = project.volumes.text(source, "driver") or "local"
    return "shared" if options.lower() in ("nfs", "nfs4", "cifs", "smb3") or driver != "local" else "named"


def _sticky(service: Node, kit: ReadContext) -> Iterator[tuple[str, SourceRange]]:
    """Yield labels that make Traefik send a client to the same container again."""
    for node in (service.get("labels"), service.get("deploy", "labels")):
        for name, raw, path, line in _assignments(node):
            lowered = name.lower()
            if lowered.startswith("traefik.") and _STICKY.search(lowered) and (raw or "").lower() in ("true", "1"):
                yield f"{name}={raw}", kit.place(path, line)
