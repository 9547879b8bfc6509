"""Further import paths of library names, and the one name by which the rule set and the analysis speak of each."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, Final

from statelint.errors import StatelintError
from statelint.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_DOTTED: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_CALL: Final = "call:"


class Aliases:
    """The `[aliases]` tables of all files as one: other paths to modules, classes and functions, and to all below them."""

    def __init__(self, table: Mapping[str, str]) -> None:
        """Take a table without chains: no name that it leads to is another path itself, nor below one."""
        self._table = table
        self._packages: dict[str, list[str]] = {}
        for path in table:
            self._packages.setdefault(path.partition(".")[0], []).append(path)
        self._globs: dict[str, list[str]] = {}

    def canonical(self, name: str) -> str:
        """Return the name of what a dotted path leads to; the path itself where no other is known."""
        if name.partition(".")[0] not in self._packages:
            return name
        while onward := _onward(name, self._table):  # below the module that an alias leads to, another may begin
            name = onward
        return name

    def names(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return names of the rule set as the analysis knows them, each once; `pkg.*` covers what any path has below `pkg`."""
        found: dict[str, None] = {}
        for name in names:
            if name.partition(".")[0] not in self._packages:  # most names, and every `.method`
                found[name] = None
            elif name.endswith(".*"):
                found[f"{self.canonical(name[:-2])}.*"] = None
                found.update((one, None) for led in self._led_out(name[:-2]) for one in (led, f"{led}.*"))
            else:
                found[self.canonical(name)] = None
        return tuple(found)

    def below(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return names that each stand for all below them too, as the analysis knows these."""
        return tuple(dict.fromkeys(one for name in names for one in (self.canonical(name), *self._led_out(name))))

    def patterns(self, patterns: Iterable[str]) -> tuple[str, ...]:
        """Return value patterns whose `call:` names what the analysis knows."""
        found: dict[str, None] = {}
        for pattern in patterns:
            if not pattern.startswith(_CALL):
                found[pattern] = None
            elif "*" not in pattern:
                found[_CALL + self.canonical(pattern.removeprefix(_CALL))] = None
            else:
                found[pattern] = None
                found.update((_CALL + name, None) for name in self._fitting(pattern.removeprefix(_CALL)))
        return tuple(found)

    def _led_out(self, package: str) -> Iterator[str]:
        """Yield the names of what has a path below a package but is known by a name elsewhere."""
        below, home = f"{package}.", f"{self.canonical(package)}."
        for path in self._packages.get(package.partition(".")[0], ()):
            if path.startswith(below) and not (name := self._table[path]).startswith(home):
                yield name

    def _fitting(self, glob: str) -> list[str]:
        """Return the names whose other paths fit a glob that they do not fit themselves; many rows ask for the same globs."""
        known = self._globs.get(glob)
        if known is None:
            fits = re.compile(translate(glob)).match
            package = glob.partition(".")[0]
            paths = self._table if "*" in package else self._packages.get(package, ())
            known = self._globs[glob] = [self._table[path] for path in paths if fits(path) and not fits(self._table[path])]
        return known


def joined(tables: Iterable[tuple[str, Iterable[str], Mapping[str, str]]]) -> dict[str, str]:
    """Return the tables of all files as one.

    Args:
        tables: of each file its shown name, the import packages that it speaks of, and its `[aliases]`.

    Raises:
        StatelintError: a path of another package, a path that two files lead to different names, a chain or a circle.
    """
    whole: dict[str, str] = {}
    said: dict[str, str] = {}
    for shown, packages, table in tables:
        for path, name in table.items():
            problem = _problem(path, name, tuple(packages))
            if not problem and whole.get(path, name) != name:
                problem = f"{said[path]} says {whole[path]!r}, got {name!r}"
            if problem:
                raise StatelintError(f'{shown}: aliases."{path}": {problem}')
            whole[path] = name
            said.setdefault(path, shown)
    for path, name in whole.items():
        onward = _onward(name, whole)
        if onward:
            raise StatelintError(f'{said[path]}: aliases."{path}": {_chain(path, name, onward, whole)}')
    return whole


def _problem(path: str, name: str, packages: tuple[str, ...]) -> str:
    """Say what is wrong with one entry taken alone."""
    for one in (path, name):
        if not _DOTTED.fullmatch(one):
            return f"expected a dotted name, got {one!r}"
    package = path.partition(".")[0]
    if package not in packages:
        return f"expected a path of {' or '.join(map(repr, packages))}, got one of {package!r}{did_you_mean(package, packages)}"
    return ""


def _onward(name: str, table: Mapping[str, str]) -> str:
    """Return where an alias at or above a name leads it, "" if there is none."""
    end = len(name)
    while end > 0:
        if name[:end] in table:
            return table[name[:end]] + name[end:]
        end = name.rfind(".", 0, end)
    return ""


def _chain(path: str, name: str, onward: str, table: Mapping[str, str]) -> str:
    last = onward
    for _ in table:
        following = _onward(last, table)
        if not following:
            return f"expected the last name, {last!r}, got {name!r}, which leads there itself"
        last = following
    return f"{name!r} leads back to {path!r}: a circle"
