"""Kubernetes manifests: workloads with what scales, probes, configures and stores for them; kustomize on top."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from statelint.deploy.formats.yamldoc import Node, read_documents
from statelint.deploy.model import Affinity, Database, Factor, Job, Pooler, Volume, between, fixed, unknown
from statelint.deploy.readers.common import Container, Found, ReadContext
from statelint.deploy.readers.images import database_of, image_kind, pool_mode, pooler_of, service_of
from statelint.deploy.readers.kustomize import Layer, layers_of, workload_names
from statelint.deploy.readers.pods import containers_of
from statelint.discover.deploy_files import stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.deploy.formats.sources import Source
    from statelint.deploy.model import SourceRange

WORKLOADS: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout", "Pod", "DeploymentConfig"})
_KINDS: Final = WORKLOADS | {
    "CronJob", "Job", "HorizontalPodAutoscaler", "ScaledObject", "Service", "Ingress", "ConfigMap", "PersistentVolumeClaim", "List",
    "Cluster", "Pooler", "DestinationRule", "Kustomization",
}  # fmt: skip
_WANTED: Final = re.compile(rf"^[ \t]*(?:- )?[\"']?kind[\"']?[ \t]*:[ \t]*[\"']?({'|'.join(sorted(_KINDS))})\b", re.MULTILINE)
_STICKY_NOTES: Final = (
    ("nginx.ingress.kubernetes.io/affinity", ("cookie",)),
    ("haproxy.org/cookie-persistence", ()),
    ("haproxy-ingress.github.io/affinity", ("cookie",)),
    ("traefik.ingress.kubernetes.io/service.sticky.cookie", ("true",)),
    ("traefik.ingress.kubernetes.io/affinity", ("true",)),
    ("appgw.ingress.kubernetes.io/cookie-based-affinity", ("true",)),
    ("run.googleapis.com/sessionaffinity", ("true",)),
    ("projectcontour.io/session-affinity", ()),
)
_ALB: Final = re.compile(r"stickiness\.enabled=true")


@dataclass(frozen=True)
class _Cluster:
    """The documents of one description of a cluster."""

    target: str
    documents: tuple[Node, ...]
    replicas: dict[str, tuple[int, SourceRange]] = field(default_factory=dict)
    """Counts that a kustomization lays over workloads of that name."""

    def of(self, *kinds: str) -> Iterator[Node]:
        """Yield the documents of these kinds."""
        return (document for document in self.documents if (document.text("kind") or "") in kinds)

    def named(self, kind: str, name: str | None) -> Node | None:
        """Return the document of this kind and name."""
        return next((document for document in self.of(kind) if name and document.text("metadata", "name") == name), None)


def wanted(text: str) -> bool:
    """Say whether a document is of a kind that matters here."""
    return bool(_WANTED.search(text))


def read_kubernetes(sources: Sequence[Source], kustomizations: Sequence[Source], kit: ReadContext) -> Found:
    """Return what all manifests together run.

    Each kustomization that no other builds on is a description of its own. The other manifests are one description, or one for each
    folder where two folders describe a workload of the same name.
    """
    documents = {source.path: _listed(read_documents(source, kit.shelf, wanted)) for source in sources}
    found = Found()
    layers = layers_of(kustomizations, documents, kit)
    taken = {path for layer in layers for path in layer.files}
    for cluster in (*(_layered(layer) for layer in layers if not layer.base), *_plain(documents, taken)):
        _add(found, cluster, kit)
    return found


def _listed(documents: Sequence[Node]) -> list[Node]:
    """Take `kind: List` apart."""
    listed = []
    for document in documents:
        listed += document.each("items") if document.text("kind") == "List" else [document]
    return listed


def _layered(layer: Layer) -> _Cluster:
    return _Cluster(f"kubernetes {layer.path}", tuple(layer.documents), layer.replicas)


def _plain(documents: dict[str, list[Node]], taken: set[str]) -> list[_Cluster]:
    rest = {path: found for path, found in documents.items() if found and path not in taken}
    if not rest:
        return []
    names = [name for found in rest.values() for name in workload_names(found, WORKLOADS)]
    folders: dict[str, list[Node]] = {}
    for path, found in sorted(rest.items()):
        folder = path.rpartition("/")[0]
        key = "" if len(names) == len(set(names)) else folder
        folders.setdefault(key, []).extend(found)
    first = min(rest)
    return [_Cluster(f"kubernetes {key or first.rpartition('/')[0] or first}", tuple(found)) for key, found in folders.items()]


def _add(found: Found, cluster: _Cluster, kit: ReadContext) -> None:
    for document in cluster.of(*sorted(WORKLOADS)):
        _workload(found, document, cluster, kit)
    for document in cluster.of("Service", "Ingress", "DestinationRule"):
        found.affinities += [Affinity(text, cluster.target, kit.place(*spot)) for text, spot in _sticky(document)]
        if (document.text("apiVersion") or "").startswith("serving.knative.dev"):
            _knative(found, document, cluster, kit)
    for document in cluster.of("CronJob", "Job"):
        _job(found, document, cluster, kit)
    for document in cluster.of("Cluster", "Pooler"):
        if (document.text("apiVersion") or "").startswith("postgresql.cnpg.io"):
            _cloud_native(found, document, cluster, kit)


def _workload(found: Found, document: Node, cluster: _Cluster, kit: ReadContext) -> None:
    """Take a workload in: a process for each container that is not a well-known server."""
    kind, name = document.text("kind") or "", document.text("metadata", "name") or "unnamed"
    instances = _instances(document, kind, name, cluster, kit)
    template = document if kind == "Pod" else document.get("spec", "template")
    if template is None:
        return
    labels = {key: value.raw for key, value in template.pairs("metadata", "labels")}
    served = any(_selects(service, labels) for service in cluster.of("Service"))
    claims = {claim.text("metadata", "name") or "": claim for claim in document.each("spec", "volumeClaimTemplates")}
    claims |= {claim.text("metadata", "name") or "": claim for claim in cluster.of("PersistentVolumeClaim")}
    maps = {text: node for node in cluster.of("ConfigMap") if (text := node.text("metadata", "name"))}
    for part in containers_of(template, claims, maps, kit):
        place = kit.place(part.node.path, part.node.line)
        known = service_of(part.name, part.image, part.env, cluster.target, place)
        found.affinities += [Affinity(text, cluster.target, kit.place(*spot)) for text, spot in _sticky(template)]
        if known is None:
            container = Container(
                name if part.main else f"{name}/{part.name}",
                cluster.target,
                stage(f"{cluster.target} {document.path}"),
                kit.place(*document.spot("metadata", "name")),
                instances,
                role="web" if served and part.ports else "unknown",
                image=kit.only_image() if image_kind(part.image) is None else None,
                entrypoint=part.entrypoint,
                command=part.command,
                env=part.env,
                probes=part.probes,
                volumes=tuple(_claimed(volume, kind) for volume in part.volumes),
                ports=part.ports,
                workdir=part.workdir,
                startup=part.startup,
                surge=_surge(document, instances, kit),
                folder="",
            )
            found.containers.append(container)
            continue
        found.services.append(known)
        if known.kind == "pooler":
            found.poolers.append(pooler_of(name, part.image, part.env, instances, target=cluster.target, place=place))
        elif known.kind == "database":
            words = [(line.text, line.place) for line in (part.entrypoint, part.command) if line is not None]
            database = database_of(name, part.image, words, env=part.env, target=cluster.target, place=place)
            found.databases += [database] if database is not None else []


def _claimed(volume: Volume, kind: str) -> Volume:
    """A claim of a StatefulSet's own template belongs to one pod, whatever its access mode."""
    return replace(volume, kind="pvc-rwop") if kind == "StatefulSet" and volume.source.startswith("template ") else volume


