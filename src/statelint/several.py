"""The programs of one package checked: what is linked once is judged for each, by what leads to its own application."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from statelint import background
from statelint.config import is_target
from statelint.deploy.environment import environment_of
from statelint.deploy.share import with_processes
from statelint.discover.find import is_below
from statelint.discover.marks import NAMED
from statelint.model import Diagnostic
from statelint.program.division.applications import Served
from statelint.program.division.divide import divide

if TYPE_CHECKING:
    from statelint.config import Config
    from statelint.deploy.model import Deployment
    from statelint.discover.files import Discovery
    from statelint.engine import Analysis, LinkedProject
    from statelint.inspect.context import Context
    from statelint.model import Finding
    from statelint.program.division.divide import Divided

_SERVING: Final = frozenset({"web", "unknown", "other"})


class One(NamedTuple):
    """A program that is linked, as if it stood alone."""

    name: str
    """"" where it is the only one."""
    found_by: str
    linked: LinkedProject
    in_doubt: str = ""
    """Why its findings are likely at most: nothing starts it where something starts another, or it is an agent; "" otherwise."""


def programs_in(linked: LinkedProject) -> tuple[One, ...]:
    """Return the programs of a linked project; the project itself where it is one."""
    context = linked.context
    served = [*_configured(context.config), *_deployed(context)]
    divided = divide(context.program, served)
    if not divided:
        return (One("", "", linked),)
    every = frozenset[str]().union(*(one.targets for one in divided))
    lost = [one for one in served if one.name and one.target not in every]
    unknown = [Diagnostic("warning", "", None, f"programs: {one.name}: {one.target} is no application that was found") for one in lost]
    is_told = any(one.is_started and not one.is_agent for one in divided)
    found = []
    alone = tuple(_context(linked, one, every) for one in divided)
    for one, each in zip(divided, alone, strict=True):
        mine = replace(each, beside=alone, _made={}, _activities={})
        variables = tuple(sorted(mine.program.evaluator.environment))
        paths = {source.path for source in mine.discovery.sources}
        summaries = {path: summary for path, summary in linked.summaries.items() if path in paths}
        own = linked._replace(context=mine, summaries=summaries, diagnostics=(*linked.diagnostics, *unknown), variables=variables)
        found.append(One(one.name, one.found_by, own, _reason(one) if is_told else ""))
    return tuple(found)


def _context(linked: LinkedProject, one: Divided, every: frozenset[str]) -> Context:
    context = linked.context
    deployment, discovery = _share(context.deployment, one, every), _sources(linked, one)
    environment, program = environment_of(_own(deployment, one)), one.program
    if environment.given != environment_of(context.deployment).given:
        program = program.in_environment(environment)
    return replace(context, program=program, deployment=deployment, discovery=discovery, _made={}, _activities={})


def check_one(one: One) -> Analysis:
    """Run every check over a program."""
    analysis = background.check(one.linked)
    if not one.in_doubt:
        return analysis
    return msgspec.structs.replace(analysis, findings=tuple(_likely(finding, one.in_doubt) for finding in analysis.findings))


def _reason(one: Divided) -> str:
    """Return why what is found in a program is likely at most; "" for one that is deployed or may be."""
    named = f'`[tool.statelint.programs]` says otherwise: {one.name} = "package.module:app"'
    if one.is_agent:
        return f"of the program {one.name}, an agent: the project installs it on other machines, one instance on each; {named}"
    if not one.is_started:
        return f"of the program {one.name}, which nothing here starts, so whether it has more than one instance is not known; {named}"
    return ""


def _likely(finding: Finding, reason: str) -> Finding:
    return msgspec.structs.replace(finding, severity="note", confidence="low", notes=(*finding.notes, reason))


def _configured(config: Config) -> list[Served]:
    named = [(name, where) for name, given in config.programs.items() for where in ((given,) if isinstance(given, str) else given)]
    return [Served(where, NAMED, name) for name, where in named if is_target(where)]


def _deployed(context: Context) -> list[Served]:
    """Return what the deployment serves. A unit of systemd among the modules of a package is installed with it, on other machines."""
    packages = {module.path.rpartition("/")[0] for module in context.program.modules.values() if module.is_package}
    found = []
    for process in context.deployment.processes if context.deployment is not None else ():
        if process.kind in _SERVING and process.stage == "production" and process.app:
            path = process.place.path
            within = process.target.startswith("systemd ") and any(folder and is_below(path, folder) for folder in packages)
            text = f"{process.server or 'a server'} {process.app} in {path}:{process.place.line}"
            found.append(Served(process.app, text, by_agent=within))
    return found


def _share(deployment: Deployment | None, one: Divided, every: frozenset[str]) -> Deployment | None:
    """Return the deployment without the processes that serve other programs alone."""
    if deployment is None:
        return None
    others = every - one.targets
    return with_processes(deployment, [process for process in deployment.processes if process.app not in others])


def _own(deployment: Deployment | None, one: Divided) -> Deployment | None:
    """Return the deployment with the processes that serve a program alone, where any is known to."""
    served = [process for process in deployment.processes if process.app in one.targets] if deployment is not None else []
    return with_processes(deployment, served) if deployment is not None and served else deployment


def _sources(linked: LinkedProject, one: Divided) -> Discovery:
    """Return what was found, without the modules that other programs alone load."""
    discovery = linked.context.discovery
    known = {module.path for module in linked.context.program.modules.values()}
    mine = {module.path for module in one.program.modules.values()}
    sources = tuple(source for source in discovery.sources if source.path in mine or source.path not in known)
    return msgspec.structs.replace(discovery, sources=sources)
