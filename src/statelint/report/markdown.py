"""Markdown for a comment on a pull request or a job's summary.

GitHub and GitLab cut or refuse what is too long, so what does not fit is left out, and counted.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

from statelint.model import ANALYSIS_ITEM, ITEMS
from statelint.report.links import rule_url, source_url
from statelint.report.snippet import excerpt
from statelint.report.sources import Sources
from statelint.report.text import harmless, one_line, split_hint
from statelint.report.words import (
    VERDICTS,
    by_fingerprint,
    checklists,
    count,
    folded,
    grounds,
    how_to_decide,
    is_judged,
    item_order,
    notes_of,
    place,
    program_title,
    route_parts,
    severities,
    summary_line,
    untold,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.model import Diagnostic, Finding, Result, Verdict, VerdictKind
    from statelint.report.context import Context

_SIGNS: Final[Mapping[VerdictKind, str]] = {"fail": "❌", "unknown": "❔", "pass": "✅", "offered": "🔵", "not-used": "⚪"}
_PUNCTUATION = re.compile(r"[\\`*_\[\]#!|~$@]")
_BLOCK_START = re.compile(r"^(?:[-+=]|\d+(?=[.)]))")
_LINK = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)
_CODE_SPAN = re.compile(r"(`+)(.+?)(?<!`)\1(?!`)")
_BREAK: Final = "\u200b"
MOST_CHARACTERS: Final = 65_536
"""What a comment on GitHub holds; GitLab takes more."""
_FOR_THE_REST: Final = 300  # the sentence about what is left out
_MOST_DIAGNOSTICS: Final = 50
_MOST_GROUNDS: Final = 3
_QUOTE_WIDTH: Final = 120


def render(result: Result, context: Context) -> str:
    """Return the checklist as a table and the findings below it, folded up for each item."""
    parts = [f"## statelint: {count(len(result.findings), 'finding') if result.findings else 'no findings'}"]
    room = _Room(MOST_CHARACTERS - len(parts[0]) - _FOR_THE_REST)
    if not context.quiet:
        parts += room.fit([prose(summary_line(result))])
        if context.show_checklist and result.checklist:
            for name, checklist in checklists(result):
                if name:
                    parts += room.fit([f"### {prose(program_title(result, name))}"])
                parts += room.fit([_table(checklist, result) if is_judged(checklist) or not name else "No web application was found."])
    unread = room.fit(_diagnostics(told)) if (told := untold(result)) else []
    parts += _findings(result, context, room)
    return "\n\n".join([*parts, *unread]) + "\n"


class _Room:
    """How many characters are left of a text that may not grow beyond a limit."""

    def __init__(self, characters: int) -> None:
        self.left = characters

    def fit(self, parts: list[str]) -> list[str]:
        """Return the parts up to the first that does not fit, and take their room."""
        kept = []
        for part in parts:
            if not self.takes(part):
                break
            kept.append(part)
        return kept

    def takes(self, part: str) -> bool:
        """Take the room of a part and of what divides it from others, if there is enough."""
        size = len(part) + len("\n\n")
        if size > self.left:
            return False
        self.left -= size
        return True


def _diagnostics(diagnostics: Sequence[Diagnostic]) -> list[str]:
    shown = diagnostics[:_MOST_DIAGNOSTICS]
    entries = [f"- {code(place(entry.path, entry.line))} {prose(entry.message)}" for entry in shown]
    if len(diagnostics) > len(shown):
        entries.append(f"- and {len(diagnostics) - len(shown):,} more")
    return [_folded(f"Could not be read or done: {len(diagnostics)}", "\n".join(entries))]


def prose(text: str) -> str:
    """Return one line of text that means itself; matched backticks stay code."""
    plain = one_line(text)
    shown, at = "", 0
    for match in _CODE_SPAN.finditer(plain):
        shown += _plain(plain[at : match.start()]) + code(match[2].strip())
        at = match.end()
    return shown + _plain(plain[at:])


def _plain(text: str) -> str:
    """Escape whatever Markdown, HTML, a link or a mention would be made of."""
    shown = _PUNCTUATION.sub(r"\\\g<0>", escape(text, quote=False))
    shown = _LINK.sub(_entity, _BLOCK_START.sub(lambda match: match[0] + _BREAK, shown))
    return shown.replace("\\@", f"\\@{_BREAK}").replace("\\#", f"\\#{_BREAK}")


def _entity(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"


def code(text: str) -> str:
    """Return text as code; as HTML, since no fence of backticks is safe in every table."""
    shown = _LINK.sub(_entity, _PUNCTUATION.sub(_entity, escape(one_line(text), quote=False)))
    return f"<code>{shown}</code>" if shown else ""


def _table(checklist: Sequence[Verdict], result: Result) -> str:
    findings = by_fingerprint(result.findings)
    groups = item_order(result.findings)

    def own(verdict: Verdict) -> list[Finding]:
        found = groups.get(verdict.item, [])
        return [one for one in found if one.fingerprint in verdict.findings] if result.programs else found

    rows = [_row(verdict, findings, severities(own(verdict))) for verdict in checklist]
    return "\n".join(["| Item | Verdict | Why |", "| --- | --- | --- |", *rows])


def _row(verdict: Verdict, findings: Mapping[str, Finding], counted: str) -> str:
    reasons = [f"{prose(text)} {code(place(path, line)) if path else ''}".rstrip() for text, path, line in grounds(verdict, findings)]
    shown = reasons[:_MOST_GROUNDS]
    if len(reasons) > len(shown):
        shown.append(f"and {len(reasons) - len(shown)} more")
    if hint := how_to_decide(verdict):
        shown.append(prose(hint))
    sign = f"{_SIGNS[verdict.verdict]} {VERDICTS[verdict.verdict].replace(' ', '&nbsp;')}" + (f"<br>{counted}" if counted else "")
    return f"| **{prose(verdict.item)}**<br>{prose(verdict.title)} | {sign} | {'<br>'.join(shown)} |"


def _findings(result: Result, context: Context, room: _Room) -> list[str]:
    sources = Sources(context.root)
    told: dict[str, Finding] = {}
    titles = {item.key: item.title for item in ITEMS} | {ANALYSIS_ITEM: "The analysis itself"}
    parts: list[str] = []
    left = 0
    for item, findings in item_order(result.findings).items():
        bodies: list[str] = []
        head = f"<b>{escape(one_line(item))}</b>: {severities(findings)} · {escape(titles.get(item, ''))}"
        frame = _folded(head, "")
        for finding in findings:
            body = _finding(finding, sources, told.get(finding.hint), context)
            if left or not room.takes(body if bodies else body + frame):
                left += 1
                continue
            bodies.append(body)
            told.setdefault(finding.hint, finding)
        if bodies:
            parts.append(_folded(head, "\n\n".join(bodies)))
    if left:
        parts.append(f"{count(left, 'more finding')} left out here, as the text would be too long: `statelint check` shows all.")
    return parts


def _folded(head: str, body: str) -> str:
    return f"<details>\n<summary>{head}</summary>\n\n{body}\n\n</details>"


def _finding(finding: Finding, sources: Sources, told: Finding | None, context: Context) -> str:
    """Return a finding; `told` is the one above it that has the same repair."""
    url, source = rule_url(finding.code, context.book), source_url(context.source_url, finding.path, finding.line)
    where = code(place(finding.path, finding.line, finding.column))
    sentence, repair = split_hint(finding.hint) if told is None else (f"as for {told.code} at {place(told.path, told.line)}, above", [])
    name = f"[{prose(finding.code)}]({url})" if url else prose(finding.code)
    parts = [
        f"**{finding.severity} {name}** {code(finding.rule)} at {f'[{where}]({source})' if source else where}",
        prose(finding.message),
    ]
    if finding.line:
        parts.append(_fenced(excerpt(finding, sources, _QUOTE_WIDTH), "text"))
    if finding.route:
        parts.append(f"**Route:** {' → '.join(prose(part) for part in folded(route_parts(finding.route)))}")
    parts += [f"**Note:** {prose(note)}" for note in notes_of(finding)]
    if sentence:
        parts.append(f"**Help:** {prose(sentence)}")
    if repair:
        parts.append(_fenced("\n".join(repair), ""))
    return "\n\n".join(parts)


def _fenced(text: str, language: str) -> str:
    """Return a code block whose fence is longer than any run of backticks inside."""
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{harmless_lines(text)}\n{fence}"


def harmless_lines(text: str) -> str:
    """Return lines without control characters."""
    return "\n".join(harmless(line) for line in text.split("\n"))
