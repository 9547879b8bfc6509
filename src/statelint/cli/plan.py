"""`statelint plan`: how many instances, how large their pools, and whether a pooler is due."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from statelint.cli.check import PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statelint.config import Scaling
    from statelint.configuration import Settings
    from statelint.sized import Sized
    from statelint.sizing.budget import Budget
    from statelint.sizing.plan import Plan
    from statelint.sizing.planning import Given
    from statelint.sizing.programs_text import Planned
    from statelint.sizing.shares import Counts
    from statelint.sizing.together import Asked, Member

_FORMATS: Final = ("text", "json")


class _Number(click.ParamType):  # type: ignore[type-arg]  # generic only for type checkers of newer releases
    """A number that is finite; a per cent sign after it may stand."""

    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Turn text into a number."""
        text = str(value).strip().removesuffix("%").replace("_", "")
        try:
            number = float(text)
        except ValueError:
            self.fail(f"{value!r} is not a number", param, ctx)
        if number != number or number in (float("inf"), float("-inf")):  # noqa: PLR0124 - not a number is not equal to itself
            self.fail(f"{value!r} is not a number that can be planned with", param, ctx)
        return number


class _Instances(click.ParamType):  # type: ignore[type-arg]  # as above
    """A number of instances, or numbers by name: `4`, `web=4,worker=2`."""

    name = "instances"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Asked:
        """Turn text into numbers."""
        from statelint.sizing.together import Asked  # noqa: PLC0415 - not for --help

        if isinstance(value, Asked):
            return value
        every, named = None, dict[str, int]()
        for part in str(value).split(","):
            name, sign, number = (text.strip() for text in part.rpartition("="))
            if not number.lstrip("-").isdecimal() or (sign and not name) or (not sign and every is not None):
                self.fail(f"{part.strip()!r} is neither a number nor NAME=NUMBER", param, ctx)
            if sign:
                named[name] = int(number)
            else:
                every = int(number)
        return Asked(every, named)


@click.command(short_help="Work out instances, pools and whether a pooler is due.")
@click.argument("path", default=".", metavar="[PATH]", type=PATH)
@click.option("--program", default="", metavar="NAME", help="Plan this program alone, of several.")
@click.option("--peak", type=_Number(), metavar="N", help="Requests a second at the peak.")
@click.option("--per-instance", type=_Number(), metavar="N", help="Requests a second that one instance holds.")
@click.option("--headroom", type=_Number(), metavar="PERCENT", help="What is kept free, 20 to 30.  [default: 25]")
@click.option(
    "--instances",
    type=_Instances(),
    metavar="N|NAME=N,...",
    help="Plan for this number instead of the one found, or the one needed: of all that serve, or by program.",
)
@click.option("--workers", type=int, metavar="N", help="Worker processes in an instance.")
@click.option("--max-connections", type=int, metavar="N", help="What the database accepts.")
@click.option("--reserved", type=int, metavar="N", help="Connections of it that are kept for administration.")
@click.option("--others", type=int, metavar="N", help="Connections that queue workers and other programs hold.")
@click.option("--memory-per-worker", "memory", type=_Number(), metavar="MIB", help="Memory of one worker.")
@click.option("--output-format", "form", type=click.Choice(_FORMATS), default="text", help="How to show it.  [default: text]")
@click.option("--svg", metavar="FILE", help="Draw the deployment, with what fails marked.")
@click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", help="When to use colour.  [default: auto]")
@click.option("--config", "config_file", metavar="FILE", help="Read this configuration instead of the nearest.")
@click.option("--isolated", is_flag=True, help="Read no configuration file.")
def plan(
    *,
    path: str,
    program: str,
    peak: float | None,
    per_instance: float | None,
    headroom: float | None,
    instances: Asked | None,
    workers: int | None,
    max_connections: int | None,
    reserved: int | None,
    others: int | None,
    memory: float | None,
    form: str,
    svg: str | None,
    color: str,
    config_file: str | None,
    isolated: bool,
) -> None:
    """Work out how many instances a peak needs and how large their connection pools may be.

    Numbers that are not given are taken from the deployment files, the configuration and the program below PATH. Of several programs
    each is planned, and what they open at the same database server adds up.
    """
    from msgspec.structs import replace  # noqa: PLC0415 - not for --help

    from statelint.cli.outputs import show  # noqa: PLC0415
    from statelint.cli.say import wants_colour  # noqa: PLC0415
    from statelint.configuration import load_settings  # noqa: PLC0415
    from statelint.sizing.planning import Given, refuse_odd  # noqa: PLC0415
    from statelint.sizing.programs_text import several_json, several_text  # noqa: PLC0415
    from statelint.sizing.together import Asked, counts_of  # noqa: PLC0415 - all as above

    asked = instances or Asked()
    given = Given(
        peak=peak,
        per_instance=per_instance,
        headroom=headroom,
        instances=asked.every,
        workers=workers,
        max_connections=max_connections,
        reserved=reserved,
        others=others,
        memory=memory,
    )
    if not Path(path).exists():
        raise click.ClickException(f"{path} does not exist")
    for number in (asked.every, *asked.named.values()):
        refuse_odd(replace(given, instances=number))

    def load(folder: Path) -> Settings:
        return load_settings(folder, explicit=Path(config_file) if config_file else None, isolated=isolated, environ=os.environ)

    settings = load(Path(path))
    found = _programs(Path(path), settings, load)
    wanted = found.chosen(program)
    if len(wanted) > 1 and peak is not None:
        names = ", ".join(one.name for one in wanted)
        raise click.UsageError(f"--peak is that of one program: name it with --program, one of {names}")
    planned, servers = _planned(found.members, wanted, given, _scaling(settings, given), counts_of(found.members, asked))
    if svg is not None:
        _draw(Path(svg), Path(found.root), planned, servers, _verdicts(Path(path), settings, load, program))
    show(several_json(planned, servers) if form == "json" else several_text(planned, servers, colour=wants_colour(color, sys.stdout)))


