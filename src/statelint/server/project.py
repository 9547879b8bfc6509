"""One folder of the workspace: analysed as `statelint check` would, with what the editor has not saved yet."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from statelint.checked import Asked, Checked, check_programs, joined, offers_of
from statelint.configuration import Settings, load_settings
from statelint.configuration.files import shown
from statelint.discover import find_root
from statelint.engine import LinkedProject
from statelint.files import Reader, UnreadableError, digest
from statelint.files.read import MOST_SOURCE
from statelint.fixes.source import Text, text_of
from statelint.server.kept import Kept
from statelint.survey.comments import decode
from statelint.verdict.baseline import Entry, read_baseline
from statelint.verdict.judge import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statelint.model import Finding


class Options(msgspec.Struct, frozen=True):
    """What the command line says of every project."""

    config: Path | None = None
    """The configuration file that is read instead of the nearest."""
    isolated: bool = False
    """Whether no configuration file is read."""
    keep: bool = True
    """Whether anything is kept between sessions."""
    cache_dir: str | None = None


class Snapshot(msgspec.Struct, frozen=True):
    """A project as it was analysed, with what questions about it are answered from."""

    root: Path
    """Below which the paths of findings lie; a real path."""
    settings: Settings
    parts: tuple[Checked, ...]
    """Each program."""
    judgement: Judgement
    """Of all programs together; fixes are in none of its findings."""
    linked: tuple[LinkedProject, ...]
    digests: dict[str, bytes]
    """Of the Python files, as they were analysed."""
    overlay: dict[str, bytes]
    """Contents that were not those on disk, by path below the root."""
    texts: dict[str, Text] = {}
    """Of the files that were asked for."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is reported."""
        return self.judgement.result.findings

    def text(self, path: str) -> Text:
        """Return a file's text as it was analysed, as far as it can still be read; one that cannot is empty."""
        if path not in self.texts:
            self.texts[path] = text_of(path, decode(self.content(path)).removeprefix("\ufeff"))
        return self.texts[path]

    def content(self, path: str) -> bytes:
        """Return a file's content as it was analysed, as far as the disk still has it; nothing where it cannot be read."""
        return self.overlay[path] if path in self.overlay else self._read(path)

    def is_unchanged(self, path: str, content: bytes | None) -> bool:
        """Whether a Python file is what was analysed; `content` is what an editor shows of it, None where the disk counts."""
        return path in self.digests and self.digests[path] == digest(self._read(path) if content is None else content)

    def _read(self, path: str) -> bytes:
        try:
            return Reader(self.root).read(path, MOST_SOURCE) if path else b""
        except UnreadableError:
            return b""


class Fixes:
    """Computes the fixes of one snapshot's findings when they are asked for: parsing a file for them takes as long as many an analysis."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._offers = [offers_of(one, os.fspath(snapshot.root), snapshot.overlay) for one in snapshot.parts]
        self._known: dict[tuple[str, str, int], Finding] = {}

    def of(self, finding: Finding) -> Finding:
        """Return a finding, with its fix if it has one."""
        key = (finding.fingerprint, finding.path, finding.line)
        if key not in self._known:
            self._known[key] = next((one for one in self._computed(key) if one.fix is not None), finding)
        return replace(finding, fix=self._known[key].fix)

    def _computed(self, key: tuple[str, str, int]) -> Iterator[Finding]:
        """Give the finding with its fix, as each program that has it says."""
        for one, offers in zip(self.snapshot.parts, self._offers, strict=True):
            same = [found for found in one.part.judgement.result.findings if (found.fingerprint, found.path, found.line) == key]
            yield from offers.of(same)


class Project:
    """Analyses one folder again and again; never in two threads at once."""

    def __init__(self, folder: Path, options: Options) -> None:
        self.folder = folder
        """As the editor names it; it may lead through links."""
        self.real = Path(os.path.realpath(folder))
        self._options = options
        self._settings: Settings | None = None
        self._kept: Kept | None = None

    @property
    def root(self) -> Path:
        """The root of the project that the folder belongs to: paths of findings start there."""
        return Path(find_root([os.fspath(self.real)]))

    def analyse(self, overlay: Mapping[str, bytes]) -> Snapshot:
        """Analyse with contents that stand for files, by path below the root.

        Raises:
            StatelintError: a wrong setting or baseline, or no Python file.
        """
        before = self._settings
        # rules of the project's own may have changed since, those that are shipped have not
        like = before if before is not None and not before.config.extend_rules else None
        settings = self._settings = self._load(self.folder, like)
        linked: list[LinkedProject] = []
        # in one process: to fork one that runs threads is not safe, and after the first time few files are left to survey
        options: dict[str, Any] = {"overlay": dict(overlay), "jobs": 1, "linked": linked.append}
        asked = Asked((self.folder,), settings, lambda folder: self._load(folder, settings), _known, options=options)
        try:
            parts = check_programs(asked)
            judgement = joined(parts)
        finally:
            gc.collect()  # what the analysis before this one held, and is held no more
        root = Path(parts[0].part.analysis.root)
        digests = {path: known for one in parts for path, known in one.part.analysis.digests.items()}
        return Snapshot(root, settings, parts, judgement, tuple(linked), digests, dict(overlay))

    def _load(self, folder: Path, like: Settings | None) -> Settings:
        """Read the settings of a folder, with the rule set of `like` where the same one is asked for."""
        settings = load_settings(
            folder,
            explicit=self._options.config,
            isolated=self._options.isolated,
            environ=os.environ,
            options={"cache-dir": self._options.cache_dir} if self._options.cache_dir else {},
            paths=(self.folder,),
            keep=self._options.keep,
            like=like,
        )
        if self._kept is None:
            self._kept = Kept.over(settings.cache)
        return replace(settings, cache=self._kept)


def _known(settings: Settings) -> tuple[Entry, ...]:
    """Read the baseline that settings name."""
    file = settings.config.baseline
    return read_baseline(Path(file), shown(Path(file))) if file else ()
