"""Which findings can be fixed, and how.

A mark on a finding is a promise, so a fix is computed before it is told, for text as for JSON: that a rule has a fixer does not say that
this code can be fixed. It costs the parsing of the files that have a finding with a fixer, and nothing where there is none.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from statelint.files import Reader, UnreadableError, digest
from statelint.files.links import first_link
from statelint.files.read import MOST_SOURCE
from statelint.fixes.source import NotEditable, decoded_text
from statelint.model import Finding, Fix

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from statelint.fixes.request import File, Project
    from statelint.rulebook.load import Rulebook
    from statelint.rulebook.schema import Api, AutoFix

CHANGED: Final = "it has changed since it was read"


class Offers:
    """Computes the fixes of one program's findings."""

    def __init__(
        self,
        root: str,
        book: Rulebook,
        *,
        modules: Mapping[str, str],
        digests: Mapping[str, bytes],
        variables: Iterable[str] = (),
        overlay: Mapping[str, bytes] | None = None,
    ) -> None:
        """Take what the analysis was of.

        `modules` are the paths of the files by module, `digests` those of the contents that were analysed, `variables` the environment
        variables that a deployment file sets, `overlay` contents that stand for files, all by path below `root`.
        """
        self._reader = Reader(root)
        self._root = Path(root)
        self._book = book
        self._modules = modules
        self._digests = digests
        self._variables = frozenset(variables)
        self._overlay = overlay or {}
        self._files: dict[str, File | NotEditable] = {}
        self._held: dict[str, tuple[tuple[str, str], ...]] = {}
        self.left_alone: dict[str, str] = {}
        """Files with a finding that has a fixer, and why they are left as they are."""

    def of(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return the findings, those that can be fixed with their fix."""
        return tuple(replace(one, fix=self._fix(one)) if self._ways(one) else one for one in findings)

    @cached_property
    def _rows(self) -> dict[str, Api]:
        return {row.id: row for rule in self._book.rules for row in rule.api}

    @cached_property
    def _project(self) -> Project:
        from statelint.fixes.request import Project  # noqa: PLC0415 - brings libcst

        return Project(self._book, self._variables, self._modules, self._file, self._holding)

    def _ways(self, finding: Finding) -> tuple[AutoFix, ...]:
        """Return the fixes that the rule set knows for the finding's row, else for its rule."""
        if not finding.path or finding.line < 1:
            return ()
        row = self._rows.get(finding.api)
        if row is not None and row.autofix:
            return row.autofix
        rule = self._book.rule(finding.code)
        return rule.autofix if rule is not None else ()

    def _fix(self, finding: Finding) -> Fix | None:
        from statelint.fixes.registry import FIXERS  # noqa: PLC0415 - brings libcst
        from statelint.fixes.request import Request  # noqa: PLC0415 - as above

        try:
            file = self._file(finding.path)
            for how in self._ways(finding):
                draft = FIXERS[how.kind](Request(finding, how, self._rows.get(finding.api), file, self._project))
                imports = file.imports.added(draft.imports) if draft is not None else None
                if draft is None or imports is None:
                    continue
                return Fix(
                    applicability="safe" if draft.safe else "unsafe",
                    message=draft.message or how.message,
                    edits=tuple(sorted((*imports, *draft.edits), key=lambda one: (one.span.path, one.span.line, one.span.column))),
                    needs=(how.needs,) if how.needs else (),
                )
        except NotEditable as error:
            self.left_alone[finding.path] = str(error)
        except Exception as error:  # a report without this fix is better than none
            if os.environ.get("STATELINT_DEBUG"):
                raise
            self.left_alone[finding.path] = f"a fault of statelint: {type(error).__name__}"
        return None

    def _file(self, path: str) -> File:
        from statelint.fixes.request import File  # noqa: PLC0415 - brings libcst

        if path not in self._files:
            try:
                self._files[path] = File(decoded_text(path, self._content(path)))
            except NotEditable as error:
                self._files[path] = error
        file = self._files[path]
        if isinstance(file, NotEditable):
            raise file
        return file

    def _holding(self, text: str) -> tuple[tuple[str, str], ...]:
        if text not in self._held:
            wanted = text.encode()
            self._held[text] = tuple(pair for pair in sorted(self._modules.items()) if wanted in self._raw(pair[1]))
        return self._held[text]

    def _raw(self, path: str) -> bytes:
        """Return what was analysed, nothing of a file that is left alone."""
        try:
            return self._content(path)
        except NotEditable:
            return b""

    def _content(self, path: str) -> bytes:
        """Return what was analysed."""
        if path in self._overlay:
            return self._overlay[path]
        try:
            content = self._reader.read(path, MOST_SOURCE)
        except UnreadableError as error:
            raise NotEditable(str(error)) from error
        if first_link(self._root, self._root / path) is not None:
            raise NotEditable("a link leads to it")
        if path in self._digests and self._digests[path] != digest(content):
            raise NotEditable(CHANGED)
        return content
