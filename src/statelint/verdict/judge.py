"""Decide what is shown: the one place that knows of selection, confidence, `safe` names, comments and the baseline.

Takes everything that the analysis found, gives the result that reports show. In this order: comments silence findings; findings
about the comments and about files that were not analysed join; `safe` names and per-file ignores silence further ones; selection and
confidence leave some out; the baseline marks the known ones. In the checklist, what is silenced counts as accepted, what is left out as an
open question, and what is merely known fails its item.

A finding counts for its own rule and for those that it breaks besides (`also`). What silences the finding accepts it for all of them;
a comment or per-file ignore for one of the others, and one that is not selected, only takes that one from it. Where the finding's own
rule is not selected and one of the others is, it is a finding of that one.
"""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from statelint.configuration.select import ALL, expand, selected
from statelint.discover.find import is_below
from statelint.files import Reader, UnreadableError, seen
from statelint.files.read import MOST_SOURCE
from statelint.model import ANALYSIS_ITEM, CONFIDENCES, SEVERITIES, Diagnostic, Finding, Result, Severity, Summary
from statelint.survey.comments import decode, directives_in
from statelint.verdict.baseline import Entry, match
from statelint.verdict.checklist import verdicts
from statelint.verdict.fingerprint import fingerprinted, position
from statelint.verdict.layout import layout
from statelint.verdict.library import as_offered
from statelint.verdict.parts import Part, as_selected, parts, without
from statelint.verdict.patterns import matching
from statelint.verdict.severity import OFF, severity_of, turned_off, weighed
from statelint.verdict.suppress import Silenced, silence
from statelint.verdict.unread import unread_files
from statelint.verdict.wording import in_plain_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from statelint.config import Config, RuleSeverity, Safe
    from statelint.configuration import Settings
    from statelint.engine import Analysis
    from statelint.rulebook.load import Rulebook
    from statelint.survey.summary import Directive


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The result and what lies behind its counts; all findings carry their fingerprints."""

    result: Result
    suppressed: tuple[Finding, ...]
    """Silenced by a comment, a `safe` name or per-file ignores."""
    left_out: tuple[Finding, ...]
    """Not selected, or below the confidence that is asked for; those, too, that stand as findings of what they break besides."""
    baselined: tuple[Finding, ...]
    stale: tuple[Entry, ...]
    """Entries of the baseline that match nothing any more."""

    def standings(self) -> tuple[tuple[Finding, str], ...]:
        """Return every finding with what becomes of it, in the words of `statelint trace`."""
        of_each: tuple[tuple[str, Sequence[Finding]], ...] = (
            ("reported", self.result.findings),
            ("silenced", self.suppressed),
            ("not selected", self.left_out),
            ("in the baseline", self.baselined),
        )
        return tuple((finding, standing) for standing, members in of_each for finding in members)


class _Say(NamedTuple):
    """What the configuration of a folder says of the findings in it."""

    codes: frozenset[str]
    least: int
    safe: Sequence[Safe | str]
    ignored_in: Callable[[str], frozenset[str]]
    severity: Callable[[str, str], RuleSeverity | None]
    """By a rule's code and a file."""

    @classmethod
    def of(cls, config: Config, book: Rulebook, root: Path, base: Path, codes: frozenset[str]) -> _Say:
        return cls(
            codes - turned_off(config, book),
            CONFIDENCES.index(config.min_confidence),
            config.safe,
            _per_file_ignores(config, book, root, base),
            severity_of(config, book, root, base),
        )

    def is_off(self, code: str, path: str) -> bool:
        """Whether a rule that is on is off in this file."""
        return code in self.codes and self.severity(code, path) == OFF


