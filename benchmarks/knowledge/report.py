"""The report of a verification: JSON for programs, a page for people."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from benchmarks.knowledge.judge import RowReport
from benchmarks.knowledge.same import AliasReport

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_HEAD: Final = """# Is the knowledge true?

Written by `make verify-knowledge` on {date} with Python {python}: each library named in `rules/` was installed in a throw-away folder,
and every row was checked against it, by reading its source and, where reading cannot tell, by importing it. A row is *verified* when
all its qualified names exist, the arguments and settings that decide exist, and nothing contradicts the stated default.

**{verified} of {all} rows are verified, {failed} failed, {open} could not be checked.** Of the rows that could be checked, {share:.1%}
are verified. Of {stated} stated defaults, {confirmed} are confirmed by a signature or a setting, {body} by the body of the function
that decides, {cited} at the place that the row cites, {contradicted} are contradicted.

An alias is *verified* when both of its import paths exist and lead to the very same object: {same} of {aliases} are, {different} failed,
{unclear} could not be checked.
"""


class Report(msgspec.Struct, frozen=True):
    """Everything that was found out."""

    date: str
    python: str
    packages: dict[str, str]
    """Installed version (or versions) by distribution."""
    rows: tuple[RowReport, ...]
    aliases: tuple[AliasReport, ...] = ()


def make(rows: Sequence[RowReport], packages: dict[str, str], aliases: Sequence[AliasReport] = ()) -> Report:
    """Put a report together."""
    return Report(
        time.strftime("%Y-%m-%d"),
        sys.version.split()[0],
        dict(sorted(packages.items())),
        tuple(sorted(rows, key=lambda row: row.id)),
        tuple(sorted(aliases, key=lambda alias: alias.path)),
    )


def share(report: Report) -> float:
    """Return the share of verified rows among those that could be checked at all."""
    counts = Counter(row.status for row in report.rows)
    checked = counts["verified"] + counts["failed"]
    return counts["verified"] / checked if checked else 1.0


def write(report: Report, folder: Path) -> None:
    """Write `knowledge-report.json` and `knowledge-report.md`."""
    folder.mkdir(exist_ok=True)
    encoded = msgspec.json.format(msgspec.json.encode(report), indent=1)
    (folder / "knowledge-report.json").write_bytes(encoded + b"\n")
    (folder / "knowledge-report.md").write_text(page(report))


def page(report: Report) -> str:
    """Render the page."""
    counts = Counter(row.status for row in report.rows)
    defaults = Counter(row.default for row in report.rows)
    head = _HEAD.format(
        date=report.date,
        python=report.python,
        all=len(report.rows),
        verified=counts["verified"],
        failed=counts["failed"],
        open=counts["not-checkable"],
        share=share(report),
        stated=len(report.rows) - defaults["not stated"],
        confirmed=defaults["confirmed"],
        body=defaults["in the body"],
        cited=defaults["where cited"],
        contradicted=defaults["contradicted"],
        aliases=len(report.aliases),
        same=sum(alias.status == "verified" for alias in report.aliases),
        different=sum(alias.status == "failed" for alias in report.aliases),
        unclear=sum(alias.status == "not-checkable" for alias in report.aliases),
    )
    failed = [row for row in report.rows if row.status == "failed"]
    unchecked = [row for row in report.rows if row.status == "not-checkable"]
    lines = [head]
    wrong = [alias for alias in report.aliases if alias.status != "verified"]
    if wrong:
        lines += ["## Aliases that are not verified", "", *(f"- `{one.path}` ({one.status}): {one.how}" for one in wrong), ""]
    if failed:
        lines += ["## Failed", "", *(f"- `{row.id}` ({row.package} {row.version}): {'; '.join(row.problems)}" for row in failed), ""]
    if unchecked:
        lines += [
            "## Could not be checked",
            "",
            *(f"- `{row.id}` ({row.package} {row.version}): {'; '.join(row.open)}" for row in unchecked),
            "",
        ]
    lines += ["## Checked with", "", ", ".join(f"{dist} {version}" for dist, version in report.packages.items()) + "."]
    return "\n".join(lines) + "\n"
