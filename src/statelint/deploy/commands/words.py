"""A program's words and what they say: its options, the numbers they give, the application and the ports that they name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands.shell import HIDDEN
from statelint.deploy.commands.wrappers import basename
from statelint.deploy.model import Factor, ProcessKind, SourceRange, fixed, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statelint.deploy.model import EnvValue

_APP: Final = re.compile(r"[A-Za-z_][\w./]*:[A-Za-z_][\w.]*(\(.*\))?")
_MODULE: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_PORT: Final = re.compile(r":([0-9]{1,5})$")
DIGITS: Final = re.compile(r"[0-9]{1,6}")
_CORES: Final = "as many as the machine has cores"
UNSAID: Final = Factor(None, None, None, "", 0, "")
"""Stands for a number of gunicorn that its configuration file may still say."""


@dataclass(frozen=True)
class Program:
    """A program that serves requests, works on tasks, keeps a schedule, or prepares a release."""

    kind: ProcessKind
    server: str
    workers: Factor
    threads: Factor
    app: str = ""
    asynchronous: bool = False
    ports: tuple[int, ...] = ()
    config: str = ""
    """The configuration file that the words name (`-c gunicorn.conf.py`, `--ini uwsgi.ini`)."""
    root_path: str = ""
    embedded_beat: bool = False
    locked: bool = False


@dataclass(frozen=True)
class Words:
    """A program's words, the environment it gets, and where that is written."""

    words: tuple[str, ...]
    env: Mapping[str, EnvValue]
    place: SourceRange

    def option(self, *names: str) -> str | None:
        """Return the last value given to an option (`-w 4`, `-w4`, `--workers 4`, `--workers=4`); None when it is absent."""
        found = None
        for index, word in enumerate(self.words[1:], start=1):
            if word in names:
                found = self.words[index + 1] if index + 1 < len(self.words) else ""
            for name in names:
                if name.startswith("--") and word.startswith(f"{name}="):
                    found = word[len(name) + 1 :]
                elif len(name) == 2 and word.startswith(name) and len(word) > 2 and word[2] in "0123456789=" + HIDDEN:
                    found = word[2:].removeprefix("=")
        return found

    def has(self, *names: str) -> bool:
        """Say whether a flag is there."""
        return any(word in names or word.partition("=")[0] in names for word in self.words[1:])

    def count(self, names: Sequence[str], default: Callable[[], Factor]) -> Factor:
        """Return the number that an option gives; what cannot be told is unknown, an absent option is the default."""
        value = self.option(*names)
        if value is None:
            return default()
        shown = f"{basename(self.words[0])} {names[-1]} {value.replace(HIDDEN, '$…')}"
        if DIGITS.fullmatch(value):
            return fixed(int(value), self.place, shown)
        return unknown(self.place, f"{shown}: the value is known only at run time")

    def of_env(self, name: str, default: Callable[[], Factor]) -> Factor:
        """Return the number that a variable gives."""
        given = self.env.get(name)
        if given is None:
            return default()
        place = SourceRange(given.path, given.line)
        if given.value is not None and DIGITS.fullmatch(given.value):
            return fixed(int(given.value), place, f"{name}={given.value}")
        return unknown(place, f"{name} is set at run time")

    def say(self, value: int, text: str) -> Factor:
        """Return a number that holds because nothing else is said."""
        return fixed(value, self.place, text)

    def cores(self, text: str, low: int = 1) -> Factor:
        """Return a number that depends on the machine."""
        return unknown(self.place, f"{text}: {_CORES}", low)

    def app(self) -> str:
        """Return the last word that looks like `module:attribute`, else the last dotted module name."""
        words = [word for word in self.words[1:] if not word.startswith("-")]
        return next((word for word in reversed(words) if _APP.fullmatch(word)), "") or next(
            (
                word
                for word in reversed(words)
                if _MODULE.fullmatch(word) and not word.endswith((".py", ".ini", ".sock", ".log", ".toml", ".sh"))
            ),
            "",
        )

    def ports(self, *names: str) -> tuple[int, ...]:
        """Return the port that an option or its address names."""
        value = self.option(*names) or ""
        match = _PORT.search(f":{value}") if DIGITS.fullmatch(value) else _PORT.search(value)
        return (int(match[1]),) if match else ()


def many(given: Words, name: str) -> Factor:
    """Return the number of requests at a time of a server that sets no limit."""
    return unknown(given.place, f"{name} serves as many requests at once as arrive")


def known_value(env: Mapping[str, EnvValue], name: str) -> str:
    """Return a variable's value, "" where it is not set or known only at run time."""
    value = env.get(name)
    return value.value or "" if value is not None else ""


def release(given: Words, *steps: str | tuple[str, ...]) -> Program | None:
    """Recognise work that belongs to a release: migrations, collected files."""
    for step in steps:
        wanted = (step,) if isinstance(step, str) else step
        if all(word in given.words for word in wanted):
            one = given.say(1, "runs once")
            return Program("release", basename(given.words[0]), one, one)
    return None
