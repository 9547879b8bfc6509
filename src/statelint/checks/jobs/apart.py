"""Work that goes on for ever in a program of its own: nothing that was found says how many of it run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.checks.common.background_work import BackgroundWork
from statelint.checks.common.leader_election import claim
from statelint.checks.common.side_effects import Effects
from statelint.deploy.environment import BACKGROUND
from statelint.inspect.context import Report, evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.program.names.nodes import Function


def check(context: Context) -> Iterator[Report]:
    """Leave the item open for each endless round that changes something and to which neither a server nor a known worker leads.

    That a scheduler nobody is seen to start runs once is not known, and that nothing of the kind is there is not true.
    """
    background, effects = context.once(BackgroundWork), context.once(Effects)
    looping = [function for function in context.program.functions if _is_apart(function, context) and background.loops(function)]
    inner = {edge.callee for function in looping for edge in context.program.graph.edges.get(function, ())}
    for function in looping:
        effect = effects.of(function) if function not in inner and not _is_known(function, context) else None
        if effect is None or effect.is_own or claim(function, context):
            continue
        text = f"{function.name} goes on for ever and changes what others see ({effect.name}); nothing that was found says how many run"
        yield evidence("jobs", "unknown", function.module.path, function.summary.line, text)


def _is_apart(function: Function, context: Context) -> bool:
    return not function.is_body and function.module.part == "app" and context.context_of(function) == "unreached"


def _is_known(function: Function, context: Context) -> bool:
    """Whether the deployment starts the module as a worker or scheduler, which other checks count."""
    module = function.module
    processes = context.deployment.processes if context.deployment is not None else ()
    names = (module.name, module.path, module.name.removesuffix(".__main__"))
    return any(process.kind in BACKGROUND and process.app.partition(":")[0] in names for process in processes)