def _programs(path: Path, settings: Settings, load: Callable[[Path], Settings]) -> Sized:
    """Return the programs; a folder without one is planned with what is given."""
    from statelint.cli.say import say  # noqa: PLC0415 - not for --help
    from statelint.deploy.model import Deployment  # noqa: PLC0415
    from statelint.errors import StatelintError  # noqa: PLC0415
    from statelint.sized import Sized, sized  # noqa: PLC0415
    from statelint.sizing.together import Member  # noqa: PLC0415 - all as above

    try:
        return sized((path,), settings, load)
    except StatelintError as error:
        say("note", f"nothing is taken from {path}: {error}")
        return Sized(str(path), (Member("", "", Deployment(), ()),))


def _planned(
    members: Sequence[Member], wanted: Sequence[Member], given: Given, scaling: Scaling, counts: Mapping[str, Counts]
) -> tuple[tuple[Planned, ...], list[Budget]]:
    """Plan the programs that are asked for, and add up what all of them open as planned."""
    from msgspec.structs import replace  # noqa: PLC0415 - not for --help

    from statelint.sizing.plan import plan as work_out  # noqa: PLC0415
    from statelint.sizing.planning import prefilled  # noqa: PLC0415
    from statelint.sizing.programs_text import Planned  # noqa: PLC0415
    from statelint.sizing.shares import Counts  # noqa: PLC0415
    from statelint.sizing.together import at_server_of, by_server, instances_of, jobs_only  # noqa: PLC0415 - all as above

    named = len(members) > 1
    before = by_server(members, scaling, counts)
    plans: list[tuple[Member, Plan]] = []
    after = dict(counts)
    for member in wanted:
        mine = replace(given, instances=instances_of(member, counts[member.name]))
        result = work_out(prefilled(mine, member, scaling, at_server_of(member, before, named=named), named=named))
        plans.append((member, result))
        if result.needed is not None:
            after[member.name] = Counts(result.needed, jobs_only(member, counts[member.name]))
    servers = by_server(members, scaling, after)
    now, workers = servers[0] if servers else None, plans[0][1].inputs.workers
    if not named and now is not None and now.missing and scaling.workers is None and workers.value is not None and not workers.is_assumed:
        # what stands above as found is not unknown below, although no process that serves the program says it
        servers = by_server(members, replace(scaling, workers=int(workers.value)), after)
    return tuple(Planned(member, result, at_server_of(member, servers, named=named)) for member, result in plans), servers


def _verdicts(path: Path, settings: Settings, load: Callable[[Path], Settings], program: str) -> dict[str, str]:
    """Return the checklist's verdicts, the worst of the programs that are drawn; a folder without a program has none."""
    from statelint.checked import Asked, check_programs, joined  # noqa: PLC0415 - not for --help
    from statelint.errors import StatelintError  # noqa: PLC0415 - as above

    try:
        parts = check_programs(Asked((path,), settings, load, program=program))
    except StatelintError:
        return {}
    return {verdict.item: verdict.verdict for verdict in joined(parts).result.checklist}


def _scaling(settings: Settings, given: Given) -> Scaling:
    """Lay the numbers of the command line over the configuration's, so that both parts of the answer start from the same."""
    from msgspec.structs import replace  # noqa: PLC0415 - not for --help

    stated = {"workers": given.workers, "max_connections": given.max_connections, "reserved_connections": given.reserved}
    return replace(settings.config.scaling, **{key: value for key, value in stated.items() if value is not None})


def _draw(file: Path, root: Path, planned: Sequence[Planned], servers: Sequence[Budget], verdicts: Mapping[str, str]) -> None:
    """Write the picture: of several programs that are planned, of all their processes and the server that is worst off.

    Raises:
        StatelintError: the file cannot be written.
    """
    from statelint.cli.say import say  # noqa: PLC0415 - not for --help
    from statelint.files import write_whole  # noqa: PLC0415
    from statelint.sizing.picture import picture  # noqa: PLC0415
    from statelint.sizing.together import all_processes  # noqa: PLC0415 - all as above

    first = planned[0]
    alone = len(planned) == 1
    count = first.plan.chosen.instances if alone and first.plan.chosen is not None else None
    name = " ".join(filter(None, (root.resolve().name or "the project", first.member.name if alone else "")))
    title = name if count is None else f"{name} with {count} instance{'s' if count != 1 else ''}"
    now = first.now if alone else next(iter(servers), None)
    image = picture(first.plan, all_processes([one.member for one in planned]), now, verdicts, title)
    write_whole(file, image.encode(), root=root)
    say("note", f"drew {file}")
