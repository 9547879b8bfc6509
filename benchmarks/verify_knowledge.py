"""Check every library row of `rules/` against the libraries themselves: `make verify-knowledge`.

Each distribution is installed without its dependencies into a folder of its own and read with `ast`; what reading cannot tell is
imported, in a process of its own, with the dependencies. Writes docs/knowledge-report.json and .md.
"""

from __future__ import annotations

import argparse
import sys
import sysconfig
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchmarks.artefacts import WORK
from benchmarks.knowledge import report
from benchmarks.knowledge.install import Release, Site, install, probe, run_probe
from benchmarks.knowledge.judge import Case, RowReport, judge
from benchmarks.knowledge.seen import Seen
from benchmarks.knowledge.signature import look
from benchmarks.knowledge.source import Packages, top_level
from benchmarks.knowledge.static import Static
from benchmarks.knowledge.texts import Texts
from statelint.rulebook.load import load_rulebook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from statelint.rulebook.schema import Api

DOCS = Path(__file__).resolve().parents[1] / "docs"
_STANDARD = "python"


class Extra(msgspec.Struct, frozen=True):
    """What no row says; see `knowledge/distributions.toml`."""

    provides: dict[str, str]
    older: dict[str, list[str]]
    prefixes: list[str]
    composed: dict[str, list[str]]


def main() -> int:
    """Verify; return 1 where a row failed."""
    options = _options()
    extra = msgspec.convert(tomllib.loads((Path(report.__file__).parent / "distributions.toml").read_text()), Extra)
    book = load_rulebook()
    rows = [(row, rule.code) for rule in book.rules for row in rule.api]
    frameworks = [package for framework in book.frameworks for package in framework.packages]
    wanted = [(row, code) for row, code in rows if not options.only or options.only in (row.package, row.id, code)]
    if not wanted:
        print(f"no row is of {options.only}")
        return 2
    verifier = Verifier(wanted, frameworks, extra, options.work)
    reports = verifier.run()
    for row in reports:
        if row.status == "failed" or options.verbose:
            said = "; ".join((*row.problems, *row.open)) or row.default
            print(f"{row.status:13} {row.id} ({row.package} {row.version}, {row.rule}): {said}")
    result = report.make(reports, verifier.versions())
    print(report.page(result).split("\n\n")[2])
    if not options.only:
        report.write(result, DOCS)
    return 1 if any(row.status == "failed" for row in reports) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make verify-knowledge", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", metavar="NAME", help="one package, row or rule; the report is not written then")
    parser.add_argument("--work", type=Path, default=WORK / "knowledge", help="where packages are installed")
    parser.add_argument("-v", "--verbose", action="store_true", help="show every row")
    return parser.parse_args()


