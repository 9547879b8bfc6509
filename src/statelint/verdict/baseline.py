"""Known findings: a file with one JSON object a line, sorted, that merges like any text and is read by people.

    {"code": "SL0401", "path": "app/store.py", "symbol": "SESSIONS", "fingerprint": "0c1f..."}

A finding is known when an entry has its fingerprint. A finding whose entry names a file that is gone is known by its
content too, so a renamed folder does not bring everything back. Each entry stands for one finding.

An entry bears its finding's own code. One with a code that a finding about the same symbol of the same file breaks besides its own
is not stale: it may be of a time when that was a finding of its own, and goes out of date together with the fault. It makes nothing known.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import msgspec

from statelint.errors import StatelintError
from statelint.files import UnreadableError, read_bounded
from statelint.files.read import MOST_BASELINE
from statelint.verdict.fingerprint import CONTENT_DIGITS, PLACE_DIGITS, content_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from statelint.model import Finding

DEFAULT_NAME: Final = "statelint-baseline.jsonl"
_CONFLICT: Final = (b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One known finding; the fingerprint decides what is known, the rest is for people, renamed folders and what is out of date."""

    code: str
    path: str
    symbol: str
    fingerprint: str


class Match(msgspec.Struct, frozen=True):
    """Which findings are known, by fingerprint, and which entries match nothing any more."""

    known: frozenset[str]
    stale: tuple[Entry, ...]


def read_baseline(path: Path, name: str) -> tuple[Entry, ...]:
    """Read a baseline; `name` is how messages call the file.

    Raises:
        StatelintError: the file cannot be read, or a line of it is no entry.
    """
    try:
        content = read_bounded(path, MOST_BASELINE)
    except UnreadableError as error:
        if error.missing:
            how = f"write it: `statelint check --write-baseline {name}`"
            raise StatelintError(f"{name}: there is no such baseline", help=how) from error
        raise StatelintError(f"{name}: cannot be read: {error}") from error
    decoder = msgspec.json.Decoder(Entry)
    entries = []
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if line.strip():
            entries.append(_entry(decoder, line, f"{name}:{number}"))
    return tuple(dict.fromkeys(entries))


def _entry(decoder: msgspec.json.Decoder[Entry], line: bytes, place: str) -> Entry:
    if line.startswith(_CONFLICT):
        raise StatelintError(f"{place}: an unresolved merge conflict", help="keep the lines of both sides; their order does not matter")
    try:
        entry = decoder.decode(line)
    except (msgspec.MsgspecError, RecursionError) as error:
        message = f"{place}: not a baseline entry: {str(error).partition(' - at ')[0]}"
        raise StatelintError(message, help="write the file again with --write-baseline, or remove the line") from error
    if len(entry.fingerprint) != CONTENT_DIGITS + PLACE_DIGITS:
        raise StatelintError(f"{place}: {entry.fingerprint!r} is no fingerprint", help="write the file again with --write-baseline")
    return entry


def match(findings: Sequence[Finding], entries: Sequence[Entry], path_exists: Callable[[str], bool]) -> Match:
    """Match findings and entries one to one."""
    by_fingerprint = {finding.fingerprint: finding for finding in findings}
    known = {entry.fingerprint for entry in entries if entry.fingerprint in by_fingerprint}
    moved: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.fingerprint not in known:
            moved[content_of(finding.fingerprint)].append(finding)
    stale = []
    for entry in sorted(entries, key=_order):
        if entry.fingerprint in known:
            continue
        candidates = moved.get(content_of(entry.fingerprint), [])
        if candidates and not path_exists(entry.path):
            known.add(candidates.pop(0).fingerprint)
        elif not any(_is_told_by(finding, entry, path_exists) for finding in findings):
            stale.append(entry)
    return Match(frozenset(known), tuple(stale))


def _is_told_by(finding: Finding, entry: Entry, path_exists: Callable[[str], bool]) -> bool:
    """Whether the finding says besides what the entry was about."""
    if entry.code not in finding.also or entry.symbol != finding.symbol:
        return False
    return entry.path == finding.path or not path_exists(entry.path)


def entries_for(findings: Iterable[Finding]) -> tuple[Entry, ...]:
    """Return the entries that make the findings known."""
    return tuple(Entry(finding.code, finding.path, finding.symbol, finding.fingerprint) for finding in findings)


def baseline_text(entries: Iterable[Entry]) -> bytes:
    """Return the file's content: sorted by path, then rule, so that neighbours in the file are neighbours in the code."""
    lines = [msgspec.json.format(msgspec.json.encode(entry), indent=0) for entry in sorted(set(entries), key=_order)]
    return b"".join(line + b"\n" for line in lines)


def _order(entry: Entry) -> tuple[str, str, str, str]:
    return (entry.path, entry.code, entry.symbol, entry.fingerprint)
