"""The installed libraries: what they say of a name, and which words occur in them."""

from __future__ import annotations

import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchmarks.knowledge.install import Release, Site, install, probe, run_probe
from benchmarks.knowledge.seen import Seen
from benchmarks.knowledge.signature import look, same
from benchmarks.knowledge.source import Packages, top_level
from benchmarks.knowledge.static import Static
from benchmarks.knowledge.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_STANDARD_LIBRARY = Path(sysconfig.get_paths()["stdlib"])
_AROUND = 3
"""Lines before and after a cited one."""
STANDARD = Release("python", "")
"""The standard library of the Python that runs this."""


class Extra(msgspec.Struct, frozen=True):
    """What no row says; see `distributions.toml`."""

    prefixes: list[str]
    provides: dict[str, str]
    settings: dict[str, str]
    older: dict[str, list[str]]
    returns: dict[str, str]
    composed: dict[str, list[str]]


class Library:
    """Answers from installed releases; reading comes first, importing on demand."""

    def __init__(self, releases: Iterable[Release], extra: Extra, work: Path) -> None:
        """Install the releases into folders below `work`."""
        self.extra = extra
        self._work = work
        self.sites = self._installed(sorted(set(releases)))
        self._index = top_level([site.folder for site in self.sites.values() if site.folder])
        for name in sys.stdlib_module_names:
            self._index.setdefault(name, []).append(_STANDARD_LIBRARY)
        self._statics: dict[Release, Static] = {}
        self._texts: dict[Path, Texts] = {}
        self._imported: dict[tuple[Release, str], Seen] = {}

    def _installed(self, releases: Sequence[Release]) -> dict[Release, Site]:
        self._work.mkdir(parents=True, exist_ok=True)
        sites: dict[Release, Site] = {}
        with ThreadPoolExecutor(2) as pool:
            for number, site in enumerate(pool.map(lambda release: install(release, self._work), releases), 1):
                sites[site.release] = site
                print(f"\r{number}/{len(releases)} installed", end="", file=sys.stderr)
        print(file=sys.stderr)
        return sites

    def problem(self, release: Release) -> str:
        """Say why a release is not at hand, "" if it is."""
        return "" if release == STANDARD else self.sites[release].problem

    def version(self, release: Release) -> str:
        """Return the version that was installed."""
        return sys.version.split()[0] if release == STANDARD else self.sites[release].version

    def older(self, release: Release) -> list[Release]:
        """Return the other releases of the same distribution, the newest first."""
        others = [
            site.release for site in self.sites.values() if site.release.dist == release.dist and site.release != release and site.folder
        ]
        return sorted(others, reverse=True)

    # -- names

    def read(self, release: Release, name: str) -> Seen:
        """Look a name up in the sources."""
        return look(self._static(release), self._followed(name))

    def _static(self, release: Release) -> Static:
        if release not in self._statics:
            site = self.sites.get(release)
            self._statics[release] = Static(Packages(site.folder if site else None, self._index))
        return self._statics[release]

    def _followed(self, name: str) -> str:
        """Put a class in the place of the function that makes it, where no annotation says so."""
        maker = next((maker for maker in self.extra.returns if name.startswith(f"{maker}.")), None)
        return self.extra.returns[maker] + name.removeprefix(maker) if maker else name

    def imports(self, names: dict[Release, set[str]]) -> None:
        """Import names, each release in a process of its own, and remember what they are."""
        for number, (release, wanted) in enumerate(sorted(names.items()), 1):
            print(f"{number}/{len(names)} importing from {release}", file=sys.stderr)
            followed = {self._followed(name): name for name in sorted(wanted)}
            answers = run_probe(None, list(followed)) if release == STANDARD else probe(self.sites[release], list(followed), self._work)
            for name, answer in answers.items():
                self._imported[release, followed[name]] = msgspec.convert(answer, Seen)

    def seen(self, release: Release, name: str) -> Seen:
        """Put together what reading and importing say; other releases of the distribution are asked last."""
        read = self.read(release, name)
        imported = self._imported.get((release, name))
        if imported is not None and imported.exists == "yes":
            return Seen("yes", "import", read.params if imported.params is None else imported.params, read.words)
        if read.exists == "yes":
            return read
        provider = next((dist for module, dist in self.extra.provides.items() if name.startswith(f"{module}.")), None)
        for other in (*self.older(release), *(self.older(Release(provider, "-")) if provider else ())):
            seen = self.read(other, name)
            if seen.exists == "yes":
                return Seen("yes", f"source of {other.dist} {self.version(other)}", seen.params, seen.words)
        return imported if imported is not None and (imported.exists == "no" or read.exists == "unknown") else read

    def providers(self, package: str) -> list[Release]:
        """Return the releases that have an import package, or the standard library; older ones that projects are pinned to come last."""
        if package in sys.stdlib_module_names:
            return [STANDARD]
        older = {(dist, version) for dist, versions in self.extra.older.items() for version in versions}
        having = sorted((site.release for site in self.sites.values() if site.folder in self._index.get(package, ())), reverse=True)
        return sorted(having, key=lambda release: (release.dist, release.version) in older)

    def same(self, release: Release, path: str, name: str) -> Seen:
        """Say whether two dotted paths lead to one object: what importing says, if it was asked, or reading."""
        imported = self._imported.get((release, f"{path} is {name}"))
        if imported is not None and imported.exists != "unknown":
            return imported
        read = same(self._static(release), path, name)
        return imported if imported is not None and read.exists == "unknown" else read

    # -- words

    def texts(self, release: Release, modules: Iterable[str], settings: Iterable[str] = ()) -> list[Texts]:
        """Return the texts of a release, of the packages that provide some modules and of those that read some settings."""
        site = self.sites.get(release)
        own = [site.folder] if site and site.folder else []
        near = [folder for name in modules for folder in self._index.get(name, ()) if folder.is_relative_to(self._work)]
        dists = {dist for prefix, dist in self.extra.settings.items() if any(setting.startswith(prefix) for setting in settings)}
        readers = [site.folder for site in self.sites.values() if site.folder and site.release.dist in dists]
        return [self._text(folder) for folder in dict.fromkeys([*own, *near, *readers])]

    def cited(self, release: Release, sources: Iterable[str]) -> str:
        """Return the lines around places like `flask/app.py:224`, from the installed release."""
        site = self.sites.get(release)
        found: list[str] = []
        for source in sources:
            path, _, line = source.partition(":")
            file = (
                _STANDARD_LIBRARY / path.removeprefix("Lib/")
                if release == STANDARD
                else site.folder / path
                if site and site.folder
                else None
            )
            if file is not None and line.isdigit() and file.is_file():
                found += file.read_text(errors="replace").splitlines()[max(int(line) - 1 - _AROUND, 0) : int(line) + _AROUND]
        return "\n".join(found)

    def _text(self, folder: Path) -> Texts:
        if folder not in self._texts:
            self._texts[folder] = Texts(folder, self.extra.prefixes, self.extra.composed)
        return self._texts[folder]
