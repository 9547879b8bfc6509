"""Conditions on the way to a call: switched off by default, switched by something unknown, or open."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from statelint.program.evaluation.conditions import outcome_of
from statelint.program.names.conditions import mentions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.inspect.context import Context
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import Guard


class Switch(NamedTuple):
    """Whether the conditions let a call run: `on`, `off`, or `open` where configuration decides and its value is not known."""

    state: Literal["on", "off", "open"]
    variable: str = ""
    """The environment variable that decides."""
    text: str = ""
    """The condition that is open."""


def switch_of(chain: Sequence[Function], guards: Sequence[int], context: Context) -> Switch:
    """Weigh the conditions around a call and around the calls that lead to it."""
    variable, unknown, asks = "", "", context.program.vocabulary.pattern("switch")
    for function, guard in _conditions(chain, guards, context):
        outcome = outcome_of([guard], function, context.program.evaluator.values)
        if outcome.holds is False:
            return Switch("off", outcome.variable)
        early = guard.kind == "early-exit"  # who leaves early has mostly done it already
        if outcome.holds is None and not early and mentions(guard, function.summary, asks):
            unknown = unknown or outcome.text
        variable = variable or outcome.variable
    return Switch("open", variable, unknown) if unknown else Switch("on", variable)


def _conditions(chain: Sequence[Function], guards: Sequence[int], context: Context) -> Iterator[tuple[Function, Guard]]:
    for caller, callee in pairwise(chain):
        lines = {edge.line for edge in context.program.graph.edges.get(caller, ()) if edge.callee is callee}
        sites = [site for site in caller.summary.calls if site.call.line in lines]
        if len({site.guards for site in sites}) == 1:
            yield from ((caller, caller.summary.guards[index]) for index in sites[0].guards)
    yield from ((chain[-1], chain[-1].summary.guards[index]) for index in guards)
