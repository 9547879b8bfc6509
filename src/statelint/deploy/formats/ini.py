"""INI-like files with their lines: uWSGI, supervisord, systemd, PgBouncer, postgresql.conf and environment files.

The standard library's reader gives no lines and keeps only the last of repeated keys, and both matter here: uWSGI and systemd repeat
`env` and `Environment`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from statelint.deploy.formats.sources import env_value

if TYPE_CHECKING:
    from statelint.deploy.formats.sources import Source, SourceStore
    from statelint.deploy.model import EnvValue

_SECTION: Final = re.compile(r"\[([^\[\]]{1,200})\]")
_KEY: Final = re.compile(r"([\w.:%()@/-]{1,120})[ \t]*[=:]?[ \t]*")
_VARIABLE: Final = re.compile(r"(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]{0,200})[ \t]*=[ \t]*(.*)")
MAX_ENTRIES: Final = 5_000


@dataclass(frozen=True)
class Entry:
    """One `key = value` line."""

    section: str
    key: str
    value: str
    line: int


def entries(source: Source, shelf: SourceStore, *, comment: str = "#;") -> list[Entry]:
    """Return the entries of a file in order; an indented line, or one after a backslash, continues the value before it."""
    found: list[Entry] = []
    section = ""
    for number, line in enumerate(source.lines, start=1):
        text = line.strip()
        if not text or text[0] in comment:
            continue
        before = found[-1] if found and found[-1].section == section else None
        if before is not None and (
            before.value.endswith("\\") or (line[0] in " \t" and before.line == number - 1 - before.value.count("\n"))
        ):
            joined = f"{before.value[:-1].rstrip()} {text}" if before.value.endswith("\\") else f"{before.value}\n{text}"
            found[-1] = Entry(section, before.key, joined, before.line)
        elif match := _SECTION.fullmatch(text.split(" #")[0].rstrip()):
            section = match[1]
        elif len(found) >= MAX_ENTRIES:
            shelf.warn(source.path, number, f"the rest is not read: more than {MAX_ENTRIES} entries")
            break
        elif match := _KEY.match(text):
            found.append(Entry(section, match[1], text[match.end() :], number))
    return found


def last(found: list[Entry], section: str, *keys: str) -> Entry | None:
    """Return the last entry of a section under any of these keys."""
    return next((entry for entry in reversed(found) if entry.section == section and entry.key in keys), None)


def variables(source: Source) -> dict[str, EnvValue]:
    """Return what an environment file sets."""
    found: dict[str, EnvValue] = {}
    for number, line in enumerate(source.lines, start=1):
        match = _VARIABLE.match(line.strip())
        if match and len(found) < MAX_ENTRIES:
            found[match[1]] = env_value(match[1], unquoted(match[2]), source.place(number))
    return found


def unquoted(text: str) -> str:
    """Return a value without the quotes around it, or without a comment after it."""
    text = text.strip()
    if len(text) > 1 and text[0] in "\"'" and text[0] in text[1:]:
        return text[1 : text.index(text[0], 1)]
    return text.partition(" #")[0].rstrip()
