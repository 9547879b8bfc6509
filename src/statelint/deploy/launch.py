"""From a container and its command to processes: image defaults, wrappers, scripts and server configuration put together."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands import gunicorn as gunicorn_file
from statelint.deploy.commands.given import given_to
from statelint.deploy.commands.scripts import is_shell, started
from statelint.deploy.commands.servers import understand
from statelint.deploy.commands.shell import HIDDEN, Simple, commands, unwrap
from statelint.deploy.commands.supervisor import programs
from statelint.deploy.commands.web_servers import is_asynchronous
from statelint.deploy.commands.words import UNSAID, Program, Words
from statelint.deploy.commands.wrappers import basename
from statelint.deploy.formats.ini import last
from statelint.deploy.formats.sources import env_value
from statelint.deploy.model import Factor, Process, SourceRange, Volume, between, fixed, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.deploy.model import EnvValue, ProcessKind
    from statelint.deploy.readers.common import Container, ReadContext

_DIGITS: Final = re.compile(r"[0-9]{1,6}")
_MAX_DEPTH: Final = 4
_SERVICE_MANAGERS: Final = frozenset({"init", "s6-svscan", "s6-overlay-init", "runsvdir", "runit"})
"""Programs that start every service whose folder has a `run` script; `/init` is that of s6-overlay."""
_SERVING: Final = ("web", "worker", "beat", "scheduler", "unknown")
_WEB_NAME: Final = re.compile(r"(^|[-_.])(web|app|api|server|backend|django|flask|fastapi|gunicorn|uvicorn|uwsgi|wsgi|asgi)($|[-_.0-9])")


def launch(container: Container, kit: ReadContext) -> list[Process]:
    """Return the processes that one container starts; at least one, which is unknown when its command is not understood."""
    image = container.image
    env = (image.env if image else {}) | container.env
    container = replace(container, env=env, workdir=container.workdir or (image.workdir if image else ""))
    shown, given = _words(container)
    found = _programs(given, container, kit, 0)
    serving = [(program, simple) for program, simple in found if program is not None and program.kind in _SERVING]
    # A management command or a script beside a server prepares its start.
    settled = [item for item in serving if item[0].kind != "unknown"] or serving
    chosen = _one_server(settled) or [(program, simple) for program, simple in found if program is not None][-1:]
    before = [simple for program, simple in found if program is None or program.kind not in ("web", "worker", "beat", "scheduler")]
    startup = tuple(" ".join(simple.words) for simple in before if all(simple is not other for _, other in chosen))
    startup = tuple(step.replace(HIDDEN, "$…") for step in startup if step.partition(" ")[0] not in _SHELL_WORDS)
    if not chosen:
        return [
            _process(
                container, None, Simple(given[-1][0].words if given else ()), shown=shown, name=container.name, startup=container.startup
            )
        ]
    several = len(chosen) > 1
    return [
        _process(
            container,
            program,
            simple,
            shown=shown,
            name=_name(container.name, program, index) if several else container.name,
            startup=container.startup + startup,
        )
        for index, (program, simple) in enumerate(chosen)
    ]


def _one_server(given: list[tuple[Program, Simple]]) -> list[tuple[Program, Simple]]:
    """Of several web servers that one script names keep the first: they are arms of an `if`, only a process manager runs both."""
    first = next((simple for program, simple in given if program.kind == "web" and "NUMPROCS" not in simple.assigned), None)
    return [(program, simple) for program, simple in given if program.kind != "web" or simple is first or "NUMPROCS" in simple.assigned]


_SHELL_WORDS: Final = frozenset(
    [
        "set",
        "cd",
        "echo",
        "[",
        "[[",
        "test",
        "export",
        "source",
        ".",
        "exit",
        "return",
        "sleep",
        "chmod",
        "chown",
        "mkdir",
        "trap",
        "wait",
        "shift",
        "umask",
        "ulimit",
        "cat",
        "printf",
        "read",
        "true",
        "false",
        "rm",
        "cp",
        "mv",
        "ln",
        "unset",
        "local",
        "eval",
        "touch",
        "id",
        "whoami",
        "ls",
    ]
)


def _name(base: str, program: Program, index: int) -> str:
    return f"{base}: {program.server} {program.kind}" if program.kind != "web" or index else base


def _words(container: Container) -> tuple[str, list[tuple[Simple, SourceRange]]]:
    """Return the command as written and as programs, with the places they are written at."""
    image = container.image
    entry = container.entrypoint or (image.entrypoint if image else None)
    command = container.command or (image.cmd if image and container.entrypoint is None else None)
    line = command or entry
    if line is None:
        return "", []
    env = {name: value.value for name, value in container.env.items()}
    if entry is None or command is None:
        simples = unwrap(line.words, env) if line.words is not None else commands(line.text, env)
        return line.text, [(simple, line.place) for simple in simples]
    if entry.words is None:  # an entry point that goes through a shell takes no words
        simples = commands(entry.text, env)
    else:
        tail = command.words if command.words is not None else ("/bin/sh", "-c", command.text)
        simples = unwrap((*entry.words, *tail), env)
    return f"{entry.text} {command.text}", [(simple, line.place) for simple in simples]


def _programs(
    given: Sequence[tuple[Simple, SourceRange]], container: Container, kit: ReadContext, depth: int
) -> list[tuple[Program | None, Simple]]:
    """Return what each program is; scripts of the project and process managers are followed."""
    found: list[tuple[Program | None, Simple]] = []
    for simple, place in given:
        env = container.env | {name: env_value(name, None if HIDDEN in value else value, place) for name, value in simple.assigned.items()}
        program = understand(Words(simple.words, env, place))
        if program is not None and program.server != "python":
            found.append((_configured(program, env, container, kit, place), simple))
            continue
        inner = _followed(simple, env, container, kit) if depth < _MAX_DEPTH else None
        if inner is not None:
            found += _programs(inner, replace(container, env=env), kit, depth + 1)
        elif (late := _late(simple, env, place)) is not None:
            found.append((_configured(late, env, container, kit, place), simple))
        else:
            found.append((program, simple))
    return found


def _late(simple: Simple, env: dict[str, EnvValue], place: SourceRange) -> Program | None:
    """Look for a server behind a script that is not at hand: `/entrypoint.sh gunicorn app:app`."""
    head = basename(simple.words[0]) if simple.words else ""
    if not (head.endswith(".sh") or "entrypoint" in head or "/" in (simple.words[0] if simple.words else "")):
        return None
    for start in range(1, min(len(simple.words), 6)):
        program = understand(Words(simple.words[start:], env, place))
        if program is not None and program.kind != "other":
            return program
    return None


def _followed(simple: Simple, env: dict[str, EnvValue], container: Container, kit: ReadContext) -> list[tuple[Simple, SourceRange]] | None:
    """Return what a process manager or a script of the project starts; None when the program is neither."""
    head = basename(simple.words[0]) if simple.words else ""
    if head == "supervisord":
        return _supervised(simple, container, kit)
    if head in _SERVICE_MANAGERS and kit.services:
        return _serviced(env, kit)
    if head in ("honcho", "foreman", "hivemind", "overmind") and "start" in simple.words:
        return _procfile(simple, container, kit)
    if (
        not head
        or head == "python"
        or not ("/" in simple.words[0] or head.endswith((".sh", ".bash")) or "entrypoint" in head or head.startswith("start"))
    ):
        return None
    path = kit.find(simple.words[0], container)
    source = kit.shelf.read(path) if path is not None else None
    if source is None or not is_shell(source):
        return None
    known = {name: value.value for name, value in env.items()}
    inner = started(source, simple.words[1:], known)
    recognised = [
        item for item in inner if understand(Words(item[0].words, env, item[1])) is not None or item[0].words[:1] != simple.words[:1]
    ]
    return recognised or None


def _supervised(simple: Simple, container: Container, kit: ReadContext) -> list[tuple[Simple, SourceRange]] | None:
    words = simple.words
    written = next((words[index + 1] for index, word in enumerate(words[:-1]) if word in ("-c", "--configuration")), "supervisord.conf")
    path = kit.find(written, container, kit.supervisord) or (next(iter(kit.supervisord)) if len(kit.supervisord) == 1 else None)
    source = kit.shelf.read(path) if path is not None else None
    if path is None or source is None:
        return None
    kit.used.add(path)
    env = {name: value.value for name, value in container.env.items()}
    found: list[tuple[Simple, SourceRange]] = []
    for program in programs(kit.supervisord[path], source):
        for inner in commands(program.command, env | program.env):
            # A second copy stands in the list again, so that its processes are counted.
            found += [(replace(inner, assigned=inner.assigned | {"NUMPROCS": str(program.copies)}), program.place)]
    return found


def _serviced(env: dict[str, EnvValue], kit: ReadContext) -> list[tuple[Simple, SourceRange]]:
    """Return what the services of a container start: of each script its server, whatever arms of an `if` say it again."""
    known = {name: value.value for name, value in env.items()}
    found: list[tuple[Simple, SourceRange]] = []
    for path in kit.services:
        source = kit.shelf.read(path)
        if source is not None and is_shell(source):
            inner = started(source, (), known)
            programs = [(understand(Words(simple.words, env, place)), simple, place) for simple, place in inner]
            serving = [(simple, place) for program, simple, place in programs if program is not None and program.kind in _SERVING]
            found += serving[:1] or inner
    return found


def _procfile(simple: Simple, container: Container, kit: ReadContext) -> list[tuple[Simple, SourceRange]] | None:
    from statelint.deploy.readers.procfile import procfile_lines  # noqa: PLC0415 - it imports this package's readers

    path = kit.find("Procfile", container)
    source = kit.shelf.read(path) if path is not None else None
    if source is None:
        return None
    kit.used.add(source.path)
    wanted = set(simple.words[simple.words.index("start") + 1 :])
    env = {name: value.value for name, value in container.env.items()}
    return [
        (inner, source.place(line))
        for name, text, line in procfile_lines(source)
        if name != "release" and (not wanted or name in wanted)
        for inner in commands(text, env)
    ]


def _configured(program: Program, env: dict[str, EnvValue], container: Container, kit: ReadContext, place: SourceRange) -> Program:
    """Fill in what a server's configuration file or environment says, and how often a process manager starts it."""
    if program.server == "gunicorn":
        program = _gunicorn(program, env, container, kit, place)
    elif program.server == "uwsgi":
        program = _uwsgi(program, env, container, kit, place)
    copies = env.get("NUMPROCS")
    if copies is not None and copies.value is not None and copies.value != "1" and _DIGITS.fullmatch(copies.value):
        return replace(program, workers=_times(program.workers, int(copies.value), f"numprocs={copies.value}", place))
    return program


