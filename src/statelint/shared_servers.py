"""Programs in several folders that share a database server: what they open adds up, and is a finding of each where it is too much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from statelint.checks.database.pools import engines
from statelint.checks.deployment.connection_budget import over_together
from statelint.checks.deployment.inputs import DeploymentFacts
from statelint.deploy.model import Deployment
from statelint.sizing.shares import Counts
from statelint.sizing.together import Member, below, by_server, without_unclaimed

if TYPE_CHECKING:
    from collections.abc import Callable

    from statelint.config import Scaling
    from statelint.engine import Analysis, LinkedProject
    from statelint.model import Finding
    from statelint.rulebook.load import Rulebook

_RULE: Final = "SL0903"


class Servers:
    """Collects the processes and pools of each folder's program while the folders are analysed."""

    def __init__(self) -> None:
        self._members: list[Member] = []

    def listener(self, name: str, folder: str, further: Callable[[LinkedProject], None] | None) -> Callable[[LinkedProject], None]:
        """Return what takes a program that is linked; `folder` is the one that its paths are in, "" for the repository's root."""

        def take(linked: LinkedProject) -> None:
            context = linked.context
            member = Member(name, "", context.deployment or Deployment(), engines(context))
            self._members.append(below(member, folder) if folder else member)
            if further is not None:
                further(linked)

        return take

    def with_findings(self, name: str, analysis: Analysis, scaling: Scaling, book: Rulebook) -> Analysis:
        """Return a program's analysis with a finding for each server at which it and others together open too much.

        A server of which it has a finding of its own already has nothing further said about it.
        """
        rule = next((rule for rule in book.rules if rule.code == _RULE), None)
        member = next((one for one in self._members if one.name == name), None)
        if rule is None or member is None or len(self._members) < 2:
            return analysis
        told = {(one.path, one.line) for one in analysis.findings if one.code == _RULE}
        found: list[Finding] = []
        for budget in by_server(
            without_unclaimed([[one] for one in self._members]), scaling, {one.name: Counts() for one in self._members}
        ):
            programs = {term.program for term in budget.terms}
            if budget.verdict != "fail" or name not in programs or len(programs) < 2:
                continue
            facts = DeploymentFacts(deployment=member.deployment, engines=member.engines, scaling=scaling)
            made = over_together(facts, budget, rule)
            if (made.path, made.line) not in told:
                found.append(made)
        return replace(analysis, findings=(*analysis.findings, *found)) if found else analysis
