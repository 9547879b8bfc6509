"""Dockerfiles: what an image runs, with what environment, volumes and health check."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands.shell import HIDDEN, expand
from statelint.deploy.formats.sources import env_value
from statelint.deploy.model import EnvValue, Probe, SourceRange
from statelint.deploy.readers.probes import probe_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.deploy.formats.sources import Source, SourceStore

_INSTRUCTION: Final = re.compile(r"[ \t]*([A-Za-z]+)[ \t]+(.*)", re.DOTALL)
_ESCAPE: Final = re.compile(r"#[ \t]*escape[ \t]*=[ \t]*`", re.IGNORECASE)
_FROM: Final = re.compile(r"(?:--\S+[ \t]+)*(\S+)(?:[ \t]+as[ \t]+(\S+))?", re.IGNORECASE)
_HERE: Final = re.compile(r"<<-?[\"']?([A-Za-z_]\w*)")
_FLAG: Final = re.compile(r"--[a-z-]+(=\S*)?[ \t]+")
_PAIR: Final = re.compile(r"([A-Za-z_]\w*)=(\"(?:[^\"\\]|\\.)*\"|'[^']*'|(?:\\.|[^\s\\])*)")
MAX_INSTRUCTIONS: Final = 2_000
MAX_VARIABLES: Final = 300


_NOWHERE: Final = SourceRange("", 1)


@dataclass(frozen=True)
class Line:
    """A command as written: exact words, or text for a shell."""

    text: str
    place: SourceRange
    words: tuple[str, ...] | None = None
    """None: `text` goes through a shell."""


@dataclass(frozen=True)
class Image:
    """The last stage of a Dockerfile, or the one that a build names, with what it inherits from stages before it."""

    path: str
    base: str = ""
    entrypoint: Line | None = None
    cmd: Line | None = None
    env: dict[str, EnvValue] = field(default_factory=dict)
    probe: Probe | None = None
    volumes: tuple[tuple[str, SourceRange], ...] = ()
    ports: tuple[int, ...] = ()
    workdir: str = ""
    copies: tuple[tuple[str, str], ...] = ()
    """(source, destination) of COPY and ADD: where a script in the image comes from; variables that only a build knows stand in both."""
    place: SourceRange = _NOWHERE
    stages: dict[str, Image] = field(default_factory=dict)


@dataclass
class _Stage:
    """A stage while it is read."""

    name: str
    line: int
    image: Image
    args: dict[str, str | None]

    def known(self) -> dict[str, str | None]:
        """Return the variables that later instructions can use."""
        return self.args | {name: value.value for name, value in self.image.env.items()}


def read_dockerfile(source: Source, shelf: SourceStore) -> Image | None:
    """Return the image that the file builds; None, with a diagnostic, when it builds none."""
    stages: dict[str, Image] = {}
    arguments: dict[str, str | None] = {}
    stage: _Stage | None = None
    for word, rest, line in _instructions(source, shelf):
        if word == "FROM":
            stage = _from(rest, source, line, stages, arguments)
        elif stage is not None:
            stage.image = _applied(stage, word, rest, source.place(line))
        elif word == "ARG":
            arguments |= _argument(rest)
        if stage is not None:
            stages[stage.name] = stage.image
    if stage is None:
        shelf.warn(source.path, None, "not read: it has no FROM instruction")
        return None
    return replace(stage.image, stages=stages)


def _from(rest: str, source: Source, line: int, stages: Mapping[str, Image], arguments: Mapping[str, str | None]) -> _Stage:
    """Begin a stage; one that builds on an earlier stage inherits it."""
    match = _FROM.match(rest)
    base = expand(match[1], arguments) if match else ""
    name = (match[2] or f"#{len(stages)}").lower() if match else f"#{len(stages)}"
    inherited = stages.get(base.lower())
    image = replace(inherited, place=source.place(line)) if inherited else Image(source.path, base=base, place=source.place(line))
    return _Stage(name, line, image, dict(arguments))


def _applied(stage: _Stage, word: str, rest: str, place: SourceRange) -> Image:
    """Return the stage's image after one instruction."""
    image = stage.image
    if word == "CMD":
        return replace(image, cmd=command_line(rest, place))
    if word == "ENTRYPOINT":
        # It resets the command that came with the base, not one of the same stage.
        own = image.cmd is not None and image.cmd.place.line > stage.line
        return replace(image, entrypoint=command_line(rest, place), cmd=image.cmd if own else None)
    if word == "ENV":
        return replace(image, env=image.env | _environment(rest, stage.known(), place)) if len(image.env) < MAX_VARIABLES else image
    if word == "ARG":
        stage.args |= {name: stage.args.get(name) if value is None else value for name, value in _argument(rest).items()}
        return image
    if word == "HEALTHCHECK":
        return replace(image, probe=_health(rest, stage.known(), place))
    if word == "WORKDIR":
        path = expand(rest.strip(), stage.known())
        return replace(image, workdir=path if path.startswith("/") else f"{image.workdir.rstrip('/')}/{path}"[:500])
    return _storage(stage, word, rest, place)