def _instances(document: Node, kind: str, name: str, cluster: _Cluster, kit: ReadContext) -> Factor:
    """Return the number of pods: an autoscaler's bounds, a kustomization's count, the workload's own, else unknown."""
    place = kit.place(*document.spot("metadata", "name"))
    if kind == "DaemonSet":
        return unknown(place, "a DaemonSet runs one pod on each node")
    if kind == "Pod":
        return fixed(1, place, "a single pod")
    for scaler in cluster.of("HorizontalPodAutoscaler", "ScaledObject"):
        if scaler.text("spec", "scaleTargetRef", "name") != name:
            continue
        keda = scaler.text("kind") == "ScaledObject"
        low, high = ("minReplicaCount", "maxReplicaCount") if keda else ("minReplicas", "maxReplicas")
        least, most = scaler.number("spec", low), scaler.number("spec", high)
        most = 100 if most is None and keda else most
        where = kit.place(*scaler.spot("spec", high if most is not None else low))
        least = (0 if keda else 1) if least is None else least
        return between(least, most, where, f"{low}: {least}, {high}: {'unknown' if most is None else most}")
    if name in cluster.replicas:
        count, where = cluster.replicas[name]
        return fixed(count, where, f"replicas: {count}")
    replicas = document.number("spec", "replicas")
    if replicas is not None:
        return fixed(replicas, kit.place(*document.spot("spec", "replicas")), f"replicas: {replicas}")
    return unknown(place, f"the {kind} does not say how many replicas run")


