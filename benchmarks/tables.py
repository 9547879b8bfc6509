"""How outcomes are shown: lines for a terminal, tables for ACCURACY.md."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint import __version__
from statelint.model import ITEM_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.compare import Outcome
    from benchmarks.labelled import Application


_HEAD: Final = """# Accuracy on labelled applications

Written by `make accuracy` on {date} with statelint {version}. The labels are in `labels/`, one file an application, made by
reading the code; what *found*, *exact* and *reported* mean stands at the head of `compare.py`. Faults called *core* are certain, on
by default, and not a documented setting away. A finding that no label speaks of is unknown, not wrong."""


class Count(NamedTuple):
    """Sums over applications or items."""

    faults: int
    found: int
    exact: int
    core: int
    core_found: int
    look_alikes: int
    reported: int
    right: int
    wrong: int
    undecided: int


def count(outcomes: Iterable[Outcome], item: str = "") -> Count:
    """Sum up; for one item where it is given."""
    outcomes = list(outcomes)
    hits = [hit for outcome in outcomes for hit in outcome.hits if item in ("", hit.positive.item)]
    core = [hit for hit in hits if hit.positive.is_core]
    agreements = [verdict[3] for outcome in outcomes for verdict in outcome.verdicts if item in ("", verdict[0])]
    return Count(
        len(hits),
        sum(hit.found for hit in hits),
        sum(hit.exact for hit in hits),
        len(core),
        sum(hit.found for hit in core),
        sum(item in ("", negative.item) for outcome in outcomes for negative in outcome.negatives),
        sum(item in ("", negative.item) for outcome in outcomes for negative, _ in outcome.reported),
        agreements.count("right"),
        agreements.count("wrong"),
        agreements.count("undecided"),
    )


def share(part: int, whole: int) -> str:
    """Return `75.0% (3/4)`."""
    return f"{part / whole:.1%} ({part}/{whole})" if whole else "-"


def application_line(outcome: Outcome) -> str:
    """Return one application in one line."""
    sums = count([outcome])
    return (
        f"{outcome.name:22} recall {sums.found:3}/{sums.faults:<3} exact {sums.exact:3}  "
        f"look-alikes {sums.reported:2}/{sums.look_alikes:<3} verdicts wrong {sums.wrong:2}  "
        f"findings {outcome.findings:4} unlabelled {len(outcome.unlabelled):4} {outcome.seconds:6.1f} s"
    )


def item_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Return each item in one line."""
    sums = {item: count(outcomes, item) for item in ITEM_KEYS}
    return [
        f"  {item:12} recall {sum_.found:3}/{sum_.faults:<3} exact {sum_.exact:3}  look-alikes {sum_.reported:2}/{sum_.look_alikes:<3} "
        f"verdicts right {sum_.right:2} wrong {sum_.wrong:2} undecided {sum_.undecided:2}"
        for item, sum_ in sums.items()
    ]


def total_line(outcomes: Sequence[Outcome]) -> str:
    """Return everything in one line."""
    sums = count(outcomes)
    return (
        f"recall {share(sums.found, sums.faults)}, core {share(sums.core_found, sums.core)}, item exact {share(sums.exact, sums.faults)}, "
        f"look-alikes reported {share(sums.reported, sums.look_alikes)}, checklist right {sums.right} wrong {sums.wrong} undecided "
        f"{sums.undecided}, findings {sum(outcome.findings for outcome in outcomes)} "
        f"(unlabelled {sum(len(outcome.unlabelled) for outcome in outcomes)}), {sum(outcome.seconds for outcome in outcomes):.1f} s"
    )


def markdown(outcomes: Sequence[Outcome], applications: dict[str, Application]) -> str:
    """Render ACCURACY.md."""
    rows = [(f"{outcome.name} {applications[outcome.name].version}", count([outcome]), outcome.findings) for outcome in outcomes]
    total = count(outcomes)
    findings = sum(outcome.findings for outcome in outcomes)
    items = [(item, count(outcomes, item)) for item in ITEM_KEYS]
    missed = [(outcome.name, hit.positive) for outcome in outcomes for hit in outcome.hits if not hit.found]
    reported = [(outcome.name, negative, finding) for outcome in outcomes for negative, finding in outcome.reported]
    lines = [
        *_HEAD.format(date=time.strftime("%Y-%m-%d"), version=__version__).splitlines(),
        "",
        f"**{total_line(outcomes)}**",
        "",
        "## By application",
        "",
        *_table(
            ("application", "faults", "found", "exact", "core", "look-alikes reported", "verdicts right / wrong / undecided", "findings"),
            [*((name, *_cells(sums), str(number)) for name, sums, number in rows), ("**all**", *_cells(total), str(findings))],
        ),
        "",
        "## By item",
        "",
        *_table(
            ("item", "faults", "found", "exact", "core", "look-alikes reported", "verdicts right / wrong / undecided"),
            [(item, *_cells(sums)) for item, sums in items],
        ),
        "",
        "## Missed",
        "",
        *(f"- {name} `{positive.path}:{positive.line}` {positive.item} `{positive.symbol}`" for name, positive in missed),
        "",
        "## Look-alikes reported",
        "",
        *(f"- {name} `{negative.path}:{negative.line}` `{negative.symbol}` as {finding.code}" for name, negative, finding in reported),
    ]
    return "\n".join(lines) + "\n"


def _cells(sums: Count) -> tuple[str, ...]:
    return (
        str(sums.faults),
        str(sums.found),
        str(sums.exact),
        f"{sums.core_found}/{sums.core}",
        f"{sums.reported}/{sums.look_alikes}",
        f"{sums.right} / {sums.wrong} / {sums.undecided}",
    )


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (heads, ("---",) * len(heads), *rows)]
