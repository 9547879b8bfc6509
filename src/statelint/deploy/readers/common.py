"""What the readers of platform files share: the configuration files that commands name, and where to look for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from statelint.deploy.formats.sources import normal
from statelint.deploy.model import Affinity, Database, EnvValue, Factor, Job, Pooler, Probe, ProcessKind, Service, SourceRange, Volume

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.deploy.commands.gunicorn import GunicornConfig
    from statelint.deploy.formats.ini import Entry
    from statelint.deploy.formats.sources import SourceStore
    from statelint.deploy.readers.dockerfile import Image, Line
    from statelint.discover.files import Stage

_FOLDERS: Final = ("", "docker", "scripts", "deploy", "bin", "deployment", "etc", "docker/app", "compose")
_MAX_PARTS: Final = 12


@dataclass(frozen=True)
class Container:
    """One kind of process as a platform file states it, before its image and its command are looked into."""

    name: str
    target: str
    stage: Stage
    place: SourceRange
    instances: Factor
    role: ProcessKind = "unknown"
    """What the platform says it is (a Procfile's `web`); "unknown" when it says nothing."""
    image: Image | None = None
    entrypoint: Line | None = None
    command: Line | None = None
    env: dict[str, EnvValue] = field(default_factory=dict)
    probes: tuple[Probe, ...] = ()
    image_probe: bool = False
    """Whether the platform runs the image's own HEALTHCHECK (Docker does, Kubernetes does not)."""
    volumes: tuple[Volume, ...] = ()
    ports: tuple[int, ...] = ()
    workdir: str = ""
    startup: tuple[str, ...] = ()
    surge: Factor | None = None
    folder: str = ""
    """Where paths of the image come from: the build context."""


@dataclass
class ReadContext:
    """The shelf, the configuration files by path, and which of them a command has named."""

    shelf: SourceStore
    images: dict[str, Image] = field(default_factory=dict)
    gunicorn: dict[str, GunicornConfig] = field(default_factory=dict)
    uwsgi: dict[str, list[Entry]] = field(default_factory=dict)
    supervisord: dict[str, list[Entry]] = field(default_factory=dict)
    services: list[str] = field(default_factory=list)
    """The `run` scripts of s6 and runit, by path."""
    env: dict[str, dict[str, EnvValue]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def place(self, path: str, line: int) -> SourceRange:
        """Return a line of a file that has been read."""
        source = self.shelf.read(path)
        return source.place(line) if source is not None else SourceRange(path, line)

    def find(self, written: str, container: Container, known: Iterable[str] = ()) -> str | None:
        """Return the project's file that a path inside an image or on a server means; None when it has none.

        `known` are the paths to choose from; without them any file of the project may be meant.
        """
        among = frozenset(known)
        for path in _candidates(written, container):
            if path in among or (not among and self.shelf.exists(path)):
                return path
        name = written.rpartition("/")[2]
        same = [path for path in sorted(among) if path.rpartition("/")[2] == name]
        return same[0] if len(same) == 1 else None

    def only_image(self) -> Image | None:
        """Return the project's image, as used now, when there is exactly one that is not for development."""
        from statelint.discover.deploy_files import stage  # noqa: PLC0415 - it imports nothing of this module, but is not needed elsewhere

        images = [image for path, image in sorted(self.images.items()) if stage(path) == "production"]
        if len(images) != 1:
            return None
        self.used.add(images[0].path)
        return images[0]


@dataclass
class Found:
    """What a platform file holds, to be completed by what it names."""

    containers: list[Container] = field(default_factory=list)
    databases: list[Database] = field(default_factory=list)
    poolers: list[Pooler] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    affinities: list[Affinity] = field(default_factory=list)

    def add(self, other: Found) -> None:
        """Take in what another file holds."""
        self.containers += other.containers
        self.databases += other.databases
        self.poolers += other.poolers
        self.jobs += other.jobs
        self.services += other.services
        self.affinities += other.affinities


def _candidates(written: str, container: Container) -> Iterator[str]:
    """Yield the paths in the project that a path in the image may come from, the likeliest first."""
    image = container.image
    folder = container.folder
    name = written.rpartition("/")[2]
    for source, destination in image.copies if image else ():
        if destination.rstrip("/") == written.rstrip("/") or (source.rpartition("/")[2] == name and destination.endswith(("/", name, "."))):
            yield normal(f"{folder}/{source}" if folder else source)
    for source, destination in image.copies if image else ():
        inside = written.removeprefix(f"{destination.rstrip('/')}/")
        if inside != written and "$" not in source:  # a folder was copied
            yield normal(f"{folder}/{source}/{inside}" if folder else f"{source}/{inside}")
    parts = [part for part in written.split("/") if part not in ("", ".")][-_MAX_PARTS:]
    for start in range(len(parts)):
        rest = "/".join(parts[start:])
        for base in dict.fromkeys((folder, image.path.rpartition("/")[0] if image else "", "")):
            yield normal(f"{base}/{rest}" if base else rest)
    for base in _FOLDERS:
        yield normal(f"{base}/{name}" if base else name)