def _surge(document: Node, instances: Factor, kit: ReadContext) -> Factor | None:
    """Return how many pods more than wanted a rolling update may start; None where it starts none or nobody knows how many there are."""
    kind = document.text("kind")
    most = instances.max
    strategy = document.text("spec", "strategy", "type") or "RollingUpdate"
    if kind != "Deployment" or strategy != "RollingUpdate" or most is None:
        return None
    written = document.text("spec", "strategy", "rollingUpdate", "maxSurge") or "25%"
    share = written.removesuffix("%")
    if not share.isdecimal() or len(share) > 4:
        return None
    extra = -(-most * int(share) // 100) if written.endswith("%") else int(share)
    return fixed(extra, kit.place(*document.spot("spec", "strategy", "rollingUpdate", "maxSurge")), f"maxSurge: {written}")


def _selects(service: Node, labels: dict[str, str]) -> bool:
    wanted_labels = [(key, value.raw) for key, value in service.pairs("spec", "selector")]
    return bool(wanted_labels) and all(labels.get(key) == value for key, value in wanted_labels)


def _sticky(document: Node) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield settings that send a client to the same pod again."""
    if document.text("spec", "sessionAffinity") == "ClientIP":
        yield "sessionAffinity: ClientIP", document.spot("spec", "sessionAffinity")
    if document.get("spec", "trafficPolicy", "loadBalancer", "consistentHash") is not None:
        yield "consistentHash", document.spot("spec", "trafficPolicy", "loadBalancer", "consistentHash")
    for name, node in document.pairs("metadata", "annotations"):
        values = next((values for key, values in _STICKY_NOTES if key == name.lower()), None)
        stickiness = name.startswith("alb.ingress.kubernetes.io/") and _ALB.search(node.raw)
        if stickiness or (values is not None and (not values or node.raw.lower() in values)):
            yield f"{name}: {node.raw[:80]}", document.spot("metadata", "annotations", name)


def _knative(found: Found, document: Node, cluster: _Cluster, kit: ReadContext) -> None:
    """Take a Knative or Cloud Run service in."""
    name = document.text("metadata", "name") or "service"
    template = document.get("spec", "template")
    if template is None:
        return
    place = kit.place(*document.spot("metadata", "name"))
    notes = template.get("metadata", "annotations") or Node(template.line, template.path)
    low, high = "autoscaling.knative.dev/minScale", "autoscaling.knative.dev/maxScale"
    least, most = notes.number(low), notes.number(high)
    instances = unknown(place, f"{name} does not say its maxScale", 0)
    if most is not None:
        instances = between(least or 0, most, kit.place(*notes.spot(high)), f"maxScale: {most}")
    found.affinities += [Affinity(text, cluster.target, kit.place(*spot)) for text, spot in _sticky(template)]
    for part in containers_of(template, {}, {}, kit):
        container = Container(
            name if part.main else f"{name}/{part.name}",
            cluster.target,
            stage(document.path),
            place,
            instances,
            role="web" if part.main else "unknown",
            image=kit.only_image() if image_kind(part.image) is None else None,
            entrypoint=part.entrypoint,
            command=part.command,
            env=part.env,
            probes=part.probes,
            volumes=part.volumes,
            ports=part.ports or (8080,),
            workdir=part.workdir,
        )
        found.containers.append(container)


def _job(found: Found, document: Node, cluster: _Cluster, kit: ReadContext) -> None:
    """Take a CronJob in; a plain Job is work of a release."""
    cron = document.text("kind") == "CronJob"
    template = document.get("spec", "jobTemplate", "spec", "template") if cron else document.get("spec", "template")
    name = document.text("metadata", "name") or "job"
    place = kit.place(*document.spot("metadata", "name"))
    parts = containers_of(template, {}, {}, kit) if template is not None else []
    command = next((" ".join(line.text for line in (part.entrypoint, part.command) if line is not None) for part in parts), "")
    if cron:
        where = kit.place(*document.spot("spec", "schedule"))
        found.jobs.append(Job(name, document.text("spec", "schedule") or "", command, cluster.target, where))
        return
    for part in parts[:1]:
        one = fixed(1, place, "a Job")
        container = Container(
            name, cluster.target, stage(document.path), place, one, "release", kit.only_image(), part.entrypoint, part.command, part.env
        )
        found.containers.append(container)


def _cloud_native(found: Found, document: Node, cluster: _Cluster, kit: ReadContext) -> None:
    """Take a CloudNativePG cluster or pooler in."""
    name = document.text("metadata", "name") or "postgres"
    place = kit.place(*document.spot("metadata", "name"))

    def setting(*path: str) -> Factor | None:
        number = document.number(*path)
        return fixed(number, kit.place(*document.spot(*path)), f"{path[-1]}: {number}") if number is not None else None

    if document.text("kind") == "Cluster":
        head = ("spec", "postgresql", "parameters")
        limit, reserved = setting(*head, "max_connections"), setting(*head, "superuser_reserved_connections")
        found.databases.append(Database(name, "postgresql", limit, reserved, cluster.target, place))
        return
    head = ("spec", "pgbouncer", "parameters")
    instances = setting("spec", "instances") or unknown(place, "the Pooler does not say how many instances run")
    mode = pool_mode(document.text("spec", "pgbouncer", "poolMode") or "session")
    sizes = (setting(*head, "default_pool_size"), setting(*head, "max_client_conn"), setting(*head, "max_prepared_statements"))
    found.poolers.append(Pooler(name, mode, *sizes, instances, cluster.target, place))
