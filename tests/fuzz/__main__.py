"""`make fuzz`: made-up inputs until the time is over; each fault once, with the smallest input that shows it.

Whatever falls is kept in a folder, a JSON file each, and tried again first by the next run. One that is mended belongs into
tests/fuzz/reproducers, where the test suite tries it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Final

from tests import once
from tests.fuzz.case import KINDS, make, read
from tests.fuzz.minimise import minimised
from tests.fuzz.oracles import verdict

_MEMORY: Final = 6 << 30
"""Bytes of memory for the process, where the system can be told: an input that takes all of it is a fault, not the machine's end."""
_MINIMISE: Final = 60.0
"""Seconds for a reproducer."""


def main() -> int:
    """Fuzz; return 1 where something fell."""
    options = _options()
    _bounded()
    once.share()
    with tempfile.TemporaryDirectory() as scratch:
        tempfile.tempdir = scratch  # whatever a run leaves behind goes with it
        return _fuzz(options)


def _fuzz(options: argparse.Namespace) -> int:
    options.keep.mkdir(parents=True, exist_ok=True)
    seen: set[str] = set()
    for file in sorted(options.keep.glob("*.json")):
        fault = verdict(read(file.read_text()))
        print(f"{file}: {fault.signature if fault else 'mended'}")
        if fault is not None:
            seen.add(fault.signature)
    begun, tried, slowest = time.monotonic(), Counter[str](), (0.0, "")
    kinds = options.kind or list(KINDS)
    fell, number = len(seen), options.seed
    while time.monotonic() - begun < options.seconds:
        for kind in kinds:
            case, before = make(kind, number), time.monotonic()
            fault = verdict(case)
            tried[kind] += 1
            slowest = max(slowest, (time.monotonic() - before, f"{kind} {number}"))
            if fault is not None and fault.signature not in seen:
                seen.add(fault.signature)
                fell += 1
                print(f"FAULT {kind} {number}: {fault.signature}\n{fault.told}\n", flush=True)
                small = minimised(case, fault.signature, options.minimise)
                (options.keep / f"{kind}-{number}.json").write_text(small.text())
        number += 1
    each = ", ".join(f"{kind} {count}" for kind, count in tried.items())
    print(f"{sum(tried.values())} inputs in {time.monotonic() - begun:.0f} s ({each})")
    print(f"seeds {options.seed} to {number - 1}, the slowest {slowest[0]:.1f} s ({slowest[1]}), {fell} faults")
    return 1 if fell else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=300, help="when to stop (300)")
    parser.add_argument("--seed", type=int, default=0, help="the first number; the same numbers make the same inputs (0)")
    parser.add_argument("--kind", action="append", choices=KINDS, help="only inputs of this kind; may be repeated")
    parser.add_argument("--keep", type=Path, default=Path("benchmarks/work/fuzz"), help="where reproducers are kept")
    parser.add_argument("--minimise", type=float, default=_MINIMISE, help="seconds to make a reproducer smaller (60)")
    return parser.parse_args()


def _bounded() -> None:
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


if __name__ == "__main__":
    sys.exit(main())
