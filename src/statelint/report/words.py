"""The words that several formats share: counts, verdicts, places, the summary."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from statelint.model import ANALYSIS_ITEM, ITEM_KEYS, ITEMS, SEVERITIES, UNREAD, UNREADABLE
from statelint.report.links import rule_url
from statelint.report.text import one_line
from statelint.report.weight import by_weight

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from statelint.model import Diagnostic, Evidence, Finding, Result, Severity, Step, Verdict, VerdictKind
    from statelint.rulebook.load import Rulebook

VERDICTS: Final[Mapping[VerdictKind, str]] = {
    "fail": "FAIL",
    "unknown": "UNKNOWN",
    "pass": "PASS",
    "offered": "OFFERED",
    "not-used": "NOT USED",
}
VERDICT_STYLES: Final[Mapping[VerdictKind, str]] = {
    "fail": "bold red",
    "unknown": "bold yellow",
    "pass": "bold green",
    "offered": "bold cyan",
    "not-used": "dim",
}
SEVERITY_STYLES: Final[Mapping[Severity, str]] = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}


MOST_STEPS: Final = 8
"""A longer route is shown without its middle."""
FIRST_STEPS: Final = 3
LAST_STEPS: Final = 3


def count(number: int, word: str, plural: str = "") -> str:
    """Return `1 file`, `2 files`, `1,204 files`."""
    return f"{number:,} {word if number == 1 else plural or word + 's'}"


def place(path: str, line: int | None = None, column: int | None = None) -> str:
    """Return `path:line:column` as far as it is known; the project itself is `.`."""
    numbers = [str(number) for number in (line, column) if number]
    return ":".join([one_line(path) or ".", *numbers])


def route_parts(route: Sequence[Step]) -> list[str]:
    """Return each step with its place, left out where it is the previous step's."""
    parts: list[str] = []
    before: tuple[str, int] | None = None
    for step in route:
        here = (step.path, step.line)
        text = one_line(step.text)
        parts.append(text if here == before or not step.path else f"{text} ({place(*here)})")
        before = here
    return parts


def folded(parts: Sequence[str]) -> list[str]:
    """Return a long route without its middle: how a request comes in and what it does to the state is at its ends."""
    if len(parts) <= MOST_STEPS:
        return list(parts)
    left = len(parts) - FIRST_STEPS - LAST_STEPS
    return [*parts[:FIRST_STEPS], f"... {count(left, 'more step')} ...", *parts[-LAST_STEPS:]]


def notes_of(finding: Finding) -> list[str]:
    """Return the finding's notes, its confidence first when it is not high, then what it breaks besides."""
    doubt = [] if finding.confidence == "high" else [f"confidence is {finding.confidence}"]
    return [*doubt, *finding.notes, *besides(finding), *fix_of(finding)]


def fix_of(finding: Finding) -> list[str]:
    """Return a sentence about the automatic fix, where there is one."""
    if finding.fix is None:
        return []
    how = "`--fix`" if finding.fix.applicability == "safe" else "`--fix --unsafe-fixes`"
    needs = f"; it needs {', '.join(map(one_line, finding.fix.needs))}" if finding.fix.needs else ""
    return [f"{how} can {one_line(finding.fix.message)}{needs}"]


def mark(finding: Finding, *, unsafe: bool) -> str:
    """Return the mark of a finding that `--fix` mends, with the fixes that are wanted; "" for others."""
    return " [*]" if finding.fix is not None and (unsafe or finding.fix.applicability == "safe") else ""


def fixable_line(result: Result, *, unsafe: bool) -> str:
    """Return how many findings can be fixed, and by which options; "" where none can."""
    kinds = Counter(finding.fix.applicability for finding in result.findings if finding.fix is not None)
    able = kinds["safe"] + (kinds["unsafe"] if unsafe else 0)
    more = kinds["unsafe"] if not unsafe else 0
    options = "`--fix --unsafe-fixes`" if unsafe else "`--fix`"
    if able:
        return f"[*] {able:,} fixable with {options}" + (f" ({more:,} more with `--unsafe-fixes`)." if more else ".")
    return f"{more:,} fixable with `--fix --unsafe-fixes`." if more else ""


def besides(finding: Finding) -> list[str]:
    """Return a sentence about the further rules that the finding breaks, where there are any."""
    return [f"breaks {' and '.join(map(one_line, finding.also))} as well"] if finding.also else []


def severities(findings: Iterable[Finding]) -> str:
    """Return `1 error, 2 warnings`, as far as there are any."""
    counts = Counter(finding.severity for finding in findings)
    return ", ".join(count(counts[level], level) for level in SEVERITIES if counts[level])


def worst(findings: Collection[Finding]) -> str:
    """Return `2 errors, 14 more`: how many are of the worst severity there is, and how many others there are."""
    counts = Counter(finding.severity for finding in findings)
    level = min(counts, key=SEVERITIES.index)
    more = len(findings) - counts[level]
    return count(counts[level], level) + (f", {more:,} more" if more else "")


def summary_line(result: Result) -> str:
    """Return what was found, what was hidden, and what was read."""
    kept_back = (
        (result.summary.suppressed, "suppressed"),
        (result.summary.baselined, "in baseline"),
        (result.summary.earlier, "there before"),
    )
    hidden = [f"{number:,} {word}" for number, word in kept_back if number]
    found = count(len(result.findings), "finding")
    if hidden:
        found += f" ({', '.join(hidden)})"
    if result.findings:
        found += f": {severities(result.findings)}"
    read = f"{count(result.project.files, 'file')} read"
    unparsed = len({entry.path for entry in result.diagnostics if entry.level == "error" and entry.path.endswith(".py")})
    if unparsed:
        read += f", {unparsed:,} not parsed"
    return f"{found}. {read}."


