"""Several programs sized together: what they open at the same database server adds up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from statelint.deploy.model import Deployment
from statelint.deploy.placing import placed
from statelint.errors import StatelintError
from statelint.sizing.budget import judged, worst_first
from statelint.sizing.engines import Engine
from statelint.sizing.servers import is_outside
from statelint.sizing.shares import Counts, shares
from statelint.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statelint.config import Scaling
    from statelint.deploy.model import Process
    from statelint.sizing.budget import Budget
    from statelint.sizing.shares import Share

_UNLIMITED: Final = 10**9


class Member(msgspec.Struct, frozen=True):
    """One program of a repository, as far as its size is concerned."""

    name: str
    """"" where it is the only one."""
    found_by: str
    deployment: Deployment
    """Its own processes, and those that no program is known to have."""
    engines: tuple[Engine, ...]

    def serving(self) -> tuple[Process, ...]:
        """Return the processes that serve requests in production."""
        return tuple(process for process in self.deployment.processes if process.kind == "web" and process.stage == "production")


class Asked(msgspec.Struct, frozen=True):
    """What `--instances` says: `4` of all that serve, `web=4,worker=2` of programs and processes by name."""

    every: int | None = None
    named: dict[str, int] = {}


def counts_of(members: Sequence[Member], asked: Asked) -> dict[str, Counts]:
    """Return for each program how many instances are asked about.

    Raises:
        StatelintError: no program and no process has a name.
    """
    processes = [(member, process) for member in members for process in member.deployment.processes if process.stage == "production"]
    known = dict.fromkeys((*(member.name for member in members if member.name), *(process.name for _, process in processes)))
    for name in asked.named:
        if name not in known:
            held = f"the programs and processes are {', '.join(known)}" if known else "no deployment file describes a process"
            raise StatelintError(f"--instances: no program is called {name!r}{did_you_mean(name, tuple(known))}", help=held)
    return {
        member.name: Counts(
            asked.named.get(member.name, asked.every) if member.name else asked.every,
            {(one.target, one.name): asked.named[one.name] for one in member.deployment.processes if one.name in asked.named},
        )
        for member in members
    }


def instances_of(member: Member, counts: Counts) -> int | None:
    """Return the number that is asked about of a program's processes that serve requests."""
    named = (counts.of.get((process.target, process.name)) for process in member.serving())
    return next((number for number in named if number is not None), counts.every)


def jobs_only(member: Member, counts: Counts) -> dict[tuple[str, str], int]:
    """Return what is asked about of the processes that serve no requests."""
    serving = {(process.target, process.name) for process in member.serving()}
    return {key: number for key, number in counts.of.items() if key not in serving}


def by_server(members: Sequence[Member], scaling: Scaling, counts: Mapping[str, Counts]) -> list[Budget]:
    """Return the budget of each database server with what all programs open at it, the worst first.

    A host outside of all descriptions is one server for all; any other belongs to its description. Of a program that several files
    describe, alternatives of each other, what opens most counts at such a host.
    """
    found: dict[tuple[str, str], dict[str, Share]] = {}
    for member in members:
        for share in shares(member.engines, member.deployment, scaling, counts[member.name]):
            server = ("", share.server) if is_outside(share.server) else (share.target, share.server)
            mine = found.setdefault(server, {})
            before = mine.get(member.name)
            mine[member.name] = share if before is None else max(before, share, key=_most)
    return worst_first(judged(_added(mine, named=len(members) > 1)) for mine in found.values())


def _most(share: Share) -> int:
    return sum(term.low if term.high is None else _UNLIMITED if term.high < 0 else term.high for term in share.terms)


def _added(mine: Mapping[str, Share], *, named: bool) -> Share:
    """Add up what programs open at one server; a process that two of them have opens each pool once."""
    terms = {
        (term.place, share.target, term.process): replace(term, program=name if named else "")
        for name, share in reversed(tuple(mine.items()))
        for term in share.terms
    }
    every = list(mine.values())
    stated = next((share for share in every if "default" not in share.limit.text), every[0])
    return replace(
        every[0],
        target=every[0].target if len({share.target for share in every}) == 1 else "",
        terms=tuple(reversed(terms.values())),
        web=tuple({(one.target, one.name): one for share in every for one in share.web}.values()),
        limit=stated.limit,
        reserved=stated.reserved,
        pooler=next((share.pooler for share in every if share.pooler is not None), None),
        asked=any(share.asked for share in every),
    )


def at_server_of(member: Member, budgets: Iterable[Budget], *, named: bool) -> Budget | None:
    """Return the budget of the server at which a program's processes that serve requests open most; None where they open none."""
    name, web = member.name if named else "", {process.name for process in member.serving()} or {"web"}
    best: tuple[int, Budget] | None = None
    for budget in budgets:
        own = [term.high or term.low for term in budget.terms if term.program == name and term.process in web]
        if own and (best is None or sum(own) > best[0]):
            best = sum(own), budget
    return best[1] if best is not None else None


def all_processes(members: Sequence[Member]) -> Deployment:
    """Return the deployment with the processes of all programs."""
    processes = {(one.target, one.name): one for member in members for one in member.deployment.processes}
    return replace(members[0].deployment, processes=tuple(processes.values()))


def below(member: Member, folder: str) -> Member:
    """Return a program with the repository's paths instead of those in its own folder."""
    deployment: Deployment = placed(member.deployment, folder)
    engines: tuple[Engine, ...] = placed(member.engines, folder)
    return replace(member, deployment=deployment, engines=engines)


def without_unclaimed(of_folder: Sequence[Sequence[Member]]) -> list[Member]:
    """Return all programs without the processes that several folders have: which of them one runs, no file says."""
    processes = [{(one.target, one.name) for member in members for one in member.deployment.processes} for members in of_folder]
    kept = []
    for members, mine in zip(of_folder, processes, strict=True):
        others = set[tuple[str, str]]().union(*(each for each in processes if each is not mine))
        for member in members:
            own = tuple(one for one in member.deployment.processes if (one.target, one.name) not in others)
            kept.append(replace(member, deployment=replace(member.deployment, processes=own)))
    return kept
