"""One run, in the order in which data flows: discover, deploy, survey, program, inspect, checks."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from statelint.deploy.environment import environment_of
from statelint.deploy.share import share
from statelint.discover import discover
from statelint.discover.files import DeployFile, SourceFile
from statelint.discover.versions import read_versions
from statelint.files import Reader, UnreadableError, digest
from statelint.files.read import MOST_SOURCE, MOST_SOURCES
from statelint.model import Diagnostic, Evidence, Finding, Persona, Project
from statelint.program.program import build_program
from statelint.survey.summary import Directive, ModuleSummary
from statelint.survey.survey import survey_files
from statelint.survey.test_code import is_test_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from statelint.cache import Store
    from statelint.config import Config
    from statelint.deploy.model import Deployment
    from statelint.discover.files import Discovery, Part, Scope
    from statelint.inspect.context import Context
    from statelint.rulebook.load import Rulebook


@dataclass(frozen=True)
class RunOptions:
    """What a run is given."""

    paths: Sequence[Path]
    """Files and folders of one project."""
    config: Config
    book: Rulebook
    overlay: Mapping[str, bytes] = field(default_factory=dict)
    """Contents that are not on disk, by path relative to the root."""
    jobs: int | None = None
    """Processes of the survey; None for as many as pay."""
    store: Store | None = None
    """Where summaries of unchanged files are taken from and put into; None keeps nothing between runs."""
    progress: Callable[[str, int, int], None] | None = None
    """Told the stage, how much of it is done, and out of how much."""
    scope: Scope | None = None
    """What of a repository is analysed; None where the paths are those of one program."""
    linked: Callable[[LinkedProject], None] | None = None
    """Given the program once it is linked, for questions that are asked later."""


class Analysis(msgspec.Struct, frozen=True):
    """What a run found, before anything is selected, suppressed or judged."""

    root: str
    project: Project
    findings: tuple[Finding, ...]
    evidence: tuple[Evidence, ...]
    diagnostics: tuple[Diagnostic, ...]
    directives: dict[str, tuple[Directive, ...]]
    sources: tuple[SourceFile, ...]
    deploy_files: tuple[DeployFile, ...]
    has_web: bool
    persona: Persona = "application"
    lengths: dict[str, int] = {}
    """Lines of each Python file."""
    digests: dict[str, bytes] = {}
    """Of the contents that were analysed, by path."""
    variables: tuple[str, ...] = ()
    """Environment variables that a deployment file sets."""


class LinkedProject(NamedTuple):
    """A project whose program is linked, ready to be checked."""

    context: Context
    summaries: dict[str, ModuleSummary]
    diagnostics: tuple[Diagnostic, ...]
    digests: dict[str, bytes]
    variables: tuple[str, ...]


class _Sources(NamedTuple):
    """The Python files of a project: their bytes and summaries by path, and what could not be read or parsed."""

    contents: dict[str, bytes]
    summaries: dict[str, ModuleSummary]
    diagnostics: list[Diagnostic]


def _nobody(_stage: str, _done: int, _total: int) -> None:
    """Take the place of somebody who is told how far a run is."""


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep the garbage collector off: trees, summaries and nodes are needed to the end, and their cycles with them."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@without_collector()
def analyse(options: RunOptions) -> Analysis:
    """Analyse a project.

    Raises StatelintError where a path does not exist or no Python file is found.
    """
    return check_project(open_project(options))


@without_collector()
def open_project(options: RunOptions) -> LinkedProject:
    """Do everything that comes before the checks; errors are those of `analyse`."""
    from statelint.checks.common.processes import told_by_code  # noqa: PLC0415 - not for commands that only discover
    from statelint.inspect.concrete import ConcreteFiles  # noqa: PLC0415 - as above
    from statelint.inspect.context import Context  # noqa: PLC0415

    config, book = options.config, options.book
    tell = options.progress or _nobody
    tell("discover", 0, 0)
    found = discover(options.paths, config, options.scope)
    tell("deploy", 0, 0)
    deployment, deploy_diagnostics = _deployment(found, options.scope)
    tell("read", 0, 0)
    sources = _surveyed(found, options)
    by_path = {source.path: source for source in found.sources}
    files = [(_of_tests(by_path[path], summary), summary) for path, summary in sources.summaries.items()]
    tell("link", 0, 0)
    environment = environment_of(deployment)
    program = build_program(files, book, config.entry_points, environment=environment)
    deployment = told_by_code(deployment, program) if deployment is not None else None
    tell("check", 0, 0)
    unread: list[Diagnostic] = []
    versions = read_versions(found.root, found.manifests, unread) if found.manifests else {}
    concrete = ConcreteFiles(_reader(Reader(found.root), sources.contents))
    context = Context(program, book, concrete, found, config, deployment, versions)
    diagnostics = (*found.diagnostics, *unread, *sources.diagnostics, *deploy_diagnostics)
    digests = {path: digest(content) for path, content in sources.contents.items()}
    linked = LinkedProject(context, sources.summaries, diagnostics, digests, tuple(sorted(environment)))
    if options.linked is not None:
        options.linked(linked)
    return linked


def _of_tests(source: SourceFile, summary: ModuleSummary) -> SourceFile:
    """Return the file as a part of the tests where it is one by what it defines."""
    return msgspec.structs.replace(source, part="test") if source.part == "app" and is_test_code(summary) else source


def check_project(linked: LinkedProject) -> Analysis:
    """Run every check over a linked project."""
    from statelint.checks.common.persona import persona_of  # noqa: PLC0415 - not for commands that only discover
    from statelint.checks.run import run_checks  # noqa: PLC0415 - as above

    findings, evidence, diagnostics = run_checks(linked.context)
    program, found, summaries = linked.context.program, linked.context.discovery, linked.summaries
    project = Project(
        root=found.root,
        frameworks=program.frameworks,
        files=len(found.sources),
        lines=sum(summary.lines for summary in summaries.values()),
        entry_points=len(program.entry_points.points),
    )
    return Analysis(
        root=found.root,
        project=project,
        findings=tuple(findings),
        evidence=tuple(evidence),
        diagnostics=(*linked.diagnostics, *diagnostics),
        directives={path: summary.directives for path, summary in summaries.items() if summary.directives},
        sources=found.sources,
        deploy_files=found.deploy_files,
        persona=persona_of(linked.context),
        lengths={path: summary.lines for path, summary in summaries.items()},
        digests=linked.digests,
        variables=linked.variables,
        has_web=bool(program.frameworks)
        or any(point.role in ("request", "websocket", "middleware") for point in program.entry_points.points),
    )


def _surveyed(found: Discovery, options: RunOptions) -> _Sources:
    """Read and survey the Python files; those that cannot be read or parsed become diagnostics."""
    contents, diagnostics = _read(found, options.overlay)
    (options.progress or _nobody)("survey", 0, len(contents))
    summaries = survey_files(contents, store=options.store, jobs=options.jobs, progress=options.progress)
    parts = {source.path: source.part for source in found.sources}
    for path, summary in summaries.items():
        if summary.error:
            diagnostics.append(Diagnostic(_gravity(parts[path]), path, summary.error_line, f"not analysed: {summary.error}"))
    diagnostics.sort(key=lambda diagnostic: (diagnostic.path, diagnostic.line or 0))
    return _Sources(contents, summaries, diagnostics)


def _read(found: Discovery, overlay: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[Diagnostic]]:
    contents: dict[str, bytes] = {}
    diagnostics: list[Diagnostic] = []
    reader, left = Reader(found.root), MOST_SOURCES
    for source in found.sources:
        if source.path in overlay:
            contents[source.path] = overlay[source.path]
            continue
        try:
            content = reader.read(source.path, MOST_SOURCE)
        except UnreadableError as error:
            diagnostics.append(Diagnostic(_gravity(source.part), source.path, None, f"not read: {error}"))
            continue
        left -= len(content)
        if left < 0:
            message = f"not read, nor any after it: the files before it hold {MOST_SOURCES // 1024 // 1024} MiB"
            diagnostics.append(Diagnostic("error", source.path, None, message))
            break
        contents[source.path] = content
    return contents, diagnostics


def _gravity(part: Part) -> Literal["warning", "error"]:
    """Return the level of a file that could not be read: tests, examples and scripts decide nothing."""
    return "warning" if part in ("test", "script") else "error"


def _reader(reader: Reader, contents: Mapping[str, bytes]) -> Callable[[str], bytes]:
    """Return what gives a file's bytes: those that were surveyed, so that lines fit, else what lies on disk."""

    def read(path: str) -> bytes:
        return contents[path] if path in contents else reader.read(path, MOST_SOURCE)

    return read


def _deployment(found: Discovery, scope: Scope | None) -> tuple[Deployment | None, list[Diagnostic]]:
    if not found.deploy_files:
        return None, []
    from statelint.deploy.read import read_deployment  # noqa: PLC0415 - brings the YAML parser

    deployment, diagnostics = read_deployment(Path(found.root), found.deploy_files)
    if scope is not None and scope.others:
        deployment = share(deployment, scope.home, scope.others)
    return deployment, list(diagnostics)