class Verifier:
    """Installs what the rows need, and looks every name up."""

    def __init__(self, rows: list[tuple[Api, str]], frameworks: list[str], extra: Extra, work: Path) -> None:
        self._rows = rows
        self._extra = extra
        self._work = work
        self._frameworks = frameworks
        self._sites: dict[Release, Site] = {}
        self._statics: dict[Release | None, Static] = {}
        self._texts: dict[Path, Texts] = {}
        self._imported: dict[tuple[Release | None, str], Seen] = {}

    def versions(self) -> dict[str, str]:
        """Return the installed versions by distribution."""
        found: dict[str, set[str]] = {_STANDARD: {sys.version.split()[0]}}
        for row, _ in self._rows:
            site = self._sites.get(release_of(row))
            if site is not None and site.folder:
                found.setdefault(row.package, set()).add(site.version)
        return {dist: ", ".join(sorted(versions)) for dist, versions in found.items()}

    def run(self) -> list[RowReport]:
        """Check every row."""
        self._work.mkdir(parents=True, exist_ok=True)
        self._install()
        self._index = top_level([site.folder for site in self._sites.values() if site.folder])
        standard = Path(sysconfig.get_paths()["stdlib"])
        for name in sys.stdlib_module_names:
            self._index.setdefault(name, []).append(standard)
        self._import(self._unsettled())
        return [self._judged(row, rule) for row, rule in self._rows]

    def _install(self) -> None:
        releases = {release_of(row) for row, _ in self._rows if row.package != _STANDARD and not row.unverifiable}
        named = {name.partition(".")[0] for row, _ in self._rows for name in row.names}
        releases |= {Release(dist, "") for module, dist in self._extra.provides.items() if module in named}
        dists = {release.dist for release in releases}
        releases |= {Release(dist, version) for dist, versions in self._extra.older.items() if dist in dists for version in versions}
        with ThreadPoolExecutor(2) as pool:
            for number, site in enumerate(pool.map(lambda release: install(release, self._work), sorted(releases)), 1):
                self._sites[site.release] = site
                print(f"\r{number}/{len(releases)} installed", end="", file=sys.stderr)
        print(file=sys.stderr)

    # -- looking

    def _static(self, release: Release | None) -> Static:
        if release not in self._statics:
            site = self._sites.get(release) if release else None
            self._statics[release] = Static(Packages(site.folder if site else None, self._index))
        return self._statics[release]

    def _read(self, row: Api, name: str) -> Seen:
        release = None if row.package == _STANDARD else release_of(row)
        return look(self._static(release), name)

    def _unsettled(self) -> dict[Release | None, set[str]]:
        """Return, by release, the names that reading does not settle."""
        found: dict[Release | None, set[str]] = {}
        for row, _ in self._rows:
            release = None if row.package == _STANDARD else release_of(row)
            site = self._sites.get(release) if release else None
            if row.kind == "setting" or row.unverifiable or (release and not (site and site.folder)):
                continue
            methods = [f".{decider.method}" for decider in row.decides if decider.method]
            for name in [name + method for name in row.names for method in ("", *methods)]:
                seen = self._read(row, name)
                if seen.exists != "yes" or (row.decides and seen.params is None):
                    found.setdefault(release, set()).add(name)
        return found

    def _import(self, names: dict[Release | None, set[str]]) -> None:
        for number, (release, wanted) in enumerate(sorted(names.items(), key=lambda pair: pair[0] or Release("", "")), 1):
            print(f"{number}/{len(names)} importing {release or 'the standard library'}", file=sys.stderr)
            answers = probe(self._sites[release], sorted(wanted), self._work) if release else run_probe(None, sorted(wanted))
            for name, answer in answers.items():
                self._imported[release, name] = msgspec.convert(answer, Seen)

    def _seen(self, row: Api, name: str) -> Seen:
        """Put together what reading and importing say; an older release is asked last."""
        read = self._read(row, name)
        imported = self._imported.get((None if row.package == _STANDARD else release_of(row), name))
        if imported is not None and imported.exists == "yes":
            params = read.params if imported.params is None else imported.params
            return Seen("yes", "import", params, read.words)
        if read.exists == "yes":
            return read
        older = self._older(row, name)
        if older is not None:
            return older
        return imported if imported is not None and (imported.exists == "no" or read.exists == "unknown") else read

    def _older(self, row: Api, name: str) -> Seen | None:
        dists = {row.package, self._extra.provides.get(name.partition(".")[0], row.package)}
        for release, site in sorted(self._sites.items(), reverse=True):
            if release.dist in dists and site.folder:
                seen = look(self._static(release), name)
                if seen.exists == "yes":
                    return Seen("yes", f"source of {site.release.dist} {site.version}", seen.params, seen.words)
        return None

    # -- judging

    def _judged(self, row: Api, rule: str) -> RowReport:
        site = self._sites.get(release_of(row))
        version = site.version if site else sys.version.split()[0] if row.package == _STANDARD else row.version
        why = row.unverifiable or (site.problem if site else "")
        if why:
            return RowReport(
                id=row.id,
                rule=rule,
                package=row.package,
                version=version,
                status="not-checkable",
                names={},
                default="not checkable",
                open=(why,),
            )
        texts = [self._text(folder) for folder in dict.fromkeys(self._folders(row))]

        def mentions(word: str) -> bool:
            return any(text.mentions(word) for text in texts)

        if row.kind == "setting":
            seen = {name: _of_setting(mentions, name) for name in row.names}
        else:
            seen = {name: self._seen(row, name) for name in row.names}
        return judge(
            Case(
                row,
                rule,
                version,
                seen,
                mentions,
                method=lambda name, method: self._seen(row, f"{name}.{method}"),
                setting_defaults=lambda name: next((found for text in texts if (found := text.setting_defaults(name))), set()),
            )
        )

    def _text(self, folder: Path) -> Texts:
        if folder not in self._texts:
            self._texts[folder] = Texts(folder, self._extra.prefixes, self._extra.composed)
        return self._texts[folder]

    def _folders(self, row: Api) -> Iterable[Path]:
        """Yield the folders whose text may mention a setting: the package's own, and those of the frameworks and modules it names."""
        site = self._sites.get(release_of(row))
        if site is not None and site.folder:
            yield site.folder
        settings = row.kind == "setting" or any(decider.setting or decider.contains for decider in row.decides)
        near = [name.partition(".")[0] for name in (*row.uses, *row.names, row.framework)]
        for name in dict.fromkeys([*near, *(self._frameworks if settings else ())]):
            yield from (folder for folder in self._index.get(name, ()) if folder.is_relative_to(self._work))


def _of_setting(mentions: Callable[[str], bool], name: str) -> Seen:
    """A setting is there when its last word is mentioned."""
    words = [part for part in name.split(".") if part.isidentifier()]
    return Seen("yes", "source") if words and mentions(words[-1]) else Seen("no", "occurs nowhere in the source")


def release_of(row: Api) -> Release:
    """Return the release that a row speaks of."""
    return Release(row.package.lower(), row.version)


if __name__ == "__main__":
    sys.exit(main())
