"""Procfile, heroku.yml and app.json: what Heroku and the platforms after its model run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.deploy.formats.sources import beside, env_value
from statelint.deploy.formats.yamldoc import Node, read_document
from statelint.deploy.model import Factor, Job, ProcessKind, SourceRange, fixed, unknown
from statelint.deploy.readers.common import Container, Found, ReadContext
from statelint.deploy.readers.dockerfile import Line, command_line
from statelint.discover.deploy_files import stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.formats.sources import Source
    from statelint.deploy.model import EnvValue

_LINE: Final = re.compile(r"([A-Za-z0-9_-]{1,80})[ \t]*:[ \t]*(\S.*)")
_MAX_LINES: Final = 200


def procfile_lines(source: Source) -> Iterator[tuple[str, str, int]]:
    """Yield (process type, command, line)."""
    for number, line in enumerate(source.lines[:_MAX_LINES], start=1):
        match = _LINE.match(line.strip())
        if match:
            yield match[1], match[2], number


def read_procfile(source: Source, kit: ReadContext, formation: Node | None, formation_path: str) -> Found:
    """Return the process types of a Procfile; `formation` is the `app.json` beside it, if any."""
    found = Found()
    target = f"procfile {source.path}"
    env = _app_env(formation, formation_path)
    seen: dict[str, int] = {}
    for name, text, number in procfile_lines(source):
        if name in seen:
            kit.shelf.warn(source.path, number, f"the process type {name!r} stands here and on line {seen[name]}")
        seen[name] = number
        place = source.place(number)
        container = Container(
            name=name,
            target=target,
            stage=stage(source.path),
            place=place,
            instances=_quantity(name, formation, formation_path, place),
            role=role_of(name),
            command=Line(text, place),
            env=env,
            folder=source.path.rpartition("/")[0],
        )
        found.containers.append(container)
    return found


def role_of(name: str) -> ProcessKind:
    """Return the kind of process that a name of a process type promises."""
    lowered = name.lower()
    if lowered in ("web", "server", "api", "app"):
        return "web"
    if lowered == "release":
        return "release"
    if "beat" in lowered:
        return "beat"
    if any(word in lowered for word in ("clock", "schedul", "cron")):
        return "scheduler"
    return "worker" if "worker" in lowered or "celery" in lowered else "unknown"


def _quantity(name: str, formation: Node | None, path: str, place: SourceRange) -> Factor:
    count = formation.number("formation", name, "quantity") if formation is not None else None
    if formation is not None and count is not None:
        return fixed(count, SourceRange(path, formation.at("formation", name, "quantity")), f"app.json: {name} quantity {count}")
    return unknown(place, "a Procfile does not say how many instances run")


def _app_env(formation: Node | None, path: str) -> dict[str, EnvValue]:
    if formation is None:
        return {}
    env = {}
    for name, node in formation.pairs("env"):
        value = node.raw if node.kind == "scalar" else node.text("value")
        env[name] = env_value(name, value, SourceRange(path, formation.at("env", name)))
    return env


def read_heroku(source: Source, kit: ReadContext) -> Found:
    """Return what `heroku.yml` runs."""
    found = Found()
    document = read_document(source, kit.shelf)
    if document is None:
        return found
    built = {
        name: kit.images.get(beside(source.path, node.raw)) for name, node in document.pairs("build", "docker") if node.kind == "scalar"
    }
    for name in dict.fromkeys([*built, *(name for name, _ in document.pairs("run"))]):
        node = document.get("run", name)
        text = (node.text("command") or " ".join(node.strings("command")) or node.raw) if node is not None else ""
        place = source.place(document.at("run", name) if node is not None else document.at("build", "docker", name))
        kit.used |= {image.path for image in built.values() if image is not None}
        image = built.get((node.text("image") if node is not None else None) or name)
        found.containers.append(
            Container(
                name=name,
                target=f"heroku {source.path}",
                stage=stage(source.path),
                place=place,
                instances=unknown(place, "heroku.yml does not say how many instances run"),
                role=role_of(name),
                image=image,
                command=command_line(text, place) if text else None,
                env={
                    key: env_value(key, value.raw, source.place(document.at("build", "config", key)))
                    for key, value in document.pairs("build", "config")
                },
                folder=source.path.rpartition("/")[0],
            )
        )
    release = document.text("release", "command") or " ".join(document.strings("release", "command"))
    if release:
        place = source.place(document.at("release"))
        found.containers.append(
            Container(
                "release",
                f"heroku {source.path}",
                stage(source.path),
                place,
                fixed(1, place, "release"),
                "release",
                command=Line(release, place),
            )
        )
    return found


def read_cron(source: Source, kit: ReadContext) -> Found:
    """Return the jobs of App Engine's `cron.yaml`."""
    document = read_document(source, kit.shelf)
    jobs = document.each("cron") if document is not None else []
    target = f"app-yaml {source.path}"
    return Found(
        jobs=[
            Job(
                job.text("description") or job.text("url") or "cron",
                job.text("schedule") or "",
                job.text("url") or "",
                target,
                source.place(job.line),
            )
            for job in jobs
        ]
    )
