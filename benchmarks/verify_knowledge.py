"""Check every library row and every alias of `rules/` against the libraries themselves: `make verify-knowledge`.

Each distribution is installed without its dependencies into a folder of its own and read with `ast`; what reading cannot tell is
imported, in a process of its own, with the dependencies. Writes docs/knowledge-report.json and .md.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchmarks.artefacts import WORK
from benchmarks.knowledge import report
from benchmarks.knowledge.install import Release
from benchmarks.knowledge.judge import Case, RowReport, judge
from benchmarks.knowledge.library import STANDARD, Extra, Library
from benchmarks.knowledge.same import check_aliases
from benchmarks.knowledge.seen import Seen
from statelint.rulebook.load import load_rulebook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from statelint.rulebook.load import Rulebook
    from statelint.rulebook.schema import Api

DOCS = Path(__file__).resolve().parents[1] / "docs"
EXTRA = Path(report.__file__).with_name("distributions.toml")


def main() -> int:
    """Verify; return 1 where a row or an alias failed, 2 where there is none."""
    options = _options()
    book = load_rulebook()
    rows = [(row, rule.code) for rule in book.rules for row in rule.api if options.only in (None, row.package, row.id, rule.code)]
    aliases = {path: name for path, name in book.aliases.items() if options.only in (None, "aliases", path.partition(".")[0])}
    if not rows and not aliases:
        print(f"no row or alias is of {options.only}", file=sys.stderr)
        return 2
    extra = msgspec.convert(tomllib.loads(EXTRA.read_text()), Extra)
    wanted = _releases((row for row, _ in rows), extra) | _providing(aliases, book, extra)
    library = Library(_with_older(wanted, extra), extra, options.work)
    library.imports(_unsettled((row for row, _ in rows), library))
    frameworks = [package for framework in book.frameworks for package in framework.packages]
    reports = [_checked(row, code, library, frameworks) for row, code in rows]
    for one in reports:
        if one.status == "failed" or options.verbose:
            said = "; ".join((*one.problems, *one.open)) or one.default
            print(f"{one.status:13} {one.id} ({one.package} {one.version}, {one.rule}): {said}")
    same = check_aliases(aliases, library)
    for alias in same:
        if alias.status != "verified" or options.verbose:
            print(f"{alias.status:13} {alias.path} ({alias.package} {alias.version}): {alias.how}")
    result = report.make(reports, _versions(reports), same)
    print("\n".join(report.page(result).split("\n\n")[2:4]))
    if not options.only:
        report.write(result, DOCS)
    return 1 if "failed" in {one.status for one in reports} | {one.status for one in same} else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make verify-knowledge", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", metavar="NAME", help="one package, row or rule, or `aliases`; the report is not written then")
    parser.add_argument("--work", type=Path, default=WORK / "knowledge", help="where packages are installed")
    parser.add_argument("-v", "--verbose", action="store_true", help="show every row")
    return parser.parse_args()


def _release(row: Api) -> Release:
    return STANDARD if row.package == STANDARD.dist else Release(row.package.lower(), row.version)


def _releases(rows: Iterable[Api], extra: Extra) -> set[Release]:
    """Return what has to be installed: the rows' releases, and what else their names come from."""
    rows = list(rows)
    releases = {_release(row) for row in rows} - {STANDARD}
    names = [f"{name}." for row in rows for name in (*row.names, *row.uses)]
    releases |= {Release(dist, "") for module, dist in extra.provides.items() if any(name.startswith(f"{module}.") for name in names)}
    settings = {setting for row in rows for setting in _settings(row)}
    return releases | {
        Release(dist, "") for prefix, dist in extra.settings.items() if any(setting.startswith(prefix) for setting in settings)
    }


def _with_older(releases: set[Release], extra: Extra) -> set[Release]:
    """Add the older releases that rows still know."""
    dists = {release.dist for release in releases}
    return releases | {Release(dist, version) for dist, versions in extra.older.items() if dist in dists for version in versions}


