"""Speed beside ruff and bandit, and from one run to the next: `make bench`.

Trees of 40,000, 200,000 and 1,000,000 lines are made of one pinned application. On each, everything is run in turn, round after round:
statelint without a cache, ruff and bandit on the same files, and statelint with its cache where nothing has changed, where a module that
nobody imports has, and where the one has that most others import. The medians are printed, and `--write` keeps them in PERFORMANCE.md.

`make bench-check` measures the smallest tree and compares the ratios with those that are kept: a ratio says the same on any machine, more
or less, so only one that has grown by half is an error.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks.artefacts import WORK
from benchmarks.measured import Run, build, median, timed
from benchmarks.trees import APPLICATION, Tree, changed, tree
from statelint import __version__

RUFF, BANDIT = "ruff check --no-cache --select ALL", "bandit -q -r"
COLD, UNCHANGED, LEAF, CORE = "cold", "unchanged", "leaf changed", "core changed"
RIVALS = ("bandit==1.9.4", "ruff==0.17.6")
SIZES = (40_000, 200_000, 1_000_000)
"""Lines."""
MANY = 1_000_000
"""Lines from which on a third of the rounds is enough: what disturbs a run is small beside it."""
PAGE = Path(__file__).parent / "PERFORMANCE.md"
KEPT = Path(__file__).parent / "performance.json"
RATIOS = ((COLD, RUFF), (COLD, BANDIT), (UNCHANGED, COLD), (LEAF, COLD), (CORE, COLD))
MARGIN = 1.5
"""How much larger than the kept one a ratio may be: machines, Pythons and what else runs differ by a third."""


class Measured(msgspec.Struct, frozen=True):
    """The medians on one tree."""

    lines: int
    files: int
    rounds: int
    medians: dict[str, Run]

    def ratio(self, one: str, other: str) -> float | None:
        """Return how many times the processor time of another one takes; None where one of them was not run."""
        if one not in self.medians or other not in self.medians:
            return None
        return self.medians[one].processor / self.medians[other].processor


class Kept(msgspec.Struct, frozen=True):
    """The last run whose figures are kept."""

    date: str
    version: str
    build: str
    cores: int
    trees: list[Measured]


def main() -> int:
    """Measure, print, and keep or compare."""
    options = _options()
    tools = _tools(options.work / "tools")
    now = Kept(f"{datetime.now(UTC):%Y-%m-%d}", __version__, build(), os.cpu_count() or 1, [])
    print(f"{now.cores} cores, {now.build}, {', '.join(RIVALS)}, {APPLICATION.dist} {APPLICATION.version}, medians", flush=True)
    for size in [SIZES[0]] if options.check else options.sizes:
        made = tree(size, options.work)
        rounds = options.rounds if size < MANY else -(-options.rounds // 3)
        measured = on_tree(made, tools, rounds, bandit=not (options.no_bandit or options.check))
        now.trees.append(measured)
        print("\n" + "\n".join(table(measured)), flush=True)
        if options.write:
            KEPT.write_bytes(msgspec.json.format(msgspec.json.encode(now), indent=1) + b"\n")
            PAGE.write_text(page(now), encoding="utf-8")
    if not options.check:
        return 0
    grown = slower(now.trees[0], msgspec.json.decode(KEPT.read_bytes(), type=Kept).trees)
    print("\n" + ("\n".join(grown) or "no ratio has grown beyond its margin"))
    return 1 if grown else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds of everything (default 5)")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="LINES", help="sizes of the trees")
    parser.add_argument("--no-bandit", action="store_true", help="leave out bandit, which takes most of the time")
    parser.add_argument("--write", action="store_true", help="keep the figures in PERFORMANCE.md and performance.json")
    parser.add_argument("--check", action="store_true", help="fail where a ratio has grown since")
    parser.add_argument("--work", type=Path, default=WORK, help="where applications and tools are put")
    return parser.parse_args()


def _tools(folder: Path) -> Path:
    """Return the folder of the rivals' commands; install them on first use."""
    mark = folder / f".{'-'.join(RIVALS)}"
    if not mark.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *RIVALS], check=True)
        mark.touch()
    return folder / "bin"


def on_tree(made: Tree, tools: Path, rounds: int, *, bandit: bool) -> Measured:
    """Run everything in turn, round after round."""
    folder = str(made.folder)
    statelint = [
        sys.executable,
        "-m",
        "statelint",
        "check",
        "--isolated",
        "--no-progress",
        "--exit-zero",
        "--output-format",
        "json",
        folder,
    ]
    runs: dict[str, list[Run]] = {}
    with tempfile.TemporaryDirectory() as cache:
        cold, warm = [*statelint, "--no-cache"], [*statelint, "--cache-dir", cache]
        timed(warm)  # fills the cache; the files come from the disk once, and bytecode is written
        for number in range(rounds):
            turn = {COLD: cold, RUFF: [str(tools / "ruff"), *RUFF.split()[1:], "-q", "--isolated", folder]}
            if bandit:
                turn[BANDIT] = [str(tools / "bandit"), *BANDIT.split()[1:], folder]
            for what, command in turn.items():
                runs.setdefault(what, []).append(timed(command))
            for what, file in ((UNCHANGED, None), (LEAF, made.leaf), (CORE, made.core)):
                if file is not None:
                    changed(file, number)
                runs.setdefault(what, []).append(timed(warm))
    return Measured(made.lines, made.files, rounds, {what: median(each) for what, each in runs.items()})


def table(measured: Measured) -> list[str]:
    """Return the figures of a tree as a table in Markdown, which is read in a terminal as well."""
    lines = [
        f"### {measured.lines:,} lines, {measured.files:,} files, {measured.rounds} rounds",
        "",
        "| run | processor time | wall time | peak memory | times ruff | times cold |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for what, run in measured.medians.items():
        of = [f"{ratio:.2f}" if (ratio := measured.ratio(what, other)) is not None else "" for other in (RUFF, COLD)]
        name = f"`{what}`" if what in (RUFF, BANDIT) else f"statelint, {what}"
        lines.append(f"| {name} | {run.processor:.2f} s | {run.wall:.2f} s | {run.memory:.0f} MiB | {' | '.join(of)} |")
    return lines


def page(kept: Kept) -> str:
    """Return PERFORMANCE.md."""
    head = f"""\
# Speed

The last run of `make bench ARGS=--write`: {kept.date}, statelint {kept.version}, {kept.cores} cores, {kept.build}, {", ".join(RIVALS)}.
The trees are made of {APPLICATION.dist} {APPLICATION.version}: its first 40,000 lines, the whole, and copies of it under further package
names. Everything ran in turn, round after round, so that what else the machine did fell on all; the figures are medians. Processor time is
that of all processes of a run. Ratios of it are what to look at: the times are those of this machine. *Unchanged*, *leaf changed* and *core
changed* are runs with a cache: the same files as the run before, one changed that nobody imports, and the one that most others import.
"""
    return "\n".join([head, *("\n".join([*table(one), ""]) for one in kept.trees)])


def slower(now: Measured, kept: list[Measured]) -> list[str]:
    """Return a line for each ratio that is beyond its margin; `kept` has a tree of about the same size."""
    before = min(kept, key=lambda one: abs(one.lines - now.lines))
    found = []
    for one, other in RATIOS:
        old, new = before.ratio(one, other), now.ratio(one, other)
        if old is not None and new is not None and new > old * MARGIN:
            found.append(f"error: {one} took {old:.2f} times the processor time of {other}, now {new:.2f} times")
    return found


if __name__ == "__main__":
    sys.exit(main())
