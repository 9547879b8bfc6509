"""Programs that only start another one: `exec`, `dumb-init`, `poetry run`, `newrelic-admin run-program` and their like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

# How many words of its own a wrapper takes: options that take a value, and whether words before the program remain.
_VALUE_OPTIONS: Final = {
    "env": {"-u", "--unset", "-C", "--chdir", "-S"},
    "nice": {"-n"},
    "timeout": {"-s", "-k", "--signal", "--kill-after"},
    "ionice": {"-c", "-n", "-p"},
    "sudo": {"-u", "-g", "-C", "-h", "-p", "-U", "-r", "-t"},
    "runuser": {"-u", "-g"},
    "chpst": {"-u", "-U", "-n", "-o", "-m", "-d", "-e"},
    "setpriv": {"--reuid", "--regid", "--groups"},
    "dockerize": {"-wait", "-timeout", "-template", "-wait-retry-interval", "-stdout", "-stderr"},
    "wait-for-it": {"-h", "-p", "-t"},
    "conda": {"-n", "-p", "--name", "--prefix"},
    "uv": {"--with", "--extra", "--group", "--no-group", "--python", "-p", "--env-file", "--directory", "--project", "--package"},
    "poetry": {"-C", "-P", "--directory", "--project"},
    "doppler": {"-p", "-c", "-t", "--project", "--config", "--token", "--command"},
    "infisical": {"--env", "--path", "--token", "--projectId"},
    "dotenv": {"-f", "-e", "--file"},
    "watchmedo": {"-d", "-p", "-i", "--directory", "--pattern", "--patterns", "--ignore-patterns", "--signal"},
    "dumb-init": {"-r", "--rewrite"},
    "tini": {"-p", "-e"},
    "stdbuf": {"-i", "-o", "-e"},
    "flock": {"-w", "-E"},
    "catatonit": set(),
    "op": {"--env-file"},
    "dbus-run-session": set(),
    "opentelemetry-instrument": {
        "--traces_exporter", "--metrics_exporter", "--logs_exporter", "--service_name", "--exporter_otlp_endpoint",
        "--exporter_otlp_protocol",
    },
}  # fmt: skip
_PLAIN_WRAPPERS: Final = frozenset(
    [
        "exec",
        "nohup",
        "command",
        "eval",
        "dumb-init",
        "tini",
        "catatonit",
        "ddtrace-run",
        "scout-apm",
        "opentelemetry-instrument",
        "with-contenv",
        "setsid",
        "stdbuf",
        "nice",
        "env",
        "timeout",
        "ionice",
        "sudo",
        "runuser",
        "chpst",
        "setpriv",
        "dockerize",
        "wait-for-it",
        "wait-for",
        "dbus-run-session",
        "elastic-apm-run",
    ]
)
_SUB_WRAPPERS: Final = {
    ("poetry", "run"), ("uv", "run"), ("pipenv", "run"), ("pdm", "run"), ("hatch", "run"), ("rye", "run"), ("pixi", "run"),
    ("newrelic-admin", "run-program"), ("doppler", "run"), ("infisical", "run"), ("dotenv", "run"), ("op", "run"), ("honcho", "run"),
    ("watchmedo", "auto-restart"), ("chamber", "exec"), ("aws-vault", "exec"), ("conda", "run"), ("mamba", "run"), ("micromamba", "run"),
}  # fmt: skip
_TAKES_ONE: Final = frozenset(
    ["gosu", "su-exec", "s6-setuidgid", "s6-envuidgid", "setuidgid", "timeout", "chamber", "aws-vault", "wait-for-it", "wait-for", "flock"]
)
"""Wrappers with one word of their own (a user, a time, a service) before the program."""
SHELLS: Final = frozenset(["sh", "bash", "ash", "dash", "zsh"])


def basename(word: str) -> str:
    """Return the last part of a program's path, without `.exe` or a Python version."""
    name = word.rpartition("/")[2]
    return "python" if re.fullmatch(r"python[0-9.]*|pypy3?", name) else name.removesuffix(".exe")


def without_wrapper(name: str, words: list[str]) -> list[str] | None:
    """Take one wrapper and its own words off; None when the first word is none."""
    if len(words) > 1 and (name, words[1]) in _SUB_WRAPPERS:
        rest = words[2:]
    elif name in _PLAIN_WRAPPERS or name in _TAKES_ONE or (name.startswith(("wait-for", "wait_for")) and "--" in words):
        rest = words[1:]
    else:
        return None
    if name.startswith(("wait-for", "wait_for", "watchmedo")) and "--" in rest:
        return rest[rest.index("--") + 1 :]
    values = _VALUE_OPTIONS.get(name, set())
    own = 1 if name in _TAKES_ONE else 0
    while rest:
        if rest[0] == "--":
            rest = rest[1:]
            break
        if rest[0].startswith("-") and len(rest[0]) > 1:
            rest = rest[2:] if rest[0] in values or _ends_with_value(rest[0], values) else rest[1:]
        elif own:
            own, rest = own - 1, rest[1:]
        else:
            break
    return rest


def _ends_with_value(word: str, values: set[str]) -> bool:
    """Whether one-letter options are written together and the last of them takes the next word: `sudo -EHu www`."""
    letters = word[1:]
    return (
        letters.isalpha()
        and len(letters) > 1
        and f"-{letters[-1]}" in values
        and not any(f"-{letter}" in values for letter in letters[:-1])
    )


def shell_script(words: Sequence[str]) -> str | None:
    """Return the text after `-c`; options may be joined (`-lc`)."""
    for index, word in enumerate(words[1:], start=1):
        if word.startswith("-") and not word.startswith("--") and word.endswith("c") and index + 1 < len(words):
            return words[index + 1]
        if not word.startswith("-") and basename(words[0]) != "su":
            return None
    return None
