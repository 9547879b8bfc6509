"""Every project under every transformation, and what must not differ."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.metamorphic.additions import add_handler, add_memo, add_module, copy_handler
from tests.metamorphic.analysis import Report, analysed, examples
from tests.metamorphic.generated import generated
from tests.metamorphic.identifiers import rename_identifiers
from tests.metamorphic.order import shuffle_definitions, shuffle_files
from tests.metamorphic.project import Changed, Files, LocationPath, Places, golden, load, marked
from tests.metamorphic.rename import rename_package
from tests.metamorphic.split import split_modules
from tests.metamorphic.wrap import wrap_calls, wrap_deeply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TRANSFORMATIONS: Final[dict[str, Callable[[Files, int], Changed | None]]] = {
    "shuffle-definitions": shuffle_definitions,
    "shuffle-files": shuffle_files,
    "add-module": add_module,
    "add-handler": add_handler,
    "copy-handler": copy_handler,
    "add-memo": add_memo,
    "split-modules": split_modules,
    "wrap-calls": wrap_calls,
    "wrap-deeply": wrap_deeply,
    "rename-package": rename_package,
    "rename-identifiers": rename_identifiers,
}

_Told = Counter[tuple[LocationPath, str, str, str]]
GENERATED: Final = 40
"""How many programs are generated."""


class Case(NamedTuple):
    """A project, a transformation and its seed."""

    project: str
    transformation: str
    seed: int

    def __str__(self) -> str:
        return f"{self.project} {self.transformation} {self.seed}"


class Outcome(NamedTuple):
    """What a transformation made differ."""

    differences: list[str]
    """Findings that are lost, new, or of another severity, and verdicts; nothing may be here."""
    confidence: list[str]
    """Findings that are told with another confidence; a matter of interest, no fault."""


@cache
def projects() -> dict[str, Files]:
    """Return every project by its name, without marks: those of the repository, the generated ones, the examples of the rules."""
    found = {name: load(folder) for name, folder in golden()}
    return found | {f"made/{seed}": generated(seed) for seed in range(GENERATED)} | {f"rule/{name}": files for name, files in examples()}


@cache
def project(name: str) -> Files:
    """Return a project by its name, with marks."""
    return marked(projects()[name])


@cache
def _before(name: str) -> tuple[Report, Counter[tuple[LocationPath, str, str, str]], dict[tuple[LocationPath, str, str], str]]:
    report = analysed(project(name))
    return report, *_told(report, Places(project(name), Changed(project(name))), ())


def outcome(case: Case) -> Outcome | None:
    """Analyse a changed project beside the original; None where there is nothing that the transformation could change."""
    files = project(case.project)
    changed = TRANSFORMATIONS[case.transformation](files, case.seed)
    return None if changed is None else _differing(files, changed, *_before(case.project))


def compared(files: Files, changed: Changed) -> Outcome:
    """Analyse any project, with marks, and what a transformation has made of it."""
    report = analysed(files)
    return _differing(files, changed, report, *_told(report, Places(files, Changed(files)), ()))


def _differing(files: Files, changed: Changed, old: Report, told: _Told, sure: dict[tuple[LocationPath, str, str], str]) -> Outcome:
    new = analysed(changed.files, order=changed.order)
    places = Places(files, changed)
    if changed.retold:
        return _retold(old, new, Places(files, Changed(files)), places)
    told_now, sure_now = _told(new, places, changed.renamed)
    if changed.copied:
        told_now = Counter({key: min(count, max(told[key], 1)) for key, count in told_now.items()})
    if changed.faulty:
        told_now = Counter({key: count for key, count in told_now.items() if key[0].line})
    differences = [*_lines("lost", told - told_now), *_lines("new", told_now - told)]
    for item, verdict in old.verdicts.items():
        if new.verdicts[item] not in ({verdict, "fail", "unknown"} if item in changed.faulty else {verdict}):
            differences.append(f"verdict {item}: {verdict} -> {new.verdicts[item]}")
    differences += [f"failed: {message}" for message in new.failed if message not in old.failed]
    less = [
        f"{key[1]} {key[2]} at {key[0].path}:{key[0].line}: {confidence} -> {sure_now[key]}"
        for key, confidence in sure.items()
        if sure_now.get(key, confidence) != confidence
    ]
    return Outcome(differences, less)


def _retold(old: Report, new: Report, before: Places, after: Places) -> Outcome:
    """Compare severities at places alone; a finding of low confidence is a suspicion, which a name may raise."""
    told, told_now = (
        Counter({(places.of(one.path, one.line), "", one.severity, ""): 1 for one in report.findings if one.confidence != "low"})
        for report, places in ((old, before), (new, after))
    )
    failed = [f"failed: {message}" for message in new.failed if message not in old.failed]
    return Outcome([*_lines("lost", told - told_now), *_lines("new", told_now - told), *failed], [])


def _told(
    report: Report, places: Places, renamed: tuple[tuple[str, str], ...]
) -> tuple[Counter[tuple[LocationPath, str, str, str]], dict[tuple[LocationPath, str, str], str]]:
    told: Counter[tuple[LocationPath, str, str, str]] = Counter()
    sure = {}
    for finding in report.findings:
        symbol = finding.symbol
        for new, old in renamed:
            symbol = symbol.replace(new, old)
        place = places.of(finding.path, finding.line)
        told[place, finding.code, finding.severity, symbol] += 1
        sure[place, finding.code, symbol] = finding.confidence
    return told, sure


def _lines(word: str, findings: Counter[tuple[LocationPath, str, str, str]]) -> Iterator[str]:
    for (place, code, severity, symbol), count in sorted(findings.items()):
        yield f"{word} {code} {severity} {symbol} at {place.path}:{place.line}" + (f" ({count} times)" if count > 1 else "")
