"""Shell text as plain commands: variables resolved as far as the deployment sets them, operators and wrappers taken apart.

Nothing is run. A value that only a running shell could know becomes the character `HIDDEN` within its word.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands.wrappers import SHELLS, basename, shell_script, without_wrapper

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HIDDEN: Final = "\ufffc"
"""Stands for text that is known only at run time."""
MAX_TEXT: Final = 20_000
MAX_DEPTH: Final = 8

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ASSIGNMENT: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_OPERATORS: Final = frozenset({"&&", "||", ";", "|", "&", "\n", ";;", "|&", "(", ")"})
_PLAIN_VALUE: Final = re.compile(r"[\w@%+=:,./ *?&!~\[\]{}-]*")
_HERE: Final = re.compile(r"<<-?[ \t]*[\"']?([A-Za-z_]\w*)")
_PLAIN_TEXT: Final = re.compile(r"[^$`\\]+")
_DEFAULTED: Final = re.compile(r"\$\{(\w+):?=")
_FIRST_REGION: Final = 0xF0000
_KEYWORDS: Final = frozenset(
    ["if", "then", "else", "elif", "fi", "while", "until", "do", "done", "for", "in", "case", "esac", "{", "}", "!", "function", "time"]
)


@dataclass(frozen=True)
class Simple:
    """One program with its words; `assigned` are the variables set for it."""

    words: tuple[str, ...]
    assigned: dict[str, str] = field(default_factory=dict)
    line: int = 0
    """Lines below the first line of the text."""


def commands(text: str, env: Mapping[str, str | None], depth: int = 0) -> list[Simple]:
    """Return the programs that a shell text runs, in order, wrappers taken off.

    `env` gives the variables that are set; None as a value means set, but to what is not known.
    """
    if depth > MAX_DEPTH or len(text) > MAX_TEXT:
        return []
    found: list[Simple] = []
    known = dict(env)
    line = 0
    plain, regions = _protect(_without_documents(text.replace("\\\r\n", " \v").replace("\\\n", " \v")))
    for words in split(plain):
        line += sum(word.count("\n") for word in words if not word.strip("\n"))
        program = [part for word in words for part in _filled(word.strip("\v\n"), regions, known)]
        while program and program[0] in _KEYWORDS:
            program = program[1:]
        assigned, program = _assignments(program)
        if program and program[0] == ":":
            assigned, program = _defaults(words, regions, known), []
        if program:
            found += [
                Simple(inner.words, assigned | inner.assigned, line + inner.line) for inner in unwrap(program, known | assigned, depth)
            ]
        else:
            known.update({name: None if HIDDEN in value else value for name, value in assigned.items()})
        line += sum(word.count("\v") for word in words)
    return found


def _defaults(words: Sequence[str], regions: Sequence[str], known: Mapping[str, str | None]) -> dict[str, str]:
    """Return what `: ${NAME:=default}` sets."""
    used = [regions[ord(character) - _FIRST_REGION] for word in words for character in word if ord(character) >= _FIRST_REGION]
    names = [match[1] for region in used if (match := _DEFAULTED.match(region))]
    return {name: expand(region, known) for name, region in zip(names, used, strict=False)}


def _without_documents(text: str) -> str:
    """Blank the lines of here-documents: they are text for a program, not programs."""
    if "<<" not in text:
        return text
    kept: list[str] = []
    end = ""
    for line in text.split("\n"):
        kept.append("" if end else line)
        match = None if end else _HERE.search(line)
        if end and line.strip() == end:
            end = ""
        elif match:
            end = match[1]
    return "\n".join(kept)


def _protect(text: str) -> tuple[str, list[str]]:
    """Put one character in the place of each `$NAME`, `${...}`, `$(...)` and backquoted text, so that words can be told apart first."""
    regions: list[str] = []
    out: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        end = position + 1
        if character == "\\":
            end += 1
        elif character == "`":
            close = text.find("`", end)
            end = len(text) if close < 0 else close + 1
        elif character == "$":
            end = _variable_end(text, end)
        if character in "$`" and end > position + 1:
            regions.append(text[position:end])
            out.append(chr(_FIRST_REGION + len(regions) - 1))
        else:
            out.append(HIDDEN if ord(character) >= _FIRST_REGION else text[position:end])
        position = end
    return "".join(out), regions


def _filled(word: str, regions: Sequence[str], env: Mapping[str, str | None]) -> list[str]:
    """Put the values of variables into a word; a word that is nothing but a variable may become none or several."""
    parts = [expand(regions[ord(character) - _FIRST_REGION], env) if ord(character) >= _FIRST_REGION else character for character in word]
    filled = "".join(parts)
    if len(word) == 1 and ord(word) >= _FIRST_REGION:
        return [inner for group in split(filled) for inner in group]
    return [filled] if filled else []


def unwrap(words: Sequence[str], env: Mapping[str, str | None], depth: int = 0) -> list[Simple]:
    """Return the programs behind wrappers such as `exec`, `sh -c`, `poetry run`, `dumb-init --`."""
    rest = list(words)
    assigned: dict[str, str] = {}
    for _ in range(MAX_DEPTH):
        more, rest = _assignments(rest)
        assigned |= more
        if not rest:
            return []
        name = basename(rest[0])
        if name in SHELLS or (name == "su" and "-c" in rest):
            script = shell_script(rest)
            if script is None:
                return [Simple(tuple(rest), assigned)] if name == "su" else unwrap_script(rest, assigned)
            return [
                Simple(inner.words, assigned | inner.assigned, inner.line) for inner in commands(script, {**env, **assigned}, depth + 1)
            ]
        shorter = without_wrapper(name, rest)
        if shorter is None:
            break
        rest = shorter
    return [Simple(tuple(rest), assigned)] if rest else []


def unwrap_script(rest: list[str], assigned: dict[str, str]) -> list[Simple]:
    """`bash start.sh web` runs the script `start.sh` with the word `web`."""
    words = rest[1:]
    while words and words[0].startswith("-"):
        words = words[1:]
    return [Simple(tuple(words), assigned)] if words else []


def _assignments(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Split the `NAME=value` words at the head from the rest; `export` counts as nothing."""
    assigned: dict[str, str] = {}
    rest = words[1:] if words and words[0] in ("export", "local", "readonly") else words
    while rest and (match := _ASSIGNMENT.fullmatch(rest[0])):
        assigned[match[1]] = match[2]
        rest = rest[1:]
    return assigned, rest


