"""Fill in a plan's numbers from what a project's files and configuration say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from statelint.deploy.model import SourceRange
from statelint.sizing.engines import counts
from statelint.sizing.plan import HEADROOM, Input, Inputs, checked
from statelint.sizing.shares import limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.config import Scaling
    from statelint.deploy.model import Deployment, Factor, Process
    from statelint.sizing.budget import Budget
    from statelint.sizing.engines import Engine
    from statelint.sizing.together import Member

_MAX_PLACES: Final = 3
"""Places of pools that one line of the plan has room for."""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says; None where it says nothing."""

    peak: float | None = None
    per_instance: float | None = None
    headroom: float | None = None
    instances: int | None = None
    workers: int | None = None
    max_connections: int | None = None
    reserved: int | None = None
    others: int | None = None
    memory: float | None = None


def prefilled(given: Given, member: Member, scaling: Scaling, shared: Budget | None = None, *, named: bool = False) -> Inputs:
    """Return the numbers of the command line, and for the rest what the project says, with its place.

    `shared` is the budget of the program's database server, with what others open at it; `named` says that its terms name programs.
    """
    deployment, engines = member.deployment, member.engines
    web = main_process(deployment, engines)
    pools = [engine for engine in engines if counts(engine)]
    if shared is not None:
        limit, reserved = shared.limit, shared.reserved
    else:
        database = next(iter(deployment.databases), None)
        mysql = bool(pools) and all("mysql" in f"{e.driver}{e.kind}" for e in pools)
        limit, reserved = limits(database, SourceRange("", 0), scaling, mysql=mysql)
    return Inputs(
        peak=_said("--peak", given.peak, "not given"),
        per_instance=_said("--per-instance", given.per_instance, "not given"),
        headroom=_said("--headroom", given.headroom, "default", HEADROOM),
        instances=_instances(given, web, scaling),
        workers=_workers(given, web, scaling),
        max_connections=_said("--max-connections", given.max_connections, _where(limit), limit.value),
        reserved=_said("--reserved", given.reserved, _where(reserved), reserved.value),
        others=_said("--others", given.others, *_others(member, shared, named=named)),
        pools=Input(
            max(len(pools), 1), ", ".join(f"{engine.place.path}:{engine.place.line}" for engine in pools[:_MAX_PLACES]) or "assumed"
        ),
        memory=_said("--memory-per-worker", given.memory, "not given"),
    )


def refuse_odd(given: Given) -> None:
    """Refuse numbers of the command line that make no sense, before anything is read.

    Raises:
        StatelintError: a number is out of its range.
    """
    nothing = Input(None, "")
    fields = {name: _said(f"--{name.replace('_', '-')}", getattr(given, name), "") for name in Given.__struct_fields__}
    checked(Inputs(pools=nothing, **fields))


def main_process(deployment: Deployment, engines: Sequence[Engine] = ()) -> Process | None:
    """Return the web process that runs the most processes where that is known: production before development, one with a pool first."""
    web = [process for process in deployment.processes if process.kind == "web"]
    pools = [engine for engine in engines if counts(engine)]
    web.sort(
        key=lambda process: (
            not any(pool.is_opened_by(process) for pool in pools),
            process.stage != "production",
            -process.instances.most * process.workers.most,
        )
    )
    return web[0] if web else None


def _said(option: str, value: float | None, otherwise: str, default: float | None = None) -> Input:
    return Input(value, option) if value is not None else Input(default, otherwise)


def _where(factor: Factor) -> str:
    """Write where a number comes from."""
    if factor.path and "default" not in factor.text:
        return f"{factor.path}:{factor.line}  {factor.text}"
    return factor.text or "default"


def _instances(given: Given, web: Process | None, scaling: Scaling) -> Input:
    if given.instances is not None:
        return Input(given.instances, "--instances")
    if scaling.instances is not None:
        return Input(scaling.instances, "[tool.statelint.scaling] instances")
    if web is None:
        return Input(None, "no deployment file describes a web process")
    number = web.instances.value if web.instances.value is not None else web.instances.max
    return Input(number, _where(web.instances) if number is not None else web.instances.text)


def _workers(given: Given, web: Process | None, scaling: Scaling) -> Input:
    if given.workers is not None:
        return Input(given.workers, "--workers")
    if scaling.workers is not None:
        return Input(scaling.workers, "[tool.statelint.scaling] workers")
    if web is None:
        return Input(1, "assumed: no deployment file describes a web process", is_assumed=True)
    number = web.workers.value if web.workers.value is not None else web.workers.max
    if number is None:
        return Input(max(web.workers.min or 1, 1), f"assumed: {web.workers.text}", is_assumed=True)
    return Input(number, _where(web.workers))


def _others(member: Member, shared: Budget | None, *, named: bool) -> tuple[str, int]:
    """Return what queue workers, schedulers and other programs hold at the server, as far as it is known."""
    if shared is None:
        return "none found", 0
    web = {process.name for process in member.deployment.processes if process.kind == "web"} | {"web"}
    mine = member.name if named else ""
    terms = [term for term in shared.terms if term.process not in web or term.program != mine]
    total = sum(term.high or 0 for term in terms if (term.high or 0) > 0)
    who = (f"{term.process} of {term.program}" if named and term.program != mine else term.process for term in terms)
    return ", ".join(dict.fromkeys(who)) or "none found", total
