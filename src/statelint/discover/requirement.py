"""One requirement as pip, poetry or conda write it: a name, and what its specifiers say of the version."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_REQUIREMENT: Final = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(\(?\s*[=<>~!^@].*)?$")
_CLAUSE: Final = re.compile(r"(===|==|~=|>=|<=|!=|>|<|\^|~|=)?\s*v?([0-9][A-Za-z0-9.!+*_-]*)")
_PRE_RELEASE: Final = re.compile(r"[._-]?(a|b|c|rc|alpha|beta|pre|preview|dev)", re.IGNORECASE)
_LONGEST: Final = 200
"""Characters of a version that is one; Python converts no number of thousands of digits."""
_LOWER: Final = frozenset({">=", ">", "~=", "^", "~"})


class Requirement(NamedTuple):
    """What one requirement says."""

    name: str
    """Normalised: lower case, runs of `-`, `_` and `.` are one `-`."""
    version: str
    """The pinned version, the lower bound, or "" where there is neither."""
    exact: bool


def normalised(name: str) -> str:
    """Return a distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parse(text: str) -> Requirement | None:
    """Read `name[extra] >=1.2,<2 ; marker  # comment`; None for what is no requirement (an option, a path, a URL)."""
    bare = re.split(r"\s#|;|\s--", text, maxsplit=1)[0].strip()
    match = _REQUIREMENT.match(bare)
    if match is None:
        return None
    name, specifiers = normalised(match[1]), match[2] or ""
    if specifiers.startswith("@"):
        return Requirement(name, "", exact=False)
    version, exact = constraint(specifiers.strip("() "))
    return Requirement(name, version, exact)


def constraint(text: str) -> tuple[str, bool]:
    """Read specifiers: the version and whether it is pinned; the version is the lower bound where it is not, "" without one.

    A version without an operator is a pin, as poetry and Pipfile have it.
    """
    lower = ""
    for clause in text.split("||", maxsplit=1)[0].split(","):
        match = _CLAUSE.fullmatch(clause.strip())
        if match is None:
            continue
        operator, version = match[1] or "==", match[2]
        if operator in ("==", "===", "=") and "*" not in version:
            return version, True
        if operator in _LOWER or "*" in version:
            lower = lower or version.removesuffix("*").rstrip(".")
    return lower, False


def version_key(version: str) -> tuple[tuple[int, ...], bool]:
    """Return what orders versions: their numbers, and a final release after its pre-releases."""
    if len(version) > _LONGEST:
        return (), False
    public = version.rpartition("!")[2]
    release = re.match(r"[0-9]+(?:\.[0-9]+)*", public)
    if release is None:
        return (), False
    numbers = [int(part) for part in release.group().split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers), not _PRE_RELEASE.match(public[release.end() :])
