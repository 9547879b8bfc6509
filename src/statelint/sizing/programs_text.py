"""Plans of one program or several, in words and as JSON, and what all of them open at each database server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from statelint.report.text import harmless
from statelint.sizing.budget import Budget
from statelint.sizing.plan import Plan
from statelint.sizing.plan_text import plan_data, plan_text, today_data, verdict
from statelint.sizing.together import Member

if TYPE_CHECKING:
    from collections.abc import Sequence


class Planned(msgspec.Struct, frozen=True):
    """The plan of a program."""

    member: Member
    plan: Plan
    now: Budget | None
    """What is opened at its database server, by other programs too."""


def several_text(planned: Sequence[Planned], servers: Sequence[Budget], *, colour: bool = False) -> str:
    """Return the plans for a person: that of the only program, or each under its name, and what they come to together."""
    if len(planned) == 1:
        only = planned[0]
        return plan_text(only.plan, only.now, colour=colour)
    bold, reset = ("\x1b[1m", "\x1b[0m") if colour else ("", "")
    parts = []
    for one in planned:
        head = harmless(f"{one.member.name}: {one.member.found_by}")
        parts.append(f"{bold}== {head}{reset}\n{plan_text(one.plan, None, colour=colour)}")
    if servers:
        parts.append("\n".join([f"{bold}== Together{reset}", *_together(servers, bold, reset)]) + "\n")
    return "\n".join(parts)


def _together(servers: Sequence[Budget], bold: str, reset: str) -> list[str]:
    lines: list[str] = []
    for one in servers:
        lines += [f"{bold}{harmless(_where(one))}{reset}", *(f"  {harmless(term.text)}" for term in one.terms)]
        lines.append(f"  {harmless(f'{one.text}: {verdict(one)}')}")
    return lines


def _where(server: Budget) -> str:
    name = f"database server {server.server}" if server.server else "the database server"
    return f"{name}, by {server.target}" if server.target else name


def several_json(planned: Sequence[Planned], servers: Sequence[Budget]) -> str:
    """Return the plan of the only program, or `programs` and `servers`."""
    if len(planned) == 1:
        data: dict[str, Any] = plan_data(planned[0].plan, planned[0].now)
    else:
        data = {
            "version": 1,
            "programs": [{"name": one.member.name, "found_by": one.member.found_by, **_unversioned(one)} for one in planned],
            "servers": [{"server": one.server, "target": one.target, **today_data(one)} for one in servers],
        }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _unversioned(one: Planned) -> dict[str, Any]:
    return {key: value for key, value in plan_data(one.plan, one.now).items() if key != "version"}
