"""How the whole-program analysis grows, beside the survey alone: `make scale`.

Takes the first 50,000, 100,000 and 200,000 lines of a pinned application, whole files in the order of their paths, surveys them
without the cache in one process, then analyses them, again and again in turn, and prints the medians and their ratio. "Analysis"
is everything that `statelint check` does with the summaries: linking, lifetimes, the call graph, cells, reachability, every rule.
"""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.artefacts import WORK, unpacked
from benchmarks.trees import APPLICATION, PACKAGE
from statelint import engine
from statelint.configuration import load_settings
from statelint.discover import discover
from statelint.survey.survey import survey_files

if TYPE_CHECKING:
    from statelint.config import Config
    from statelint.rulebook.load import Rulebook

SIZES = (50_000, 100_000, 200_000)
"""Lines of Python."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make scale", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", type=Path, default=WORK)
    options = parser.parse_args()
    source = unpacked(APPLICATION, options.work) / PACKAGE
    name = f"{APPLICATION.dist} {APPLICATION.version}"
    print(f"{name}, {os.cpu_count()} cores, Python {sys.version.split()[0]}, medians of {options.rounds}")
    print(f"{'lines':>8} {'survey s':>9} {'analysis s':>11} {'analysis/survey':>16} {'ms per 1000 lines':>18}")
    for size in SIZES:
        folder = options.work / f"scale-{size}"
        lines = part(source, folder, size)
        survey, analysis = measured(folder, options.rounds)
        print(f"{lines:>8,} {survey:>9.2f} {analysis:>11.2f} {analysis / survey:>16.2f} {1e6 * analysis / lines:>18.2f}", flush=True)
    return 0


def part(source: Path, folder: Path, size: int) -> int:
    """Copy modules of `source` into `folder` until they have `size` lines; return how many they have."""
    shutil.rmtree(folder, ignore_errors=True)
    lines = 0
    for file in sorted(source.rglob("*.py")):
        if lines >= size:
            break
        copy = folder / source.name / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
        lines += file.read_bytes().count(b"\n")
    return lines


def measured(folder: Path, rounds: int) -> tuple[float, float]:
    """Return the median seconds of the survey alone, and of all that comes after it."""
    settings = load_settings(folder, explicit=None, isolated=True, environ={}, options={}, keep=True)
    surveys, wholes = [], []
    gc.disable()  # as the command does
    for _ in range(rounds):
        surveys.append(_survey(folder, settings.config))
        gc.collect()
        wholes.append(_whole(folder, settings.config, settings.book))
        gc.collect()
    gc.enable()
    survey = statistics.median(surveys)
    return survey, statistics.median(wholes) - survey


def _survey(folder: Path, config: Config) -> float:
    begin = time.perf_counter()
    found = discover([folder], config)
    contents = {file.path: (Path(found.root) / file.path).read_bytes() for file in found.sources}
    survey_files(contents, store=None, jobs=1)
    return time.perf_counter() - begin


def _whole(folder: Path, config: Config, book: Rulebook) -> float:
    begin = time.perf_counter()
    engine.analyse(engine.RunOptions([folder], config, book, jobs=1))
    return time.perf_counter() - begin


if __name__ == "__main__":
    sys.exit(main())