def judge(
    analysis: Analysis,
    config: Config,
    book: Rulebook,
    baseline: Sequence[Entry] = (),
    *,
    chosen: frozenset[str] | None = None,
    base: Path | None = None,
    overlay: Mapping[str, bytes] | None = None,
    only: str | None = None,
    nested: Sequence[tuple[str, Settings]] = (),
) -> Judgement:
    """Return the result of a run.

    `chosen` are the codes that are on, by all layers of the configuration; without it `config` alone decides. `base` is the
    folder that the patterns of per-file ignores start from, else the project root. `overlay` is content that stands for
    files, by path below the root. With `only`, findings of that one file are shown; the checklist is the project's. `nested` are the
    settings that count for the findings in a folder, the deepest folder first.
    """
    analysis = in_plain_words(analysis)
    root = Path(analysis.root)
    text_of = cache(lambda path: decode(_read(root, path, overlay or {})))
    modules = {source.path: source.module for source in analysis.sources}
    silenced = _silenced(analysis, config, book, text_of, modules)
    outer = _Say.of(config, book, root, base or root, selected([_as_layer(config)], book) if chosen is None else chosen)
    inner = [(folder, _Say.of(one.config, book, root, one.base, one.selected)) for folder, one in nested]

    suppressed, left_out, standing = list(silenced.suppressed), [], []
    accepted, off, whole = list(silenced.accepted), [], []
    for finding in sorted((*silenced.kept, *silenced.about), key=position):
        say = next((say for folder, say in inner if is_below(finding.path, folder)), outer)
        ignored = say.ignored_in(finding.path) | {code for code in (finding.code, *finding.also) if say.is_off(code, finding.path)}
        if finding.code in ignored or _is_safe(finding, say.safe, modules.get(finding.path, "")):
            suppressed.append(finding)
            continue
        accepted += [Part(finding, code) for code in finding.also if code in ignored]
        left = without(finding, ignored)
        selected_part = as_selected(left, say.codes, book)
        if selected_part is None or CONFIDENCES.index(left.confidence) > say.least:
            left_out.append(left)
            off += parts(left)
            continue
        standing.append(weighed(selected_part, say.severity(selected_part.code, finding.path), book))
        if standing[-1].severity == "note" != selected_part.severity:
            accepted += parts(selected_part)
        whole.append(left)
        off += [part for part in parts(left) if part.code not in say.codes]
        if selected_part.code != left.code:
            left_out.append(left)
    by_fingerprint = {one.fingerprint: one for one in (*whole, *left_out)}
    matched = match(tuple(by_fingerprint.values()), baseline, partial(_exists, root))
    visible = [finding for finding in standing if only in (None, finding.path)]
    shown = tuple(finding for finding in visible if finding.fingerprint not in matched.known)
    baselined = tuple(finding for finding in visible if finding.fingerprint in matched.known)
    stale = () if only else tuple(entry for entry in matched.stale if _is_stale(entry, analysis, root))
    said = [part.evidence("pass", "accepted") for part in accepted] + [part.evidence("unknown", f"{part.code} is left out") for part in off]
    spoken = [*analysis.evidence, *said]
    checklist = verdicts(
        standing, suppressed, spoken, analysis.diagnostics, has_web=analysis.has_web, facts=config.facts, persona=analysis.persona
    )
    return Judgement(
        result=Result(
            project=analysis.project,
            findings=shown,
            checklist=checklist,
            diagnostics=(*analysis.diagnostics, *(_stale_diagnostic(entry, config, root) for entry in stale)),
            summary=Summary(findings=len(shown), suppressed=len(suppressed), baselined=len(baselined)),
            persona=analysis.persona,
        ),
        suppressed=tuple(sorted(suppressed, key=position)),
        left_out=tuple(left_out),
        baselined=baselined,
        stale=stale,
    )


def fails(result: Result, fail_on: Severity, nested: Sequence[tuple[str, Settings]] = ()) -> bool:
    """Tell whether a shown finding is at or above the threshold: that of the first of `nested` with its file, else `fail_on`.

    Of a library, only findings about the analysis fail: the others are for whoever uses it to decide.
    """

    def worst(path: str) -> int:
        return SEVERITIES.index(next((one.config.fail_on for folder, one in nested if is_below(path, folder)), fail_on))

    counting = [finding for finding in result.findings if result.persona == "application" or finding.item == ANALYSIS_ITEM]
    return any(SEVERITIES.index(finding.severity) <= worst(finding.path) for finding in counting)


def still_open(result: Result, items: Sequence[str]) -> tuple[str, ...]:
    """Return those of the items (ALL stands for every one) that are UNKNOWN, in the checklist's order."""
    return tuple(one.item for one in result.checklist if one.verdict == "unknown" and (ALL in items or one.item in items))


