"""Comments that silence findings: read them, apply them, and report the ones that are wrong or idle.

    x = {}  # statelint: ignore[SL0401] filled at import only
    # statelint: ignore[module-level-state] the reason may go on
    # below, the comment speaks about the next line of code
    x = {}
    # statelint: ignore-file[SL1001] this module is a log shipper
    x = {}  # noqa: E501, SL0401

The grammar is strict on purpose: a comment that is not understood silences nothing and is reported.

A comment that names the code of a finding silences all of it. One that names only what the finding breaks besides (`also`) takes
that from it, and the rest stays.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from statelint.model import ANALYSIS_ITEM, ITEM_KEYS, Finding
from statelint.suggest import did_you_mean
from statelint.verdict.parts import Part, without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from statelint.rulebook.load import Rulebook
    from statelint.survey.summary import Directive
    from statelint.verdict.layout import Layout

UNUSED: Final = "SL0001"
MALFORMED: Final = "SL0002"
NO_REASON: Final = "SL0003"

_COMMENT: Final = re.compile(r"#\s*statelint\s*(?P<colon>:)?[\s-]*(?P<verb>[\w-]*)\s*(?P<list>\[[^\]]*\]?)?(?P<reason>.*)", re.DOTALL)
_NOQA: Final = re.compile(r"#\s*noqa\s*:\s*(?P<list>[A-Z]+[0-9]+(?:(?:\s*,\s*|\s+)[A-Z]+[0-9]+)*)(?P<reason>.*)", re.IGNORECASE | re.DOTALL)
_OURS: Final = re.compile(r"SL[0-9]+", re.IGNORECASE)
_VERBS: Final = ("ignore", "ignore-file")


class Suppression(msgspec.Struct, frozen=True):
    """A well-formed comment; `line` is where it stands, `target` the line of code it speaks about (0: the whole file)."""

    line: int
    column: int
    end_column: int
    target: int
    codes: tuple[str, ...]
    reason: str


class Malformed(msgspec.Struct, frozen=True):
    """A comment that is meant for statelint and cannot be understood: the case and the words of its message."""

    case: str
    words: dict[str, str] = {}


class Silenced(msgspec.Struct, frozen=True):
    """What the comments of a project do: findings that stay, findings they silence, findings about the comments."""

    kept: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    about: tuple[Finding, ...]
    accepted: tuple[Part, ...] = ()
    """What comments take from findings that stay."""


def silence(
    findings: Sequence[Finding],
    directives: Mapping[str, Sequence[Directive]],
    book: Rulebook,
    layout_of: Callable[[str], Layout],
    *,
    require_reason: bool = False,
    unread: Iterable[str] = (),
) -> Silenced:
    """Apply every comment. `unread` are the files that were not analysed to the end: what is unused there is unknown."""
    kept: list[Finding] = []
    suppressed: list[Finding] = []
    about: list[Finding] = []
    accepted: list[Part] = []
    by_file: dict[str, list[Finding]] = {}
    for finding in findings:
        by_file.setdefault(finding.path, []).append(finding)
    unread = frozenset(unread)
    for path in sorted(by_file.keys() | directives.keys()):
        here = by_file.get(path, [])
        comments = directives.get(path, ())
        if not comments:
            kept += here
            continue
        layout = layout_of(path)
        parsed = [(comment, parse(comment, book, layout)) for comment in comments]
        good = [suppression for _, suppression in parsed if isinstance(suppression, Suppression)]
        used: set[tuple[int, int, str]] = set()
        for finding in here:
            silenced = set()
            for suppression in (suppression for suppression in good if covers(suppression, finding, layout)):
                codes = {finding.code, *finding.also}.intersection(suppression.codes)
                used.update((suppression.line, suppression.column, code) for code in codes)
                silenced |= codes
            if finding.code in silenced:
                suppressed.append(finding)
            else:
                kept.append(without(finding, silenced))
                accepted += [Part(finding, code) for code in finding.also if code in silenced]
        for comment, outcome in parsed:
            about += _about(path, comment, outcome, book, None if path in unread else used, require_reason=require_reason)
    return Silenced(tuple(kept), tuple(suppressed), tuple(about), tuple(accepted))


def covers(suppression: Suppression, finding: Finding, layout: Layout) -> bool:
    """Tell whether the comment speaks about the finding: it names a rule that the finding breaks, and stands in its place.

    That is on the first or last line of the finding or of its statement, alone above either, or for the file.
    """
    if not {finding.code, *finding.also}.intersection(suppression.codes):
        return False
    if not suppression.target:
        return True
    first, last = layout.statement(finding.line)
    if suppression.target != suppression.line:
        return suppression.target in (finding.line, first)
    return suppression.line in (finding.line, first, last) or (suppression.line == finding.end_line <= last)


def parse(directive: Directive, book: Rulebook, layout: Layout) -> Suppression | Malformed:
    """Read one comment; the codes come out as codes whether the comment names codes or names."""
    noqa = _NOQA.match(directive.text)
    if noqa:
        words = [word for word in re.split(r"[,\s]+", noqa["list"]) if _OURS.fullmatch(word)]
        verb, reason = "ignore", noqa["reason"]
    else:
        match = _COMMENT.match(directive.text)
        if match is None:
            return Malformed("not-understood", {"text": directive.text})
        problem = _grammar(match)
        if problem is not None:
            return problem
        words = [word for word in re.split(r"[,\s]+", match["list"][1:-1]) if word]
        verb, reason = match["verb"], match["reason"]
    codes = []
    for word in words:
        rule = book.rule(word)
        if rule is None or rule.item == ANALYSIS_ITEM:
            return _refused(word, book)
        codes.append(rule.code)
    if not codes:
        return Malformed("no-rule")
    if verb == "ignore-file" and not directive.own_line:
        return Malformed("file-not-alone")
    target = 0 if verb == "ignore-file" else layout.below(directive.line) if directive.own_line else directive.line
    end_column = directive.column + len(directive.text)
    reason = reason.strip().strip("-:").strip()
    return Suppression(directive.line, directive.column, end_column, target, tuple(dict.fromkeys(codes)), reason)


def _grammar(match: re.Match[str]) -> Malformed | None:
    """Judge the shape of `# statelint: verb[list] reason`."""
    verb, rules = match["verb"], match["list"]
    if not match["colon"]:
        return Malformed("no-colon", {"verb": verb})
    if verb not in _VERBS:
        return Malformed("unknown-word", {"word": verb, "suggestion": did_you_mean(verb, _VERBS)})
    if not rules:
        return Malformed("no-rule")
    if not rules.endswith("]"):
        return Malformed("not-closed")
    return None


def _refused(word: str, book: Rulebook) -> Malformed:
    rule = book.rule(word)
    if rule is not None:
        return Malformed("about-comments", {"word": rule.code})
    if word in ITEM_KEYS:
        return Malformed("an-item", {"word": word})
    options = [option for rule in book.rules if rule.item != ANALYSIS_ITEM for option in (rule.code, rule.name)]
    return Malformed("unknown-rule", {"word": word, "suggestion": did_you_mean(word, options)})


def _about(
    path: str,
    comment: Directive,
    outcome: Suppression | Malformed,
    book: Rulebook,
    used: set[tuple[int, int, str]] | None,
    *,
    require_reason: bool,
) -> list[Finding]:
    """Report what is wrong with one comment; with `used` None nothing is said about idle ones."""
    if isinstance(outcome, Malformed):
        return [_finding(book, MALFORMED, outcome.case, path, comment, **outcome.words)]
    found = []
    idle = [code for code in outcome.codes if used is not None and (outcome.line, outcome.column, code) not in used]
    if idle:
        case = "file" if not outcome.target else "part" if len(idle) < len(outcome.codes) else "line"
        found.append(_finding(book, UNUSED, case, path, comment, codes=", ".join(idle)))
    if require_reason and not outcome.reason:
        found.append(_finding(book, NO_REASON, "comment", path, comment, codes=", ".join(outcome.codes)))
    return found


def _finding(book: Rulebook, code: str, case: str, path: str, comment: Directive, **words: str) -> Finding:
    rule = book.rule(code)
    assert rule is not None, f"the rule set lacks {code}"  # noqa: S101 - shipped with the package
    return Finding(
        code=rule.code,
        rule=rule.name,
        item=rule.item,
        severity=rule.severity,
        confidence="high",
        path=path,
        line=comment.line,
        column=comment.column,
        end_line=comment.line,
        end_column=comment.column + len(comment.text),
        symbol=words.get("codes", ""),
        message=rule.messages[case].format_map(words),
        hint=rule.fix,
        label="this comment",
    )
