"""The plain data that passes between the rooms: findings, evidence, verdicts and the result.

Lines and columns count from 1. Paths are POSIX strings relative to the project root.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Severity = Literal["error", "warning", "note"]
Confidence = Literal["high", "medium", "low"]
VerdictKind = Literal["pass", "fail", "unknown", "not-used", "offered"]
"""`offered`: a library does something of the kind, and whoever uses it decides."""
Persona = Literal["application", "library"]
EvidenceKind = Literal["pass", "unknown", "used"]
Applicability = Literal["safe", "unsafe"]
"""`safe`: one instance behaves as before for as long as the variable that the fix reads is not set."""

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "note")
CONFIDENCES: Final[tuple[Confidence, ...]] = ("high", "medium", "low")


class Item(msgspec.Struct, frozen=True):
    """One of the twelve items of the stateless checklist."""

    key: str
    prefix: str
    title: str
    """What PASS means."""
    breaks: str
    """What users of a second instance notice where it fails."""


ITEMS: Final[tuple[Item, ...]] = (
    Item("sessions", "SL01", "Sessions live in a database, Redis or a signed cookie", "logins are lost when another instance answers"),
    Item(
        "files", "SL02", "Files that another request needs go to object storage", "a file that one instance saved is missing on the others"
    ),
    Item("caches", "SL03", "Caches are external or may be stale", "instances answer differently, each from its own copy"),
    Item("state", "SL04", "No object of the process accumulates state", "each instance remembers something else"),
    Item("rate-limit", "SL05", "Rate limits are counted in a shared store", "limits are multiplied by the number of processes"),
    Item("health", "SL06", "A health endpoint exists and is the one that is probed", "requests go to instances that cannot answer"),
    Item("jobs", "SL07", "Scheduled jobs run once, background work goes to a queue", "jobs run in every instance, or are lost with one"),
    Item("realtime", "SL08", "WebSocket messages cross instances through a backplane", "messages reach only some of the clients"),
    Item(
        "database",
        "SL09",
        "Connection pools fit the database, for all instances together",
        "connections run out, or each instance has data of its own",
    ),
    Item("logs", "SL10", "Logs go to standard output", "log records are lost with the instance"),
    Item("config", "SL11", "Secrets and configuration are the same on every instance", "instances run with different secrets or settings"),
    Item("ordering", "SL12", "A read after a write does not rely on one instance's memory", "a read misses what was just written"),
)
ITEM_KEYS: Final = tuple(item.key for item in ITEMS)
ANALYSIS_ITEM: Final = "analysis"
"""The item of SL00xx: findings about the analysis itself, outside the checklist."""


UNREADABLE: Final = "SL0004"
"""A file of the application that was not analysed; a finding of this rule says the same as a diagnostic of its file."""


UNREAD: Final = "could not be read"
"""How evidence begins that an item is open because a file was not analysed."""


def item_of(code: str) -> str:
    """Return the key of the item that a rule belongs to, by its code."""
    return next((item.key for item in ITEMS if code.startswith(item.prefix)), ANALYSIS_ITEM)


class KnownVariable(msgspec.Struct, frozen=True):
    """An environment variable that production sets."""

    value: str | None
    """None where no file tells it: a secret, or what is only known at run time."""
    path: str
    """The deployment file that sets it."""
    line: int


class Step(msgspec.Struct, frozen=True):
    """One step of the way from an entry point to the state."""

    path: str
    line: int
    text: str


class Span(msgspec.Struct, frozen=True):
    """A labelled stretch of source that a report underlines; `end_column` is exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    label: str = ""


class Edit(msgspec.Struct, frozen=True):
    """Replace the span's text by `content`."""

    span: Span
    content: str


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """An automatic fix: all of its edits or none; their spans are those of the file as it was analysed."""

    applicability: Applicability
    message: str
    """What it does, as an order."""
    edits: tuple[Edit, ...]
    needs: tuple[str, ...] = ()
    """What pip has to install for it."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that breaks with a second instance, where its state is made."""

    code: str
    rule: str
    item: str
    severity: Severity
    confidence: Confidence
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    symbol: str
    message: str
    hint: str
    label: str = ""
    """What the report writes under the primary span."""
    spans: tuple[Span, ...] = ()
    """Further labelled spans: where a request writes the state, where another reads it."""
    notes: tuple[str, ...] = ()
    route: tuple[Step, ...] = ()
    fix: Fix | None = None
    """Filled in by `statelint.fixes`, which alone knows."""
    fingerprint: str = ""
    """Stable under line moves: rule + scope + normalised snippet. Filled in by `judge`."""
    scope: str = ""
    """The qualified name of the definition around the finding; part of the fingerprint."""
    api: str = ""
    """The id of the `[[api]]` row that decided, "" for a hand-written form."""
    causes: tuple[str, ...] = ()
    """What one repair mends, in no particular words: findings of an item that share one are the same fault at several places."""
    also: tuple[str, ...] = ()
    """Codes of further rules that the same fault breaks; it fails their items as well. The notes say how."""
    programs: tuple[str, ...] = ()
    """The workers and schedulers that alone come to it; empty where requests do."""

    @property
    def items(self) -> tuple[str, ...]:
        """The items that the finding counts for, its own first."""
        return tuple(dict.fromkeys((self.item, *map(item_of, self.also))))


class Evidence(msgspec.Struct, frozen=True):
    """A place that speaks for PASS, for UNKNOWN, or only that the item is in use at all."""

    item: str
    kind: EvidenceKind
    path: str
    line: int
    text: str


class Diagnostic(msgspec.Struct, frozen=True):
    """Something the analysis could not read or do; never a finding about the project."""

    level: Literal["warning", "error"]
    path: str
    line: int | None
    message: str


class FailedCheck(Diagnostic, frozen=True):
    """A check that failed: a fault of statelint, after which the report is incomplete and the exit status is 2."""


class Verdict(msgspec.Struct, frozen=True):
    """The checklist's answer for one item."""

    item: str
    title: str
    verdict: VerdictKind
    evidence: tuple[Evidence, ...]
    findings: tuple[str, ...]
    """Fingerprints of the findings that decided."""
    stated: str = ""
    """Why it passes, in the words of the configuration; "" where the analysis decided."""


class Project(msgspec.Struct, frozen=True):
    """What was analysed."""

    root: str
    frameworks: tuple[str, ...]
    files: int
    lines: int
    entry_points: int


class Program(msgspec.Struct, frozen=True):
    """One of several programs of a repository, with a checklist of its own."""

    name: str
    root: str
    """Its folder, relative to the project root; "." for the root itself."""
    found_by: str
    """What makes it a program, in words."""
    checklist: tuple[Verdict, ...]


class Summary(msgspec.Struct, frozen=True):
    """How many findings are shown and how many are not."""

    findings: int
    suppressed: int
    baselined: int
    earlier: int = 0
    """Found in the earlier version that new findings are told from."""


class Result(msgspec.Struct, frozen=True):
    """Everything a report needs; a report reads nothing else but the sources it quotes."""

    project: Project
    findings: tuple[Finding, ...]
    checklist: tuple[Verdict, ...]
    diagnostics: tuple[Diagnostic, ...]
    summary: Summary
    persona: Persona = "application"
    """What the project is: of a `library`, findings are for whoever uses it to decide."""
    programs: tuple[Program, ...] = ()
    """The programs of a repository that has several; `checklist` then has the worst verdict of each item."""