def _storage(stage: _Stage, word: str, rest: str, place: SourceRange) -> Image:
    """Take VOLUME, EXPOSE, COPY and ADD into the image."""
    image = stage.image
    if word == "VOLUME" and len(image.volumes) < MAX_VARIABLES:
        mounts = _words(rest) or rest.split()
        return replace(image, volumes=(*image.volumes, *((mount, place) for mount in mounts[:50])))
    if word == "EXPOSE" and len(image.ports) < MAX_VARIABLES:
        ports = [port.partition("/")[0] for port in expand(rest, stage.known()).split()[:50]]
        return replace(image, ports=(*image.ports, *(int(port) for port in ports if port.isdecimal() and len(port) < 6)))
    if word in ("COPY", "ADD") and "--from" not in rest and len(image.copies) < MAX_VARIABLES:
        parts = [_kept(part, stage.known()) for part in (_words(_unflagged(rest)) or _unflagged(rest).split())[:100]]
        return replace(image, copies=(*image.copies, *((part, parts[-1]) for part in parts[:-1])))
    return image


def _kept(text: str, known: Mapping[str, str | None]) -> str:
    """Replace variables where all of them are known."""
    filled = expand(text, known)
    return text if HIDDEN in filled else filled


def built_with(image: Image, arguments: Mapping[str, str | None]) -> Image:
    """Return the image that a build with arguments gives, as far as what it copies is concerned."""
    if not arguments or not any("$" in source for source, _ in image.copies):
        return image
    return replace(image, copies=tuple((_kept(source, arguments), _kept(target, arguments)) for source, target in image.copies))


def _environment(rest: str, known: Mapping[str, str | None], place: SourceRange) -> dict[str, EnvValue]:
    pairs = [(name, _dequoted(value)) for name, value in _PAIR.findall(rest)[:MAX_VARIABLES]]
    if not pairs and len(rest.split(None, 1)) == 2:
        pairs = [(rest.split(None, 1)[0], rest.split(None, 1)[1])]
    return {name: env_value(name, _full(expand(value, known)), place) for name, value in pairs}


def command_line(text: str, place: SourceRange) -> Line:
    """Return a CMD, ENTRYPOINT or similar in its two forms."""
    words = _words(text)
    return Line(text.strip(), place, None if words is None else tuple(words))


def _words(text: str) -> list[str] | None:
    """Return the members of a JSON list of strings; None when the text is none."""
    body = text.strip()
    if not body.startswith("[") or len(body) > 10_000:
        return None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) and all(isinstance(word, str) for word in found) else None


def _health(rest: str, known: Mapping[str, str | None], place: SourceRange) -> Probe | None:
    """Return the health check after its options; None for NONE."""
    keyword, _, check = _unflagged(rest).strip().partition(" ")
    if keyword.upper() != "CMD":
        return None
    words = _words(check)
    script = expand(check, known) if words is None else " ".join(words)
    return probe_of("healthcheck", script.replace(HIDDEN, "$…"), place)


def _unflagged(text: str) -> str:
    text = text.lstrip()
    while match := _FLAG.match(text):
        text = text[match.end() :]
    return text


def _argument(rest: str) -> dict[str, str | None]:
    name, equals, value = rest.strip().partition("=")
    return {name: _dequoted(value) if equals else None}


def _dequoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _full(value: str) -> str | None:
    return None if HIDDEN in value else value


def _instructions(source: Source, shelf: SourceStore) -> list[tuple[str, str, int]]:
    """Return (instruction, its text, line), continued lines joined, comments and here-documents left out."""
    found: list[tuple[str, str, int]] = []
    escape = "`" if source.lines and _ESCAPE.match(source.lines[0]) else "\\"
    pending: list[str] = []
    start = 0
    until = ""
    for number, line in enumerate((*source.lines, ""), start=1):
        if until:
            until = "" if line.strip() == until else until
            continue
        if line.lstrip().startswith("#") or (pending and not line.strip() and number <= len(source.lines)):
            continue
        start = start if pending else number
        pending.append(line)
        if line.rstrip().endswith(escape) and number <= len(source.lines):
            continue
        text = _joined(pending, escape)
        pending = []
        match = _INSTRUCTION.match(text)
        if match is None:
            continue
        if len(found) >= MAX_INSTRUCTIONS:
            shelf.warn(source.path, number, f"the rest is not read: more than {MAX_INSTRUCTIONS} instructions")
            break
        here: Sequence[str] = _HERE.findall(match[2]) if match[1].upper() in ("RUN", "COPY", "ADD") else ()
        until = here[-1] if here else ""
        found.append((match[1].upper(), match[2].strip(), start))
    return found


def _joined(lines: Sequence[str], escape: str) -> str:
    return " ".join(line.rstrip().removesuffix(escape) if index < len(lines) - 1 else line for index, line in enumerate(lines))
