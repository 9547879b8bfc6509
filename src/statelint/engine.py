"""One run, in the order in which data flows: discover, deploy, survey, program, inspect, checks."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from statelint.deploy.environment import environment_of
from statelint.discover import discover
from statelint.discover.files import DeployFile, Discovery, SourceFile
from statelint.discover.versions import read_versions
from statelint.model import Diagnostic, Evidence, Finding, Project
from statelint.program.program import Program, build_program
from statelint.survey.summary import Directive, ModuleSummary
from statelint.survey.survey import survey_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from statelint.config import Config
    from statelint.deploy.model import Deployment
    from statelint.inspect.context import Context
    from statelint.model import KnownVariable
    from statelint.rulebook.load import Rulebook


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


class Opened(NamedTuple):
    """A project that is linked and ready to be inspected."""

    context: Context
    summaries: dict[str, ModuleSummary]
    diagnostics: tuple[Diagnostic, ...]


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep the garbage collector off: trees, summaries and nodes are needed to the end, and their cycles with them."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@_without_collector()
def analyse(
    paths: Sequence[Path],
    config: Config,
    book: Rulebook,
    *,
    overlay: Mapping[str, bytes] | None = None,
    jobs: int | None = None,
    cache: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
) -> Analysis:
    """Analyse a project; `overlay` gives contents that are not on disk, by path relative to the root.

    Raises StatelintError where a path does not exist or no Python file is found.
    """
    return inspected(open_project(paths, config, book, overlay=overlay, jobs=jobs, cache=cache, progress=progress))


@_without_collector()
def open_project(
    paths: Sequence[Path],
    config: Config,
    book: Rulebook,
    *,
    overlay: Mapping[str, bytes] | None = None,
    jobs: int | None = None,
    cache: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
) -> Opened:
    """Do everything that comes before the rules; arguments and errors are those of `analyse`."""
    from statelint.inspect.concrete import ConcreteFiles  # noqa: PLC0415 - not for commands that only discover
    from statelint.inspect.context import Context  # noqa: PLC0415

    found = discover(paths, config)
    deployment, deploy_diagnostics = _deployment(found)
    environment = environment_of(deployment)
    program, summaries, reader, diagnostics = link(
        found, config, book, environment, overlay=overlay, jobs=jobs, cache=cache, progress=progress
    )
    if progress is not None:
        progress("inspect", 0, 1)
    versions = read_versions(found.root, found.manifests) if found.manifests else {}
    context = Context(program, book, ConcreteFiles(reader), found, config, deployment, versions)
    return Opened(context, summaries, (*found.diagnostics, *diagnostics, *deploy_diagnostics))


def inspected(opened: Opened) -> Analysis:
    """Run every rule over an opened project."""
    from statelint.checks.run import inspect  # noqa: PLC0415 - not for commands that only discover

    findings, evidence, diagnostics = inspect(opened.context)
    program, found, summaries = opened.context.program, opened.context.discovery, opened.summaries
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
        diagnostics=(*opened.diagnostics, *diagnostics),
        directives={path: summary.directives for path, summary in summaries.items() if summary.directives},
        sources=found.sources,
        deploy_files=found.deploy_files,
        has_web=bool(program.frameworks) or any(point.role in ("request", "websocket") for point in program.entry_points.points),
    )


def discover_only(paths: Sequence[Path], config: Config) -> Discovery:
    """Return the files that a run would read."""
    return discover(paths, config)


def link(
    found: Discovery,
    config: Config,
    book: Rulebook,
    environment: Mapping[str, KnownVariable],
    *,
    overlay: Mapping[str, bytes] | None = None,
    jobs: int | None = None,
    cache: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[Program, dict[str, ModuleSummary], Callable[[str], bytes], list[Diagnostic]]:
    """Read, survey and link the sources; files that cannot be read or parsed become diagnostics."""
    contents, diagnostics = _read(found, overlay or {})
    folder = Path(config.cache_dir) if Path(config.cache_dir).is_absolute() else Path(found.root) / config.cache_dir
    summaries = survey_files(contents, cache_folder=folder if cache else None, jobs=jobs, progress=progress)
    for path, summary in summaries.items():
        if summary.error:
            diagnostics.append(Diagnostic("error", path, summary.error_line, f"not analysed: {summary.error}"))
    diagnostics.sort(key=lambda diagnostic: (diagnostic.path, diagnostic.line or 0))
    by_path = {source.path: source for source in found.sources}
    files = [(by_path[path], summary) for path, summary in summaries.items()]
    program = build_program(files, book, config.entry_points, environment=environment)
    root = Path(found.root)

    def reader(path: str) -> bytes:
        return contents[path] if path in contents else (root / path).read_bytes()

    return program, summaries, reader, diagnostics


def _read(found: Discovery, overlay: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[Diagnostic]]:
    contents: dict[str, bytes] = {}
    diagnostics: list[Diagnostic] = []
    root = Path(found.root)
    for source in found.sources:
        if source.path in overlay:
            contents[source.path] = overlay[source.path]
            continue
        try:
            contents[source.path] = (root / source.path).read_bytes()
        except OSError as error:
            diagnostics.append(Diagnostic("error", source.path, None, f"not read: {error.strerror or error}"))
    return contents, diagnostics


def _deployment(found: Discovery) -> tuple[Deployment | None, list[Diagnostic]]:
    if not found.deploy_files:
        return None, []
    from statelint.deploy.read import read_deployment  # noqa: PLC0415 - brings the YAML parser

    deployment, diagnostics = read_deployment(Path(found.root), found.deploy_files)
    return deployment, list(diagnostics)