def checklists(result: Result) -> list[tuple[str, Sequence[Verdict]]]:
    """Return the checklist of each program under its name; that of the only one under ""."""
    if not result.programs:
        return [("", result.checklist)]
    return [(one_line(program.name), program.checklist) for program in result.programs]


def program_title(result: Result, name: str) -> str:
    """Return a program's name, with its folder where that says more."""
    root = next((program.root for program in result.programs if one_line(program.name) == name), name)
    return name if root == name else f"{name} ({place(root)})"


def counts_of(result: Result) -> list[str]:
    """Return a line for each checklist: `Checklist: 2 FAIL, 10 PASS`, and the program's name where there are several."""
    return [
        f"Checklist{f' of {program_title(result, name)}' if name else ''}: "
        + (verdict_counts(checklist) if is_judged(checklist) else "no web application was found")
        for name, checklist in checklists(result)
    ]


def is_judged(checklist: Sequence[Verdict]) -> bool:
    """Tell whether there is something to judge: with a web application some items always pass, fail or stay open."""
    return not checklist or any(verdict.verdict != "not-used" for verdict in checklist)


def verdict_counts(checklist: Sequence[Verdict]) -> str:
    """Return `2 FAIL, 1 UNKNOWN, 9 PASS (1 stated)`, as far as there are any."""
    counts = Counter(verdict.verdict for verdict in checklist)
    stated = sum(bool(verdict.stated) for verdict in checklist)
    words = {**VERDICTS, "pass": f"{VERDICTS['pass']} ({stated} stated)"} if stated else VERDICTS
    return ", ".join(f"{counts[kind]} {word}" for kind, word in words.items() if counts[kind])


def how_to_decide(verdict: Verdict) -> str:
    """Return what decides an item that is UNKNOWN, "" for any other."""
    if verdict.verdict != "unknown":
        return ""
    if verdict.evidence and all(entry.text.startswith(UNREAD) for entry in verdict.evidence if entry.kind == "unknown"):
        return "it is decided once every file can be read"
    return f'`facts.{verdict.item} = "why it holds"` in the configuration decides it'


def by_fingerprint(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Return findings by fingerprint; those without one cannot be referred to."""
    return {finding.fingerprint: finding for finding in findings if finding.fingerprint}


def untold(result: Result) -> tuple[Diagnostic, ...]:
    """Return the diagnostics, for people: those of files that a finding is about already are left out."""
    told = {finding.path for finding in result.findings if finding.code == UNREADABLE}
    return tuple(entry for entry in result.diagnostics if entry.level != "error" or entry.path not in told)


Ground = tuple[str, str, int | None]
"""A reason for a verdict: text, path, line; the path is "" for one that has no place."""


def grounds(verdict: Verdict, findings: Mapping[str, Finding]) -> list[Ground]:
    """Return why the verdict is what it is, as (text, path, line), what decided first.

    A verdict for which nothing speaks falls back on what the item asks for.
    """
    shown = [findings[key] for key in verdict.findings if key in findings]
    found: list[Ground] = [(f"{finding.code} {finding.symbol or finding.rule}", finding.path, finding.line) for finding in shown]
    hidden = len(verdict.findings) - len(shown)
    if hidden:
        found.append((f"{count(hidden, 'finding')} not shown here", "", None))
    wanted: Sequence[Evidence] = sorted(verdict.evidence, key=lambda entry: entry.kind != verdict.verdict)
    evidence: list[Ground] = [(entry.text, entry.path, entry.line) for entry in wanted]
    fallback = {"not-used": "nothing of the kind was found", "unknown": "could not be decided"}
    reasons = (found or evidence) if verdict.verdict == "fail" else evidence + found
    return reasons or [(fallback.get(verdict.verdict, verdict.title), "", None)]


def next_steps(result: Result, book: Rulebook) -> str:
    """Return where to begin, and the one command that helps there; "" when there is nothing to explain."""
    known = by_weight(finding for finding in result.findings if book.rule(finding.code))
    if not known:
        return ""
    first = known[0]
    url = rule_url(first.code, book)
    code = one_line(first.code)
    if len(known) == 1:
        said = f"`statelint rule {code}` explains it"
    else:
        start = f"Begin with {code} at {place(first.path, first.line)}: "
        said = f"{start}`statelint rule {code}` explains {one_line(first.rule)} and how to repair it"
    return f"{said}: {url}" if url else f"{said}."


def item_lines(findings: Iterable[Finding], *, folds: bool = False) -> list[tuple[str, str, str]]:
    """Return, for each item with findings, its key, how many there are, and what breaks.

    A report that `folds` does not show all findings below: the place to begin with stands there as well. The items are in the
    checklist's order, the analysis itself comes last.
    """
    rows = []
    order = (*ITEM_KEYS, ANALYSIS_ITEM)
    breaks = {item.key: item.breaks for item in ITEMS} | {ANALYSIS_ITEM: "parts of the project could not be judged"}
    for item, group in sorted(item_order(findings).items(), key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order)):
        what = breaks.get(item, "")
        first = by_weight(group)[0]
        begin = f"{one_line(first.code)} {place(first.path, first.line)}"
        rows.append((item, worst(group), f"{what}: {begin}") if folds else (item, severities(group), what))
    return rows


def item_order(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Return the findings of each item that has any, in the order of the first finding of each."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.item, []).append(finding)
    return groups
