"""Pods: the containers of a Kubernetes pod template with their environment, probes and mounts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands.shell import HIDDEN
from statelint.deploy.formats.sources import env_value
from statelint.deploy.model import EnvValue, Probe, ProbeKind, SourceRange, Volume, VolumeKind
from statelint.deploy.readers.dockerfile import Line
from statelint.deploy.readers.probes import kubernetes_probe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statelint.deploy.formats.yamldoc import Node
    from statelint.deploy.readers.common import ReadContext

_REFERENCE: Final = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")
_PROBES: Final[tuple[tuple[str, ProbeKind], ...]] = (
    ("livenessProbe", "liveness"),
    ("readinessProbe", "readiness"),
    ("startupProbe", "startup"),
)
_MODES: Final[dict[str, VolumeKind]] = {
    "ReadWriteMany": "pvc-rwx",
    "ReadWriteOnce": "pvc-rwo",
    "ReadWriteOncePod": "pvc-rwop",
    "ReadOnlyMany": "shared",
}
_SIMPLE: Final[dict[str, VolumeKind]] = {
    "emptyDir": "emptyDir", "hostPath": "host", "nfs": "shared", "csi": "shared", "azureFile": "shared", "cephfs": "shared",
    "glusterfs": "shared", "ephemeral": "pvc-rwop",
}  # fmt: skip
_READ_ONLY: Final = frozenset({"configMap", "secret", "projected", "downwardAPI"})
_MAX_CONTAINERS: Final = 50
_MAX_SOURCES: Final = 20


@dataclass(frozen=True)
class Part:
    """One container of a pod."""

    name: str
    image: str
    node: Node
    main: bool
    entrypoint: Line | None
    command: Line | None
    env: dict[str, EnvValue]
    probes: tuple[Probe, ...]
    volumes: tuple[Volume, ...]
    ports: tuple[int, ...]
    workdir: str
    startup: tuple[str, ...]


def containers_of(template: Node, claims: Mapping[str, Node], maps: Mapping[str, Node], kit: ReadContext) -> list[Part]:
    """Return the containers of a pod template; `claims` and `maps` are volume claims and ConfigMaps by name."""
    startup = tuple(
        " ".join((*container.strings("command"), *container.strings("args")))
        for container in template.each("spec", "initContainers")[:_MAX_CONTAINERS]
        if container.text("restartPolicy") != "Always"
    )
    containers = template.each("spec", "containers")[:_MAX_CONTAINERS]
    return [_part(container, template, claims, maps, kit, startup=startup, main=len(containers) == 1) for container in containers]


def _part(
    node: Node,
    template: Node,
    claims: Mapping[str, Node],
    maps: Mapping[str, Node],
    kit: ReadContext,
    *,
    startup: tuple[str, ...],
    main: bool,
) -> Part:
    env = _environment(node, maps, kit)
    named = {port.text("name") or "": port.number("containerPort") or 0 for port in node.each("ports")}
    probes = [
        probe
        for key, kind in _PROBES
        if (inner := node.get(key)) is not None
        and (probe := kubernetes_probe(kind, inner, named, _probe_place(node, key, inner, kit))) is not None
    ]
    return Part(
        name=node.text("name") or "container",
        image=node.text("image") or "",
        node=node,
        main=main,
        entrypoint=_line(node, "command", env, kit),
        command=_line(node, "args", env, kit),
        env=env,
        probes=tuple(probes),
        volumes=tuple(_volumes(node, template, claims, kit)),
        ports=tuple(port for port in named.values() if port),
        workdir=node.text("workingDir") or "",
        startup=tuple(step for step in startup if step),
    )


def _probe_place(node: Node, key: str, inner: Node, kit: ReadContext) -> SourceRange:
    """The line of the path is where a wrong one is mended."""
    return kit.place(*inner.spot("httpGet", "path")) if inner.get("httpGet", "path") is not None else kit.place(*node.spot(key))


def _line(node: Node, key: str, env: Mapping[str, EnvValue], kit: ReadContext) -> Line | None:
    """Return `command` or `args`; `$(NAME)` is the platform's own form of a variable."""

    def value(match: re.Match[str]) -> str:
        given = env.get(match[1])
        return HIDDEN if given is None or given.value is None else given.value

    words = tuple(_REFERENCE.sub(value, word) for word in node.strings(key))
    return Line(" ".join(words).replace(HIDDEN, "$…"), kit.place(*node.spot(key)), words) if words else None


def _environment(node: Node, maps: Mapping[str, Node], kit: ReadContext) -> dict[str, EnvValue]:
    """Return the environment: whole ConfigMaps first, then single names; what comes from a Secret is set but not known."""
    env: dict[str, EnvValue] = {}
    for source in node.each("envFrom")[:_MAX_SOURCES]:
        prefix = source.text("prefix") or ""
        config = maps.get(source.text("configMapRef", "name") or "")
        for key, item in config.pairs("data") if config is not None else ():
            env[prefix + key] = env_value(prefix + key, item.raw, kit.place(*config.spot("data", key)) if config else SourceRange("", 1))
    for entry in node.each("env"):
        name = entry.text("name") or ""
        place = kit.place(entry.path, entry.line)
        reference = entry.get("valueFrom", "configMapKeyRef")
        if reference is not None:
            chosen = maps.get(reference.text("name") or "")
            key = reference.text("key") or ""
            value = chosen.get("data", key) if chosen is not None else None
            env[name] = env_value(name, value.raw if value is not None else None, kit.place(*chosen.spot("data", key)) if chosen else place)
        elif entry.get("valueFrom") is not None:
            env[name] = EnvValue(None, place.path, place.line, entry.get("valueFrom", "secretKeyRef") is not None)
        else:
            env[name] = env_value(name, entry.text("value") or "", place)
    return env


def _volumes(node: Node, template: Node, claims: Mapping[str, Node], kit: ReadContext) -> Iterator[Volume]:
    """Yield the mounts that can be written to."""
    volumes = {volume.text("name") or "": volume for volume in template.each("spec", "volumes")}
    for mount in node.each("volumeMounts"):
        name, path = mount.text("name") or "", mount.text("mountPath") or ""
        if mount.true("readOnly"):
            continue
        place = kit.place(*mount.spot("mountPath"))
        volume = volumes.get(name)
        if volume is None:
            if name in claims:
                yield Volume(path, _claim_kind(claims[name]), f"template {name}", place)
        elif (claim := volume.text("persistentVolumeClaim", "claimName")) is not None:
            yield Volume(path, _claim_kind(claims.get(claim)), claim, place)
        elif not volume.entries.keys() & _READ_ONLY:
            kind = next((kind for key, kind in _SIMPLE.items() if key in volume.entries), None)
            if kind is not None:
                yield Volume(path, kind, name, place)


def _claim_kind(claim: Node | None) -> VolumeKind:
    """Return the widest access mode of a claim; "pvc" when the claim is not among the files."""
    modes = claim.strings("spec", "accessModes") if claim is not None else ()
    for mode in ("ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod", "ReadOnlyMany"):
        if mode in modes:
            return _MODES[mode]
    return "pvc"
