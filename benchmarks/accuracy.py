"""Recall and false alarms on labelled applications: `make accuracy`.

Downloads each pinned artefact once, runs `statelint check` on it, compares the report with `labels/*.toml`, prints a line for each
application and one for each item, and writes ACCURACY.md. `labels-second/` is a sample that was labelled later and worked
with much less, so that its figures are nearer to those of other code.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.artefacts import WORK, ArtefactError, unpacked
from benchmarks.compare import Outcome, compare, read_report
from benchmarks.labelled import Labels, read_labels
from benchmarks.tables import application_line, item_lines, markdown, total_line

HERE = Path(__file__).parent
LABELS = HERE / "labels"
_TIMEOUT = 1800
"""Seconds for one application."""


def main() -> int:
    """Run; return 1 where an application could not be measured."""
    options = _options()
    outcomes: list[Outcome] = []
    not_run: list[str] = []
    for labels in read_labels(options.labels):
        if options.only and options.only not in (labels.app.name, labels.app.dist):
            continue
        try:
            outcome = measure(labels, shlex.split(options.statelint), options.work)
        except (ArtefactError, subprocess.TimeoutExpired, ValueError) as error:
            not_run.append(labels.app.name)
            print(f"{labels.app.name:22} not run: {error}")
            continue
        outcomes.append(outcome)
        print(application_line(outcome), flush=True)
        if options.verbose:
            _details(outcome)
    if outcomes:
        print(*item_lines(outcomes), total_line(outcomes), sep="\n")
    if outcomes and not options.only and not not_run and options.labels == LABELS:
        (HERE / "ACCURACY.md").write_text(markdown(outcomes, {labels.app.name: labels.app for labels in read_labels(options.labels)}))
    if options.unlabelled:
        options.unlabelled.write_text(json.dumps(_unlabelled(outcomes), indent=1))
    return 1 if not_run else 0


def measure(labels: Labels, command: list[str], work: Path) -> Outcome:
    """Run statelint on one application and compare.

    Raises:
        ArtefactError: the application could not be had.
        ValueError: statelint gave no report.
    """
    source = unpacked(labels.app.artefact, work)
    analysed = source / labels.app.root
    begin = time.perf_counter()
    run = subprocess.run(
        [*command, "check", "--output-format", "json", str(analysed)], capture_output=True, text=True, timeout=_TIMEOUT, check=False
    )
    seconds = time.perf_counter() - begin
    if run.returncode not in (0, 1):
        raise ValueError(f"exit status {run.returncode}: {run.stderr.strip()[-300:]}")
    findings, verdicts = read_report(json.loads(run.stdout), source, analysed)
    return compare(labels, findings, verdicts, seconds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make accuracy", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--labels", type=Path, default=LABELS, help="folder of labels; ACCURACY.md is of the default one")
    parser.add_argument("--only", metavar="NAME", help="one application; ACCURACY.md is not written then")
    parser.add_argument("--statelint", metavar="CMD", default=f"{shlex.quote(sys.executable)} -m statelint", help="the command to measure")
    parser.add_argument("--work", type=Path, default=WORK, help="where artefacts are unpacked")
    parser.add_argument("-v", "--verbose", action="store_true", help="list what was missed, reported wrongly and judged otherwise")
    parser.add_argument("--unlabelled", type=Path, metavar="FILE", help="write the findings that no label speaks of to this JSON file")
    return parser.parse_args()


def _details(outcome: Outcome) -> None:
    for hit in outcome.hits:
        positive = hit.positive
        if not hit.found:
            print(f"    missed     {positive.path}:{positive.line} {positive.item} {positive.symbol}: {positive.why[:120]}")
    for negative, finding in outcome.reported:
        print(f"    look-alike {negative.path}:{negative.line} reported as {finding.code}: {negative.symbol}: {negative.why[:120]}")
    for item, wanted, got, agreement in outcome.verdicts:
        if agreement == "wrong":
            print(f"    verdict    {item}: {got}, the reader says {wanted}")


def _unlabelled(outcomes: list[Outcome]) -> list[dict[str, object]]:
    return [
        {
            "app": outcome.name,
            "code": finding.code,
            "item": finding.item,
            "severity": finding.severity,
            "confidence": finding.confidence,
            "path": finding.place.path,
            "line": finding.place.line,
            "symbol": finding.symbol,
            "message": finding.message,
        }
        for outcome in outcomes
        for finding in outcome.unlabelled
    ]


if __name__ == "__main__":
    sys.exit(main())
