"""What stands below the findings of a text report: diagnostics, counts, the checklist, the summary."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from statelint.model import SEVERITIES
from statelint.report.text import EMPHASIS, FAINT, GUTTER, Line, cells, hanging, one_line, pad, wrap
from statelint.report.words import (
    SEVERITY_STYLES,
    VERDICT_STYLES,
    VERDICTS,
    by_fingerprint,
    checklists,
    count,
    counts_of,
    fixable_line,
    grounds,
    how_to_decide,
    is_judged,
    item_lines,
    next_steps,
    place,
    severities,
    summary_line,
    untold,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.model import Result, Verdict
    from statelint.report.context import Context
    from statelint.report.words import Ground

_MOST_GROUNDS: Final = 5
_LEAST_FOR_OVERVIEW: Final = 3  # two findings are seen at a glance
_MOST_PLACES: Final = 3  # of one reason
_MOST_PROOFS: Final = 1  # one proof of a PASS is enough, each FAIL and UNKNOWN wants to be looked at


def overview(result: Result, context: Context, *, folds: bool = False) -> list[Line]:
    """Return what stands above the findings: how many there are, and a line for each item that has any."""
    if context.quiet or len(result.findings) < _LEAST_FOR_OVERVIEW:
        return []
    rows = item_lines(result.findings, folds=folds)
    items, levels = max(cells(item) for item, _, _ in rows), max(cells(level) for _, level, _ in rows)
    lines: list[Line] = [((f"{count(len(result.findings), 'finding')}: {severities(result.findings)}", EMPHASIS),)]
    for item, level, codes in rows:
        head = f"  {pad(item, items)}  {pad(level, levels)}  "
        (_, first), *rest = hanging(head, codes, context.width)
        lines += [((f"  {pad(item, items)}  ", EMPHASIS), (f"{pad(level, levels)}  ", ""), first), *rest]
    return [*lines, ()]


def diagnostics(result: Result, width: int) -> list[Line]:
    """Return what could not be read or done, one block each."""
    lines: list[Line] = []
    for entry in untold(result):
        lines += hanging(f"{entry.level}: ", entry.message, width, indent=4, style=SEVERITY_STYLES[entry.level])
        if entry.path:
            lines.append(((" --> ", GUTTER), (place(entry.path, entry.line), "")))
        lines.append(())
    return lines


def statistics(result: Result) -> list[Line]:
    """Return how many findings each rule has, the most first."""
    counts = Counter((finding.severity, finding.code, finding.rule) for finding in result.findings)
    rows = sorted(counts.items(), key=lambda row: (-row[1], SEVERITIES.index(row[0][0]), row[0]))
    digits = max((len(f"{number:,}") for number in counts.values()), default=0)
    lines: list[Line] = [
        ((f"{number:>{digits},}  ", EMPHASIS), (f"{severity:<7}", SEVERITY_STYLES[severity]), (f"  {one_line(code)}  {one_line(rule)}", ""))
        for (severity, code, rule), number in rows
    ]
    return [*lines, ()] if lines else []


def tail(result: Result, context: Context) -> list[Line]:
    """Return the checklist and the summary, as far as they are wanted."""
    if context.quiet:
        return []
    lines: list[Line] = []
    if not result.findings:
        lines += [*_all_clear(result, context.width), ()]
    if context.show_checklist and result.checklist and is_judged(result.checklist):
        lines += _checklists(result, context.width)
        lines += _undecided(result, context.width)
    lines += hanging("", summary_line(result), context.width, style=EMPHASIS, body=EMPHASIS)
    fixable = fixable_line(result, unsafe=context.unsafe_fixes)
    if fixable:
        lines += hanging("", fixable, context.width)
    step = next_steps(result, context.book)
    return [*lines, *hanging("", step, context.width)] if step else lines


def _all_clear(result: Result, width: int) -> list[Line]:
    """Say what was checked, so that silence can be told from blindness."""
    project = result.project
    known = result.summary.baselined or result.summary.earlier
    if not (project.frameworks or project.entry_points or known or result.persona == "library"):
        said = f"there was nothing to judge in {count(project.files, 'file')} of Python. Is this the right folder?"
        return hanging("No web application was found: ", said, width, indent=0, style="bold yellow")
    frameworks = f" of {', '.join(project.frameworks)}" if project.frameworks else ""
    looked = f"Followed {count(project.entry_points, 'entry point')}{frameworks} through {count(project.lines, 'line')} of Python."
    undecided = sum(verdict.verdict == "unknown" for verdict in result.checklist)
    if undecided:
        looked += f" {count(undecided, 'item')} could not be decided: see UNKNOWN below."
    new = " new" if known else ""
    head = f"No{new} findings: " if not result.diagnostics else f"No{new} findings in what could be read: "
    if not is_judged(result.checklist):
        head, said = "No web application was found: ", "nothing was decided."
        if result.persona == "library":
            head, said = "No findings: ", "this is a library, and nothing was seen that whoever uses it has to decide."
        return [*hanging(head, said, width, indent=0, style="bold yellow"), *hanging("", looked, width)]
    if result.persona == "library":
        return [
            *hanging(head, "this is a library, whoever uses it decides.", width, indent=0, style="bold green"),
            *hanging("", looked, width),
        ]
    said = "what was known before is not shown." if new else "nothing was seen that breaks with a second instance."
    return [
        *hanging(head, said, width, indent=0, style="bold green"),
        *hanging("", looked, width),
    ]


def _checklists(result: Result, width: int) -> list[Line]:
    """Return the checklist of each program, a blank line after each."""
    lines: list[Line] = []
    for (_, checklist), counts in zip(checklists(result), counts_of(result), strict=True):
        head, colon, words = counts.partition(": ")
        lines.append(((head + colon, EMPHASIS), (words, "")))
        lines += [*(_rows(checklist, result, width) if is_judged(checklist) else []), ()]
    return lines


def _rows(checklist: Sequence[Verdict], result: Result, width: int) -> list[Line]:
    findings = by_fingerprint(result.findings)
    words = max(len(word) for word in VERDICTS.values())
    items = max(cells(one_line(verdict.item)) for verdict in checklist)
    lines: list[Line] = []
    for verdict in checklist:
        reasons = _reasons(verdict, _told(grounds(verdict, findings)))
        indent = 2 + words + 2 + items + 2
        room = max(width - indent, 30)
        first, *rest = [line for reason in reasons for line in wrap(reason.split(" "), room, room - 2)]
        word = (pad(VERDICTS[verdict.verdict], words), VERDICT_STYLES[verdict.verdict])
        faint = FAINT if verdict.verdict == "not-used" else ""
        lines.append((("  ", ""), word, (f"  {pad(one_line(verdict.item), items)}  ", EMPHASIS), (first, faint)))
        lines += [((" " * indent, ""), (line, faint)) for line in rest]
    return lines


def _undecided(result: Result, width: int) -> list[Line]:
    """Say in one line for all items that are UNKNOWN what decides them."""
    hints = {verdict.item: hint for _, checklist in checklists(result) for verdict in checklist if (hint := how_to_decide(verdict))}
    stating = [item for item, hint in hints.items() if hint.startswith("`facts.")]
    if not hints:
        return []
    if not stating:
        return [*hanging("", "What is UNKNOWN is decided once every file can be read.", width), ()]
    others = f"; likewise {', '.join(stating[1:])}" if stating[1:] else ""
    said = f'What is UNKNOWN is decided by a fact that the configuration states: `facts.{stating[0]} = "why it holds"`{others}.'
    return [*hanging("", said, width), ()]


def _reasons(verdict: Verdict, reasons: list[str]) -> list[str]:
    most = _MOST_PROOFS if verdict.verdict in {"pass", "offered", "not-used"} else _MOST_GROUNDS
    shown = reasons[:most]
    left = len(reasons) - len(shown)
    if left and most == 1:
        shown[-1] += f" and {left} more"
    elif left:
        shown.append(f"and {left} more")
    return shown


def _told(found: Sequence[Ground]) -> list[str]:
    """Return each reason with its places: what holds in several is said once."""
    places: dict[str, list[str]] = {}
    for text, path, line in found:
        places.setdefault(one_line(text), []).extend([place(path, line)] if path else [])
    return [f"{text} ({_listed(list(dict.fromkeys(where)))})" if where else text for text, where in places.items()]


def _listed(places: list[str]) -> str:
    left = len(places) - _MOST_PLACES
    return ", ".join(places[:_MOST_PLACES]) + (f" and {left:,} more" if left > 0 else "")
