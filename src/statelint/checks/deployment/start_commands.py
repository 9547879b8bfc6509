"""Migrations that a start script runs before the server, in every container that starts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.checks.deployment.inputs import span
from statelint.inspect.context import evidence, finding, worded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.model import Process
    from statelint.inspect.context import Context, Report

_MAX_SHOWN: Final = 80
"""Cells of a command that a message has room for."""
_LOCKED: Final = re.compile(r"\b(flock|setlock|s6-setlock|lockf|consul lock|advisory)\b")
_LISTED: Final = re.compile(r"--(plan|check|list|dry-run|help)\b|\bshowmigrations\b")
"""Looks at migrations and makes none."""


def start_commands(context: Context) -> Iterator[Report]:
    """Report each migration among what runs before a server, once; that a condition in the script keeps it from running is not known."""
    rule = context.book.rule("migration-at-start-up")
    migrating = context.program.vocabulary.pattern("migration-command")
    told: set[str] = set()
    for process in sorted(_serving(context), key=lambda one: -one.instances.most):
        for step in process.startup:
            shown = step if len(step) <= _MAX_SHOWN else f"{step[: _MAX_SHOWN - 3]}..."
            if rule is None or shown in told or not migrating.search(step) or _LISTED.search(step):
                continue
            told.add(shown)
            if _is_one(process, context):
                continue
            if _LOCKED.search(step):
                place = process.place
                yield evidence(rule.item, "unknown", place.path, place.line, f"`{shown}` runs before each {process.name}, under a lock")
                continue
            yield finding(
                rule,
                span(process.place, "started by every instance"),
                symbol=" ".join(step.split()[:3]),
                message=worded(rule, "command", value=f"`{shown}`"),
                severity="warning",
                confidence="medium",
                notes=[f"what starts {process.name} runs it before the server; a condition in the script may keep it from running"],
                scope="deployment",
            )


def _serving(context: Context) -> list[Process]:
    processes = context.deployment.processes if context.deployment is not None else ()
    return [process for process in processes if process.kind == "web" and process.stage == "production"]


def _is_one(process: Process, context: Context) -> bool:
    """Whether a file says that there is one instance, and the configuration no other number."""
    return process.instances.max == 1 and (context.config.scaling.instances or 1) == 1
