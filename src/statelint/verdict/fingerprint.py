"""Give each finding a name that survives moved lines, reformatting and renamed folders as far as it should.

A fingerprint is twenty hexadecimal digits. The first twelve are the finding's *content*: the rule, the definition around it,
its symbol, and the source it underlines without white space, comments, trailing commas and quote style, and an ordinal
among findings of one file that are equal in all of that. The last eight are the *place*: the file's path. So two files
with the same code have different fingerprints, and whoever knows that a file is gone (the baseline does) can still find
its findings in a renamed folder by their content. Lines and columns are never part of it.
"""

from __future__ import annotations

import hashlib
import re
import tokenize
from typing import TYPE_CHECKING, Final

import msgspec

from statelint.survey.comments import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from statelint.model import Finding

CONTENT_DIGITS: Final = 12
PLACE_DIGITS: Final = 8
_DROPPED: Final = frozenset((tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER))
_SIMPLE_STRING: Final = re.compile(r"([A-Za-z]*)'([^'\"\\\n]*)'")


def fingerprinted(
    findings: Iterable[Finding], lines_of: Callable[[str], tuple[str, ...]], module_of: Callable[[str], str]
) -> tuple[Finding, ...]:
    """Return the findings, sorted, each with its fingerprint.

    `lines_of` gives a file's lines, `module_of` its dotted module name ("" for what is no module).
    """
    named: list[Finding] = []
    seen: dict[tuple[str, str], int] = {}
    for finding in sorted(findings, key=position):
        base = _content(finding, _snippet(finding, lines_of(finding.path)), module_of(finding.path))
        ordinal = seen.get((finding.path, base), 0)
        seen[finding.path, base] = ordinal + 1
        content = _digest(f"{base}\0{ordinal}", CONTENT_DIGITS)
        named.append(msgspec.structs.replace(finding, fingerprint=content + _digest(finding.path, PLACE_DIGITS)))
    return tuple(named)


def position(finding: Finding) -> tuple[str, int, int, str, str, str]:
    """Return the key that findings are sorted by everywhere."""
    return (finding.path, finding.line, finding.column, finding.code, finding.api, finding.message)


def content_of(fingerprint: str) -> str:
    """Return the part of a fingerprint that a renamed folder leaves alone."""
    return fingerprint[:CONTENT_DIGITS]


def _content(finding: Finding, snippet: str, module: str) -> str:
    within = (_relative(finding.scope, module), _relative(finding.symbol, module))
    return "\0".join((finding.code, *within, normalised(snippet)))


def _relative(name: str, module: str) -> str:
    """Return a qualified name without its module, which the path says already."""
    return name[len(module) :].lstrip(".:") if module and re.match(re.escape(module) + r"(?:[.:]|$)", name) else name


def _snippet(finding: Finding, lines: tuple[str, ...]) -> str:
    """Return the underlined source; lines that are not there count as empty."""
    wanted = list(lines[finding.line - 1 : finding.end_line])
    if not wanted:
        return ""
    if len(wanted) == finding.end_line - finding.line + 1:
        wanted[-1] = wanted[-1][: finding.end_column - 1]
    wanted[0] = wanted[0][finding.column - 1 :]
    return "\n".join(wanted)


def normalised(snippet: str) -> str:
    """Return source without what a formatter changes; text that is no Python loses its white space only."""
    words: list[str] = []
    for token in tokens(f"({snippet}\n)"):
        if token.type in _DROPPED:
            continue
        if token.string in (")", "]", "}") and words and words[-1] == ",":
            words.pop()
        simple = _SIMPLE_STRING.fullmatch(token.string) if token.type == tokenize.STRING else None
        words.append(f'{simple[1]}"{simple[2]}"' if simple else token.string)
    if len(words) < len(("(", "x", ")")) or words[-1] != ")":
        return " ".join(snippet.split())
    return " ".join(words[1:-1])


def _digest(text: str, digits: int) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=digits // 2).hexdigest()
