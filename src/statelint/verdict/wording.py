"""Put what the analysis says into the words of a reader: no stand-in in code quotes, no class path of the analysis, no echo.

Rules fill names into their sentences. Where there is no name, a description stands in (`a path`), and where a name is known by
what the analysis made of it (`typing.Any.set`, `<lambda:708:18>`), it is none that the project's own source has. One place mends
them all, so that every format, the checklist and the Python API say the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

if TYPE_CHECKING:
    from statelint.engine import Analysis
    from statelint.model import Evidence, Finding, Step

_STAND_INS: Final = ("a file", "a path", "a literal", "nothing", "the environment", "a value that could not be followed")
_STAND_IN: Final = re.compile(f"`({'|'.join(_STAND_INS)})`")
_QUOTED: Final = re.compile(r"`(['\"])([^`'\"]*)\1`")
_LAMBDA: Final = re.compile(r"(?:([\w.]+)\.)?<lambda:\d+:\d+>")
_UNKNOWN_TYPE: Final = re.compile(r"(?<![\w.`])typing\.Any\.(\w+)(?:\(\))?")
_UNKNOWN_TYPE_IN_CODE: Final = re.compile(r"(?<=`)typing\.Any\.(?=\w)")
_UNFINISHED: Final = re.compile(
    r"(?<=[\w\])])\.(joinpath|with_suffix|with_name|with_stem|with_segments|resolve|absolute|expanduser|relative_to)(?=`|$)", re.MULTILINE
)
"""A path that is made of another one, without what it is made with."""
_ECHO: Final = re.compile(r"(?P<name>[^\s].*) -> (?P=name)")


def plain(text: str) -> str:
    """Return a sentence without what only the analysis understands; what is code stays code."""
    if "`" in text:
        text = _STAND_IN.sub(r"\1", text)
        text = _QUOTED.sub(r"`\2`", text)
        text = _UNKNOWN_TYPE_IN_CODE.sub("", text)
    if "typing.Any." in text:
        text = _UNKNOWN_TYPE.sub(r"`\1()`", text)
    text = _UNFINISHED.sub(r".\1(...)", text)
    if "<lambda:" in text:
        text = _LAMBDA.sub(lambda match: f"a lambda in {match[1]}" if match[1] else "a lambda", text)
    return text


def in_plain_words(analysis: Analysis) -> Analysis:
    """Return the analysis with the sentences of its findings and evidence mended; names, places and order stay."""
    return replace(
        analysis,
        findings=tuple(map(_finding, analysis.findings)),
        evidence=tuple(map(_evidence, analysis.evidence)),
    )


def _finding(finding: Finding) -> Finding:
    return replace(
        finding,
        message=plain(finding.message),
        label=plain(finding.label),
        notes=tuple(map(plain, finding.notes)),
        spans=tuple(replace(span, label=plain(span.label)) for span in finding.spans),
        route=tuple(map(_step, finding.route)),
    )


def _step(step: Step) -> Step:
    """Return the step; an entry point without a path of its own is named once, not as what leads to itself."""
    text = plain(step.text)
    echo = _ECHO.fullmatch(text)
    return replace(step, text=echo["name"] if echo else text)


def _evidence(evidence: Evidence) -> Evidence:
    return replace(evidence, text=plain(evidence.text))
