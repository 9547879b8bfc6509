"""Start-up scripts: which programs a shell script of the project starts when it is given certain words."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands.shell import MAX_TEXT, Simple, commands

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.deploy.formats.sources import Source
    from statelint.deploy.model import SourceRange

_FUNCTION: Final = re.compile(r"[ \t]*(?:function[ \t]+)?([\w-]{1,80})[ \t]*\(\)[ \t]*\{?")
_ARM: Final = re.compile(r"[ \t]*\(?([\w\"'|*./ -]{1,120})\)(?![\w(])")
_SHEBANG: Final = re.compile(r"#!.*\b(sh|bash|ash|dash|zsh)\b")
_MAX_FOLLOWED: Final = 5


def is_shell(source: Source) -> bool:
    """Say whether a file is a shell script."""
    return bool(source.lines) and (
        bool(_SHEBANG.match(source.lines[0])) or (source.path.endswith((".sh", ".bash")) and len(source.text) < MAX_TEXT)
    )


def started(source: Source, words: Sequence[str], env: Mapping[str, str | None]) -> list[tuple[Simple, SourceRange]]:
    """Return the programs that the script starts when called with `words`, each with its line.

    A word that names a function or an arm of a `case` picks that part; otherwise everything outside of functions counts.
    """
    labels = _labels(source)
    names = {label for group in labels for label in group}
    everything = [(simple, source.place(simple.line + 1)) for simple in commands(source.text, env)]

    def around(place: SourceRange) -> frozenset[str]:
        return labels[min(place.line, len(labels)) - 1]

    first = words[0] if words else ""
    if first in names:
        chosen = [item for item in everything if first in around(item[1])]
        for _ in range(_MAX_FOLLOWED):
            called = {simple.words[0] for simple, _ in chosen} & names - {first}
            more = [item for item in everything if called & around(item[1]) and item not in chosen]
            if not more:
                break
            chosen += more
        words = words[1:]
    else:
        chosen = [item for item in everything if not around(item[1]) or "*" in around(item[1])]
        chosen = chosen if any("$@" in simple.words or len(simple.words) > 1 for simple, _ in chosen) else everything
    kept = [(simple, place) for simple, place in chosen if simple.words[-1] != "{" and not _calls_function(simple, names)]
    filled = [(_given(simple, words), place) for simple, place in kept]
    return [(simple, place) for simple, place in filled if simple.words]


def _calls_function(simple: Simple, names: set[str]) -> bool:
    """Say whether the words only call a function of the script, perhaps with the script's own words."""
    return simple.words[0] in names and set(simple.words[1:]) <= {"$@"}


def _given(simple: Simple, words: Sequence[str]) -> Simple:
    """Put the script's words in the place of `$@`."""
    if "$@" not in simple.words:
        return simple
    filled = [part for word in simple.words for part in (words if word == "$@" else (word,))]
    return replace(simple, words=tuple(filled))


def _labels(source: Source) -> list[frozenset[str]]:
    """Return for each line the functions and `case` arms around it."""
    found: list[frozenset[str]] = []
    function = ""
    arms: frozenset[str] = frozenset()
    cases = 0
    for line in source.lines:
        text = line.strip()
        if match := _FUNCTION.fullmatch(line.rstrip()) or (_FUNCTION.match(line) if "{" in line else None):
            function = match[1]
        cases += bool(re.match(r"case\b.*\bin\b", text))
        if cases and (match := _ARM.match(line)) and not text.startswith(("case", "if", "for", "while")):
            arms = frozenset(name.strip(" \"'") for name in match[1].split("|"))
        found.append((frozenset({function}) if function else frozenset()) | arms)
        if text.endswith(";;"):
            arms = frozenset()
        if text == "esac":
            cases, arms = max(cases - 1, 0), frozenset()
        if line.startswith("}"):
            function = ""
    return found or [frozenset()]
