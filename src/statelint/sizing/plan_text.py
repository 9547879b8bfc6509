"""A plan in words and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec

from statelint.report.text import harmless

if TYPE_CHECKING:
    from statelint.sizing.budget import Budget
    from statelint.sizing.plan import Input, Plan, Row

_NAMES: Final = {
    "peak": ("peak", "requests/s"),
    "per_instance": ("one instance holds", "requests/s"),
    "headroom": ("headroom", "%"),
    "instances": ("instances", ""),
    "workers": ("workers in an instance", ""),
    "pools": ("pools in a worker", ""),
    "max_connections": ("max_connections", ""),
    "reserved": ("reserved", ""),
    "others": ("other processes", "connections"),
    "memory": ("memory of a worker", "MiB"),
}
_HEADS: Final = ("instances", "holds req/s", "conn./instance", "pool/worker", "all full", "rolling", "memory", "pooler")


def plan_text(plan: Plan, now: Budget | None, *, colour: bool = False) -> str:
    """Return the plan for a person: numbers with their sources, formulas, advice, and a table of other counts."""
    bold, faint, reset = ("\x1b[1m", "\x1b[2m", "\x1b[0m") if colour else ("", "", "")
    lines = [f"{bold}Starting from{reset}"]
    for field, (name, unit) in _NAMES.items():
        given: Input = getattr(plan.inputs, field)
        value = "-" if given.value is None else f"{given.value:g}"
        lines.append(f"  {name:<24}{value:>8} {unit:<12} {faint}{harmless(given.source)}{reset}".rstrip())
    if plan.formula:
        lines += ["", f"{bold}Worked out{reset}", *(f"  {harmless(line)}" for line in plan.formula)]
    if now is not None and now.text:
        lines += ["", f"{bold}As the program is{reset}", f"  {harmless(f'{now.text}: {verdict(now)}')}"]
    if plan.advice:
        lines += ["", f"{bold}So{reset}", *(f"  - {harmless(line)}" for line in plan.advice)]
    lines += ["", f"{bold}Other numbers of instances{reset}", *_table(plan, bold, reset)]
    return "\n".join(lines) + "\n"


def verdict(now: Budget) -> str:
    """Return what a budget comes to, in words."""
    if now.verdict == "unknown":
        return f"not known, because {now.missing[0].text}" if now.missing else "not known"
    return "does not fit" if now.verdict == "fail" else "fits"


def _table(plan: Plan, bold: str, reset: str) -> list[str]:
    """Return the table; the chosen row is marked, columns that nothing fills are left out."""
    rows = [_cells(row) for row in plan.table]
    shown = [index for index in range(len(_HEADS)) if any(cells[index] for cells in rows)]
    widths = [max(len(_HEADS[index]), *(len(cells[index]) for cells in rows)) for index in shown]

    def line(cells: tuple[str, ...]) -> str:
        return "  ".join(f"{cells[index]:>{width}}" for index, width in zip(shown, widths, strict=True))

    lines = [f"    {line(_HEADS)}"]
    for row, cells in zip(plan.table, rows, strict=True):
        chosen = plan.chosen is not None and row.instances == plan.chosen.instances
        lines.append(f"  {bold}> {line(cells)}{reset}".rstrip() if chosen else f"    {line(cells)}".rstrip())
    return lines


def _cells(row: Row) -> tuple[str, ...]:
    return (
        str(row.instances),
        "" if row.holds is None else f"{row.holds:g}",
        str(row.per_instance),
        str(row.per_worker),
        str(row.used),
        str(row.with_surge),
        "" if row.memory is None else f"{row.memory} MiB",
        row.pooler,
    )


def plan_json(plan: Plan, now: Budget | None) -> str:
    """Return the plan as JSON, `version` first."""
    return json.dumps(plan_data(plan, now), indent=2, ensure_ascii=False) + "\n"


def plan_data(plan: Plan, now: Budget | None) -> dict[str, Any]:
    """Return the plan as data, `version` first."""
    return {
        "version": 1,
        "inputs": {field: {"value": getattr(plan.inputs, field).value, "source": getattr(plan.inputs, field).source} for field in _NAMES},
        "instances_needed": plan.needed,
        "result": None if plan.chosen is None else msgspec.to_builtins(plan.chosen),
        "formula": list(plan.formula),
        "advice": list(plan.advice),
        "table": [msgspec.to_builtins(row) for row in plan.table],
        "today": None if now is None else today_data(now),
    }


def today_data(now: Budget) -> dict[str, Any]:
    """Return a budget as data."""
    return {
        "verdict": now.verdict,
        "arithmetic": now.text,
        "connections": None if now.high is None or now.high < 0 else now.high,
        "available": now.available,
        "fits_per_worker": now.fits,
        "terms": [
            {
                "engine": term.engine,
                "process": term.process,
                **({"program": term.program} if term.program else {}),
                **{
                    key: {
                        "value": factor.value,
                        "min": factor.min,
                        "max": factor.max,
                        "path": factor.path,
                        "line": factor.line,
                        "text": factor.text,
                    }
                    for key, factor in (("each", term.each), ("workers", term.workers), ("instances", term.instances))
                },
            }
            for term in now.terms
        ],
    }