def split(text: str) -> list[list[str]]:
    """Return the words of each simple command; a lone newline word counts lines. Never raises."""
    lexer = shlex.shlex(text[:MAX_TEXT], posix=True, punctuation_chars="();<>|&\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:
        # An open quote: what a shell would refuse is still worth a look word by word.
        words = re.findall(r"\n|[^\s'\"]+", text[:MAX_TEXT])
    return _grouped(words)


def _grouped(words: Sequence[str]) -> list[list[str]]:
    groups: list[list[str]] = [[]]
    skip = comment = False
    for word in words:
        if not word:
            continue
        lines = word.count("\n") if not word.strip("();<>|&\n") else 0
        if lines:
            groups += [["\n"] * lines]
            comment = skip = False
        elif comment or skip:
            skip = False
        elif word.startswith("#"):
            comment = True
        elif word in _OPERATORS:
            groups.append([])
        elif not word.strip("();<>|&"):
            skip = word[0] in "<>" or word.endswith((">", "<"))  # a redirection; its file is no word of the program
            if skip and groups[-1] and groups[-1][-1] in ("0", "1", "2"):
                groups[-1].pop()
        else:
            groups[-1].append(word)
    return [group for group in groups if group]


def expand(text: str, env: Mapping[str, str | None], depth: int = 0) -> str:
    """Replace variables by their values; what is not known becomes `HIDDEN`, `$@` stays for the caller."""
    if "$" not in text and "`" not in text:
        return text
    out: list[str] = []
    position = length = 0
    while position < len(text) and length < MAX_TEXT:
        end = position + 1
        character = text[position]
        if character == "\\":
            end += 1
            value = text[position:end]
        elif character == "`":
            close = text.find("`", end)
            end = len(text) if close < 0 else close + 1
            value = HIDDEN
        elif character == "$":
            value, end = _variable(text, end, env, depth)
        else:
            plain = _PLAIN_TEXT.match(text, position)
            end = plain.end() if plain else end
            value = text[position:end]
        out.append(value)
        length += len(value)
        position = end
    return "".join(out) if position >= len(text) else HIDDEN


def _variable(text: str, start: int, env: Mapping[str, str | None], depth: int) -> tuple[str, int]:
    """Return what the text after a dollar sign stands for, and the position after it."""
    end = _variable_end(text, start)
    body = text[start:end]
    if not body:
        return "$", end
    if body in ("@", "*"):
        return "$@", end
    if body[0] == "{" and depth <= MAX_DEPTH:
        return _braced(body[1:-1], env, depth), end
    return (_value(body, env) if _NAME.fullmatch(body) else HIDDEN), end


def _variable_end(text: str, start: int) -> int:
    """Return the position after the variable or substitution whose dollar sign stands before `start`."""
    if text.startswith(("(", "{"), start):
        return _closing(text, start)
    match = _NAME.match(text, start)
    if match:
        return match.end()
    return start + 1 if start < len(text) and text[start] in "@*0123456789#?$!-" else start


def _braced(body: str, env: Mapping[str, str | None], depth: int) -> str:
    """Resolve the inside of `${...}`: a name, or a name with `:-default`, `-default`, `:=`, `:+`, `:?`."""
    match = _NAME.match(body)
    if not match:
        return "$@" if body in ("@", "*") else HIDDEN
    name, rest = match.group(), body[match.end() :]
    operator = rest[:2] if rest[:1] == ":" else rest[:1]
    word = rest[len(operator) :]
    if operator in ("", ":?", "?"):
        return _value(name, env)
    given = env.get(name, "")
    present = name in env and (given is None or bool(given) or not operator.startswith(":"))
    if operator in (":-", "-", ":=", "="):
        return _value(name, env) if present else expand(word.strip("\"'"), env, depth + 1)
    if operator in (":+", "+"):
        return expand(word.strip("\"'"), env, depth + 1) if present else ""
    return HIDDEN


def _value(name: str, env: Mapping[str, str | None]) -> str:
    value = env.get(name)
    # A value with quotes or operators in it would be taken apart again; it decides no number anyway.
    return value if value is not None and _PLAIN_VALUE.fullmatch(value) else HIDDEN


def _closing(text: str, start: int) -> int:
    """Return the position after the bracket that closes the one at `start`; the end of the text when none does."""
    opening = text[start]
    closing = {"(": ")", "{": "}"}[opening]
    level = 0
    for position in range(start, len(text)):
        if text[position] == opening:
            level += 1
        elif text[position] == closing:
            level -= 1
            if level == 0:
                return position + 1
    return len(text)