def _times(workers: Factor, number: int, text: str, place: SourceRange) -> Factor:
    low = None if workers.min is None else workers.min * number
    high = None if workers.max is None else workers.max * number
    return between(low, high, place, text if workers.value == 1 else f"{text} of {workers.text}")


def _gunicorn(program: Program, env: dict[str, EnvValue], container: Container, kit: ReadContext, place: SourceRange) -> Program:
    """Command line first, then the configuration file, then the environment, then gunicorn's defaults."""
    path = kit.find(program.config or "gunicorn.conf.py", container, kit.gunicorn) if kit.gunicorn else None
    config = kit.gunicorn[path] if path is not None else None
    workers, threads = program.workers, program.threads
    if config is not None:
        kit.used.add(config.path)
        worker_class = gunicorn_file.text(config, "worker_class", env)
        if worker_class and is_asynchronous(worker_class):
            program = replace(program, asynchronous=True)
        workers = gunicorn_file.number(config, "workers", env) or workers if workers is UNSAID else workers
        if threads is UNSAID or threads.text.startswith("gunicorn: one thread"):
            threads = gunicorn_file.number(config, "threads", env) or threads
        bind = gunicorn_file.text(config, "bind", env) or ""
        match = re.search(r":([0-9]{1,5})$", bind)
        program = replace(program, ports=program.ports or ((int(match[1]),) if match else ()))
    elif program.config and not program.config.startswith("python:"):
        kit.shelf.warn(
            place.path, place.line, f"gunicorn's configuration {program.config!r} is not in the project; its workers are unknown"
        )
        workers = unknown(place, f"gunicorn -c {program.config}: the file is not in the project") if workers is UNSAID else workers
    if workers is UNSAID:
        words = Words(("gunicorn",), env, place)
        workers = words.of_env(
            "WEB_CONCURRENCY", lambda: words.say(1, "gunicorn: one worker unless --workers or WEB_CONCURRENCY says more")
        )
    if threads is UNSAID or program.asynchronous:
        asynchronous = unknown(place, "an asynchronous worker serves as many requests at once as arrive")
        threads = asynchronous if program.asynchronous else fixed(1, place, "gunicorn: one thread in a worker by default")
    return replace(program, workers=workers, threads=threads)


