"""What must hold for every input: more than that nothing falls."""

from __future__ import annotations

import json
import random
import shutil
from typing import TYPE_CHECKING, Any, Final

from tests.fuzz.running import Fault, FaultError, Ran, place, run
from tests.fuzz.texts import damaged
from tests.metamorphic.cases import TRANSFORMATIONS, compared
from tests.metamorphic.project import marked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.fuzz.case import Case

_JSON: Final = ("check", ".", "--output-format", "json")
_RENAMING: Final = ("shuffle-files", "rename-package", "rename-identifiers")


def verdict(case: Case) -> Fault | None:
    """Return what is wrong with the program on this input, None where nothing is."""
    try:
        ORACLES[case.oracle](case)
    except FaultError as found:
        return found.fault
    return None


def _ends_well(case: Case) -> None:
    """A run ends with a status that means something, in bounded time, and no check fails."""
    with place() as root:
        case.write(root)
        run(root, *case.arguments)


def _same_bytes(case: Case) -> None:
    """One process or two, an empty cache or a full one, the files in another order: the report has the same bytes."""
    with place() as root:
        case.write(root)
        first = run(root, *_JSON, "-n", "-j1")
        _like(first, run(root, *_JSON, "-j1"), "cold")
        _like(first, run(root, *_JSON), "warm")
        if random.Random(case.seed).random() < 0.3:  # processes take longer to start than such a project takes
            _like(first, run(root, *_JSON, "-n", "-j2"), "-j2")
        shutil.rmtree(root)
        (root / ".git").mkdir(parents=True)
        names = list(case.files)
        random.Random(case.seed).shuffle(names)
        case._replace(files={name: case.files[name] for name in names}).write(root)
        _like(first, run(root, *_JSON, "-n", "-j1"), "shuffled")


def _changed_between(case: Case) -> None:
    """What is kept of a project never speaks for what it has become."""
    pick = random.Random(case.seed)
    with place() as root:
        case.write(root)
        run(root, *_JSON)
        for _ in range(2):
            _change(root, case, pick)
            _like(run(root, *_JSON, "-n"), run(root, *_JSON), "after a change")


def _change(root: Path, case: Case, pick: random.Random) -> None:
    name = pick.choice(sorted(case.files))
    target = root / name
    match pick.randrange(3):
        case 0 if target.exists():
            target.unlink()
        case 1 if target.parent.is_dir():
            target.write_bytes(case.files[pick.choice(sorted(case.files))].encode(errors="surrogateescape"))
        case _ if target.parent.is_dir():
            target.with_name(f"new_{pick.randrange(9)}.py").write_bytes(case.files[name].encode(errors="surrogateescape"))
        case _:
            pass


def _damaged_cache(case: Case) -> None:
    """A cache that was damaged is as good as none."""
    pick = random.Random(case.seed)
    with place() as root:
        case.write(root)
        first = run(root, *_JSON)
        kept = [path for path in sorted((root.parents[1] / "kept").rglob("*")) if path.is_file()]
        if not kept:
            raise FaultError("nothing was kept")
        for path in pick.sample(kept, pick.randint(1, len(kept))):
            content = bytearray(path.read_bytes())
            for _ in range(pick.randint(1, 3)):
                start = pick.randrange(len(content) + 1)
                content[start : start + pick.choice((0, 1, 1, 8, 1 << 20))] = pick.randbytes(pick.choice((0, 1, 1, 8)))
            path.write_bytes(content)
        _like(first, run(root, *_JSON), "damaged cache")


def _baseline(case: Case) -> None:
    """With what is found written down nothing is found; damaged, a baseline is refused or silences no more than its lines."""
    pick = random.Random(case.seed)
    with place() as root:
        case.write(root)
        run(root, "check", ".", "-n", "--write-baseline", "base.jsonl", "--allow-no-app")
        if not (root / "base.jsonl").exists():
            return  # a configuration that cannot be used
        known = run(root, *_JSON, "-n", "--baseline", "base.jsonl", "--allow-no-app")
        if _report(known).get("findings"):
            raise FaultError("baseline: something is found that stands in it", known.out.decode()[-2000:])
        text = (root / "base.jsonl").read_text()
        (root / "base.jsonl").write_bytes(damaged(text, pick).encode(errors="surrogatepass"))
        run(root, *_JSON, "-n", "--baseline", "base.jsonl")
        run(root, "check", ".", "-n", "--baseline", "base.jsonl", "--prune-baseline")


def _renamed(case: Case) -> None:
    """Names decide nothing, and neither does the order of files."""
    files = marked(case.files)
    for name in _RENAMING:
        changed = TRANSFORMATIONS[name](files, case.seed % 1000)
        if changed is None:
            continue
        found = compared(files, changed).differences
        if found:
            raise FaultError(f"{name}: {' '.join(found[0].split()[:2])}", "\n".join(found))


def _untouched(case: Case) -> None:
    """A file that has nothing to do with the others changes nothing of what is found in them."""
    with place() as root:
        case._replace(files={path: text for path, text in case.files.items() if path != case.added}).write(root)
        before = _told(_report(run(root, *_JSON, "-n")), case.added)
        case.write(root)
        after = _told(_report(run(root, *_JSON, "-n")), case.added)
    if before != after:
        lost, new = sorted(before - after), sorted(after - before)
        raise FaultError(f"untouched: {'lost ' + lost[0][2] if lost else 'new ' + new[0][2]}", f"lost {lost}\nnew {new}")


def _told(report: dict[str, Any], added: str) -> set[tuple[str, int, str, str]]:
    return {(one["path"], one["line"], one["code"], one["severity"]) for one in report.get("findings", ()) if one["path"] != added}


def _report(ran: Ran) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ran.out) if ran.out else {}
    return found


def _like(first: Ran, other: Ran, how: str) -> None:
    if (first.status, first.out) != (other.status, other.out):
        one, two = first.out.decode(errors="replace").splitlines(), other.out.decode(errors="replace").splitlines()
        told = [f"- {a}\n+ {b}" for a, b in zip(one, two, strict=False) if a != b][:20]
        raise FaultError(
            f"other bytes: {how}", "\n".join([f"status {first.status}, {other.status}", *told, first.err[-500:], other.err[-500:]])
        )


ORACLES: Final[dict[str, Callable[[Case], None]]] = {
    "ends-well": _ends_well,
    "same-bytes": _same_bytes,
    "changed-between": _changed_between,
    "damaged-cache": _damaged_cache,
    "baseline": _baseline,
    "renamed": _renamed,
    "untouched": _untouched,
}
"""What must hold, by name; each raises FaultError where it does not."""
