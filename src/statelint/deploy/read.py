"""Read every deployment file of a project and put together what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.deploy.commands.gunicorn import read_gunicorn
from statelint.deploy.formats.ini import entries, variables
from statelint.deploy.formats.sources import SourceStore, beside
from statelint.deploy.formats.yamldoc import read_document
from statelint.deploy.launch import launch
from statelint.deploy.model import Deployment, unknown
from statelint.deploy.readers.common import Container, Found, ReadContext
from statelint.deploy.readers.compose import read_composes
from statelint.deploy.readers.dockerfile import read_dockerfile
from statelint.deploy.readers.helm import read_values
from statelint.deploy.readers.hosts import (
    read_haproxy,
    read_nginx,
    read_pgbouncer,
    read_postgresql,
    read_server_file,
    read_supervisord,
    read_systemd,
)
from statelint.deploy.readers.kubernetes import read_kubernetes
from statelint.deploy.readers.platforms import read_app_yaml, read_fly, read_railway, read_render
from statelint.deploy.readers.procfile import read_cron, read_heroku, read_procfile
from statelint.discover.deploy_files import stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from statelint.deploy.formats.sources import Source
    from statelint.deploy.model import Process
    from statelint.discover.files import DeployFile
    from statelint.model import Diagnostic

MAX_FILES: Final = 500
"""Of one project; the ones after that, in the order of their paths, are not read."""

_SINGLE: Final[dict[str, Callable[[Source, ReadContext], Found]]] = {
    "fly": read_fly,
    "render": read_render,
    "railway": read_railway,
    "app-yaml": read_app_yaml,
    "cron-yaml": read_cron,
    "heroku": read_heroku,
    "nginx": lambda source, _: read_nginx(source),
    "haproxy": lambda source, _: read_haproxy(source),
    "pgbouncer": read_pgbouncer,
    "postgresql": lambda source, _: read_postgresql(source),
}


def read_deployment(root: Path, files: Sequence[DeployFile]) -> tuple[Deployment, tuple[Diagnostic, ...]]:
    """Return what the files say about how the project is run, and what could not be read of them. Nothing is executed."""
    shelf = SourceStore(root)
    kit = ReadContext(shelf)
    listed = sorted(dict.fromkeys((file.path, file.kind) for file in files))
    if len(listed) > MAX_FILES:
        shelf.warn(listed[MAX_FILES][0], None, f"not read, nor any after it: more than {MAX_FILES} deployment files")
    groups: dict[str, list[Source]] = {}
    charts: list[str] = []
    for path, kind in listed[:MAX_FILES]:
        if kind in ("helm-template", "helm-chart"):
            charts += [path]
            continue
        source = shelf.read(path)
        if source is not None:
            groups.setdefault(kind, []).append(source)
    _prepare(groups, kit)
    found = _platforms(groups, charts, kit)
    processes = [process for container in found.containers for process in launch(container, kit)]
    processes += _left(kit, processes)
    deployment = Deployment(
        processes=tuple(_unique(processes)),
        databases=tuple(found.databases),
        poolers=tuple(found.poolers),
        jobs=tuple(found.jobs),
        services=tuple(found.services),
        affinities=tuple(dict.fromkeys(found.affinities)),
        env=kit.env,
    )
    return deployment, tuple(sorted(shelf.diagnostics, key=lambda item: (item.path, item.line or 0, item.message)))


def _prepare(groups: dict[str, list[Source]], kit: ReadContext) -> None:
    """Read what commands and builds will refer to."""
    for source in groups.get("env", ()):
        kit.env[source.path] = variables(source)
    for source in groups.get("dockerfile", ()):
        image = read_dockerfile(source, kit.shelf)
        if image is not None:
            kit.images[source.path] = image
    for source in groups.get("gunicorn", ()):
        config = read_gunicorn(source, kit.shelf)
        if config is not None:
            kit.gunicorn[source.path] = config
    for source in groups.get("uwsgi", ()):
        kit.uwsgi[source.path] = entries(source, kit.shelf)
    kit.services += [source.path for source in groups.get("service-run", ())]
    for source in groups.get("supervisord", ()):
        kit.supervisord[source.path] = entries(source, kit.shelf, comment=";#")


def _platforms(groups: dict[str, list[Source]], charts: Sequence[str], kit: ReadContext) -> Found:
    found = Found()
    found.add(read_composes(groups.get("compose", []), kit))
    found.add(read_kubernetes(groups.get("kubernetes", []), groups.get("kustomize", []), kit))
    formations = {source.path: read_document(source, kit.shelf) for source in groups.get("app-json", ())}
    for source in groups.get("procfile", ()):
        path = beside(source.path, "app.json")
        found.add(read_procfile(source, kit, formations.get(path), path))
    units = {source.path: source for source in groups.get("systemd", ())}
    for source in units.values():
        found.add(read_systemd(source, kit, units))
    for kind, read in _SINGLE.items():
        for source in groups.get(kind, ()):
            found.add(read(source, kit))
    found.add(_helm(groups.get("helm-values", []), charts, kit))
    return found


def _helm(values: Sequence[Source], charts: Sequence[str], kit: ReadContext) -> Found:
    """Read the values of each chart, and say once for each chart that its templates are not read."""
    found = Found()
    templates = [path for path in charts if "/templates/" in f"/{path}"]
    folders = {path.rpartition("/")[0] for path in charts if path.lower().endswith("chart.yaml")}
    folders |= {f"/{path}".partition("/templates/")[0].lstrip("/") for path in templates}
    for folder in sorted(folders):
        mine = [path for path in templates if f"/{path}".partition("/templates/")[0].lstrip("/") == folder]
        own = next(
            (
                source
                for source in values
                if source.path in (f"{folder}/values.yaml", f"{folder}/values.yml", *(["values.yaml"] if not folder else []))
            ),
            None,
        )
        if mine:
            used = f"; {own.path} is used" if own is not None else ""
            kit.shelf.warn(
                mine[0],
                None,
                f"{len(mine)} Helm template{'s are' if len(mine) > 1 else ' is'} not read, only rendered manifests can be{used}",
            )
        if own is not None:
            found.add(read_values(own, folder.rpartition("/")[2] or "chart", kit))
    return found


def _left(kit: ReadContext, before: Sequence[Process]) -> list[Process]:
    """Read the Dockerfiles, supervisord, uWSGI and gunicorn files that no platform file leads to."""
    found = Found()
    for path, image in kit.images.items():
        if path in kit.used:
            continue
        place = (image.cmd or image.entrypoint or image).place
        instances = unknown(place, "a Dockerfile does not say how many instances run")
        target, folder = f"docker {path}", path.rpartition("/")[0]
        if image.cmd is not None or image.entrypoint is not None:
            found.containers.append(
                Container(
                    folder.rpartition("/")[2] or "image",
                    target,
                    stage(path),
                    place,
                    instances,
                    image=image,
                    image_probe=True,
                    folder=folder,
                )
            )
    processes = [process for container in found.containers for process in launch(container, kit)]
    rest = Found()
    for path in kit.supervisord:
        if path not in kit.used:
            rest.add(read_supervisord(path, kit))
    processes += [process for container in rest.containers for process in launch(container, kit)]
    for server, paths in (("gunicorn", kit.gunicorn), ("uwsgi", kit.uwsgi)):
        running = any(process.server == server for process in (*before, *processes))
        for path in paths:
            if path not in kit.used and not (running and server == "gunicorn"):
                processes += [process for container in read_server_file(path, server, kit).containers for process in launch(container, kit)]
    return processes


def _unique(processes: Sequence[Process]) -> list[Process]:
    """Keep the first of processes that share target and name."""
    seen: dict[tuple[str, str], Process] = {}
    for process in processes:
        seen.setdefault((process.target, process.name), process)
    return list(seen.values())
