"""`statelint plan`: how many instances, how large their pools, and whether a pooler is due."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from statelint.cli.check import PATH

if TYPE_CHECKING:
    from statelint.config import Scaling
    from statelint.configuration import Settings
    from statelint.deploy.model import Deployment
    from statelint.sizing.engines import Engine
    from statelint.sizing.planning import Given

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


@click.command(short_help="Work out instances, pools and whether a pooler is due.")
@click.argument("path", default=".", metavar="[PATH]", type=PATH)
@click.option("--peak", type=_Number(), metavar="N", help="Requests a second at the peak.")
@click.option("--per-instance", type=_Number(), metavar="N", help="Requests a second that one instance holds.")
@click.option("--headroom", type=_Number(), metavar="PERCENT", help="What is kept free, 20 to 30.  [default: 25]")
@click.option("--instances", type=int, metavar="N", help="Plan for this number instead of the one found, or the one needed.")
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
    peak: float | None,
    per_instance: float | None,
    headroom: float | None,
    instances: int | None,
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

    Numbers that are not given are taken from the deployment files, the configuration and the program below PATH.
    """
    from msgspec.structs import replace  # noqa: PLC0415 - not for --help

    from statelint.cli.outputs import show  # noqa: PLC0415 - not for --help
    from statelint.cli.say import wants_colour  # noqa: PLC0415
    from statelint.configuration import load_settings  # noqa: PLC0415
    from statelint.sizing.picture import picture  # noqa: PLC0415
    from statelint.sizing.plan import plan as work_out  # noqa: PLC0415
    from statelint.sizing.plan_text import plan_json, plan_text  # noqa: PLC0415
    from statelint.sizing.planning import Given, prefilled, refuse_odd, today  # noqa: PLC0415 - all as above

    given = Given(
        peak=peak,
        per_instance=per_instance,
        headroom=headroom,
        instances=instances,
        workers=workers,
        max_connections=max_connections,
        reserved=reserved,
        others=others,
        memory=memory,
    )
    if not Path(path).exists():
        raise click.ClickException(f"{path} does not exist")
    refuse_odd(given)
    settings = load_settings(Path(path), explicit=Path(config_file) if config_file else None, isolated=isolated, environ=os.environ)
    deployment, engines, verdicts, root = _project(Path(path), settings, judged=svg is not None)
    inputs = prefilled(given, deployment, engines, settings.config.scaling)
    result = work_out(inputs)
    count = result.chosen.instances if result.chosen is not None else None
    scaling = _scaling(settings, given)
    now = today(deployment, engines, scaling, count)
    if now is not None and now.missing and scaling.workers is None and inputs.workers.value is not None and not inputs.workers.is_assumed:
        # what stands above as found is not unknown below, although no process that serves the program says it
        now = today(deployment, engines, replace(scaling, workers=int(inputs.workers.value)), count)
    if svg is not None:
        _draw(Path(svg), Path(root), picture(result, deployment, now, verdicts, _title(root, count)))
    show(plan_json(result, now) if form == "json" else plan_text(result, now, colour=wants_colour(color, sys.stdout)))


def _project(path: Path, settings: Settings, *, judged: bool) -> tuple[Deployment, tuple[Engine, ...], dict[str, str], str]:
    """Return the deployment, the pools and, if asked for, the checklist's verdicts; a folder without a program has none of them."""
    from statelint import engine  # noqa: PLC0415 - not for --help
    from statelint.checks.database.held import held_by  # noqa: PLC0415
    from statelint.cli.say import say  # noqa: PLC0415
    from statelint.deploy.model import Deployment  # noqa: PLC0415
    from statelint.errors import StatelintError  # noqa: PLC0415
    from statelint.several import check_one, programs_in  # noqa: PLC0415
    from statelint.verdict.join import Part, join  # noqa: PLC0415
    from statelint.verdict.judge import judge  # noqa: PLC0415

    try:
        linked = engine.open_project(engine.RunOptions([path], settings.config, settings.book, store=settings.cache))
    except StatelintError as error:
        say("note", f"nothing is taken from {path}: {error}")
        return Deployment(), (), {}, str(path)
    programs = programs_in(linked)
    verdicts: dict[str, str] = {}
    if judged:
        found = [(one, check_one(one)) for one in programs]
        decided = [judge(analysis, settings.config, settings.book, chosen=settings.selected, base=settings.base) for _, analysis in found]
        parts = [Part(one.name, "", one.found_by, analysis, said, None) for (one, analysis), said in zip(found, decided, strict=True)]
        result = join(parts).result if len(parts) > 1 else decided[0].result
        verdicts = {verdict.item: verdict.verdict for verdict in result.checklist}
    context = linked.context
    return context.deployment or Deployment(), held_by([one.linked.context for one in programs]), verdicts, context.discovery.root


def _scaling(settings: Settings, given: Given) -> Scaling:
    """Lay the numbers of the command line over the configuration's, so that both parts of the answer start from the same."""
    import msgspec  # noqa: PLC0415 - not for --help

    stated = {"workers": given.workers, "max_connections": given.max_connections, "reserved_connections": given.reserved}
    return msgspec.structs.replace(settings.config.scaling, **{key: value for key, value in stated.items() if value is not None})


def _title(root: str, count: int | None) -> str:
    name = Path(root).resolve().name or "the project"
    return name if count is None else f"{name} with {count} instance{'s' if count != 1 else ''}"


def _draw(file: Path, root: Path, image: str) -> None:
    """Write the picture.

    Raises:
        StatelintError: the file cannot be written.
    """
    from statelint.cli.say import say  # noqa: PLC0415 - not for --help
    from statelint.files import write_whole  # noqa: PLC0415

    write_whole(file, image.encode(), root=root)
    say("note", f"drew {file}")
