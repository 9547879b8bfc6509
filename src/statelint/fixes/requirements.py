"""What a fix needs, entered where the project names what it needs: requirements.txt or pyproject.toml at the root."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.discover.requirement import normalised
from statelint.files.toml import TomlError, parse_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

REQUIREMENTS: Final = "requirements.txt"
PROJECT: Final = "pyproject.toml"
_NAME: Final = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(?:\[([^\]]*)\])?")
_LIST: Final = re.compile(r"^dependencies\s*=\s*\[", re.MULTILINE)


def with_requirements(needs: Iterable[str], read: Callable[[str], str | None]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the new texts of manifests by path, and what could not be entered anywhere.

    `read` gives a manifest's text, None where there is none. What is named already, with the extras that are needed, is left alone.
    """
    wanted = tuple(dict.fromkeys(needs))
    for path, entries, add in ((PROJECT, _project_entries, _into_project), (REQUIREMENTS, str.splitlines, _into_requirements)):
        text = read(path)
        known = entries(text) if text is not None else None
        if text is None or known is None:
            continue
        missing = [one for one in wanted if not _is_named(one, known)]
        changed = add(text, missing) if missing else text
        if changed is not None:
            return ({path: changed} if missing else {}), ()
    return {}, wanted


def _is_named(need: str, entries: Iterable[str]) -> bool:
    name, extras = _parts(need)
    return any(name == known and extras <= has for known, has in map(_parts, entries))


def _parts(text: str) -> tuple[str, frozenset[str]]:
    match = _NAME.match(text)
    if match is None:
        return "", frozenset()
    return normalised(match[1]), frozenset(one.strip().lower() for one in (match[2] or "").split(",") if one.strip())


def _into_requirements(text: str, missing: Iterable[str]) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    return text + ("" if not text or text.endswith("\n") else newline) + "".join(one + newline for one in missing)


def _project_entries(text: str) -> list[str] | None:
    """Return the dependencies of `[project]`; None where there is no such list, or the file is no TOML."""
    try:
        table = parse_toml(text).get("project")
    except TomlError:
        return None
    entries = table.get("dependencies") if isinstance(table, dict) else None
    return [one for one in entries if isinstance(one, str)] if isinstance(entries, list) else None


def _into_project(text: str, missing: Iterable[str]) -> str | None:
    """Put entries last into the list, in its style; None where the text is not as expected, which is seen by reading it again."""
    before = _project_entries(text) or []
    for match in _LIST.finditer(text):
        end = _closing(text, match.end())
        if end is None:
            continue
        inside = text[match.end() : end]
        body = inside.rstrip()
        lines = [line for line in inside.splitlines() if line.strip() and not line.strip().startswith("#")]
        if "\n" in inside and lines:
            margin = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
            comma = "" if _code(body.splitlines()[-1]).endswith(",") else ","
            fresh = "".join(f'\n{margin}"{one}",' for one in missing)
            changed = text[: match.end()] + _with_comma(body, comma) + fresh + inside[len(body) :] + text[end:]
        else:
            joined = ", ".join([*([body.strip().rstrip(",")] if body.strip() else []), *(f'"{one}"' for one in missing)])
            changed = text[: match.end()] + joined + text[end:]
        if _project_entries(changed) == [*before, *missing]:
            return changed
    return None


def _code(line: str) -> str:
    """Return a line of the list without its comment."""
    return re.sub(r"""^((?:[^"'#]|"[^"]*"|'[^']*')*)#.*$""", r"\1", line).rstrip()


def _with_comma(body: str, comma: str) -> str:
    head, newline, last = body.rpartition("\n")
    code = _code(last)
    return head + newline + code + comma + last[len(code) :]


def _closing(text: str, start: int) -> int | None:
    """Return where the bracket of the list closes."""
    for match in re.compile(r"""#[^\n]*|"[^"\n]*"|'[^'\n]*'|[\[\]]""").finditer(text, start):
        if match[0] == "]":
            return match.start()
        if match[0] == "[":
            return None
    return None
