"""What a fixer is given and what it gives."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from statelint.fixes.imports import Imports
from statelint.fixes.tree import Tree
from statelint.model import Edit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from statelint.fixes.source import Text
    from statelint.model import Finding
    from statelint.rulebook.load import Rulebook
    from statelint.rulebook.schema import Api, AutoFix


class File:
    """A file that is fixed; parsed when first asked for."""

    def __init__(self, text: Text) -> None:
        """Take the text; nothing is parsed yet."""
        self.text = text

    @cached_property
    def tree(self) -> Tree:
        """The concrete tree; NotEditable where there is none."""
        return Tree(self.text)

    @cached_property
    def imports(self) -> Imports:
        """The imports at the top of the file."""
        return Imports(self.text)

    @cached_property
    def _parts(self) -> dict[tuple[int, int], Tree]:
        return {}

    def around(self, line: int) -> Tree:
        """Return the concrete tree of the statement at the top level that holds a line; of the whole file where none does.

        Raises:
            NotEditable: libcst cannot parse it.
        """
        lines = self.imports.statement_at(line)
        if lines is None:
            return self.tree
        if lines not in self._parts:
            self._parts[lines] = Tree(self.text, lines)
        return self._parts[lines]


class Project(NamedTuple):
    """What a fixer may ask about everything else."""

    book: Rulebook
    variables: frozenset[str]
    """Environment variables that a deployment file sets."""
    modules: Mapping[str, str]
    """The paths of the project's files, by module."""
    file: Callable[[str], File]
    """Reads a file of the project; NotEditable where it is left alone."""
    holding: Callable[[str], tuple[tuple[str, str], ...]]
    """Module and path of each file that holds a text; to decode all files to look for it would take long."""


class Request(NamedTuple):
    """One finding that is to be fixed."""

    finding: Finding
    how: AutoFix
    row: Api | None
    file: File
    project: Project

    @property
    def tree(self) -> Tree:
        """The tree to look for the finding in: the statement around it, unless an entry may be written anywhere in the file."""
        return self.file.tree if self.how.key else self.file.around(self.finding.line)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a fixer wants done; imports are still to be added."""

    edits: tuple[Edit, ...]
    safe: bool
    imports: tuple[str, ...] = ()
    message: str = ""
    """Instead of the one of the rule file."""
