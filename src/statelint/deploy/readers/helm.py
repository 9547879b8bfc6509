"""Helm: a chart's templates cannot be read without rendering them; its `values.yaml` can where its keys say what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.deploy.formats.sources import env_value
from statelint.deploy.formats.yamldoc import Node, read_document
from statelint.deploy.model import Factor, ProbeKind, SourceRange, Volume, between, fixed, unknown
from statelint.deploy.readers.common import Container, Found, ReadContext
from statelint.deploy.readers.dockerfile import Line
from statelint.deploy.readers.images import image_kind
from statelint.deploy.readers.probes import kubernetes_probe
from statelint.deploy.readers.procfile import role_of
from statelint.discover.deploy_files import stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.formats.sources import Source
    from statelint.deploy.model import EnvValue, Probe, VolumeKind

_COUNTS: Final = ("replicaCount", "replicas")
_PROBES: Final[tuple[tuple[str, ProbeKind], ...]] = (
    ("livenessProbe", "liveness"),
    ("readinessProbe", "readiness"),
    ("startupProbe", "startup"),
)
_MODES: Final[dict[str, VolumeKind]] = {"ReadWriteMany": "pvc-rwx", "ReadWriteOnce": "pvc-rwo", "ReadWriteOncePod": "pvc-rwop"}
_THIRD_PARTY: Final = frozenset(
    [
        "postgresql",
        "mysql",
        "mariadb",
        "redis",
        "rabbitmq",
        "mongodb",
        "minio",
        "elasticsearch",
        "nginx",
        "pgbouncer",
        "kafka",
        "memcached",
        "valkey",
        "postgres",
    ]
)
_MAX_COMPONENTS: Final = 50


def read_values(source: Source, chart: str, kit: ReadContext) -> Found:
    """Return what a chart's values scale: the chart itself, or each of its components that has a count of its own."""
    document = read_document(source, kit.shelf)
    if document is None:
        return Found()
    found = Found()
    own = _scaled(document)
    if own:
        found.containers.append(_container(chart, document, document, source, kit))
    for name, component in list(document.pairs())[:_MAX_COMPONENTS]:
        if component.kind == "mapping" and name.lower() not in _THIRD_PARTY and _scaled(component):
            found.containers.append(_container(name, component, document, source, kit))
    return found


def _scaled(node: Node) -> bool:
    return any(node.number(key) is not None for key in _COUNTS) or node.number("autoscaling", "maxReplicas") is not None


def _container(name: str, node: Node, document: Node, source: Source, kit: ReadContext) -> Container:
    place = kit.place(*document.spot(name)) if node is not document else kit.place(*document.spot(next(iter(document.entries))))
    repository = node.text("image", "repository") or document.text("image", "repository") or ""
    serves = node is document and (node.get("ingress") is not None or node.get("service") is not None)
    ports = tuple(
        port for port in (node.number("service", "targetPort"), node.number("containerPort"), node.number("port")) if port is not None
    )
    named = {"http": ports[0]} if ports else {}
    return Container(
        name,
        f"helm {source.path}",
        stage(source.path),
        place,
        _instances(name, node, place, kit),
        role="web" if serves else role_of(name),
        image=kit.only_image() if image_kind(repository) is None else None,
        entrypoint=_line(node, "command", kit),
        command=_line(node, "args", kit),
        env=_env(document, kit) | _env(node, kit),
        probes=tuple(_probes(node, named, kit)),
        volumes=tuple(_volumes(node, kit)),
        ports=ports,
    )


def _instances(name: str, node: Node, place: SourceRange, kit: ReadContext) -> Factor:
    most = node.number("autoscaling", "maxReplicas")
    if node.true("autoscaling", "enabled") and most is not None:
        least = node.number("autoscaling", "minReplicas") or 1
        where = kit.place(*node.spot("autoscaling", "maxReplicas"))
        return between(least, most, where, f"minReplicas: {least}, maxReplicas: {most}")
    for key in _COUNTS:
        count = node.number(key)
        if count is not None:
            return fixed(count, kit.place(*node.spot(key)), f"{key}: {count}")
    return unknown(place, f"the values of {name} do not say how many replicas run")


def _line(node: Node, key: str, kit: ReadContext) -> Line | None:
    words = node.strings(key)
    return Line(" ".join(words), kit.place(*node.spot(key)), words) if words and not any("{{" in word for word in words) else None


def _env(node: Node, kit: ReadContext) -> dict[str, EnvValue]:
    env: dict[str, EnvValue] = {}
    for key in ("env", "extraEnv", "extraEnvVars"):
        for name, value in node.pairs(key):
            if value.kind == "scalar":
                env[name] = env_value(name, value.raw, kit.place(*node.spot(key, name)))
        for entry in node.each(key):
            given = entry.text("name")
            if given is not None:
                env[given] = env_value(given, entry.text("value"), kit.place(entry.path, entry.line))
    return env


def _probes(node: Node, named: dict[str, int], kit: ReadContext) -> Iterator[Probe]:
    for key, kind in _PROBES:
        inner = node.get(key)
        if inner is None or inner.text("enabled") == "false":
            continue
        spot = inner.spot("httpGet", "path") if inner.get("httpGet", "path") is not None else node.spot(key)
        probe = kubernetes_probe(kind, inner, named, kit.place(*spot))
        if probe is not None:
            yield probe


def _volumes(node: Node, kit: ReadContext) -> Iterator[Volume]:
    """Yield the persistent directory that the usual `persistence` block describes."""
    mount = node.text("persistence", "mountPath")
    if mount is None or not node.true("persistence", "enabled"):
        return
    mode = node.text("persistence", "accessMode") or next(iter(node.strings("persistence", "accessModes")), "ReadWriteOnce")
    place: SourceRange = kit.place(*node.spot("persistence", "mountPath"))
    yield Volume(mount, _MODES.get(mode, "pvc"), "persistence", place)