def _silenced(analysis: Analysis, config: Config, book: Rulebook, text_of: Callable[[str], str], modules: Mapping[str, str]) -> Silenced:
    """Fingerprint the findings and let the comments speak."""
    lines_of = cache(lambda path: tuple(text_of(path).replace("\r\n", "\n").replace("\r", "\n").split("\n")))

    def module_of(path: str) -> str:
        return modules.get(path, "")

    found = map(as_offered, analysis.findings) if analysis.persona == "library" else analysis.findings
    findings = fingerprinted(found, lines_of, module_of)
    directives = {**analysis.directives, **_in_other_files(findings, modules, lines_of)}
    unread = {diagnostic.path for diagnostic in analysis.diagnostics}
    silenced = silence(findings, directives, book, lambda path: layout(text_of(path)), require_reason=config.require_reason, unread=unread)
    about = (*silenced.about, *unread_files(analysis.diagnostics, modules, lines_of, book))
    # the rules about the analysis are others than the findings', so their ordinals do not depend on each other
    return msgspec.structs.replace(silenced, about=fingerprinted(about, lines_of, module_of))


def _in_other_files(
    findings: Iterable[Finding], modules: Mapping[str, str], lines_of: Callable[[str], tuple[str, ...]]
) -> dict[str, tuple[Directive, ...]]:
    """Find comments in YAML, Dockerfiles and the like, where a `#` at the beginning or behind white space begins one."""
    found = {}
    for path in {finding.path for finding in findings} - modules.keys():
        comments = [
            directive
            for number, line in enumerate(lines_of(path), start=1)
            if "#" in line and "statelint" in line
            for directive in directives_in(line[line.index("#") :], number, line.index("#"), own_line=line.lstrip().startswith("#"))
        ]
        if comments:
            found[path] = tuple(comments)
    return found


def _is_safe(finding: Finding, safe: Iterable[Safe | str], module: str) -> bool:
    """Tell whether a configured name, or pattern, names the finding's symbol."""
    if not finding.symbol:
        return False
    within = {finding.symbol, f"{finding.scope}.{finding.symbol}"}
    names = within | {f"{module}.{name}" for name in within}
    patterns = (entry if isinstance(entry, str) else entry.name for entry in safe)
    return any(fnmatchcase(name, pattern) for pattern in patterns for name in names)


def _per_file_ignores(config: Config, book: Rulebook, root: Path, base: Path) -> Callable[[str], frozenset[str]]:
    """Return what tells the codes that `per-file-ignores` name for a file."""
    matched = matching("per-file-ignores", config.per_file_ignores, root, base)
    table = {
        pattern: frozenset(code for selector in selectors for code in (expand(selector, book) or (0, ()))[1])
        for pattern, selectors in config.per_file_ignores.items()
    }
    return lambda path: frozenset[str]().union(*(table[pattern] for pattern in matched(path)))


def _as_layer(config: Config) -> dict[str, tuple[str, ...]]:
    return {"select": config.select, "ignore": config.ignore, "extend-select": config.extend_select}


def _is_stale(entry: Entry, analysis: Analysis, root: Path) -> bool:
    """Tell whether an entry without a finding is out of date: its file was analysed to the end, or is gone."""
    if any(diagnostic.path == entry.path for diagnostic in analysis.diagnostics):
        return False
    analysed = {source.path for source in analysis.sources} | {file.path for file in analysis.deploy_files}
    return entry.path in analysed or not _exists(root, entry.path)


def _stale_diagnostic(entry: Entry, config: Config, root: Path) -> Diagnostic:
    file = Path(config.baseline or "")
    shown = file.relative_to(root).as_posix() if file.is_relative_to(root) else file.as_posix()
    message = f"{entry.code} {entry.symbol} in {entry.path} is not found any more; `--prune-baseline` removes its entry {entry.fingerprint}"
    return Diagnostic("error", shown, None, message)


def _exists(root: Path, path: str) -> bool:
    return seen.exists(os.fspath(root / path))


def _read(root: Path, path: str, overlay: Mapping[str, bytes]) -> bytes:
    """Return a file's content; what cannot be read, or lies outside the root, counts as empty."""
    if path in overlay:
        return overlay[path]
    try:
        return Reader(root).read(path, MOST_SOURCE) if path else b""
    except UnreadableError:
        return b""
