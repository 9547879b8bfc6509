"""Rule files that come in installed packages: found by entry points, read as data, never imported.

A distribution says in its metadata where they lie, `acme = "acme_rules"` or `acme = "acme_rules:for_statelint"` in the group
`statelint.rules`: a package on the import path, and perhaps a folder within it, laid out as `<item>/<name>.toml`.
"""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.errors import StatelintError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GROUP: Final = "statelint.rules"
_VALUE: Final = re.compile(r"(?P<package>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?::(?P<folder>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*))?")
_METADATA: Final = (".dist-info", ".egg-info")


class RulePackage(NamedTuple):
    """A folder of rule files that an installed distribution offers."""

    name: str
    """Of the entry point."""
    distribution: str
    """With its version, `acme-rules 1.2`."""
    folder: Path


def installed_packages() -> tuple[RulePackage, ...]:
    """Return what the distributions on the import path offer, sorted by name; of several versions of one, the first on the path.

    A process looks once. `importlib.metadata` would do it, at four times the time of a look into the folders.

    Raises:
        StatelintError: an entry point says nothing that can be understood, or leads nowhere.
    """
    return _offered(tuple(one for one in sys.path if one and os.path.isdir(one)))  # noqa: PTH112 - a zip is no folder


@cache
def _offered(places: tuple[str, ...]) -> tuple[RulePackage, ...]:
    found: dict[str, RulePackage] = {}
    known: set[str] = set()
    for place in places:
        for distribution, text in _entry_points(place, known):
            for name, value in _offers(text, distribution):
                found.setdefault(name, RulePackage(name, distribution, _folder(name, value, distribution, (place, *places))))
    return tuple(found[name] for name in sorted(found))


def _entry_points(place: str, known: set[str]) -> Iterator[tuple[str, str]]:
    """Yield name and version of each distribution in a folder that offers rules, with the text that says so."""
    try:
        names = sorted(os.listdir(place))  # noqa: PTH208 - quick: there are hundreds
    except OSError:
        return
    for entry in names:
        if not entry.endswith(_METADATA):
            continue
        distribution, _, version = entry.rpartition(".")[0].partition("-")
        normalised = re.sub(r"[-_.]+", "-", distribution).lower()
        if normalised in known:
            continue
        known.add(normalised)
        try:
            content = Path(place, entry, "entry_points.txt").read_bytes()
        except OSError:  # most have none
            continue
        if GROUP.encode() in content:
            yield f"{distribution} {version.partition('-')[0]}".strip(), content.decode("utf-8", "replace")


def _offers(text: str, distribution: str) -> list[tuple[str, str]]:
    from configparser import ConfigParser, Error  # noqa: PLC0415 - few have packages of rules

    class Parser(ConfigParser):
        optionxform = staticmethod(str)  # type: ignore[assignment] # names of entry points have capitals

    parser = Parser(delimiters=("=",), interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except Error as error:
        raise StatelintError(f"entry points of {distribution}: cannot be read: {error.message}") from error
    return [(name, value.strip()) for name, value in parser.items(GROUP)] if parser.has_section(GROUP) else []


def _folder(name: str, value: str, distribution: str, places: Sequence[str]) -> Path:
    match = _VALUE.fullmatch(value)
    where = f"entry point {name!r} of {distribution} in {GROUP}"
    if match is None:
        raise StatelintError(f"{where}: {value!r} names no package", help='write "acme_rules", or "acme_rules:folder"')
    parts = ".".join(filter(None, (match["package"], match["folder"]))).split(".")
    for place in places:
        folder = Path(place, *parts)
        if folder.is_dir():
            return folder
    help_ = "an editable installation has to put the folder itself on the import path; `rule-packages = false` does without"
    raise StatelintError(f"{where}: there is no folder {'/'.join(parts)} on the import path", help=help_)
