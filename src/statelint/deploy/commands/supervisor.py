"""supervisord: the programs of its configuration."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from statelint.deploy.formats.ini import last

if TYPE_CHECKING:
    from statelint.deploy.formats.ini import Entry
    from statelint.deploy.formats.sources import Source
    from statelint.deploy.model import SourceRange

_ENV: Final = re.compile(r"%\(ENV_(\w+)\)[sd]")
_DIGITS: Final = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True)
class Supervised:
    """A `[program:x]` section."""

    name: str
    command: str
    copies: int
    """`numprocs`."""
    env: dict[str, str | None]
    place: SourceRange


def programs(found: list[Entry], source: Source) -> list[Supervised]:
    """Return the programs in the order of the file."""
    sections = dict.fromkeys(entry.section for entry in found if entry.section.startswith(("program:", "fcgi-program:")))
    listed = []
    for section in sections:
        command = last(found, section, "command")
        if command is None:
            continue
        copies = last(found, section, "numprocs")
        environment = last(found, section, "environment")
        number = int(copies.value) if copies is not None and _DIGITS.fullmatch(copies.value) else 1
        text = _ENV.sub(r"${\1}", command.value.replace("\n", " ").partition(" ;")[0]).replace("%%", "%")
        env = _environment(environment.value) if environment is not None else {}
        listed.append(Supervised(section.partition(":")[2], text, number, env, source.place(command.line)))
    return listed


def _environment(text: str) -> dict[str, str | None]:
    lexer = shlex.shlex(text[:4000], posix=True)
    lexer.whitespace = ", \n\t"
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:
        return {}
    return {name: value for word in words for name, equals, value in (word.partition("="),) if equals}
