"""What statelint says, as data that other programs rely on: the shape of the JSON report and of `statelint.check`.

Within a version fields are added at the end of a struct; one that goes or changes its meaning raises `version`. Paths are POSIX
paths below `project.root`, lines and columns count from 1, end columns are exclusive.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from statelint.model import Applicability, Confidence, Persona, Severity, VerdictKind

About = msgspec.Meta
Line = Annotated[int, About(description="From 1; 0 where the project as a whole is meant.")]
Path_ = Annotated[str, About(description="A POSIX path below `project.root`; empty where the project as a whole is meant.")]


class Tool(msgspec.Struct, frozen=True):
    """What wrote the report."""

    name: str
    version: str


class Project(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was analysed."""

    root: Annotated[str, About(description="The folder that paths are below, relative to the folder that the command was started in.")]
    frameworks: tuple[str, ...]
    files: Annotated[int, About(description="Python files that were found.")]
    lines: int
    entry_points: int
    persona: Annotated[Persona, About(description="What the project is; told of a library only.")] = "application"


class Range(msgspec.Struct, frozen=True):
    """A stretch of a file; where it is empty, something is inserted."""

    line: int
    column: int
    end_line: int
    end_column: int


class Edit(msgspec.Struct, frozen=True):
    """Replace a stretch of a file."""

    path: str
    range: Range
    replacement: str


class Fix(msgspec.Struct, frozen=True):
    """An automatic fix: all of its edits, or none."""

    applicability: Annotated[Applicability, About(description="`safe`: one instance behaves as before while the variable is not set.")]
    message: Annotated[str, About(description="What it does.")]
    edits: tuple[Edit, ...]
    needs: Annotated[tuple[str, ...], About(description="What pip has to install for it.")]


class Step(msgspec.Struct, frozen=True):
    """One step of the way from a request to the state."""

    path: str
    line: int
    text: str


class Related(msgspec.Struct, frozen=True):
    """A further place that proves the finding."""

    path: str
    line: int
    column: int
    text: str


class Span(msgspec.Struct, frozen=True):
    """A labelled stretch of source, as the text report underlines it."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    label: str
    primary: Annotated[bool, About(description="The finding itself; the others say who writes, reads and holds the state.")]


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that breaks with a second instance, where its state is made."""

    code: str
    rule: str
    item: Annotated[str, About(description="The key of its item of the checklist, or `analysis`.")]
    severity: Severity
    confidence: Confidence
    path: Path_
    line: Line
    column: int
    end_line: int
    end_column: int
    symbol: str
    message: str
    hint: Annotated[str, About(description="The repair: a sentence, and code indented below it where the library is known.")]
    fix: Fix | None
    route: Annotated[tuple[Step, ...], About(description="From the entry point to the write; empty where there is no way to show.")]
    fingerprint: Annotated[str, About(description="The same after code has moved.")]
    also: Annotated[tuple[str, ...], About(description="Codes of further rules that the same fault breaks.")]
    related: tuple[Related, ...]
    spans: Annotated[tuple[Span, ...], About(description="Every labelled stretch of source, the finding's own first.")]
    notes: Annotated[tuple[str, ...], About(description="What else is known: why the confidence is not high, what a default is.")]
    url: Annotated[str, About(description="The page of the rule; empty for a rule without one.")]
    programs: Annotated[
        tuple[str, ...], About(description="The workers and schedulers that alone come to it; told only where no request does.")
    ] = ()


class Evidence(msgspec.Struct, frozen=True):
    """A place that decided about an item."""

    path: Path_
    line: Line
    text: str


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """The checklist's answer for one item."""

    item: str
    title: str
    verdict: VerdictKind
    evidence: tuple[Evidence, ...]
    findings: Annotated[tuple[str, ...], About(description="Fingerprints of the findings of the item, those of a baseline included.")]
    stated: Annotated[str, About(description="The reason that the configuration states; told only where that decided.")] = ""


class Program(msgspec.Struct, frozen=True):
    """One of several programs of a repository, with a checklist of its own."""

    name: str
    root: Annotated[str, About(description="Its folder below `project.root`, `.` for that itself.")]
    found_by: Annotated[str, About(description="What makes it a program, in words.")]
    checklist: tuple[Verdict, ...]


class Diagnostic(msgspec.Struct, frozen=True):
    """Something that could not be read or done; `error` stands for something that was not analysed."""

    level: Literal["warning", "error"]
    path: str
    line: int | None
    message: str


class Summary(msgspec.Struct, frozen=True):
    """How many findings are told, and how many are not."""

    findings: int
    suppressed: int
    baselined: Annotated[int, About(description="In the baseline.")]
    earlier: Annotated[int, About(description="In the version that `--new-since` names.")]


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that a run says."""

    version: Literal[1]
    tool: Tool
    project: Project
    findings: Annotated[tuple[Finding, ...], About(description="By place.")]
    checklist: Annotated[
        tuple[Verdict, ...],
        About(description="All twelve items in the checklist's order; of several programs, the worst verdict of each."),
    ]
    diagnostics: tuple[Diagnostic, ...]
    summary: Summary
    programs: Annotated[tuple[Program, ...], About(description="Told only where a repository holds several programs.")] = ()