def _uwsgi(program: Program, env: dict[str, EnvValue], container: Container, kit: ReadContext, place: SourceRange) -> Program:
    path = kit.find(program.config, container, kit.uwsgi) if program.config and kit.uwsgi else None
    if program.config and path is None:
        kit.shelf.warn(place.path, place.line, f"uWSGI's configuration {program.config!r} is not in the project; its processes are unknown")
    return uwsgi_program(program, path, env, kit, place)


def uwsgi_program(program: Program, path: str | None, env: dict[str, EnvValue], kit: ReadContext, place: SourceRange) -> Program:
    """Fill in what an ini file and `UWSGI_*` variables say; `path` is the file, None when there is none."""
    found = kit.uwsgi.get(path or "", [])
    source = kit.shelf.read(path) if path is not None else None
    if path is not None:
        kit.used.add(path)

    def setting(default: Factor, *names: str) -> Factor:
        entry = last(found, "uwsgi", *names)
        words = Words(("uwsgi",), env, place)
        for name in names:
            if f"UWSGI_{name.upper()}" in env:
                return words.of_env(f"UWSGI_{name.upper()}", lambda: default)
        if entry is None or source is None:
            return default
        where = source.place(entry.line)
        text = f"{entry.key} = {entry.value}"
        return fixed(int(entry.value), where, text) if _DIGITS.fullmatch(entry.value) else unknown(where, f"{text}: known only at run time")

    missing = bool(program.config) and path is None
    one = (
        unknown(place, f"uwsgi {program.config}: the file is not in the project")
        if missing
        else fixed(1, place, "uWSGI: one process by default")
    )
    workers = setting(one, "processes", "workers") if program.workers is UNSAID else program.workers
    threads = setting(fixed(1, place, "uWSGI: one thread by default"), "threads") if program.threads is UNSAID else program.threads
    cheaper = setting(workers, "cheaper")
    if cheaper is not workers and workers.value is not None and cheaper.value is not None and cheaper.value < workers.value:
        workers = between(cheaper.value, workers.value, SourceRange(workers.path, workers.line), f"{workers.text}, {cheaper.text}")
    app = last(found, "uwsgi", "module", "wsgi", "wsgi-file", "mount")
    return replace(program, workers=workers, threads=threads, app=program.app or (app.value if app else ""))


