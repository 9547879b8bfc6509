"""The environment that a command gives to what it starts: variables before it, options that set one, the settings it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.deploy.commands.shell import HIDDEN
from statelint.deploy.commands.wrappers import basename
from statelint.deploy.formats.sources import env_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.deploy.commands.shell import Simple
    from statelint.deploy.model import EnvValue, SourceRange

_SETTING: Final = {"gunicorn": ("--env", "-e"), "uwsgi": ("--env",)}
"""Options of servers that take `NAME=value`."""
_DJANGO: Final = frozenset({"django-admin", "manage.py", "daphne"})
_SETTINGS_MODULE: Final = "DJANGO_SETTINGS_MODULE"


def given_to(simple: Simple, place: SourceRange) -> dict[str, EnvValue]:
    """Return what a command adds to the environment of its program; the command's own options come last."""
    given = {**simple.assigned, **dict(_by_options(simple.words))}
    return {name: env_value(name, None if HIDDEN in value else value, place) for name, value in given.items()}


def _by_options(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    names = {basename(word) for word in words[:3]}
    for server, options in _SETTING.items():
        if server in names:
            for value in _values(words, options):
                name, sign, text = value.partition("=")
                if sign and name.isidentifier():
                    yield name, text
    if names & _DJANGO:
        for value in _values(words, ("--settings",)):
            yield _SETTINGS_MODULE, value


def _values(words: Sequence[str], options: Sequence[str]) -> Iterator[str]:
    """Yield the values of options: `--env A=1`, `--env=A=1`."""
    for index, word in enumerate(words):
        head, sign, value = word.partition("=")
        if word in options and index + 1 < len(words):
            yield words[index + 1]
        elif sign and head in options and head.startswith("--"):
            yield value
