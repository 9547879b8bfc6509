"""Whether the two paths of an alias lead to one object of the installed library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from benchmarks.knowledge.judge import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.knowledge.install import Release
    from benchmarks.knowledge.library import Library


class AliasReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the check of one alias says."""

    path: str
    name: str
    package: str
    """The distribution that provides it, "" where none is at hand."""
    version: str
    status: Status
    how: str
    """`source`, `import`, or why it is not the same object or could not be checked."""


def check_aliases(aliases: Mapping[str, str], library: Library) -> list[AliasReport]:
    """Check every alias, by reading and, where reading cannot tell, by importing both paths."""
    providers = {path: _provider(path, name, library) for path, name in aliases.items()}
    unsettled: dict[Release, set[str]] = {}
    for path, name in aliases.items():
        release = providers[path]
        if release is not None and library.same(release, path, name).exists == "unknown":
            unsettled.setdefault(release, set()).add(f"{path} is {name}")
    library.imports(unsettled)
    return [_checked(path, name, providers[path], library) for path, name in aliases.items()]


def _provider(path: str, name: str, library: Library) -> Release | None:
    """Return the first release in which both are one object, as far as reading tells; else the first that may have both."""
    seen = {release: library.same(release, path, name).exists for release in library.providers(path.partition(".")[0])}
    for wanted in ("yes", "unknown", "no"):
        for release, exists in seen.items():
            if exists == wanted:
                return release
    return None


def _checked(path: str, name: str, release: Release | None, library: Library) -> AliasReport:
    if release is None:
        how = f"no distribution at hand provides {path.partition('.')[0]}; see `provides` in distributions.toml"
        return AliasReport(path=path, name=name, package="", version="", status="not-checkable", how=how)
    seen = library.same(release, path, name)
    status: Status = "verified" if seen.exists == "yes" else "failed" if seen.exists == "no" else "not-checkable"
    return AliasReport(path=path, name=name, package=release.dist, version=library.version(release), status=status, how=seen.how)