def _process(container: Container, program: Program | None, simple: Simple, *, shown: str, name: str, startup: tuple[str, ...]) -> Process:
    """Put everything together."""
    image = container.image
    kind: ProcessKind = program.kind if program is not None and program.kind != "unknown" else container.role
    if kind == "other" and container.role != "unknown":
        kind = container.role
    probes = container.probes or ((image.probe,) if image is not None and image.probe is not None and container.image_probe else ())
    own = {volume.mount for volume in container.volumes}
    anonymous = [
        Volume(mount, "anonymous", "VOLUME", place)
        for mount, place in (image.volumes if image and container.image_probe else ())
        if mount not in own
    ]
    ports = program.ports if program is not None and program.ports else (*container.ports, *(image.ports if image else ()))
    # What an image exposes and checks speaks for its own command, not for another one that is run with it.
    other = container.command is not None or container.entrypoint is not None
    serves = bool(container.ports if other else ports) or any(probe.path is not None for probe in (container.probes if other else probes))
    if kind == "unknown" and (program is not None or _WEB_NAME.search(name)) and serves:
        kind = "web"
    place = container.place
    silent = unknown(place, f"the command of {container.name} is not understood" if shown else f"no command of {container.name} is known")
    return Process(
        name=name,
        kind=kind,
        target=container.target,
        stage=container.stage,
        place=place,
        command=shown[:2000],
        argv=tuple(word.replace(HIDDEN, "$…") for word in simple.words),
        server=program.server if program is not None else "",
        app=program.app if program is not None else "",
        workers=program.workers if program is not None else silent,
        threads=program.threads if program is not None else silent,
        asynchronous=program.asynchronous if program is not None else False,
        instances=container.instances,
        env=container.env | given_to(simple, place),
        probes=tuple(probes),
        volumes=(*container.volumes, *anonymous),
        ports=tuple(dict.fromkeys(ports)),
        root_path=program.root_path if program is not None else "",
        folder=container.folder,
        workdir=container.workdir,
        startup=startup,
        embedded_beat=program.embedded_beat if program is not None else False,
        locked=program.locked if program is not None else False,
        surge=container.surge,
    )