def _providing(aliases: Iterable[str], book: Rulebook, extra: Extra) -> set[Release]:
    """Return the releases that have the packages of some aliases: what is said to provide them, or what rows on them are about."""
    found: set[Release] = set()
    for package in {path.partition(".")[0] for path in aliases} - sys.stdlib_module_names:
        said = {dist for module, dist in extra.provides.items() if module.partition(".")[0] == package}
        rows = (row for rule in book.rules for row in rule.api if row.kind != "setting")
        found |= {Release(dist, "") for dist in said} or {
            _release(row) for row in rows if any(name.startswith(f"{package}.") for name in row.names)
        }
    return found - {STANDARD}


def _unsettled(rows: Iterable[Api], library: Library) -> dict[Release, set[str]]:
    """Return, by release, the names that reading does not settle."""
    found: dict[Release, set[str]] = {}
    for row in rows:
        release = _release(row)
        if row.kind == "setting" or library.problem(release):
            continue
        methods = [f".{decider.method}" for decider in row.decides if decider.method]
        for name in [name + method for name in row.names for method in ("", *methods)]:
            seen = library.read(release, name)
            if seen.exists != "yes" or (row.decides and seen.params is None):
                found.setdefault(release, set()).add(name)
    return found


def _checked(row: Api, code: str, library: Library, frameworks: Sequence[str]) -> RowReport:
    """Check a row against its release, and where that fails against older ones that projects are pinned to."""
    release = _release(row)
    problem = library.problem(release)
    reports = [] if problem else [_judged(row, code, library, frameworks, one) for one in (release, *library.older(release))]
    best = next((one for one in reports if one.status == "verified"), reports[0] if reports else None)
    if best is not None and (best.status == "verified" or not row.unverifiable):
        return best
    return RowReport(
        id=row.id,
        rule=code,
        package=row.package,
        version=library.version(release),
        status="not-checkable",
        names={},
        default="not checkable",
        open=tuple(filter(None, (row.unverifiable, problem))),
    )


def _judged(row: Api, code: str, library: Library, frameworks: Sequence[str], release: Release) -> RowReport:
    settings = row.kind == "setting" or any(decider.setting or decider.contains for decider in row.decides)
    near = [name.partition(".")[0] for name in (*row.uses, *row.names, row.framework)]
    texts = library.texts(release, [*near, *(frameworks if settings else ())], _settings(row))

    def mentions(word: str) -> bool:
        return any(text.mentions(word) for text in texts)

    names = {name: _of_setting(mentions, name) if row.kind == "setting" else library.seen(release, name) for name in row.names}
    return judge(
        Case(
            row,
            code,
            library.version(release),
            names,
            mentions,
            cited=library.cited(release, row.sources),
            method=lambda name, method: library.seen(release, f"{name}.{method}"),
            setting_defaults=lambda name: next((found for text in texts if (found := text.setting_defaults(name))), set()),
        )
    )


def _settings(row: Api) -> list[str]:
    return [*(row.names if row.kind == "setting" else ()), *(decider.setting for decider in row.decides if decider.setting)]


def _of_setting(mentions: Callable[[str], bool], name: str) -> Seen:
    """A setting is there when its last word is mentioned."""
    words = [part for part in name.split(".") if part.isidentifier()]
    return Seen("yes", "source") if words and mentions(words[-1]) else Seen("no", "occurs nowhere in the source")


def _versions(reports: Iterable[RowReport]) -> dict[str, str]:
    """Return the versions that rows were checked with, by distribution."""
    found: dict[str, set[str]] = {}
    for row in reports:
        if row.status != "not-checkable":
            found.setdefault(row.package, set()).add(row.version)
    return {dist: ", ".join(sorted(versions)) for dist, versions in found.items()}


if __name__ == "__main__":
    sys.exit(main())
